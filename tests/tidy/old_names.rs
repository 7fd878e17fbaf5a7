//! Names that were given up for the field's own words (docs/decisions/0047-one-vocabulary.md) do not come back where they stood.

use crate::none;
use crate::tree::{File, files};

/// Folder, and the modules that may not lie directly in it.
const MODULES: &[(&str, &[&str])] = &[
    (
        "crates/app/src",
        &[
            "way",
            "wall",
            "rest",
            "asks",
            "steering",
            "start",
            "once",
            "key",
            "holder",
            "org_words",
            "system_words",
        ],
    ),
    ("crates/app/src/outbox", &["many", "steady"]),
    ("crates/store/src", &["line", "seam", "mark", "clean", "follower", "sorted", "wal", "journal"]),
    ("crates/outbox/src", &["gone", "deaths", "slot", "turns", "by_hand"]),
    ("crates/retention/src", &["patience", "jump", "world"]),
    ("crates/retention/src/run", &["drive", "books"]),
    ("crates/retention/src/holds", &["question"]),
    ("crates/genesys/src", &["gate", "dice"]),
    ("crates/gateway/src", &["line", "door", "answer", "pace"]),
    ("src-tauri/src", &["watch", "gate"]),
];

/// Folder, and the types that no file below it defines.
const TYPES: &[(&str, &[&str])] = &[
    ("crates/app/src", &["Way", "Wall", "Ask", "Once", "Held"]),
    ("crates/store/src", &["Line", "Order", "Places", "Stands"]),
    ("crates/genesys/src", &["Said", "Told"]),
    ("crates/gateway/src", &["Line", "Door", "Pace"]),
    ("crates/simulator/src", &["Line"]),
    ("crates/cli/src", &["Held"]),
    ("src-tauri/src", &["Held", "Line"]),
];

fn old_modules(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (folder, names) in MODULES {
        for name in *names {
            let is_it = |file: &&File| {
                let rest = file.path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
                rest.is_some_and(|rest| rest == format!("{name}.rs") || rest.starts_with(&format!("{name}/")))
            };
            if let Some(file) = files.iter().find(is_it) {
                complaints.push(format!("{}: the name `{name}` was given up here", file.path));
            }
        }
    }
    complaints
}

fn old_types(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (folder, names) in TYPES {
        let inside = |file: &&File| file.is(&["rs"]) && file.path.starts_with(&format!("{folder}/"));
        for file in files.iter().filter(inside) {
            for (number, line) in file.code() {
                let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
                let defined =
                    words.windows(2).filter(|pair| ["struct", "enum", "trait", "type"].contains(&pair[0]));
                complaints.extend(
                    defined.filter(|pair| names.contains(&pair[1])).map(|pair| {
                        format!("{}:{number}: the name `{}` was given up here", file.path, pair[1])
                    }),
                );
            }
        }
    }
    complaints
}

#[test]
fn no_module_and_no_type_has_a_name_that_was_given_up() {
    let files = files();
    let all = old_modules(&files).into_iter().chain(old_types(&files));
    none(&all.collect::<Vec<_>>());
}

#[cfg(test)]
mod can_fail {
    use super::*;
    use crate::tree::file;

    #[test]
    fn an_old_module_is_found_as_a_file_and_as_a_folder_and_an_ordinary_word_elsewhere_is_not() {
        let count = |path: &str| old_modules(&[file(path, "")]).len();
        assert_eq!(count("crates/app/src/wall.rs"), 1);
        assert_eq!(count("crates/store/src/line/mod.rs"), 1);
        assert_eq!(count("crates/app/src/outbox/many.rs"), 1);
        assert_eq!(count("crates/app/src/views/key.rs"), 0);
        assert_eq!(count("crates/store/src/lines.rs"), 0);
        assert_eq!(count("tests/retention/line.rs"), 0);
    }

    #[test]
    fn an_old_type_is_found_where_it_is_defined_and_not_where_a_word_is_like_it() {
        let count = |path: &str, text: &str| old_types(&[file(path, text)]).len();
        assert_eq!(count("crates/gateway/src/x.rs", concat!("pub(crate) str", "uct Line<S> {")), 1);
        assert_eq!(count("crates/app/src/a/b.rs", concat!("en", "um Ask {")), 1);
        assert_eq!(count("crates/app/src/a.rs", "pub struct SayLine { ask: AskCode }"), 0);
        assert_eq!(count("crates/cli/src/a.rs", "pub struct Line;"), 0);
    }
}
