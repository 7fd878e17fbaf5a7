//! One person's console on its own data folder, and the org they talk to.

use std::sync::Arc;

use app::{App, Choice, Connection, DataFolder, Environment, Failure, StartEmbedded, views::ConnectionKind};
use model::Secret;
use simulator::{Kind, Options, Running};
use tempfile::TempDir;

/// An org on loopback without a rate limit.
pub async fn org(guests: u64) -> Running {
    simulator::start(Options { guests, rate: None, ..Options::default() }).await.unwrap()
}

/// How many requests of this method the org has seen.
pub fn requests(org: &Running, method: &str) -> usize {
    org.simulator().ledger().iter().filter(|e| e.kind == Kind::Request && e.method == method).count()
}

/// A console that is open on a data folder of its own.
pub struct Desk {
    pub app: App,
    folder: TempDir,
    connection: Connection,
}

impl Desk {
    pub async fn at(org: &Running) -> Self {
        Self::with(org, ConnectionKind::Test, false).await
    }

    pub async fn with(org: &Running, kind: ConnectionKind, read_only: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection {
            name: "story".into(),
            kind,
            environment: Environment::BaseUrl(org.api_url()),
            client_id: "demo".into(),
            read_only,
        };
        let app = open(&folder, &connection).await.unwrap();
        Self { app, folder, connection }
    }

    /// Ends the program and starts it anew on the same folder.
    pub async fn restart(self) -> Self {
        let Self { app, folder, connection } = self;
        drop(app);
        let app = open(&folder, &connection).await.unwrap();
        Self { app, folder, connection }
    }
}

async fn open(folder: &TempDir, connection: &Connection) -> Result<App, Failure> {
    let nowhere: StartEmbedded =
        Arc::new(|_| Box::pin(async { Err("these stories bring their own org".into()) }));
    let folder = DataFolder::open(folder.path(), "story", Some(Secret::new("correct horse".into())))?;
    App::open(folder, Choice::FromEnvironment(connection.clone(), Secret::new("demo".into())), &nowhere).await
}
