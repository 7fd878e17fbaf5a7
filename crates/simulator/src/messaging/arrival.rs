//! What guests ask for over HTTP: the upgrade to the socket, the deployment's public configuration, their history.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    media,
    paths::{CONFIGURATION, HISTORY, SOCKET, UPLOADS},
    rate::Window,
    session::{Connection, Wire},
    settings::{Deployment, Disconnect},
};
use crate::org::{Call, Org, Refusal, Reply};

/// Messages on one page of the history.
const PAGE: usize = 25;
const MAX_PAGE: usize = 500;

impl Org {
    pub(crate) fn answer_guest(&mut self, call: &Call) -> Result<Reply, Refusal> {
        if call.path.starts_with(UPLOADS) {
            return self.stored_file(call);
        }
        if call.method != "GET" {
            return Err(Refusal::method_not_allowed("GET"));
        }
        match call.path.as_str() {
            SOCKET => self.admit(call),
            HISTORY => self.history(call),
            path => {
                let id = path.strip_prefix(CONFIGURATION).and_then(|path| path.strip_suffix("/config.json"));
                let deployment = id.and_then(|id| self.guests.deployment(id));
                let deployment =
                    deployment.ok_or_else(|| Refusal::not_found("There is no such deployment."))?;
                Ok(Reply::json(200, &self.public_configuration(deployment, call)))
            }
        }
    }

    /// 101 when the upgrade may be made.
    fn admit(&mut self, call: &Call) -> Result<Reply, Refusal> {
        let now = self.now();
        let most = self.guests.settings.limits.connections_per_minute;
        let id = asked_deployment(call);
        let origin = call.origin.as_deref();
        let known = id.as_deref().and_then(|id| self.guests.deployment(id));
        let Some(deployment) = known.filter(|d| d.active && d.allows(origin)).cloned() else {
            let says = "The deployment is not known, not active, or not open to the page that asks.";
            return Err(Refusal::new(403, "not.authorized", says));
        };
        let arrivals = self.guests.arrivals(&deployment.id).expect("it was found a line above");
        if let Err(seconds) = arrivals.take(now, most) {
            return Err(Refusal::too_many(Some(seconds), seconds));
        }
        Ok(Reply::empty(101))
    }

    /// A connection whose upgrade was admitted.
    pub(crate) fn connect(&mut self, call: &Call, wire: impl FnOnce(u64) -> Wire) -> Option<Connection> {
        let deployment: &Arc<Deployment> = self.guests.deployment(&asked_deployment(call)?)?;
        Some(Connection {
            deployment: deployment.clone(),
            base: self.base(call),
            correlation_id: call.correlation_id,
            session: None,
            requests: Window::of_a_minute(),
            echoes: Window::of_a_minute(),
            wire: wire(self.guests.next_connection()),
        })
    }

    /// The origin that a guest came by.
    fn base(&self, call: &Call) -> String {
        let scheme = if self.guests.is_tls { "https" } else { "http" };
        format!("{scheme}://{}", call.host.as_deref().unwrap_or("localhost"))
    }

    fn public_configuration(&self, deployment: &Deployment, call: &Call) -> Value {
        let settings = &self.guests.settings;
        let disconnect = match settings.disconnect {
            Disconnect::Off => json!({ "enabled": false }),
            Disconnect::Send => json!({ "enabled": true, "type": "Send" }),
            Disconnect::ReadOnly => json!({ "enabled": true, "type": "ReadOnly" }),
        };
        let base = self.base(call);
        json!({
            "id": deployment.id,
            "version": "1",
            "languages": ["en-us"],
            "defaultLanguage": "en-us",
            "apiEndpoint": base,
            "messenger": {
                "enabled": true,
                "apps": {
                    "conversations": {
                        "messagingEndpoint": format!("ws{}", base.trim_start_matches("http")),
                        "showAgentTypingIndicator": true,
                        "showUserTypingIndicator": true,
                        "autoStart": { "enabled": settings.auto_start },
                        "conversationDisconnect": disconnect,
                        "conversationClear": { "enabled": settings.clear },
                        "notifications": { "enabled": false },
                        "markdown": { "enabled": false },
                        "humanize": { "enabled": false },
                        "sessionDurationSeconds": settings.limits.session_seconds,
                    },
                },
                "fileUpload": {
                    "enableAttachments": settings.attachments,
                    "modes": media::modes(&settings.limits),
                },
            },
            "journeyEvents": { "enabled": false },
            "allowAllDomains": deployment.origins.is_empty(),
            "allowedDomains": deployment.origins,
            "status": if deployment.active { "Active" } else { "Inactive" },
            "auth": { "enabled": false, "allowSessionUpgrade": false },
        })
    }

    /// What was said in a session, newest first, for who holds its JWT.
    fn history(&mut self, call: &Call) -> Result<Reply, Refusal> {
        let now = self.now();
        let jwt = call.authorization.as_deref().and_then(|header| {
            let (scheme, jwt) = header.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| jwt.trim())
        });
        let key = jwt.and_then(|jwt| self.guests.sessions.of_jwt(jwt, now));
        let settings = &self.guests.settings;
        let session = key.and_then(|key| self.guests.sessions.get_mut(&key));
        let Some(session) = session.filter(|s| s.deployment.allows(call.origin.as_deref())) else {
            return Err(Refusal::new(401, "bad.credentials", "Invalid guest credentials."));
        };
        let (mut size, mut number) = (PAGE, 1);
        for (name, value) in url::form_urlencoded::parse(call.query.as_bytes()) {
            let whole = value.parse::<usize>().ok().filter(|n| *n > 0);
            match name.as_ref() {
                "pageSize" => {
                    size = whole
                        .filter(|n| *n <= MAX_PAGE)
                        .ok_or_else(|| Refusal::field("pageSize", "must be a whole number from 1 to 500"))?;
                }
                "pageNumber" => {
                    number =
                        whole.ok_or_else(|| Refusal::field("pageNumber", "must be a whole number from 1"))?;
                }
                _ => {}
            }
        }
        if let Err(seconds) = session.read.take(now, settings.limits.history_per_minute) {
            return Err(Refusal::too_many(Some(seconds), seconds));
        }
        let total = session.history.len();
        let page = session.history.iter().rev().skip((number - 1).saturating_mul(size)).take(size);
        let page: Vec<_> = page
            .map(|line| {
                let mut line = line.clone();
                // What the org itself put there stays: a Disconnect says whether the session is read-only.
                if line.direction == "Inbound" && !settings.history_metadata {
                    line.metadata = None;
                }
                line
            })
            .collect();
        Ok(Reply::json(
            200,
            &json!({
                "entities": page,
                "pageSize": size,
                "pageNumber": number,
                "total": total,
                "pageCount": total.div_ceil(size),
            }),
        ))
    }
}

fn asked_deployment(call: &Call) -> Option<String> {
    let mut query = url::form_urlencoded::parse(call.query.as_bytes());
    query.find(|(name, _)| name == "deploymentId").map(|(_, id)| id.into_owned())
}
