//! What belongs to an org and not to one connection to it: its holds.
//!
//! `orgs/<digest of its key>/` in the data folder has a store and secrets of its own, opened by [`DataFolder::open_org`] and by
//! nothing else. Every connection to the org opens it: stored ones, those that lead there under another name, and those from
//! the environment. Holds that earlier versions kept in the connections' own stores are taken over at an opening, from all of
//! them; until that is done nothing is planned or deleted.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, Weak},
};

use model::Clock;
use outbox::Outbox;
use retention::Holds;
use sha2::{Digest, Sha256};
use store::{Batch, Secrets, SecretsKind, Store, Table};

use crate::{
    Connection, DataFolder, Environment, Failure, FailureCode, OrgKey, Result, SystemClock,
    connection::data_key::DATA_KEY,
    connection::folder::{open_secrets_by, private_folder},
    connection::former_folders::name_of,
    connection::org_store::OrgStore,
    connection::store_floor::{Contents, Remembered, STORE_FLOOR, StoreFloor, Witness},
    status::damage,
    views::NoticeView,
    words::counted,
};

/// An org as a connection found it.
pub(crate) struct Opened {
    /// Why it does not open, where it does not: outbox and guests are there all the same.
    pub(crate) org: Result<Arc<OrgStore>>,
    /// Its holds, once those of every folder are among them; else why not, and nothing is planned or deleted.
    pub(crate) holds: Result<Arc<Holds>>,
    pub(crate) notices: Vec<NoticeView>,
}

impl DataFolder {
    pub(crate) fn org_dir(&self, key: &OrgKey) -> PathBuf {
        self.root().join("orgs").join(key.holds_folder())
    }

    /// Opens store and secrets of an org, or makes them; whoever has it open already shares it. New secrets lie where those
    /// of the connection lie (`beside`), so that whoever can open the one can open the other. Blocking.
    pub(crate) fn open_org(&self, key: &OrgKey, beside: SecretsKind) -> Result<Arc<OrgStore>> {
        let mut open = self.orgs.lock();
        if let Some(org) = open.get(key).and_then(Weak::upgrade) {
            return Ok(org);
        }
        let dir = self.org_dir(key);
        let passphrase = match beside {
            SecretsKind::Keychain | SecretsKind::KeyFile if !dir.join("secrets.sealed").exists() => None,
            _ => self.passphrase.clone(),
        };
        private_folder(&dir)?;
        let secrets = open_secrets_by(store::open_secrets_beside, &dir, passphrase, key.is_embedded())?;
        let keys = store::data_keys(&*secrets, DATA_KEY)?;
        let remembered = Remembered::read(&*secrets, STORE_FLOOR);
        let store = Store::open_above(&dir.join("store"), &keys, remembered.position())?;
        let holds = Holds::open(&store).map(Arc::new).map_err(Failure::from);
        // Before holds of other folders are taken over: they must not stand in for those that are missing.
        let contents = Contents {
            label: "store of this org's holds".to_owned(),
            dir: dir.join("store"),
            holds: Some(holds.clone()),
            outbox: None,
            audit: None,
        };
        let now = SystemClock.now();
        let floor =
            Arc::new(StoreFloor::compare(remembered, Arc::clone(&secrets), &store, contents, None, now));
        let org = Arc::new(OrgStore { key: key.clone(), store, secrets, holds, floor });
        open.insert(key.clone(), Arc::downgrade(&org));
        Ok(org)
    }

    /// The secrets of a connection, and its org where that was made before: beside each other, since a passphrase takes its
    /// time with each. Blocking.
    pub(crate) fn secrets_and_org(&self, connection: &Connection) -> Result<SecretsAndOrg> {
        let key = OrgKey::of(connection).ok().filter(|key| self.org_dir(key).join("store").exists());
        std::thread::scope(|scope| {
            // Should it fail, it is asked again where the answer is told.
            let org =
                key.map(|key| scope.spawn(move || self.open_org(&key, SecretsKind::PassphraseFile).ok()));
            let secrets = self.secrets(connection);
            Ok((secrets?, org.and_then(|org| org.join().ok().flatten())))
        })
    }

