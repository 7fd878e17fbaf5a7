mod audit;
mod certificate;
mod chat;
mod connection;
mod conversation;
mod gateway;
mod guests;
mod hold;
mod input;
mod key;
mod lab;
mod outbox;
mod policy;
mod recover;
mod retention;
mod scenario;
mod session;
mod simulator;

use app::Result;
use clap::CommandFactory;

use crate::{
    args::{Args, Command},
    open::Context,
    output::DONE,
};

/// Carries the command out; answers the exit code.
pub async fn run(command: &Command, cx: &Context<'_>) -> Result<u8> {
    match command {
        Command::Simulator(options) => simulator::run(options, cx).await,
        Command::Connection(command) => connection::run(command, cx).await,
        Command::Guests(command) => guests::run(command, cx).await,
        Command::Conversation(command) => conversation::run(command, cx).await,
        Command::Session(command) => session::run(command, cx).await,
        Command::Chat(command) => chat::run(command, cx).await,
        Command::Scenario(command) => scenario::run(command, cx).await,
        Command::Lab(command) => lab::run(command, cx).await,
        Command::Outbox(command) => outbox::run(command, cx).await,
        Command::Gateway(options) => gateway::run(options, cx).await,
        Command::Key(command) => key::run(command, cx).await,
        Command::Retention(command) => retention::run(command, cx).await,
        Command::Hold(command) => hold::run(command, cx).await,
        Command::Audit(command) => audit::run(command, cx).await,
        Command::Recover { accept } => recover::run(accept.as_deref(), cx).await,
        Command::Completions { shell } => {
            // Into memory first: it does not outlive a writer that takes nothing.
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "innkeeper", &mut script);
            cx.out.text(&String::from_utf8_lossy(&script));
            Ok(DONE)
        }
    }
}
