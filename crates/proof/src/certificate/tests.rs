use std::collections::HashSet;

use model::{GuestId, RetentionPolicy, Secret};
use serde_json::Value;

use super::{
    file::{Closing, OutcomeLine, signed_message},
    *,
};
use crate::{Chain, SpareReason, canonical, hex};

/// Recorded by version 1 of the format. They never change; what is written today must still be these bytes.
const GOLDEN: &str = include_str!("golden/certificate.jsonl");

type Told = Vec<(GuestId, CertifiedOutcome)>;

/// The plan of that certificate, read without the crate that makes plans.
struct RecordedPlan {
    header: Value,
    policy: RetentionPolicy,
    guests: Vec<PlannedGuest>,
    closing: Value,
}

fn golden_plan() -> RecordedPlan {
    let mut lines: Vec<Value> =
        include_str!("golden/plan.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let closing = lines.pop().unwrap();
    let header = lines.remove(0);
    let guests = lines.into_iter().map(|line| PlannedGuest {
        id: serde_json::from_value(line["id"].clone()).unwrap(),
        spared: serde_json::from_value(line["why"].clone()).unwrap(),
    });
    let policy = serde_json::from_value(header["policy"].clone()).unwrap();
    RecordedPlan { policy, guests: guests.collect(), header, closing }
}

impl Planned for RecordedPlan {
    fn as_certified(&self) -> CertifiedPlan {
        let of = |value: &Value| value.as_str().unwrap().to_owned();
        CertifiedPlan {
            id: of(&self.closing["sha256"]),
            created_at: of(&self.header["createdAt"]).parse().unwrap(),
            cutoff: of(&self.header["cutoff"]).parse().unwrap(),
            due: self.closing["due"].as_u64().unwrap(),
            spared: self.closing["spared"].as_u64().unwrap(),
            holds: serde_json::from_value(self.header["holds"].clone()).unwrap(),
        }
    }
    fn policy(&self) -> &RetentionPolicy {
        &self.policy
    }
    fn connection(&self) -> &str {
        self.header["connection"].as_str().unwrap()
    }
    fn hash_key(&self) -> &str {
        self.header["hashKey"].as_str().unwrap()
    }
    fn guests(
        &self,
    ) -> Result<Box<dyn Iterator<Item = Result<PlannedGuest, PlannedError>> + '_>, PlannedError> {
        Ok(Box::new(self.guests.iter().map(|guest| Ok(*guest))))
    }
}

fn id(n: u64) -> GuestId {
    GuestId(uuid::Uuid::from_u64_pair(n.wrapping_mul(0x9e37_79b9_7f4a_7c15), n))
}

fn key() -> SigningKey {
    SigningKey::from_secret(&Secret::new("07".repeat(32))).unwrap()
}

/// Two guests, so that every change of every byte can be tried.
fn small() -> Vec<u8> {
    let mut header = verify(GOLDEN.as_bytes(), None, None).unwrap().header;
    header.counts = CertifiedCounts { listed: 2, deleted: 1, ..CertifiedCounts::default() };
    header.counts.spared.insert(SpareReason::Hold, 1);
    let key = key();
    let mut writer = CertificateWriter::new(Vec::new(), &header, &"09".repeat(32), &key).unwrap();
    writer.line(id(0), CertifiedOutcome::Deleted).unwrap();
    writer.line(id(1), CertifiedOutcome::Spared(SpareReason::Hold)).unwrap();
    writer.finish().unwrap()
}

fn line_of(bytes: &[u8]) -> Option<u64> {
    match verify(bytes, None, None).unwrap_err() {
        NotGenuine::Line { line, .. } => Some(line),
        other => panic!("{other}"),
    }
}

