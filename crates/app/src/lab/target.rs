//! Where guests of the lab chat: the deployment with its addresses, the client, and the org's API where there is an OAuth client.

use std::{path::PathBuf, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use genesys::{
    Dialect, Endpoints, ExtraRoots, Org, Settings,
    webmessaging::{ChatOptions, Deployment, DeploymentConfig, WebMessaging, WebMessagingError},
};
use lab::scenario::{Config, Setting};
use model::Secret;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::{
    App, Connection, DataFolder, EnvironmentVariables, Failure, FailureCode, Result,
    app::blocking,
    connection::client_secrets::SecretEdition,
    connection::deployment::{deployment_id, guest_origin},
    connection::folder::open_secrets_by,
    connection::secret_binding::Bound,
    lab::{notes::LabNotes, org::LabOrg, variables::LabVariables},
    system::network::Network,
    views::ConnectionKind,
};

/// The deployment of the embedded org.
pub const EMBEDDED_DEPLOYMENT: &str = "00000000-0000-4000-8000-000000000001";

/// How long connecting and configuring a session may take.
const OPEN_WITHIN: Duration = Duration::from_secs(10);

/// The vendor's documented limit of messages a session and second.
const MESSAGES_PER_SECOND: u32 = 2;

/// What a command line says of where guests chat, and the scenario file beside it.
#[derive(Debug, Clone, Default)]
pub struct LabChoice {
    /// `--deployment`
    pub deployment: Option<String>,
    /// `--region`
    pub region: Option<String>,
    /// `--origin`
    pub origin: Option<String>,
    /// `config` of the file; everything else beats it.
    pub file: Option<Config>,
}

/// Opens the connection to the embedded org and with it the data folder.
pub type OpenEmbedded<'a> = Box<dyn Fn() -> BoxFuture<'a, Result<App>> + Send + Sync + 'a>;

/// What a process knows of where it stands. One for all files of a command: the embedded org is opened once.
pub struct Lab<'a> {
    /// `--connection`
    pub connection: Option<String>,
    /// Those of the org.
    pub variables: EnvironmentVariables,
    /// Those of the lab.
    pub lab_variables: LabVariables,
    /// The data folder. It is locked for the embedded org only, whose world lies in it.
    pub root: PathBuf,
    /// Of the sealed secrets file.
    pub passphrase: Option<Secret>,
    /// Trusted beside the system's certificates.
    pub roots: ExtraRoots,
    /// Where the embedded org is the one.
    pub open_embedded: OpenEmbedded<'a>,
    /// Once opened.
    pub embedded: OnceCell<App>,
}

/// Where guests chat.
#[derive(Clone)]
pub struct LabTarget {
    /// The deployment and its addresses.
    pub deployment: Deployment,
    /// Opens chats.
    pub client: WebMessaging,
    /// What kind of org it is taken for.
    pub kind: ConnectionKind,
    /// Host and port of the socket, as result lines name it.
    pub host: String,
    /// Whether nothing leaves this computer: the embedded org, or an address on loopback.
    pub is_local: bool,
    /// Where guests that are made are noted.
    pub notes: LabNotes,
    /// The connection that is read-only, by its name.
    read_only: Option<String>,
    api: Arc<Api>,
}

/// The org's API, signed in to when it is first asked.
struct Api {
    org: OnceCell<Org>,
    sign_in: SignIn,
    dialect: Dialect,
    endpoints: Endpoints,
    network: Network,
}

enum SignIn {
    /// By the open connection, which is kept open.
    Open(App),
    /// With the secret of a stored connection, read without its folder's lock.
    Stored { root: PathBuf, connection: Connection, passphrase: Option<Secret> },
    /// With this client.
    With { client_id: String, secret: Secret },
    /// There is no OAuth client.
    Nobody,
}

