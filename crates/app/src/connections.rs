use std::{collections::BTreeMap, path::Path};

use genesys::Endpoints;
use model::Secret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Failure, FailureCode, views::ConnectionKind};

/// The name of the embedded org's connection; always there, never stored.
pub(crate) const EMBEDDED: &str = "simulator";

/// Where a connection leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Environment {
    /// The org inside this program; its world lives in the data folder.
    Embedded,
    /// A region by id or domain.
    Region(String),
    /// One origin that serves login and API.
    BaseUrl(String),
}

impl Environment {
    /// As a person knows it.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Embedded => "embedded simulator",
            Self::Region(text) | Self::BaseUrl(text) => text,
        }
    }

    /// Where to sign in and call.
    pub(crate) fn endpoints(&self) -> Result<Endpoints, Failure> {
        match self {
            Self::Embedded => Err(Failure::internal("the embedded org has no address before it is started")),
            Self::Region(text) => {
                Endpoints::region(text).map_err(|e| Failure::field("environment", e.to_string()))
            }
            Self::BaseUrl(text) => {
                Endpoints::one_origin(text).map_err(|e| Failure::field("baseUrl", e.to_string()))
            }
        }
    }
}

/// A stored connection, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// Chosen by the person.
    pub name: String,
    /// Decides colour and guards.
    pub kind: ConnectionKind,
    /// Where it leads.
    pub environment: Environment,
    /// The OAuth client.
    pub client_id: String,
    /// Nothing is written over it.
    #[serde(default)]
    pub read_only: bool,
}

impl Connection {
    /// The org inside this program.
    #[must_use]
    pub fn embedded() -> Self {
        Self {
            name: EMBEDDED.into(),
            kind: ConnectionKind::Simulator,
            environment: Environment::Embedded,
            client_id: "demo".into(),
            read_only: false,
        }
    }

    /// The folder of its outbox, plans and runs, below `connections/`. Names that differ only in case or in spaces
    /// against dashes would share it and are refused when added; those from the environment start with `env.`,
    /// which no name can.
    #[must_use]
    pub fn folder(&self) -> String {
        self.name.to_lowercase().replace(' ', "-")
    }
}

/// What the environment says about the connection (`cli.md`, "Everywhere").
#[derive(Debug, Clone, Default)]
pub struct EnvironmentVariables {
    /// `GC_BASE_URL`
    pub base_url: Option<String>,
    /// `GC_ENVIRONMENT`
    pub environment: Option<String>,
    /// `GC_CLIENT_ID`
    pub client_id: Option<String>,
    /// `GC_CLIENT_SECRET`
    pub client_secret: Option<Secret>,
    /// `GC_BASE_URL` is there, but empty: a script lost its value.
    pub base_url_lost: bool,
}

impl EnvironmentVariables {
    /// Reads them from this process; an empty one counts as not set.
    #[must_use]
    pub fn read() -> Self {
        let get = |name| std::env::var(name).ok().filter(|v: &String| !v.trim().is_empty());
        Self {
            base_url: get("GC_BASE_URL"),
            environment: get("GC_ENVIRONMENT"),
            client_id: get("GC_CLIENT_ID"),
            client_secret: get("GC_CLIENT_SECRET").map(Secret::new),
            base_url_lost: std::env::var("GC_BASE_URL").is_ok_and(|url| url.trim().is_empty()),
        }
    }
}

/// Which connection is opened.
#[derive(Debug, Clone)]
pub enum Choice {
    /// A stored one, or the embedded org by its name.
    Stored(Connection),
    /// From the environment variables, with its secret.
    FromEnvironment(Connection, Secret),
}

