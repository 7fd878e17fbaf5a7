use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use genesys::{Lane, Org, OutgoingMessage};
use model::{AfterDoubt, ConversationId};
use outbox::{Courier, Delivery, Found, Outgoing};
use parking_lot::Mutex;

use crate::{App, Failure, Result, failure::org_errors};

/// Carries the outbox's messages to the org on the delivery lane.
pub(crate) struct OrgCourier<'a> {
    pub(crate) org: &'a Org,
    /// Whose chats go by the guest socket, where some do.
    pub(crate) sockets: Option<&'a App>,
    /// Why nothing may be sent over this connection, if so.
    pub(crate) refused: Option<Failure>,
    /// Set when no further attempt may begin: those under way are waited for.
    pub(crate) closing: AtomicBool,
    /// Chats by the guest socket in which something was delivered, until [`OrgCourier::delivered_by_socket`] asks.
    pub(crate) by_socket: Mutex<BTreeSet<ConversationId>>,
    /// What the org said last when it refused the whole outbox.
    pub(crate) paused_by: Mutex<Option<Failure>>,
}

#[async_trait]
impl Courier for OrgCourier<'_> {
    fn after_doubt(&self, conversation: &ConversationId) -> AfterDoubt {
        // A folder that cannot be read says nothing of the way: a person is asked, and nothing is sent twice.
        self.way(conversation).map_or(AfterDoubt::AskPerson, |way| way.after_doubt)
    }

    fn readings_apart(&self, _: &ConversationId) -> Duration {
        self.sockets.map_or(Duration::from_secs(10), App::readings_apart)
    }

    async fn find(&self, message: &Outgoing, sent_at: DateTime<Utc>) -> Found {
        match self.way(&message.conversation_id).map(|way| way.socket) {
            Ok(Some(app)) => {
                let found = app.find_by_socket(message, sent_at).await;
                if matches!(found, Found::Delivered { .. }) {
                    self.by_socket.lock().insert(message.conversation_id.clone());
                }
                found
            }
            Ok(None) => Found::CannotTell { why: "there is no history to look in".to_owned() },
            Err(failure) => Found::NotRead { why: failure.message, retry_after: None },
        }
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    async fn deliver(&self, message: &Outgoing) -> Delivery {
        if let Some(failure) = &self.refused {
            return self.paused(failure.clone());
        }
        if self.is_closing() {
            return Delivery::NotTried;
        }
        match self.way(&message.conversation_id).map(|way| way.socket) {
            Ok(Some(app)) => {
                let delivery = app.deliver_by_socket(message).await;
                if matches!(delivery, Delivery::Delivered { .. }) {
                    self.by_socket.lock().insert(message.conversation_id.clone());
                }
                return delivery;
            }
            Ok(None) => {}
            Err(failure) => return Delivery::NotSent { why: failure.message, retry_after: None },
        }
        let out = OutgoingMessage {
            id: message.id,
            conversation_id: &message.conversation_id,
            guest_id: message.guest_id,
            text: &message.text,
            written_at: message.written_at,
        };
        let Some(chat) = &self.org.chat else {
            return Delivery::NotSent { why: ANOTHER_DIALECT.to_owned(), retry_after: None };
        };
        match chat.deliver(Lane::Delivery, &out).await {
            Ok(()) => Delivery::delivered(),
            // It still waited in the pipeline, and no request was made.
            Err(genesys::Error::Offline { .. }) if self.is_closing() => Delivery::NotTried,
            Err(error) => match delivery_of(&error) {
                Delivery::Paused { .. } => self.paused(error.into()),
                delivery => delivery,
            },
        }
    }
}

/// How the messages of one conversation go.
struct Route<'a> {
    /// The app by whose guest sockets they go; `None`: by the org's API.
    socket: Option<&'a App>,
    /// What can be done about one that may have arrived.
    after_doubt: AfterDoubt,
}

impl<'a> OrgCourier<'a> {
    /// How the messages of a conversation go.
    fn way(&self, conversation: &ConversationId) -> Result<Route<'a>> {
        Ok(match self.sockets {
            Some(app) if app.goes_by_socket(conversation)? => {
                Route { socket: Some(app), after_doubt: AfterDoubt::LookInHistory }
            }
            _ => Route { socket: None, after_doubt: self.org.can.after_doubt },
        })
    }

    /// The chats by the guest socket in which something was delivered since this was asked last.
    pub(crate) fn delivered_by_socket(&self) -> BTreeSet<ConversationId> {
        std::mem::take(&mut self.by_socket.lock())
    }

    fn paused(&self, failure: Failure) -> Delivery {
        let why = failure.message.clone();
        *self.paused_by.lock() = Some(failure);
        Delivery::Paused { why }
    }
}

/// An entry is sent in the dialect in which its chat was started, and waits until the connection has that again.
const ANOTHER_DIALECT: &str =
    "its chat was started over the Guest API, and this connection's org is asked in another dialect now";

