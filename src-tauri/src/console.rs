use std::{sync::Arc, time::Duration};

use app::{
    App, Changes, CheckedEdit, Choice, Connection, ConnectionContents, DataFolder, Failure, FailureCode,
    LeftScenarios, OrgClock, Result, Undo, blocking,
    views::{
        AddedConnection, ConnectionEdit, ConnectionTest, ConnectionView, LabPoint, ManyInTime, Snapshot,
        Status, Topic, Update,
    },
};
use model::Secret;
use tauri::ipc::Channel;
use tokio::sync::{Mutex, watch};

use crate::{chat_gateway::GatewaySwitch, drafts::Drafts, environment::Environment, given_files::GivenFiles};

/// What the window stands on: a folder and an open connection, or the reason there is none.
#[derive(Clone, Default)]
enum Opened {
    #[default]
    Opening,
    Ready(App),
    Failed(Failure),
}

impl From<Result<App>> for Opened {
    fn from(opened: Result<App>) -> Self {
        opened.map_or_else(Self::Failed, Self::Ready)
    }
}

/// The state behind the commands.
pub(crate) struct Console {
    environment: Environment,
    opened: watch::Sender<Opened>,
    folder: Mutex<Option<Arc<DataFolder>>>,
    /// The connection that was let go of last, until nothing of it is left: its store can be opened only then.
    leaving: Mutex<Option<Leaving>>,
    /// Held by whoever opens, edits or removes a connection: a folder is in one hand at a time.
    changing: Mutex<()>,
    pub(crate) gateway: GatewaySwitch,
    /// What was typed and not yet saved.
    pub(crate) drafts: Drafts,
    /// What a person chose in a dialog or dropped on the window.
    pub(crate) given_files: GivenFiles,
}

type Leaving = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// How long a connection that was let go of may take; a request that hangs ends sooner.
const LEAVING: Duration = Duration::from_secs(40);

impl Console {
    pub(crate) fn new(environment: Environment) -> Self {
        let (opened, folder, leaving, changing, gateway, drafts, given_files) = Default::default();
        Self { environment, opened, folder, leaving, changing, gateway, drafts, given_files }
    }

    /// Tries again where it failed. What is open or on its way is left alone: the folder can be held only once.
    pub(crate) async fn reopen(&self) -> Result<()> {
        let failed = self.opened.send_if_modified(|opened| {
            let failed = matches!(opened, Opened::Failed(_));
            if failed {
                *opened = Opened::Opening;
            }
            failed
        });
        if failed {
            self.open_current().await;
        }
        self.app().map(drop)
    }

    /// Opens the data folder and the connection the person used last.
    pub(crate) async fn open_current(&self) {
        self.opened.send_replace(self.try_open(None).await.into());
    }

    /// Opens another connection, then lets go of the one that was open. Where that fails, the open one stays.
    pub(crate) async fn use_connection(&self, name: &str) -> Result<()> {
        let _one = self.changing.lock().await;
        if let Ok(open) = self.app() {
            if open.connection().name == name {
                return Ok(());
            }
            no_run_goes_on(&open)?;
        }
        let app = self.try_open(Some(name)).await?;
        self.folder().await?.set_current(name)?;
        // The gateway holds the connection that is let go of.
        self.gateway.stop().await;
        self.let_go(Opened::Ready(app)).await;
        Ok(())
    }

    async fn let_go(&self, next: Opened) {
        if let Opened::Ready(left) = self.opened.send_replace(next) {
            left.stop_lab();
            *self.leaving.lock().await = Some(Box::pin(left.closed()));
        }
    }

    /// The connection of this name, where it is the open one.
    fn open_as(&self, name: &str) -> Option<App> {
        self.app().ok().filter(|app| app.connection().name == name)
    }

    /// Whether a connection may be changed like that.
    pub(crate) async fn check_edit(&self, name: String, edit: ConnectionEdit) -> Result<CheckedEdit> {
        let folder = self.folder().await?;
        blocking(move || folder.check_edit(&name, edit)).await
    }

