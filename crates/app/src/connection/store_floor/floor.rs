//! Remembers one store outside of it and says when it was lost.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use model::Secret;
use parking_lot::Mutex;
use retention::HoldId;
use store::{Batch, Secrets, Store, Table};
use tokio::time::Instant;

use super::{
    contents::{Contents, Counted},
    record::{Alarm, Cause, Record, Remembered},
};
use crate::{Failure, FailureCode, Result, failure::chain};

/// A secret store that did not take it is asked again after so long.
const AFTER_A_REFUSAL: Duration = Duration::from_secs(300);

pub(crate) struct StoreFloor {
    name: &'static str,
    secrets: Arc<dyn Secrets>,
    pub(super) store: Store,
    pub(crate) contents: Contents,
    /// A store that lies elsewhere: should all of its folder be put back, its own secrets do not tell.
    pub(crate) beside: Option<Arc<StoreFloor>>,
    /// Holds that the audit log names and that are missing.
    pub(crate) missing: Mutex<Vec<HoldId>>,
    /// Positions that were remembered elsewhere and that this store need not reach, since a person accepted that.
    pub(super) accepted: Table<String, bool>,
    pub(super) state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    kept: Option<Record>,
    pub(super) alarm: Option<Alarm>,
    refused: Option<(Instant, String)>,
    /// What was remembered could not be read: it may be an alarm, so nothing is written over it but a person's decision.
    unread: bool,
    /// A refusal was shown to a person.
    told: bool,
    /// Positions that are remembered elsewhere and that the store has not reached.
    pub(super) unreached: BTreeSet<String>,
}

impl StoreFloor {
    /// Holds the store that was just opened against what was remembered of it. A new alarm is kept at once, and so is the
    /// first record of a new store. Blocking.
    pub(crate) fn compare(
        remembered: Remembered,
        secrets: Arc<dyn Secrets>,
        store: &Store,
        contents: Contents,
        beside: Option<Arc<Self>>,
        now: DateTime<Utc>,
    ) -> Self {
        let Remembered { name, record, unreadable, refused } = remembered;
        let recovery = store.recovery();
        let standing = record.as_ref().and_then(|record| record.alarm.clone());
        let known = record.as_ref().filter(|_| standing.is_none() && !recovery.made);
        let lacks = contents.lacks(known.map_or(0, |record| record.audit), known.is_some());
        let found = contents.count();
        let differs = |record: &Record| {
            let here = (&record.holds, &record.messages);
            record.exact && found.as_ref().is_some_and(|(holds, messages)| (holds, messages) != here)
        };
        let cause = if recovery.made && (record.is_some() || unreadable || lacks.lines) {
            Some(Cause::Gone)
        } else if recovery.behind {
            Some(Cause::Older)
        } else if recovery.changes_lost > 0 {
            Some(Cause::Damaged)
        } else if unreadable {
            Some(Cause::Unreadable)
        } else if recovery.unmoved && record.as_ref().is_some_and(differs) {
            Some(Cause::Differs)
        } else if lacks.runs {
            Some(Cause::Older)
        } else if !lacks.holds.is_empty() || lacks.back {
            Some(if beside.is_some() { Cause::Beside } else { Cause::Older })
        } else {
            None
        };
        let (holds, messages) = found.unwrap_or_default();
        let fewer = |before: fn(&Record) -> &Counted, now: u64| {
            record.as_ref().map_or(0, |record| before(record).count.saturating_sub(now))
        };
        let raised = cause.map(|cause| Alarm {
            found_at: now,
            cause,
            holds: fewer(|r| &r.holds, holds.count).max(lacks.holds.len() as u64),
            messages: fewer(|r| &r.messages, messages.count),
            known_at: record.as_ref().map(|record| record.at),
            uncounted: cause == Cause::Beside && lacks.holds.is_empty(),
        });
        let is_new = standing.is_none() && raised.is_some();
        let unread = refused.is_some();
        let state = State {
            kept: record,
            alarm: standing.or(raised),
            refused: refused.map(|why| (Instant::now(), why)),
            unread,
            told: false,
            unreached: BTreeSet::new(),
        };
        let missing = if state.alarm.is_some() { lacks.holds } else { Vec::new() };
        let floor = Self {
            name,
            secrets,
            store: store.clone(),
            contents,
            beside,
            missing: missing.into(),
            accepted: store.table("accepted-position"),
            state: state.into(),
        };
        if is_new {
            floor.keep_alarm(now);
        } else if floor.state.lock().kept.is_none() {
            floor.keep(now);
        }
        floor
    }

    /// What a person has not accepted yet.
    pub(crate) fn alarm(&self) -> Option<Alarm> {
        self.state.lock().alarm.clone()
    }

    /// Why the secret store does not remember the store, for a person.
    pub(crate) fn refusal(&self) -> Option<String> {
        let mut state = self.state.lock();
        state.told |= state.refused.is_some();
        state.refused.as_ref().map(|(_, why)| why.clone())
    }

