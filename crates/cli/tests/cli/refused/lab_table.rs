//! The commands of the chat lab, as the table of all others has them.

use super::table::{LOCAL, NOBODY, Opens, READS, Row, WRITES, no, words};

/// The deployment that a simulator has unless it is told otherwise.
const DEPLOYMENT: &str = "00000000-0000-4000-8000-000000000001";

pub const LAB_TABLE: &[Row] = &[
    // Over a connection that is named no folder is opened, so what is wrong with that is no refusal.
    Row {
        command: "lab chat",
        opens: Opens::List,
        given: |_| words(&["--connection", "Dev", "--deployment", DEPLOYMENT]),
        refused: |_| {
            let dev = |code, more: &[&str]| {
                no(code, &[&["--connection", "Dev", "--deployment", DEPLOYMENT], more].concat())
            };
            vec![
                no(2, &["--connection", "Dev"]),
                no(2, &["--connection", "Dev", "--deployment", ""]),
                no(2, &["--connection", "Dev", "--deployment", "a b"]),
                no(1, &["--connection", "Dev", "--deployment", NOBODY]),
                no(69, &["--connection", "Away", "--deployment", DEPLOYMENT]),
                no(1, &["--connection", "Reader", "--deployment", DEPLOYMENT]),
                no(2, &["--connection", "Nobody", "--deployment", DEPLOYMENT]),
                dev(2, &["--origin", "a b"]),
                dev(2, &["--attr", "x"]),
                dev(2, &["--attr", "x=1", "--attr", "x=2"]),
                dev(2, &["--attr", "innkeeperLab=x"]),
                dev(2, &["--email", "nobody"]),
                dev(2, &["--name", "a\u{7}"]),
                dev(2, &["--token-stdin"]),
            ]
        },
        ..LOCAL
    },
    Row {
        command: "lab doctor",
        opens: Opens::List,
        given: |_| words(&["--connection", "Dev", "--deployment", DEPLOYMENT]),
        refused: |w| {
            vec![
                no(2, &["--connection", "Dev"]),
                no(2, &["--connection", "Dev", "--deployment", "a b"]),
                no(1, &["--connection", "Dev", "--deployment", NOBODY]),
                no(69, &["--connection", "Away", "--deployment", DEPLOYMENT]),
                no(65, &["--connection", "Dev", "--deployment", DEPLOYMENT, &w.name_of("junk")]),
            ]
        },
        ..READS
    },
    Row {
        command: "lab clean",
        refused: |_| vec![no(2, &["--confirm", "x"]), no(2, &["--confirm", ""])],
        ..WRITES
    },
];
