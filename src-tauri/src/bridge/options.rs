//! What a story asks of its window.

use app::views::{ConnectionKind, NewConnection};
use serde::Deserialize;

/// The connection beside the embedded org.
pub(super) const STORED: &str = "Support EU";

/// What is left out is as it stands in [`Options::default`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Options {
    /// How many guests the org of the open connection has.
    guests: u64,
    /// Requests a minute and token; `None` for no limit.
    rate: Option<u32>,
    /// What the client of that org may do.
    scopes: Vec<String>,
    /// What that client may do by the vendor's own API.
    permissions: Vec<String>,
    /// Which API the open connection speaks; left out, the one of its address.
    dialect: Option<String>,
    /// Of the open connection. Any other than the embedded org is a connection that is stored beside it.
    kind: ConnectionKind,
    /// Nothing may be written over the open connection.
    read_only: bool,
    /// A second connection is stored and not open, and more can be added. Where the open one is stored itself, the embedded org is the second.
    second: bool,
    /// Whether the desktop shows a tray.
    pub(super) tray: bool,
    /// What is wrong with the data folder.
    pub(super) folder: Folder,
}

/// The state in which the data folder is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Folder {
    /// New.
    Good,
    /// Somebody else has it open.
    Locked,
    /// Others may write to it.
    Exposed,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            guests: 250,
            rate: None,
            scopes: simulator::SCOPES.map(str::to_owned).to_vec(),
            permissions: simulator::PERMISSIONS.map(str::to_owned).to_vec(),
            dialect: None,
            kind: ConnectionKind::Simulator,
            read_only: false,
            second: false,
            tray: false,
            folder: Folder::Good,
        }
    }
}

impl Options {
    /// Whether the open connection is the embedded org.
    pub(super) fn opens_embedded(&self) -> bool {
        self.kind == ConnectionKind::Simulator && !self.read_only
    }

    /// The dialect of the embedded org, where that is the open connection and a dialect was named.
    pub(super) fn embedded_dialect(&self) -> Option<&str> {
        self.dialect.as_deref().filter(|_| self.opens_embedded())
    }

    /// Whether a connection is stored, or may be.
    pub(super) fn keeps_secrets(&self) -> bool {
        self.second || !self.opens_embedded()
    }

    pub(super) fn main_org(&self) -> simulator::Options {
        let Self { guests, rate, .. } = *self;
        let (scopes, permissions) = (self.scopes.clone(), self.permissions.clone());
        simulator::Options { guests, rate, scopes, permissions, ..simulator::Options::default() }
    }

    pub(super) fn stored(&self, base_url: String) -> Option<NewConnection> {
        let opens_it = !self.opens_embedded();
        self.keeps_secrets().then(|| NewConnection {
            name: STORED.to_owned(),
            kind: if opens_it { self.kind } else { ConnectionKind::Production },
            environment: None,
            base_url: Some(base_url),
            client_id: "demo".to_owned(),
            client_secret: "demo".to_owned(),
            read_only: opens_it && self.read_only,
            deployment: None,
            origin: None,
            dialect: self.dialect.clone().filter(|_| opens_it),
        })
    }
}
