//! Commands about conversations of the org: over the Guest API, which shows none, each is refused as such.

use super::table::{LOCAL, Row, no, words};

const CHAT: &str = "c1000000-0000-4000-8000-000000000001";

pub const CONVERSATION_TABLE: &[Row] = &[
    Row {
        command: "conversation list",
        refused: |_| {
            vec![
                no(2, &[]),
                no(2, &["--guest", "Ada"]),
                no(2, &["--since", "yesterday"]),
                no(2, &["--since", "32"]),
                no(2, &["--attr", "=x"]),
                no(2, &["--confirm", "5"]),
            ]
        },
        ..LOCAL
    },
    Row {
        command: "conversation show",
        given: |_| words(&[CHAT]),
        refused: |_| vec![no(2, &[CHAT]), no(2, &["../x"]), no(2, &[])],
        ..LOCAL
    },
    Row {
        command: "conversation set",
        given: |_| words(&[CHAT, "orderId=A-17"]),
        writes: true,
        refused: |_| {
            vec![
                no(2, &[CHAT, "orderId=A-17"]),
                no(2, &[CHAT, "orderId"]),
                no(2, &[CHAT, "a=1", "a=2"]),
                no(2, &[CHAT, "=1"]),
                no(2, &[CHAT]),
            ]
        },
        ..LOCAL
    },
];
