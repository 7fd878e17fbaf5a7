use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use model::Secret;
use proof::{Action, AuditLog, Who};
use retention::{Hold, HoldId, HoldSubject, Holds};
use store::{DataKey, Secrets, SecretsKind, Store};
use testkit::copy_folder;
use uuid::Uuid;

use super::*;
use crate::FailureCode;

/// A secret store in memory that refuses when it is told to.
#[derive(Default)]
struct Memory {
    kept: Mutex<BTreeMap<String, String>>,
    refuses: AtomicBool,
}

impl Memory {
    fn answer<T>(&self, act: impl FnOnce(&mut BTreeMap<String, String>) -> T) -> Result<T, store::Error> {
        if self.refuses.load(Ordering::SeqCst) {
            return Err(store::Error::KeychainSilent(Duration::from_secs(3)));
        }
        Ok(act(&mut self.kept.lock().unwrap()))
    }

    fn edit(&self, from: &str, to: &str) {
        let mut kept = self.kept.lock().unwrap();
        let text = kept.get_mut(STORE_FLOOR).unwrap();
        assert!(text.contains(from), "{text}");
        *text = text.replacen(from, to, 1);
    }
}

impl Secrets for Memory {
    fn get(&self, name: &str) -> Result<Option<Secret>, store::Error> {
        self.answer(|kept| kept.get(name).cloned().map(Secret::new))
    }
    fn set(&self, name: &str, value: &Secret) -> Result<(), store::Error> {
        self.answer(|kept| drop(kept.insert(name.to_owned(), value.expose().to_owned())))
    }
    fn remove(&self, name: &str) -> Result<(), store::Error> {
        self.answer(|kept| drop(kept.remove(name)))
    }
    fn kind(&self) -> SecretsKind {
        SecretsKind::Keychain
    }
}

/// A folder with a store of holds and an audit log, opened again and again.
struct Place {
    dir: tempfile::TempDir,
    key: DataKey,
    secrets: Arc<Memory>,
}

struct Open {
    floor: StoreFloor,
    holds: Arc<Holds>,
    store: Store,
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
}

impl Place {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), key: DataKey::generate(), secrets: Arc::default() }
    }

    fn store(&self) -> PathBuf {
        self.dir.path().join("store")
    }

    fn log(&self) -> PathBuf {
        self.dir.path().join(AuditLog::FILE)
    }

    fn open(&self) -> Open {
        let remembered = Remembered::read(&*self.secrets, STORE_FLOOR);
        let store = Store::open_above(&self.store(), &self.key, remembered.position()).unwrap();
        let holds = Arc::new(Holds::open(&store).unwrap());
        let audited = Audited {
            path: self.log(),
            holds: Some(Arc::clone(&holds)),
            holds_are_new: false,
            runs: store.table("run-origin"),
        };
        let contents = Contents {
            label: "store".to_owned(),
            dir: self.store(),
            holds: Some(Ok(Arc::clone(&holds))),
            outbox: None,
            audit: Some(audited),
        };
        let secrets: Arc<dyn Secrets> = Arc::clone(&self.secrets) as _;
        let floor = StoreFloor::compare(remembered, secrets, &store, contents, None, at(0));
        Open { floor, holds, store }
    }

    /// As a kill leaves it: nothing is remembered at the end.
    fn alarm(&self) -> Option<Cause> {
        self.open().floor.alarm().map(|alarm| alarm.cause)
    }

    fn write(&self, open: &Open, action: Action) {
        let who = Who { user: "ada".to_owned(), program: "test".to_owned() };
        AuditLog::open(&self.log(), &open.store, None).unwrap().append(at(1), who, None, action).unwrap();
    }

    fn copy_store(&self, to: &str) {
        copy_folder(&self.store(), &self.dir.path().join(to));
    }

    fn put_back(&self, from: &str) {
        std::fs::remove_dir_all(self.store()).unwrap();
        copy_folder(&self.dir.path().join(from), &self.store());
    }
}

impl Open {
    fn add(&self, n: u128) -> HoldId {
        let id = HoldId(Uuid::from_u128(n));
        let subject = HoldSubject::Guest(model::GuestId(Uuid::from_u128(n)));
        let (reason, owner) = ("a case".to_owned(), "Ada".to_owned());
        self.holds.add(Hold { id, subject, reason, owner, added_at: at(0), until: None }).unwrap();
        id
    }

    fn end(self) {
        self.floor.keep_at_the_end(at(2));
    }
}

#[test]
fn a_kill_between_a_change_and_its_line_or_its_record_raises_no_alarm() {
    let place = Place::new();
    let open = place.open();
    let (first, second) = (open.add(1), open.add(2));
    place.write(&open, Action::HoldAdded { hold: first });
    drop(open);
    assert_eq!(place.alarm(), None, "one was added without a line, and nothing was remembered");
    let open = place.open();
    open.holds.remove(first).unwrap();
    open.holds.remove(second).unwrap();
    drop(open);
    assert_eq!(place.alarm(), None, "both were removed without a line");
    place.open().end();
    assert_eq!(place.alarm(), None);
}

