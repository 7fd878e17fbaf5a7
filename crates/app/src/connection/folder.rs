use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Weak},
};

use genesys::ExtraRoots;
use model::{Clock, Secret, trimmed};
use parking_lot::Mutex;
use store::{FolderLock, Holder, Secrets};

use crate::{
    Choice, Connection, Connections, Environment, EnvironmentVariables, Failure, FailureCode, OrgKey, Result,
    SystemClock,
    connection::client_secrets::SecretEdition,
    connection::folder_trust,
    connection::org_store::OrgStore,
    connection::secret_binding::Bound,
    system::network::Network,
    system::variables::data_folder,
    views::{ConnectionView, NewConnection},
};

/// The places in this file at which a test lets the process die (`INNKEEPER_CRASH_AT`).
#[doc(hidden)]
pub const CRASH_POINTS: [&str; 4] =
    ["folder.list.before", "folder.list.after", "folder.remove.secret-gone", "folder.remove.set-aside"];

/// An opened data folder: connections and their folders, held by one process at a time.
pub struct DataFolder {
    root: PathBuf,
    pub(crate) passphrase: Option<Secret>,
    /// How every connection of this folder reaches its org.
    pub(crate) network: Network,
    connections: Mutex<Connections>,
    /// Those that are open: a window that goes from one connection to another of the same org has it open twice.
    pub(crate) orgs: Mutex<BTreeMap<OrgKey, Weak<OrgStore>>>,
    _lock: FolderLock,
}

impl DataFolder {
    /// `--data`, else `INNKEEPER_DATA`, else the platform's data folder.
    ///
    /// # Errors
    /// A name that is empty; when the platform has none (no home folder).
    pub fn locate(given: Option<PathBuf>) -> Result<PathBuf> {
        data_folder(given, std::env::var_os("INNKEEPER_DATA"))
    }

    /// Makes the folder where it is missing and takes its lock. `what` names this process to others: "window",
    /// "retention run". `passphrase` is that of the sealed secrets file (`INNKEEPER_PASSPHRASE`).
    ///
    /// # Errors
    /// [`FailureCode::FolderExposed`] where others may write to it, with the command that mends it;
    /// [`FailureCode::FolderLocked`] naming the holder; [`FailureCode::StoreDamaged`] when the list of connections
    /// cannot be read.
    pub fn open(root: &Path, what: &str, passphrase: Option<Secret>) -> Result<Arc<Self>> {
        Self::open_trusting(root, what, passphrase, ExtraRoots::default())
    }

    /// As [`DataFolder::open`]; its connections trust these certificates beside the system's.
    ///
    /// # Errors
    /// Those of [`DataFolder::open`].
    pub fn open_trusting(
        root: &Path,
        what: &str,
        passphrase: Option<Secret>,
        roots: ExtraRoots,
    ) -> Result<Arc<Self>> {
        Self::open_over(root, what, passphrase, Network::trusting(roots))
    }

    /// As [`DataFolder::open`]; its connections reach their orgs over this network.
    ///
    /// # Errors
    /// Those of [`DataFolder::open`].
    pub fn open_over(
        root: &Path,
        what: &str,
        passphrase: Option<Secret>,
        network: Network,
    ) -> Result<Arc<Self>> {
        folder_trust::check(root)?;
        let holder = Holder { pid: std::process::id(), what: what.to_owned(), since: SystemClock.now() };
        private_folder(root)?;
        let lock = FolderLock::acquire(root, &holder)?;
        let connections = Mutex::new(Connections::load(root)?);
        let orgs = Mutex::default();
        let folder = Self { root: root.to_owned(), passphrase, network, connections, orgs, _lock: lock };
        folder.end_removals();
        Ok(Arc::new(folder))
    }

    /// Where it lies.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The connections as they stand.
    pub fn connections(&self) -> Connections {
        self.connections.lock().clone()
    }

