use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use model::{Clock, Secret};
use store::{FolderLock, Holder, Secrets};

use crate::{
    Connection, Environment, Failure, FailureCode, SystemClock,
    connections::{Choice, Connections, EnvironmentVariables},
    views::{ConnectionView, NewConnection},
};

/// The secret of a connection's OAuth client, in the connection's secret store.
const CLIENT_SECRET: &str = "client-secret";

/// An opened data folder: connections and their folders, held by one process at a time.
pub struct DataFolder {
    root: PathBuf,
    passphrase: Option<Secret>,
    connections: Mutex<Connections>,
    _lock: FolderLock,
}

impl DataFolder {
    /// `--data`, else `INNKEEPER_DATA`, else the platform's data folder.
    ///
    /// # Errors
    /// When the platform has none (no home folder).
    pub fn locate(given: Option<PathBuf>) -> Result<PathBuf, Failure> {
        given
            .or_else(|| std::env::var_os("INNKEEPER_DATA").filter(|v| !v.is_empty()).map(PathBuf::from))
            .or_else(|| dirs::data_dir().map(|d| d.join("innkeeper")))
            .ok_or_else(|| {
                Failure::field("data", "this user has no data folder; name one with --data or INNKEEPER_DATA")
            })
    }

    /// Makes the folder where it is missing and takes its lock. `what` names this process to others: "window",
    /// "retention run". `passphrase` is that of the sealed secrets file (`INNKEEPER_PASSPHRASE`).
    ///
    /// # Errors
    /// [`FailureCode::FolderLocked`] naming the holder; [`FailureCode::StoreDamaged`] when the list of connections
    /// cannot be read.
    pub fn open(root: &Path, what: &str, passphrase: Option<Secret>) -> Result<Arc<Self>, Failure> {
        let holder = Holder { pid: std::process::id(), what: what.to_owned(), since: SystemClock.now() };
        private_folder(root)?;
        let lock = FolderLock::acquire(root, &holder)?;
        let connections = Mutex::new(Connections::load(root)?);
        Ok(Arc::new(Self { root: root.to_owned(), passphrase, connections, _lock: lock }))
    }

