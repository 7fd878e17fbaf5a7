//! Who may know whom, and who may name which library.

use crate::none;
use crate::tree::{File, Package, files, packages};

/// Each package and the packages of ours it may need. A package that is not listed may not exist.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("genesys", &["model"]),
    ("lab", &["model", "genesys"]),
    ("store", &["model"]),
    ("proof", &["model", "store"]),
    ("outbox", &["model", "store"]),
    ("retention", &["model", "store", "proof"]),
    ("simulator", &[]),
    ("app", &["model", "genesys", "lab", "store", "proof", "outbox", "retention"]),
    ("gateway", &["model", "app"]),
    ("cli", &["model", "genesys", "store", "proof", "outbox", "retention", "app", "gateway", "simulator"]),
    (
        "innkeeper-desktop",
        &["model", "genesys", "store", "proof", "outbox", "retention", "app", "gateway", "simulator"],
    ),
    ("testkit", &["model", "genesys", "store", "proof", "outbox", "retention", "app", "simulator"]),
    ("tests", EVERY_CRATE),
    ("bench", EVERY_CRATE),
    ("xtask", &[]),
];

/// Tests across crates and benches may know all.
const EVERY_CRATE: &[&str] = &[
    "model",
    "genesys",
    "store",
    "proof",
    "outbox",
    "retention",
    "app",
    "gateway",
    "simulator",
    "testkit",
    "lab",
];

/// What every package but the simulator may need beyond that in its tests.
const FOR_TESTS: &[&str] = &["testkit", "simulator"];

/// Libraries that one package alone may need. A name stands for itself and for `name-…`.
const OWNED: &[(&str, &str)] = &[
    ("sled", "store"),
    ("keyring", "store"),
    ("reqwest", "genesys"),
    ("tauri", "innkeeper-desktop"),
    ("fantoccini", "innkeeper-desktop"),
    ("croner", "retention"),
    ("interprocess", "app"),
    ("clap", "cli"),
    ("maud", "lab"),
    ("quick-junit", "lab"),
    ("regress", "lab"),
];

fn broken_edges(packages: &[Package]) -> Vec<String> {
    let ours: Vec<&str> = packages.iter().map(|p| p.name.as_str()).collect();
    let mut complaints = Vec::new();
    for package in packages {
        let name = package.name.as_str();
        let Some((_, may)) = MAY_KNOW.iter().find(|(known, _)| *known == name) else {
            complaints
                .push(format!("{name} is a new package: say in ARCHITECTURE.md and here whom it may know"));
            continue;
        };
        let wrong = |needed: &&String| ours.contains(&needed.as_str()) && !may.contains(&needed.as_str());
        for needed in package.needs.iter().filter(wrong) {
            complaints.push(format!("{name} may not know {needed} ({})", package.manifest));
        }
        for needed in package.needs_for_tests.iter().filter(wrong) {
            if name == "simulator" || !FOR_TESTS.contains(&needed.as_str()) {
                complaints.push(format!(
                    "{name} may not know {needed}, not even in its tests ({})",
                    package.manifest
                ));
            }
        }
    }
    complaints
}

fn libraries_in_wrong_hands(packages: &[Package]) -> Vec<String> {
    let mut complaints = Vec::new();
    for package in packages {
        for needed in package.needs.iter().chain(&package.needs_for_tests) {
            let is = |library: &str| {
                needed == library || needed.strip_prefix(library).is_some_and(|r| r.starts_with('-'))
            };
            if let Some((library, owner)) = OWNED.iter().find(|(library, _)| is(library))
                && *owner != package.name
            {
                complaints.push(format!("only {owner} may name {library}: {} needs {needed}", package.name));
            }
        }
    }
    complaints
}

/// Files with code (not a comment) that contains `name`.
fn naming<'a>(files: impl Iterator<Item = &'a File>, name: &str) -> Vec<String> {
    files
        .filter(|file| file.code().any(|(_, line)| line.contains(name)))
        .map(|file| file.path.clone())
        .collect()
}

fn doors_to_reqwest(files: &[File]) -> Vec<String> {
    let doors =
        naming(files.iter().filter(|f| f.path.starts_with("crates/genesys/") && f.is(&["rs"])), "reqwest::");
    match doors.len() {
        1 => Vec::new(),
        _ => {
            vec![format!("exactly one file of crates/genesys names reqwest; these do: {}", doors.join(", "))]
        }
    }
}

/// The index on the disk is one adapter: everything else in the store is read without knowing sled.
fn namers_of_sled(files: &[File]) -> Vec<String> {
    let store = files.iter().filter(|f| f.path.starts_with("crates/store/src/") && f.is(&["rs"]));
    let mut naming: Vec<String> = Vec::new();
    for file in store {
        // A path from the crate itself (`self::sled::`) names the adapter.
        let names = |line: &str| {
            let lines = line.replace("self::sled", "").replace("index::sled", "");
            lines.contains("sled::") || lines.contains("use sled")
        };
        if file.code().any(|(_, line)| names(line)) {
            naming.push(file.path.clone());
        }
    }
    match naming.as_slice() {
        [only] if only == "crates/store/src/index/sled.rs" => Vec::new(),
        _ => vec![format!("only crates/store/src/index/sled.rs names sled; these do: {}", naming.join(", "))],
    }
}