    /// The org of a connection that is being opened, with the holds that this connection and every other one to the same
    /// org kept in folders of their own. Blocking.
    pub(crate) fn org_of(
        &self,
        connection: &Connection,
        store: &Store,
        secrets: &dyn Secrets,
        own: Option<Witness>,
    ) -> Opened {
        let mut notices = Vec::new();
        let org = OrgKey::of(connection)
            .and_then(|key| self.open_org(&key, secrets.kind()))
            .map_err(|failure| at(failure, "the folder of this org"));
        if let Ok(org) = &org {
            // Before holds of other folders are taken over: they must not stand in for those that are missing.
            self.check_witnesses(org, connection, own);
        }
        let holds = org.as_ref().map_err(Clone::clone).and_then(|org| {
            notices.extend(damage::notice(org.store.recovery(), &format!("the org {}", org.key)));
            let holds = org.holds.clone()?;
            holds.take_over(&retention::holds_in(store)?)?;
            // Opened by its name while another one is in use: what waits in it is counted again at the next opening.
            let name = connection.folder();
            let is_former = name.starts_with("env.") && name != org.key.variables_folder();
            holds.note_folder_taken(&name, if is_former { AGAIN } else { "0" })?;
            self.take_over_others(org, &holds, connection, &mut notices)?;
            Ok(holds)
        });
        if let Err(failure) = &holds {
            notices.push(unread(failure));
        }
        Opened { org, holds, notices }
    }

    /// Before a connection is removed: the holds that an earlier version kept in its folder.
    pub(crate) fn keep_holds_of(&self, name: &str) -> Result<()> {
        let connection = self.connections().get(name)?;
        let folder = self.dir(&connection);
        if connection.environment == Environment::Embedded || !folder.join("store").exists() {
            return Ok(());
        }
        let secrets = self.secrets(&connection)?;
        let kept = || -> Result<()> {
            let org = self.open_org(&OrgKey::of(&connection)?, secrets.kind())?;
            // What it remembers of the org's store goes with it.
            if let Some(witness) = Remembered::read(&*secrets, STORE_FLOOR).witness() {
                org.floor.check_witness(&witness, SystemClock.now());
            }
            self.take_over(org.holds.as_ref().map_err(Clone::clone)?, &folder, &mut Vec::new())?;
            Ok(())
        };
        kept().map_err(|failure| at(failure, "the connection, which is not removed"))
    }

    /// Every other folder that belongs to the org, or would.
    fn others(&self, org: &OrgStore, own: &Connection, former: &[PathBuf]) -> BTreeSet<PathBuf> {
        let stored = self.connections().all();
        let same =
            stored.iter().filter(|c| OrgKey::of(c).is_ok_and(|key| key == org.key)).map(|c| self.dir(c));
        let today = self.root().join("connections").join(org.key.variables_folder());
        let all = same.chain([today]).chain(former.iter().cloned());
        all.filter(|folder| *folder != self.dir(own)).collect()
    }

    /// What this connection and every other one to the org remember of its store: one of them may know that it was lost
    /// while its own secrets do not. A folder whose secrets do not open says so when it is opened itself.
    fn check_witnesses(&self, org: &OrgStore, own: &Connection, witness: Option<Witness>) {
        let now = SystemClock.now();
        if let Some(witness) = witness {
            org.floor.check_witness(&witness, now);
        }
        let former = self.former_of(own).unwrap_or_default().concat();
        let heard: Table<String, String> = org.store.table("heard-folder");
        for folder in self.others(org, own, &former) {
            let sealed = std::fs::read(folder.join("secrets.sealed")).ok();
            if sealed.is_none() && !folder.join("store").exists() {
                continue;
            }
            // A passphrase takes its time, so a file that has not changed since is not opened again. The note lies in the
            // very store that is in question: an older one knows only older files.
            let name = name_of(&folder);
            let is = sealed.map(|bytes| format!("{:x}", Sha256::digest(bytes)));
            if is.is_some() && heard.get(&name).ok().flatten() == is {
                continue;
            }
            let embedded = name == Connection::embedded().folder();
            let Ok(secrets) = self.open_secrets(&folder, embedded) else { continue };
            let remembered = Remembered::read(&*secrets, STORE_FLOOR);
            let is_settled =
                remembered.witness().is_none_or(|witness| org.floor.check_witness(&witness, now));
            if let Some(is) = is.filter(|_| is_settled && remembered.is_answered()) {
                let mut batch = Batch::new();
                let noted = batch.put(&heard, &name, &is).and_then(|()| org.store.commit(batch));
                if let Err(error) = noted {
                    tracing::warn!(error = crate::failure::chain(&error), "a folder will be asked once more");
                }
            }
        }
    }