    /// Changes a connection. `test`: only where the sign-in and the deployment that it changes work. One that is open is closed for it and opened again.
    pub(crate) async fn edit_connection(
        &self,
        name: &str,
        edit: CheckedEdit,
        test: bool,
    ) -> Result<ConnectionView> {
        let _one = self.changing.lock().await;
        let folder = self.folder().await?;
        if test {
            folder.test_edit(&edit, &self.environment.embedded).await?;
        }
        let held = self.contents(name).await?;
        edit.may_leave(&held)?;
        let scenarios = self.close_as(name).await?;
        let edited = blocking(move || folder.edit(&edit, &held)).await;
        if let Some(scenarios) = scenarios {
            let name = edited.as_ref().map_or(name, |view| &view.name);
            self.open_again(name, scenarios).await;
        }
        self.connections_changed();
        edited
    }

    /// Opens the embedded org in another dialect from now on. Where it is open, it is closed for that and opened again.
    pub(crate) async fn set_embedded_dialect(&self, dialect: &str) -> Result<()> {
        let _one = self.changing.lock().await;
        let name = Connection::embedded().name;
        let folder = self.folder().await?;
        let held = self.contents_by(&name, DataFolder::embedded_contents).await?;
        let dialect = folder.check_embedded_dialect(dialect, &held)?;
        let scenarios = self.close_as(&name).await?;
        let changed = blocking(move || folder.set_embedded_dialect(&dialect)).await;
        if let Some(scenarios) = scenarios {
            self.open_again(&name, scenarios).await;
        }
        self.connections_changed();
        changed
    }

    /// Lets go of the connection of this name, where it is the open one; answers what was open of scenarios over it.
    async fn close_as(&self, name: &str) -> Result<Option<LeftScenarios>> {
        let Some(open) = self.open_as(name) else { return Ok(None) };
        no_run_goes_on(&open)?;
        open.scenario_stop();
        let scenarios = open.scenarios_left();
        self.gateway.stop().await;
        self.let_go(Opened::Opening).await;
        drop(open);
        self.left().await;
        Ok(Some(scenarios))
    }

    async fn open_again(&self, name: &str, scenarios: LeftScenarios) {
        let opened = self.try_open(Some(name)).await;
        if let Ok(app) = &opened
            && let Err(failure) = app.scenario_take_up(scenarios).await
        {
            tracing::warn!(message = failure.message, "scenario files were not opened again");
        }
        self.opened.send_replace(opened.into());
    }

    pub(crate) async fn contents(&self, name: &str) -> Result<ConnectionContents> {
        let stored = name.to_owned();
        self.contents_by(name, move |folder| folder.contents(&stored)).await
    }

    /// What a connection holds: by itself where it is open, else as `closed` reads it from its folder.
    async fn contents_by(
        &self,
        name: &str,
        closed: impl FnOnce(&DataFolder) -> Result<ConnectionContents> + Send + 'static,
    ) -> Result<ConnectionContents> {
        let drafts = u32::try_from(self.drafts.count_of(name)).unwrap_or(u32::MAX);
        let held = match self.open_as(name) {
            Some(open) => open.contents().await?,
            None => {
                self.left().await;
                let folder = self.folder().await?;
                blocking(move || closed(&folder)).await?
            }
        };
        Ok(ConnectionContents { drafts, ..held })
    }

    /// Takes back what was done over a connection, in its own store. One that is not open is opened for that alone: nothing is
    /// sent over it before a person uses it again.
    pub(crate) async fn undo(&self, name: &str, undo: Undo) -> Result<ManyInTime> {
        let _one = self.changing.lock().await;
        if let Some(open) = self.open_as(name) {
            return open.undo(undo).await;
        }
        let app = self.open_only(Some(name)).await?;
        let done = app.undo(undo).await;
        *self.leaving.lock().await = Some(Box::pin(app.closed()));
        done
    }

    /// Adds a connection. `test`: only where guests can chat in its deployment.
    pub(crate) async fn add_connection(
        &self,
        connection: Connection,
        secret: Secret,
        is_tested: bool,
    ) -> Result<AddedConnection> {
        let folder = self.folder().await?;
        let test = match is_tested {
            true => Some(folder.test_new(&connection, &secret, &self.environment.embedded).await?),
            false => None,
        };
        let connection = blocking(move || folder.add_checked(&connection, &secret)).await?;
        self.connections_changed();
        Ok(AddedConnection { connection, test })
    }