#[test]
fn the_recorded_certificate_still_holds_with_its_plan_and_its_signer() {
    let verified = verify(GOLDEN.as_bytes(), Some(&golden_plan()), Some(&key().fingerprint())).unwrap();
    assert!(verified.against_plan);
    assert_eq!(verified.head, "0ec001a20c40dfc759b90bd05e5ecbcc4f3ed9ba12ed69fd52e5492b916c3afc");
    let counts = verified.header.counts;
    assert_eq!(
        (counts.listed, counts.deleted, counts.already_gone, counts.failed, counts.remaining),
        (9, 2, 1, 1, 2)
    );
    assert_eq!(
        verified.header.fingerprint.to_string(),
        "fe81-2c12-f3ab-4ce6-ac5d-b69a-c352-f906-cb1b-11ef-43fb-33e2-52ef-7ff5-5226-3889"
    );
}

#[test]
fn what_is_written_today_is_what_was_recorded() {
    let plan = golden_plan();
    let header = verify(GOLDEN.as_bytes(), None, None).unwrap().header;
    let key = key();
    let mut writer = CertificateWriter::new(Vec::new(), &header, plan.hash_key(), &key).unwrap();
    for (guest, recorded) in plan.guests.iter().zip(GOLDEN.lines().skip(1)) {
        let outcome = serde_json::from_str::<OutcomeLine>(recorded).unwrap().outcome().unwrap();
        writer.line(guest.id, outcome).unwrap();
    }
    assert_eq!(String::from_utf8(writer.finish().unwrap()).unwrap(), GOLDEN);
}

#[test]
fn every_single_byte_change_of_a_certificate_is_noticed() {
    let good = small();
    verify(&good[..], None, None).unwrap();
    // Every bit, and what is nearest in meaning; in the long run every other byte.
    let every = std::env::var_os("PROPTEST_CASES").is_some();
    for at in 0..good.len() {
        let near = [b'\n', b'\r', b' ', b'"', b'0', b'f', b'F', b'{', 0];
        let bits = (0..8).map(|bit| good[at] ^ (1 << bit));
        let others: Vec<u8> = if every { (0..=255).collect() } else { bits.chain(near).collect() };
        for other in others.into_iter().filter(|other| *other != good[at]) {
            let mut bytes = good.clone();
            bytes[at] = other;
            assert!(verify(&bytes[..], None, None).is_err(), "byte {at} from {:#x} to {other:#x}", good[at]);
        }
    }
}

#[test]
fn every_dropped_doubled_swapped_or_added_line_and_every_cut_is_noticed() {
    let rows: Vec<&str> = GOLDEN.split_inclusive('\n').collect();
    let mut bad: Vec<String> = (0..GOLDEN.len()).map(|end| GOLDEN[..end].to_owned()).collect();
    for at in 0..rows.len() {
        let mut dropped = rows.clone();
        dropped.remove(at);
        bad.push(dropped.concat());
        for to in 0..rows.len() {
            let mut doubled = rows.clone();
            doubled.insert(to, rows[at]);
            bad.push(doubled.concat());
            if to < at {
                let mut swapped = rows.clone();
                swapped.swap(at, to);
                bad.push(swapped.concat());
            }
        }
    }
    for more in ["\n", " ", "{}\n", "\0"] {
        bad.push(format!("{GOLDEN}{more}"));
        bad.push(format!("{more}{GOLDEN}"));
    }
    bad.push(GOLDEN.replace('\n', "\r\n"));
    bad.push(format!("\u{feff}{GOLDEN}"));
    for text in bad {
        assert!(matches!(verify(text.as_bytes(), None, None), Err(NotGenuine::Line { .. })), "{text}");
    }
}

