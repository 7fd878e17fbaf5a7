//! `cargo xtask icons`: every size from the one drawing.

use crate::process::{Outcome, root, run, words};
use crate::setup;

/// Redraws `icons/` from `icons/source.svg`, and drops what is made for telephones.
pub fn icons() -> Outcome {
    setup::setup(setup::For::Running)?;
    run(&mut words(root().join("ui/node_modules/.bin/tauri"), "icon icons/source.svg -o icons"))?;
    for folder in ["icons/android", "icons/ios"] {
        match std::fs::remove_dir_all(root().join(folder)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(format!("removing {folder}: {e}"));
            }
            _ => {}
        }
    }
    Ok(())
}