    pub(crate) async fn remove_connection(&self, name: String) -> Result<()> {
        let _one = self.changing.lock().await;
        if self.open_as(&name).is_some() {
            return Err(Failure::field("name", "is the open connection; use another one first"));
        }
        self.left().await;
        let folder = self.folder().await?;
        blocking(move || folder.remove(&name)).await?;
        self.connections_changed();
        Ok(())
    }

    /// Signs in over a connection; one that is not open is opened for the test only.
    pub(crate) async fn test_connection(&self, name: &str) -> Result<ConnectionTest> {
        if let Some(open) = self.open_as(name) {
            return open.connection_test().await;
        }
        let folder = self.folder().await?;
        let choice = self.choice(&folder, Some(name))?;
        App::try_out(&folder, choice, &self.environment.embedded).await
    }

    fn connections_changed(&self) {
        if let Ok(app) = self.app() {
            app.connections_changed();
        }
    }

    /// The connection of this name, else the one that the person used last.
    fn choice(&self, folder: &DataFolder, name: Option<&str>) -> Result<Choice> {
        let variables = &self.environment.connection;
        match name {
            Some(name) => Choice::resolve(Some(name), variables, &folder.connections()),
            None => folder.current(variables),
        }
    }

    /// Opens a connection; nothing is sent over it.
    async fn open_only(&self, name: Option<&str>) -> Result<App> {
        let folder = self.folder().await?;
        let choice = self.choice(&folder, name)?;
        self.left().await;
        let Environment { embedded, clock, .. } = &self.environment;
        App::open_by(folder, choice, embedded, Arc::clone(clock), OrgClock::Compared).await
    }

    /// Opens a connection and starts what goes on by itself.
    async fn try_open(&self, name: Option<&str>) -> Result<App> {
        let app = self.open_only(name).await?;
        app.restore_online_switch()?;
        app.start_background();
        app.lab_restore().await?;
        sign_in_first(app.clone());
        Ok(app)
    }

    /// Waits until nothing is left of the connection that was let go of.
    async fn left(&self) {
        if let Some(left) = self.leaving.lock().await.take() {
            // Should it still linger after that, opening its store says so.
            drop(tokio::time::timeout(LEAVING, left).await);
        }
    }

    /// The folder, taken at the first call and kept until the program ends.
    pub(crate) async fn folder(&self) -> Result<Arc<DataFolder>> {
        let mut held = self.folder.lock().await;
        if let Some(folder) = &*held {
            return Ok(Arc::clone(folder));
        }
        let root = self.environment.data.clone()?;
        let (passphrase, roots) = (self.environment.passphrase.clone()?, self.environment.roots.clone()?);
        let folder = DataFolder::open_trusting(&root, "window", passphrase, roots)?;
        *held = Some(Arc::clone(&folder));
        Ok(folder)
    }

    /// Lets go of the connection and the folder, so that the next console can open them.
    #[cfg(feature = "bridge")]
    pub(crate) async fn close(&self) {
        self.gateway.stop().await;
        let closed = Failure::new(FailureCode::Internal, "The window was closed.");
        if let Opened::Ready(app) = self.opened.send_replace(Opened::Failed(closed)) {
            app.stop_lab();
            let gone = app.closed();
            drop(app);
            drop(tokio::time::timeout(LEAVING, gone).await);
        }
        self.folder.lock().await.take();
    }

    pub(crate) fn app(&self) -> Result<App> {
        match &*self.opened.borrow() {
            Opened::Ready(app) => Ok(app.clone()),
            Opened::Failed(failure) => Err(failure.clone()),
            Opened::Opening => {
                Err(Failure::new(FailureCode::Internal, "The data folder is still being opened."))
            }
        }
    }

    /// The whole state now; then numbered updates on the channel until the page is gone. After a switch of the
    /// connection every query is stale.
    pub(crate) async fn subscribe(&self, channel: Channel<Update>) -> Snapshot {
        let (now, opened) = self.opened().await;
        let folder = self.environment.data.as_ref().map(|p| p.display().to_string()).unwrap_or_default();
        let (changes, snapshot) = (changes_of(&now), snapshot_of(&now, folder));
        let mut number = 0;
        tauri::async_runtime::spawn(follow(now, changes, opened, move |stale, status, failure| {
            number += 1;
            channel.send(Update { number, stale, status, failure }).is_ok()
        }));
        snapshot
    }

