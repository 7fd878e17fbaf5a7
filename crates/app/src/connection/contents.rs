//! What lies in a connection's folder and would be left behind with it: counted before a person removes the connection, or leads
//! it to another org.

use std::{path::Path, sync::Arc};

use outbox::Outbox;
use retention::{NamedPolicy, Policies, PolicyId, RunHistory, RunState};
use serde::Serialize;
use specta::Type;
use store::{SecretsKind, Store};

use crate::{
    App, Connection, DataFolder, Failure, OrgKey, Result, SystemClock, connection::data_key::DATA_KEY,
    views::count, words::counted,
};

/// What a connection holds. The holds belong to its org and stay with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionContents {
    /// Messages that are not sent yet.
    pub waiting: u32,
    /// Messages that the org may have.
    pub uncertain: u32,
    /// Messages that the org refused and nobody discarded.
    pub dead: u32,
    /// Runs that can still go on.
    pub runs: u32,
    /// Policies that somebody changed or confirmed.
    pub policies: u32,
    /// Of them those whose schedule is on.
    pub schedules: u32,
    /// Holds of its org, which no other stored connection leads to.
    pub holds: u32,
    /// What somebody began to write over it in the window; the shell counts that.
    pub drafts: u32,
}

impl ConnectionContents {
    /// Nothing that anybody would miss.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Something that would go on by itself, so that its end has to be meant.
    pub fn is_pressing(&self) -> bool {
        self.waiting + self.uncertain + self.runs + self.schedules > 0
    }

    /// In words: `3 messages that wait and 1 run that is not over`.
    pub fn words(&self) -> String {
        let parts = [
            (self.waiting, "message that waits", "messages that wait"),
            (self.uncertain, "message that may have arrived", "messages that may have arrived"),
            (self.dead, "message that the org refused", "messages that the org refused"),
            (self.runs, "run that is not over", "runs that are not over"),
            (self.policies, "policy", "policies"),
            (self.schedules, "schedule that is on", "schedules that are on"),
            (self.holds, "hold", "holds"),
            (self.drafts, "draft that is not saved", "drafts that are not saved"),
        ];
        let there = parts.into_iter().filter(|(n, ..)| *n > 0);
        let parts: Vec<String> = there.map(|(n, one, many)| counted(n.into(), one, many)).collect();
        match parts.split_last() {
            None => "nothing".to_owned(),
            Some((only, [])) => only.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
        }
    }

    /// Blocking.
    fn count(store: &Store, outbox: &Outbox, dir: &Path) -> Result<Self> {
        let counts = outbox.counts();
        let policies: Vec<NamedPolicy> = Policies::open(store).list()?;
        let born = NamedPolicy::new(PolicyId::first(), "").strength();
        let is_kept = |policy: &&NamedPolicy| {
            let is_first = policy.id == PolicyId::first();
            !is_first || policy.confirmed.is_some() || policy.schedule.is_armed() || policy.strength() != born
        };
        let runs = RunHistory::new(store, &dir.join("runs")).list()?;
        let is_open = |state: RunState| !matches!(state, RunState::Finished | RunState::Cancelled);
        Ok(Self {
            waiting: count(counts.waiting),
            uncertain: count(counts.uncertain),
            dead: count(counts.dead),
            runs: count(runs.iter().filter(|run| is_open(run.state)).count() as u64),
            policies: count(policies.iter().filter(is_kept).count() as u64),
            schedules: count(policies.iter().filter(|policy| policy.schedule.is_armed()).count() as u64),
            ..Self::default()
        })
    }
}

impl App {
    /// What the open connection holds.
    pub async fn contents(&self) -> Result<ConnectionContents> {
        self.on_disk(move |app| {
            let inner = &app.0;
            let dir = inner.folder.dir(&inner.connection);
            let counted = ConnectionContents::count(&inner.store, &inner.outbox, &dir)?;
            let holds = inner.folder.holds_only_here(&inner.connection, inner.retention.secrets.kind())?;
            Ok(ConnectionContents { holds, ..counted })
        })
        .await
    }
}

impl DataFolder {
    /// What a stored connection that nobody has open holds. Sends nothing. Blocking.
    pub fn contents(&self, name: &str) -> Result<ConnectionContents> {
        self.contents_of(&self.connections().stored(name)?)
    }

    /// What the embedded org holds, while nobody has it open. Blocking.
    pub fn embedded_contents(&self) -> Result<ConnectionContents> {
        self.contents_of(&self.connections().embedded())
    }

    fn contents_of(&self, connection: &Connection) -> Result<ConnectionContents> {
        let dir = self.dir(connection);
        let secrets = self.secrets(connection)?;
        // Never opened: nothing is its own, and yet the holds of its org may have nobody else who leads there.
        if !dir.join("store").exists() {
            let holds = self.holds_only_here(connection, secrets.kind())?;
            return Ok(ConnectionContents { holds, ..ConnectionContents::default() });
        }
        if secrets.get(DATA_KEY)?.is_none() {
            return Err(Failure::from(store::Error::WrongKey));
        }
        let keys = store::data_keys(&*secrets, DATA_KEY)?;
        let store = Store::open_above(&dir.join("store"), &keys, None)?;
        let outbox = Outbox::open(&store, Arc::new(SystemClock))?;
        let counted = ConnectionContents::count(&store, &outbox, &dir)?;
        Ok(ConnectionContents { holds: self.holds_only_here(connection, secrets.kind())?, ..counted })
    }

    /// How many holds the org has, where no other stored connection leads to it.
    fn holds_only_here(&self, connection: &Connection, beside: SecretsKind) -> Result<u32> {
        let key = OrgKey::of(connection)?;
        let same = |other: &Connection| {
            other.name != connection.name && OrgKey::of(other).is_ok_and(|other| other == key)
        };
        if self.connections().all().iter().any(same) || !self.org_dir(&key).join("store").exists() {
            return Ok(0);
        }
        let org = self.open_org(&key, beside)?;
        let holds = org.holds.as_ref().map_err(Clone::clone)?;
        Ok(count(holds.now().list().len() as u64))
    }
}
