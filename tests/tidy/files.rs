//! Who may make files and folders: one module, which makes them for their owner only.

use crate::none;
use crate::tree::{File, files};

/// The modules that make them: the store's for all crates, the simulator's for the simulator, which knows none of ours.
const MAKERS: [&str; 2] = ["crates/store/src/disk/private.rs", "crates/simulator/src/private.rs"];

/// What makes a file or folder, opens one with leave to make it, or gives it other rights.
const MAKING: &[&str] = &[
    "File::create",
    "File::options",
    "OpenOptions::new",
    "DirBuilder::new",
    "fs::write(",
    "fs::copy(",
    "fs::create_dir",
    "fs::set_permissions",
    "UnixListener::bind",
    "std::fs::*",
];

/// Programs that are not shipped: tools, measurements and what tests share.
const NOT_SHIPPED: &[&str] = &[
    "crates/testkit/",
    "xtask/",
    "benches/",
    "fuzz/",
    "tests/",
    "src-tauri/build.rs",
    // The development bridge: no binary that is shipped can have it.
    "src-tauri/src/bridge/",
];

/// The lines of a file but for what stands in its tests: in a module of that name, or in a file of tests.
fn shipped(file: &File) -> impl Iterator<Item = (usize, &str)> {
    let tests_from = file.text.lines().collect::<Vec<_>>().windows(2).position(|two| {
        two[0].starts_with("#[cfg(") && two[0].contains("test") && two[1].starts_with("mod ")
    });
    let last = tests_from.unwrap_or(usize::MAX);
    file.code().filter(move |(number, _)| *number <= last)
}

fn is_of_tests(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    path.contains("/tests/") || name.ends_with("tests.rs")
}

/// Whether a line has this as a path of its own: `LogFile::create` is another type's.
fn names(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

fn made_elsewhere(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    let is_shipped = |file: &&File| {
        let path = file.path.as_str();
        file.is(&["rs"])
            && !is_of_tests(path)
            && !MAKERS.contains(&path)
            && !NOT_SHIPPED.iter().any(|folder| path.starts_with(folder))
    };
    for file in files.iter().filter(is_shipped) {
        for (number, line) in shipped(file) {
            for making in MAKING.iter().filter(|making| names(line, making)) {
                complaints.push(format!(
                    "{}:{number}: {making} asks the umask who may read it: use store::private",
                    file.path
                ));
            }
        }
    }
    complaints
}

#[test]
fn files_and_folders_are_made_for_their_owner_in_one_module() {
    none(&made_elsewhere(&files()));
}

#[cfg(test)]
mod can_fail {
    use super::*;
    use crate::tree::file;

    #[test]
    fn a_file_that_is_made_elsewhere_is_found_and_one_of_a_test_is_not() {
        let count = |path: &str, text: &str| made_elsewhere(&[file(path, text)]).len();
        for making in MAKING {
            let code = format!("fn f() {{\n    let x = {making};\n}}\n");
            assert_eq!(count("crates/app/src/retention/plans.rs", &code), 1, "{making}");
            assert_eq!(count("src-tauri/src/preferences.rs", &code), 1, "{making}");
            for fine in [
                MAKERS[0],
                "crates/app/tests/story.rs",
                "crates/app/src/connection/folder_trust_tests.rs",
                "xtask/src/sdk.rs",
            ] {
                assert_eq!(count(fine, &code), 0, "{making} in {fine}");
            }
            let test = format!("fn f() {{}}\n\n#[cfg(test)]\nmod tests {{\n    use {making};\n}}\n");
            assert_eq!(count("crates/app/src/retention/plans.rs", &test), 0, "{making}");
        }
        assert_eq!(count("crates/app/src/retention/plans.rs", "// as fs::write( does\n"), 0);
        assert_eq!(count("crates/app/src/retention/plans.rs", "LogFile::create(dir)?;\n"), 0);
        assert_eq!(
            count(
                "crates/app/src/retention/plans.rs",
                "store::private::new_file(path)?;\nfs::rename(a, b)?;\n"
            ),
            0
        );
    }
}
