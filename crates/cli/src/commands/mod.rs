mod audit;
mod certificate;
mod chat;
mod connection;
pub mod gateway;
mod guests;
mod hold;
mod key;
mod outbox;
mod policy;
mod recover;
mod retention;
mod session;
mod simulator;

use std::{io::Read, str::FromStr, sync::Arc};

use app::{Existing, Failure, plain_text};
use clap::CommandFactory;

use crate::{
    args::{Args, Command},
    interrupt::Interrupt,
    output::{DONE, Out},
};

/// Carries the command out; answers the exit code.
pub async fn run(args: &Args, out: &Arc<Out>, interrupt: &Interrupt) -> Result<u8, Failure> {
    let everywhere = &args.everywhere;
    match &args.command {
        Command::Simulator(options) => simulator::run(options, out, interrupt).await,
        Command::Connection(command) => connection::run(command, everywhere, out).await,
        Command::Guests(command) => guests::run(command, everywhere, out).await,
        Command::Session(command) => session::run(command, everywhere, out).await,
        Command::Chat(command) => chat::run(command, everywhere, out).await,
        Command::Outbox(command) => outbox::run(command, everywhere, out, interrupt).await,
        Command::Gateway(options) => gateway::run(options, everywhere, out, interrupt).await,
        Command::Key(command) => key::run(command, everywhere, out).await,
        Command::Retention(command) => retention::run(command, everywhere, out, interrupt).await,
        Command::Hold(command) => hold::run(command, everywhere, out).await,
        Command::Audit(command) => audit::run(command, everywhere, out).await,
        Command::Recover { accept } => recover::run(accept.as_deref(), everywhere, out).await,
        Command::Completions { shell } => {
            // Into memory first: it does not outlive a writer that takes nothing.
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "innkeeper", &mut script);
            out.text(&String::from_utf8_lossy(&script));
            Ok(DONE)
        }
    }
}

/// What `--replace` says of a file that is there.
fn existing(replace: bool) -> Existing {
    if replace { Existing::Replace } else { Existing::Keep }
}

/// Reads an id, or says which argument is wrong and what is allowed.
fn parse<T>(argument: &str, text: &str) -> Result<T, Failure>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|e: T::Err| Failure::field(argument, e.to_string()))
}

/// Runs what may block for as long as a person thinks, on a thread of its own that nothing waits for at the end.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let (tell, told) = tokio::sync::oneshot::channel();
    // Nobody listens any more after an interruption.
    std::thread::spawn(move || drop(tell.send(work())));
    told.await.unwrap_or_else(|_| Err(Failure::internal("reading stdin ended without a word")))
}

/// Everything on stdin, at most 64 KiB, without one trailing newline; and whether there was one.
async fn stdin_text() -> Result<(String, bool), Failure> {
    aside(|| {
        let mut bytes = Vec::new();
        std::io::stdin()
            .take(64 * 1024)
            .read_to_end(&mut bytes)
            .map_err(|e| Failure::field("stdin", format!("cannot be read: {e}")))?;
        let text = plain_text(&bytes).map_err(|why| Failure::field("stdin", why))?;
        let mut text =
            String::from_utf8(text.to_vec()).map_err(|_| Failure::field("stdin", "is no text in UTF-8"))?;
        let is_cut = text.ends_with('\n');
        if is_cut {
            text.pop();
            if text.ends_with('\r') {
                text.pop();
            }
        }
        Ok((text, is_cut))
    })
    .await
}
