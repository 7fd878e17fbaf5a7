//! What commands read of their arguments and of stdin.

use std::{collections::BTreeMap, fs::File, io::Read, path::Path};

use app::{Existing, Failure, Result, plain_text};

pub use crate::aside::aside;

/// What `--replace` says of a file that is there.
pub fn existing(replace: bool) -> Existing {
    if replace { Existing::Replace } else { Existing::Keep }
}

/// Custom attributes are texts, whatever they look like.
pub fn text_assignments(given: &[String]) -> Result<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for text in given {
        let (key, value) = text
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| Failure::field("--attr", format!("{text:?} must be KEY=VALUE")))?;
        if all.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(Failure::field(key, "is given twice; an attribute has one value"));
        }
    }
    Ok(all)
}

/// The bytes of a file that an option names, at most so many. It may be a pipe that nobody writes to.
pub async fn named(option: &'static str, path: &Path, most: u64) -> Result<Vec<u8>> {
    let path = path.to_owned();
    aside(move || {
        let unreadable = |e: std::io::Error| Failure::unreadable(option, &path, &e);
        let mut bytes = Vec::new();
        File::open(&path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
        match bytes.len() as u64 > most {
            true => {
                Err(Failure::field(option, format!("{} is longer than {} KiB", path.display(), most / 1024)))
            }
            false => Ok(bytes),
        }
    })
    .await
}

/// Everything on stdin, at most 64 KiB, without one trailing newline; and whether there was one.
pub async fn stdin_text() -> Result<(String, bool)> {
    aside(|| {
        let mut bytes = Vec::new();
        std::io::stdin()
            .take(64 * 1024)
            .read_to_end(&mut bytes)
            .map_err(|e| Failure::field("stdin", format!("cannot be read: {e}")))?;
        let text = plain_text(&bytes).map_err(|why| Failure::field("stdin", why))?;
        let mut text =
            String::from_utf8(text.to_vec()).map_err(|_| Failure::field("stdin", "is no text in UTF-8"))?;
        let is_cut = text.ends_with('\n');
        if is_cut {
            text.pop();
            if text.ends_with('\r') {
                text.pop();
            }
        }
        Ok((text, is_cut))
    })
    .await
}
