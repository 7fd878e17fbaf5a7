//! The bridge, by which any program that knows its token gives every command, is in no binary that is shipped.

use crate::none;
use crate::tree::{File, files};

/// What refuses it in every build without debug assertions.
const REFUSAL: &str = "#[cfg(all(feature = \"bridge\", not(debug_assertions)))]\ncompile_error!(";

/// What may name the feature: the manifest that has it, the shell, and what builds and checks it.
const MAY_NAME: &[&str] =
    &["Cargo.toml", "src-tauri/src/", "xtask/src/run.rs", "tests/tidy/", "ui/tests/start-bridge.ts"];

/// The lines of a table of a manifest.
fn table<'a>(manifest: &'a str, heading: &'a str) -> impl Iterator<Item = &'a str> {
    let rest = manifest.lines().skip_while(move |line| *line != heading).skip(1);
    rest.take_while(|line| !line.starts_with('['))
}

fn ways_into_a_shipped_binary(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    let text = |path: &str| files.iter().find(|f| f.path == path).map_or("", |f| f.text.as_str());
    let manifest = text("Cargo.toml");
    let features: Vec<(&str, &str)> =
        table(manifest, "[features]").filter_map(|line| line.split_once(" = ")).collect();
    if !features.iter().any(|(name, _)| *name == "bridge") {
        complaints.push("Cargo.toml has no feature `bridge`: this check looks at nothing".to_owned());
    }
    for (name, _) in features.iter().filter(|(_, what)| what.contains("\"bridge\"")) {
        complaints.push(format!("the feature `{name}` brings the bridge along"));
    }
    let bins: Vec<&str> = manifest
        .split("\n[")
        .filter(|section| section.starts_with("[bin]]") && section.contains("src-tauri/src/bridge/"))
        .collect();
    if bins.len() != 1 || !bins.iter().all(|bin| bin.contains("required-features = [\"bridge\"]")) {
        complaints.push("the bridge is one binary, with `required-features = [\"bridge\"]`".to_owned());
    }
    if !text("src-tauri/src/lib.rs").contains(REFUSAL) {
        complaints
            .push("src-tauri/src/lib.rs does not refuse the bridge without debug assertions".to_owned());
    }
    for (path, what) in [("src-tauri/src/main.rs", "the window's binary"), ("tauri.conf.json", "the bundle")]
    {
        if text(path).contains("bridge") {
            complaints.push(format!("{path}: {what} does not know the bridge"));
        }
    }
    // `run` and what it builds is the first constant; the second one is for tests.
    let run = text("xtask/src/run.rs");
    if run.matches("bridge\"").count() != 1
        || !run.contains("TEST_FEATURES: &str = \"--locked --features custom-protocol,bridge\"")
    {
        complaints.push("xtask/src/run.rs: only TEST_FEATURES names the bridge".to_owned());
    }
    let named = ["feature = \"bridge\"", "features bridge", ",bridge"];
    let code = files
        .iter()
        .filter(|file| file.is(&["rs", "toml", "ts", "json", "yml", "sh"]) || file.path == ".ci/run");
    for file in code.filter(|file| !MAY_NAME.iter().any(|may| file.path.starts_with(may))) {
        if let Some(name) = named.iter().find(|name| file.text.contains(**name)) {
            complaints.push(format!("{} names the bridge: {name}", file.path));
        }
    }
    complaints
}

#[test]
fn no_shipped_binary_has_the_bridge() {
    none(&ways_into_a_shipped_binary(&files()));
}

#[cfg(test)]
mod can_fail {
    use super::*;
    use crate::tree::file;

    const MANIFEST: &str = "[package]\n\n[[bin]]\nname = \"innkeeper-bridge\"\npath = \"src-tauri/src/bridge/main.rs\"\n\
        required-features = [\"bridge\"]\n\n[features]\ncustom-protocol = [\"tauri/custom-protocol\"]\nbridge = [\"tauri/test\"]\n\n[lints]\n";
    const RUN: &str = "const FEATURES: &str = \"--locked --features custom-protocol\";\n\
        pub const TEST_FEATURES: &str = \"--locked --features custom-protocol,bridge\";\n";

    fn with(manifest: &str, lib: &str, main: &str, run: &str) -> usize {
        ways_into_a_shipped_binary(&[
            file("Cargo.toml", manifest),
            file("src-tauri/src/lib.rs", lib),
            file("src-tauri/src/main.rs", main),
            file("xtask/src/run.rs", run),
        ])
        .len()
    }

    #[test]
    fn every_way_to_ship_it_is_found() {
        let lib = format!("{REFUSAL}\"no\");");
        assert_eq!(with(MANIFEST, &lib, "", RUN), 0);
        for manifest in [
            MANIFEST.replace("bridge = [\"tauri/test\"]\n", ""),
            MANIFEST.replace("custom-protocol = [", "default = [\"bridge\"]\ncustom-protocol = ["),
            MANIFEST.replace("\"tauri/custom-protocol\"", "\"tauri/custom-protocol\", \"bridge\""),
            MANIFEST.replace("required-features = [\"bridge\"]\n", ""),
        ] {
            assert_eq!(with(&manifest, &lib, "", RUN), 1, "{manifest}");
        }
        assert_eq!(with(MANIFEST, &lib.replace("not(debug_assertions)", "windows"), "", RUN), 1);
        assert_eq!(with(MANIFEST, &lib, "innkeeper_desktop::bridge::main()", RUN), 1);
        assert_eq!(
            with(MANIFEST, &lib, "", &RUN.replace("custom-protocol\"", "custom-protocol,bridge\"")),
            1
        );
        let elsewhere =
            file("crates/cli/Cargo.toml", "innkeeper-desktop = { features = [\"x\"] }\n# --features bridge");
        assert_eq!(
            ways_into_a_shipped_binary(&[elsewhere]).iter().filter(|c| c.contains("crates/cli")).count(),
            1
        );
    }
}
