//! A chat by hand: who the guest is, what they write, and what comes, line by line.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use genesys::webmessaging::{Chat, ChatEvent, ChatEvents, ChatState, EndReason, FrameWay, WebMessagingError};
use lab::doctor;
use model::{Clock, MessageText, Secret};
use uuid::Uuid;

use crate::{
    Failure, FailureCode, LabTarget, Result, SystemClock,
    app::blocking,
    lab::{
        chat_line::{ChatLine, happened},
        notes::ATTRIBUTE,
    },
    views::count,
};

/// The most bytes of all custom attributes, as JSON.
const MOST_ATTRIBUTE_BYTES: usize = 2_048;

/// The longest name or e-mail address, in characters.
const LONGEST_NAME: usize = 200;

/// Who chats.
#[derive(Debug, Clone, Default)]
pub struct LabGuest {
    /// Sent as the custom attribute `name`.
    pub name: Option<String>,
    /// Sent as the custom attribute `email`.
    pub email: Option<String>,
    /// Further custom attributes.
    pub attributes: BTreeMap<String, String>,
    /// The token of a guest who was here before; else a new one is made.
    pub token: Option<Secret>,
}

/// A chat that goes on. Dropped, it closes the connection without a farewell.
pub struct LabChat {
    chat: Chat,
    events: ChatEvents,
    /// Whether the session was ready once.
    was_ready: bool,
    /// Whether the client says its last words: what is told as uncertain now is so because of the end that follows.
    is_ending: bool,
    /// When the session was asked for.
    asked_at: Option<DateTime<Utc>>,
    /// What was written and has no echo, in order.
    written: Vec<Written>,
    delivered: u64,
    refused: u64,
    not_sent: u64,
}

/// A message without an echo.
struct Written {
    id: Uuid,
    text: String,
    is: Standing,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It waits for its turn.
    Waiting,
    /// It is on the socket.
    Sent,
    /// It was told that nobody knows.
    Uncertain,
}

/// What became of the messages of a chat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LabChatCounts {
    /// The org has them.
    pub delivered: u64,
    /// The org did not take them.
    pub refused: u64,
    /// No echo has come, so nobody knows.
    pub uncertain: u64,
    /// They never left.
    pub not_sent: u64,
}

/// What happened in a chat.
#[derive(Debug)]
pub enum LabHappened {
    /// Worth showing.
    Line(ChatLine),
    /// Not worth a line.
    Nothing,
    /// It is over: as the guest wanted, or why.
    Ended(Result<()>),
}

impl LabGuest {
    /// The custom attributes of every message.
    fn checked_attributes(&self, run: &str) -> Result<BTreeMap<String, String>> {
        let is_plain = |text: &str, most: usize| {
            (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control)
        };
        let mut all = self.attributes.clone();
        if let Some(key) = all.keys().find(|key| !is_plain(key, LONGEST_NAME)) {
            let why = "an attribute's key has 1 to 200 characters and no control characters";
            return Err(Failure::field(key, why));
        }
        for (key, of_person) in [("name", &self.name), ("email", &self.email)] {
            let Some(text) = of_person else { continue };
            if !is_plain(text, LONGEST_NAME) {
                return Err(Failure::field(
                    key,
                    "has 1 to 200 characters and no control characters, or is left out",
                ));
            }
            if all.insert(key.to_owned(), text.clone()).is_some() {
                return Err(Failure::field(key, "is given twice: as an option and as an attribute"));
            }
        }
        if let Some(email) = all.get("email").filter(|_| self.email.is_some())
            && !email.split_once('@').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
        {
            return Err(Failure::field("email", "looks like name@example.org, or is left out"));
        }
        if all.insert(ATTRIBUTE.to_owned(), run.to_owned()).is_some() {
            return Err(Failure::field(
                ATTRIBUTE,
                "is set by the lab itself, so that its guests are found again",
            ));
        }
        let bytes = serde_json::to_vec(&all).expect("a map of texts is valid JSON").len();
        if bytes > MOST_ATTRIBUTE_BYTES {
            let why =
                format!("all attributes have {bytes} bytes together; the org takes {MOST_ATTRIBUTE_BYTES}");
            return Err(Failure::field("attr", why));
        }
        Ok(all)
    }
}

