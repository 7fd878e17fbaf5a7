//! A plan proves that this folder made it, for this connection and this org, by a clock that is written down.

use std::{fs, path::Path};

use chrono::TimeDelta;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::forge::{Forged, hashed_again};
use crate::{
    Error, PlanSeal,
    memory_org::{MemoryOrg, id, now, plan_at, seal, seal_of},
    open_plan, open_plan_to_run,
};

/// A folder with a plan of three guests, one of them spared, and its text.
async fn planned() -> (TempDir, String) {
    let memory_org = MemoryOrg::with_guests([40, 41, 42]);
    memory_org.org().open.insert(id(1));
    memory_org.org().shows = Some(now());
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("plan.jsonl");
    plan_at(&memory_org, &memory_org.policy, &seal(), now(), &out, &|_| ()).await.unwrap();
    let text = fs::read_to_string(&out).unwrap();
    (dir, text)
}

fn to_run(dir: &TempDir, text: &str, seal: &PlanSeal) -> Result<(), Error> {
    let path = dir.path().join("tried.jsonl");
    fs::write(&path, text).unwrap();
    open_plan_to_run(&path, seal).map(drop)
}

fn reason(answer: Result<(), Error>) -> String {
    match answer {
        Err(Error::PlanNotOurs { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_plan_that_was_edited_and_hashed_again_is_never_run() {
    let (dir, good) = planned().await;
    assert_eq!(hashed_again(&good), good);
    let by_a_stranger = seal_of("simulator", "https://org demo", 6);
    type Edit = Box<dyn Fn(&mut Forged)>;
    let header = |field: &'static str, value: Value| -> Edit {
        Box::new(move |plan| plan.header[field] = value.clone())
    };
    let policy = |field: &'static str, value: Value| -> Edit {
        Box::new(move |plan| plan.header["policy"][field] = value.clone())
    };
    let edits: Vec<(&str, Edit)> = vec![
        ("the cut-off", header("cutoff", json!("2099-01-01T00:00:00Z"))),
        (
            "the cut-off and the time of making",
            Box::new(|plan| {
                plan.header["cutoff"] = json!("2099-01-01T00:00:00Z");
                plan.header["createdAt"] = json!("2099-01-31T00:00:00Z");
            }),
        ),
        ("the connection", header("connection", json!("other"))),
        ("the org", header("org", json!("https://elsewhere demo"))),
        ("the dialect", header("dialect", json!("open-messaging"))),
        ("the version", header("version", json!(3))),
        ("the version before", header("version", json!(1))),
        ("the org's clock", header("orgClock", json!("2026-12-22T12:00:00Z"))),
        ("the hash key", header("hashKey", json!("00".repeat(32)))),
        ("no holds", header("holds", json!({ "count": 0, "hash": "00".repeat(32) }))),
        ("open conversations", policy("spareOpenConversations", json!(false))),
        ("active guests", policy("spareActive", json!(true))),
        ("the days", policy("days", json!(1))),
        ("a filter", policy("filter", json!("name = \"Ada\""))),
        (
            "everyone is due",
            Box::new(|plan| {
                for guest in &mut plan.guests {
                    guest["due"] = json!(true);
                    guest.as_object_mut().unwrap().remove("why");
                }
            }),
        ),
        (
            "another guest",
            Box::new(|plan| {
                let mut guest = plan.guests[2].clone();
                guest["id"] = json!("ffffffff-ffff-4fff-8fff-ffffffffffff");
                plan.guests.push(guest);
            }),
        ),
        ("a guest less", Box::new(|plan| drop(plan.guests.pop()))),
        ("the seal", Box::new(|plan| plan.closing["seal"] = json!("ab".repeat(32)))),
        ("no seal", Box::new(|plan| drop(plan.closing.as_object_mut().unwrap().remove("seal")))),
    ];
    for (what, edit) in &edits {
        let mut forged = Forged::of(&good);
        edit(&mut forged);
        let answer = to_run(&dir, &forged.text(), &seal());
        assert!(
            matches!(answer, Err(Error::PlanNotOurs { .. } | Error::PlanChanged { .. })),
            "{what}: {answer:?}"
        );
        // As version 1, which knew of no seal.
        let mut forged = Forged::of(&good).without_a_seal();
        edit(&mut forged);
        let answer = to_run(&dir, &forged.text(), &seal());
        assert!(
            matches!(answer, Err(Error::PlanNotOurs { .. } | Error::PlanChanged { .. })),
            "{what}, as version 1: {answer:?}"
        );
    }
    assert!(reason(to_run(&dir, &good, &by_a_stranger)).contains("seal is not by the key of this folder"));
}

#[tokio::test]
async fn every_single_byte_change_of_a_plan_is_noticed_by_whoever_runs_it_also_when_it_is_hashed_again() {
    let (dir, good) = planned().await;
    let mut tried = 0;
    for at in 0..good.len() {
        for flip in [0x01, 0x02, 0x04, 0x20] {
            let mut bytes = good.clone().into_bytes();
            bytes[at] ^= flip;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            assert!(to_run(&dir, &text, &seal()).is_err(), "byte {at} ^ {flip:#x}");
            // What is no JSON any more, or has its lines elsewhere, needs no hash to be refused.
            let closing = text.trim_end_matches('\n').lines().last().unwrap_or_default();
            if text.lines().count() == good.lines().count() && serde_json::from_str::<Value>(closing).is_ok()
            {
                let again = hashed_again(&text);
                if again != good {
                    tried += 1;
                    let answer = to_run(&dir, &again, &seal());
                    assert!(answer.is_err(), "byte {at} ^ {flip:#x}, hashed again");
                }
            }
        }
    }
    assert!(tried > 1_000, "{tried}");
}

#[tokio::test]
async fn a_plan_of_another_connection_org_or_folder_is_refused_with_the_reason() {
    let (dir, good) = planned().await;
    let cases = [
        (seal_of("other", "https://org demo", 5), "on another connection"),
        (seal_of("simulator", "https://org other", 5), "for another org"),
        (seal_of("simulator", "https://org demo", 6), "made or changed elsewhere"),
    ];
    for (seal, why) in cases {
        assert!(reason(to_run(&dir, &good, &seal)).contains(why), "{why}");
    }
    assert!(to_run(&dir, &good, &seal()).is_ok());
    let renamed = |key| seal_of("new name", "https://org demo", key).formerly(vec!["simulator".to_owned()]);
    assert!(to_run(&dir, &good, &renamed(5)).is_ok(), "the folder was called so before");
    assert!(reason(to_run(&dir, &good, &renamed(6))).contains("made or changed elsewhere"));
    let shown = format!("{:?} {}", seal(), reason(to_run(&dir, &good, &seal_of("simulator", "x", 5))));
    assert!(!shown.contains("0505"), "the key stays out of what is shown");
}

#[tokio::test]
async fn a_plan_of_before_there_were_seals_is_read_but_not_run() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proof/src/certificate/golden/plan.jsonl");
    assert_eq!(open_plan(&golden).unwrap().header().version, 1);
    assert!(reason(open_plan_to_run(&golden, &seal()).map(drop)).contains("earlier version"));
    let (dir, good) = planned().await;
    let old = Forged::of(&good).without_a_seal().text();
    assert!(reason(to_run(&dir, &old, &seal())).contains("earlier version"));
    assert!(open_plan(&dir.path().join("tried.jsonl")).is_ok());
}

/// Recorded by version 2 of the format, seal and hash computed by another program. It never changes.
#[test]
fn the_recorded_plan_of_version_2_is_still_ours() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/plan/golden/plan-2.jsonl");
    let plan = open_plan_to_run(&golden, &seal()).unwrap();
    assert_eq!(
        (plan.due(), plan.spared(), plan.id()),
        (2, 1, "5aae9fcbdc3661cea9dd1f9eb4f532510d0a5c48422b33f9a8ff8ac3ddd6ec75")
    );
}

