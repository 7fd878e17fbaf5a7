//! The commands of chats, of the chat lab and of scenario files, as the table of all others has them.

use super::table::{LOCAL, NOBODY, Opens, READS, Row, WRITES, no, words};

/// The deployment that a simulator has unless it is told otherwise.
const DEPLOYMENT: &str = "00000000-0000-4000-8000-000000000001";

pub const LAB_TABLE: &[Row] = &[
    Row {
        command: "chat start",
        refused: |_| {
            vec![
                no(2, &["--email", "nobody"]),
                no(2, &["--name", "a\u{7}"]),
                no(2, &["--attr", "=x"]),
                no(2, &["--attr", "x"]),
                no(2, &["--attr", "a=1", "--attr", "a:=2"]),
                no(2, &["--deployment", ""]),
                no(2, &["--deployment", "a b"]),
                no(2, &["--deployment", DEPLOYMENT, "--origin", "no origin"]),
                no(2, &["--deployment", DEPLOYMENT, "--email", "nobody"]),
                no(2, &["--deployment", DEPLOYMENT, "--name", "a\u{7}"]),
                no(2, &["--deployment", DEPLOYMENT, "--attr", "a=1", "--attr", "a=2"]),
                no(2, &["--origin", "https://shop.example"]),
            ]
        },
        ..WRITES
    },
    Row {
        command: "chat end",
        given: |_| words(&[NOBODY]),
        refused: |w| vec![no(1, &[NOBODY]), no(1, &["x y"]), no(1, &[&w.conversation])],
        writes: true,
        ..LOCAL
    },
    Row {
        command: "chat say",
        given: |w| vec![w.conversation.clone(), "words".to_owned()],
        refused: |w| {
            let long = "x".repeat(4_097);
            vec![
                no(1, &["nowhere", "words"]),
                no(2, &[&w.conversation, ""]),
                no(2, &[&w.conversation, &long]),
                no(65, &["--from", &w.name_of("messages")]),
                no(65, &["--from", &w.name_of("nothing")]),
            ]
        },
        writes: true,
        ..LOCAL
    },
    Row {
        command: "scenario check",
        opens: Opens::Nothing,
        given: |w| vec![w.name_of("junk")],
        refused: |w| vec![no(65, &[&w.name_of("junk")]), no(65, &[&w.name_of("nothing")]), no(2, &[""])],
        ..READS
    },
    // Over loopback, so no folder is locked; what is refused makes no notes of guests either.
    Row {
        command: "scenario run",
        opens: Opens::Nothing,
        given: |w| vec![w.name_of("junk")],
        refused: |w| {
            let (good, there) = (w.name_of("scenarios.yaml"), w.name_of("junk"));
            let url = "--region=the-moon-1";
            vec![
                no(65, &[&w.name_of("junk")]),
                no(65, &[&good, &w.name_of("nothing")]),
                no(2, &[&good, url]),
                no(2, &[&good, "--region=us-east-1"]),
                no(2, &[&good, "--deployment", "a b", "--region=us-east-1"]),
                no(2, &[&good, "--deployment", "d", "--region=us-east-1", "--origin", "no origin"]),
                no(2, &[&good, "--deployment", "d", "--region=us-east-1", "--junit", &there]),
                no(
                    2,
                    &[
                        &good,
                        "--deployment",
                        "d",
                        "--region=us-east-1",
                        "--report",
                        &w.name_of("none/r.html"),
                    ],
                ),
                no(2, &[&good, "--timeout", "0"]),
                no(2, &[&good, "--parallel", "0"]),
                no(2, &[&good, "--pass-rate", "1.1"]),
            ]
        },
        ..READS
    },
    Row {
        command: "scenario load",
        opens: Opens::Nothing,
        given: |w| vec![w.name_of("junk"), "--guests".to_owned(), "1".to_owned()],
        refused: |w| {
            let good = w.name_of("scenarios.yaml");
            vec![
                no(65, &[&w.name_of("junk"), "--guests", "1"]),
                no(2, &[&good]),
                no(2, &[&good, "--guests", "0"]),
                no(2, &[&good, "--guests", "1", "--region=us-east-1"]),
                // Nobody can be asked here.
                no(2, &[&good, "--guests", "1", "--region=us-east-1", "--deployment", "d"]),
            ]
        },
        ..READS
    },
    Row { command: "scenario schema", opens: Opens::Nothing, ..READS },
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
