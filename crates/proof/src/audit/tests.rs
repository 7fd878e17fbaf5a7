use std::{fs, path::PathBuf, sync::LazyLock};

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use store::{DataKey, Store};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::{Chain, Error, HoldId, canonical, unhex};

fn id(n: u64) -> model::GuestId {
    model::GuestId(Uuid::from_u128(n.into()))
}

fn now() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn store() -> Store {
    static SHARED: LazyLock<(TempDir, Store)> = LazyLock::new(|| {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), &DataKey::generate()).unwrap();
        (dir, store)
    });
    SHARED.1.clone()
}

fn who() -> Who {
    Who { user: "grace".to_owned(), program: "innkeeper 0.1.0".to_owned() }
}

fn at(minute: i64) -> DateTime<Utc> {
    now() + chrono::Duration::minutes(minute)
}

/// A log of some lines, its folder and its heads, the first of an empty log.
struct Book {
    _dir: TempDir,
    path: PathBuf,
    heads: Vec<AuditHead>,
}

impl Book {
    fn of(lines: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(AuditLog::FILE);
        let mut log = AuditLog::open(&path, &store(), None).unwrap();
        let mut heads = vec![log.head()];
        for n in 0..lines {
            heads.push(write(&mut log, n));
        }
        Self { _dir: dir, path, heads }
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.path).unwrap()
    }

    fn head(&self) -> &AuditHead {
        self.heads.last().unwrap()
    }

    /// With the head, but without the key: what an auditor can do.
    fn verify(&self, text: &[u8]) -> Result<AuditVerified, Broken> {
        verify_audit(text, Some(self.head()), None)
    }
}

fn write(log: &mut AuditLog, n: u64) -> AuditHead {
    let (subject, action) = match n % 3 {
        0 => (None, Action::HoldAdded { hold: HoldId(Uuid::from_u128(n.into())) }),
        1 => (Some(Subject::guest(&store(), id(n))), Action::GuestDeleted),
        _ => (
            None,
            Action::PolicyChanged { policy: crate::PolicyId::first(), fields: vec!["days".to_owned()] },
        ),
    };
    log.append(at(n.try_into().unwrap()), who(), subject, action).unwrap()
}

#[test]
fn what_was_written_is_read_back_and_goes_on_after_a_restart() {
    let book = Book::of(4);
    let mut log = AuditLog::open(&book.path, &store(), Some(book.head())).unwrap();
    assert_eq!(log.head(), *book.head());
    let head = write(&mut log, 4);
    let text = book.text();
    let verified = verify_audit(text.as_bytes(), Some(&head), Some(&store())).unwrap();
    assert_eq!(verified, AuditVerified { head, state: HeadState::Same, unfinished: false });
    let all: Vec<AuditEntry> = entries(text.as_bytes()).map(|e| e.unwrap()).collect();
    assert_eq!(all.len(), 5);
    assert_eq!((all[1].n, all[1].at, &all[1].who), (2, at(1), &who()));
    assert_eq!(
        (&all[1].action, all[1].subject.as_ref()),
        (&Action::GuestDeleted, Some(&Subject::guest(&store(), id(1))))
    );
    assert!(!text.contains(&id(1).to_string()), "a guest is named");
}

#[test]
fn every_single_byte_change_of_a_log_is_noticed() {
    let book = Book::of(3);
    let good = book.text().into_bytes();
    let every = std::env::var_os("PROPTEST_CASES").is_some();
    for byte in 0..good.len() {
        let near = [b'\n', b'\r', b' ', b'"', b'0', b'f', b'F', b'{', 0];
        let bits = (0..8).map(|bit| good[byte] ^ (1 << bit));
        let others: Vec<u8> = if every { (0..=255).collect() } else { bits.chain(near).collect() };
        for other in others.into_iter().filter(|other| *other != good[byte]) {
            let mut bytes = good.clone();
            bytes[byte] = other;
            assert!(book.verify(&bytes).is_err(), "byte {byte} from {:#x} to {other:#x}", good[byte]);
        }
    }
}

