//! One request to the org, from weather and rate window to the answer. Synchronous and under one lock, so that
//! the ledger tells the order in which things happened.

mod body;
mod call;
mod conversations;
mod guests;
mod identity;
mod messages;
mod reply;
mod sign_in;
mod tokens;

use http::Method;
use uuid::Uuid;

pub(crate) use body::{Fields, NO_NAME, kept, parsed, written_id};
pub(crate) use call::{Body, Call, Ending, MAX_BODY, MAX_UPLOAD};
pub(crate) use identity::ORGANIZATION;
pub(crate) use reply::{Fault, Refusal, Reply};

use crate::{
    Error, Options, Weather,
    clock::{Millis, VirtualClock, http_date, rfc3339, system_time},
    ledger::{Entry, Kind, Ledger},
    messaging::{
        paths::{UPLOADS, is_for_guests},
        state::Guests,
    },
    platform::Platform,
    trouble::Trouble,
    weather::WeatherState,
    world::{Change, World, change_log::ChangeLog},
};
use tokens::{Standing, Tokens};

/// Lines of the ledger kept where no control port can ask for more.
const LEDGER_WITHOUT_CONTROL: usize = 10_000;

/// Before the id of a guest in a path, in either dialect.
const GUESTS: [&str; 2] = ["/api/v2/guests/", "/api/v2/externalcontacts/contacts/"];

pub(crate) struct Org {
    pub(crate) clock: VirtualClock,
    pub(crate) world: World,
    pub(crate) ledger: Ledger,
    pub(crate) tokens: Tokens,
    /// Who comes by the socket.
    pub(crate) guests: Guests,
    /// What the vendor's own API keeps beside the world.
    pub(crate) platform: Platform,
    pub(crate) weather: WeatherState,
    log: Option<ChangeLog>,
    client: (String, String),
    /// Switched off by an admin of the org.
    is_client_disabled: bool,
    scopes: Vec<String>,
    shows_clock: bool,
}

impl Org {
    pub(crate) fn new(options: &Options) -> Result<Self, Error> {
        let now = options.now.unwrap_or_else(system_time);
        let (log, world) = match &options.log {
            Some(path) => {
                let (log, world) = ChangeLog::open(path, options, now)?;
                (Some(log), world)
            }
            None => (None, World::generate(options.seed, options.guests, now.timestamp_millis())),
        };
        let keep = if options.log.is_some() && options.control.is_none() {
            LEDGER_WITHOUT_CONTROL
        } else {
            usize::MAX
        };
        Ok(Self {
            clock: VirtualClock::starting_at(now),
            world,
            ledger: Ledger::keeping(keep),
            tokens: Tokens::allowing(options.rate),
            guests: Guests::new(&options.messaging, options.tls.is_some()),
            platform: Platform::new(&options.permissions, options.analytics_lag),
            log,
            weather: options.weather.clone().into(),
            client: (options.client_id.clone(), options.client_secret.clone()),
            is_client_disabled: false,
            scopes: options.scopes.clone(),
            shows_clock: options.shows_clock,
        })
    }

    pub(crate) fn now(&self) -> Millis {
        self.clock.now()
    }

    pub(crate) fn set_weather(&mut self, weather: Weather) {
        self.weather = weather.into();
    }

    /// Whether the weather strikes this request, written down.
    pub(crate) fn weather_for(&mut self, call: &Call) -> Option<Trouble> {
        let trouble = self.weather.next(call.method.as_str(), &call.path)?;
        let event = Entry { kind: Kind::Weather, trouble: Some(trouble.to_string()), ..Entry::default() };
        self.record(call, 0, event);
        Some(trouble)
    }

    /// Answers and writes the ledger. Waiting out a delay is the caller's part.
    pub(crate) fn answer(&mut self, call: &Call, trouble: Option<&Trouble>) -> (Reply, Ending) {
        let mut standing = None;
        let outcome = self.process(call, trouble, &mut standing);
        let processed = outcome.is_ok();
        let mut reply = outcome.unwrap_or_else(|refusal| refusal.into_reply(call.correlation_id));
        let ending = match trouble {
            Some(Trouble::ResetBefore) => Ending::Cut,
            Some(Trouble::Stall) => Ending::Stall,
            Some(Trouble::ResetAfter) => Ending::Cut,
            // Of an answer without a body there is no half to send.
            Some(Trouble::Truncate) if reply.body.is_empty() || call.method == Method::HEAD => Ending::Cut,
            Some(Trouble::Truncate) => Ending::Half,
            Some(Trouble::WrongType) if processed => {
                reply.twist_types();
                Ending::Whole
            }
            _ => Ending::Whole,
        };
        reply.header("inin-correlation-id", call.correlation_id.to_string());
        if self.shows_clock {
            reply.header("date", http_date(self.now()));
        }
        if !is_sign_in(&call.path) && !is_for_guests(&call.path) {
            let standing = standing.unwrap_or_else(|| self.tokens.unknown());
            reply.header("inin-ratelimit-count", standing.count.to_string());
            reply.header("inin-ratelimit-allowed", standing.allowed.to_string());
            reply.header("inin-ratelimit-reset", standing.reset_seconds.to_string());
        }
        let unanswered = matches!(trouble, Some(Trouble::ResetBefore | Trouble::Stall));
        let status = if unanswered { 0 } else { reply.status };
        for event in std::mem::take(&mut reply.events) {
            self.record(call, status, event);
        }
        let about = GUESTS.iter().find_map(|before| call.path.strip_prefix(before));
        let about = about.and_then(|id| Uuid::try_parse(id.split('/').next()?).ok());
        self.record(call, status, Entry { guest_id: about, ..Entry::default() });
        (reply, ending)
    }