impl LabTarget {
    /// Begins a chat, after the deployment's configuration was read: what does not work there is told before anything is sent.
    /// The guest is noted.
    ///
    /// # Errors
    /// Bad input by field, a read-only connection, a configuration that lets no guest in or cannot be read, a failing disk.
    pub async fn chat(&self, guest: &LabGuest) -> Result<LabChat> {
        self.may_write()?;
        // As long as the value will be.
        guest.checked_attributes(&format!("{0}/{0}", Uuid::nil()))?;
        let config = self.client.config(&self.deployment).await?;
        let origin = self.deployment.origin.as_deref();
        if let Some(problem) = doctor::connecting(&config, origin).into_iter().next() {
            let message = format!("No chat was started at {}: {}.", self.host, problem.why);
            return Err(Failure::new(FailureCode::OrgFailed, message).with_next(
                "See `innkeeper lab doctor`; have the deployment changed, or choose another one.",
            ));
        }
        let (notes, host, deployment) = (self.notes.clone(), self.host.clone(), self.deployment.id.clone());
        let run = blocking(move || {
            let run = notes.begin()?;
            run.note(SystemClock.now(), &host, &deployment)?;
            Ok(run)
        })
        .await?;
        let mut options = Self::chat_options(&config);
        let mut attributes = guest.checked_attributes(&run.value())?;
        if let Some(token) = &guest.token {
            options.token = token.clone();
            // A guest who was here before is not the lab's, and whoever carries the mark is removed by `lab clean`.
            options.attributes_if_new.extend(attributes.remove_entry(ATTRIBUTE));
        }
        options.attributes = attributes;
        let (chat, events) = self.client.open(&self.deployment, options);
        Ok(LabChat {
            chat,
            events,
            was_ready: false,
            is_ending: false,
            asked_at: None,
            written: Vec::new(),
            delivered: 0,
            refused: 0,
            not_sent: 0,
        })
    }
}

impl LabChat {
    /// Writes a message; it leaves when the session is ready and the rate allows it.
    ///
    /// A chat that is over takes it, too: its end comes next, and the message is told as not sent.
    ///
    /// # Errors
    /// What no org would take.
    pub fn say(&mut self, text: &MessageText) -> Result<()> {
        let id = Uuid::new_v4();
        match self.chat.say(id, text.as_str()) {
            Ok(()) | Err(WebMessagingError::Over) => {}
            Err(error) => return Err(error.into()),
        }
        self.written.push(Written { id, text: text.as_str().to_owned(), is: Standing::Waiting });
        Ok(())
    }

    /// Whether there was a session.
    #[must_use]
    pub fn was_ready(&self) -> bool {
        self.was_ready
    }

    /// At the end: what never left and of which nobody knows whether it arrived, unless that was told already.
    pub fn lost(&mut self, why: &str) -> Vec<ChatLine> {
        let now = SystemClock.now();
        let mut lines = Vec::new();
        self.written.retain_mut(|message| {
            let state = match std::mem::replace(&mut message.is, Standing::Uncertain) {
                Standing::Waiting => "notSent",
                Standing::Sent => "uncertain",
                Standing::Uncertain => return true,
            };
            lines.push(ChatLine::of_lost(state, message.text.clone(), why, now));
            self.not_sent += u64::from(state == "notSent");
            state == "uncertain"
        });
        lines
    }

    /// A line that was never given to the chat, since it was over.
    pub fn never_said(&mut self, text: String, why: &str) -> ChatLine {
        self.not_sent += 1;
        ChatLine::of_lost("notSent", text, why, SystemClock.now())
    }

    /// Ends politely: [`LabHappened::Ended`] follows.
    pub fn leave(&self) {
        // One that is over already has ended.
        drop(self.chat.leave());
    }

    /// How many messages that were written have no answer yet.
    #[must_use]
    pub fn waiting(&self) -> u32 {
        count(self.written.iter().filter(|message| message.is != Standing::Uncertain).count() as u64)
    }

    /// What became of the messages so far.
    #[must_use]
    pub fn counts(&self) -> LabChatCounts {
        let uncertain = self.written.len() as u64;
        LabChatCounts { delivered: self.delivered, refused: self.refused, uncertain, not_sent: self.not_sent }
    }

