//! Which files a guest may send.

use serde_json::{Value, json};

use super::{request::FileAsked, settings::Limits};

/// The media types that a deployment takes.
const TYPES: [&str; 7] =
    ["image/png", "image/jpeg", "image/gif", "application/pdf", "text/plain", "text/csv", "application/json"];

/// Endings that are refused whatever the media type says.
const BLOCKED: [&str; 12] =
    [".bat", ".cmd", ".com", ".exe", ".hta", ".jar", ".js", ".msi", ".ps1", ".scr", ".sh", ".vbs"];

/// As `SessionResponse` and `GetConfigurationResponse` tell it.
pub(crate) fn allowed(limits: &Limits) -> Value {
    let types: Vec<Value> = TYPES.iter().map(|kind| json!({ "type": kind })).collect();
    json!({ "inbound": { "fileTypes": types, "maxFileSizeKB": limits.file_kilobytes } })
}

pub(crate) fn blocked() -> Value {
    json!(BLOCKED)
}

/// As the deployment's public configuration tells it.
pub(crate) fn modes(limits: &Limits) -> Value {
    json!([{ "fileTypes": TYPES, "maxFileSizeKB": limits.file_kilobytes }])
}

/// Why a file is refused before its bytes come: code and words.
pub(crate) fn refusal(file: &FileAsked, limits: &Limits) -> Option<(u16, String)> {
    let name = &file.name;
    let most = u64::from(limits.file_kilobytes) * 1024;
    if name.len() > limits.file_name_bytes {
        return Some((4005, format!("The file name is longer than {} bytes.", limits.file_name_bytes)));
    }
    let ending = name.rfind('.').filter(|at| *at > 0 && at + 1 < name.len());
    let is_plain = !name.chars().any(|c| c.is_control() || "\\/:*?\"<>|{}^%`[]~#".contains(c));
    let Some(ending) = ending.filter(|_| is_plain) else {
        return Some((
            4004,
            "The file name is not valid: it needs an ending and plain characters.".to_owned(),
        ));
    };
    if BLOCKED.iter().any(|blocked| name[ending..].eq_ignore_ascii_case(blocked)) {
        return Some((4001, format!("Files that end in {} are not allowed.", &name[ending..])));
    }
    if !TYPES.iter().any(|kind| file.media_type.eq_ignore_ascii_case(kind)) {
        return Some((4001, "Files of this type are not allowed.".to_owned()));
    }
    match file.size {
        0 => Some((4102, "The file is empty.".to_owned())),
        size if size > most => Some((4002, format!("The file is larger than {} KB.", limits.file_kilobytes))),
        _ => None,
    }
}
