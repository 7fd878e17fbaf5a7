use std::{path::PathBuf, sync::Arc};

use app::{
    App, Choice, Connections, DataFolder, EmbeddedOrg, EnvironmentVariables, ExtraRoots, Failure,
    FailureCode, HolderRequest, Lab, LabVariables, Result, StartEmbedded,
};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::{
    args::Everywhere,
    aside::aside,
    interrupt::Interrupt,
    output::{DONE, Out, line, to_stderr},
};

/// How this program starts the embedded org: the simulator, on loopback.
pub fn start_embedded() -> StartEmbedded {
    Arc::new(|dir| {
        Box::pin(async move {
            let running = simulator::embedded(&dir).await.map_err(|e| e.to_string())?;
            Ok(EmbeddedOrg { base_url: running.api_url(), agent: None, keep: Box::new(running) })
        })
    })
}

/// What every command is given: the options of all commands, where answers go, and the wish to end.
pub struct Context<'a> {
    pub everywhere: &'a Everywhere,
    pub out: &'a Arc<Out>,
    pub interrupt: &'a Interrupt,
}

impl Context<'_> {
    fn root(&self) -> Result<PathBuf> {
        DataFolder::locate(self.everywhere.data.clone())
    }

    fn choice(&self, stored: &Connections) -> Result<Choice> {
        Choice::resolve(self.everywhere.connection.as_deref(), &EnvironmentVariables::read(), stored)
    }

    /// The certificates that are trusted beside the system's. Their file may be a pipe that nobody writes to.
    async fn roots(&self) -> Result<ExtraRoots> {
        let given = self.everywhere.ca.clone();
        aside(move || app::extra_roots(given.as_deref())).await
    }

    /// Takes the data folder; `what` names this command to others.
    pub async fn folder(&self, what: &str) -> Result<Arc<DataFolder>> {
        let passphrase = app::passphrase()?;
        let roots = self.roots().await?;
        DataFolder::open_trusting(&self.root()?, &format!("command line: {what}"), passphrase, roots)
    }

    /// Takes the data folder and opens the connection that is meant.
    pub async fn app(&self, what: &str) -> Result<App> {
        // Once before the folder is made or taken: what is refused changes nothing.
        self.choice(&DataFolder::connections_of(&self.root()?)?)?;
        let folder = self.folder(what).await?;
        let choice = self.choice(&folder.connections())?;
        let app = App::open(folder, choice, &start_embedded()).await?;
        // Said also under --quiet: the next command would not know of it any more.
        for notice in app.status().notices {
            to_stderr(&format!("warning: {}. {}", line(&notice.title), line(&notice.message)));
            for path in notice.paths {
                to_stderr(&format!("  kept: {}", line(&path)));
            }
        }
        Ok(app)
    }

    /// Where guests of the lab chat. The data folder is taken for the embedded org only, under this name.
    pub async fn lab<'a>(&'a self, what: &'a str) -> Result<Lab<'a>> {
        Ok(Lab {
            connection: self.everywhere.connection.clone(),
            variables: EnvironmentVariables::read(),
            lab_variables: LabVariables::read(),
            root: self.root()?,
            passphrase: app::passphrase()?,
            roots: self.roots().await?,
            open_embedded: Box::new(move || Box::pin(self.app(what))),
            embedded: OnceCell::new(),
        })
    }

    /// Opens the app; nothing where another process holds the folder: that one was asked then, and `on_line` got each record of
    /// its answer.
    pub async fn app_unless_held(
        &self,
        what: &str,
        request: HolderRequest,
        on_line: impl FnMut(Value),
    ) -> Result<Option<App>> {
        let locked = match self.app(what).await {
            Err(locked) if locked.code == FailureCode::FolderLocked => locked,
            opened => return opened.map(Some),
        };
        let root = self.root()?;
        let folder = self.choice(&DataFolder::connections_of(&root)?)?.connection().folder();
        let on_warning = |text: &str| to_stderr(&format!("warning: {text}"));
        match app::ask_holder(&root, &folder, request, on_line, on_warning).await {
            Ok(()) => Ok(None),
            // Who holds the folder is more use than that its socket is silent.
            Err(silent) if silent.code == FailureCode::FolderLocked => {
                Err(Failure { message: format!("{} {}", locked.message, silent.message), ..locked })
            }
            Err(failure) => Err(failure),
        }
    }

    /// Has a request carried out here, or by the process that holds the folder, and prints each record of the answer.
    pub async fn ask(
        &self,
        what: &str,
        request: HolderRequest,
        words: impl Fn(&Value) -> String,
    ) -> Result<u8> {
        let print = |value: Value| self.out.record(&value, || words(&value));
        if let Some(app) = self.app_unless_held(what, request.clone(), print).await? {
            app.answer_here(request, |value| {
                print(value);
                self.out.heard().is_ok()
            })
            .await?;
        }
        Ok(DONE)
    }
}
