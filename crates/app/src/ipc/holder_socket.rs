//! The local socket of a data folder: a second process asks the one that holds the folder.
//!
//! One JSON request a line, answered by JSON lines, the last of which is `done` or `failure`. Who may ask and who is
//! believed stands in [`crate::ipc::local_socket`]. Unix only; elsewhere a second process is refused.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    sync::mpsc::{Sender, channel},
};

#[cfg(unix)]
use crate::ipc::local_socket::{self, Stream};
use crate::{App, Failure, FailureCode, Result, views::EntryQuery};

/// What can be asked of the process that holds a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "camelCase")]
pub enum HolderRequest {
    /// `retention status [RUN]`
    RunStatus {
        /// All runs when absent.
        run: Option<String>,
    },
    /// `retention pause RUN`
    Pause {
        /// Which.
        run: String,
    },
    /// `retention resume RUN`; follows the run to its end.
    Resume {
        /// Which.
        run: String,
        /// Cap and pace, where they are to be others.
        options: crate::RunOptions,
    },
    /// `retention cancel RUN`
    Cancel {
        /// Which.
        run: String,
    },
    /// `retention pace RUN N`
    Pace {
        /// Which.
        run: String,
        /// Deletes a minute at most; the rate budget alone when absent.
        per_minute: Option<u32>,
    },
    /// `retention allow`
    Allow {
        /// Which policy's run; the first one's when absent.
        policy: Option<String>,
    },
    /// `hold list`
    Holds,
    /// `outbox list`
    Outbox {
        /// Which entries.
        #[serde(default)]
        query: EntryQuery,
    },
}

/// One line of the answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HolderAnswer {
    /// A record to print.
    Line(Value),
    /// What a person should know beside the records.
    Warning(String),
    /// Nothing follows.
    Done,
    /// Nothing follows: it did not work.
    Failure(Failure),
}

#[derive(Serialize, Deserialize)]
struct Envelope {
    /// The folder of the connection that is meant: the holder answers only for the one it has open.
    connection: String,
    request: HolderRequest,
}

/// The longest request line; a longer one is cut off and refused.
const MAX_LINE: u64 = 64 * 1024;

/// Answers on the socket for as long as the returned task lives.
#[cfg(unix)]
pub(crate) fn serve(root: &Path, app: &App) -> std::io::Result<tokio::task::AbortHandle> {
    let listener = local_socket::listen(root)?;
    let app = app.downgrade();
    let task = tokio::spawn(async move {
        while let Ok(stream) = local_socket::accept(&listener).await {
            let Some(app) = app.upgrade() else { break };
            tokio::spawn(async move {
                if let Err(error) = answer(stream, app).await {
                    tracing::debug!(%error, "a question on the folder's socket was not answered to its end");
                }
            });
        }
    });
    Ok(task.abort_handle())
}

#[cfg(not(unix))]
pub(crate) fn serve(_root: &Path, _app: &App) -> std::io::Result<tokio::task::AbortHandle> {
    Ok(tokio::spawn(async {}).abort_handle())
}

#[cfg(unix)]
async fn answer(stream: Stream, app: App) -> std::io::Result<()> {
    use tokio::io::AsyncReadExt;
    // Both directions by a shared reference to the one stream.
    let mut write = &stream;
    let mut line = String::new();
    BufReader::new((&stream).take(MAX_LINE)).read_line(&mut line).await?;
    let (lines, mut answers) = channel(16);
    let work = async move {
        let last = match serde_json::from_str::<Envelope>(&line) {
            Ok(envelope) if envelope.connection != app.connection().folder() => {
                HolderAnswer::Failure(Failure::new(
                    FailureCode::FolderLocked,
                    format!(
                        "The folder's holder has the connection {:?} open, not this one.",
                        app.connection().name
                    ),
                ))
            }
            Ok(envelope) => {
                // Whoever asks opens no store and would not know of a loss.
                if let Some(notice) = app.loss_notice() {
                    let warning = format!("{}. {}", notice.title, notice.message);
                    drop(lines.send(HolderAnswer::Warning(warning)).await);
                }
                match act(&app, envelope.request, &lines).await {
                    Ok(()) => HolderAnswer::Done,
                    Err(failure) => HolderAnswer::Failure(failure),
                }
            }
            Err(e) => HolderAnswer::Failure(Failure::field("request", e.to_string())),
        };
        // The asker may have gone away; nobody is left to tell then.
        drop(lines.send(last).await);
    };
    let tell = async {
        while let Some(answer) = answers.recv().await {
            let mut bytes = serde_json::to_vec(&answer)?;
            bytes.push(b'\n');
            write.write_all(&bytes).await?;
        }
        Ok(())
    };
    tokio::join!(work, tell).1
}

