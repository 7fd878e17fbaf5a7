use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

#[derive(Subcommand)]
pub enum Lab {
    /// Chat by hand as a guest of a deployment: a line on stdin is a message, replies come as lines. The end of stdin (Ctrl-D) ends
    /// the chat politely.
    Chat(LabChat),
    /// What a test can expect of a deployment, from its public configuration, without signing in. Exit code 1 where something
    /// cannot work.
    Doctor {
        #[command(flatten)]
        place: LabPlace,
        /// Scenario files: steps of theirs that cannot work there are told, with their place.
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Delete the guests that the lab of this data folder made at the org of the connection: those, and no others. Needs an OAuth
    /// client. Obeys holds; cut off, the same command goes on.
    Clean {
        /// Only say who would be deleted.
        #[arg(long)]
        dry_run: bool,
        /// How many guests may be deleted, where they are many and the org is marked as production.
        #[arg(long, value_name = "COUNT")]
        confirm: Option<u32>,
    },
}

#[derive(ClapArgs)]
pub struct LabChat {
    #[command(flatten)]
    pub place: LabPlace,
    /// The guest's name.
    #[arg(long)]
    pub name: Option<String>,
    /// The guest's e-mail address.
    #[arg(long)]
    pub email: Option<String>,
    /// KEY=VALUE, a custom attribute of every message. Values are texts.
    #[arg(long, value_name = "K=V")]
    pub attr: Vec<String>,
    /// The first line on stdin is the token of a guest who was here before; the others are messages.
    #[arg(long)]
    pub token_stdin: bool,
}

/// Where guests of the lab chat.
#[derive(ClapArgs)]
pub struct LabPlace {
    /// The messenger deployment; else GC_DEPLOYMENT_ID, else the one stored with the connection.
    #[arg(long, value_name = "ID")]
    pub deployment: Option<String>,
    /// What the guest's page would send as its origin; else GC_ORIGIN, else the one stored with the connection.
    #[arg(long)]
    pub origin: Option<String>,
    /// A region id or domain, where neither --connection nor GC_ variables say which org. Needs no OAuth client.
    #[arg(long)]
    pub region: Option<String>,
}
