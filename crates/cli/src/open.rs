use std::{path::PathBuf, sync::Arc};

use app::{
    App, Choice, Connections, DataFolder, EmbeddedOrg, EnvironmentVariables, Failure, FailureCode,
    HolderRequest, Result, StartEmbedded,
};
use serde_json::Value;

use crate::{
    args::Everywhere,
    output::{line, to_stderr},
};

/// How this program starts the embedded org: the simulator, on loopback.
pub fn start_embedded() -> StartEmbedded {
    Arc::new(|dir| {
        Box::pin(async move {
            let running = simulator::embedded(&dir).await.map_err(|e| e.to_string())?;
            Ok(EmbeddedOrg { base_url: running.api_url(), keep: Box::new(running) })
        })
    })
}

pub fn root(everywhere: &Everywhere) -> Result<PathBuf> {
    DataFolder::locate(everywhere.data.clone())
}

/// Takes the data folder; `what` names this command to others.
pub fn folder(everywhere: &Everywhere, what: &str) -> Result<Arc<DataFolder>> {
    let passphrase = app::passphrase()?;
    DataFolder::open(&root(everywhere)?, &format!("command line: {what}"), passphrase)
}

/// Takes the data folder and opens the connection that is meant.
pub async fn app(everywhere: &Everywhere, what: &str) -> Result<App> {
    // Once before the folder is made or taken: what is refused changes nothing.
    choice(everywhere, &DataFolder::connections_of(&root(everywhere)?)?)?;
    let folder = folder(everywhere, what)?;
    let choice = choice(everywhere, &folder.connections())?;
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

fn choice(everywhere: &Everywhere, stored: &Connections) -> Result<Choice> {
    Choice::resolve(everywhere.connection.as_deref(), &EnvironmentVariables::read(), stored)
}

/// Either this process opens the folder, or the one that holds it is asked.
pub enum AppOrHolder {
    App(App),
    HolderAnswered,
}

/// Opens the app, or asks the holder of the folder and hands each record of its answer to `on_line`.
pub async fn app_or_holder(
    everywhere: &Everywhere,
    what: &str,
    request: HolderRequest,
    on_line: impl FnMut(Value),
) -> Result<AppOrHolder> {
    match app(everywhere, what).await {
        Ok(app) => Ok(AppOrHolder::App(app)),
        Err(locked) if locked.code == FailureCode::FolderLocked => {
            let root = root(everywhere)?;
            let connections = DataFolder::connections_of(&root)?;
            let choice = choice(everywhere, &connections)?;
            let on_warning = |text: &str| to_stderr(&format!("warning: {text}"));
            let folder = choice.connection().folder();
            match app::ask_holder(&root, &folder, request, on_line, on_warning).await {
                Ok(()) => Ok(AppOrHolder::HolderAnswered),
                // Who holds the folder is more use than that its socket is silent.
                Err(silent) if silent.code == FailureCode::FolderLocked => {
                    Err(Failure { message: format!("{} {}", locked.message, silent.message), ..locked })
                }
                Err(failure) => Err(failure),
            }
        }
        Err(failure) => Err(failure),
    }
}
