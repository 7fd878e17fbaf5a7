//! Where the code touches secrets: the type itself, each place that looks inside one, and who starts processes.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// Files that may look inside a secret, each for the wire, a hash, a cipher, a check of its length, or because a person
/// asked for it (`--print-token`). Whoever adds one has thought about where the bytes go.
const MAY_LOOK_INSIDE: &[&str] = &[
    "crates/app/src/audit/log.rs",
    "crates/app/src/connection/secret_binding.rs",
    "crates/app/src/chat/conversation.rs",
    "crates/app/src/connection/store_floor/record.rs",
    "crates/app/src/connection/folder.rs",
    "crates/app/src/chat/sessions.rs",
    "crates/app/src/chat/web_sessions.rs",
    // The token of a chat that has not ended, sealed with the store, so that the guest comes back after a restart.
    "crates/app/src/chat_lab/keep.rs",
    // The hash of a token that was asked about, and whether it can be one.
    "crates/app/src/chat_lab/session.rs",
    "crates/app/src/chat_lab/start.rs",
    "crates/cli/src/commands/chat.rs",
    "crates/gateway/src/cookie.rs",
    "crates/genesys/src/pipeline/call.rs",
    // The guest's token stands in every frame, and is taken out of records and words of the org.
    "crates/genesys/src/webmessaging/frames/credentials.rs",
    "crates/genesys/src/webmessaging/frames/mask.rs",
    "crates/genesys/src/webmessaging/frames/outgoing.rs",
    // The JWT goes to the history; address and headers of an upload to where the org wants the file.
    "crates/genesys/src/webmessaging/history.rs",
    // By a hash of a guest's token it is known how often their history was read; it is kept in memory only.
    "crates/genesys/src/webmessaging/history_pace.rs",
    "crates/genesys/src/webmessaging/machine/files.rs",
    // Values of the environment are taken out of what is told of a run.
    "crates/lab/src/run/mask.rs",
    "crates/proof/src/certificate/key.rs",
    "crates/retention/src/plan/seal.rs",
    "crates/store/src/secrets/data_keys.rs",
    "crates/store/src/secrets/key_file.rs",
    "crates/store/src/secrets/keychain.rs",
    "crates/store/src/secrets/mod.rs",
    "crates/store/src/secrets/passphrase_file.rs",
    "src-tauri/src/commands/guests.rs",
    // The session of the embedded org in this process whose other side is played.
    "src-tauri/src/environment.rs",
];

/// Files that may read the environment.
const MAY_READ_ENVIRONMENT: &[&str] = &[
    "crates/app/src/connection/folder.rs",
    // `GC_DEPLOYMENT_ID` and `GC_ORIGIN`.
    "crates/app/src/lab/variables.rs",
    // `${env.NAME}` of a scenario file, never one of ours.
    "crates/app/src/scenario_files.rs",
    // The file of `GC_CA_FILE`.
    "crates/app/src/system/extra_roots.rs",
    "crates/app/src/system/login.rs",
    // Whether colours are wanted.
    "crates/app/src/system/logging.rs",
    "crates/app/src/system/variables.rs",
    "crates/retention/src/zone.rs",
    "crates/store/src/crash.rs",
    "src-tauri/src/environment.rs",
    "src-tauri/src/tray/library.rs",
];

/// Every variable of ours that the shipped code names, and what becomes of a command when its value is lost (empty, blank or
/// not UTF-8). That the refused ones are refused: `a_variable_that_lost_its_value_is_named_before_anything_leaves_or_is_written`,
/// `a_data_folder_that_lost_its_name_is_refused_and_no_other_is_made`.
const VARIABLES: &[(&str, &str)] = &[
    ("GC_BASE_URL", "refused"),
    ("GC_CA_FILE", "refused"),
    ("GC_CLIENT_ID", "refused"),
    ("GC_CLIENT_SECRET", "refused"),
    ("GC_DEPLOYMENT_ID", "refused"),
    ("GC_DIALECT", "refused"),
    ("GC_ENVIRONMENT", "refused"),
    ("GC_ORIGIN", "refused"),
    ("INNKEEPER_CRASH_AT", "as if not set: a test's, and none shipped ends there"),
    ("INNKEEPER_DATA", "refused"),
    ("INNKEEPER_LOG", "as if not set: errors are logged as ever, and never more"),
    ("INNKEEPER_PASSPHRASE", "refused"),
    ("INNKEEPER_TRAY", "as if not set: the tray is shown where the desktop has one"),
];

/// The code that is shipped: path from the root, and its lines but for comments and for tests at the end of the file.
fn code() -> Vec<(String, Vec<String>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root.join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with("testkit"))
        .map(|path| path.join("src"))
        .collect();
    folders.push(root.join("src-tauri/src"));
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let path = entry.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                found.push((path, shipped(&std::fs::read_to_string(&entry).unwrap())));
            }
        }
    }
    found.sort();
    found
}

fn shipped(text: &str) -> Vec<String> {
    // A module of tests stands at the end of its file.
    let end = text.find("\n#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..end].lines().filter(|line| !line.trim_start().starts_with("//")).map(ToOwned::to_owned).collect()
}

fn unlisted(code: &[(String, Vec<String>)], words: &[&str], listed: &[&str]) -> Vec<String> {
    let has = |lines: &[String]| lines.iter().any(|line| words.iter().any(|word| line.contains(word)));
    let tests =
        |path: &str| path.ends_with("tests.rs") || path.contains("/tests/") || path.ends_with("_tests.rs");
    code.iter()
        .filter(|(path, lines)| has(lines) && !listed.contains(&path.as_str()) && !tests(path))
        .map(|(path, _)| path.clone())
        .collect()
}

/// What a type that holds a secret must not be able to do.
fn shows_itself(text: &str) -> Vec<&'static str> {
    let shows = ["Display for", "Serialize", "Deref for", "AsRef<", "derive(Debug", "PartialEq"];
    shows.into_iter().filter(|way| shipped(text).iter().any(|line| line.contains(way))).collect()
}

