//! A second org beside the embedded one, whose view of things the tour can ask for, and behind whose client's back it
//! can act.

use crate::harness::LOOK;
use crate::page::{Outcome, PATIENCE};
use simulator::{Kind, Options, Running};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

/// A simulator in this process; stopped with the value.
pub struct Org(Running);

impl Org {
    /// An org with a handful of guests and its control port open.
    pub async fn start() -> Org {
        Org::of(12).await
    }

    /// An org with so many guests, whose ages are spread over 90 days.
    pub async fn of(guests: u64) -> Org {
        let control = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let options = Options { guests, control, ..Options::default() };
        Org(simulator::start(options).await.expect("loopback ports are free"))
    }

    /// One origin for login and API.
    pub fn url(&self) -> String {
        self.0.api_url()
    }

    /// The texts that arrived, in the order in which they did; a repeat is told apart by the org, not here.
    pub fn arrived(&self) -> Vec<String> {
        let messages = self.0.simulator().ledger().into_iter().filter(|entry| entry.kind == Kind::Message);
        messages.filter_map(|entry| entry.text).collect()
    }

    /// Closes the conversation of the guest who came last, as an agent would.
    pub async fn close_newest_conversation(&self) -> Outcome {
        self.post(&format!("/conversations/{}/close", self.newest_conversation()?), "").await
    }

    /// The agent writes to the guest who came last, by the guest socket.
    pub async fn say(&self, text: &str) -> Outcome {
        let body = serde_json::json!({ "text": text, "nickname": "Ruth", "originatingEntity": "Human" });
        self.post(&format!("/sessions/{}/say", self.newest_conversation()?), &body.to_string()).await
    }

    /// The session of the guest who came last expires.
    pub async fn expire(&self) -> Outcome {
        self.post(&format!("/sessions/{}/expire", self.newest_conversation()?), "").await
    }

    /// A contact, as somebody else makes it.
    pub async fn contact(&self, body: &str) -> Outcome {
        self.post("/contacts", body).await
    }

    fn newest_conversation(&self) -> Outcome<String> {
        let ledger = self.0.simulator().ledger();
        let newest = ledger.iter().rev().find_map(|entry| match entry.kind {
            Kind::Created => entry.conversation_id,
            _ => None,
        });
        newest.map(|id| id.to_string()).ok_or_else(|| "no guest was created here".into())
    }

    /// How many guests it has deleted.
    pub fn deleted(&self) -> usize {
        self.0.simulator().ledger().iter().filter(|entry| entry.kind == Kind::Deleted).count()
    }

    /// Waits until it has deleted more than so many.
    pub async fn deletes_more_than(&self, before: usize) -> Outcome {
        let deadline = Instant::now() + PATIENCE;
        while self.deleted() <= before {
            if Instant::now() >= deadline {
                return Err(format!("the org has deleted no more than {before} guests"));
            }
            sleep(LOOK).await;
        }
        Ok(())
    }

    /// What happens to requests from now on, by rules as the simulator reads them; none is fair weather.
    pub async fn weather(&self, rules: &[&str]) -> Outcome {
        self.post("/weather", &format!("{{\"rules\": [{}]}}", rules.join(", "))).await
    }

    async fn post(&self, path: &str, body: &str) -> Outcome {
        let address = self.0.control.ok_or("the control port is closed")?;
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let mut answer = String::new();
        let exchange = async {
            let mut stream = TcpStream::connect(address).await?;
            stream.write_all(request.as_bytes()).await?;
            stream.read_to_string(&mut answer).await
        };
        exchange.await.map_err(|why| format!("POST {path}: {why}"))?;
        if answer.starts_with("HTTP/1.1 2") { Ok(()) } else { Err(format!("POST {path}: {answer}")) }
    }
}