    fn take_over_others(
        &self,
        org: &OrgStore,
        holds: &Arc<Holds>,
        own: &Connection,
        notices: &mut Vec<NoticeView>,
    ) -> Result<()> {
        let former: Vec<PathBuf> = self.former_of(own)?.concat();
        for folder in self.others(org, own, &former) {
            if !folder.join("store").exists() {
                continue;
            }
            let name = name_of(&folder);
            let noted = holds.folder_taken(&name)?.filter(|note| note != AGAIN);
            let (waiting, new) = match noted {
                Some(note) => (note.parse().unwrap_or(0), false),
                None => {
                    let waiting = self
                        .take_over(holds, &folder, notices)
                        .map_err(|failure| at(failure, &folder.display().to_string()))?;
                    (waiting, true)
                }
            };
            if former.contains(&folder) && (new || waiting > 0) {
                notices.push(beside(&folder, waiting));
            }
        }
        Ok(())
    }

    /// The holds in one folder that is not open; answers how many messages wait in it.
    fn take_over(&self, holds: &Arc<Holds>, folder: &Path, notices: &mut Vec<NoticeView>) -> Result<u64> {
        let name = name_of(folder);
        let embedded = name == Connection::embedded().folder();
        let secrets = self.open_secrets(folder, embedded)?;
        if secrets.get(DATA_KEY)?.is_none() {
            return Err(store::Error::WrongKey.into());
        }
        // What is wrong with it is said when its own connection is opened: nothing is to be forgotten here.
        let keys = store::data_keys(&*secrets, DATA_KEY)?;
        let store = Store::open_above(&folder.join("store"), &keys, None)?;
        notices.extend(damage::notice(store.recovery(), &name));
        holds.take_over(&retention::holds_in(&store)?)?;
        let counts = Outbox::open(&store, Arc::new(SystemClock))?.counts();
        let waiting = counts.waiting + counts.uncertain;
        holds.note_folder_taken(&name, &waiting.to_string())?;
        Ok(waiting)
    }
}

/// The secrets of a connection, and its org where that is open by now.
type SecretsAndOrg = (Arc<dyn Secrets>, Option<Arc<OrgStore>>);

/// The note of a folder that is to be looked at again.
const AGAIN: &str = "again";

fn unread(failure: &Failure) -> NoticeView {
    NoticeView {
        id: "holds-unread".to_owned(),
        title: "The holds of this org cannot be read".to_owned(),
        message: format!("{} {}", failure.message, failure.next),
        paths: Vec::new(),
    }
}

/// Of what could not be read, and what that means.
fn at(failure: Failure, what: &str) -> Failure {
    let message =
        format!("The holds in {what} cannot be read, so nothing is planned or deleted: {}", failure.message);
    let next = match failure.code {
        FailureCode::InvalidInput | FailureCode::NoSecretStore => failure.next,
        _ => "Repair or restore that folder; until then every delete is refused.".to_owned(),
    };
    Failure { message, next, ..failure }
}

/// What is told of a folder of an earlier version beside the one in use.
fn beside(folder: &Path, waiting: u64) -> NoticeView {
    let name = name_of(folder);
    let messages = match waiting {
        0 => "no message waits".to_owned(),
        n => counted(n, "message waits", "messages wait"),
    };
    NoticeView {
        id: format!("former {name} {waiting}"),
        title: "This org has another folder of an earlier version".to_owned(),
        message: format!(
            "The folder {name:?} was made under another spelling of this org's address. Its holds count here; {messages} in it. \
             `innkeeper --connection {name} outbox list` opens it, with the variables of this org."
        ),
        paths: vec![folder.display().to_string()],
    }
}