#[test]
fn the_line_that_was_changed_is_named() {
    let rows: Vec<&str> = GOLDEN.split_inclusive('\n').collect();
    for at in 1..=9 {
        let mut changed: Vec<String> = rows.iter().map(|r| (*r).to_owned()).collect();
        let digit = if changed[at].as_bytes()[20] == b'0' { "1" } else { "0" };
        changed[at].replace_range(20..21, digit);
        assert_eq!(line_of(changed.concat().as_bytes()), Some(at as u64 + 1));
    }
    let told = |text: String| verify(text.as_bytes(), None, None).unwrap_err().to_string();
    assert_eq!(
        told(GOLDEN.replacen("\"days\":30", "\"days\":31", 1)),
        "line 1 was changed: line 2 no longer follows from it"
    );
    assert_eq!(
        told([&rows[..3], &rows[4..]].concat().concat()),
        "line 4 is number 3, not 2: a line is missing, added or moved"
    );
    assert_eq!(told(rows[..10].concat()), "line 11 is missing: the certificate has no closing line");
    assert_eq!(told(format!("{GOLDEN}{}", rows[10])), "line 12 follows the closing line");
    assert_eq!(
        told(GOLDEN.replacen("\"version\":1", "\"version\":2", 1)),
        "line 1 is not the header of a certificate that this version knows"
    );
}

/// Someone with a key of their own can sign anything; the signer and the plan tell.
#[test]
fn a_certificate_signed_anew_by_another_key_is_not_the_one_asked_for() {
    let mut header = verify(GOLDEN.as_bytes(), None, None).unwrap().header;
    let stranger = SigningKey::generate().unwrap();
    let refused = CertificateWriter::new(Vec::new(), &header, &"09".repeat(32), &stranger);
    assert!(refused.is_err(), "the header names another key");
    header.public_key = hex(&stranger.public_key());
    header.fingerprint = stranger.fingerprint();
    header.counts = CertifiedCounts::default();
    let forged =
        CertificateWriter::new(Vec::new(), &header, &"09".repeat(32), &stranger).unwrap().finish().unwrap();
    verify(&forged[..], None, None).unwrap();
    assert!(matches!(verify(&forged[..], None, Some(&key().fingerprint())), Err(NotGenuine::Signer { .. })));
    assert!(matches!(
        verify(&forged[..], Some(&golden_plan()), None),
        Err(NotGenuine::Line { line: 2, why }) if why.starts_with("comes before every guest")
    ));
}

/// Even the true key cannot leave a guest out, tell one twice or tell of a foreign one when the plan is at hand.
#[test]
fn every_guest_of_the_plan_has_its_one_outcome_or_it_is_noticed() {
    let plan = golden_plan();
    let header = verify(GOLDEN.as_bytes(), None, None).unwrap().header;
    let all: Told = plan
        .guests
        .iter()
        .zip(GOLDEN.lines().skip(1))
        .map(|(guest, row)| (guest.id, serde_json::from_str::<OutcomeLine>(row).unwrap().outcome().unwrap()))
        .collect();
    let signed = |guests: &[(GuestId, CertifiedOutcome)], header: &CertificateHeader| {
        let mut header = header.clone();
        header.counts = CertifiedCounts::default();
        guests.iter().for_each(|(_, outcome)| header.counts.add(*outcome));
        let key = key();
        let mut writer = CertificateWriter::new(Vec::new(), &header, plan.hash_key(), &key).unwrap();
        guests.iter().for_each(|(id, outcome)| writer.line(*id, *outcome).unwrap());
        let bytes = writer.finish().unwrap();
        verify(&bytes[..], None, None).unwrap();
        verify(&bytes[..], Some(&plan), None).map(|_| ()).map_err(|e| e.to_string())
    };
    assert_eq!(signed(&all, &header), Ok(()));
    let told = |change: &dyn Fn(&mut Told)| {
        let mut guests = all.clone();
        change(&mut guests);
        signed(&guests, &header).unwrap_err()
    };
    assert_eq!(
        told(&|g| g.retain(|(id, _)| *id != all[4].0)),
        "line 6 is not of the guest that the plan has there"
    );
    assert_eq!(told(&|g| g.truncate(8)), "line 10 comes before every guest of the plan had its outcome");
    assert_eq!(told(&|g| g.insert(4, g[3])), "line 6 is not of the guest that the plan has there");
    assert_eq!(told(&|g| g.swap(0, 6)), "line 2 is not of the guest that the plan has there");
    assert_eq!(told(&|g| g[2].0 = id(99)), "line 4 is not of the guest that the plan has there");
    assert_eq!(
        told(&|g| g.push((id(99), CertifiedOutcome::Deleted))),
        "line 11 is of a guest that the plan does not have"
    );
    let spared_by_plan = plan.guests.iter().position(|guest| guest.spared.is_some()).unwrap();
    let why = format!("line {} is of a guest that the plan spared, and says otherwise", spared_by_plan + 2);
    assert_eq!(told(&|g| g[spared_by_plan].1 = CertifiedOutcome::Deleted), why);
    let mut other_policy = header.clone();
    other_policy.policy.days = 60;
    assert_eq!(
        signed(&all, &other_policy),
        Err("line 1 says other things of the plan than the plan does".to_owned())
    );
}