impl Choice {
    /// `--connection` first, then the environment, then the embedded org.
    ///
    /// # Errors
    /// [`FailureCode::UnknownConnection`], or [`FailureCode::InvalidInput`] when the variables do not fit together.
    pub fn resolve(
        name: Option<&str>,
        variables: &EnvironmentVariables,
        stored: &Connections,
    ) -> Result<Self, Failure> {
        if let Some(name) = name {
            return stored.get(name).map(Self::Stored);
        }
        let v = variables;
        if v.base_url.is_none()
            && v.environment.is_none()
            && v.client_id.is_none()
            && v.client_secret.is_none()
        {
            return Ok(Self::Stored(Connection::embedded()));
        }
        let missing = |name: &str| {
            Failure::field(
                name,
                "is not set, but other GC_ variables are; set both GC_CLIENT_ID and GC_CLIENT_SECRET",
            )
        };
        let client_id = v.client_id.clone().ok_or_else(|| missing("GC_CLIENT_ID"))?;
        let secret = v.client_secret.clone().ok_or_else(|| missing("GC_CLIENT_SECRET"))?;
        let environment = match (&v.base_url, &v.environment) {
            (Some(url), _) => Environment::BaseUrl(url.trim_end_matches('/').to_owned()),
            (None, Some(region)) => Environment::Region(region.clone()),
            // The default region is a real cloud: a secret meant for a test org must not go there by accident.
            (None, None) if v.base_url_lost => {
                return Err(Failure::field(
                    "GC_BASE_URL",
                    "is empty; set it, unset it, or set GC_ENVIRONMENT",
                ));
            }
            (None, None) => Environment::Region("us-east-1".into()),
        };
        environment.endpoints()?;
        let digest = Sha256::digest(format!("{}|{client_id}", environment.label()));
        let name = format!("env.{}", digest.iter().take(8).map(|b| format!("{b:02x}")).collect::<String>());
        let connection =
            Connection { name, kind: ConnectionKind::Development, environment, client_id, read_only: false };
        Ok(Self::FromEnvironment(connection, secret))
    }

    /// The connection itself.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        match self {
            Self::Stored(c) | Self::FromEnvironment(c, _) => c,
        }
    }
}

/// The connections of a data folder: `connections.json`, no secrets in it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Connections {
    /// The one the window opens at start; the embedded org when absent.
    #[serde(default)]
    pub(crate) current: Option<String>,
    #[serde(default)]
    connections: BTreeMap<String, Connection>,
    /// Removed by a person, but their secret or folder may still be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    removing: Vec<Connection>,
}

