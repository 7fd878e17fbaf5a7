//! Every numbered invariant of ARCHITECTURE.md names the tests that hold it, and these exist.

use crate::none;
use crate::tree::{File, files};

/// The text between `## Invariants` and the next heading, cut at lines that begin with a number.
fn invariants(architecture: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let section = architecture.lines().skip_while(|line| *line != "## Invariants").skip(1);
    for line in section.take_while(|line| !line.starts_with("## ")) {
        match line.split_once(". ") {
            Some((number, text)) if !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()) => {
                found.push((number.into(), text.into()));
            }
            _ => {
                if let Some((_, text)) = found.last_mut() {
                    text.push(' ');
                    text.push_str(line.trim());
                }
            }
        }
    }
    found
}

/// The names in back quotes after "Held by".
fn holders(invariant: &str) -> Vec<&str> {
    let Some(at) = ["Held by", "held by"].iter().filter_map(|words| invariant.find(words)).min() else {
        return Vec::new();
    };
    let after = &invariant[at..];
    after.split('`').skip(1).step_by(2).collect()
}

fn not_held(architecture: &str, files: &[File]) -> Vec<String> {
    let invariants = invariants(architecture);
    let mut complaints = Vec::new();
    if invariants.is_empty() {
        complaints.push("ARCHITECTURE.md has no numbered list under `## Invariants`".to_owned());
    }
    for (place, (number, text)) in invariants.iter().enumerate() {
        if *number != (place + 1).to_string() {
            complaints.push(format!("invariant {number} stands at place {}", place + 1));
        }
        let holders = holders(text);
        if holders.is_empty() {
            complaints.push(format!("invariant {number} names no test after \"Held by\""));
        }
        for holder in holders {
            if !files.iter().any(|file| has_test(file, holder)) {
                complaints
                    .push(format!("invariant {number} is held by `{holder}`, and there is no such test"));
            }
        }
    }
    complaints
}

/// A Rust test is a function below a `#[…test…]` attribute, a lint is named in the workspace's lints, and a test of the
/// page is called by the same words.
pub fn has_test(file: &File, name: &str) -> bool {
    if file.is(&["ts", "tsx"]) {
        return file.path.contains(".test.")
            && (file.text.contains(&format!("'{name}'")) || file.text.contains(&format!("\"{name}\"")));
    }
    if file.path == "clippy.toml" || file.path == "Cargo.toml" {
        return file.text.contains(&format!("path = \"{name}\""))
            || file.text.contains(&format!("\n{name} = \"deny\""));
    }
    file.is(&["rs"]) && below_test_attribute(&file.text, name)
}

/// The attribute and the function may stand on lines of their own, with other attributes between them.
fn below_test_attribute(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let definition = format!("fn {name}(");
    lines.iter().enumerate().filter(|(_, line)| line.contains(&definition)).any(|(at, _)| {
        lines[..at]
            .iter()
            .rev()
            .take_while(|l| l.starts_with("#[") || l.starts_with("//"))
            .any(|l| l.starts_with("#[") && l.contains("test"))
    })
}

#[test]
fn every_invariant_names_a_test_that_exists() {
    let files = files();
    let architecture =
        files.iter().find(|file| file.path == "ARCHITECTURE.md").expect("ARCHITECTURE.md is there");
    none(&not_held(&architecture.text, &files));
}

#[cfg(test)]
mod can_fail {
    use super::*;
    use crate::tree::file;

    const TEST: &str = "#[test]\n// why\n#[cfg(unix)]\nfn order_is_kept() {}\nfn not_a_test() {}";

    fn complaints(list: &str) -> usize {
        let tests = [
            file("crates/outbox/src/lib.rs", TEST),
            file("ui/src/a.test.tsx", "it('shows both sides', () => {})"),
        ];
        not_held(&format!("# A\n## Invariants\nText.\n\n{list}\n## More\n1. Not one.\n"), &tests).len()
    }

    #[test]
    fn an_invariant_that_nothing_holds_is_found() {
        assert_eq!(complaints("1. Order is kept.\n   Held by `order_is_kept` and `shows both sides`."), 0);
        assert_eq!(complaints("1. Order is kept. Held by `order_is_kept_by_all`."), 1);
        assert_eq!(complaints("1. Order is kept. Held by `not_a_test`."), 1);
        assert_eq!(complaints("1. Order is kept."), 1);
        assert_eq!(complaints("2. Order is kept. Held by `order_is_kept`."), 1);
        assert_eq!(complaints(""), 1);
    }
}
