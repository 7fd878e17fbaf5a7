//! What the folders of connections remember of a store that lies elsewhere, the one of their org's holds: should all of its
//! folder be gone or put back, its own secrets do not tell, but any of these do.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use store::{Batch, Position};

use super::{
    floor::StoreFloor,
    record::{Alarm, Cause, Record, Remembered},
};

/// How far a store had come, by what another folder remembers.
#[derive(Debug, Clone)]
pub(crate) struct Witness {
    at: DateTime<Utc>,
    position: Position,
    holds: Option<u64>,
}

impl Witness {
    /// What the position is called among those that a person accepted.
    fn name(&self) -> String {
        let text = serde_json::to_vec(&self.position).expect("plain data with text keys");
        Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Remembered {
    pub(crate) fn witness(&self) -> Option<Witness> {
        let record = self.record.as_ref()?;
        Some(Witness { at: record.at, position: record.beside?, holds: record.beside_holds })
    }
}

impl StoreFloor {
    /// Raises the alarm where another folder remembers more of this store than there is, and no person accepted that.
    /// Answers whether there is nothing to say. Blocking.
    pub(crate) fn check_witness(&self, witness: &Witness, now: DateTime<Utc>) -> bool {
        // A store that cannot be read says so itself.
        let Ok(passed) = self.store.has_passed(&witness.position) else { return false };
        let name = witness.name();
        if passed || matches!(self.accepted.get(&name), Ok(Some(_))) {
            return true;
        }
        let here = self.contents.count().map(|(holds, _)| holds.count);
        let holds = witness.holds.zip(here).map(|(before, here)| before.saturating_sub(here));
        let mut state = self.state.lock();
        state.unreached.insert(name);
        // Several folders may tell of one loss at one opening: the most that any knows is said.
        let says_more =
            |alarm: &Alarm| alarm.found_at == now && (alarm.uncounted || holds > Some(alarm.holds));
        if state.alarm.as_ref().is_none_or(|alarm| holds.is_some() && says_more(alarm)) {
            let cause = if self.store.recovery().made { Cause::Gone } else { Cause::Older };
            state.alarm = Some(Alarm {
                found_at: now,
                cause,
                holds: holds.unwrap_or_default(),
                messages: 0,
                known_at: Some(witness.at),
                uncounted: holds.is_none(),
            });
            drop(state);
            self.keep_alarm(now);
        }
        false
    }

    /// How far the store has come that lies elsewhere, and its holds. Nothing newer is remembered of it while its alarm
    /// stands: should it be lost again, this is what tells.
    pub(super) fn beside(&self, kept: Option<&Record>) -> (Option<Position>, Option<u64>) {
        let Some(beside) = &self.beside else { return (None, None) };
        if beside.alarm().is_some() {
            return kept.map_or((None, None), |kept| (kept.beside, kept.beside_holds));
        }
        let position = beside.store.position();
        (Some(position), beside.contents.count().map(|(holds, _)| holds.count))
    }

    /// Kept in the store itself: one that is put back once more knows nothing of it, and is told again.
    pub(super) fn accept_unreached(&self, names: &BTreeSet<String>) -> Result<(), store::Error> {
        if names.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for name in names {
            batch.put(&self.accepted, name, &true)?;
        }
        self.store.commit(batch)
    }
}
