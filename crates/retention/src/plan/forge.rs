//! Plans as somebody would write them who knows the format and has not the folder's key.

use serde_json::Value;
use sha2::{Digest, Sha256};

use proof::hex;

/// A plan's lines: the header, the guests, the closing line.
pub struct Forged {
    pub header: Value,
    pub guests: Vec<Value>,
    pub closing: Value,
}

impl Forged {
    pub fn of(text: &str) -> Self {
        let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (header, closing) = (lines.remove(0), lines.pop().unwrap());
        Self { header, guests: lines, closing }
    }

    /// Counted and hashed again, the seal as it stands there.
    pub fn text(mut self) -> String {
        let due = self.guests.iter().filter(|guest| guest["due"] == true).count();
        self.closing["due"] = due.into();
        self.closing["spared"] = (self.guests.len() - due).into();
        let mut text = format!("{}\n", ordered(&self.header, HEADER));
        for guest in &self.guests {
            text += &format!("{}\n", ordered(guest, GUEST));
        }
        let closing = ordered(&self.closing, CLOSING);
        hashed_again(&format!("{text}{closing}\n"))
    }

    /// As version 1 wrote it.
    pub fn without_a_seal(mut self) -> Self {
        self.header["version"] = 1.into();
        for field in ["org", "dialect", "orgClock"] {
            self.header.as_object_mut().unwrap().remove(field);
        }
        self.closing.as_object_mut().unwrap().remove("seal");
        self
    }
}

const HEADER: &[&str] = &["kind", "version"];
const GUEST: &[&str] = &["id", "version"];
const CLOSING: &[&str] = &["due", "spared", "complete", "seal", "sha256"];

/// An object with these fields in front, as they are written.
fn ordered(value: &Value, first: &[&str]) -> String {
    let fields = value.as_object().unwrap();
    let known = first.iter().filter_map(|name| fields.get_key_value(*name));
    let rest = fields.iter().filter(|(name, _)| !first.contains(&name.as_str()));
    let fields: Vec<String> = known.chain(rest).map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", fields.join(","))
}

/// The same text with the hash that fits it.
pub fn hashed_again(text: &str) -> String {
    let body = &text[..text.trim_end_matches('\n').rfind('\n').unwrap() + 1];
    let mut closing: Value = serde_json::from_str(&text[body.len()..]).unwrap();
    let mut hash = Sha256::new();
    hash.update(body);
    hash.update(closing["seal"].as_str().unwrap_or_default());
    closing["sha256"] = hex(&hash.finalize()).into();
    format!("{body}{}\n", ordered(&closing, CLOSING))
}
