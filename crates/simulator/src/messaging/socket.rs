//! One guest's socket: frames in, frames out, until either side ends it.

use std::{pin::pin, sync::Arc, time::Duration};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::SinkExt;
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep},
};

use super::{
    request::{Asked, MALFORMED, Refused, read},
    session::{Connection, Outgoing, SessionKey, WAITING, Wire},
    state::{Next, Play},
};
use crate::{Simulator, Trouble, org::Call};

/// Larger messages end the connection; smaller ones that are too large are answered.
pub(crate) const MAX_MESSAGE: usize = 4 * 1024 * 1024;
/// Longest wait, in milliseconds, for the end of a session.
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
    let mut held: Option<Read> = None;
    let mut pause = pin!(sleep(Duration::ZERO));
    // When the session's time may be over, and of which session that is.
    let mut look = pin!(sleep(Duration::ZERO));
    let mut looks_at: Option<SessionKey> = None;
    loop {
        let frame = tokio::select! {
            biased;
            Some(first) = waiting.recv() => {
                if send(&mut socket, first, &mut waiting).await { continue } else { break }
            }
            () = &mut pause, if held.is_some() => {
                let Some(frame) = held.take() else { continue };
                (frame, true)
            }
            message = socket.recv(), if held.is_none() => match message {
                Some(Ok(Message::Text(text))) => (read(&text), false),
                Some(Ok(Message::Binary(_))) => (Err(binary()), false),
                // Pings are answered by the library.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
            },
            () = &mut look, if looks_at.is_some() => {
                let left = looks_at.map_or(A_DAY, |session| simulator.lock().look_at_the_time(&session));
                look.as_mut().reset(Instant::now() + Duration::from_millis(left.clamp(1, A_DAY).unsigned_abs()));
                continue;
            }
        };
        match hear(simulator, connection, frame) {
            Then::GoOn => {}
            Then::Hold(frame, span) => {
                held = Some(*frame);
                pause.as_mut().reset(Instant::now() + span);
            }
            Then::End => break,
        }
        if looks_at != connection.session {
            looks_at = connection.session;
            look.as_mut().reset(Instant::now());
        }
    }
}

/// What becomes of a connection after a frame.
enum Then {
    GoOn,
    /// The frame is to be heard after that time.
    Hold(Box<Read>, Duration),
    End,
}

/// Has the org hear a frame. One that the weather held before is not struck again.
fn hear(simulator: &Simulator, connection: &mut Connection, (frame, was_held): (Read, bool)) -> Then {
    let heard = {
        let mut org = simulator.lock();
        let action = match &frame {
            Ok(asked) => asked.action,
            Err(refused) => refused.action.unwrap_or_default(),
        };
        let trouble = if was_held { None } else { org.weather_for_frame(connection, action) };
        if let Some(Trouble::Delay(span)) = trouble {
            return Then::Hold(Box::new(frame), span);
        }
        org.hear(connection, frame, trouble.as_ref())
    };
    if let Some(play) = heard.play {
        tokio::spawn(perform(simulator.clone(), play));
    }
    match heard.next {
        Next::Go => Then::GoOn,
        Next::Cut => Then::End,
    }
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
