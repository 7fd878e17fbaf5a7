//! Frames as the inspector shows them: whatever is a credential is replaced before a record is made.

use model::Secret;
use serde_json::Value;

use super::{
    credentials::{MASKED, without_credentials},
    message::shortened,
};

/// No record holds more of a frame, in bytes.
const MAX_RECORD: usize = 64 * 1024;

/// Of what is no JSON so much is shown, in bytes.
const MAX_RAW: usize = 200;

/// A word as long as this in what is no JSON may be a part of a credential.
const LONG_WORD: usize = 16;

/// Members whose value is a credential, wherever they stand: the guest's token, JWTs, addresses that give or take a file, and
/// the headers that go with them.
const SECRET_MEMBERS: [&str; 8] =
    ["token", "jwt", "url", "downloadurl", "headers", "authorization", "refreshtoken", "idtoken"];

/// A frame without its credentials, at most 64 KiB of it.
pub(crate) fn record(mut json: Value, token: &Secret) -> String {
    mask(&mut json, token);
    bounded(&json.to_string(), MAX_RECORD)
}

/// The beginning of what is no JSON. Nobody can tell which part of it is a credential, so that every long word is replaced.
pub(crate) fn raw_record(text: &str) -> String {
    let mut shown = String::new();
    for word in text.split_inclusive(|c: char| !is_of_a_word(c)) {
        if shown.len() > MAX_RAW {
            return format!("{shown}… ({} bytes)", text.len());
        }
        shown.push_str(if word.len() > LONG_WORD { MASKED } else { word });
    }
    shown
}

/// The words of an error are kept as far as this, in bytes.
const MAX_WORDS: usize = 300;

/// Words of the org without credentials, cut after that, so that no part of one is left.
pub(crate) fn words(text: &str, token: &Secret) -> String {
    bounded(&without_credentials(text, token), MAX_WORDS)
}

fn mask(json: &mut Value, token: &Secret) {
    match json {
        Value::String(text) => *text = without_credentials(text, token),
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, token)),
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                if SECRET_MEMBERS.contains(&name.to_ascii_lowercase().as_str()) {
                    hide(value);
                } else {
                    mask(value, token);
                }
            }
            if members.keys().any(|name| without_credentials(name, token) != *name) {
                *json = Value::String(MASKED.to_owned());
            }
        }
        _ => {}
    }
}

/// An object keeps the names of its members, so that it is seen which headers there were.
fn hide(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(hide),
        Value::Null => {}
        _ => *value = Value::String(MASKED.to_owned()),
    }
}

fn is_of_a_word(c: char) -> bool {
    c.is_alphanumeric() || "-_.~%+/=?&:".contains(c)
}

fn bounded(text: &str, most: usize) -> String {
    if text.len() <= most { text.to_owned() } else { format!("{}…", shortened(text, most - "…".len())) }
}