impl Lab<'_> {
    /// Where the guests of this choice chat. Makes and sends nothing, but that the embedded org is started.
    ///
    /// # Errors
    /// Wrong use by field: no deployment, an id or address that is none, variables that lost their value or do not fit together;
    /// what opening the data folder says for the embedded org.
    pub async fn target(&self, choice: &LabChoice) -> Result<LabTarget> {
        let stored = DataFolder::connections_of(&self.root)?;
        let file_region = choice.file.as_ref().and_then(|file| file.region.as_ref());
        let org = LabOrg::resolve(
            self.connection.as_deref(),
            &self.variables,
            &stored,
            choice.region.as_deref(),
            file_region.map(|region| region.text.as_str()),
        )?;
        let place = Place::choose(choice, &self.lab_variables, &org)?;
        let (endpoints, sign_in) = match &org {
            LabOrg::Embedded => {
                let app = self.embedded.get_or_try_init(|| (self.open_embedded)()).await?;
                return app.lab_place(&place, &self.root);
            }
            LabOrg::Stored(connection) => {
                let (root, passphrase) = (self.root.clone(), self.passphrase.clone());
                let sign_in = SignIn::Stored { root, connection: connection.clone(), passphrase };
                (connection.environment.endpoints()?, sign_in)
            }
            LabOrg::Variables(connection, secret) => {
                let sign_in =
                    SignIn::With { client_id: connection.client_id.clone(), secret: secret.clone() };
                (connection.environment.endpoints()?, sign_in)
            }
            LabOrg::SocketOnly(environment) => (environment.endpoints()?, SignIn::Nobody),
        };
        let read_only = org.connection().filter(|c| c.read_only).map(|c| c.name.clone());
        let dialect = match org.connection() {
            Some(connection) => connection.dialect(),
            None => Dialect::of(None, endpoints.is_region()),
        };
        let network = Network::trusting(self.roots.clone());
        let api = Api { org: OnceCell::new(), sign_in, dialect, endpoints, network };
        LabTarget::new(&place, org.kind(), read_only, LabNotes::at(&self.root), api)
    }
}

impl App {
    /// Where guests of the open connection chat. A region in `choice` moves nothing.
    ///
    /// # Errors
    /// No deployment, or an id or address that is none, by field.
    pub fn lab_target(&self, choice: &LabChoice, variables: &LabVariables) -> Result<LabTarget> {
        let org = match &self.0.connection {
            connection if connection.environment == crate::Environment::Embedded => LabOrg::Embedded,
            connection => LabOrg::Stored(connection.clone()),
        };
        let place = Place::choose(choice, variables, &org)?;
        self.lab_place(&place, self.0.folder.root())
    }

    fn lab_place(&self, place: &Place, root: &std::path::Path) -> Result<LabTarget> {
        let connection = &self.0.connection;
        let endpoints = match self.embedded_url() {
            Some(url) => Endpoints::one_origin(url).map_err(|e| Failure::internal(e.to_string()))?,
            None => connection.environment.endpoints()?,
        };
        let read_only = connection.read_only.then(|| connection.name.clone());
        let network = self.0.folder.network.clone();
        let (sign_in, dialect) = (SignIn::Open(self.clone()), connection.dialect());
        let api = Api { org: OnceCell::new(), sign_in, dialect, endpoints, network };
        LabTarget::new(place, connection.kind, read_only, LabNotes::at(root), api)
    }
}

/// Deployment and origin, chosen.
struct Place {
    deployment: String,
    origin: Option<String>,
    /// Where the origin was given.
    origin_field: &'static str,
}

impl Place {
    /// The command line's, else the variable's, else what is stored with the connection, else the file's. The embedded org has a
    /// deployment of its own.
    fn choose(choice: &LabChoice, variables: &LabVariables, org: &LabOrg) -> Result<Self> {
        let file = choice.file.as_ref();
        let of_file = |setting: Option<&Setting>| setting.map(|setting| setting.text.clone());
        let stored = org.connection();
        let deployment = [
            ("--deployment", choice.deployment.clone()),
            ("GC_DEPLOYMENT_ID", unless(choice.deployment.is_some(), &variables.deployment)?),
            ("deployment", stored.and_then(|c| c.deployment.clone())),
            ("deployment", matches!(org, LabOrg::Embedded).then(|| EMBEDDED_DEPLOYMENT.to_owned())),
            ("config.deploymentId", of_file(file.and_then(|file| file.deployment_id.as_ref()))),
        ];
        let origin = [
            ("--origin", choice.origin.clone()),
            ("GC_ORIGIN", unless(choice.origin.is_some(), &variables.origin)?),
            ("origin", stored.and_then(|c| c.origin.clone())),
            ("config.origin", of_file(file.and_then(|file| file.origin.as_ref()))),
        ];
        let Some((field, id)) = first(deployment) else {
            let why = "is needed: the id of the messenger deployment in which the guests chat";
            return Err(Failure::field("--deployment", why).with_next(
                "Give --deployment ID or set GC_DEPLOYMENT_ID, store it with the connection (`connection edit NAME --deployment \
                 ID`), or write config.deploymentId into the scenario file.",
            ));
        };
        let origin = first(origin);
        let origin_field = origin.as_ref().map_or("origin", |(field, _)| *field);
        let origin = origin.map(|(field, origin)| guest_origin(field, &origin)).transpose()?;
        Ok(Self { deployment: deployment_id(field, &id)?, origin, origin_field })
    }
}

