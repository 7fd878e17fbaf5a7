use std::{
    any::Any,
    path::PathBuf,
    sync::{Arc, Weak, atomic::AtomicBool},
};

use futures_util::future::BoxFuture;
use genesys::{Endpoints, Org, Settings, reachability::Reachability};
use model::{Clock, Guest};
use outbox::Outbox;
use parking_lot::Mutex;
use proof::AuditLog;
use store::{Batch, Secrets, Store, Table};
use tokio::sync::watch;

use crate::{
    Connection, DataFolder, Environment, Failure, OrgClock, Result, SystemClock,
    background_tasks::BackgroundTasks,
    chat::chats::Chats,
    chat_lab::state::{AgentSide, ChatLab},
    connection::access::{lacks, test},
    connection::choice::Choice,
    connection::data_key::DATA_KEY,
    connection::store_floor::{Audited, Contents, Remembered, STORE_FLOOR, StoreFloor},
    guests::write_once::WriteOnce,
    retention::state::Retention,
    scenarios::state::OpenScenarios,
    status::next_try::NextTry,
    status::notices::Notices,
    status::store_status::StoreStatus,
    system::network::Network,
    views::{ConnectionTest, ConnectionView, NoticeView},
};

/// The name of the switch between online and offline; on where nobody has touched it.
const ONLINE: &str = "online";

/// The embedded org while it runs.
pub struct EmbeddedOrg {
    /// Where it listens, on loopback.
    pub base_url: String,
    /// How its other side is played in the chat lab; `None` where it cannot be.
    pub agent: Option<AgentSide>,
    /// Dropped with the app; dropping it stops the org.
    pub keep: Box<dyn Any + Send + Sync>,
}

/// How the program that starts the app starts the embedded org in a folder. A port: the app knows no simulator.
pub type StartEmbedded =
    Arc<dyn Fn(PathBuf) -> BoxFuture<'static, Result<EmbeddedOrg, String>> + Send + Sync>;

/// One open connection with everything wired. Cheap to clone; the last clone stops the embedded org.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Inner>);

/// Does not keep the app open.
pub(crate) struct WeakApp(Weak<Inner>);

impl WeakApp {
    pub(crate) fn upgrade(&self) -> Option<App> {
        self.0.upgrade().map(App)
    }
}

pub(crate) struct Inner {
    pub(crate) folder: Arc<DataFolder>,
    pub(crate) connection: Connection,
    /// The org that it is a connection to.
    pub(crate) org: Org,
    pub(crate) store: Store,
    pub(crate) outbox: Outbox,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) org_clock: OrgClock,
    pub(crate) chats: Chats,
    pub(crate) chat_lab: ChatLab,
    pub(crate) scenarios: Arc<OpenScenarios>,
    pub(crate) retention: Retention,
    pub(crate) stores: StoreStatus,
    /// The person's switch between online and offline, under [`ONLINE`].
    switches: Table<String, bool>,
    pub(crate) notices: Notices,
    pub(crate) interactions: WriteOnce<Guest>,
    /// When the background delivery tries next.
    pub(crate) next_try: NextTry,
    /// Whether requests come through.
    pub(crate) reachability: Mutex<Reachability>,
    /// When an org that does not answer is tried next.
    pub(crate) org_next_try: NextTry,
    /// What the last test found.
    pub(crate) tested: Mutex<Option<ConnectionTest>>,
    /// This process stays and does by itself what is due.
    pub(crate) stays: AtomicBool,
    pub(crate) tasks: BackgroundTasks,
    pub(crate) embedded: Option<EmbeddedOrg>,
    /// Dropped last: see [`App::closed`].
    closing: watch::Sender<()>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.tasks.abort();
        let now = self.clock.now();
        self.stores.floors.iter().for_each(|floor| floor.keep_at_the_end(now));
    }
}

impl App {
    /// Opens a connection: starts the embedded org where it is the one, opens secrets, store and outbox. Makes no call to
    /// the org, so that it works while the org is away.
    pub async fn open(folder: Arc<DataFolder>, choice: Choice, start: &StartEmbedded) -> Result<Self> {
        Self::open_by(folder, choice, start, Arc::new(SystemClock), OrgClock::Compared).await
    }