impl App {
    /// Carries a request out in this process; `on_line` gets each record and says whether anybody wants the next.
    pub async fn answer_here(
        &self,
        request: HolderRequest,
        mut on_line: impl FnMut(Value) -> bool,
    ) -> Result<()> {
        let (lines, mut answers) = channel(16);
        let work = async move { act(self, request, &lines).await };
        let tell = async move {
            while let Some(answer) = answers.recv().await {
                if let HolderAnswer::Line(value) = answer
                    && !on_line(value)
                {
                    return;
                }
            }
        };
        tokio::join!(work, tell).0
    }
}

async fn act(app: &App, request: HolderRequest, lines: &Sender<HolderAnswer>) -> Result<()> {
    let send = async |value: Value| drop(lines.send(HolderAnswer::Line(value)).await);
    match request {
        HolderRequest::RunStatus { run } => send(app.retention_status(run.as_deref()).await?).await,
        HolderRequest::Pause { run } => send(json(&app.retention_pause(&run).await?)).await,
        HolderRequest::Cancel { run } => send(json(&app.retention_cancel(&run).await?)).await,
        HolderRequest::Resume { run, options } => {
            let mut progress = app.retention_resume(&run, options).await?;
            loop {
                let now = progress.borrow_and_update().clone();
                let ended = now.ended();
                send(json(&now.view)).await;
                if ended || progress.changed().await.is_err() {
                    break;
                }
            }
        }
        HolderRequest::Pace { run, per_minute } => {
            send(json(&app.retention_set_pace(&run, per_minute)?)).await;
        }
        HolderRequest::Allow { policy } => {
            let id = app.retention_policy_id(policy.as_deref());
            send(json(&app.retention_allow_once(&id).await?)).await;
        }
        HolderRequest::Holds => {
            for hold in app.hold_list()? {
                send(json(&hold)).await;
            }
        }
        HolderRequest::Outbox { query } => {
            let mut entries = app.outbox_entries(query);
            while let Some(entry) = entries.next().await {
                // Whoever asked may have gone away; then the rest need not be read.
                if lines.send(HolderAnswer::Line(json(&entry))).await.is_err() {
                    break;
                }
            }
            let damaged = entries.end().await?;
            if damaged > 0 {
                return Err(Failure::damaged_entries(damaged));
            }
        }
    }
    Ok(())
}

fn json(view: &impl Serialize) -> Value {
    serde_json::to_value(view).expect("views are plain data with text keys")
}

/// Asks the process that holds the folder; `on_line` gets each record as it comes, `on_warning` what a person should know
/// beside them.
///
/// # Errors
/// What the holder answered, or [`FailureCode::FolderLocked`] when it does not answer questions.
#[cfg(unix)]
pub async fn ask_holder(
    root: &Path,
    connection_folder: &str,
    request: HolderRequest,
    mut on_line: impl FnMut(Value),
    mut on_warning: impl FnMut(&str),
) -> Result<()> {
    let silent = |why: String| {
        Failure::new(
            FailureCode::FolderLocked,
            format!("The process that holds the folder does not answer: {why}."),
        )
    };
    let stream = local_socket::connect(root).await.map_err(|e| silent(e.to_string()))?;
    let mut write = &stream;
    let mut bytes = serde_json::to_vec(&Envelope { connection: connection_folder.to_owned(), request })
        .expect("a request is plain data");
    bytes.push(b'\n');
    write.write_all(&bytes).await.map_err(|e| silent(e.to_string()))?;
    let mut lines = BufReader::new(&stream).lines();
    while let Some(line) = lines.next_line().await.map_err(|e| silent(e.to_string()))? {
        match serde_json::from_str(&line).map_err(|e| silent(e.to_string()))? {
            HolderAnswer::Line(value) => on_line(value),
            HolderAnswer::Warning(text) => on_warning(&text),
            HolderAnswer::Done => return Ok(()),
            HolderAnswer::Failure(failure) => return Err(failure),
        }
    }
    Err(silent("it went away".into()))
}

/// Asks the process that holds the folder.
#[cfg(not(unix))]
pub async fn ask_holder(
    _root: &Path,
    _connection_folder: &str,
    _request: HolderRequest,
    _on_line: impl FnMut(Value),
    _on_warning: impl FnMut(&str),
) -> Result<()> {
    Err(Failure::new(FailureCode::FolderLocked, "Another process holds the folder."))
}