    /// The connections of a folder that another process may hold.
    pub fn connections_of(root: &Path) -> Result<Connections> {
        folder_trust::check(root)?;
        Connections::load(root)
    }

    /// The list as it is shown; `open` is the connection in use.
    pub fn connection_views(&self, open: Option<&ConnectionView>) -> Vec<ConnectionView> {
        let mut views: Vec<_> = self.connections().all().iter().map(ConnectionView::of).collect();
        if let Some(open) = open {
            match views.iter_mut().find(|v| v.name == open.name) {
                Some(view) => *view = open.clone(),
                None => views.push(open.clone()),
            }
        }
        views
    }

    /// The one the window opens at start: what the person used last, else what the environment says, else the embedded
    /// org.
    pub fn current(&self, variables: &EnvironmentVariables) -> Result<Choice> {
        let connections = self.connections();
        let current = connections.current.as_deref().filter(|name| !connections.is_being_removed(name));
        Choice::resolve(current, variables, &connections)
    }

    /// Makes a connection the one the window opens at start; that of the variables is opened where none is set.
    pub fn set_current(&self, name: &str) -> Result<()> {
        self.change(|c| {
            let stored = !name.starts_with("env.");
            if stored {
                c.get(name)?;
            }
            c.current = stored.then(|| name.to_owned());
            Ok(())
        })
    }

    /// The origins that a new connection would send its sign-in to, where they are not on this computer; none for loopback.
    /// Adds nothing.
    pub fn foreign_origins(&self, new: &Connection) -> Result<Vec<String>> {
        self.connections().insert(new.clone())?;
        self.foreign(new)
    }

    /// Where its sign-in goes, unless that is this computer.
    pub(crate) fn foreign(&self, connection: &Connection) -> Result<Vec<String>> {
        let endpoints = connection.environment.endpoints()?;
        Ok(if endpoints.is_loopback() { Vec::new() } else { endpoints.origins() })
    }

    /// Adds a connection and keeps its secret in the secret store, before the list names it.
    pub fn add(&self, new: NewConnection) -> Result<ConnectionView> {
        let (connection, secret) = new.check()?;
        self.add_checked(&connection, &secret)
    }

    /// Adds what [`NewConnection::check`] found good.
    pub fn add_checked(&self, connection: &Connection, secret: &Secret) -> Result<ConnectionView> {
        let mut placed = self.connections().insert(connection.clone())?;
        let (dir, mut before) = (self.dir(&placed), None);
        let is_new = !dir.exists();
        let added = self.change(|c| {
            placed = c.insert(connection.clone())?;
            let secrets = self.secrets(&placed)?;
            before = Some(SecretEdition::read(&*secrets, placed.edition)?);
            if dir.join("store").exists() && Bound::check(&*secrets, &placed).is_err() {
                return Err(left_behind(&placed.name, &dir));
            }
            SecretEdition::keep(&*secrets, &placed, secret)
        });
        if added.is_err() {
            // What is refused leaves no secret behind. What cannot be taken back either is a disk that takes nothing more.
            if let Some(before) = before {
                drop(self.secrets(&placed).and_then(|secrets| before.put_back(&*secrets)));
            }
            if is_new && dir.exists() {
                drop(std::fs::remove_dir_all(&dir));
            }
        }
        added.map(|()| ConnectionView::of(&placed))
    }

    /// Removes a connection from the list and its secret. Its folder is kept, renamed: it may hold undelivered messages.
    /// Holds that an earlier version kept in it become holds of the org first.
    ///
    /// # Errors
    /// [`FailureCode::UnknownConnection`], holds that cannot be read, or when the secret store does not let go of it.
    pub fn remove(&self, name: &str) -> Result<()> {
        let connection = self.connections().stored(name)?;
        self.keep_holds_of(name)?;
        // From here on it is removed: whatever cuts this off, the next to open the folder ends it.
        self.change(|c| c.begin_removal(name))?;
        let ended = self.end_removal(&connection);
        if ended.is_err() {
            self.change(|c| {
                c.take_removal_back(&connection);
                Ok(())
            })?;
        }
        ended
    }

