//! A lock that is taken in the value of a field stays locked until the whole struct is made. Where a later field takes it
//! again and a writer has come between, both wait for ever: that is how the window once stood still.

use crate::none;
use crate::tree::{File, files};

const TAKES: [&str; 5] = [".borrow()", ".borrow_and_update()", ".read()", ".write()", ".lock()"];

/// Whether the line is `field: value`, with a lock taken in the value.
fn holds_on(line: &str) -> bool {
    let Some((field, value)) = line.trim_start().split_once(": ") else { return false };
    let is_name =
        !field.is_empty() && field.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    is_name && TAKES.iter().any(|take| value.contains(take))
}

fn locks_in_fields(files: &[File]) -> Vec<String> {
    let ours = |file: &&File| {
        file.is(&["rs"]) && ["crates/", "src-tauri/"].iter().any(|folder| file.path.starts_with(folder))
    };
    let lines = files.iter().filter(ours).flat_map(|file| file.code().map(move |(n, line)| (file, n, line)));
    lines
        .filter(|(_, _, line)| holds_on(line))
        .map(|(file, n, _)| {
            format!(
                "{}:{n}: the lock stays taken until the struct is made; read it in a `let` before",
                file.path
            )
        })
        .collect()
}

#[test]
fn no_field_is_read_under_a_lock_that_stays_taken_until_the_struct_is_made() {
    none(&locks_in_fields(&files()));
}

#[test]
fn a_lock_in_a_field_is_found_and_one_in_a_statement_is_none() {
    let file = |text: &str| [crate::tree::file("crates/app/src/x.rs", text)];
    assert_eq!(locks_in_fields(&file("    answering: client.budget().borrow().answering,")).len(), 1);
    assert_eq!(locks_in_fields(&file("    next_try: *inner.next_try.read().unwrap_or_default(),")).len(), 1);
    assert_eq!(locks_in_fields(&file("    let budget = *client.budget().borrow();")), [""; 0]);
    assert_eq!(locks_in_fields(&file("    let budget: Budget = *client.budget().borrow();")), [""; 0]);
}
