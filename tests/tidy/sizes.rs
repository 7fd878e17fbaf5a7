//! Files that can be read in one sitting, and manifests that say what they are.

use crate::names::is_generated;
use crate::none;
use crate::tree::{File, Package, files, packages};

/// No file of code is longer, in lines.
const LONGEST: usize = 500;

fn too_long(files: &[File]) -> Vec<String> {
    let code =
        files.iter().filter(|f| f.is(&["rs", "ts", "tsx", "css", "js", "mjs"]) && !is_generated(&f.path));
    let long = code.filter(|f| f.text.lines().count() > LONGEST);
    long.map(|f| {
        format!("{} has {} lines; split it by idea, at most {LONGEST}", f.path, f.text.lines().count())
    })
    .collect()
}

fn bare_manifests(packages: &[Package], files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for package in packages {
        if package.description.trim().is_empty() {
            complaints.push(format!("{} has no description", package.manifest));
        }
        let text = files.iter().find(|f| f.path == package.manifest).map_or("", |f| f.text.as_str());
        if !takes_workspace_lints(text) {
            complaints.push(format!("{} lacks `[lints] workspace = true`", package.manifest));
        }
    }
    complaints
}

fn takes_workspace_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim);
    lines.any(|line| line == "lints.workspace = true" || line == "[lints]") && {
        manifest.contains("lints.workspace = true")
            || lines.find(|line| !line.is_empty()) == Some("workspace = true")
    }
}

#[test]
fn no_file_of_code_is_too_long_to_read() {
    none(&too_long(&files()));
}

#[test]
fn every_package_says_what_it_is_and_takes_the_workspace_lints() {
    none(&bare_manifests(&packages(), &files()));
}

#[cfg(test)]
mod can_fail {
    use super::*;
    use crate::tree::file;

    #[test]
    fn a_long_file_is_found_and_a_generated_one_is_not() {
        let long = "x\n".repeat(LONGEST + 1);
        assert_eq!(too_long(&[file("crates/a/src/lib.rs", &long)]).len(), 1);
        assert_eq!(too_long(&[file("crates/a/src/lib.rs", &"x\n".repeat(LONGEST))]), [""; 0]);
        assert_eq!(too_long(&[file("ui/src/ipc/bindings.ts", &long)]), [""; 0]);
    }

    #[test]
    fn a_manifest_without_description_or_lints_is_found() {
        let package = |description: &str| Package {
            description: description.into(),
            manifest: "crates/a/Cargo.toml".into(),
            ..Package::default()
        };
        let manifest = |text: &str| [file("crates/a/Cargo.toml", text)];
        assert_eq!(bare_manifests(&[package("a")], &manifest("[lints]\nworkspace = true\n")), [""; 0]);
        assert_eq!(bare_manifests(&[package("")], &manifest("[lints]\nworkspace = true\n")).len(), 1);
        assert_eq!(
            bare_manifests(&[package("a")], &manifest("[lints.rust]\nunsafe_code = \"deny\"\n")).len(),
            1
        );
    }
}
