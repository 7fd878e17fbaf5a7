//! One story's window: a console with its data folder, and the orgs it can reach.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use app::{
    ConnectionContents, DataFolder, EmbeddedOrg, EnvironmentVariables, ExtraRoots, Failure, FailureCode,
    Result, StartEmbedded, SystemClock,
    views::{LabPoint, Snapshot},
};
use chrono::{DateTime, Utc};
use model::{Clock, Secret};
use parking_lot::Mutex;
use serde_json::Value;
use simulator::{Running, Simulator};
use tauri::{
    Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    ipc::{CallbackFn, Channel, InvokeBody, InvokeResponse, InvokeResponseBody},
    test::{INVOKE_KEY, MockRuntime, mock_builder},
    utils::config::AppDirectoriesOverride,
    webview::InvokeRequest,
};
use tempfile::TempDir;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};

use super::{
    options::{Folder, Options, STORED},
    person::Person,
};
use crate::{
    console::Console,
    dialog::Dialogs,
    environment::{Environment, agent_side},
    leaving::Leaving,
    window::{BuiltTray, MAIN},
};

const FEW: u64 = 20;

/// A window, open or closed, until its story is over.
pub(super) struct StoryWindow {
    home: TempDir,
    options: Options,
    /// Of the secrets, where a connection is stored: to stretch it costs a window most of its time.
    passphrase: Option<Secret>,
    /// The org of the connection that is open first.
    main: Running,
    other: Running,
    person: Arc<Person>,
    clock: Arc<StoryClock>,
    live: AsyncMutex<Option<Live>>,
    /// Somebody else who has the folder open.
    holder: Mutex<Option<Arc<DataFolder>>>,
}

/// The system's time and what the story let pass beside it, in seconds.
#[derive(Default)]
struct StoryClock(AtomicU64);

impl Clock for StoryClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

/// The console at work.
struct Live {
    webview: WebviewWindow<MockRuntime>,
    console: Arc<Console>,
}

impl StoryWindow {
    /// Folder and orgs; the console is not open yet.
    pub(super) async fn new(options: Options) -> Result<Self> {
        let failed = |why: &dyn std::fmt::Display| Failure::internal(why.to_string());
        let home = tempfile::tempdir().map_err(|e| failed(&e))?;
        let main = simulator::start(options.main_org()).await.map_err(|e| failed(&e))?;
        let few = simulator::Options { guests: FEW, seed: 2, rate: None, ..simulator::Options::default() };
        let other = simulator::start(few).await.map_err(|e| failed(&e))?;
        let window = Self {
            home,
            passphrase: options.keeps_secrets().then(|| Secret::new("a passphrase for stories".to_owned())),
            main,
            other,
            person: Arc::new(Person::new(options.tray)),
            clock: Arc::default(),
            live: AsyncMutex::default(),
            holder: Mutex::default(),
            options,
        };
        let stored = if window.options.opens_embedded() { &window.other } else { &window.main };
        if let Some(connection) = window.options.stored(stored.api_url()) {
            let folder = window.hold()?;
            folder.add(connection)?;
            if !window.options.opens_embedded() {
                folder.set_current(STORED)?;
            }
        }
        if let Some(dialect) = window.options.embedded_dialect() {
            let folder = window.hold()?;
            let dialect = folder.check_embedded_dialect(dialect, &ConnectionContents::default())?;
            folder.set_embedded_dialect(&dialect)?;
        }
        match window.options.folder {
            Folder::Good => {}
            Folder::Locked => *window.holder.lock() = Some(window.hold()?),
            Folder::Exposed => window.open_to_others().map_err(|e| failed(&e))?,
        }
        Ok(window)
    }

    fn hold(&self) -> Result<Arc<DataFolder>> {
        DataFolder::open(&self.folder(), "window", self.passphrase.clone())
    }

