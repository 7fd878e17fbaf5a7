//! Bytes of anybody: never a panic, never long, and a mistake has a place within the file.

use std::path::Path;

use lab::scenario::{MAX_FILE_BYTES, ScenarioFile, parse};
use proptest::prelude::*;

use crate::{corpus, refused};

/// Reads the bytes; whatever is wrong with them has a place within them.
fn read(bytes: &[u8]) -> Option<ScenarioFile> {
    let mistake = match parse(Path::new("x.yaml"), bytes) {
        Ok(file) => return Some(file),
        Err(mistake) => mistake,
    };
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let (line, column) = (mistake.place.line as usize, mistake.place.column as usize);
    assert!((1..=lines.len()).contains(&line), "line {line} of {}: {mistake} {bytes:?}", lines.len());
    let length = lines[line - 1].chars().count();
    assert!((1..=length + 1).contains(&column), "column {column} of {length} in {line}: {mistake} {text:?}");
    assert!(!mistake.message.is_empty());
    None
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn random_bytes_are_refused_with_a_place(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        read(&bytes);
    }

    #[test]
    fn random_yaml_is_read_or_refused_with_a_place(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "scenarios", ":", " ", "\n", "  ", "- ", "say", "{", "}", "[", "]", ",", "'", "\"", "&a ", "*a", "!", "!!str ", "|",
                ">", "?", "#", "---\n", "...\n", "%", "\t", "\r", "\\", "<<", "~", "5", "\u{85}", "\u{feff}", "\u{2028}", "\0", "é", "`", "@",
            ]),
            0..40,
        )
    ) {
        read(pieces.concat().as_bytes());
    }

    #[test]
    fn a_file_that_was_changed_anywhere_is_read_or_refused_with_a_place(
        which in any::<proptest::sample::Index>(),
        at in any::<proptest::sample::Index>(),
        removed in 0_usize..5,
        put in proptest::collection::vec(any::<u8>(), 0..4),
    ) {
        let all = corpus::all();
        let mut bytes = which.get(&all).0.clone().into_bytes();
        let at = at.index(bytes.len() + 1);
        let end = (at + removed).min(bytes.len());
        bytes.splice(at..end, put);
        read(&bytes);
    }
}

#[test]
fn a_file_that_is_too_long_is_refused() {
    let mut bytes = b"scenarios: {a: []} #".to_vec();
    bytes.resize(MAX_FILE_BYTES, b'x');
    assert!(read(&bytes).is_some());
    bytes.push(b'x');
    assert!(read(&bytes).is_none());
}

#[test]
fn depth_is_bounded_however_it_is_made() {
    let cases = [
        format!("scenarios: {}{}", "[".repeat(100_000), "]".repeat(100_000)),
        format!("scenarios: {}", "{a: ".repeat(100_000)),
        "- ".repeat(100_000),
        "? ".repeat(100_000),
        (0..3_000).map(|n| format!("{:1$}a:\n", "", n)).collect::<String>().chars().take(900_000).collect(),
        format!("scenarios: {{a: [{}{{say: x}}{}]}}", "{optional: ".repeat(80), "}".repeat(80)),
        // Each anchor holds the one before it.
        format!(
            "a0: &a0 []\n{}",
            (1..10_000).map(|n| format!("a{n}: &a{n} [*a{}]\n", n - 1)).collect::<String>()
        ),
    ];
    for case in &cases {
        assert!(read(case.as_bytes()).is_none());
        let told = refused(case).2;
        assert!(told.contains("64 deep"), "{told}");
    }
}

#[test]
fn aliases_multiply_only_so_far() {
    let laughs = (1..30)
        .map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(",")))
        .collect::<String>();
    let (line, _, message) = refused(&format!("a0: &a0 [x]\n{laughs}"));
    assert!(message.contains("aliases") && line < 20, "{line} {message}");
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(500_000), "*a,".repeat(100_000));
    assert!(refused(&long).2.contains("aliases"));
    // What is told is what is counted.
    let told = refused(&long).2;
    assert!(told.contains("32 MiB") && told.contains("32 bytes beside its text"), "{told}");
    assert!(refused("scenarios: &a {a: *a}").2.contains("within what it names"));
    // A file of the greatest length without aliases is not taken for one that multiplies.
    let many = format!("scenarios: {{a: [{}]}}", "{say: x},".repeat(100_000));
    assert!(read(many.as_bytes()).is_some());
    let nothing = format!("scenarios: [{}]", "[],".repeat(300_000));
    assert!(!refused(&nothing).2.contains("aliases"));
}

#[test]
fn a_character_that_yaml_does_not_take_is_refused_at_its_place() {
    let (line, column, message) = refused("scenarios:\n  é: [{say: a\u{7}}]\n");
    assert_eq!((line, column), (2, 14), "{message}");
    let mistake = parse(Path::new("x"), b"scenarios:\n  a\xff: []").unwrap_err();
    assert_eq!((mistake.place.line, mistake.place.column), (2, 4), "{mistake}");
}