    /// As [`App::open`], by another clock: for stories of what happens when.
    pub async fn open_by(
        folder: Arc<DataFolder>,
        choice: Choice,
        start: &StartEmbedded,
        clock: Arc<dyn Clock>,
        org_clock: OrgClock,
    ) -> Result<Self> {
        let connection = choice.connection().clone();
        let (taken_over, secrets, org_store) = {
            let (folder, connection) = (Arc::clone(&folder), connection.clone());
            blocking(move || {
                let taken_over = folder.take_over_former(&connection)?;
                let (secrets, org_store) = folder.secrets_and_org(&connection)?;
                Ok((taken_over, secrets, org_store))
            })
            .await?
        };
        let (org, embedded) = connect(&folder, &choice, start).await?;
        blocking(move || {
            let opened =
                Self::assemble(folder, connection, (org, embedded), secrets, taken_over, clock, org_clock);
            drop(org_store);
            opened
        })
        .await
    }

    /// Opens store and outbox of a connection. Blocking.
    fn assemble(
        folder: Arc<DataFolder>,
        connection: Connection,
        (org, embedded): (Org, Option<EmbeddedOrg>),
        secrets: Arc<dyn Secrets>,
        taken_over: Option<NoticeView>,
        clock: Arc<dyn Clock>,
        org_clock: OrgClock,
    ) -> Result<Self> {
        let dir = folder.dir(&connection);
        let keys = store::data_keys(&*secrets, DATA_KEY)?;
        let remembered = Remembered::read(&*secrets, STORE_FLOOR);
        let store = Store::open_above(&dir.join("store"), &keys, remembered.position())?;
        let per_session = crate::outbox::session_limit::rate_limit(&store)?;
        let options = outbox::Options { per_session, ..outbox::Options::default() };
        let outbox = Outbox::open_with(&store, Arc::clone(&clock), options)?;
        let found = folder.org_of(&connection, &store, &*secrets, remembered.witness());
        let retention = Retention::open(&store, &dir, Arc::clone(&secrets), found.holds)?;
        let audited = Audited {
            path: dir.join(AuditLog::FILE),
            holds: retention.holds().ok().cloned(),
            holds_are_new: found.org.as_ref().is_ok_and(|org| org.store.recovery().made),
            runs: retention.runs.origins.clone(),
        };
        let contents = Contents {
            label: format!("store of the connection {:?}", connection.name),
            dir: dir.join("store"),
            holds: None,
            outbox: Some(outbox.clone()),
            audit: Some(audited),
        };
        let beside = found.org.as_ref().ok().map(|org| Arc::clone(&org.floor));
        let floor = StoreFloor::compare(remembered, secrets, &store, contents, beside.clone(), clock.now());
        let stores = StoreStatus {
            opening: taken_over.into_iter().chain(found.notices).collect(),
            org: found.org,
            floors: std::iter::once(Arc::new(floor)).chain(beside).collect(),
        };
        Ok(Self(Arc::new(Inner {
            folder,
            connection,
            org,
            chats: Chats::open(&store),
            chat_lab: ChatLab::open(&store),
            scenarios: Arc::default(),
            switches: store.table("switch"),
            store,
            outbox,
            clock,
            org_clock,
            retention,
            stores,
            notices: Notices::default(),
            interactions: WriteOnce::new(),
            next_try: NextTry::default(),
            reachability: Mutex::default(),
            org_next_try: NextTry::default(),
            tested: Mutex::default(),
            stays: AtomicBool::new(false),
            tasks: BackgroundTasks::default(),
            embedded,
            closing: watch::Sender::default(),
        })))
    }

    /// Signs in over a connection without opening its folder.
    pub async fn try_out(
        folder: &Arc<DataFolder>,
        choice: Choice,
        start: &StartEmbedded,
    ) -> Result<ConnectionTest> {
        let (org, _embedded) = connect(folder, &choice, start).await?;
        test(&org, choice.connection()).await
    }

    /// The open connection.
    pub fn connection(&self) -> &Connection {
        &self.0.connection
    }

    /// Where the embedded org listens, where it is the one.
    pub(crate) fn embedded_url(&self) -> Option<&str> {
        self.0.embedded.as_ref().map(|org| org.base_url.as_str())
    }

    /// The data folder it lies in.
    pub fn folder(&self) -> &Arc<DataFolder> {
        &self.0.folder
    }

    /// Ends what guests of the lab do: a run of scenarios would keep this connection open.
    pub fn stop_lab(&self) {
        self.scenario_stop();
    }

