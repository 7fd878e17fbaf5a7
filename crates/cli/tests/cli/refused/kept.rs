//! What lies in a data folder, as it would be missed: every file byte for byte, and of the stores what they say.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock},
};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use store::{Key, KeyRing, Store};

use crate::folder;

/// Files that say who holds the folder now, and nothing that anybody was promised.
const HOLDERS: [&str; 3] = ["lock", "socket", "LOCK"];

/// Every table that this program keeps. One that is added has to stand here, or nobody would look into it.
pub const TABLES: [&str; 31] = [
    "asked-session",
    "ended-chat",
    "entry",
    "expiry",
    "gone",
    "guest-predecessor",
    "guest-successor",
    "accepted-position",
    "heard-folder",
    "hold-folder",
    "hold-taken",
    "known-conversation",
    "lab-chat",
    "outbox-limit",
    "plan-made-for",
    "played-chat",
    "retention-ask",
    "retention-confirmed",
    "retention-hold",
    "retention-hold-removed",
    "retention-look",
    "retention-policy",
    "retention-policy-more",
    "retention-schedule",
    "run-origin",
    "run-policy",
    "run-resting",
    "run-summary",
    "switch",
    "text",
    "web-session",
];

/// Tables that only save work at the next opening. `heard-folder`: which sealed file of another folder was looked into last; each
/// opening writes it where such a file was sealed anew, as it is whenever a command ends in order. `run-summary`: what the journals
/// of ended runs say, derived from them by whoever looks first.
const NOTES: [&str; 2] = ["heard-folder", "run-summary"];

/// The file of secrets under a passphrase.
const SEALED: &str = "secrets.sealed";

/// Every secret that this program keeps, but how far the stores had come (`store-floor`).
const SECRETS: [&str; 10] = [
    "audit-head",
    "certificate-key",
    "client-secret",
    "client-secret-for",
    "client-secret-for.1",
    "client-secret.1",
    "data-key",
    "data-key.1",
    "data-key.next",
    "plan-seal",
];

/// A data folder at one moment.
pub struct Kept {
    files: BTreeMap<PathBuf, Vec<u8>>,
    /// By folder of a store: a copy of it.
    stores: BTreeMap<PathBuf, tempfile::TempDir>,
}

impl Kept {
    pub fn look(data: &Path) -> Self {
        let (mut files, mut stores) = (BTreeMap::new(), BTreeMap::new());
        for file in testkit::files_below(data) {
            let name = file.strip_prefix(data).unwrap().to_owned();
            let store =
                name.iter().position(|part| part == "store").map(|at| name.iter().take(at + 1).collect());
            if let Some(store) = store {
                let store: PathBuf = store;
                let copy: &tempfile::TempDir =
                    stores.entry(store.clone()).or_insert_with(|| tempfile::tempdir().unwrap());
                let to = copy.path().join(file.strip_prefix(data.join(&store)).unwrap());
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::copy(&file, to).unwrap();
            } else if !is_of_a_holder(&file) {
                files.insert(name, fs::read(&file).unwrap());
            }
        }
        Self { files, stores }
    }

    /// What differs, in words; nothing when all is as it was. Lines that the audit log took since are handed to `line`, which
    /// says whether they may be there.
    pub fn differences(&self, after: &Self, data: &Path, refusals_are_written_down: bool) -> Vec<String> {
        let mut found = Vec::new();
        let names: std::collections::BTreeSet<&PathBuf> =
            self.files.keys().chain(after.files.keys()).collect();
        for name in names {
            match (self.files.get(name), after.files.get(name)) {
                (Some(before), Some(after)) if before == after => {}
                (Some(before), Some(after)) if refusals_are_written_down && is_of_the_log(name) => {
                    if name.extension().is_some_and(|e| e == "jsonl") {
                        let new = after.strip_prefix(before.as_slice()).unwrap_or(b"rewritten");
                        if !String::from_utf8_lossy(new).lines().all(|line| line.contains("deleteRefused")) {
                            found.push(format!("{}: {}", name.display(), String::from_utf8_lossy(new)));
                        }
                    }
                }
                // How far the stores had come is written down anew whenever a command ends in order.
                (Some(before), Some(after))
                    if is_of_the_secrets(name) && secrets(before) == secrets(after) => {}
                (Some(_), Some(_)) => found.push(format!("{} was changed", name.display())),
                (None, _) => found.push(format!("{} is new", name.display())),
                (_, None) => found.push(format!("{} is gone", name.display())),
            }
        }
        let stores: std::collections::BTreeSet<&PathBuf> =
            self.stores.keys().chain(after.stores.keys()).collect();
        for store in stores {
            let (before, after) = (self.stores.get(store), after.stores.get(store));
            let [Some(before), Some(after)] = [before, after] else {
                found.push(format!("{} is new or gone", store.display()));
                continue;
            };
            let journal = |copy: &tempfile::TempDir| fs::read(folder::journal(copy.path())).unwrap();
            if journal(before) == journal(after) {
                continue;
            }
            let keys = keys_of(data.join(store).parent().unwrap());
            let (before, after) = (contents(before.path(), &keys), contents(after.path(), &keys));
            let all: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
            let promised = |key: &&(String, String)| !NOTES.contains(&key.0.as_str());
            for key in all.into_iter().filter(promised).filter(|key| before.get(*key) != after.get(*key)) {
                let shown = |side: &BTreeMap<(String, String), String>| {
                    side.get(key).cloned().unwrap_or("nothing".to_owned())
                };
                found.push(format!(
                    "{}: {key:?}: {} became {}",
                    store.display(),
                    shown(&before),
                    shown(&after)
                ));
            }
        }
        found
    }
}

