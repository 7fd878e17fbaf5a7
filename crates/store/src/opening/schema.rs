use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    disk::{Fs, durable},
    error::Error,
    seal::KeyId,
};

/// The form of the data folder that this program writes. A folder of an older one gets it when it is opened.
///
/// 1: sled alone; no longer read. 2: a log, of which sled is an index. 3: as 2, and logs of records ([`crate::RecordLog`])
/// have the format of the store's log.
pub const SCHEMA_VERSION: u32 = 3;
/// The oldest form that is read.
const OLDEST: u32 = 2;

/// Stands in a file of its own, not in the database: it is read before anything may be touched.
#[derive(Serialize, Deserialize)]
struct File {
    schema: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    fresh: bool,
}

/// What the folder says of itself.
pub(crate) struct Schema {
    pub(crate) version: u32,
    /// The key that sealed it when this was written; where the log names another one, the log's key counts.
    pub(crate) key: KeyId,
    /// The folder is being made: nothing in it was ever acknowledged.
    pub(crate) fresh: bool,
}

fn path(dir: &Path) -> PathBuf {
    dir.join("schema.json")
}

/// `None` for a folder that has no schema. Refuses one of a newer program, or of one too old.
pub(crate) fn read(dir: &Path) -> Result<Option<Schema>, Error> {
    let path = path(dir);
    let Some(bytes) = durable::read(&path)? else { return Ok(None) };
    let damaged = || Error::SchemaMark(path.clone());
    let file: File = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
    if file.schema > SCHEMA_VERSION {
        return Err(Error::NewerSchema { found: file.schema, supported: SCHEMA_VERSION });
    }
    if file.schema < OLDEST {
        return Err(Error::OlderSchema { found: file.schema, oldest: OLDEST });
    }
    let key = file.key.as_deref().and_then(parse).ok_or_else(damaged)?;
    Ok(Some(Schema { version: file.schema, key, fresh: file.fresh }))
}

/// Names schema and key, durably.
pub(crate) fn write(disk: &dyn Fs, dir: &Path, key: KeyId, fresh: bool) -> Result<(), Error> {
    let key = Some(format!("{:016x}", u64::from_be_bytes(key)));
    let file = File { schema: SCHEMA_VERSION, key, fresh };
    let json = serde_json::to_vec(&file).expect("numbers and texts are valid JSON");
    durable::replace_on(disk, &path(dir), &json)
}

/// The error for a folder that has files of ours and no schema.
pub(crate) fn missing(dir: &Path) -> Error {
    Error::SchemaMark(path(dir))
}

/// A key's id from its 16 hex digits.
fn parse(hex: &str) -> Option<KeyId> {
    let is_id = hex.len() == 16 && hex.bytes().all(|digit| digit.is_ascii_hexdigit());
    u64::from_str_radix(hex, 16).ok().filter(|_| is_id).map(u64::to_be_bytes)
}
