//! The files of the tree and the packages of the workspace.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A text file: its path from the root folder with forward slashes, and what stands in it.
pub struct File {
    pub path: String,
    pub text: String,
}

impl File {
    pub fn is(&self, extensions: &[&str]) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
    }

    /// Numbered lines that are not comments as a whole. Enough to tell "names" from "mentions".
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let comment =
            |line: &str| ["//", "/*", "*", "#"].iter().any(|start| line.trim_start().starts_with(start));
        self.text.lines().enumerate().map(|(n, line)| (n + 1, line)).filter(move |(_, line)| !comment(line))
    }
}

/// A file that exists only in a test.
#[cfg(test)]
pub fn file(path: &str, text: &str) -> File {
    File { path: path.into(), text: text.into() }
}

/// What git does not carry and other programs write.
const NOT_OURS: &[&str] = &["target", "gen", "node_modules", ".git"];

/// Texts that are read by people or compilers; pictures and lock files are not.
const TEXTS: &[&str] = &[
    "rs", "toml", "md", "ts", "tsx", "js", "mjs", "css", "html", "json", "jsonl", "yaml", "yml", "svg", "sh",
];

pub fn root() -> PathBuf {
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo tells a test where its package lies");
    Path::new(&here).parent().expect("the package lies in a folder of the root").to_path_buf()
}

/// Every text file of the project.
pub fn files() -> Vec<File> {
    let (root, mut found) = (root(), Vec::new());
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the tree can be read") {
            let entry = entry.expect("an entry of a folder can be read");
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let short = path
                .strip_prefix(&root)
                .expect("it lies below the root")
                .to_string_lossy()
                .replace('\\', "/");
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if !NOT_OURS.contains(&name.as_str()) && !short.starts_with("ui/dist") {
                    folders.push(path);
                }
            } else if (TEXTS.iter().any(|text| name.ends_with(&format!(".{text}"))) || short == ".ci/run")
                && name != "package-lock.json"
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                found.push(File { path: short, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// A workspace package as `cargo metadata` tells it.
#[derive(Debug, Default)]
pub struct Package {
    pub name: String,
    pub description: String,
    /// The manifest's path from the root folder.
    pub manifest: String,
    /// Names of normal and build dependencies, and of development dependencies.
    pub needs: Vec<String>,
    pub needs_for_tests: Vec<String>,
    /// The root files of its library and its binaries, from the root folder.
    pub roots: Vec<String>,
}

pub fn packages() -> Vec<Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    read(&serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON"))
}

fn read(metadata: &Value) -> Vec<Package> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let below = format!("{}/", text(&metadata["workspace_root"]));
    let package = |package: &Value| {
        let named = |for_tests: bool| {
            let all = package["dependencies"].as_array().into_iter().flatten();
            all.filter(|d| (d["kind"] == "dev") == for_tests).map(|d| text(&d["name"])).collect()
        };
        let is_shipped = |t: &&Value| ["lib", "bin"].iter().any(|kind| t["kind"][0] == **kind);
        let targets = package["targets"].as_array().into_iter().flatten().filter(is_shipped);
        Package {
            name: text(&package["name"]),
            description: text(&package["description"]),
            manifest: text(&package["manifest_path"]).replacen(&below, "", 1),
            needs: named(false),
            needs_for_tests: named(true),
            roots: targets.map(|t| text(&t["src_path"]).replacen(&below, "", 1)).collect(),
        }
    };
    metadata["packages"].as_array().into_iter().flatten().map(package).collect()
}

#[test]
fn the_walk_finds_this_file_and_the_root_manifest_and_leaves_out_what_is_built() {
    let files = files();
    let has = |path: &str| files.iter().any(|file| file.path == path);
    assert!(has("tests/tidy/tree.rs") && has("Cargo.toml") && has(".ci/run"));
    assert!(!files.iter().any(|file| file.path.starts_with("target/") || file.path.contains("node_modules")));
}

#[test]
fn dependencies_and_targets_are_told_apart_by_kind() {
    let metadata = serde_json::json!({ "workspace_root": "/w", "packages": [{
        "name": "app", "description": "d", "manifest_path": "/w/crates/app/Cargo.toml",
        "dependencies": [{ "name": "model", "kind": null }, { "name": "testkit", "kind": "dev" }],
        "targets": [{ "kind": ["lib"], "src_path": "/w/crates/app/src/lib.rs" }, { "kind": ["test"], "src_path": "/w/t.rs" }],
    }]});
    let packages = read(&metadata);
    assert_eq!(packages[0].manifest, "crates/app/Cargo.toml");
    assert_eq!(packages[0].roots, ["crates/app/src/lib.rs"]);
    assert_eq!(
        (packages[0].needs.join(" "), packages[0].needs_for_tests.join(" ")),
        ("model".into(), "testkit".into())
    );
}
