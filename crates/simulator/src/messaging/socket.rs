//! One guest's socket: frames in, frames out, until either side ends it.

use std::{
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::SinkExt;
use tokio::{
    sync::{Notify, mpsc},
    time::{Sleep, sleep},
};

use super::{
    request::{Asked, MALFORMED, Refused, read},
    session::{Connection, Outgoing, SessionKey, WAITING, Wire},
    state::{Next, Play},
};
use crate::{Simulator, Trouble, org::Call};

/// Larger messages end the connection; smaller ones that are too large are answered.
pub(crate) const MAX_MESSAGE: usize = 4 * 1024 * 1024;
/// Longest wait for the end of a session, so that no timer is set beyond what the runtime can hold.
const A_DAY: i64 = 24 * 3600 * 1000;

type Read = Result<Asked, Refused>;

/// Serves a connection whose upgrade was admitted, until either side ends it or it is cut.
pub(crate) async fn serve(simulator: Simulator, call: Call, socket: WebSocket) {
    let (queue, waiting) = mpsc::channel(WAITING);
    let cut = Arc::new(Notify::new());
    let wire = |id| Wire { id, queue, cut: cut.clone() };
    let Some(mut connection) = simulator.lock().connect(&call, wire) else { return };
    let mut stopped = simulator.stopped();
    tokio::select! {
        biased;
        () = cut.notified() => {}
        () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => {}
        () = converse(&simulator, &mut connection, socket, waiting) => {}
    }
    if let Some(session) = &connection.session {
        simulator.lock().guests.sessions.leave(session, connection.wire.id);
    }
}

/// Frames in and out. A frame that the weather delays keeps those behind it waiting; what goes out goes on.
async fn converse(
    simulator: &Simulator,
    connection: &mut Connection,
    mut socket: WebSocket,
    mut waiting: mpsc::Receiver<Outgoing>,
) {
    let mut held: Option<(Read, Pin<Box<Sleep>>)> = None;
    loop {
        let over = pin!(expiry(simulator, connection.session));
        tokio::select! {
            biased;
            Some(first) = waiting.recv() => {
                if !send(&mut socket, first, &mut waiting).await { break }
            }
            () = pause(&mut held), if held.is_some() => {
                let Some((frame, _)) = held.take() else { continue };
                if !hear(simulator, connection, frame, None) { break }
            }
            message = socket.recv(), if held.is_none() => {
                let frame = match message {
                    Some(Ok(Message::Text(text))) => read(&text),
                    Some(Ok(Message::Binary(_))) => Err(binary()),
                    // Pings are answered by the library.
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                };
                match weather(simulator, connection, &frame) {
                    Some(Trouble::Delay(pause)) => held = Some((frame, Box::pin(sleep(pause)))),
                    trouble => if !hear(simulator, connection, frame, trouble.as_ref()) { break },
                }
            }
            () = over => {}
        }
    }
}

async fn pause(held: &mut Option<(Read, Pin<Box<Sleep>>)>) {
    if let Some((_, pause)) = held {
        pause.await;
    }
}

fn weather(simulator: &Simulator, connection: &Connection, frame: &Read) -> Option<Trouble> {
    let action = match frame {
        Ok(asked) => asked.action,
        Err(refused) => refused.action.unwrap_or_default(),
    };
    simulator.lock().weather_for_frame(connection, action)
}

/// Whether the connection goes on.
fn hear(simulator: &Simulator, connection: &mut Connection, frame: Read, trouble: Option<&Trouble>) -> bool {
    let heard = simulator.lock().hear(connection, frame, trouble);
    if let Some(play) = heard.play {
        tokio::spawn(perform(simulator.clone(), play));
    }
    matches!(heard.next, Next::Go)
}

/// Sends what waits, in one piece where several do; whether the connection goes on.
async fn send(socket: &mut WebSocket, first: Outgoing, waiting: &mut mpsc::Receiver<Outgoing>) -> bool {
    let mut next = Some(first);
    while let Some(outgoing) = next {
        match outgoing {
            Outgoing::Frame(text) => {
                if socket.feed(Message::Text(text)).await.is_err() {
                    return false;
                }
            }
            Outgoing::Close => {
                // 1000: the end is meant.
                let close = CloseFrame { code: 1000, reason: "".into() };
                let _ = socket.send(Message::Close(Some(close))).await;
                return false;
            }
        }
        next = waiting.try_recv().ok();
    }
    socket.flush().await.is_ok()
}

/// Ends when the session's time may be over, after telling it where it is.
async fn expiry(simulator: &Simulator, session: Option<SessionKey>) {
    let Some(key) = session else { return std::future::pending().await };
    let left = simulator.lock().look_at_the_time(&key);
    match left {
        Some(left) => sleep(Duration::from_millis(left.clamp(1, A_DAY).unsigned_abs())).await,
        None => std::future::pending().await,
    }
}

/// Sends what a bot still has to send, each at its time, until the conversation is over.
pub(crate) async fn perform(simulator: Simulator, play: Play) {
    for reply in play.replies {
        sleep(reply.after).await;
        if !simulator.lock().bot_sends(&play.session, play.conversation, reply.send) {
            break;
        }
    }
}

fn binary() -> Refused {
    Refused {
        action: None,
        tracing_id: None,
        code: MALFORMED,
        says: "Request failed: the frame is not text.".to_owned(),
    }
}
