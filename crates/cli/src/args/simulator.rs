use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
};

use chrono::{DateTime, Utc};
use clap::{
    Args as ClapArgs,
    builder::{PossibleValuesParser, TypedValueParser},
};
use simulator::{
    Bot, Deployment, Disconnect, Limits, Messaging, Options, PERMISSIONS, Tls, TlsFiles, Weather,
};
use url::Url;

/// Options of `innkeeper simulator`.
#[derive(ClapArgs)]
pub struct Simulator {
    /// Where the org listens; port 0 picks a free one.
    #[arg(long, value_name = "ADDR")]
    listen: SocketAddr,
    /// Where the control port listens (loopback).
    #[arg(long, value_name = "ADDR")]
    control: Option<SocketAddr>,
    /// How many guests the org has at the start.
    #[arg(long, default_value_t = 1_000)]
    guests: u64,
    /// The same seed and --now make the same guests.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the virtual clock starts, RFC 3339; else now.
    #[arg(long)]
    now: Option<DateTime<Utc>>,
    /// Requests a minute per token, or "off".
    #[arg(long, default_value = "300", value_parser = rate)]
    rate: Rate,
    /// What its tokens may do, apart by spaces.
    #[arg(long, default_value = "guest:read guest:write conversation:read webchat:write")]
    scopes: String,
    // vendor-fact: permissions
    /// What its tokens may do by the vendor's own API, apart by spaces; left out, all that the console uses.
    #[arg(long)]
    permissions: Option<String>,
    // vendor-fact: analytics-job-lag
    /// Seconds by which the jobs of analytics are behind what happens.
    #[arg(long, value_name = "S", default_value_t = 0)]
    analytics_lag: u32,
    /// Show the org's own clock in every answer, in place of this computer's.
    #[arg(long)]
    show_clock: bool,
    /// Trouble from the start, as a JSON file.
    #[arg(long, value_name = "FILE")]
    pub weather: Option<PathBuf>,
    #[arg(long, default_value = "demo")]
    client_id: String,
    /// A made-up secret of a made-up org.
    #[arg(long, default_value = "demo")]
    client_secret: String,
    #[command(flatten)]
    messaging: GuestSocket,
    #[command(flatten)]
    tls: TlsArgs,
}

/// How the org's port speaks TLS. Each of them alone means that it does.
#[derive(ClapArgs)]
#[command(next_help_heading = "TLS")]
struct TlsArgs {
    /// Serve https and wss, with a certificate made at this start; the first line tells where the certificate of its CA lies.
    #[arg(long)]
    tls: bool,
    /// Also under this name or address, beside localhost, webmessaging.localhost, 127.0.0.1 and ::1. May be given more than once.
    #[arg(long, value_name = "NAME")]
    tls_name: Vec<String>,
    /// One's own certificate and those that signed it, in PEM, in place of one made here.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of that certificate, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

impl TlsArgs {
    fn settings(&self) -> Option<Tls> {
        let files = self.tls_cert.clone().zip(self.tls_key.clone());
        let files = files.map(|(cert, key)| TlsFiles { cert, key });
        let meant = self.tls || files.is_some() || !self.tls_name.is_empty();
        meant.then(|| Tls { names: self.tls_name.clone(), files })
    }
}

/// How the guest socket behaves.
#[derive(ClapArgs)]
#[command(next_help_heading = "Guest socket")]
struct GuestSocket {
    /// A deployment, and the pages that may use it (every page without any); ID:inactive for one that is switched off. May be
    /// given more than once; without it there is one, 00000000-0000-4000-8000-000000000001.
    #[arg(long, value_name = "ID[=ORIGIN,…]", value_parser = deployment)]
    deployment: Vec<Deployment>,
    /// Who answers guests by itself: a file of rules, or demo, or none.
    #[arg(long, value_name = "FILE|demo|none", default_value = "demo")]
    bot: String,
    /// What a guest is told when an agent leaves: nothing, that they left, or that and the session is read-only.
    #[arg(long, default_value = "off", value_parser = disconnect())]
    disconnect: Disconnect,
    /// A Join starts the conversation; else the first message does.
    #[arg(long)]
    auto_start: bool,
    /// Guests may clear their conversation.
    #[arg(long)]
    clear: bool,
    /// Whether Join and Clear are taken, or answered with 403.
    #[arg(long, default_value = "on", value_parser = ["on", "refused"])]
    presence: String,
    // vendor-fact: message-rate
    /// Messages a second that one session may send.
    #[arg(long, value_name = "N", default_value = "2")]
    messages_per_second: NonZeroU32,
    /// Seconds after its last message at which a session expires.
    #[arg(long, value_name = "N", default_value = "259200")]
    session_seconds: NonZeroU32,
    /// The history gives back the metadata of messages.
    #[arg(long)]
    history_metadata: bool,
    // vendor-fact: connection-limits
    /// Keep every limit that the vendor documents: 60 frames a minute and connection, 2 echoes a minute, and more.
    #[arg(long)]
    all_limits: bool,
}

impl Simulator {
    /// What the simulator is started with.
    pub fn options(&self, weather: Weather, bot: Bot) -> Options {
        Options {
            listen: self.listen,
            tls: self.tls.settings(),
            control: Some(self.control.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))),
            guests: self.guests,
            seed: self.seed,
            now: self.now,
            rate: self.rate.0,
            scopes: self.scopes.split_whitespace().map(ToOwned::to_owned).collect(),
            permissions: self.permissions(),
            analytics_lag: self.analytics_lag,
            shows_clock: self.show_clock,
            weather,
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.clone(),
            log: None,
            messaging: self.messaging.settings(bot),
        }
    }

    fn permissions(&self) -> Vec<String> {
        match &self.permissions {
            Some(named) => named.split_whitespace().map(ToOwned::to_owned).collect(),
            None => PERMISSIONS.map(ToOwned::to_owned).to_vec(),
        }
    }

    /// Who answers guests by itself: a file, or the name of a bot that is built in.
    pub fn bot(&self) -> &str {
        &self.messaging.bot
    }

    /// The deployments that there are; the one by default when none was named.
    pub fn deployments(&self) -> Vec<String> {
        self.messaging.deployments().into_iter().map(|deployment| deployment.id).collect()
    }

    /// A deployment that was named twice.
    pub fn named_twice(&self) -> Option<&str> {
        let all = &self.messaging.deployment;
        let twice = |(n, one): &(usize, &Deployment)| all[..*n].iter().any(|other| other.id == one.id);
        all.iter().enumerate().find(twice).map(|(_, one)| one.id.as_str())
    }
}