#[test]
fn every_dropped_doubled_swapped_or_added_line_and_every_cut_is_noticed() {
    let book = Book::of(5);
    let good = book.text();
    let rows: Vec<&str> = good.split_inclusive('\n').collect();
    let mut bad: Vec<String> = (0..good.len()).map(|end| good[..end].to_owned()).collect();
    for at in 0..rows.len() {
        let mut dropped = rows.clone();
        dropped.remove(at);
        bad.push(dropped.concat());
        for to in 0..=rows.len() {
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
    for text in bad {
        assert!(book.verify(text.as_bytes()).is_err(), "{text}");
    }
    assert!(matches!(book.verify(rows[..3].concat().as_bytes()), Err(Broken::Cut { count: 3, kept: 5 })));
    let told = book.verify(good.replacen("\"grace\"", "\"crace\"", 1).as_bytes()).unwrap_err().to_string();
    assert_eq!(told, "line 1 was changed, or lines beside it are missing or moved: line 2 does not follow");
}

#[test]
fn a_log_written_anew_from_the_start_is_noticed_by_the_head() {
    let (book, other) = (Book::of(5), Book::of(4));
    let mut log = AuditLog::open(&other.path, &store(), None).unwrap();
    log.append(at(9), who(), None, Action::GuestDeleted).unwrap();
    assert!(matches!(book.verify(other.text().as_bytes()), Err(Broken::Rewritten { kept: 5 })));
    write(&mut log, 5);
    assert!(
        matches!(book.verify(other.text().as_bytes()), Err(Broken::Rewritten { kept: 5 })),
        "longer, and another"
    );
    let unknown = verify_audit(other.text().as_bytes(), None, None).unwrap();
    assert_eq!(unknown.state, HeadState::Unknown);
    let empty = AuditHead { count: 0, hash: "01".repeat(32) };
    assert!(matches!(verify_audit(&b""[..], Some(&empty), None), Err(Broken::Rewritten { kept: 0 })));
}

#[test]
fn a_crash_between_line_and_head_leaves_the_head_behind_and_is_no_tampering() {
    let book = Book::of(5);
    for (kept, head) in book.heads.iter().enumerate() {
        let state = verify_audit(book.text().as_bytes(), Some(head), Some(&store())).unwrap().state;
        let by = 5 - kept as u64;
        assert_eq!(state, if by == 0 { HeadState::Same } else { HeadState::Behind { by } });
        assert_eq!(AuditLog::open(&book.path, &store(), Some(head)).unwrap().head(), *book.head());
    }
}

#[test]
fn a_crash_in_the_middle_of_an_append_costs_that_line_only() {
    let book = Book::of(3);
    let good = book.text();
    let last = good.trim_end().rfind('\n').unwrap() + 1;
    for end in last + 1..good.len() {
        fs::write(&book.path, &good[..end]).unwrap();
        let before = &book.heads[2];
        let seen = verify_audit(&good.as_bytes()[..end], Some(before), Some(&store())).unwrap();
        assert_eq!((seen.head.count, seen.unfinished, seen.state), (2, true, HeadState::Same));
        // The head that counts the line says that it was whole once: nothing is mended then.
        let refused = AuditLog::open(&book.path, &store(), Some(book.head()));
        assert!(matches!(refused, Err(Error::Broken { source: Broken::Cut { count: 2, kept: 3 }, .. })));
        assert_eq!(fs::read_to_string(&book.path).unwrap(), good[..end]);
        let mut log = AuditLog::open(&book.path, &store(), Some(before)).unwrap();
        assert_eq!(fs::read_to_string(&book.path).unwrap(), good[..last]);
        let head = write(&mut log, 7);
        let text = book.text();
        assert_eq!(
            verify_audit(text.as_bytes(), Some(&head), Some(&store())).unwrap().state,
            HeadState::Same
        );
    }
}

#[test]
fn lines_that_another_folder_wrote_are_noticed_behind_the_head_too() {
    let book = Book::of(2);
    let elsewhere = tempfile::tempdir().unwrap();
    let other = Store::open(elsewhere.path(), &DataKey::generate()).unwrap();
    // A forger has the file and knows the form, but not the key.
    let mut value: serde_json::Value = serde_json::from_str(book.text().lines().last().unwrap()).unwrap();
    let chain = Chain::from(unhex::<32>(&book.head().hash).unwrap());
    value.as_object_mut().unwrap().remove("mac");
    value["n"] = 3.into();
    value["prev"] = chain.hex().into();
    let mac = verify::mac_of(&other, &chain, &value);
    value["mac"] = mac.into();
    let text = format!("{}{}\n", book.text(), canonical(&value).unwrap());
    let chain_only = verify_audit(text.as_bytes(), Some(book.head()), None).unwrap();
    assert_eq!(chain_only.state, HeadState::Behind { by: 1 });
    let refused = verify_audit(text.as_bytes(), Some(book.head()), Some(&store())).unwrap_err();
    assert_eq!(refused.to_string(), "line 3 was not written by this folder");
    fs::write(&book.path, &text).unwrap();
    assert!(matches!(AuditLog::open(&book.path, &store(), Some(book.head())), Err(Error::Broken { .. })));
}

#[test]
fn a_log_that_is_gone_is_broken_when_a_head_counts_lines_of_it() {
    let book = Book::of(2);
    fs::remove_file(&book.path).unwrap();
    let refused = AuditLog::open(&book.path, &store(), Some(book.head()));
    assert!(matches!(refused, Err(Error::Broken { source: Broken::Cut { count: 0, kept: 2 }, .. })));
    assert!(!book.path.exists(), "and stays gone");
}

#[test]
fn a_broken_log_is_set_aside_whole_and_the_next_one_begins_with_saying_so() {
    let book = Book::of(4);
    let broken = book.text().replacen("\"n\":3", "\"n\":8", 1);
    fs::write(&book.path, &broken).unwrap();
    assert!(matches!(AuditLog::open(&book.path, &store(), Some(book.head())), Err(Error::Broken { .. })));
    let log = AuditLog::set_aside(&book.path, &store(), at(9), who()).unwrap();
    assert_eq!(log.head().count, 1);
    assert_eq!(fs::read_to_string(book.path.with_extension("broken-1.jsonl")).unwrap(), broken);
    let first = entries(book.text().as_bytes()).next().unwrap().unwrap();
    assert_eq!(first.action, Action::LogSetAside { lines: 2, hash: book.heads[2].hash.clone() });

    // One that is gone leaves nothing to keep; the next one begins all the same.
    fs::remove_file(&book.path).unwrap();
    assert!(AuditLog::open(&book.path, &store(), Some(book.head())).is_err());
    AuditLog::set_aside(&book.path, &store(), at(10), who()).unwrap();
    let first = entries(book.text().as_bytes()).next().unwrap().unwrap();
    assert!(matches!(first.action, Action::LogSetAside { lines: 0, .. }), "{first:?}");
}

#[test]
fn an_entry_of_a_later_version_is_checked_as_well_and_shown_as_unknown() {
    let book = Book::of(1);
    let text = book.text().replace("holdAdded", "moonLanded");
    let shown = entries(text.as_bytes()).next().unwrap().unwrap();
    assert_eq!(shown.action, Action::Unknown);
    assert!(book.verify(text.as_bytes()).is_err());
}

#[test]
fn hostile_files_are_refused_and_never_a_panic() {
    let deep = format!("{}\n", "[".repeat(5_000)).into_bytes();
    for bytes in
        [vec![0; 1 << 20], vec![b'\n'; 10], vec![0xff; 100], deep, b"{\"n\":1}\n".to_vec(), b"[]\n".to_vec()]
    {
        let whole = bytes.contains(&b'\n') || bytes.len() > 20_000;
        assert_eq!(verify_audit(&bytes[..], None, None).is_err(), whole);
        entries(&bytes[..]).for_each(drop);
    }
}

proptest! {
    #[test]
    fn entries_that_are_counted_or_passed_over_are_those_that_are_read(
        lines in proptest::collection::vec(0..5usize, 0..12),
        cut in 0..40usize,
        n in 0..14usize,
    ) {
        let whole = include_bytes!("golden/audit.jsonl");
        let kinds: [&[u8]; 5] =
            [whole.split_inclusive(|b| *b == b'\n').next().unwrap(), b"{}\n", b"\n", b"\xff\n", &[b'x'; 17 << 10]];
        let mut log: Vec<u8> = lines.iter().flat_map(|kind| kinds[*kind]).copied().collect();
        log.truncate(log.len().saturating_sub(cut));
        let told = |entry: Result<AuditEntry, Broken>| entry.map_err(|e| e.to_string());
        let read: Vec<_> = entries(&log[..]).map(told).collect();
        prop_assert_eq!(entries(&log[..]).count(), read.len());
        prop_assert_eq!(entries(&log[..]).nth(n).map(told), read.get(n).cloned());
    }
}

/// Recorded by the first version of the format; it never changes.
#[test]
fn the_recorded_log_still_holds_and_is_read() {
    let text = include_str!("golden/audit.jsonl");
    let head = "3:cb8562b06f6998beb5df3021b586ed8579f4475c47bcc639a4294ea36bb032ff".parse().unwrap();
    let verified = verify_audit(text.as_bytes(), Some(&head), None).unwrap();
    assert_eq!(verified, AuditVerified { head, state: HeadState::Same, unfinished: false });
    let actions: Vec<Action> = entries(text.as_bytes()).map(|e| e.unwrap().action).collect();
    let fields = vec!["days".to_owned()];
    assert_eq!(
        actions,
        [
            Action::HoldAdded { hold: HoldId(Uuid::nil()) },
            Action::GuestDeleted,
            Action::PolicyChanged { policy: crate::PolicyId::first(), fields },
        ]
    );
}
