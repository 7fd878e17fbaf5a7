use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use genesys::{Dialect, Endpoints};
use serde::{Deserialize, Serialize};
use store::{Existing, WholeFile};

use crate::{Failure, FailureCode, Result, plain_text, views::ConnectionKind};

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
    pub fn label(&self) -> &str {
        match self {
            Self::Embedded => "embedded simulator",
            Self::Region(text) | Self::BaseUrl(text) => text,
        }
    }

    pub(crate) fn endpoints(&self) -> Result<Endpoints> {
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
    /// Its folder, where that is not called after its name: it was renamed, or leads to another org than before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Which edition of its secret counts: an edit keeps a new one with the secrets before the list names it.
    #[serde(default, skip_serializing_if = "is_first")]
    pub edition: u32,
    /// The messenger deployment in which guests chat, unless a command names another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
    /// What guests send as the origin of their page, unless a command names another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Which API the org speaks, where a person named it; else it follows from where the org lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<Dialect>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_first(edition: &u32) -> bool {
    *edition == 0
}

impl Connection {
    /// The org inside this program.
    pub fn embedded() -> Self {
        Self {
            name: EMBEDDED.into(),
            kind: ConnectionKind::Simulator,
            environment: Environment::Embedded,
            client_id: "demo".into(),
            read_only: false,
            folder: None,
            edition: 0,
            deployment: None,
            origin: None,
            dialect: None,
        }
    }

    /// Which API the org speaks.
    pub fn dialect(&self) -> Dialect {
        Dialect::of(self.dialect, matches!(self.environment, Environment::Region(_)))
    }

    /// The folder of its outbox, plans and runs, below `connections/`; those of the environment's connections start with
    /// `env.`, which no other can.
    pub fn folder(&self) -> String {
        self.folder.clone().unwrap_or_else(|| self.told_apart())
    }

    /// The name as names are told apart: without case, and with a dash for a space.
    fn told_apart(&self) -> String {
        self.name.to_lowercase().replace(' ', "-")
    }
}

/// The connections of a data folder: `connections.json`, no secrets in it.
///
/// The map of connections is always written, so a file without it is another one or a damaged one.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Connections {
    /// The one the window opens at start; the embedded org when absent.
    #[serde(default)]
    pub(crate) current: Option<String>,
    connections: BTreeMap<String, Connection>,
    /// Which API the embedded org is opened in, where a person chose it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    embedded_dialect: Option<Dialect>,
    /// Removed by a person, but their secret or folder may still be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    removing: Vec<Connection>,
}

impl Connections {
    /// Reads the file; none is an empty list.
    pub(crate) fn load(root: &Path) -> Result<Self> {
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
        let mut names = BTreeSet::from([Connection::embedded().told_apart()]);
        let mut folders = names.clone();
        for (name, connection) in &self.connections {
            let ours = *name == connection.name
                && is_name(name)
                && connection.environment != Environment::Embedded
                && names.insert(connection.told_apart())
                && is_folder(&connection.folder())
                && folders.insert(connection.folder());
            if !ours {
                return Err(format!("the connection {name:?} is not one that was added here"));
            }
        }
        for removed in &self.removing {
            if !is_folder(&removed.folder()) || !folders.insert(removed.folder()) {
                return Err(format!("the connection {:?} is not one that was removed here", removed.name));
            }
        }
        Ok(self)
    }

    /// Writes the file whole: a crash leaves the old or the new one.
    pub(crate) fn save(&self, root: &Path) -> Result<()> {
        let write = || -> std::io::Result<()> {
            let mut file = WholeFile::begin(root)?;
            serde_json::to_writer_pretty(&mut file, self)?;
            file.publish(&root.join("connections.json"), Existing::Replace)
        };
        write().map_err(|e| Failure::of_file("The list of connections could not be saved", &e))
    }

    /// All, the embedded org first.
    pub fn all(&self) -> Vec<Connection> {
        std::iter::once(self.embedded()).chain(self.connections.values().cloned()).collect()
    }

    /// The embedded org as it is opened in this folder.
    pub(crate) fn embedded(&self) -> Connection {
        Connection { dialect: self.embedded_dialect, ..Connection::embedded() }
    }

    pub(crate) fn set_embedded_dialect(&mut self, dialect: Dialect) {
        self.embedded_dialect = Some(dialect);
    }

    /// One by name.
    pub fn get(&self, name: &str) -> Result<Connection> {
        self.all().into_iter().find(|c| c.name == name).ok_or_else(|| {
            let names: Vec<_> = self.all().into_iter().map(|c| c.name).collect();
            Failure::new(
                FailureCode::UnknownConnection,
                format!("There is no connection {name:?}. There are: {}.", names.join(", ")),
            )
        })
    }

    /// Puts a new connection on the list; answers it with its folder.
    pub(crate) fn insert(&mut self, connection: Connection) -> Result<Connection> {
        let name = connection.name.clone();
        if !is_name(&name) {
            return Err(Failure::field(
                "name",
                "must have 1 to 40 letters, digits, '-', '_' or inner spaces",
            ));
        }
        if self.all().iter().any(|c| c.told_apart() == connection.told_apart()) {
            return Err(Failure::field(
                "name",
                format!("{name:?} is taken; names are told apart without case and spaces"),
            ));
        }
        if connection.client_id.trim().is_empty() || connection.client_id.len() > 200 {
            return Err(Failure::field("clientId", "must have 1 to 200 characters"));
        }
        connection.environment.endpoints()?;
        let placed = self.placed(connection);
        self.connections.insert(name, placed.clone());
        Ok(placed)
    }

