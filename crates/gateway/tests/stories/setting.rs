//! An org, a console on a folder of its own, and the door before it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use app::{App, Choice, Connection, DataFolder, Environment, StartEmbedded, views::ConnectionKind};
use gateway::{Gateway, Limits, Options};
use model::Secret;
use serde_json::{Value, json};
use simulator::{Kind, Running};
use tempfile::TempDir;

use crate::client::{Answer, raw, request};

pub struct Setting {
    pub org: Running,
    pub app: App,
    pub gateway: Gateway,
    pub folder: TempDir,
}

/// A chat as its page knows it.
pub struct Page {
    pub guest: String,
    pub conversation: String,
    pub token: String,
}

impl Page {
    pub fn cookie(&self) -> String {
        format!("gcSessionToken={}", self.token)
    }
}

/// What differs from an ordinary setting.
pub struct Plan {
    pub rate: Option<u32>,
    pub read_only: bool,
    /// What the gateway's client may do at the org.
    pub scopes: &'static [&'static str],
    pub options: Options,
    /// The org's API is the vendor's own, and guests chat by the socket of its deployment.
    pub live: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            rate: None,
            read_only: false,
            scopes: &simulator::SCOPES,
            options: Options::default(),
            live: false,
        }
    }
}

impl Setting {
    pub async fn open() -> Self {
        Self::with(Plan::default()).await
    }

    pub async fn limited(limits: impl FnOnce(&mut Limits)) -> Self {
        let mut plan = Plan::default();
        limits(&mut plan.options.limits);
        Self::with(plan).await
    }

    pub async fn with(plan: Plan) -> Self {
        let control = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let scopes = plan.scopes.iter().map(|&scope| scope.to_owned()).collect();
        let mut options =
            simulator::Options { guests: 0, rate: plan.rate, control, scopes, ..Default::default() };
        options.messaging.disconnect = simulator::Disconnect::ReadOnly;
        let org = simulator::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection {
            name: "story".into(),
            kind: ConnectionKind::Test,
            environment: Environment::BaseUrl(org.api_url()),
            client_id: "demo".into(),
            read_only: plan.read_only,
            dialect: plan.live.then(|| serde_json::from_value("genesys-cloud".into()).unwrap()),
            deployment: plan.live.then(|| app::EMBEDDED_DEPLOYMENT.to_owned()),
            ..Connection::embedded()
        };
        let nowhere: StartEmbedded =
            Arc::new(|_| Box::pin(async { Err("these stories bring their own org".into()) }));
        let data = DataFolder::open(folder.path(), "story", Some(Secret::new("correct horse".into())));
        let choice = Choice::FromEnvironment(connection, Secret::new("demo".into()));
        let app = App::open(data.unwrap(), choice, &nowhere).await.unwrap();
        let gateway = Gateway::start(app.clone(), plan.options).await.unwrap();
        Self { org, app, gateway, folder }
    }

    pub fn host(&self) -> String {
        self.gateway.address().to_string()
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        raw(self.gateway.address(), &request(method, path, &self.host(), headers, body)).await
    }

    pub async fn post(&self, path: &str, cookie: Option<&str>, body: Value) -> Answer {
        let headers: Vec<_> = cookie.map(|cookie| ("Cookie", cookie)).into_iter().collect();
        self.send("POST", path, &headers, body.to_string().as_bytes()).await
    }

    /// Starts a chat as a page does.
    pub async fn chat(&self, name: &str) -> Page {
        let started = self.post("/api/chat/initiate", None, json!({ "name": name })).await;
        assert_eq!(started.status, 201, "{started:?}");
        let text = |key: &str| started.json()[key].as_str().unwrap().to_owned();
        let cookie = started.header("set-cookie").unwrap();
        let token = cookie.strip_prefix("gcSessionToken=").unwrap().split(';').next().unwrap().to_owned();
        Page { guest: text("guestId"), conversation: text("conversationId"), token }
    }

    pub async fn say(&self, page: &Page, text: &str) -> Answer {
        let body = json!({ "conversationId": page.conversation, "text": text });
        self.post("/api/chat/message", Some(&page.cookie()), body).await
    }

    pub async fn validate(&self, page: &Page) -> Answer {
        self.post("/api/chat/validate", Some(&page.cookie()), json!({ "guestId": page.guest })).await
    }

    pub async fn count(&self, page: &Page, body: Value) -> Answer {
        let path = format!("/api/guests/{}/attributes", page.guest);
        self.send("PUT", &path, &[("Cookie", &page.cookie())], body.to_string().as_bytes()).await
    }

    pub fn weather(&self, weather: Value) {
        self.org.simulator().set_weather(serde_json::from_value(weather).unwrap());
    }

    /// Changes the world behind everybody's back.
    pub async fn behind(&self, path: &str, body: &str) {
        let control = self.org.control.unwrap();
        let host = control.to_string();
        let headers = [("Content-Type", "application/json")];
        let answer = raw(control, &request("POST", path, &host, &headers, body.as_bytes())).await;
        assert!(answer.status < 300, "{answer:?}");
    }

    /// The texts that the org got, in order.
    pub fn arrived(&self) -> Vec<String> {
        let ledger = self.org.simulator().ledger();
        ledger.into_iter().filter(|e| e.kind == Kind::Message).filter_map(|e| e.text).collect()
    }

    /// How often the org was asked.
    pub fn asked(&self) -> usize {
        self.org.simulator().ledger().iter().filter(|e| e.kind == Kind::Request).count()
    }
}