/// Sockets are one adapter: the machine of a chat is read and tested without knowing the library.
fn namers_of_tungstenite(files: &[File]) -> Vec<String> {
    let client = files.iter().filter(|f| f.path.starts_with("crates/genesys/src/") && f.is(&["rs"]));
    match naming(client, "tokio_tungstenite::").as_slice() {
        [only] if only == "crates/genesys/src/webmessaging/tungstenite.rs" => Vec::new(),
        naming => vec![format!(
            "only crates/genesys/src/webmessaging/tungstenite.rs names tokio-tungstenite; these do: {}",
            naming.join(", ")
        )],
    }
}

fn doors_to_the_core(files: &[File]) -> Vec<String> {
    let page = files.iter().filter(|f| f.path.starts_with("ui/") && f.is(&["ts", "tsx", "js", "mjs"]));
    let others = page.filter(|f| !f.path.starts_with("ui/src/ipc/"));
    naming(others, "@tauri-apps/")
        .into_iter()
        .map(|f| format!("only ui/src/ipc imports @tauri-apps/*: {f}"))
        .collect()
}

#[test]
fn crates_know_only_whom_they_may_know() {
    none(&broken_edges(&packages()));
}

#[test]
fn sled_tauri_reqwest_and_the_others_have_one_owner_each() {
    none(&libraries_in_wrong_hands(&packages()));
}

#[test]
fn one_file_of_the_client_names_reqwest() {
    none(&doors_to_reqwest(&files()));
}

#[test]
fn one_file_of_the_client_names_tokio_tungstenite() {
    none(&namers_of_tungstenite(&files()));
}

#[test]
fn one_file_of_the_store_names_sled() {
    none(&namers_of_sled(&files()));
}

#[test]
fn the_page_has_one_door_to_the_core() {
    none(&doors_to_the_core(&files()));
}

#[cfg(test)]
mod can_fail {
    use super::*;
    use crate::tree::file;

    fn package(name: &str, needs: &[&str], for_tests: &[&str]) -> Package {
        let owned = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        Package {
            name: name.into(),
            needs: owned(needs),
            needs_for_tests: owned(for_tests),
            ..Package::default()
        }
    }

    #[test]
    fn an_edge_upwards_a_test_edge_of_the_simulator_and_an_unlisted_package_are_found() {
        let house = |outbox: &[&str], simulator: &[&str]| {
            broken_edges(&[
                package("model", &["serde"], &[]),
                package("genesys", &["model"], &["testkit"]),
                package("testkit", &["genesys"], &[]),
                package("outbox", outbox, &[]),
                package("simulator", &[], simulator),
            ])
        };
        assert_eq!(house(&["model"], &[]), [""; 0]);
        assert_eq!(house(&["genesys"], &[]).len(), 1);
        assert_eq!(house(&[], &["model"]).len(), 1);
        assert_eq!(broken_edges(&[package("utilities", &[], &[])]).len(), 1);
    }

    #[test]
    fn a_library_in_the_wrong_hands_is_found_with_its_plugins() {
        assert_eq!(libraries_in_wrong_hands(&[package("store", &["sled"], &[])]), [""; 0]);
        assert_eq!(libraries_in_wrong_hands(&[package("app", &["sled"], &[])]).len(), 1);
        assert_eq!(libraries_in_wrong_hands(&[package("app", &["tauri-plugin-store"], &[])]).len(), 1);
        assert_eq!(libraries_in_wrong_hands(&[package("tests", &[], &["reqwest"])]).len(), 1);
    }

    #[test]
    fn a_second_door_is_found_and_a_comment_is_none() {
        let one = file("crates/genesys/src/http.rs", "let c = reqwest::Client::new();");
        let two = file("crates/genesys/src/retry.rs", "use reqwest::Error;");
        let mention = file("crates/genesys/src/lib.rs", "// as reqwest::Client does");
        assert_eq!(doors_to_reqwest(&[one, mention]), [""; 0]);
        assert_eq!(doors_to_reqwest(&[file("crates/genesys/src/a.rs", "reqwest::get(u)"), two]).len(), 1);
        let adapter = || file("crates/store/src/index/sled.rs", "db: Option<sled::Db>,");
        let export =
            file("crates/store/src/index/mod.rs", "pub(crate) use self::sled::SledIndex as DiskIndex;");
        assert_eq!(namers_of_sled(&[adapter(), export]), [""; 0]);
        assert_eq!(
            namers_of_sled(&[adapter(), file("crates/store/src/error.rs", "source: sled::Error,")]).len(),
            1
        );
        assert_eq!(namers_of_sled(&[file("crates/store/src/table.rs", "use sled;")]).len(), 1);
        let socket = |path: &str| file(path, "use tokio_tungstenite::WebSocketStream;");
        let adapter = "crates/genesys/src/webmessaging/tungstenite.rs";
        assert_eq!(namers_of_tungstenite(&[socket(adapter)]), [""; 0]);
        assert_eq!(namers_of_tungstenite(&[socket(adapter), socket("crates/genesys/src/org.rs")]).len(), 1);
        let import = "import { invoke } from '@tauri-apps/api/core';";
        assert_eq!(doors_to_the_core(&[file("ui/src/ipc/core.ts", import)]), [""; 0]);
        assert_eq!(doors_to_the_core(&[file("ui/src/screens/Guests.tsx", import)]).len(), 1);
    }
}
