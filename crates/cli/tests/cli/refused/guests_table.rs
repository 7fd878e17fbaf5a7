//! Commands about guests, as the table of all others has them.

use super::table::{ASKS, LOCAL, NOBODY, Refusal, Row, WRITES, no};

pub const GUESTS_TABLE: &[Row] = &[
    Row {
        command: "guests list",
        refused: |_| {
            vec![
                no(2, &["--filter", "name ~ 1"]),
                no(2, &["--sort", "age"]),
                no(2, &["--search", " "]),
                no(2, &["--recent", "7"]),
                no(2, &["--recent", "7", "--sort", "name"]),
            ]
        },
        ..ASKS
    },
    Row {
        command: "guests show",
        given: |w| vec![w.guest.clone()],
        refused: |_| vec![no(1, &[NOBODY]), no(2, &["Ada"])],
        ..ASKS
    },
    Row {
        command: "guests find",
        given: |w| vec![w.conversation.clone()],
        // What is not known here the Guest API cannot find.
        refused: |_| vec![no(2, &[NOBODY]), no(2, &["../x"]), no(2, &[])],
        ..LOCAL
    },
    Row {
        command: "guests set",
        given: |w| vec![w.guest.clone(), "note=x".to_owned()],
        refused: |w| {
            let long = format!("{}=1", "k".repeat(200));
            vec![
                no(1, &[NOBODY, "note=x"]),
                no(2, &[&w.guest, "note"]),
                no(2, &[&w.guest, "=x"]),
                no(2, &[&w.guest, &long]),
                no(2, &[&w.guest, "note=x", "note=y"]),
                no(2, &[&w.guest, "note=x", "--unset", "note"]),
            ]
        },
        ..WRITES
    },
    Row {
        command: "guests interaction",
        given: |w| vec![w.guest.clone()],
        refused: |w| {
            vec![
                no(1, &[NOBODY]),
                no(2, &[&w.guest, "--by", "9999999"]),
                no(2, &[&w.guest, "--type", &"t".repeat(99)]),
            ]
        },
        ..WRITES
    },
    Row {
        command: "guests delete",
        given: |w| vec![w.guest.clone()],
        refused: |w| vec![no(1, &[NOBODY]), Refusal { is_written_down: true, ..no(1, &[&w.held_guest]) }],
        ..WRITES
    },
];