    /// Tells `send` the whole state and then what the page is told, at most ten times a second, until it answers false.
    pub(crate) async fn follow(&self, mut send: impl FnMut(Vec<Topic>, Status, Option<Failure>) -> bool) {
        let (now, opened) = self.opened().await;
        let changes = changes_of(&now);
        let Snapshot { status, failure, .. } = snapshot_of(&now, String::new());
        if send(Topic::ALL.to_vec(), status, failure) {
            follow(now, changes, opened, send).await;
        }
    }

    /// Keeps files that were dropped at this point of the page.
    pub(crate) fn files_dropped(&self, paths: &[std::path::PathBuf], at: LabPoint) {
        for path in paths.iter().filter(|path| path.is_file()) {
            self.given_files.keep(path.clone(), Some(at));
        }
        if let Ok(app) = self.app() {
            app.files_dropped();
        }
    }

    /// Switches between online and offline, whichever it is not.
    pub(crate) async fn switch_online(&self) -> Result<()> {
        let on = !self.app()?.status().online.switched_on;
        self.set_online(on).await
    }

    /// The person's switch between online and offline.
    pub(crate) async fn set_online(&self, on: bool) -> Result<()> {
        let app = self.app()?;
        app.set_online(on).await?;
        if on {
            sign_in_first(app);
        }
        Ok(())
    }

    /// What is open now, and its changes. Waiting for `Opening` to pass keeps a start from flashing an empty window.
    async fn opened(&self) -> (Opened, watch::Receiver<Opened>) {
        let mut opened = self.opened.subscribe();
        let now =
            opened.wait_for(|o| !matches!(o, Opened::Opening)).await.map(|o| o.clone()).unwrap_or_default();
        (now, opened)
    }
}

/// `changes` are those since the state of `now` was read.
async fn follow(
    mut now: Opened,
    mut changes: Option<Changes>,
    mut opened: watch::Receiver<Opened>,
    mut send: impl FnMut(Vec<Topic>, Status, Option<Failure>) -> bool,
) {
    loop {
        let gone = match (&now, changes) {
            (Opened::Ready(app), Some(changes)) => tokio::select! {
                () = app.follow_from(changes, |stale, status| send(stale, status, None)) => true,
                changed = opened.changed() => changed.is_err(),
            },
            _ => opened.changed().await.is_err(),
        };
        if gone {
            return;
        }
        now = opened.borrow_and_update().clone();
        changes = changes_of(&now);
        let Snapshot { status, failure, .. } = snapshot_of(&now, String::new());
        if !matches!(now, Opened::Opening) && !send(Topic::ALL.to_vec(), status, failure) {
            return;
        }
    }
}

/// A run has to be paused before its connection is let go of.
fn no_run_goes_on(open: &App) -> Result<()> {
    let Some(run) = open.status().run else { return Ok(()) };
    let message = format!("The run {} is going on over the open connection.", run.run);
    Err(Failure::new(FailureCode::RunActive, message))
}

/// The first sign-in fills scopes and budget. What stands in its way is shown by the first screen's own request.
fn sign_in_first(app: App) {
    tauri::async_runtime::spawn(async move { drop(app.connection_test().await) });
}

/// Taken before the state is read, so that no change between the two is missed.
fn changes_of(opened: &Opened) -> Option<Changes> {
    match opened {
        Opened::Ready(app) => Some(app.changes()),
        Opened::Opening | Opened::Failed(_) => None,
    }
}

fn snapshot_of(opened: &Opened, data_folder: String) -> Snapshot {
    let (status, failure) = match opened {
        Opened::Ready(app) => (app.status(), None),
        Opened::Failed(failure) => (Status::default(), Some(failure.clone())),
        Opened::Opening => (Status::default(), None),
    };
    Snapshot { number: 0, version: env!("CARGO_PKG_VERSION").to_owned(), data_folder, failure, status }
}
