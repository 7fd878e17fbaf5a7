//! The public configuration of a deployment, read as far as it can be understood.

use serde_json::Value;

use super::deployment::{DeploymentConfig, UploadRules};

/// Lists are read as far as this.
const MOST_ENTRIES: usize = 1_000;

impl DeploymentConfig {
    /// Reads what the address of the configuration answered. A member that is missing or of another type is not told; `None`
    /// when it is no object at all.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let raw: Value = serde_json::from_slice(bytes).ok().filter(Value::is_object)?;
        let chat = raw.pointer("/messenger/apps/conversations").cloned().unwrap_or_default();
        let enabled = |of: &Value, name: &str| flag(&of[name]).or_else(|| flag(&of[name]["enabled"]));
        let disconnect = enabled(&chat, "conversationDisconnect");
        Some(Self {
            active: text(&raw["status"]).map(|status| status.eq_ignore_ascii_case("active")),
            messenger_enabled: flag(&raw["messenger"]["enabled"]),
            auto_start: enabled(&chat, "autoStart"),
            disconnect,
            disconnect_read_only: text(&chat["conversationDisconnect"]["type"])
                .map(|kind| kind.eq_ignore_ascii_case("readonly")),
            clear: enabled(&chat, "conversationClear"),
            user_typing: flag(&chat["showUserTypingIndicator"]),
            agent_typing: flag(&chat["showAgentTypingIndicator"]),
            uploads: uploads(&raw),
            auth: enabled(&raw, "auth"),
            origins: raw.get("allowedDomains").filter(|list| list.is_array()).map(texts),
            any_origin: flag(&raw["allowAllDomains"]),
            session_seconds: ["sessionDurationSeconds", "sessionSeconds"].iter().find_map(|name| {
                [&raw, &raw["messenger"], &chat].into_iter().find_map(|at| at[*name].as_u64())
            }),
            raw,
        })
    }
}

/// `fileUpload` stands in `messenger`, and beside it in older configurations.
fn uploads(raw: &Value) -> Option<UploadRules> {
    let rules = [&raw["messenger"]["fileUpload"], &raw["fileUpload"]].into_iter().find(|v| v.is_object())?;
    let modes: &[Value] = rules["modes"].as_array().map_or(&[], Vec::as_slice);
    let types: Vec<String> =
        modes.iter().take(MOST_ENTRIES).flat_map(|mode| texts(&mode["fileTypes"])).collect();
    Some(UploadRules {
        // Older configurations have no flag: modes are there where files may be sent.
        enabled: flag(&rules["enableAttachments"]).unwrap_or(!modes.is_empty()),
        types: types.into_iter().take(MOST_ENTRIES).collect(),
        max_kib: modes.iter().filter_map(|mode| mode["maxFileSizeKB"].as_u64()).max(),
    })
}

/// A truth value, also where it came as text.
fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn text(value: &Value) -> Option<&str> {
    value.as_str()
}

fn texts(value: &Value) -> Vec<String> {
    let all = value.as_array().map_or(&[][..], Vec::as_slice);
    all.iter().take(MOST_ENTRIES).filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendors_configuration_is_read_and_what_is_missing_is_not_told() {
        let whole = r#"{"id":"d","version":"1","status":"Active","auth":{"enabled":false,"allowSessionUpgrade":false},
            "allowAllDomains":false,"allowedDomains":["https://shop.example"],
            "messenger":{"enabled":true,"apps":{"conversations":{"messagingEndpoint":"wss://webmessaging.example",
              "showAgentTypingIndicator":true,"showUserTypingIndicator":false,"autoStart":{"enabled":true},
              "conversationDisconnect":{"enabled":true,"type":"ReadOnly"},"conversationClear":{"enabled":false}}},
              "fileUpload":{"enableAttachments":true,"modes":[{"fileTypes":["image/png",7],"maxFileSizeKB":10240}]}}}"#;
        let config = DeploymentConfig::parse(whole.as_bytes()).unwrap();
        let uploads =
            UploadRules { enabled: true, types: vec!["image/png".to_owned()], max_kib: Some(10_240) };
        let expected = DeploymentConfig {
            active: Some(true),
            messenger_enabled: Some(true),
            auto_start: Some(true),
            disconnect: Some(true),
            disconnect_read_only: Some(true),
            clear: Some(false),
            user_typing: Some(false),
            agent_typing: Some(true),
            uploads: Some(uploads),
            auth: Some(false),
            origins: Some(vec!["https://shop.example".to_owned()]),
            any_origin: Some(false),
            session_seconds: None,
            raw: config.raw.clone(),
        };
        assert_eq!(config, expected);
        let empty = DeploymentConfig::parse(b"{}").unwrap();
        assert_eq!(empty, DeploymentConfig { raw: empty.raw.clone(), ..DeploymentConfig::default() });
    }

    #[test]
    fn wrong_types_are_as_if_missing_and_no_object_is_no_configuration() {
        for wrong in [
            r#"{"status":7,"messenger":[],"fileUpload":"x","allowedDomains":{},"auth":3}"#,
            r#"{"messenger":{"enabled":"maybe","apps":{"conversations":"none"},"fileUpload":null}}"#,
        ] {
            let config = DeploymentConfig::parse(wrong.as_bytes()).unwrap();
            assert_eq!(config, DeploymentConfig { raw: config.raw.clone(), ..DeploymentConfig::default() });
        }
        for none in ["", "[]", "null", "\"x\"", "{", "<html>"] {
            assert!(DeploymentConfig::parse(none.as_bytes()).is_none(), "{none}");
        }
    }
}
