//! Names that say nothing, and names of a machine.

use crate::none;
use crate::tree::{File, files};

/// Words that name a drawer, not a thing.
const EMPTY_WORDS: &[&str] = &["Manager", "Helper", "Util", "Service"];

fn empty_type_names(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|f| f.is(&["rs", "ts", "tsx"]) && !is_generated(&f.path)) {
        for (number, line) in file.code() {
            let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
            for pair in words.windows(2) {
                // The name of an indented `type` is that of the trait which is implemented.
                let kinds = ["struct", "enum", "trait", "type", "class", "interface", "mod"];
                let defines = kinds.contains(&pair[0]) && !line.starts_with("    type ");
                if let Some(word) = EMPTY_WORDS.iter().find(|word| defines && says(pair[1], word)) {
                    complaints.push(format!("{}:{number}: `{}`: {word} names no thing", file.path, pair[1]));
                }
            }
        }
    }
    complaints
}

/// Whether the CamelCase name has this word (or its plural) in it, as a word: `Utility` has no `Util`.
fn says(name: &str, word: &str) -> bool {
    name.match_indices(word)
        .any(|(at, _)| !name[at + word.len()..].trim_start_matches('s').starts_with(char::is_lowercase))
}

/// Written by a program from other files.
pub fn is_generated(path: &str) -> bool {
    path == "ui/src/ipc/bindings.ts" || path.ends_with(".snap")
}

fn homes(files: &[File]) -> Vec<String> {
    let starts =
        [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/"), concat!("\\Us", "ers\\")];
    let mut complaints = Vec::new();
    for file in files {
        for (number, line) in file.text.lines().enumerate() {
            let names_one = |start: &str| {
                line.match_indices(start).any(|(at, _)| {
                    line[at + start.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '.')
                })
            };
            if starts.iter().any(|start| names_one(start)) {
                complaints.push(format!("{}:{}: a path of somebody's home folder", file.path, number + 1));
            }
        }
    }
    complaints
}

#[test]
fn no_type_is_named_after_a_drawer() {
    none(&empty_type_names(&files()));
}

#[test]
fn no_file_carries_a_path_of_a_home_folder() {
    none(&homes(&files()));
}

#[cfg(test)]
mod can_fail {
    use super::*;
    use crate::tree::file;

    #[test]
    fn a_drawer_is_found_and_a_use_of_somebody_elses_is_not() {
        // Kind and name stand apart, or this file would be found.
        let count = |kind: &str, name: &str| {
            empty_type_names(&[file("crates/app/src/lib.rs", &format!("pub {kind} {name} {{}}"))]).len()
        };
        assert_eq!(count("struct", "GuestManager"), 1);
        assert_eq!(count("enum", "StringUtils"), 1);
        assert_eq!(count("trait", "ServiceExt"), 1);
        assert_eq!(count("use", "tauri::Manager"), 0);
        assert_eq!(count("struct", "Utility"), 0);
        let implemented = concat!("impl Accept for A {\n    ty", "pe Service = S;\n}");
        assert_eq!(empty_type_names(&[file("crates/gateway/src/a.rs", implemented)]), [""; 0]);
        assert_eq!(count("interface", "DateHelper"), 1);
    }

    #[test]
    fn a_home_folder_is_found() {
        assert_eq!(homes(&[file("README.md", concat!("see /ho", "me/ada/notes"))]).len(), 1);
        assert_eq!(homes(&[file("a.rs", concat!("\"/ro", "ot/.cargo\""))]).len(), 1);
        assert_eq!(homes(&[file("README.md", "see ~/notes and /home")]), [""; 0]);
    }
}