#[tokio::test]
async fn a_cut_off_that_does_not_follow_from_policy_and_time_of_making_is_no_plan() {
    let (dir, good) = planned().await;
    let path = dir.path().join("tried.jsonl");
    let times = ["2026-10-23T12:00:01Z", "2026-10-23T11:59:59.999999999Z", "-262143-01-01T00:00:00Z"];
    for field in ["cutoff", "createdAt"] {
        for time in times {
            for old in [false, true] {
                let mut forged = Forged::of(&good);
                forged.header[field] = json!(time);
                let forged = if old { forged.without_a_seal() } else { forged };
                fs::write(&path, forged.text()).unwrap();
                let answer = open_plan(&path);
                assert!(
                    matches!(answer, Err(Error::PlanChanged { line: Some(1), .. })),
                    "{field} {time}: {answer:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_plan_says_what_the_orgs_clock_showed_when_it_was_made() {
    for off in [None, Some(0), Some(-240), Some(36)] {
        let memory_org = MemoryOrg::with_guests([40]);
        memory_org.org().shows = off.map(|hours| now() + TimeDelta::hours(hours));
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("plan.jsonl");
        plan_at(&memory_org, &memory_org.policy, &seal(), now(), &out, &|_| ()).await.unwrap();
        let header = open_plan_to_run(&out, &seal()).unwrap().header().clone();
        assert_eq!(header.created_at, now());
        let told = header.org_clock.map(|shown| (shown - header.created_at).num_minutes());
        // The time that passed until the org answered is not counted.
        assert!(
            told.zip(off).is_none_or(|(told, off)| (off * 60 - 1..=off * 60).contains(&told)),
            "{told:?}"
        );
        assert_eq!(told.is_some(), off.is_some());
    }
}

#[test]
fn a_key_is_64_hex_digits_and_each_is_another() {
    let [one, two] = [PlanSeal::new_key().unwrap(), PlanSeal::new_key().unwrap()];
    assert_ne!(one.expose(), two.expose());
    for wrong in ["", "07", "no key at all", &one.expose()[1..]] {
        let kept = model::Secret::new(wrong.to_owned());
        assert!(matches!(PlanSeal::new("a", "b", &kept), Err(Error::SealKey)));
    }
}