    /// Takes its secret away and sets its folder aside; where that fails, both are as before.
    pub(crate) fn end_removal(&self, connection: &Connection) -> Result<()> {
        let dir = self.dir(connection);
        if dir.exists() {
            let secrets = self.secrets(connection)?;
            let before = SecretEdition::read(&*secrets, connection.edition)?;
            SecretEdition::forget(&*secrets, connection.edition)?;
            store::crash::point("folder.remove.secret-gone");
            if let Err(failure) = self.set_aside(connection) {
                before.put_back(&*secrets)?;
                return Err(failure);
            }
        }
        store::crash::point("folder.remove.set-aside");
        self.change(|c| {
            c.end_removal(connection);
            Ok(())
        })
    }

    fn set_aside(&self, connection: &Connection) -> Result<()> {
        let dir = self.dir(connection);
        let stamp = SystemClock.now().format("%Y%m%d-%H%M%S");
        let aside = self.root.join("removed").join(format!("{}-{stamp}", connection.folder()));
        private_folder(&self.root.join("removed"))?;
        std::fs::rename(&dir, &aside)
            .map_err(|e| Failure::of_file(format!("{} could not be set aside", dir.display()), &e))
    }

    /// Ends removals that were cut off. What cannot be ended now (a passphrase that is not given) is tried at the next
    /// opening; the connection is not listed meanwhile.
    fn end_removals(&self) {
        for connection in self.connections().removals() {
            if let Err(failure) = self.end_removal(&connection) {
                tracing::warn!(
                    message = failure.message,
                    "a connection that is being removed is still there"
                );
            }
        }
    }

    pub(crate) fn change(&self, edit: impl FnOnce(&mut Connections) -> Result<()>) -> Result<()> {
        let mut held = self.connections.lock();
        let mut next = held.clone();
        edit(&mut next)?;
        store::crash::point("folder.list.before");
        next.save(&self.root)?;
        store::crash::point("folder.list.after");
        *held = next;
        Ok(())
    }

    /// The folder of a connection: its store, secrets, plans and runs.
    pub(crate) fn dir(&self, connection: &Connection) -> PathBuf {
        self.root.join("connections").join(connection.folder())
    }

    /// The secret store of a connection. Only the embedded org, whose secrets guard nothing real, may do without a
    /// keychain or passphrase.
    pub(crate) fn secrets(&self, connection: &Connection) -> Result<Arc<dyn Secrets>> {
        let dir = self.dir(connection);
        private_folder(&dir)?;
        let key_file = connection.environment == Environment::Embedded;
        self.open_secrets(&dir, key_file)
    }

    pub(crate) fn open_secrets(&self, dir: &Path, key_file: bool) -> Result<Arc<dyn Secrets>> {
        open_secrets_by(store::open_secrets, dir, self.passphrase.clone(), key_file)
    }

    pub(crate) fn client_secret(&self, choice: &Choice) -> Result<Secret> {
        match choice {
            Choice::FromEnvironment(_, secret) => Ok(secret.clone()),
            Choice::Stored(c) if c.environment == Environment::Embedded => Ok(Secret::new("demo".into())),
            Choice::Stored(c) => {
                let secrets = self.secrets(c)?;
                let secret = SecretEdition::read(&*secrets, c.edition)?.secret().ok_or_else(|| {
                    Failure::new(
                        FailureCode::CredentialsRejected,
                        format!("The secret store has no client secret for the connection {:?}.", c.name),
                    )
                    .with_next("Edit the connection and give its secret anew.")
                })?;
                // Before anything is opened or sent: the list lies in clear beside the secrets.
                Bound::check(&*secrets, c)?;
                Ok(secret)
            }
        }
    }
}