fn first<const N: usize>(given: [(&'static str, Option<String>); N]) -> Option<(&'static str, String)> {
    given.into_iter().find_map(|(field, value)| value.map(|value| (field, value)))
}

/// A variable, which may have lost its value, unless the command line says the same thing.
fn unless(is_given: bool, variable: &Result<Option<String>>) -> Result<Option<String>> {
    if is_given { Ok(None) } else { variable.clone() }
}

impl LabTarget {
    fn new(
        place: &Place,
        kind: ConnectionKind,
        read_only: Option<String>,
        notes: LabNotes,
        api: Api,
    ) -> Result<Self> {
        let deployment =
            Deployment::at(&api.endpoints, &place.deployment, place.origin.as_deref()).map_err(|error| {
                match error {
                    WebMessagingError::Invalid { why, .. } => Failure::field(place.origin_field, why),
                    error => Failure::field("deployment", error.to_string()),
                }
            })?;
        Ok(Self {
            client: api.network.web_messaging.clone(),
            host: deployment.host(),
            is_local: api.endpoints.is_loopback(),
            deployment,
            kind,
            notes,
            read_only,
            api: Arc::new(api),
        })
    }

    /// Refuses guests over a read-only connection: each is a new one at the org.
    ///
    /// # Errors
    /// [`FailureCode::ReadOnly`].
    pub fn may_write(&self) -> Result<()> {
        self.read_only.as_deref().map_or(Ok(()), |name| Err(Failure::read_only(name)))
    }

    /// The org's API, for what the socket does not tell: guests, conversations.
    ///
    /// # Errors
    /// [`FailureCode::InvalidInput`] without an OAuth client; a stored connection's secret that cannot be read.
    pub async fn org(&self) -> Result<&Org> {
        let api = &self.api;
        api.org
            .get_or_try_init(|| async {
                let (client_id, client_secret) = match &api.sign_in {
                    SignIn::Open(app) => return Ok(app.0.org.clone()),
                    SignIn::With { client_id, secret } => (client_id.clone(), secret.clone()),
                    SignIn::Stored { root, connection, passphrase } => {
                        let (root, passphrase) = (root.clone(), passphrase.clone());
                        let read = connection.clone();
                        let secret = blocking(move || stored_secret(&root, &read, passphrase)).await?;
                        (connection.client_id.clone(), secret)
                    }
                    SignIn::Nobody => {
                        return Err(Failure::field(
                            "GC_CLIENT_ID",
                            "is needed to ask the org's API, with GC_CLIENT_SECRET",
                        )
                        .with_next("Set GC_CLIENT_ID and GC_CLIENT_SECRET, or name a stored connection."));
                    }
                };
                let settings = Settings { endpoints: api.endpoints.clone(), client_id, client_secret };
                let Network { transport, clock, .. } = api.network.clone();
                Ok(Org::connect(api.dialect, settings, transport, clock))
            })
            .await
    }

    /// Whether the org's API can be asked at all.
    #[must_use]
    pub fn has_api(&self) -> bool {
        !matches!(self.api.sign_in, SignIn::Nobody)
    }

    /// How a new guest of this deployment chats, under a token of their own.
    #[must_use]
    pub fn chat_options(config: &DeploymentConfig) -> ChatOptions {
        ChatOptions {
            token: Secret::new(Uuid::new_v4().to_string()),
            start_new: false,
            attributes: std::collections::BTreeMap::new(),
            attributes_if_new: Default::default(),
            application: Some(concat!("innkeeper-", env!("CARGO_PKG_VERSION")).to_owned()),
            open_within: OPEN_WITHIN,
            reconnect_for: None,
            messages_per_second: MESSAGES_PER_SECOND,
            offline: false,
            join: config.auto_start == Some(true),
            typing: config.user_typing == Some(true),
        }
    }
}

/// The client secret of a stored connection whose folder another process may hold: nothing is written. Blocking.
fn stored_secret(
    root: &std::path::Path,
    connection: &Connection,
    passphrase: Option<Secret>,
) -> Result<Secret> {
    let missing = || {
        let message =
            format!("The secret store has no client secret for the connection {:?}.", connection.name);
        Failure::new(FailureCode::CredentialsRejected, message)
            .with_next("Edit the connection and give its secret anew.")
    };
    let dir = root.join("connections").join(connection.folder());
    if !dir.is_dir() {
        return Err(missing());
    }
    let secrets = open_secrets_by(store::open_secrets, &dir, passphrase, false)?;
    let secret = SecretEdition::read(&*secrets, connection.edition)?.secret().ok_or_else(missing)?;
    if Bound::read(&*secrets, connection.edition)?.is_some() {
        Bound::check(&*secrets, connection)?;
    }
    Ok(secret)
}
