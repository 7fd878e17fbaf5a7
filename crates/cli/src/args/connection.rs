use app::views::ConnectionKind;
use clap::{
    Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};

/// The orgs this data folder knows.
#[derive(Subcommand)]
pub enum Connection {
    /// Sign in and ask what the token may do.
    Test,
    /// The connections there are.
    List,
    /// Add a connection; its client secret is read from stdin.
    Add {
        name: String,
        /// Decides colour and guards; a region is production unless it is given.
        #[arg(long, value_parser = kinds(), required_unless_present = "environment")]
        kind: Option<ConnectionKind>,
        /// A region id such as us-east-1, or a domain such as mypurecloud.com. Read-only until `connection edit NAME --read-write`.
        #[arg(long, conflicts_with = "base_url", required_unless_present = "base_url")]
        environment: Option<String>,
        /// Which API the org speaks, guest-api or genesys-cloud; left out, a region speaks genesys-cloud and a base URL guest-api.
        #[arg(long)]
        dialect: Option<String>,
        /// One origin that serves login and API; plain http only on loopback.
        #[arg(long)]
        base_url: Option<String>,
        /// The OAuth client's id; else GC_CLIENT_ID.
        #[arg(long)]
        client_id: Option<String>,
        /// Refuse every write.
        #[arg(long)]
        read_only: bool,
        /// The messenger deployment in which guests of the lab chat.
        #[arg(long, value_name = "ID")]
        deployment: Option<String>,
        /// What guests of the lab send as the origin of their page, such as https://shop.example.
        #[arg(long)]
        origin: Option<String>,
    },
    /// Change a connection; what is not given stays.
    #[command(group(clap::ArgGroup::new("changes").required(true).multiple(true)))]
    Edit {
        name: String,
        /// Another name; its folder stays where it is.
        #[arg(long = "name", value_name = "NAME", group = "changes")]
        new_name: Option<String>,
        #[arg(long, value_parser = kinds(), group = "changes")]
        kind: Option<ConnectionKind>,
        // vendor-fact: regions
        /// A region id such as us-east-1, or a domain such as mypurecloud.com.
        #[arg(long, conflicts_with = "base_url", group = "changes")]
        environment: Option<String>,
        /// One origin that serves login and API; plain http only on loopback.
        #[arg(long, group = "changes")]
        base_url: Option<String>,
        /// Which API the org speaks, guest-api or genesys-cloud. Refused while messages wait, a run is not over or a schedule is on.
        #[arg(long, group = "changes")]
        dialect: Option<String>,
        /// The OAuth client's id.
        #[arg(long, group = "changes")]
        client_id: Option<String>,
        /// Read another client secret from stdin; needed where another address or client gets it.
        #[arg(long, group = "changes")]
        secret: bool,
        /// Refuse every write.
        #[arg(long, conflicts_with = "read_write", group = "changes")]
        read_only: bool,
        /// Allow writes again.
        #[arg(long, group = "changes")]
        read_write: bool,
        /// The messenger deployment in which guests of the lab chat.
        #[arg(long, value_name = "ID", group = "changes")]
        deployment: Option<String>,
        /// None any more.
        #[arg(long, conflicts_with = "deployment", group = "changes")]
        no_deployment: bool,
        /// What guests of the lab send as the origin of their page, such as https://shop.example.
        #[arg(long, group = "changes")]
        origin: Option<String>,
        /// None any more.
        #[arg(long, conflicts_with = "origin", group = "changes")]
        no_origin: bool,
        /// Change it only if its sign-in works.
        #[arg(long)]
        test: bool,
    },
    /// Forget a connection and its secret; its folder is set aside.
    Remove {
        name: String,
        /// Also where messages wait in it, a run is not over or a schedule is on: what would be left behind is told without it.
        #[arg(long)]
        confirm: bool,
    },
}

fn kinds() -> impl TypedValueParser<Value = ConnectionKind> {
    PossibleValuesParser::new(["simulator", "development", "test", "production"])
        .map(|kind| serde_json::from_value(kind.into()).expect("each is the name of a kind"))
}