    /// What happens next. Dropping the future loses nothing.
    pub async fn next(&mut self) -> LabHappened {
        let Some(event) = self.events.recv().await else {
            return LabHappened::Ended(Err(Failure::internal("the chat ended without a word")));
        };
        let mut own = None;
        match &event {
            ChatEvent::Delivered { id, .. } => {
                own = self.take(*id);
                self.delivered += u64::from(own.is_some());
            }
            ChatEvent::Refused { id, .. } => {
                own = self.take(*id);
                self.refused += u64::from(own.is_some());
            }
            ChatEvent::Sent { id, .. } => drop(self.stands(*id, Standing::Sent)),
            ChatEvent::Postponed { id, .. } => drop(self.stands(*id, Standing::Waiting)),
            // Why, the end says.
            ChatEvent::Uncertain { .. } if self.is_ending => return LabHappened::Nothing,
            ChatEvent::Uncertain { id } => own = self.stands(*id, Standing::Uncertain),
            ChatEvent::Frame(frame) if frame.way == FrameWay::Connection => {
                self.is_ending |= frame.name == "end";
            }
            ChatEvent::Frame(frame) if frame.way == FrameWay::Out && frame.name == "configureSession" => {
                self.asked_at = Some(frame.at);
            }
            ChatEvent::State(ChatState::Ready { .. }) => {
                self.was_ready = true;
                // Before whatever the org does for the session; its clock is not this one.
                let since = self.asked_at.take().unwrap_or_else(|| SystemClock.now());
                return happened(event, None, since).map_or(LabHappened::Nothing, LabHappened::Line);
            }
            // A chat that never was ready is one that cannot be had; later a lost connection is made again.
            ChatEvent::State(ChatState::Backoff { why, .. }) if !self.was_ready => {
                return LabHappened::Ended(Err(why.clone().into()));
            }
            ChatEvent::State(ChatState::Ended(reason)) => return LabHappened::Ended(ended(reason)),
            _ => {}
        }
        happened(event, own, SystemClock.now()).map_or(LabHappened::Nothing, LabHappened::Line)
    }
}

impl LabChat {
    fn take(&mut self, id: Uuid) -> Option<String> {
        let at = self.written.iter().position(|message| message.id == id)?;
        Some(self.written.remove(at).text)
    }

    /// Notes where a message stands now; answers its text.
    fn stands(&mut self, id: Uuid, is: Standing) -> Option<String> {
        let message = self.written.iter_mut().find(|message| message.id == id)?;
        message.is = is;
        Some(message.text.clone())
    }
}

/// A line that a person typed, as a message.
///
/// # Errors
/// It is empty, over 4,096 bytes, or has control characters in it, which no keyboard writes.
pub fn written_by_hand(text: &str) -> Result<MessageText> {
    let text = MessageText::new(text.to_owned())?;
    match text.as_str().chars().any(|c| c.is_control() && c != '\t') {
        true if text.as_str().contains('\0') => Err(Failure::field("text", "has a NUL character in it")),
        true => Err(Failure::field("text", "has control characters in it")),
        false => Ok(text),
    }
}

fn ended(reason: &EndReason) -> Result<()> {
    let over = |message: String| Err(Failure::new(FailureCode::ConversationClosed, message));
    match reason {
        EndReason::Left => Ok(()),
        EndReason::Expired => over("The session of the chat has expired.".to_owned()),
        EndReason::ClosedByOrg { reason: None } => {
            over("The org closed the connection of the chat.".to_owned())
        }
        EndReason::ClosedByOrg { reason: Some(why) } => {
            over(format!("The org closed the connection of the chat: {}.", why.trim_end_matches('.')))
        }
        EndReason::Failed(error) => Err(error.clone().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(guest: &LabGuest) -> Result<BTreeMap<String, String>> {
        guest.checked_attributes("f/r")
    }

    #[test]
    fn name_and_email_go_as_attributes_and_what_no_org_would_take_is_refused_by_its_field() {
        let guest = |name: &str, email: &str| LabGuest {
            name: Some(name.into()),
            email: Some(email.into()),
            ..LabGuest::default()
        };
        let sent = attributes(&guest("Ada", "ada@example.org")).unwrap();
        let expected = [("email", "ada@example.org"), ("innkeeperLab", "f/r"), ("name", "Ada")];
        assert_eq!(sent, expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
        let with = |key: &str, value: &str| LabGuest {
            attributes: [(key.to_owned(), value.to_owned())].into(),
            ..guest("Ada", "ada@example.org")
        };
        for (guest, field) in [
            (guest("a\u{7}", "a@b"), "name"),
            (guest("Ada", "nobody"), "email"),
            (guest("", "a@b"), "name"),
            (with("", "x"), ""),
            (with("name", "Bob"), "name"),
            (with("innkeeperLab", "another/run"), "innkeeperLab"),
            (with("note", &"x".repeat(2_000)), "attr"),
        ] {
            let refused = attributes(&guest).unwrap_err();
            assert_eq!((refused.fields[0].field.as_str(), refused.code.exit_code()), (field, 2), "{guest:?}");
        }
    }

    #[test]
    fn an_end_that_nobody_here_wanted_is_a_failure() {
        assert!(ended(&EndReason::Left).is_ok());
        let closed = ended(&EndReason::ClosedByOrg { reason: Some("signedIn".into()) }).unwrap_err();
        assert_eq!((closed.code, closed.code.exit_code()), (FailureCode::ConversationClosed, 1));
        assert!(closed.message.contains("signedIn"));
    }
}