    /// Resolves when the last clone is gone and with it the store's lock, so that the same connection can be opened again.
    pub fn closed(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut closing = self.0.closing.subscribe();
        async move { while closing.changed().await.is_ok() {} }
    }

    /// Does disk work on the open connection, off the async threads.
    pub(crate) async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let app = self.clone();
        blocking(move || work(&app)).await
    }

    pub(crate) fn downgrade(&self) -> WeakApp {
        WeakApp(Arc::downgrade(&self.0))
    }

    /// Switches between online and offline and keeps the choice. Offline, nothing leaves this machine; what was accepted
    /// waits on disk.
    pub async fn set_online(&self, online: bool) -> Result<()> {
        let mut batch = Batch::new();
        batch.put(&self.0.switches, &ONLINE.to_owned(), &online)?;
        self.0.store.commit_async(batch).await?;
        self.0.org.pipeline.set_online(online);
        if online {
            self.0.outbox.wake(outbox::Wake::Network);
        }
        self.0.notices.status_changed();
        self.lab_follow_switch(online).await
    }

    /// Takes up the online switch as it was left. For the window, where a person sees it; a command that is given by hand
    /// means to reach the org.
    pub fn restore_online_switch(&self) -> Result<()> {
        let is_on = self.0.switches.get(&ONLINE.to_owned())?.unwrap_or(true);
        self.0.org.pipeline.set_online(is_on);
        Ok(())
    }

    /// Signs in, asks what the token may do and, where it may, for a guest.
    pub async fn connection_test(&self) -> Result<ConnectionTest> {
        let tested = test(&self.0.org, &self.0.connection).await?;
        *self.0.tested.lock() = Some(tested.clone());
        self.0.notices.status_changed();
        Ok(tested)
    }

    /// The open connection as it is shown.
    pub fn connection_view(&self) -> ConnectionView {
        let tested = self.0.tested.lock().clone();
        let lacks = tested.as_ref().map(lacks).unwrap_or_default();
        let scopes = tested.map(|tested| tested.scopes).unwrap_or_default();
        let sign_in = self.sign_in_refusal();
        ConnectionView { scopes, lacks, sign_in, current: true, ..ConnectionView::of(&self.0.connection) }
    }

    /// Refuses a write over a read-only connection.
    pub(crate) fn may_write(&self) -> Result<()> {
        if self.0.connection.read_only { Err(Failure::read_only(&self.0.connection.name)) } else { Ok(()) }
    }
}

/// The org of a connection, and the embedded one behind it where that is the one.
async fn connect(
    folder: &Arc<DataFolder>,
    choice: &Choice,
    start: &StartEmbedded,
) -> Result<(Org, Option<EmbeddedOrg>)> {
    let connection = choice.connection();
    let client_secret = {
        let (folder, choice) = (Arc::clone(folder), choice.clone());
        blocking(move || folder.client_secret(&choice)).await?
    };
    let embedded =
        match connection.environment {
            Environment::Embedded => {
                let started = start(folder.dir(connection).join("org")).await;
                Some(started.map_err(|why| {
                    Failure::internal(format!("The embedded simulator did not start: {why}"))
                })?)
            }
            _ => None,
        };
    let endpoints = match &embedded {
        Some(org) => Endpoints::one_origin(&org.base_url).map_err(|e| Failure::internal(e.to_string()))?,
        None => connection.environment.endpoints()?,
    };
    let settings = Settings { endpoints, client_id: connection.client_id.clone(), client_secret };
    let Network { transport, clock, .. } = folder.network.clone();
    Ok((Org::connect(connection.dialect(), settings, transport, clock), embedded))
}

impl ConnectionView {
    pub(crate) fn of(connection: &Connection) -> Self {
        Self {
            name: connection.name.clone(),
            kind: connection.kind,
            environment: connection.environment.label().to_owned(),
            dialect: connection.dialect().as_str().to_owned(),
            named_dialect: connection.dialect.map(|dialect| dialect.as_str().to_owned()),
            client_id: connection.client_id.clone(),
            read_only: connection.read_only,
            deployment: connection.deployment.clone(),
            origin: connection.origin.clone(),
            sign_in: None,
            scopes: Vec::new(),
            lacks: Vec::new(),
            current: false,
            built_in: connection.environment == Environment::Embedded,
        }
    }
}

/// Runs disk work off the async threads; a paused clock waits for it.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(join) => Err(Failure::internal(format!("work on the disk ended early: {join}"))),
    }
}
