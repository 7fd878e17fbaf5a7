use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Error, disk, seal::KeyId};

/// The newest form of the data folder that this program reads and writes.
pub const SCHEMA_VERSION: u32 = 1;

/// Stands in a file of its own, not in the database: it is read before the engine may touch anything.
#[derive(Serialize, Deserialize)]
struct Mark {
    schema: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

fn path(dir: &Path) -> PathBuf {
    dir.join("schema.json")
}

/// Refuses a folder of a newer program or of another data key; marks a new one.
///
/// The mark is durable before the database exists, so a database without a mark is a damaged folder.
pub(crate) fn check(dir: &Path, db: &Path, key: &KeyId) -> Result<(), Error> {
    let path = path(dir);
    let key = hex(key);
    let Some(bytes) = disk::read(&path)? else {
        if db.exists() {
            return Err(Error::SchemaMark { path });
        }
        let mark = Mark { schema: SCHEMA_VERSION, key: Some(key) };
        let json = serde_json::to_vec(&mark).expect("a number and a text are valid JSON");
        return disk::replace(&path, &json);
    };
    let mark: Mark = serde_json::from_slice(&bytes).map_err(|_| Error::SchemaMark { path: path.clone() })?;
    if mark.schema > SCHEMA_VERSION {
        return Err(Error::NewerSchema { found: mark.schema, supported: SCHEMA_VERSION });
    }
    match mark.key {
        Some(k) if k == key => Ok(()),
        Some(_) => Err(Error::WrongKey),
        None => Err(Error::SchemaMark { path }),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