    /// The connection with a folder that no other one on the list has: a renamed one keeps the folder of its former name.
    fn placed(&self, connection: Connection) -> Connection {
        let taken = |folder: &str| self.all().iter().chain(&self.removing).any(|c| c.folder() == folder);
        if !taken(&connection.folder()) {
            return connection;
        }
        let called = connection.told_apart();
        let mut numbers = (2_u32..).map(|number| format!("{called}+{number}"));
        let free = numbers.find(|folder| !taken(folder)).expect("the list is shorter than all numbers");
        Connection { folder: Some(free), ..connection }
    }

    /// Puts an edited connection in the place of the one of this name, in the same folder or, where it leads to another org,
    /// in one of its own; then the removal of the former one has begun. Answers the edited one with its folder.
    pub(crate) fn replace(&mut self, name: &str, edited: Connection, is_moved: bool) -> Result<Connection> {
        let before = self.stored(name)?;
        let mut next = self.clone();
        next.connections.remove(name);
        let folder = Some(before.folder()).filter(|folder| !is_moved && *folder != edited.told_apart());
        if is_moved {
            next.removing.push(before);
        }
        let placed = next.insert(Connection { folder, ..edited })?;
        if next.current.as_deref() == Some(name) {
            next.current = Some(placed.name.clone());
        }
        *self = next;
        Ok(placed)
    }

    /// One that can be edited or removed.
    pub(crate) fn stored(&self, name: &str) -> Result<Connection> {
        match name {
            EMBEDDED => Err(Failure::field("name", "the embedded simulator stays as it is")),
            _ => self.get(name),
        }
    }

    /// Takes a connection off the list; its secret and folder are next.
    pub(crate) fn begin_removal(&mut self, name: &str) -> Result<()> {
        let connection = self.stored(name)?;
        self.connections.remove(name);
        self.removing.push(connection);
        Ok(())
    }

    pub(crate) fn removals(&self) -> Vec<Connection> {
        self.removing.clone()
    }

    /// Whether the connection of this name is gone, but for its folder.
    pub(crate) fn is_being_removed(&self, name: &str) -> bool {
        !self.connections.contains_key(name) && self.removing.iter().any(|removed| removed.name == name)
    }

    /// As if the removal had not been begun; one whose name was given away meanwhile goes on being removed.
    pub(crate) fn take_removal_back(&mut self, connection: &Connection) {
        if !self.connections.contains_key(&connection.name) {
            self.forget_removal(connection);
            self.connections.insert(connection.name.clone(), connection.clone());
        }
    }

    /// The secret is gone and the folder set aside.
    pub(crate) fn end_removal(&mut self, connection: &Connection) {
        self.forget_removal(connection);
        let is_gone = !self.connections.contains_key(&connection.name);
        if is_gone && self.current.as_deref() == Some(&connection.name) {
            self.current = None;
        }
    }

    fn forget_removal(&mut self, connection: &Connection) {
        self.removing.retain(|removed| removed.folder() != connection.folder());
    }
}

/// A folder that a name, a rename or a move to another org can have made.
fn is_folder(folder: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '+');
    (1..=60).contains(&folder.len()) && folder.chars().all(allowed)
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
    fn a_renamed_connection_keeps_its_folder_and_one_that_moves_gets_its_own() {
        let make = |name: &str| Connection {
            name: name.into(),
            environment: Environment::Region("us-east-1".into()),
            ..Connection::embedded()
        };
        let mut c = Connections { current: Some("Dev".into()), ..Connections::default() };
        c.insert(make("Dev")).unwrap();
        assert_eq!(c.replace("Dev", make("Live"), false).unwrap().folder(), "dev");
        assert_eq!((c.current.as_deref(), c.get("Dev").is_err()), (Some("Live"), true));
        assert_eq!(c.insert(make("Dev")).unwrap().folder(), "dev+2", "its own name's folder is another's");
        assert_eq!(c.replace("Live", make("Live"), true).unwrap().folder(), "live");
        assert_eq!(c.removals()[0].folder(), "dev");
        assert_eq!(c.replace("Live", make("Live"), true).unwrap().folder(), "live+2");
        let dir = tempfile::tempdir().unwrap();
        c.save(dir.path()).unwrap();
        assert_eq!(Connections::load(dir.path()).unwrap().all(), c.all());
        for refused in ["simulator", "Nobody"] {
            assert!(c.replace(refused, make("New"), false).is_err(), "{refused}");
        }
        assert!(c.replace("Live", make("dev"), false).is_err(), "taken");
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
            list(&[entry("a", "a", region).replace("\"clientId", "\"folder\":\"../a\",\"clientId")]),
            list(&[entry("a", "a", region), entry("b", "b", region).replace("\"clientId", "\"folder\":\"a\",\"clientId")]),
            list(&[entry("a", "a", region)]).replace(r#"}}}"#, r#"}},"removing":[{"name":"../b","kind":"test","environment":{"region":"us-east-1"},"clientId":"a"}]}"#),
            "{}".to_owned(),
            "[]".to_owned(),
            "{\"conections\":{}}".to_owned(),
            list(&[entry("a b", "a b", region), entry("a-b", "a-b", region)]),
            list(&[entry("Simulator", "Simulator", region)]),
            "nonsense".to_owned(),
        ] {
            assert_eq!(load(&bad).unwrap_err().code, FailureCode::StoreDamaged, "{bad}");
        }
    }
}