type OpenSecrets = fn(&Path, Option<Secret>, bool) -> Result<Arc<dyn Secrets>, store::Error>;

/// Opens secrets; says of a passphrase that does not open them when something stands around it.
pub(crate) fn open_secrets_by(
    open: OpenSecrets,
    dir: &Path,
    passphrase: Option<Secret>,
    key_file: bool,
) -> Result<Arc<dyn Secrets>> {
    let around = passphrase.as_ref().is_some_and(|p| trimmed(p.expose()) != p.expose());
    open(dir, passphrase, key_file).map_err(|error| {
        let wrong = matches!(error, store::Error::WrongPassphrase { .. });
        let failure = Failure::from(error);
        if wrong && around {
            return failure.with_next(
                "INNKEEPER_PASSPHRASE has blanks or a newline around it: set the passphrase as it was when this \
                 folder was made.",
            );
        }
        failure
    })
}

/// A list of connections that was lost leaves the folders of its connections: what waits in one, and what a person confirmed
/// there, is for the org that it was made for.
pub(crate) fn left_behind(name: &str, dir: &Path) -> Failure {
    let why = format!(
        "{name:?} has a folder already, with messages, policies and runs of another org: {}. The list of connections was \
         lost or edited",
        dir.display()
    );
    Failure::field("name", why).with_next("Choose another name, or move that folder away.")
}

/// Makes a folder that only its owner can enter, and those above it, durable with their names.
pub(crate) fn private_folder(dir: &Path) -> Result<()> {
    store::private::folder(dir).map_err(|e| {
        Failure::of_file(format!("The folder {} cannot be made", dir.display()), &e)
            .with_next("Choose another folder with --data or INNKEEPER_DATA, or make this one writable.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_a_lost_list_left_behind_is_not_given_to_another_org() {
        let data = tempfile::tempdir().unwrap();
        let open = || {
            let passphrase = Some(Secret::new("correct horse".into()));
            DataFolder::open(data.path(), "test", passphrase).unwrap()
        };
        let add = |region: &str| {
            let connection = Connection {
                name: "Dev".into(),
                environment: Environment::Region(region.into()),
                ..Connection::embedded()
            };
            open().add_checked(&connection, &Secret::new(region.into()))
        };
        add("us-east-1").unwrap();
        store::private::folder(&data.path().join("connections/dev/store")).unwrap();
        std::fs::remove_file(data.path().join("connections.json")).unwrap();
        let refused = add("eu-west-1").unwrap_err();
        assert_eq!((refused.code, &*refused.fields[0].field), (FailureCode::InvalidInput, "name"));
        // The org that it was made for has it back, and its secret is that of before or the one that is given now.
        assert!(open().connections().get("Dev").is_err());
        add("us-east-1").unwrap();
        assert_eq!(open().connections().all().len(), 2);
    }

    #[test]
    fn a_passphrase_that_does_not_open_a_folder_and_has_something_around_it_is_told_so() {
        let data = tempfile::tempdir().unwrap();
        let connection =
            Connection { environment: Environment::Region("us-east-1".into()), ..Connection::embedded() };
        let next = |passphrase: &str| {
            let folder = DataFolder::open(data.path(), "test", Some(Secret::new(passphrase.into()))).unwrap();
            folder.secrets(&connection).err().map(|failure| (failure.code, failure.next))
        };
        assert_eq!(next("correct horse"), None);
        let (code, told) = next("correct horse\n").unwrap();
        assert!(code == FailureCode::InvalidInput && told.contains("a newline around it"), "{told}");
        assert!(!next("another horse").unwrap().1.contains("newline"));
        // A folder of an earlier version may be sealed under such a passphrase.
        let data = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let folder =
                DataFolder::open(data.path(), "test", Some(Secret::new("of former days\n".into()))).unwrap();
            assert!(folder.secrets(&connection).is_ok());
        }
    }
}