    /// Where it lies.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The connections as they stand.
    #[must_use]
    pub fn connections(&self) -> Connections {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The connections of a folder that another process may hold.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub fn connections_of(root: &Path) -> Result<Connections, Failure> {
        Connections::load(root)
    }

    /// The list as it is shown; `open` is the connection in use.
    #[must_use]
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
    ///
    /// # Errors
    /// Variables that do not fit together.
    pub fn current(&self, variables: &EnvironmentVariables) -> Result<Choice, Failure> {
        let connections = self.connections();
        Choice::resolve(connections.current.as_deref(), variables, &connections)
    }

    /// Makes a connection the one the window opens at start.
    ///
    /// # Errors
    /// [`FailureCode::UnknownConnection`].
    pub fn set_current(&self, name: &str) -> Result<(), Failure> {
        self.change(|c| {
            c.get(name)?;
            c.current = Some(name.to_owned());
            Ok(())
        })
    }

    /// The origins that a new connection would send its sign-in to, where they are not on this computer; none for loopback.
    /// Adds nothing.
    ///
    /// # Errors
    /// What [`DataFolder::add`] would refuse, by field.
    pub fn foreign_origins(&self, new: &NewConnection) -> Result<Vec<String>, Failure> {
        let connection = checked(new)?;
        let endpoints = connection.environment.endpoints()?;
        self.connections().insert(connection)?;
        Ok(if endpoints.is_loopback() { Vec::new() } else { endpoints.origins() })
    }

    /// Adds a connection and keeps its secret in the secret store, before the list names it.
    ///
    /// # Errors
    /// Bad input by field; [`FailureCode::NoSecretStore`].
    pub fn add(&self, new: NewConnection) -> Result<ConnectionView, Failure> {
        let connection = checked(&new)?;
        let secret = Secret::new(new.client_secret);
        let view = ConnectionView::of(&connection);
        self.change(|c| {
            c.insert(connection.clone())?;
            Ok(self.secrets(&connection)?.set(CLIENT_SECRET, &secret)?)
        })?;
        Ok(view)
    }

    /// Removes a connection from the list and its secret. Its folder is kept, renamed: it may hold undelivered messages.
    ///
    /// # Errors
    /// [`FailureCode::UnknownConnection`], or when the secret store does not let go of it.
    pub fn remove(&self, name: &str) -> Result<(), Failure> {
        self.change(|c| {
            let connection = c.remove(name)?;
            self.secrets(&connection)?.remove(CLIENT_SECRET)?;
            let dir = self.dir(&connection);
            let stamp = SystemClock.now().format("%Y%m%d-%H%M%S");
            let aside = self.root.join("removed").join(format!("{}-{stamp}", connection.folder()));
            private_folder(&self.root.join("removed"))?;
            std::fs::rename(&dir, &aside)
                .map_err(|e| Failure::internal(format!("{} could not be set aside: {e}", dir.display())))
        })
    }

    fn change(&self, edit: impl FnOnce(&mut Connections) -> Result<(), Failure>) -> Result<(), Failure> {
        let mut held = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = held.clone();
        edit(&mut next)?;
        next.save(&self.root)?;
        *held = next;
        Ok(())
    }

    /// The folder of a connection: its store, secrets, plans and runs.
    pub(crate) fn dir(&self, connection: &Connection) -> PathBuf {
        self.root.join("connections").join(connection.folder())
    }

    /// The secret store of a connection. Only the embedded org, whose secrets guard nothing real, may do without a
    /// keychain or passphrase.
    pub(crate) fn secrets(&self, connection: &Connection) -> Result<Arc<dyn Secrets>, Failure> {
        let dir = self.dir(connection);
        private_folder(&dir)?;
        let key_file = connection.environment == Environment::Embedded;
        Ok(store::open_secrets(&dir, self.passphrase.clone(), key_file)?)
    }

    /// The client secret of the chosen connection.
    pub(crate) fn client_secret(&self, choice: &Choice) -> Result<Secret, Failure> {
        match choice {
            Choice::FromEnvironment(_, secret) => Ok(secret.clone()),
            Choice::Stored(c) if c.environment == Environment::Embedded => Ok(Secret::new("demo".into())),
            Choice::Stored(c) => self.secrets(c)?.get(CLIENT_SECRET)?.ok_or_else(|| {
                Failure::new(
                    FailureCode::CredentialsRejected,
                    format!("The secret store has no client secret for the connection {:?}.", c.name),
                )
                .with_next("Remove the connection and add it again with its secret.")
            }),
        }
    }
}

/// What a person entered, as a connection.
fn checked(new: &NewConnection) -> Result<Connection, Failure> {
    let environment = match (&new.environment, &new.base_url) {
        (Some(region), None) => Environment::Region(region.trim().to_owned()),
        (None, Some(url)) => Environment::BaseUrl(url.trim().trim_end_matches('/').to_owned()),
        _ => return Err(Failure::field("environment", "give either a region or a base URL")),
    };
    if !(1..=1_000).contains(&new.client_secret.len()) {
        return Err(Failure::field("clientSecret", "must have 1 to 1,000 characters"));
    }
    Ok(Connection {
        name: new.name.clone(),
        kind: new.kind,
        environment,
        client_id: new.client_id.trim().to_owned(),
        read_only: new.read_only,
    })
}

/// Makes a folder that only its owner can enter, and those above it, durable with their names: what is kept in it would be
/// lost with it.
pub(crate) fn private_folder(dir: &Path) -> Result<(), Failure> {
    if dir.is_dir() {
        return Ok(());
    }
    let above = dir.parent().filter(|p| !p.as_os_str().is_empty());
    if let Some(above) = above {
        private_folder(above)?;
    }
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = match builder.create(dir) {
        Err(_) if dir.is_dir() => Ok(()),
        made => made,
    };
    #[cfg(unix)]
    let made = made.and_then(|()| {
        std::fs::File::open(above.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all())
    });
    made.map_err(|e| {
        Failure::new(FailureCode::Internal, format!("The folder {} cannot be made: {e}.", dir.display()))
            .with_next("Choose another folder with --data or INNKEEPER_DATA, or make this one writable.")
    })
}
