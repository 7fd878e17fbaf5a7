mod audit;
mod certificate;
mod chat;
mod connection;
mod gateway;
mod guests;
mod hold;
mod input;
mod key;
mod outbox;
mod policy;
mod recover;
mod retention;
mod scenario;
mod session;
mod simulator;

use std::sync::Arc;

use app::Failure;
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
        Command::Scenario(command) => scenario::run(command, out).await,
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
