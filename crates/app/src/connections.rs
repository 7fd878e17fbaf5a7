use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use genesys::Endpoints;
use serde::{Deserialize, Serialize};

use crate::{Failure, FailureCode, plain_text, views::ConnectionKind};

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
            Ok(bytes) => plain_text(&bytes)
                .map_err(str::to_owned)
                .and_then(|text| serde_json::from_slice::<Self>(text).map_err(|e| e.to_string()))
                .and_then(Self::if_ours)
                .map_err(|why| {
                    let message = format!("{} cannot be read: {why}", path.display());
                    Failure::new(FailureCode::StoreDamaged, message)
                }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(e) => Err(Failure::of_file(format!("{} cannot be read", path.display()), &e)),
        }
    }

    /// The list, if this program can have written it. A name is a folder's name, so a foreign one could lead anywhere.
    fn if_ours(self) -> Result<Self, String> {
        let mut folders = BTreeSet::from([Connection::embedded().folder()]);
        for (name, connection) in &self.connections {
            let ours = *name == connection.name
                && is_name(name)
                && connection.environment != Environment::Embedded
                && folders.insert(connection.folder());
            if !ours {
                return Err(format!("the connection {name:?} is not one that was added here"));
            }
        }
        Ok(self)
    }

    /// Writes the file whole, then renames it into place, so that a crash leaves the old or the new one.
    pub(crate) fn save(&self, root: &Path) -> Result<(), Failure> {
        let write = || -> std::io::Result<()> {
            let next = root.join("connections.json.next");
            // One that a crash left half-written, or that somebody put there.
            match std::fs::remove_file(&next) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
            let file = store::private::new_file(&next)?;
            serde_json::to_writer_pretty(&file, self)?;
            file.sync_all()?;
            std::fs::rename(next, root.join("connections.json"))
        };
        write().map_err(|e| Failure::of_file("The list of connections could not be saved", &e))
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
        if !is_name(name) {
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

fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == ' ';
    (1..=40).contains(&name.len()) && name.chars().all(allowed) && name.trim() == name
}

#[cfg(test)]
mod tests {
    use super::*;

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
    #[test]
    fn a_list_that_was_not_written_here_leads_to_no_folder() {
        let dir = tempfile::tempdir().unwrap();
        let load = |text: &str| {
            std::fs::write(dir.path().join("connections.json"), text).unwrap();
            Connections::load(dir.path())
        };
        let entry = |key: &str, name: &str, environment: &str| {
            format!(r#"{key:?}:{{"name":{name:?},"kind":"test","environment":{environment},"clientId":"a"}}"#)
        };
        let region = r#"{"region":"us-east-1"}"#;
        let list = |entries: &[String]| format!(r#"{{"connections":{{{}}}}}"#, entries.join(","));
        assert!(load(&list(&[entry("a b", "a b", region), entry("c", "c", region)])).is_ok());
        for bad in [
            list(&[entry("a", "../../a", region)]),
            list(&[entry("../a", "../a", region)]),
            list(&[entry("env.1", "env.1", region)]),
            list(&[entry("a", "b", region)]),
            list(&[entry("a", "a", "\"embedded\"")]),
            list(&[entry("a b", "a b", region), entry("a-b", "a-b", region)]),
            list(&[entry("Simulator", "Simulator", region)]),
            "nonsense".to_owned(),
        ] {
            assert_eq!(load(&bad).unwrap_err().code, FailureCode::StoreDamaged, "{bad}");
        }
    }
}