fn is_of_a_holder(file: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let name = file.file_name().unwrap().to_string_lossy();
    HOLDERS.iter().any(|holder| name == *holder || name.ends_with(&format!(".{holder}")))
        || fs::symlink_metadata(file).is_ok_and(|about| about.file_type().is_socket())
}

/// The audit log, and the secrets, where its end is kept.
fn is_of_the_log(name: &Path) -> bool {
    let name = name.file_name().unwrap().to_string_lossy();
    name.starts_with("audit") || name.starts_with("secrets.")
}

fn is_of_the_secrets(name: &Path) -> bool {
    name.file_name().is_some_and(|name| name == SEALED)
}

/// All secrets of a sealed file but how far the stores had come.
fn secrets(sealed: &[u8]) -> Vec<Option<String>> {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(SEALED), sealed).unwrap();
    let secrets = folder::secrets(dir.path());
    SECRETS.iter().map(|name| secrets.get(name).unwrap().map(|secret| secret.expose().to_owned())).collect()
}

/// They cost a passphrase's work, and stay the same while nobody rotates them.
fn keys_of(connection: &Path) -> KeyRing {
    static KNOWN: OnceLock<Mutex<BTreeMap<PathBuf, KeyRing>>> = OnceLock::new();
    let mut known = KNOWN.get_or_init(Mutex::default).lock().unwrap();
    known.entry(connection.to_owned()).or_insert_with(|| folder::keys(connection)).clone()
}

/// Every entry of every table, in words.
pub fn contents(store: &Path, keys: &KeyRing) -> BTreeMap<(String, String), String> {
    let copy = tempfile::tempdir().unwrap();
    testkit::copy_folder(store, copy.path());
    let store = Store::open(copy.path(), keys).unwrap();
    let mut all = BTreeMap::new();
    for table in TABLES {
        for entry in store.table::<Bytes, Any>(table).iter() {
            let (key, value) = entry.unwrap();
            all.insert((table.to_owned(), String::from_utf8_lossy(&key.0).into_owned()), value.0);
        }
    }
    all
}

struct Bytes(Vec<u8>);

impl Key for Bytes {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self(std::mem::take(bytes).to_vec()))
    }
}

/// Any value, as a text that differs where it does.
#[derive(serde::Serialize)]
struct Any(String);

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Told)
    }
}

struct Told;

impl<'de> Visitor<'de> for Told {
    type Value = Any;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_bool<E>(self, v: bool) -> Result<Any, E> {
        Ok(Any(v.to_string()))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Any, E> {
        Ok(Any(v.to_string()))
    }

    fn visit_u64<E>(self, v: u64) -> Result<Any, E> {
        Ok(Any(v.to_string()))
    }

    fn visit_f64<E>(self, v: f64) -> Result<Any, E> {
        Ok(Any(v.to_string()))
    }

    fn visit_str<E>(self, v: &str) -> Result<Any, E> {
        Ok(Any(format!("{v:?}")))
    }

    fn visit_bytes<E>(self, v: &[u8]) -> Result<Any, E> {
        Ok(Any(format!("{v:02x?}")))
    }

    fn visit_unit<E>(self) -> Result<Any, E> {
        Ok(Any("none".to_owned()))
    }

    fn visit_none<E>(self) -> Result<Any, E> {
        Ok(Any("none".to_owned()))
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Any, D::Error> {
        from.deserialize_any(Told)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, from: D) -> Result<Any, D::Error> {
        from.deserialize_any(Told)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Any, A::Error> {
        let mut all = Vec::new();
        while let Some(Any(one)) = from.next_element()? {
            all.push(one);
        }
        Ok(Any(format!("[{}]", all.join(","))))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Any, A::Error> {
        let mut all = Vec::new();
        while let Some((Any(key), Any(value))) = from.next_entry()? {
            all.push(format!("{key}:{value}"));
        }
        Ok(Any(format!("{{{}}}", all.join(","))))
    }
}

/// Every `.table("name")` of the program's source stands in [`TABLES`].
#[test]
fn every_table_of_the_program_is_looked_into() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut named = Vec::new();
    for part in ["app", "outbox", "retention"] {
        for file in testkit::files_below(&crates.join(part).join("src")) {
            let path = file.to_string_lossy().into_owned();
            if path.ends_with("tests.rs") || !path.ends_with(".rs") {
                continue;
            }
            let source = fs::read_to_string(&file).unwrap();
            let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
            let names = source.split(".table(\"").skip(1).filter_map(|rest| rest.split('"').next());
            named.extend(names.map(str::to_owned));
        }
    }
    assert!(named.len() > 15, "{named:?}");
    for name in named {
        assert!(TABLES.contains(&name.as_str()), "add the table {name:?} to TABLES in kept.rs");
    }
}
