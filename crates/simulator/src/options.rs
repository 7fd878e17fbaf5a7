use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use chrono::{DateTime, Utc};

use crate::{Tls, Weather, messaging::settings::Messaging};

/// The scopes the Guest API knows; a client has all of them unless told otherwise.
pub const SCOPES: [&str; 4] = ["guest:read", "guest:write", "conversation:read", "webchat:write"];

/// The permissions of the vendor's own API that the console uses; a client has all of them unless told otherwise.
pub const PERMISSIONS: [&str; 14] = [
    "externalContacts:contact:view",
    "externalContacts:contact:add",
    "externalContacts:contact:edit",
    "externalContacts:contact:delete",
    "externalContacts:contact:enrich",
    "externalContacts:identity:promote",
    "externalContacts:customFields:view",
    "externalContacts:customFields:edit",
    "analytics:conversationDetail:view",
    "conversation:communication:view",
    "conversation:communication:disconnect",
    "conversation:message:view",
    "recording:recording:view",
    "webDeployments:deployment:view",
];

/// What an org is made of. No `Debug`: it holds a secret.
#[derive(Clone)]
pub struct Options {
    /// Where the API and the sign-in listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How the API port speaks TLS; `None` serves it in clear, and the guest socket then on loopback only.
    pub tls: Option<Tls>,
    /// Where the control port listens (loopback only); `None` for none.
    pub control: Option<SocketAddr>,
    /// How many guests the world begins with; 0 is an empty org.
    pub guests: u64,
    /// The same seed and `now` make the same guests.
    pub seed: u64,
    /// Where the virtual clock begins; `None` takes the system's time.
    pub now: Option<DateTime<Utc>>,
    /// Requests a minute and token; `None` for no limit.
    pub rate: Option<u32>,
    /// What the client may do, by the names in [`SCOPES`].
    pub scopes: Vec<String>,
    /// What the client may do by the vendor's own API, by the names in [`PERMISSIONS`].
    pub permissions: Vec<String>,
    /// Seconds by which the jobs of analytics are behind what happens.
    pub analytics_lag: u32,
    /// Whether answers carry the org's own clock as their `Date`, in place of that of the computer that serves them.
    pub shows_clock: bool,
    /// Troubles from the start.
    pub weather: Weather,
    /// The only client of this org.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The change log that keeps the world between starts; its header beats `guests`, `seed` and the world's
    /// `now`. `None` keeps nothing.
    pub log: Option<PathBuf>,
    /// The guest socket.
    pub messaging: Messaging,
}

impl Default for Options {
    /// 1,000 guests of seed 1, 300 requests a minute, all scopes and permissions, client `demo` with secret `demo`, fair weather, one open
    /// deployment.
    fn default() -> Self {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            listen: any_port,
            tls: None,
            control: None,
            guests: 1000,
            seed: 1,
            now: None,
            rate: Some(300),
            scopes: SCOPES.map(str::to_owned).to_vec(),
            permissions: PERMISSIONS.map(str::to_owned).to_vec(),
            analytics_lag: 0,
            shows_clock: false,
            weather: Weather::default(),
            client_id: "demo".into(),
            client_secret: "demo".into(),
            log: None,
            messaging: Messaging::default(),
        }
    }
}
