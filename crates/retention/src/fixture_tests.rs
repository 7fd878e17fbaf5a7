//! Files and records of the program before there were selections and revisions: they still open, and say what they said.
//!
//! Plan and certificate were written by that program, and so were the records of a policy and a hold: by its own types in the
//! encoding of its store. A whole folder of that program is opened in `crates/store/tests/stories/old_folders.rs`.

use std::path::PathBuf;

use model::{Guest, RetentionPolicy, Selection};

use crate::{Hold, HoldSubject, open_plan};

/// As a person wrote it: neither spaces nor letters are those that a selection prints.
const WRITTEN: &str = r#"(attributes.tier="vip" or email contains "@") and NOT name = "Nobody \"x\"""#;

/// The record of a policy.
const POLICY: &str = include_str!("../fixtures/policy.hex");

/// The record of a hold.
const HOLD: &str = include_str!("../fixtures/hold.hex");

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

fn bytes(hex: &str) -> Vec<u8> {
    let hex = hex.trim();
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn a_plan_and_its_certificate_of_then_are_read_and_agree() {
    let plan = open_plan(&fixture("plan.jsonl")).unwrap();
    assert_eq!(plan.header().policy.filter.as_ref().unwrap().as_str(), WRITTEN);
    assert_eq!((plan.due(), plan.spared()), (9, 0));
    let first = plan.lines().unwrap().next().unwrap().unwrap();
    assert_eq!(first.revision, 18.into());
    let certificate = std::fs::read(fixture("certificate.jsonl")).unwrap();
    let verified = proof::verify(&certificate[..], Some(&plan), None).unwrap();
    assert!(verified.against_plan);
    assert_eq!(verified.header.counts.deleted, 9);
}

#[test]
fn a_policy_of_then_selects_whom_it_selected() {
    let policy: RetentionPolicy = rmp_serde::from_slice(&bytes(POLICY)).unwrap();
    assert_eq!((policy.days.get(), policy.filter.as_ref().unwrap().as_str()), (20, WRITTEN));
    let guest = |name: &str, email: Option<&str>| Guest {
        name: name.to_owned(),
        email: email.map(str::to_owned),
        ..crate::memory_org::guest(1, 40)
    };
    let selects = |guest: &Guest| policy.filter.as_ref().is_some_and(|selection| selection.matches(guest));
    assert!(selects(&guest("Ada", Some("ada@example.org"))));
    assert!(!selects(&guest("Nobody \"x\"", Some("n@example.org"))) && !selects(&guest("Ada", None)));
    assert_eq!(rmp_serde::to_vec_named(&policy).unwrap(), bytes(POLICY), "the same bytes are written today");
}

#[test]
fn a_hold_of_then_still_holds_by_its_selection() {
    let hold: Hold = rmp_serde::from_slice(&bytes(HOLD)).unwrap();
    let HoldSubject::Filter(selection) = &hold.subject else { panic!("{hold:?}") };
    let written: Selection =
        r#"(attributes.tier = "gold" or NOT createdTime>"2020-01-01T00:00:00Z")"#.parse().unwrap();
    assert_eq!(*selection, written);
    assert_eq!(rmp_serde::to_vec_named(&hold).unwrap(), bytes(HOLD), "the same bytes are written today");
}