impl GuestSocket {
    fn deployments(&self) -> Vec<Deployment> {
        if self.deployment.is_empty() { Messaging::default().deployments } else { self.deployment.clone() }
    }

    fn settings(&self, bot: Bot) -> Messaging {
        let limits = if self.all_limits { Limits::documented() } else { Limits::default() };
        Messaging {
            deployments: self.deployments(),
            bot,
            disconnect: self.disconnect,
            auto_start: self.auto_start,
            clear: self.clear,
            presence: self.presence == "on",
            history_metadata: self.history_metadata,
            limits: Limits {
                messages_per_second: Some(self.messages_per_second.get()),
                session_seconds: self.session_seconds.get(),
                ..limits
            },
            ..Messaging::default()
        }
    }
}

fn disconnect() -> impl TypedValueParser<Value = Disconnect> {
    PossibleValuesParser::new(["off", "send", "readonly"]).map(|mode| match mode.as_str() {
        "send" => Disconnect::Send,
        "readonly" => Disconnect::ReadOnly,
        _ => Disconnect::Off,
    })
}

/// `ID`, `ID=ORIGIN,ORIGIN…`, and either with `:inactive` behind the id.
fn deployment(text: &str) -> Result<Deployment, String> {
    let (id, origins) = match text.split_once('=') {
        Some((id, origins)) => (id, origins.split(',').collect()),
        None => (text, Vec::new()),
    };
    let (id, active) = match id.split_once(':') {
        None => (id, true),
        Some((id, "inactive")) => (id, false),
        Some(_) => return Err("behind the id only :inactive may stand".to_owned()),
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if id.is_empty() || id.len() > 64 || !id.chars().all(is_plain) {
        return Err("an id has 1 to 64 letters, digits and dashes".to_owned());
    }
    let origins = origins.into_iter().map(origin).collect::<Result<_, _>>()?;
    Ok(Deployment { id: id.to_owned(), origins, active })
}

/// As a browser sends it.
fn origin(text: &str) -> Result<String, String> {
    let wrong = || format!("`{text}` is no origin such as https://shop.example");
    let url = Url::parse(text).map_err(|_| wrong())?;
    let origin = url.origin();
    let is_whole =
        origin.is_tuple() && url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if is_whole { Ok(origin.ascii_serialization()) } else { Err(wrong()) }
}

/// A rate limit, or none.
#[derive(Debug, Clone, Copy)]
struct Rate(Option<u32>);

fn rate(text: &str) -> Result<Rate, String> {
    match text {
        "off" => Ok(Rate(None)),
        _ => text
            .parse::<NonZeroU32>()
            .map(|n| Rate(Some(n.get())))
            .map_err(|_| "a whole number above 0, or off".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_is_an_id_with_origins_and_may_be_inactive() {
        assert_eq!(deployment("shop"), Ok(Deployment::open("shop")));
        let two = deployment("shop:inactive=https://shop.example,https://Other.example:8443/").unwrap();
        assert_eq!(two.origins, ["https://shop.example", "https://other.example:8443"]);
        assert!(!two.active);
        for wrong in
            ["", "=https://a.example", "a b", "shop:off", "shop=", "shop=a", "shop=https://a.example/x"]
        {
            assert!(deployment(wrong).is_err(), "{wrong}");
        }
    }
}