    /// Remembers how far the store has come, where that is not remembered yet. Blocking; fails nothing.
    pub(crate) fn keep(&self, now: DateTime<Utc>) {
        let mut state = self.state.lock();
        let rests = state.refused.as_ref().is_some_and(|(at, _)| at.elapsed() < AFTER_A_REFUSAL);
        let silent = state.alarm.is_some() || state.unread || rests;
        if silent || state.kept.as_ref().is_some_and(|kept| self.is_current(kept)) {
            return;
        }
        let Some(record) = self.look(now, state.kept.as_ref()) else { return };
        match self.set(&record) {
            Ok(()) => {
                state.kept = Some(record);
                state.refused = None;
            }
            Err(error) => state.refused = Some((Instant::now(), chain(&error))),
        }
    }

    /// [`StoreFloor::keep`] at an orderly end, when nobody asks for notices any more.
    pub(crate) fn keep_at_the_end(&self, now: DateTime<Utc>) {
        self.keep(now);
        let state = self.state.lock();
        if let Some((_, why)) = state.refused.as_ref().filter(|_| !state.told) {
            tracing::error!(why, "the secret store does not take what it should remember of the store");
        }
    }

    /// Whether the secret store would take an acceptance, before anything says that there is one.
    ///
    /// # Errors
    /// It does not, and an alarm is in it.
    pub(crate) fn may_accept(&self) -> Result<()> {
        let state = self.state.lock();
        let Some(kept) = &state.kept else { return Ok(()) };
        self.set(kept).map_err(|error| not_taken(&chain(&error)))
    }

    /// A person accepts the loss: what is there now is what is remembered from here on. `is_recorded`: the audit log says so.
    ///
    /// # Errors
    /// A secret store or a disk that refuses; the alarm stands then.
    pub(crate) fn accept(&self, now: DateTime<Utc>, is_recorded: bool) -> Result<()> {
        let mut state = self.state.lock();
        if state.alarm.is_none() {
            return Ok(());
        }
        if self.store.recovery().changes_lost > 0 {
            self.store.forget_loss()?;
        }
        let record = self
            .look(now, state.kept.as_ref())
            .ok_or_else(|| Failure::internal("the holds cannot be read"))?;
        match self.set(&record) {
            Ok(()) => state.kept = Some(record),
            // Nothing is in the secret store, so the audit log alone tells what must be here, and it knows.
            Err(_) if state.kept.is_none() && is_recorded => {}
            Err(error) => return Err(not_taken(&chain(&error))),
        }
        // Last: a kill before that raises the alarm once more.
        self.accept_unreached(&state.unreached)?;
        state.unreached.clear();
        state.alarm = None;
        self.missing.lock().clear();
        Ok(())
    }

    pub(super) fn keep_alarm(&self, now: DateTime<Utc>) {
        let mut state = self.state.lock();
        tracing::error!(why = ?state.alarm.as_ref().map(|alarm| alarm.cause), "a store was lost or put back");
        let Some(before) = state.kept.clone().or_else(|| self.look(now, None)) else { return };
        let record = Record { alarm: state.alarm.clone(), ..before };
        match self.set(&record) {
            Ok(()) => {
                state.kept = Some(record);
                if self.store.recovery().changes_lost > 0
                    && let Err(error) = self.store.forget_loss()
                {
                    tracing::warn!(error = chain(&error), "a loss will be told once more");
                }
            }
            // It is raised again by the next opening: nothing newer is remembered meanwhile.
            Err(error) => state.refused = Some((Instant::now(), chain(&error))),
        }
    }

    fn set(&self, record: &Record) -> Result<(), store::Error> {
        let text = serde_json::to_string(record).expect("plain data with text keys");
        self.secrets.set(self.name, &Secret::new(text))
    }

    fn is_current(&self, kept: &Record) -> bool {
        kept.exact
            && kept.position == self.store.position()
            && kept.audit == self.contents.audit_bytes()
            && kept.beside == self.beside(Some(kept)).0
    }

    /// What there is now. Every part is looked at after those that it must not be older than: lines of the audit log first,
    /// then how far the store is, then what is in it. Where nothing was written meanwhile, they are of one moment.
    fn look(&self, now: DateTime<Utc>, kept: Option<&Record>) -> Option<Record> {
        let audit = self.contents.audit_bytes();
        let (beside, beside_holds) = self.beside(kept);
        let (refusals, position) = (self.store.refusals(), self.store.position());
        let (holds, messages) = self.contents.count()?;
        // Comes back when everything that was counted is on the disk; costs no sync of its own.
        let settled = self.store.commit_after(refusals, Batch::new()).wait().is_ok();
        let exact = settled && self.store.position() == position;
        Some(Record { at: now, position, exact, holds, messages, audit, beside, beside_holds, alarm: None })
    }
}

fn not_taken(why: &str) -> Failure {
    let message =
        format!("The secret store does not take that the loss is accepted: {why}. It is not accepted.");
    Failure::new(FailureCode::NoSecretStore, message).with_next("Unlock the keychain, then accept again.")
}
