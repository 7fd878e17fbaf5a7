//! What the environment said when the program started, and what else a console stands on.

use std::{path::PathBuf, sync::Arc};

use app::{
    AgentSide, DataFolder, EmbeddedOrg, EnvironmentVariables, ExtraRoots, Result, StartEmbedded, SystemClock,
};
use model::{Clock, Secret};

/// Variables that hold a secret.
const SECRET: [&str; 2] = ["GC_CLIENT_SECRET", "INNKEEPER_PASSPHRASE"];

/// What a console stands on. Read once. The secrets are then gone from the environment, which the processes of the page inherit.
pub(crate) struct Environment {
    /// The connection, where one is set by variables.
    pub(crate) connection: EnvironmentVariables,
    /// Of the folder's secrets; why it is refused, where it lost its value.
    pub(crate) passphrase: Result<Option<Secret>>,
    /// Trusted beside the system's certificates (`GC_CA_FILE`); why they are refused, where its file is no such file.
    pub(crate) roots: Result<ExtraRoots>,
    /// Where the data folder lies; why nowhere, where no place is known.
    pub(crate) data: Result<PathBuf>,
    pub(crate) embedded: StartEmbedded,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Environment {
    /// Reads them, and takes the secrets out. The first thing that `main` does: no other thread may be there yet.
    #[expect(unsafe_code, reason = "the standard library has no safe way to change the environment")]
    pub(crate) fn take() -> Self {
        let connection = EnvironmentVariables::read();
        let passphrase = app::passphrase();
        for name in SECRET {
            // SAFETY: `run` calls this first, from the only thread that the program has by then.
            unsafe { std::env::remove_var(name) };
        }
        Self {
            connection,
            passphrase,
            roots: app::extra_roots(None),
            data: DataFolder::locate(None),
            embedded: start_embedded(),
            clock: Arc::new(SystemClock),
        }
    }
}

/// The embedded org of the window: the simulator, on loopback.
pub(crate) fn start_embedded() -> StartEmbedded {
    Arc::new(|dir| {
        Box::pin(async move {
            let running = simulator::embedded(&dir).await.map_err(|e| e.to_string())?;
            Ok(EmbeddedOrg {
                base_url: running.api_url(),
                agent: Some(agent_side(running.simulator())),
                keep: Box::new(running),
            })
        })
    })
}

/// How the other side of an org in this process is played in the chat lab.
pub(crate) fn agent_side(org: &simulator::Simulator) -> AgentSide {
    let org = org.clone();
    Arc::new(move |deployment, token, what, body| {
        let org = org.clone();
        Box::pin(async move { org.act_as_agent(&deployment, token.expose(), what, &body).await })
    })
}
