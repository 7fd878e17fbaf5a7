mod connection;
mod conversation;
mod gateway;
pub mod given;
mod lab;
mod retention;
mod scenario;
mod simulator;

use std::path::PathBuf;

use app::views::EntryGroup;
use clap::{
    ArgAction, Args as ClapArgs, Parser, Subcommand,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};

pub use connection::Connection;
pub use conversation::Conversation;
pub use gateway::GatewayArgs;
pub use lab::{Lab, LabChat, LabPlace};
pub use retention::{
    Audit, CountFrom, Hold, Limit, Pace, Policy, PolicyArgs, PolicyChange, Retention, Schedule, WhichPolicy,
};
pub use scenario::{LoadArgs, Place, RunArgs, Scenario};
pub use simulator::Simulator;

/// Guests of Genesys Cloud web messaging: find and correct them, play them, delete the old ones.
///
/// Without --connection and without GC_ variables everything happens on the embedded simulator.
#[derive(Parser)]
#[command(name = "innkeeper", version, arg_required_else_help = true, propagate_version = true)]
pub struct Args {
    #[command(flatten)]
    pub everywhere: Everywhere,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(ClapArgs)]
pub struct Everywhere {
    /// A stored connection; else GC_BASE_URL or GC_ENVIRONMENT, else the embedded simulator. Also a folder env.… of an earlier
    /// version, beside the variables of its org.
    #[arg(long, global = true, value_name = "NAME")]
    pub connection: Option<String>,
    /// The data folder; else INNKEEPER_DATA, else the platform's.
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Trust the certificates of this PEM file beside the system's; else those of GC_CA_FILE. The simulator with --tls tells the
    /// path of its own.
    #[arg(long, global = true, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Answer in JSON on stdout, one document a line.
    #[arg(long, global = true)]
    pub json: bool,
    /// Nothing on stderr but errors.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// More on stderr; twice for more yet. Never a secret or the text of a message.
    #[arg(long, short, global = true, action = ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Subcommand)]
pub enum Command {
    /// Serve a simulated org: the Guest API, and a control port for tests.
    Simulator(Box<Simulator>),
    /// The orgs this data folder knows.
    #[command(subcommand)]
    Connection(Connection),
    /// Find guests and correct their attributes.
    #[command(subcommand)]
    Guests(Guests),
    /// Conversations of the org: find them, read them, set their attributes.
    #[command(subcommand)]
    Conversation(Conversation),
    /// Whether a guest's session is still good.
    #[command(subcommand)]
    Session(Session),
    /// Play a guest.
    #[command(subcommand)]
    Chat(Chat),
    /// Scenario files: what a guest says, and what has to come back.
    #[command(subcommand)]
    Scenario(Scenario),
    /// Guests of the socket: chat by hand, what a deployment can do, and what the lab left behind.
    #[command(subcommand)]
    Lab(Lab),
    /// Messages that are not delivered yet.
    #[command(subcommand)]
    Outbox(Outbox),
    /// The door for a web chat page under test: four chat routes on loopback, with the session token in a cookie.
    Gateway(GatewayArgs),
    /// The key that seals a connection's folder.
    #[command(subcommand)]
    Key(Key),
    /// Delete old guests: policy, plan, run, schedule.
    #[command(subcommand)]
    Retention(Box<Retention>),
    /// Guests that must stay, whatever a policy or a hand wants.
    #[command(subcommand)]
    Hold(Hold),
    /// Who did what, as a chain that shows every change.
    #[command(subcommand)]
    Audit(Audit),
    /// What is missing after a store was lost or an older copy put back. Until a person accepts that, nothing is deleted.
    Recover {
        /// Accept the loss: the connection's name, as `innkeeper recover` shows it.
        #[arg(long, value_name = "NAME")]
        accept: Option<String>,
    },
    /// Print completions for a shell.
    Completions { shell: clap_complete::Shell },
}

impl Command {
    /// Whether it stays until it is interrupted.
    pub fn stays(&self) -> bool {
        match self {
            Self::Simulator(_) | Self::Gateway(_) => true,
            Self::Retention(command) => matches!(**command, Retention::Daemon),
            _ => false,
        }
    }

