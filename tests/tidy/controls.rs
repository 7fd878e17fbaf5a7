//! Every control in the table of SECURITY.md names the tests that hold it, and these exist.

use crate::invariants::has_test;
use crate::none;
use crate::tree::{File, files};

/// The rows below a heading: what is controlled, and the cell that names the tests.
fn controls(security: &str, heading: &str) -> Vec<(String, String)> {
    let section = security.lines().skip_while(|line| *line != heading).skip(1);
    let rows = section.take_while(|line| !line.starts_with("## ")).filter(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.trim_matches('|').rsplit_once(" | ").unwrap_or((row, "")));
    // The first two rows are the heading and the rule below it.
    cells.skip(2).map(|(what, tests)| (what.trim().to_owned(), tests.trim().to_owned())).collect()
}

fn not_held(security: &str, files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    let tables =
        ["## Controls", "## Controls of the gateway"].map(|heading| (heading, controls(security, heading)));
    for (heading, _) in tables.iter().filter(|(_, rows)| rows.is_empty()) {
        complaints.push(format!("SECURITY.md has no table under `{heading}`"));
    }
    for (what, tests) in tables.into_iter().flat_map(|(_, rows)| rows) {
        let mut named = tests.split('`').skip(1).step_by(2).peekable();
        if named.peek().is_none() {
            complaints.push(format!("no test is named for the control \"{what}\""));
        }
        for test in named.filter(|test| !files.iter().any(|file| has_test(file, test))) {
            complaints.push(format!("\"{what}\" is held by `{test}`, and there is no such test"));
        }
    }
    complaints
}

#[test]
fn every_control_names_a_test_that_exists() {
    let files = files();
    let security = files.iter().find(|file| file.path == "SECURITY.md").expect("SECURITY.md is there");
    none(&not_held(&security.text, &files));
}

#[cfg(test)]
mod can_fail {
    use super::*;
    use crate::tree::file;

    #[test]
    fn a_control_that_nothing_holds_is_found() {
        let tests = [file("crates/store/src/lib.rs", "#[test]\nfn nothing_is_readable() {}")];
        let complaints = |rows: &str| {
            let head = "\n\n| control | held by |\n|---|---|\n";
            let text = format!(
                "# Security\n## Controls{head}{rows}\n## More\n| x | y |\n\
                 ## Controls of the gateway{head}| Open. | `nothing_is_readable` |\n"
            );
            not_held(&text, &tests).len()
        };
        assert_eq!(complaints("| Sealed. | `nothing_is_readable` |"), 0);
        assert_eq!(complaints("| Sealed. | `nothing_is_legible` |"), 1);
        assert_eq!(complaints("| Sealed. | nobody |"), 1);
        assert_eq!(complaints("| Sealed. | `nothing_is_readable`, `gone` |"), 1);
        assert_eq!(complaints(""), 1);
        let gateway = [file("crates/gateway/src/lib.rs", "#[test]\nfn held() {}")];
        let table = "\n\n| control | held by |\n|---|---|\n| Closed. | `held` |\n";
        assert_eq!(not_held(&format!("## Controls{table}"), &gateway).len(), 1);
        assert_eq!(
            not_held(&format!("## Controls{table}## Controls of the gateway{table}"), &gateway),
            [""; 0]
        );
    }
}
