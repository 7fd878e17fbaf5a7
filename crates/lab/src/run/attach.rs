use std::{fs::File, io::Read, path::Path};

use bytes::Bytes;
use genesys::webmessaging::OutgoingFile;

use super::{
    mask::Mask,
    words::{file_name, quoted},
};

/// The largest file that is read. The vendor takes 10 MB; more than that is read so that a test can see the refusal.
const MOST_BYTES: u64 = 32 * 1024 * 1024;

/// The system's words without the number of the error behind them.
fn without_number(words: &str) -> &str {
    words.split(" (os error").next().unwrap_or(words)
}

/// Reads a file to attach. Blocking. The path was confined when the scenario file was read.
pub fn read(path: &Path, mask: &Mask) -> Result<OutgoingFile, String> {
    let name = file_name(path);
    let refused = |why: &str| format!("{} cannot be attached: {why}", quoted(mask, &name));
    let failed = |error: std::io::Error| refused(without_number(&error.to_string()));
    let about = path.metadata().map_err(failed)?;
    if !about.is_file() {
        return Err(refused("it is no regular file"));
    }
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(refused(&format!("it is larger than {} MiB", MOST_BYTES / 1024 / 1024)));
    }
    let media_type = mime_guess::from_path(path).first_or_octet_stream().essence_str().to_owned();
    Ok(OutgoingFile { name, media_type, bytes: Bytes::from(bytes) })
}
