//! The two ways in which messages go, and what the weather is for each.

use app::{App, SocketStart, views::StartChat};
use genesys::Dialect;
use model::ConversationId;
use serde_json::{Value, json};
use simulator::Deployment;
use uuid::Uuid;

use crate::sky::Weather;

/// How messages go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By REST calls of the Guest API, which knows a repeat by its id.
    GuestApi,
    /// By the guest socket of a live org, which knows no repeat and has a history.
    GuestSocket,
}

const MESSAGES: &str = "/api/v2/conversations/webchat/messages";
/// Where a guest reads the history.
pub const HISTORY: &str = "/api/v2/webmessaging/messages";

impl Way {
    pub fn dialect(self) -> Dialect {
        match self {
            Self::GuestApi => Dialect::GuestApi,
            Self::GuestSocket => Dialect::GenesysCloud,
        }
    }

    /// A guest begins a chat; the conversation that the console writes to.
    pub async fn begin(self, app: &App) -> ConversationId {
        match self {
            Self::GuestApi => {
                let start = StartChat { guest_id: Uuid::new_v4(), ..StartChat::default() };
                app.chat_start(start).await.unwrap().0.conversation_id.parse().unwrap()
            }
            Self::GuestSocket => {
                let deployment = Some(Deployment::DEFAULT_ID.to_owned());
                let start = SocketStart { deployment, ..SocketStart::default() };
                app.socket_chat_start(start).await.unwrap().0.conversation_id.parse().unwrap()
            }
        }
    }

    /// The rules of the simulator for a weather. In every weather some things take a moment, so that programs die in the midst of
    /// them.
    pub fn rules(self, weather: Weather, seed: u64) -> Value {
        let mut rules: Vec<Value> =
            self.trouble(weather).into_iter().map(|(when, share, what)| rule(&when, share, what)).collect();
        rules.push(rule(&self.message(), 0.6, "delay:250"));
        if self == Self::GuestSocket {
            rules.push(rule(&json!({"path": HISTORY}), 0.6, "delay:400"));
        }
        json!({"seed": seed, "rules": rules})
    }

    /// What a message is to the weather.
    fn message(self) -> Value {
        match self {
            Self::GuestApi => json!({"path": MESSAGES}),
            Self::GuestSocket => json!({"action": "onMessage"}),
        }
    }

    fn trouble(self, weather: Weather) -> Vec<(Value, f64, &'static str)> {
        let message = self.message();
        // What the org takes later than two readings of the history lie apart (2 s here, 10 s at a region) no reading can find: a
        // frame that is that late beside a program that dies is taken twice, and only shown as sent again (decision 86).
        let [throttled, failing, before, after, silent, late] = match self {
            Self::GuestApi => ["429:7", "503", "reset-before", "reset-after", "stall", "delay:6000"],
            Self::GuestSocket => ["429", "error:500", "drop-before", "drop-after", "silent", "delay:1500"],
        };
        let blind: Vec<(Value, f64, &'static str)> = match self {
            Self::GuestApi => vec![
                (json!({"path": MESSAGES}), 0.2, "expire-token"),
                (json!({"path": MESSAGES}), 0.2, "403"),
                (json!({"path": MESSAGES}), 0.3, "reset-after"),
                (json!({"path": "/oauth/token"}), 0.5, "503"),
            ],
            Self::GuestSocket => vec![
                (json!({"action": "onMessage"}), 0.4, "drop-after"),
                (json!({"path": HISTORY}), 0.4, "503"),
                (json!({"path": HISTORY}), 0.2, "stall"),
                (json!({"path": HISTORY}), 0.2, "truncate"),
                (json!({"action": "getJwt"}), 0.3, "error:500"),
                (json!({"action": "configureSession"}), 0.3, "drop-before"),
            ],
        };
        match weather {
            Weather::Fine | Weather::Away => Vec::new(),
            Weather::Throttled => vec![(message, 0.6, throttled)],
            Weather::Failing => vec![(message, 0.5, failing)],
            Weather::CutBefore => vec![(message, 0.7, before)],
            Weather::CutAfter => vec![(message, 0.7, after)],
            Weather::Silent => vec![(message, 0.5, silent)],
            Weather::Late => vec![(message, 0.8, late)],
            Weather::Blind => blind,
            Weather::Storm => {
                let each = [throttled, failing, before, after, silent, late];
                let mut all: Vec<_> = each.into_iter().map(|what| (message.clone(), 0.15, what)).collect();
                all.extend(blind.into_iter().map(|(when, share, what)| (when, share / 3.0, what)));
                all
            }
        }
    }
}

fn rule(when: &Value, share: f64, what: &str) -> Value {
    json!({"when": when, "share": share, "do": what})
}