/// What a failed attempt means for the entry (`reliability.md` section 7; architecture, "Outbox").
fn delivery_of(error: &genesys::Error) -> Delivery {
    use genesys::Error as E;
    let why = org_errors::words(error);
    let retry_after = error.told_wait();
    match error {
        // A sign-in that is refused is no matter of time.
        E::CredentialsRejected(_) => Delivery::Paused { why },
        _ if error.perhaps_processed() => Delivery::Uncertain { why, retry_after },
        // Whoever says when to come again has not said no, whatever the status.
        _ if retry_after.is_some() => Delivery::NotSent { why, retry_after },
        E::Forbidden { .. } => Delivery::Paused { why },
        E::NotFound(_) | E::Gone(_) => Delivery::ConversationOver { why },
        E::Invalid { .. } => Delivery::Dead { why },
        _ => Delivery::NotSent { why, retry_after },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use genesys::{Dialect, TransportError};
    use testkit::{Canned, TokioClock, guest_id, settings, text};

    use super::*;

    const FINAL: &str = r#"{"message":"No.","code":"some.code"}"#;
    const PAGE: &str = "<html>not here</html>";

    /// What the outbox is told of one attempt, and how many requests carried the message.
    async fn attempt(org: Canned) -> (Delivery, usize) {
        let clock = Arc::new(TokioClock::at("2026-11-22T12:00:00Z"));
        let connected = Org::connect(Dialect::GuestApi, settings(), Arc::new(org.clone()), clock);
        let courier = OrgCourier {
            org: &connected,
            sockets: None,
            refused: None,
            closing: AtomicBool::new(false),
            by_socket: Mutex::default(),
            paused_by: Mutex::default(),
        };
        let message = Outgoing {
            id: "00000000-0000-0000-0000-000000000007".parse().unwrap(),
            conversation_id: "c-1".parse().unwrap(),
            guest_id: guest_id(1),
            text: text("hello"),
            written_at: "2026-11-22T11:59:58Z".parse().unwrap(),
        };
        (courier.deliver(&message).await, org.count("/api/v2/conversations/webchat/messages"))
    }

    async fn delivery(status: u16, body: &'static str, retry_after: Option<&'static str>) -> Delivery {
        let org = Canned::signed_in(move |_, _| {
            let mut answer = Canned::json(status, body)?;
            if let Some(value) = retry_after {
                answer.headers_mut().insert("retry-after", value.parse().unwrap());
            }
            Ok(answer)
        });
        attempt(org).await.0
    }

    #[tokio::test(start_paused = true)]
    async fn one_attempt_is_one_request_and_a_second_only_where_the_org_turned_the_first_away_unread() {
        for status in [200, 201, 204, 301, 400, 403, 404, 408, 409, 410, 413, 422, 429, 500, 502, 503, 504] {
            let (told, requests) =
                attempt(Canned::signed_in(move |_, _| Canned::refused(status, "some.code"))).await;
            assert_eq!(requests, 1, "{status}: {told:?}");
        }
        for error in [TransportError::perhaps("cut"), TransportError::not_sent("refused")] {
            let said = format!("{error:?}");
            let error = Mutex::new(Some(error));
            let org = Canned::signed_in(move |_, _| Err(error.lock().take().expect("asked once")));
            assert_eq!(attempt(org).await.1, 1, "{said}");
        }
        // 401: the token was over, and nothing was read. One more goes with a new token, and no third.
        let (told, requests) = attempt(Canned::signed_in(|_, _| Canned::refused(401, "some.code"))).await;
        assert_eq!((kind(&told), requests), ("paused", 2));
        let expired = |n, _: &testkit::Seen| Canned::refused(if n == 0 { 401 } else { 503 }, "some.code");
        let (told, requests) = attempt(Canned::signed_in(expired)).await;
        assert_eq!(
            (kind(&told), requests),
            ("uncertain", 2),
            "the second may have been processed, the first was not"
        );
    }

    fn kind(delivery: &Delivery) -> &'static str {
        match delivery {
            Delivery::Delivered { .. } => "delivered",
            Delivery::NotTried => "not tried",
            Delivery::NotSent { .. } => "not sent",
            Delivery::Uncertain { .. } => "uncertain",
            Delivery::Dead { .. } => "dead",
            Delivery::ConversationOver { .. } => "over",
            Delivery::Paused { .. } => "paused",
        }
    }

    #[tokio::test(start_paused = true)]
    async fn every_status_is_waited_for_where_the_org_names_a_time_and_only_its_own_word_ends_anything() {
        for (statuses, body, without, with) in [
            (&[400, 405, 406, 411, 413, 414, 415, 421, 422, 423, 425, 431][..], FINAL, "dead", "not sent"),
            (&[400, 413, 422], PAGE, "dead", "not sent"),
            (&[401], FINAL, "paused", "paused"),
            (&[403], FINAL, "paused", "not sent"),
            (&[404, 410], FINAL, "over", "not sent"),
            (&[404, 410], PAGE, "uncertain", "uncertain"),
            (&[409, 429], FINAL, "not sent", "not sent"),
            (&[409, 429], PAGE, "not sent", "not sent"),
            (&[408, 500, 501, 502, 503, 504, 505, 511], FINAL, "uncertain", "uncertain"),
            (&[408, 500, 502, 503, 504], PAGE, "uncertain", "uncertain"),
            (&[200, 202, 204, 301, 302, 307, 308], PAGE, "uncertain", "uncertain"),
        ] {
            for status in statuses {
                for unnamed in [None, Some("soon"), Some("0"), Some("Sun, 22 Nov 2020 12:00:00 GMT")] {
                    let told = delivery(*status, body, unnamed).await;
                    assert_eq!(kind(&told), without, "{status} {body} {unnamed:?}: {told:?}");
                }
                for named in ["30", "+30", "29.5", "2, 30", "Sun, 22 Nov 2026 12:00:30 GMT"] {
                    let told = delivery(*status, body, Some(named)).await;
                    assert_eq!(kind(&told), with, "{status} {body} {named}: {told:?}");
                    if let Delivery::NotSent { retry_after, .. } | Delivery::Uncertain { retry_after, .. } =
                        told
                    {
                        let wait = retry_after.unwrap();
                        let near = wait > Duration::from_secs(29) && wait <= Duration::from_secs(30);
                        assert!(near, "{status} {body} {named}: {wait:?}");
                    }
                }
            }
        }
    }
}