#[test]
fn an_alarm_stays_over_openings_and_later_writes_until_it_is_accepted() {
    let place = Place::new();
    let open = place.open();
    open.end();
    place.copy_store("early");
    let open = place.open();
    let hold = open.add(1);
    place.write(&open, Action::HoldAdded { hold });
    open.end();
    place.put_back("early");
    let open = place.open();
    let alarm = open.floor.alarm().unwrap();
    assert_eq!((alarm.cause, alarm.holds), (Cause::Older, 1));
    for n in 10..30 {
        open.add(n);
    }
    open.store.compact().unwrap();
    open.end();
    for _ in 0..3 {
        let open = place.open();
        assert_eq!(
            open.floor.alarm().as_ref(),
            Some(&alarm),
            "by generation and length it is far beyond by now"
        );
        open.end();
    }
    let open = place.open();
    open.floor.may_accept().unwrap();
    place.write(&open, Action::LossAccepted { holds: 1, messages: 0 });
    open.floor.accept(at(3), true).unwrap();
    open.end();
    assert_eq!(place.alarm(), None);
}

#[test]
fn a_secret_store_that_refuses_fails_nothing_is_told_and_leaves_the_audit_log_to_tell() {
    let place = Place::new();
    place.secrets.refuses.store(true, Ordering::SeqCst);
    let open = place.open();
    assert_eq!(open.floor.alarm(), None, "a new folder");
    assert!(open.floor.refusal().is_some_and(|why| why.contains("keychain")));
    let hold = open.add(1);
    place.write(&open, Action::HoldAdded { hold });
    open.end();
    assert_eq!(place.alarm(), None);
    std::fs::remove_dir_all(place.store()).unwrap();
    for opening in 0..2 {
        let open = place.open();
        let alarm = open.floor.alarm().unwrap();
        assert_eq!(alarm.holds, 1, "opening {opening}");
        open.end();
    }
    let open = place.open();
    place.write_anew(&open);
    open.floor.may_accept().unwrap();
    open.floor.accept(at(3), true).unwrap();
    assert_eq!(open.floor.alarm(), None);
    open.end();
    assert_eq!(place.alarm(), None, "the line says that it is accepted");
}

impl Place {
    /// The key of the macs is the data key's, which is the same.
    fn write_anew(&self, open: &Open) {
        self.write(open, Action::LossAccepted { holds: 1, messages: 0 });
    }
}

#[test]
fn an_acceptance_that_the_secret_store_does_not_take_changes_nothing() {
    let place = Place::new();
    place.open().end();
    std::fs::remove_dir_all(place.store()).unwrap();
    let open = place.open();
    assert_eq!(open.floor.alarm().map(|alarm| alarm.cause), Some(Cause::Gone));
    place.secrets.refuses.store(true, Ordering::SeqCst);
    assert_eq!(open.floor.may_accept().unwrap_err().code, FailureCode::NoSecretStore);
    assert!(open.floor.accept(at(3), true).is_err());
    assert!(open.floor.alarm().is_some());
    drop(open);
    place.secrets.refuses.store(false, Ordering::SeqCst);
    assert_eq!(place.alarm(), Some(Cause::Gone));
}

#[test]
fn what_is_remembered_is_compared_and_one_that_makes_no_sense_is_an_alarm() {
    let place = Place::new();
    let open = place.open();
    open.add(1);
    open.end();
    assert_eq!(place.alarm(), None);
    let kept = place.secrets.kept.lock().unwrap().clone();
    assert!(kept[STORE_FLOOR].len() < 1_000, "it fits into every keychain: {}", kept[STORE_FLOOR]);
    place.secrets.edit("\"count\":1", "\"count\":2");
    assert_eq!(place.alarm(), Some(Cause::Differs));
    *place.secrets.kept.lock().unwrap() = kept.clone();
    place.secrets.edit("{", "[");
    assert_eq!(place.alarm(), Some(Cause::Unreadable));
    *place.secrets.kept.lock().unwrap() = kept;
    assert_eq!(place.alarm(), None);
}

#[test]
fn a_hold_that_the_audit_log_says_was_removed_and_that_is_back_shows_an_older_store() {
    let place = Place::new();
    let open = place.open();
    let hold = open.add(1);
    place.write(&open, Action::HoldAdded { hold });
    drop(open);
    place.copy_store("with-it");
    place.secrets.kept.lock().unwrap().clear();
    let open = place.open();
    open.holds.remove(hold).unwrap();
    place.write(&open, Action::HoldRemoved { hold });
    drop(open);
    place.secrets.kept.lock().unwrap().clear();
    assert_eq!(place.alarm(), None);
    place.put_back("with-it");
    place.secrets.kept.lock().unwrap().clear();
    assert_eq!(place.alarm(), Some(Cause::Older));
}

#[test]
fn what_could_not_be_read_is_not_written_over() {
    let place = Place::new();
    place.open().end();
    std::fs::remove_dir_all(place.store()).unwrap();
    assert_eq!(place.alarm(), Some(Cause::Gone));
    place.secrets.refuses.store(true, Ordering::SeqCst);
    let open = place.open();
    assert!(open.floor.refusal().is_some());
    place.secrets.refuses.store(false, Ordering::SeqCst);
    open.add(1);
    open.floor.keep(at(400));
    open.end();
    assert_eq!(place.alarm(), Some(Cause::Gone), "the alarm is still there");
}
