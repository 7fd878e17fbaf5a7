use clap::Subcommand;

/// Conversations of the org, on a connection whose API shows them (genesys-cloud).
#[derive(Subcommand)]
pub enum Conversation {
    /// Conversations of web messaging that began in the last 31 days, newest first, one by one.
    List {
        /// Those of one guest.
        #[arg(long, value_name = "ID")]
        guest: Option<String>,
        // vendor-fact: analytics-leaves-open
        /// Those without an end: open where the conversation itself confirms it, else unclear.
        #[arg(long)]
        open: bool,
        /// Began in so many days, since a day, or since a time.
        #[arg(long, value_name = "D")]
        since: Option<String>,
        /// With an attribute, or with this value of it; the org tells attributes of one conversation at a time.
        #[arg(long, value_name = "K[=V]")]
        attr: Vec<String>,
        /// Also where more than 250 questions about single conversations have to be asked.
        #[arg(long)]
        yes: bool,
        /// The same up to so many questions.
        #[arg(long, value_name = "COUNT", requires = "attr", conflicts_with = "yes")]
        confirm: Option<usize>,
    },
    /// One conversation with its messages and attributes.
    Show {
        id: String,
        /// Only what was said, one message a line.
        #[arg(long)]
        text: bool,
    },
    /// Set attributes of the guest's part of a running chat; prints what changed.
    Set {
        id: String,
        // vendor-fact: participant-attributes
        /// KEY=VALUE; every value is a text.
        #[arg(required = true)]
        values: Vec<String>,
        /// Only print what would change.
        #[arg(long)]
        dry_run: bool,
    },
}
