//! The window's settings: `tauri.conf.json`, the capabilities and the features of tauri, each held to what it was
//! decided to be. Pure functions from texts to complaints, beside tests that show they can fail.

use serde_json::Value;
use std::path::Path;

/// Nothing but the page's own files and the way to the core. No `unsafe-…`, no host, no wildcard.
const POLICY: &[(&str, &str)] = &[
    ("default-src", "'none'"),
    ("script-src", "'self'"),
    ("style-src", "'self'"),
    ("img-src", "'self' data:"),
    ("font-src", "'self' data:"),
    ("connect-src", "ipc: http://ipc.localhost"),
    ("frame-src", "'none'"),
    ("object-src", "'none'"),
    ("base-uri", "'none'"),
    ("form-action", "'none'"),
    ("frame-ancestors", "'none'"),
];

fn window(conf: &Value) -> Vec<String> {
    let security = &conf["app"]["security"];
    let mut complaints = Vec::new();
    let mut hold = |good: bool, what: &str| {
        if !good {
            complaints.push(what.to_owned());
        }
    };
    let policy: Vec<(&str, &str)> = security["csp"]
        .as_str()
        .unwrap_or_default()
        .split(';')
        .filter_map(|part| part.trim().split_once(' '))
        .collect();
    hold(policy == POLICY, "the content security policy is not the one that was decided");
    hold(security.get("devCsp").is_none(), "development has a policy of its own");
    hold(security["freezePrototype"] == true, "freezePrototype is off");
    hold(conf["app"]["withGlobalTauri"] == false, "withGlobalTauri is on");
    hold(conf["app"]["windows"].as_array().is_some_and(Vec::is_empty), "a window is made from the settings");
    hold(
        security["capabilities"] == serde_json::json!(["main"]),
        "the capabilities are not the one of the window",
    );
    hold(security["headers"]["X-Content-Type-Options"] == "nosniff", "types may be guessed");
    hold(security["headers"]["Cross-Origin-Opener-Policy"] == "same-origin", "others may hold the window");
    hold(
        security["headers"]["Permissions-Policy"].as_str().is_some_and(|p| p.contains("camera=()")),
        "devices are open",
    );
    hold(!conf.to_string().contains("dangerous"), "something dangerous is switched on");
    hold(!conf.to_string().contains("assetProtocol"), "files of the disk are open to the page");
    complaints
}

fn capability(capability: &Value) -> Vec<String> {
    let texts = |key: &str| -> Vec<&str> {
        capability[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    };
    let mut complaints = Vec::new();
    if capability.get("remote").is_some() {
        complaints.push("a remote page is let in".to_owned());
    }
    if texts("windows") != ["main"] || capability.get("webviews").is_some() {
        complaints.push("it is not for the one window alone".to_owned());
    }
    for permission in texts("permissions") {
        if permission.contains(':') || permission.contains('*') {
            complaints.push(format!("{permission} is not one of ours"));
        }
    }
    complaints
}

/// Features of the shell's tauri that open something.
fn features(manifest: &str) -> Vec<String> {
    let opens = ["devtools", "dynamic-acl", "protocol-asset", "macos-private-api", "remote"];
    let lines = manifest.lines().filter(|line| line.starts_with("tauri"));
    let found = lines.flat_map(|line| opens.iter().filter(move |open| line.contains(&format!("\"{open}\""))));
    found.map(|open| format!("tauri's feature {open} is on")).collect()
}

fn text(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join(path)).unwrap()
}

fn json(path: &str) -> Value {
    serde_json::from_str(&text(path)).unwrap()
}

#[test]
fn the_window_is_set_up_to_trust_nothing_but_its_own_page() {
    let none: [String; 0] = [];
    assert_eq!(window(&json("tauri.conf.json")), none);
    assert_eq!(features(&text("Cargo.toml")), none);
}

#[test]
fn each_window_has_one_capability_that_names_our_own_permissions_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = root.join("src-tauri/capabilities");
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["main.json"], "a new window needs a capability of its own, and a line here");
    let none: [String; 0] = [];
    assert_eq!(capability(&json("src-tauri/capabilities/main.json")), none);
}

mod can_fail {
    use super::*;

    #[test]
    fn a_weaker_setting_is_found() {
        let good = json("tauri.conf.json");
        let weaker = |pointer: &str, value: Value| {
            let mut conf = good.clone();
            *conf.pointer_mut(pointer).unwrap() = value;
            window(&conf).len()
        };
        assert_eq!(weaker("/app/withGlobalTauri", true.into()), 1);
        assert_eq!(weaker("/app/security/freezePrototype", false.into()), 1);
        assert_eq!(
            weaker("/app/security/csp", "default-src 'self'; script-src 'self' 'unsafe-inline'".into()),
            1
        );
        assert_eq!(weaker("/app/security/capabilities", serde_json::json!(["main", "all"])), 1);
        assert_eq!(weaker("/app/security/headers", serde_json::json!({})), 3);
        let unsafe_styles = serde_json::json!({ "csp": good["app"]["security"]["csp"],
            "dangerousDisableAssetCspModification": ["style-src"] });
        assert!(weaker("/app/security", unsafe_styles) > 1);
    }

    #[test]
    fn an_open_capability_or_feature_is_found() {
        let open = |value: Value| capability(&value).len();
        let ours = serde_json::json!(["console"]);
        assert_eq!(open(serde_json::json!({ "windows": ["main"], "permissions": ours })), 0);
        assert_eq!(open(serde_json::json!({ "windows": ["*"], "permissions": ours })), 1);
        assert_eq!(open(serde_json::json!({ "windows": ["main"], "permissions": ["core:default"] })), 1);
        assert_eq!(open(serde_json::json!({ "windows": ["main"], "remote": {}, "permissions": ours })), 1);
        assert_eq!(features("tauri = { version = \"2\", features = [\"devtools\"] }").len(), 1);
    }
}
