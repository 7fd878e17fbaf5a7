//! Reading an answer as JSON, without telling what stood in it.

use serde::de::DeserializeOwned;

/// Reads JSON; the error says where, never what: an answer can carry tokens and personal data.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|e| {
        let kind = match e.classify() {
            serde_json::error::Category::Eof => "it ends too early",
            serde_json::error::Category::Data => "a field is missing or of the wrong type",
            serde_json::error::Category::Syntax | serde_json::error::Category::Io => "it is no JSON",
        };
        format!("{kind} (line {}, column {})", e.line(), e.column())
    })
}
