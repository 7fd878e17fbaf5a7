//! Where the window puts a file: under a bare name, in the person's downloads or in the data folder's `exports`.

use std::path::{Path, PathBuf};

use crate::{DataFolder, Failure, Result, connection::folder::private_folder};

/// Every file that the window writes without asking has this ending, so that none is run, sourced or loaded by its name.
const ENDING: &str = ".jsonl";

/// The longest name in bytes, its ending included: disks take 255.
const LONGEST: usize = 120;

/// Names that Windows takes for devices, whatever their ending.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin", "conout"];

/// The name of a file that a page may give: letters, digits and a few signs, no dot in front, `.jsonl` behind. It holds no
/// separator, control or invisible character, so it names a file of the folder it is joined to and no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportName(String);

impl ExportName {
    /// Checks a name. Blanks around it are dropped; an ending that is not `.jsonl` stays and gets it behind.
    pub fn new(given: &str) -> Result<Self> {
        Self::ending(given, ENDING)
    }

    /// The same with another ending, such as `.yaml`: for a name that a dialog of the system proposes to a person.
    pub fn ending(given: &str, ending: &str) -> Result<Self> {
        let wrong = |what: &str| Err(Failure::field("file", what));
        let name = given.trim_matches(' ');
        if name.is_empty() {
            return wrong("needs a name, such as export.jsonl");
        }
        if !name.chars().all(|c| c.is_alphanumeric() || " -_.,()+=@".contains(c)) {
            return wrong("may have letters, digits, blanks and - _ . , ( ) + = @; a name, not a path");
        }
        if name.starts_with(['.', '-', ' ']) || name.ends_with(['.', ' ']) {
            return wrong("may not begin with a dot or a dash, nor end with a dot");
        }
        let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
        let port = |kind: &str| stem.strip_prefix(kind).is_some_and(|n| n.chars().count() == 1);
        if DEVICES.contains(&stem.as_str()) || port("com") || port("lpt") {
            return wrong("may not be the name of a device, such as CON or COM1");
        }
        let ends = name.len() > ending.len()
            && name.is_char_boundary(name.len() - ending.len())
            && name[name.len() - ending.len()..].eq_ignore_ascii_case(ending);
        let name = if ends { name.to_owned() } else { format!("{name}{ending}") };
        if name.len() > LONGEST {
            return Err(Failure::field(
                "file",
                format!("may have at most {LONGEST} bytes, {ending} included"),
            ));
        }
        Ok(Self(name))
    }

    /// With its ending.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl DataFolder {
    /// Where files of the window go: the person's downloads, else `exports` in this folder, which is made. Never the home
    /// folder itself: what lies there may be read by a shell or a desktop at its next start.
    pub fn exports(&self) -> Result<PathBuf> {
        let home = dirs::home_dir();
        let downloads = [dirs::download_dir(), home.as_ref().map(|home| home.join("Downloads"))];
        if let Some(folder) = downloads.into_iter().flatten().find(|d| may_hold_exports(d, home.as_deref())) {
            return Ok(folder);
        }
        let folder = self.root().join("exports");
        private_folder(&folder)?;
        Ok(folder)
    }
}

/// A folder that is there, and neither the home folder nor one above it, by whatever links it is reached.
fn may_hold_exports(folder: &Path, home: Option<&Path>) -> bool {
    let real = |path: &Path| path.canonicalize().ok().filter(|path| path.is_dir());
    let Some(folder) = real(folder) else { return false };
    match home {
        None => true,
        Some(home) => real(home).is_some_and(|home| !home.starts_with(&folder)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::FailureCode;

    #[test]
    fn a_name_of_the_page_is_bare_and_has_its_ending() {
        for (given, kept) in [
            ("outbox.jsonl", "outbox.jsonl"),
            (" outbox-2026-11-29.jsonl ", "outbox-2026-11-29.jsonl"),
            ("OUTBOX.JSONL", "OUTBOX.JSONL"),
            ("profile.sh", "profile.sh.jsonl"),
            ("Gäste (alle)", "Gäste (alle).jsonl"),
            ("console", "console.jsonl"),
            ("com10", "com10.jsonl"),
        ] {
            assert_eq!(ExportName::new(given).unwrap().as_str(), kept);
        }
        let long = "x".repeat(LONGEST);
        for bad in [
            "",
            " ",
            ".",
            "..",
            ".bash_profile",
            ".jsonl",
            "../outbox.jsonl",
            "a/b.jsonl",
            "/etc/cron.d/x",
            "a\\b",
            "C:x",
            "x.jsonl:stream",
            "~x/y",
            "a\0b",
            "a\nb",
            "a\tb",
            "a\u{85}b",
            "a\u{202e}b",
            "a\u{2066}b",
            "a\u{200b}b",
            "a\u{feff}b",
            "a\u{2028}b",
            "-rf",
            "x.",
            "x .",
            "con",
            "CON.jsonl",
            "nul .txt",
            "Aux.a.b",
            "com1",
            "LPT9.jsonl",
            "com¹",
            "conout",
            "$(reboot)",
            "a;b",
            "a&b",
            "a`b",
            "a*b",
            "a?b",
            "a\"b",
            "a|b",
            "a<b",
            &long,
        ] {
            let failure = ExportName::new(bad).unwrap_err();
            assert_eq!(
                (failure.code, failure.fields[0].field.as_str()),
                (FailureCode::InvalidInput, "file"),
                "{bad:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn whatever_is_taken_names_a_new_file_of_the_folder_itself(given in any::<String>()) {
            if let Ok(name) = ExportName::new(&given) {
                let folder = Path::new("/exports");
                let file = folder.join(name.as_str());
                prop_assert_eq!(file.parent(), Some(folder));
                prop_assert_eq!(file.components().count(), 3);
                prop_assert!(name.as_str().len() <= LONGEST && !name.as_str().starts_with('.'));
                prop_assert!(name.as_str().to_ascii_lowercase().ends_with(ENDING));
                prop_assert!(!name.as_str().chars().any(char::is_control));
            }
        }
    }

    #[test]
    fn the_home_folder_is_no_folder_for_exports_by_whatever_name() {
        let desk = tempfile::tempdir().unwrap();
        let home = desk.path().join("home");
        let downloads = home.join("Downloads");
        std::fs::create_dir_all(&downloads).unwrap();
        assert!(may_hold_exports(&downloads, Some(&home)));
        for bad in [home.clone(), desk.path().to_owned(), home.join("nothing"), downloads.join("..")] {
            assert!(!may_hold_exports(&bad, Some(&home)), "{bad:?}");
        }
        #[cfg(unix)]
        {
            let link = home.join("link");
            std::os::unix::fs::symlink(&home, &link).unwrap();
            assert!(!may_hold_exports(&link, Some(&home)));
        }
    }
}
