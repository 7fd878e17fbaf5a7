use std::{
    collections::BTreeSet,
    num::{NonZeroU32, NonZeroU64},
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use model::RetentionPolicy;
use proof::PolicyId;
use serde::{Deserialize, Serialize};
use store::{Batch, Store, Table};

use super::{Confirmation, NamedPolicy};
use crate::{Error, Schedule, drift::Brake, entered::invalid, quiet::QuietHours};

const FIRST_NAME: &str = "Default";

/// The policies of one connection. They lie where the one policy always lay, `retention-policy` and `retention-schedule`
/// under its id, with two more tables beside them; so a folder of before reads as one policy named "Default", and what is
/// written here a program of before still reads.
pub struct Policies {
    store: Store,
    what: Table<String, RetentionPolicy>,
    schedules: Table<String, Schedule>,
    more: Table<String, More>,
    confirmed: Table<String, Confirmation>,
    /// Held from reading to having written.
    writing: Mutex<()>,
}

/// What the two tables of before have no place for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct More {
    name: String,
    quiet: QuietHours,
    cap: Option<NonZeroU64>,
    pace: Option<NonZeroU32>,
    brake: Option<Brake>,
}

/// A person's confirmation of a policy as it is saved.
#[derive(Debug, Clone, Copy)]
pub struct ConfirmedBy<'a> {
    /// Guests that were due and shown.
    pub due: u64,
    /// The login name.
    pub by: &'a str,
    /// When.
    pub at: DateTime<Utc>,
}

impl Policies {
    /// The policies in this store.
    #[must_use]
    pub fn open(store: &Store) -> Self {
        Self {
            store: store.clone(),
            what: store.table("retention-policy"),
            schedules: store.table("retention-schedule"),
            more: store.table("retention-policy-more"),
            confirmed: store.table("retention-confirmed"),
            writing: Mutex::default(),
        }
    }

    /// All of them, the first one first, the others by name. There is always one.
    pub fn list(&self) -> Result<Vec<NamedPolicy>, Error> {
        let mut ids: BTreeSet<String> = BTreeSet::new();
        for entry in self.what.iter() {
            ids.insert(entry.map_err(failed("read"))?.0);
        }
        // A schedule can have been armed before the policy was ever changed.
        if ids.is_empty()
            || self.schedules.get(&PolicyId::FIRST.to_owned()).map_err(failed("read"))?.is_some()
        {
            ids.insert(PolicyId::FIRST.to_owned());
        }
        // An id of a later version's form is left out rather than hiding the others.
        let ids = ids.into_iter().filter_map(|id| id.parse::<PolicyId>().ok());
        let mut all = ids.map(|id| self.read(id)).collect::<Result<Vec<_>, _>>()?;
        all.sort_by_key(|policy| {
            (policy.id.as_str() != PolicyId::FIRST, policy.name.to_lowercase(), policy.id.clone())
        });
        Ok(all)
    }

    /// Saves a new or changed policy, together with a person's confirmation of it as it is then, where there is one, and with
    /// whatever else is in the batch: all of it or nothing is on the disk, whenever the process ends. Without one the
    /// confirmation that is stored stays, whatever is handed in. Blocking.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming `name`, also when another policy has it; [`Error::Table`]. Nothing is written then.
    pub fn save(
        &self,
        policy: &NamedPolicy,
        confirmed: Option<ConfirmedBy<'_>>,
        mut also: Batch,
    ) -> Result<NamedPolicy, Error> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let name = policy.checked_name()?;
        let all = self.list()?;
        let taken =
            |other: &NamedPolicy| other.id != policy.id && other.name.to_lowercase() == name.to_lowercase();
        if all.iter().any(taken) {
            return Err(invalid("name", "is the name of another policy"));
        }
        let stored = all.iter().find(|old| old.id == policy.id);
        if stored.is_none() {
            // The first policy is there without being stored only as long as there is no other.
            all.iter().try_for_each(|known| self.put(known, &mut also))?;
        }
        let mut policy = NamedPolicy {
            name,
            quiet: policy.quiet.clone().beside(&policy.schedule),
            confirmed: stored.and_then(|old| old.confirmed.clone()),
            ..policy.clone()
        };
        if let Some(ConfirmedBy { due, by, at }) = confirmed {
            policy.confirmed = Some(Confirmation { strength: policy.strength(), at, by: by.to_owned(), due });
        }
        self.put(&policy, &mut also)?;
        self.store.commit(also).map_err(failed("keep"))?;
        Ok(policy)
    }

    /// Removes a policy with its schedule, together with whatever else is in the batch; one that is not there is fine.
    /// Where none is left, the first one is there again with its defaults. Blocking.
    pub fn remove(&self, id: &PolicyId, mut batch: Batch) -> Result<(), Error> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let id = id.as_str().to_owned();
        batch.remove(&self.what, &id);
        batch.remove(&self.schedules, &id);
        batch.remove(&self.more, &id);
        batch.remove(&self.confirmed, &id);
        self.store.commit(batch).map_err(failed("remove"))
    }

    fn put(&self, policy: &NamedPolicy, batch: &mut Batch) -> Result<(), Error> {
        let id = policy.id.as_str().to_owned();
        let NamedPolicy { name, quiet, cap, pace, brake, .. } = policy.clone();
        let put = || -> Result<(), store::Error> {
            batch.put(&self.what, &id, &policy.what)?;
            batch.put(&self.schedules, &id, &policy.schedule)?;
            batch.put(&self.more, &id, &More { name, quiet, cap, pace, brake })?;
            match &policy.confirmed {
                Some(confirmed) => batch.put(&self.confirmed, &id, confirmed),
                None => {
                    batch.remove(&self.confirmed, &id);
                    Ok(())
                }
            }
        };
        put().map_err(failed("keep"))
    }

    fn read(&self, id: PolicyId) -> Result<NamedPolicy, Error> {
        let key = id.as_str().to_owned();
        let what = self.what.get(&key).map_err(failed("read"))?;
        let schedule = self.schedules.get(&key).map_err(failed("read"))?;
        let more = self.more.get(&key).map_err(failed("read"))?;
        let confirmed = self.confirmed.get(&key).map_err(failed("read"))?;
        let name = if key == PolicyId::FIRST { FIRST_NAME } else { &key };
        let mut policy = NamedPolicy::new(id, name);
        policy.what = what.unwrap_or_default();
        policy.schedule = schedule.unwrap_or_default();
        policy.quiet = policy.quiet.beside(&policy.schedule);
        policy.confirmed = confirmed;
        let Some(More { name, quiet, cap, pace, brake }) = more else {
            // Written before there were confirmations: a person who armed it confirmed it as it was.
            if policy.schedule.is_armed() {
                let at = policy.schedule.armed_since();
                let by = "an earlier version".to_owned();
                policy.confirmed = Some(Confirmation { strength: policy.strength(), at, by, due: 0 });
            }
            return Ok(policy);
        };
        let quiet = quiet.beside(&policy.schedule);
        Ok(NamedPolicy { name, quiet, cap, pace, brake, ..policy })
    }
}

fn failed(doing: &'static str) -> impl Fn(store::Error) -> Error {
    move |source| Error::Table { doing, what: "retention policies", source }
}