    #[cfg(unix)]
    fn open_to_others(&self) -> std::io::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        std::fs::create_dir_all(self.folder())?;
        std::fs::set_permissions(self.folder(), std::fs::Permissions::from_mode(0o777))
    }

    #[cfg(not(unix))]
    fn open_to_others(&self) -> std::io::Result<()> {
        Err(std::io::ErrorKind::Unsupported.into())
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.home.path().join("data")
    }

    pub(super) fn person(&self) -> &Person {
        &self.person
    }

    pub(super) fn unlock(&self) {
        self.holder.lock().take();
    }

    /// `main` or `other`.
    pub(super) fn org(&self, name: &str) -> Result<&Simulator> {
        match name {
            "main" => Ok(self.main.simulator()),
            "other" => Ok(self.other.simulator()),
            _ => Err(Failure::new(FailureCode::NotFound, "A window's orgs are main and other.")),
        }
    }

    /// Opens the console, if it is not open; like the window's start, and it waits until that has come to an end.
    pub(super) async fn open(&self) -> Result<()> {
        let mut live = self.live.lock().await;
        if live.is_none() {
            let new = self.start().map_err(|e| Failure::internal(e.to_string()))?;
            new.console.open_current().await;
            *live = Some(new);
        }
        Ok(())
    }

    /// Ends the console; folder and orgs stay.
    pub(super) async fn close(&self) {
        if let Some(live) = self.live.lock().await.take() {
            live.console.close().await;
        }
    }

    /// Drops files on the window.
    pub(super) async fn drop_files(&self, paths: &[PathBuf], at: LabPoint) -> Result<()> {
        self.console().await?.files_dropped(paths, at);
        Ok(())
    }

    /// Lets time pass for the console, which then looks what is due.
    pub(super) async fn advance(&self, seconds: u64) -> Result<()> {
        let console = self.console().await?;
        self.clock.0.fetch_add(seconds, Ordering::Relaxed);
        console.app()?.run_what_is_due().await;
        Ok(())
    }

    async fn console(&self) -> Result<Arc<Console>> {
        match &*self.live.lock().await {
            Some(live) => Ok(Arc::clone(&live.console)),
            None => Err(closed()),
        }
    }

    fn start(&self) -> tauri::Result<Live> {
        let environment = Environment {
            connection: EnvironmentVariables::default(),
            passphrase: Ok(self.passphrase.clone()),
            roots: Ok(ExtraRoots::default()),
            data: Ok(self.folder()),
            embedded: self.embedded(),
            clock: Arc::<StoryClock>::clone(&self.clock),
        };
        let console = Arc::new(Console::new(environment));
        let mut context = crate::context::<MockRuntime>();
        // Where the preferences go.
        context.config_mut().app.app_directories_override =
            Some(AppDirectoriesOverride::Root(self.home.path().join("window")));
        let app = mock_builder()
            .plugin(tauri_plugin_store::Builder::new().build())
            .invoke_handler(crate::commands())
            .build(context)?;
        app.manage(Arc::clone(&console));
        app.manage(Dialogs::default());
        app.manage(Leaving::default());
        app.manage(BuiltTray(self.options.tray));
        app.manage(Arc::clone(&self.person));
        let webview = WebviewWindowBuilder::new(&app, MAIN, WebviewUrl::default()).build()?;
        Ok(Live { webview, console })
    }

    /// The embedded org of this window goes on while the console does not.
    fn embedded(&self) -> StartEmbedded {
        let org = if self.options.opens_embedded() { &self.main } else { &self.other };
        let (base_url, agent) = (org.api_url(), agent_side(org.simulator()));
        Arc::new(move |_| {
            let (base_url, agent) = (base_url.clone(), Some(Arc::clone(&agent)));
            Box::pin(async move { Ok(EmbeddedOrg { base_url, agent, keep: Box::new(()) }) })
        })
    }

    /// Gives a command as the page of the window would: the JSON of its answer, or what it was refused with.
    pub(super) async fn command(&self, name: String, input: Value) -> Result<Result<String, Value>> {
        let webview = match &*self.live.lock().await {
            Some(live) => live.webview.clone(),
            None => return Err(closed()),
        };
        let request = InvokeRequest {
            cmd: name,
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: webview.url().map_err(|e| Failure::internal(e.to_string()))?,
            body: InvokeBody::Json(input),
            headers: tauri::http::HeaderMap::default(),
            invoke_key: INVOKE_KEY.to_owned(),
        };
        let (answer, answered) = oneshot::channel();
        let answer = Mutex::new(Some(answer));
        webview.as_ref().clone().on_message(
            request,
            Box::new(move |_, _, response, _, _| {
                if let Some(answer) = answer.lock().take() {
                    // Nobody waits where the story went away meanwhile.
                    drop(answer.send(response));
                }
            }),
        );
        match answered.await {
            Ok(InvokeResponse::Ok(InvokeResponseBody::Json(json))) => Ok(Ok(json)),
            Ok(InvokeResponse::Ok(InvokeResponseBody::Raw(_))) => {
                Err(Failure::internal("the command answers with bytes"))
            }
            Ok(InvokeResponse::Err(refused)) => Ok(Err(refused.0)),
            Err(_) => Err(Failure::internal("the command ended without an answer")),
        }
    }

    /// The snapshot; every update goes to `updates` as JSON.
    pub(super) async fn subscribe(&self, updates: mpsc::UnboundedSender<String>) -> Result<Snapshot> {
        let console = self.console().await?;
        let channel = Channel::new(move |body| match body {
            InvokeResponseBody::Json(json) => updates.send(json).map_err(|_| tauri::Error::WebviewNotFound),
            InvokeResponseBody::Raw(_) => Err(tauri::Error::WebviewNotFound),
        });
        Ok(console.subscribe(channel).await)
    }
}

fn closed() -> Failure {
    Failure::new(FailureCode::Internal, "The window is closed.")
}
