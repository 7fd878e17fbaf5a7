use std::path::{Path, PathBuf};

/// The tray's library, by the names under which it is loaded. It is loaded when the tray is built, and where it is
/// missing the loader panics: so it is looked for first.
const NAMES: [&str; 2] = ["libayatana-appindicator3.so.1", "libappindicator3.so.1"];

/// Why there will be no tray, or nothing when it can be tried.
pub(crate) fn refusal() -> Option<&'static str> {
    if std::env::var_os("INNKEEPER_TRAY").is_some_and(|v| v == "off") {
        return Some("INNKEEPER_TRAY is off");
    }
    let missing = cfg!(target_os = "linux") && find(&folders()).is_none();
    missing.then_some("libayatana-appindicator3 is not installed")
}

fn find(folders: &[PathBuf]) -> Option<PathBuf> {
    folders.iter().flat_map(|folder| NAMES.iter().map(|name| folder.join(name))).find(|file| file.is_file())
}

/// Where the loader looks on the usual systems. Unusual ones get no tray rather than a wrong guess.
fn folders() -> Vec<PathBuf> {
    let arch = std::env::consts::ARCH;
    let given = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let usual = ["/lib", "/usr/lib", "/usr/local/lib"].into_iter().map(Path::new);
    std::env::split_paths(&given)
        // An empty part means the current folder to the loader; nobody keeps the tray's library there.
        .filter(|folder| folder.is_absolute())
        .chain(usual.flat_map(|root| {
            let family = [format!("{arch}-linux-gnu"), format!("{arch}-linux-gnueabihf")];
            family.into_iter().map(|part| root.join(part)).chain([with_64(root), root.to_owned()])
        }))
        .collect()
}

/// `/usr/lib64` beside `/usr/lib`: where Fedora and its kin keep libraries of 64 bits.
fn with_64(root: &Path) -> PathBuf {
    let mut name = root.as_os_str().to_owned();
    name.push("64");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_found_by_either_name_and_a_folder_of_that_name_is_not_it() {
        let place = tempfile::tempdir().unwrap();
        let [empty, old] = ["empty", "old"].map(|part| place.path().join(part));
        std::fs::create_dir_all(empty.join(NAMES[0])).unwrap();
        std::fs::create_dir_all(&old).unwrap();
        let folders = [empty, old.clone(), place.path().join("nowhere")];
        assert_eq!(find(&folders), None);
        std::fs::write(old.join(NAMES[1]), "").unwrap();
        assert_eq!(find(&folders), Some(old.join(NAMES[1])));
    }

    #[test]
    fn the_folders_of_debian_and_of_fedora_are_searched() {
        let folders = folders();
        let debian = format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH);
        for folder in [debian.as_str(), "/usr/lib64", "/usr/lib"] {
            assert!(folders.contains(&PathBuf::from(folder)), "{folder}");
        }
    }
}
