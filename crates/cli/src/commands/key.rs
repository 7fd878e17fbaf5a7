use app::Result;

use crate::{args::Key, open::Context, output::DONE};

pub async fn run(command: &Key, cx: &Context<'_>) -> Result<u8> {
    let Key::Rotate = command;
    let rotation = cx.app("key rotate").await?.rotate_key().await?;
    cx.out.record(&rotation, || {
        let older = match rotation.older_keys_kept {
            0 => "older ones are forgotten.".to_owned(),
            n => format!("{n} older one(s) are kept for the records of earlier retention runs."),
        };
        format!("Everything is sealed under the new key {}; {older}", rotation.key_id)
    });
    Ok(DONE)
}