impl Connections {
    /// Reads the file; none is an empty list.
    pub(crate) fn load(root: &Path) -> Result<Self, Failure> {
        let path = root.join("connections.json");
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| {
                Failure::new(FailureCode::StoreDamaged, format!("{} cannot be read: {e}", path.display()))
            }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(e) => Err(Failure::internal(format!("{} cannot be read: {e}", path.display()))),
        }
    }

    /// Writes the file whole, then renames it into place, so that a crash leaves the old or the new one.
    pub(crate) fn save(&self, root: &Path) -> Result<(), Failure> {
        let write = || -> std::io::Result<()> {
            let next = root.join("connections.json.next");
            let file = std::fs::File::create(&next)?;
            serde_json::to_writer_pretty(&file, self)?;
            file.sync_all()?;
            std::fs::rename(next, root.join("connections.json"))
        };
        write().map_err(|e| Failure::internal(format!("the list of connections could not be saved: {e}")))
    }

    /// All, the embedded org first.
    #[must_use]
    pub fn all(&self) -> Vec<Connection> {
        std::iter::once(Connection::embedded()).chain(self.connections.values().cloned()).collect()
    }

    /// One by name.
    ///
    /// # Errors
    /// [`FailureCode::UnknownConnection`] with the names there are.
    pub fn get(&self, name: &str) -> Result<Connection, Failure> {
        self.all().into_iter().find(|c| c.name == name).ok_or_else(|| {
            let names: Vec<_> = self.all().into_iter().map(|c| c.name).collect();
            Failure::new(
                FailureCode::UnknownConnection,
                format!("There is no connection {name:?}. There are: {}.", names.join(", ")),
            )
        })
    }

    pub(crate) fn insert(&mut self, connection: Connection) -> Result<(), Failure> {
        let name = &connection.name;
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == ' ';
        if !(1..=40).contains(&name.len()) || !name.chars().all(allowed) || name.trim() != name {
            return Err(Failure::field(
                "name",
                "must have 1 to 40 letters, digits, '-', '_' or inner spaces",
            ));
        }
        if self.all().iter().chain(&self.removing).any(|c| c.folder() == connection.folder()) {
            return Err(Failure::field(
                "name",
                format!("{name:?} is taken; names are told apart without case and spaces"),
            ));
        }
        if connection.client_id.trim().is_empty() || connection.client_id.len() > 200 {
            return Err(Failure::field("clientId", "must have 1 to 200 characters"));
        }
        connection.environment.endpoints()?;
        self.connections.insert(name.clone(), connection);
        Ok(())
    }

    /// Takes a connection off the list; its secret and folder are next.
    pub(crate) fn begin_removal(&mut self, name: &str) -> Result<(), Failure> {
        if name == EMBEDDED {
            return Err(Failure::field("name", "the embedded simulator cannot be removed"));
        }
        let connection = self.get(name)?;
        self.connections.remove(name);
        self.removing.push(connection);
        Ok(())
    }

    /// The connections whose removal is not over.
    pub(crate) fn removals(&self) -> Vec<Connection> {
        self.removing.clone()
    }

    pub(crate) fn being_removed(&self, name: &str) -> Result<Connection, Failure> {
        let found = self.removing.iter().find(|connection| connection.name == name).cloned();
        found.ok_or_else(|| Failure::internal(format!("the removal of {name:?} was not begun")))
    }

    /// As if the removal had not been begun.
    pub(crate) fn take_removal_back(&mut self, name: &str) -> Result<(), Failure> {
        let connection = self.being_removed(name)?;
        self.removing.retain(|other| other.name != name);
        self.connections.insert(name.to_owned(), connection);
        Ok(())
    }

    /// The secret is gone and the folder set aside.
    pub(crate) fn end_removal(&mut self, name: &str) {
        self.removing.retain(|connection| connection.name != name);
        if self.current.as_deref() == Some(name) {
            self.current = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(
        base: Option<&str>,
        env: Option<&str>,
        id: Option<&str>,
        secret: Option<&str>,
    ) -> EnvironmentVariables {
        EnvironmentVariables {
            base_url: base.map(Into::into),
            environment: env.map(Into::into),
            client_id: id.map(Into::into),
            client_secret: secret.map(|s| Secret::new(s.to_owned())),
            base_url_lost: false,
        }
    }

    fn resolve(v: &EnvironmentVariables) -> Result<Choice, Failure> {
        Choice::resolve(None, v, &Connections::default())
    }

    #[test]
    fn with_nothing_set_the_embedded_org_is_used() {
        assert_eq!(resolve(&vars(None, None, None, None)).unwrap().connection(), &Connection::embedded());
    }

    #[test]
    fn id_and_secret_alone_mean_us_east_1() {
        let choice = resolve(&vars(None, None, Some("a"), Some("b"))).unwrap();
        assert_eq!(choice.connection().environment, Environment::Region("us-east-1".into()));
        assert_eq!(choice.connection().kind, ConnectionKind::Development);
    }

    #[test]
    fn a_base_url_that_a_script_lost_never_sends_the_secret_to_the_default_region() {
        let lost = |environment| EnvironmentVariables {
            base_url_lost: true,
            ..vars(None, environment, Some("a"), Some("b"))
        };
        assert_eq!(resolve(&lost(None)).unwrap_err().fields[0].field, "GC_BASE_URL");
        assert!(resolve(&lost(Some("eu-west-1"))).is_ok());
    }

    #[test]
    fn one_variable_without_the_other_is_wrong_use() {
        for v in [
            vars(None, None, Some("a"), None),
            vars(None, None, None, Some("b")),
            vars(Some("http://127.0.0.1:1"), None, None, None),
        ] {
            assert_eq!(resolve(&v).unwrap_err().code.exit_code(), 2);
        }
    }

    #[test]
    fn the_base_url_beats_the_region_and_plain_http_stays_on_loopback() {
        let v = vars(Some("http://127.0.0.1:4000"), Some("us-east-1"), Some("a"), Some("b"));
        assert_eq!(resolve(&v).unwrap().connection().environment.label(), "http://127.0.0.1:4000");
        assert!(resolve(&vars(Some("http://example.com"), None, Some("a"), Some("b"))).is_err());
    }

    #[test]
    fn names_that_would_share_a_folder_are_refused() {
        let make = |name: &str| Connection {
            name: name.into(),
            environment: Environment::Region("us-east-1".into()),
            kind: ConnectionKind::Test,
            ..Connection::embedded()
        };
        let mut c = Connections::default();
        c.insert(make("My org")).unwrap();
        for bad in ["my-org", "MY ORG", "simulator", "", "a/b", "..", " x"] {
            assert_eq!(c.insert(make(bad)).unwrap_err().fields[0].field, "name", "{bad}");
        }
    }
}
