use std::{path::Path, sync::Arc};

use super::{
    model::ScenarioFile,
    place::{Mistake, Place},
    read,
    yaml::compose,
};

/// The longest scenario file, in bytes.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;

/// Reads what stands in one scenario file; includes are not followed. `file` is how the file is named in places.
///
/// # Errors
/// The first mistake, with its place.
pub fn parse(file: &Path, bytes: &[u8]) -> Result<ScenarioFile, Mistake> {
    let file: Arc<Path> = file.into();
    let text = text_of(&file, bytes)?;
    match compose(&file, text)? {
        Some(root) => read::file(&root),
        None => Err(Place::beginning(&file).mistake("the file is empty; it needs `scenarios`")),
    }
}

fn text_of<'b>(file: &Arc<Path>, bytes: &'b [u8]) -> Result<&'b str, Mistake> {
    let beginning = Place::beginning(file);
    if bytes.len() > MAX_FILE_BYTES {
        return Err(beginning.mistake(format!("the file is longer than {MAX_FILE_BYTES} bytes")));
    }
    if let Some(encoding) = wide(bytes) {
        return Err(beginning.mistake(format!("the file is text in {encoding}; save it as UTF-8")));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let before = String::from_utf8_lossy(before);
        Place::behind(file, unmarked(&before)).mistake("this byte is no UTF-8")
    })?;
    let text = unmarked(text);
    if let Some((before, bad)) = text.char_indices().find(|(_, c)| !is_printable(*c)) {
        let before = text.get(..before).unwrap_or_default();
        let words = format!("the character U+{:04X} may stand in YAML only as an escape", u32::from(bad));
        return Err(Place::behind(file, before).mistake(words));
    }
    Ok(text)
}

/// The encoding of a text whose characters take several bytes each, by its mark or by the zeros of its first characters.
fn wide(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Some("UTF-16"),
        _ => {}
    }
    match *bytes.first_chunk::<4>()? {
        [a, 0, 0, 0] | [0, 0, 0, a] if a != 0 => Some("UTF-32"),
        [a, 0, b, 0] | [0, a, 0, b] if a != 0 && b != 0 => Some("UTF-16"),
        _ => None,
    }
}

/// Without a byte-order mark at the beginning.
fn unmarked(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The characters that YAML 1.2 takes as they are.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}'
        | '\u{10000}'..='\u{10ffff}')
}