    fn process(
        &mut self,
        call: &Call,
        trouble: Option<&Trouble>,
        standing: &mut Option<Standing>,
    ) -> Result<Reply, Refusal> {
        if is_sign_in(&call.path) {
            return match instead(trouble) {
                Some(reply) => reply,
                None if call.method == Method::POST => self.sign_in(call),
                None => Err(Refusal::method_not_allowed("POST")),
            };
        }
        if is_for_guests(&call.path) {
            return instead(trouble).unwrap_or_else(|| self.answer_guest(call));
        }
        let now = self.now();
        let token = call.authorization.as_deref().and_then(|a| {
            let (scheme, token) = a.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        });
        let known = token.as_deref().and_then(|token| self.tokens.count(token, now, trouble));
        *standing = known;
        if let Some(s) = known.filter(|s| s.count > s.allowed) {
            return Err(Refusal::too_many(Some(s.reset_seconds), s.reset_seconds));
        }
        if let Some(reply) = instead(trouble) {
            return reply;
        }
        match (&token, known) {
            (None, _) => {
                let says = "No authentication bearer token specified in authorization header.";
                return Err(Refusal::new(401, "authentication.required", says));
            }
            (_, Some(s)) if !s.expired => {}
            _ => return Err(Refusal::new(401, "bad.credentials", "Invalid login credentials.")),
        }
        self.dispatch(call, token.as_deref().unwrap_or_default(), trouble)
    }

    fn dispatch(&mut self, call: &Call, token: &str, trouble: Option<&Trouble>) -> Result<Reply, Refusal> {
        let path: Vec<&str> = call.path.strip_prefix("/api/v2/").unwrap_or_default().split('/').collect();
        match (call.method.as_str(), path.as_slice()) {
            ("GET" | "HEAD", ["tokens", "me"]) => Ok(self.token_info()),
            ("DELETE", ["tokens", "me"]) => {
                self.tokens.revoke(token);
                Ok(Reply::empty(204))
            }
            ("GET", ["guests"]) => self.with_scope("guest:read")?.list_guests(call, trouble),
            ("POST", ["guests"]) => self.with_scope("guest:write")?.create_guest(call, false),
            ("GET", ["guests", id]) => self.with_scope("guest:read")?.get_guest(id),
            ("PUT", ["guests", id]) => self.with_scope("guest:write")?.put_guest(id, call),
            ("DELETE", ["guests", id]) => self.with_scope("guest:write")?.delete_guest(id, call),
            ("POST", ["conversations", "details", "query"]) => {
                self.with_scope("conversation:read")?.query_conversations(call, trouble)
            }
            ("POST", ["conversations", "webchat", "messages"]) => {
                self.with_scope("webchat:write")?.take_message(call)
            }
            (_, ["tokens", "me"]) => Err(Refusal::method_not_allowed("GET, HEAD, DELETE")),
            (_, ["guests"]) => Err(Refusal::method_not_allowed("GET, POST")),
            (_, ["guests", _]) => Err(Refusal::method_not_allowed("GET, PUT, DELETE")),
            (_, ["conversations", "details", "query"] | ["conversations", "webchat", "messages"]) => {
                Err(Refusal::method_not_allowed("POST"))
            }
            (_, path) => self.answer_platform(call, path, trouble),
        }
    }

    /// The org, for a token that has this scope.
    fn with_scope(&mut self, scope: &'static str) -> Result<&mut Self, Refusal> {
        if self.scopes.iter().any(|s| s == scope) { Ok(self) } else { Err(Refusal::missing_scope(scope)) }
    }

    /// Whether changes are written down for the next start.
    pub(crate) fn keeps_changes(&self) -> bool {
        self.log.is_some()
    }

    /// Writes the changes down, then makes them. When they cannot be written nothing happens.
    pub(crate) fn commit(&mut self, changes: Vec<Change>) -> Result<(), Refusal> {
        if let Some(log) = &mut self.log {
            log.append(&changes).map_err(|error| {
                tracing::error!(%error, "the change log of the embedded org cannot be written");
                let says = "The change cannot be kept: the org's change log cannot be written.";
                Refusal::new(500, "internal.server.error", says)
            })?;
        }
        changes.into_iter().for_each(|change| self.world.apply(change));
        Ok(())
    }

    /// Writes down what happened with a request that was answered with this status.
    pub(crate) fn record(&mut self, call: &Call, status: u16, event: Entry) {
        self.ledger.push(Entry {
            at: rfc3339(self.clock.now()),
            method: call.method.to_string(),
            // The address of a file is good for whoever knows it.
            path: if call.path.starts_with(UPLOADS) { format!("{UPLOADS}*") } else { call.path.clone() },
            status,
            correlation_id: call.correlation_id,
            ..event
        });
    }
}

/// On the API's origin, plainly or under the prefix that the vendor's SDKs put before it behind a gateway.
fn is_sign_in(path: &str) -> bool {
    matches!(path, "/oauth/token" | "/login/oauth/token")
}

/// What the weather says in place of the org.
fn instead(trouble: Option<&Trouble>) -> Option<Result<Reply, Refusal>> {
    Some(match trouble? {
        Trouble::TooMany { retry_after } => {
            let seconds = retry_after.map(u64::from);
            Err(Refusal::too_many(seconds, seconds.unwrap_or(1)))
        }
        Trouble::Status(status) => Err(Refusal::of_status(*status)),
        Trouble::Html => Ok(Reply::html(
            502,
            "<html><head><title>502 Bad Gateway</title></head>\n<body><h1>502 Bad Gateway</h1></body></html>\n",
        )),
        Trouble::ResetBefore | Trouble::Stall => Ok(Reply::empty(200)),
        _ => return None,
    })
}
