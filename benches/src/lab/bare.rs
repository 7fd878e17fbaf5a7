//! The baseline: guests over bare tokio-tungstenite, which write, read and count, and do nothing else. A process of its own, so
//! that its processor time is its own.

use std::{collections::HashMap, net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, task::JoinSet, time::Instant};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};
use uuid::Uuid;

/// What all guests of a run do.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub guests: u32,
    /// Each guest writes so many.
    pub messages: u32,
    /// The guests begin spread over this time.
    pub ramp: Duration,
    /// Between two messages of a guest.
    pub pause: Duration,
}

/// `lab-bare ADDRESS DEPLOYMENT GUESTS MESSAGES RAMP-MS PAUSE-MS`
///
/// # Errors
/// A text for people.
pub fn lab_bare(words: &[&str]) -> Result<bool, String> {
    let [address, deployment, numbers @ ..] = words else { return Err("too few words".to_owned()) };
    let address: SocketAddr = address.parse().map_err(|e| format!("{address}: {e}"))?;
    let numbers: Vec<u32> = numbers.iter().filter_map(|word| word.parse().ok()).collect();
    let [guests, messages, ramp, pause] = numbers[..] else {
        return Err("four numbers are missing".to_owned());
    };
    let of = |millis: u32| Duration::from_millis(millis.into());
    let load = Load { guests, messages, ramp: of(ramp), pause: of(pause) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let told = runtime.map_err(|e| e.to_string())?.block_on(run(address, deployment, load));
    println!("{told}");
    Ok(true)
}

async fn run(address: SocketAddr, deployment: &str, load: Load) -> Value {
    let begun = Instant::now();
    let mut guests = JoinSet::new();
    for number in 0..load.guests {
        let deployment = deployment.to_owned();
        guests.spawn(async move {
            tokio::time::sleep(load.ramp * number / load.guests.max(1)).await;
            guest(address, &deployment, load).await
        });
    }
    let (mut delays, mut failed) = (Vec::new(), 0);
    while let Some(guest) = guests.join_next().await {
        match guest {
            Ok(Ok(echoed)) => delays.extend(echoed),
            Ok(Err(_)) | Err(_) => failed += 1,
        }
    }
    delays.sort_unstable();
    let at =
        |share: f64| delays.get(((delays.len() as f64 * share) as usize).min(delays.len().saturating_sub(1)));
    let millis = |share: f64| at(share).map_or(0.0, |time| time.as_secs_f64() * 1000.0);
    json!({
        "guests": load.guests,
        "messages": u64::from(load.guests) * u64::from(load.messages),
        "delivered": delays.len(),
        "failed": failed,
        "p95Millis": millis(0.95),
        "seconds": begun.elapsed().as_secs_f64(),
    })
}

/// One guest; how long the echo of each message took.
async fn guest(address: SocketAddr, deployment: &str, load: Load) -> Result<Vec<Duration>, String> {
    let mut guest = Guest::join(address, deployment).await?;
    let (mut waiting, mut echoed, mut written) = (HashMap::new(), Vec::new(), 0);
    let mut turns = tokio::time::interval(load.pause.max(Duration::from_millis(1)));
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while echoed.len() < load.messages as usize {
        tokio::select! {
            _ = turns.tick(), if written < load.messages => {
                let id = Uuid::new_v4().to_string();
                guest.say(&id, &format!("message {written}")).await?;
                waiting.insert(id, Instant::now());
                written += 1;
            }
            frame = guest.next() => {
                if let Some(sent) = frame?["tracingId"].as_str().and_then(|id| waiting.remove(id)) {
                    echoed.push(sent.elapsed());
                }
            }
        }
    }
    Ok(echoed)
}

/// A guest whose session is configured.
pub struct Guest {
    socket: WebSocketStream<TcpStream>,
    pub token: String,
}

impl Guest {
    /// Connects and waits for the session.
    pub async fn join(address: SocketAddr, deployment: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(address).await.map_err(|e| e.to_string())?;
        stream.set_nodelay(true).map_err(|e| e.to_string())?;
        let request = format!("ws://{address}/v1?deploymentId={deployment}");
        let request = request.into_client_request().map_err(|e| e.to_string())?;
        let (socket, _) = client_async(request, stream).await.map_err(|e| e.to_string())?;
        let mut guest = Self { socket, token: Uuid::new_v4().to_string() };
        let configure =
            json!({ "action": "configureSession", "deploymentId": deployment, "token": guest.token });
        guest.send(&configure).await?;
        while guest.next().await?["class"] != "SessionResponse" {}
        Ok(guest)
    }

    /// Writes a message; its echo carries the id.
    pub async fn say(&mut self, id: &str, text: &str) -> Result<(), String> {
        let message = json!({
            "action": "onMessage", "token": self.token, "tracingId": id,
            "message": { "type": "Text", "text": text },
        });
        self.send(&message).await
    }

    async fn send(&mut self, frame: &Value) -> Result<(), String> {
        self.socket.send(Message::text(frame.to_string())).await.map_err(|e| e.to_string())
    }

    /// The next frame.
    pub async fn next(&mut self) -> Result<Value, String> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text).map_err(|e| e.to_string());
                }
                Some(Ok(Message::Close(_))) | None => return Err("the connection was closed".to_owned()),
                Some(Ok(_)) => {}
                Some(Err(e)) => return Err(e.to_string()),
            }
        }
    }
}