#[test]
fn no_code_prints_or_serialises_a_secret() {
    let code = code();
    assert!(code.len() > 100, "the code was not found");
    let none: [&str; 0] = [];
    let secret = code.iter().find(|(path, _)| path == "crates/model/src/secret.rs").unwrap().1.join("\n");
    assert_eq!(shows_itself(&secret), none);
    assert!(secret.contains("struct Secret(Zeroizing<String>)"), "a secret is wiped when it is dropped");
    assert_eq!(
        unlisted(&code, &["expose()"], MAY_LOOK_INSIDE),
        none,
        "look inside a secret and are not listed"
    );
}

#[test]
fn the_environment_is_read_in_few_places_and_no_process_is_started() {
    let code = code();
    let none: [&str; 0] = [];
    let reads = ["env::var(", "env::var_os(", "env::vars"];
    assert_eq!(
        unlisted(&code, &reads, MAY_READ_ENVIRONMENT),
        none,
        "read the environment and are not listed"
    );
    let starts = ["Command::new(", "process::Command", "set_var("];
    assert_eq!(unlisted(&code, &starts, &[]), none, "start a process: with which environment?");
}

/// The quoted words of the code that are names of variables of ours.
fn variables(code: &[(String, Vec<String>)]) -> BTreeSet<String> {
    let ours = |word: &&str| {
        ["GC_", "INNKEEPER_"].iter().any(|start| word.starts_with(start))
            && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
    };
    let lines = code.iter().flat_map(|(_, lines)| lines);
    lines.flat_map(|line| line.split('"')).filter(ours).map(ToOwned::to_owned).collect()
}

#[test]
fn every_variable_that_is_read_is_listed_with_what_its_loss_does() {
    let listed: BTreeSet<String> = VARIABLES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(variables(&code()), listed);
    let cleared: Vec<&str> = listed.iter().map(String::as_str).collect();
    assert_eq!(testkit::PROGRAM_VARIABLES[..], cleared, "what a test clears that starts a program");
}

/// Who starts a program of ours in a test clears what would lead it elsewhere by the one list, and names none by itself.
#[test]
fn whatever_starts_a_program_clears_the_variables_by_the_one_list() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut complaints = Vec::new();
    for folder in
        ["crates/cli/tests", "crates/gateway/tests", "benches/src", "tests/desktop", "tests/scenarios"]
    {
        for path in testkit::files_below(&root.join(folder)) {
            let lines = shipped(&std::fs::read_to_string(&path).unwrap());
            if removes_in_a_loop(&lines) {
                complaints.push(path);
            }
        }
    }
    assert!(complaints.is_empty(), "have a list of variables of their own: {complaints:?}");
}

/// Whether variables are cleared one after the other from a list that names several of ours.
fn removes_in_a_loop(lines: &[String]) -> bool {
    let ours = |line: &String| variables(&[(String::new(), vec![line.clone()])]).len();
    let clears = |at: usize| lines[at..].iter().take(3).any(|line| line.contains(".env_remove(name)"));
    (0..lines.len()).any(|at| {
        let list =
            lines[..=at].iter().rev().skip(1).take_while(|line| !line.contains('{')).map(ours).sum::<usize>();
        lines[at].contains("] {") && list + ours(&lines[at]) > 1 && clears(at)
    })
}

mod can_fail {
    use super::*;

    #[test]
    fn a_list_of_ones_own_is_found() {
        let found = |text: &str| removes_in_a_loop(&shipped(text));
        let list =
            "for name in [\n    \"GC_BASE_URL\",\n    \"GC_DIALECT\",\n] {\n    command.env_remove(name);\n}";
        assert!(found(list) && found("for name in [\"GC_A\", \"GC_B\"] {\n    command.env_remove(name);\n}"));
        assert!(!found(
            "command.env_remove(\"GC_DIALECT\");\nfor name in [\"TZ\", \"LANG\"] {\n    command.env_remove(name);"
        ));
    }

    #[test]
    fn a_variable_that_is_not_listed_is_found() {
        let code = [("crates/a/src/a.rs".to_owned(), shipped("// \"GC_NOT\"\nread(\"GC_NEW_ONE\");\n"))];
        assert_eq!(variables(&code), BTreeSet::from(["GC_NEW_ONE".to_owned()]));
    }

    #[test]
    fn a_place_that_is_not_listed_and_a_secret_that_shows_itself_are_found() {
        let code = [("crates/app/src/a.rs".to_owned(), shipped("// token.expose()\nlog(token.expose());\n"))];
        assert_eq!(unlisted(&code, &["expose()"], &[]), ["crates/app/src/a.rs"]);
        assert_eq!(unlisted(&code, &["expose()"], &["crates/app/src/a.rs"]), [""; 0]);
        let comment = [(
            "crates/app/src/a.rs".to_owned(),
            shipped("// expose()\n#[cfg(test)]\nmod tests { expose() }\n"),
        )];
        assert_eq!(unlisted(&comment, &["expose()"], &[]), [""; 0]);
        assert_eq!(shows_itself("#[derive(Debug, Clone)]\nstruct Secret(String);"), ["derive(Debug"]);
    }
}
