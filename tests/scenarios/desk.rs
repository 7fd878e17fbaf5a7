//! One person's console on its own data folder, and the org they talk to.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use app::{
    App, Choice, Connection, DataFolder, Environment, Failure, OrgClock, StartEmbedded, views::ConnectionKind,
};
use model::Secret;
use simulator::{Kind, Options, Running};
use tempfile::TempDir;
use testkit::ManualClock;

/// An org on loopback without a rate limit.
pub async fn org(guests: u64) -> Running {
    simulator::start(Options { guests, rate: None, ..Options::default() }).await.unwrap()
}

/// An org whose guests' ages count back from this time, without a rate limit.
pub async fn org_at(guests: u64, now: &str) -> Running {
    let now = Some(now.parse().unwrap());
    simulator::start(Options { guests, now, rate: None, ..Options::default() }).await.unwrap()
}

/// The ids of those that the org deleted.
pub fn deleted(org: &Running) -> Vec<String> {
    let gone = org.simulator().ledger().into_iter().filter(|e| e.kind == Kind::Deleted);
    gone.filter_map(|e| e.guest_id).map(|id| id.to_string()).collect()
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
    clock: Option<(ManualClock, OrgClock)>,
}

impl Desk {
    pub async fn at(org: &Running) -> Self {
        Self::with(org, ConnectionKind::Test, false).await
    }

    pub async fn with(org: &Running, kind: ConnectionKind, read_only: bool) -> Self {
        Self::made(org, kind, read_only, None).await
    }

    /// With a wall clock that stands until it is moved.
    pub async fn by_clock(org: &Running, clock: &ManualClock) -> Self {
        Self::made(org, ConnectionKind::Test, false, Some((clock.clone(), OrgClock::Ignored))).await
    }

    /// The same, and what the org's own clock shows counts: that one is real.
    pub async fn by_clock_and_the_orgs(org: &Running, clock: &ManualClock) -> Self {
        Self::made(org, ConnectionKind::Test, false, Some((clock.clone(), OrgClock::Compared))).await
    }

    /// The same, over a production connection.
    pub async fn in_production(org: &Running, clock: &ManualClock) -> Self {
        Self::made(org, ConnectionKind::Production, false, Some((clock.clone(), OrgClock::Compared))).await
    }

    /// The folder of the connection.
    pub fn files(&self) -> PathBuf {
        self.folder.path().join("connections/story")
    }

    async fn made(
        org: &Running,
        kind: ConnectionKind,
        read_only: bool,
        clock: Option<(ManualClock, OrgClock)>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection {
            name: "story".into(),
            kind,
            environment: Environment::BaseUrl(org.api_url()),
            client_id: "demo".into(),
            read_only,
            ..Connection::embedded()
        };
        let app = open(&folder, &connection, clock.as_ref()).await.unwrap();
        Self { app, folder, connection, clock }
    }

    /// Ends the program and starts it anew on the same folder.
    pub async fn restart(self) -> Self {
        self.restart_after(|_| ()).await
    }

    /// The same; in between something happens to the connection's folder.
    pub async fn restart_after(self, happens: impl FnOnce(&Path)) -> Self {
        let files = self.files();
        let Self { app, folder, connection, clock } = self;
        let closed = app.closed();
        drop(app);
        closed.await;
        happens(&files);
        let app = open(&folder, &connection, clock.as_ref()).await.unwrap();
        Self { app, folder, connection, clock }
    }
}

async fn open(
    folder: &TempDir,
    connection: &Connection,
    clock: Option<&(ManualClock, OrgClock)>,
) -> Result<App, Failure> {
    let nowhere: StartEmbedded =
        Arc::new(|_| Box::pin(async { Err("these stories bring their own org".into()) }));
    let folder = DataFolder::open(folder.path(), "story", Some(Secret::new("correct horse".into())))?;
    let choice = Choice::FromEnvironment(connection.clone(), Secret::new("demo".into()));
    match clock {
        Some((clock, org)) => App::open_by(folder, choice, &nowhere, Arc::new(clock.clone()), *org).await,
        None => App::open(folder, choice, &nowhere).await,
    }
}