    /// Whether it may change something, at the org or on this computer, for whoever cannot read its answer.
    pub fn changes(&self) -> bool {
        match self {
            Self::Simulator(_)
            | Self::Session(_)
            | Self::Scenario(Scenario::Check { .. } | Scenario::Schema { .. })
            | Self::Lab(Lab::Doctor { .. } | Lab::Clean { dry_run: true, .. })
            | Self::Completions { .. }
            | Self::Recover { accept: None } => false,
            Self::Connection(command) => !matches!(command, Connection::Test | Connection::List),
            Self::Guests(command) => !matches!(
                command,
                Guests::List { .. }
                    | Guests::Show { .. }
                    | Guests::Find { .. }
                    | Guests::Set { dry_run: true, .. }
            ),
            Self::Conversation(command) => {
                matches!(command, Conversation::Set { dry_run: false, .. })
            }
            Self::Outbox(command) => !matches!(command, Outbox::List { .. }),
            Self::Hold(command) => !matches!(command, Hold::List),
            Self::Audit(command) => matches!(command, Audit::SetAside),
            Self::Retention(command) => match &**command {
                Retention::Policy(command) => !matches!(command, Policy::List),
                Retention::Schedule(command) => !matches!(command, Schedule::Show { .. }),
                Retention::Forecast { .. }
                | Retention::Explain { .. }
                | Retention::Status { .. }
                | Retention::Verify { .. } => false,
                _ => true,
            },
            _ => true,
        }
    }
}

#[derive(Subcommand)]
pub enum Guests {
    /// Guests one by one; memory does not grow with their number. Exit code 3 where the org counts guests that it does not hand
    /// out: how many may be missing is on stderr.
    List {
        /// Such as: name contains "ada" AND createdTime < "2026-01-01T00:00:00Z"
        #[arg(long)]
        filter: Option<String>,
        /// Everyone: what is meant without --filter, in so many words.
        #[arg(long, conflicts_with = "filter")]
        everyone: bool,
        /// Those that the org finds by a text: in name or e-mail address, or as the start of an id.
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// Guests of web-messaging chats that began in the last DAYS (1 to 31), newest first, where the org lists those.
        #[arg(long, value_name = "DAYS", conflicts_with_all = ["search", "sort", "everyone"])]
        recent: Option<u32>,
        /// With --recent: also where many conversations have to be asked about one by one.
        #[arg(long, requires = "recent")]
        yes: bool,
        #[arg(long)]
        limit: Option<u64>,
        /// createdTime, modifiedTime, name, email or id; with :desc downwards.
        #[arg(long)]
        sort: Option<String>,
    },
    /// One guest.
    Show { id: String },
    /// The guest and the conversation that the id of a message or of a conversation belongs to.
    Find {
        /// Of a message or of a conversation: one of this console, and on a live org any.
        id: String,
    },
    /// Change attributes; prints what changed.
    Set {
        id: String,
        /// KEY=VALUE (numbers, true, false and null are typed) or KEY:=JSON.
        #[arg(required_unless_present = "unset")]
        values: Vec<String>,
        /// Remove an attribute.
        #[arg(long, value_name = "KEY")]
        unset: Vec<String>,
        /// Only print what would change.
        #[arg(long)]
        dry_run: bool,
    },
    /// Count an interaction on top of what the org has.
    Interaction {
        id: String,
        #[arg(long = "type", default_value = "message")]
        kind: String,
        #[arg(long, default_value_t = 1)]
        by: u32,
    },
    /// Delete one guest.
    Delete { id: String },
}

#[derive(Subcommand)]
pub enum Session {
    /// Valid, missing, invalid or gone; the session token is read from stdin. Exits 0 only when valid.
    Check {
        #[arg(long, value_name = "ID")]
        guest: Option<String>,
        /// Where sessions are asked about by the guest socket: the messenger deployment; else GC_DEPLOYMENT_ID, else the one stored
        /// with the connection.
        #[arg(long, value_name = "ID")]
        deployment: Option<String>,
        /// The same for what the guest's page would send as its origin; else GC_ORIGIN, else the one stored with the connection.
        #[arg(long)]
        origin: Option<String>,
    },
}

#[derive(Subcommand)]
pub enum Chat {
    /// Start a chat as a new guest.
    Start {
        #[arg(long)]
        name: Option<String>,
        #[arg(long)]
        email: Option<String>,
        /// KEY=VALUE
        #[arg(long, value_name = "K=V")]
        attr: Vec<String>,
        /// Chat by the guest socket of this messenger deployment: the new guest's token is kept sealed until the chat is over, and
        /// name, e-mail address and attributes go with the first message. A live org has no other chats: there it may be left out
        /// for GC_DEPLOYMENT_ID or the one stored with the connection.
        #[arg(long, value_name = "ID")]
        deployment: Option<String>,
        /// What the guest's page would send as its origin; else GC_ORIGIN, else the one stored with the connection.
        #[arg(long)]
        origin: Option<String>,
        /// Print the session token too: the only way to see it.
        #[arg(long)]
        print_token: bool,
    },
    /// End a chat by the guest socket: its token is forgotten. Refused while messages of it wait.
    End { conversation: String },
    /// Put messages into the outbox, on disk. Sends nothing: see `outbox drain`.
    Say {
        #[arg(required_unless_present = "from", conflicts_with = "from")]
        conversation: Option<String>,
        #[arg(required_unless_present = "from", conflicts_with = "from", allow_hyphen_values = true)]
        text: Option<String>,
        /// JSON Lines: {"conversationId","text","id"?}
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
pub enum Outbox {
    /// Everything not delivered, one record a line.
    List {
        #[command(flatten)]
        which: Which,
    },
    /// Send until nothing waits.
    Drain {
        /// Seconds at most.
        #[arg(long, default_value_t = 60, value_name = "S", value_parser = clap::value_parser!(u64).range(0..=604_800))]
        max_wait: u64,
    },
    /// Try an entry at the next drain.
    Retry {
        id: String,
        /// Also when later messages of its conversation were sent already: the guest's words are then read out of order.
        #[arg(long)]
        out_of_order: bool,
    },
    /// Take an entry back.
    Discard { id: String },
    /// Say of an uncertain entry that the org has it: it counts as delivered, and its conversation goes on. Only where no attempt can
    /// find that out.
    MarkDelivered { id: String },
    /// Send an uncertain entry again although the org may have it. Only where no attempt can find that out.
    SendAgain { id: String },
    /// Write everything not delivered to a new file, as JSON Lines. It holds the texts that guests wrote: only its owner
    /// may read it.
    Export {
        file: PathBuf,
        /// Replace a file of that name; otherwise it is left as it is.
        #[arg(long)]
        replace: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Show or set how often one session may be sent to, for orgs that have such a limit; none unless set.
    Limit {
        /// So many messages at most.
        #[arg(long, requires = "seconds", value_name = "N")]
        messages: Option<u32>,
        /// In so many seconds.
        #[arg(long, requires = "messages", value_name = "S")]
        seconds: Option<u32>,
        /// No limit.
        #[arg(long, conflicts_with = "messages")]
        off: bool,
    },
}

#[derive(Subcommand)]
pub enum Key {
    /// Seal everything under a new key and forget the old one. Also ends a rotation that was cut off.
    Rotate,
}

/// Which entries of the outbox.
#[derive(ClapArgs)]
pub struct Which {
    /// Only those in this state.
    #[arg(long, value_name = "STATE", value_parser = groups())]
    pub state: Option<EntryGroup>,
    /// Only those of this conversation.
    #[arg(long, value_name = "CONVERSATION")]
    pub conversation: Option<String>,
}

/// As `outbox drain` counts them.
fn groups() -> impl TypedValueParser<Value = EntryGroup> {
    let groups =
        [("waiting", "Queued, being sent or waiting"), ("uncertain", "Perhaps sent"), ("dead", "Refused")];
    PossibleValuesParser::new(groups.map(|(name, help)| PossibleValue::new(name).help(help)))
        .map(|group| serde_json::from_value(group.into()).expect("each is the name of a group"))
}