#[test]
fn counts_that_the_lines_do_not_bear_out_are_neither_written_nor_believed() {
    let header = verify(GOLDEN.as_bytes(), None, None).unwrap().header;
    let key = key();
    let early = CertificateWriter::new(Vec::new(), &header, &"09".repeat(32), &key).unwrap().finish();
    assert_eq!(early.unwrap_err().kind(), std::io::ErrorKind::InvalidData);
    // Signed all the same, past the writer.
    let head = canonical(&header).unwrap();
    let mut chain = Chain::START;
    chain.add(&head);
    let closing =
        Closing { lines: 0, head: chain.hex(), signature: hex(&key.sign(&signed_message(&chain, 0))) };
    let text = format!("{head}\n{}\n", canonical(&closing).unwrap());
    let error = verify(text.as_bytes(), None, None).unwrap_err().to_string();
    assert_eq!(error, "line 1 counts other outcomes than the lines have");
}

#[test]
fn hostile_files_are_refused_without_reading_them_into_memory() {
    let deep = format!("{}\n", "[".repeat(500_000)).into_bytes();
    let endless = GOLDEN.lines().next().unwrap().to_owned() + "\n" + &"x".repeat(3 << 20);
    for bytes in [vec![], vec![0; 3 << 20], vec![b'\n'; 100], vec![0xff; 100], deep, endless.into_bytes()] {
        assert!(matches!(verify(&bytes[..], None, None), Err(NotGenuine::Line { line: 1 | 2, .. })));
    }
}

#[test]
fn keyed_hashes_differ_between_plans_and_guests_and_name_nobody() {
    let of = |hash_key: &str, n| file::KeyedHash::new(hash_key).unwrap().guest(id(n));
    let all: HashSet<String> = ["01", "02"]
        .iter()
        .flat_map(|k| (0..50).map(move |n| (k.repeat(32), n)))
        .map(|(k, n)| of(&k, n))
        .collect();
    assert_eq!(all.len(), 100);
    assert!(file::KeyedHash::new("01").is_none() && file::KeyedHash::new(&"0G".repeat(32)).is_none());
    // Fixed for ever: certificates of years ago are compared with plans of years ago.
    assert_eq!(of(&"01".repeat(32), 1), "8420d66bbd9d1016f3cc3a0512ea03fe877cec0a1b1212144267813962d2058e");
}

#[test]
fn a_signing_key_survives_the_secret_store_and_shows_nothing() {
    let key = SigningKey::generate().unwrap();
    let kept = key.to_secret();
    assert_eq!(SigningKey::from_secret(&kept).unwrap().public_key(), key.public_key());
    assert!(!format!("{key:?}").contains(&kept.expose()[..8]));
    assert_ne!(SigningKey::generate().unwrap().fingerprint(), key.fingerprint());
    for wrong in ["", "07", &"7".repeat(63), &"G7".repeat(32), &"07".repeat(33)] {
        assert!(matches!(
            SigningKey::from_secret(&Secret::new(wrong.to_owned())),
            Err(crate::Error::SigningKey)
        ));
    }
}
