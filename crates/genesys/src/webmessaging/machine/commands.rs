//! What the guest does.

use std::time::Duration;

use super::{
    asked::Purpose,
    messages::{Waiting, What},
    state::{Machine, State},
    step::{Effect, Now},
};
use crate::webmessaging::{
    chat::Command,
    error::WebMessagingError,
    event::{ChatEvent, EndReason},
};

/// While something goes on, a polite end waits: so long without an answer and it does not.
const FAREWELL: Duration = Duration::from_secs(10);

/// Typing is told at most once in this.
const TYPING: Duration = Duration::from_secs(5);

impl Machine {
    pub(super) fn on_command(&mut self, now: Now, command: Command) {
        match command {
            Command::Say(id, text) => self.accept(id, What::Text(text)),
            Command::Withdraw(id) => self.withdraw(now, id),
            Command::Answer(id, answer) => self.accept(id, What::Answer(answer)),
            Command::Attach(id, file, text) => self.accept(id, What::File(file, text)),
            Command::Attributes(attributes) => self.frames.attributes = attributes,
            Command::Typing => self.tell_typing(now),
            Command::Join => self.join_wanted = true,
            Command::Offline => self.go_offline(now),
            Command::Online => self.go_online(now),
            Command::Clear => {
                if self.state == State::Ready {
                    let tracing = self.id();
                    let frame = self.frames.presence(tracing, "Clear");
                    self.ask(now, tracing, Purpose::Clear, frame);
                }
            }
            Command::StartNew => {
                self.start_new = true;
                if self.state == State::Ready {
                    self.reset(now);
                }
            }
            Command::Leave => self.keep_leaving(now, true),
            Command::FileLink(..) => {}
        }
    }

    /// One word follows, unless there was one before.
    fn withdraw(&mut self, now: Now, id: uuid::Uuid) {
        let is_next = self.messages.waiting.front().is_some_and(|message| message.id == id);
        if is_next && self.upload.is_some() {
            self.abandon_upload();
        }
        if self.messages.take_back(id) {
            self.tell(ChatEvent::Withdrawn { id });
            self.keep_leaving(now, false);
        } else if self.messages.give_up(id) {
            self.tell(ChatEvent::Uncertain { id });
        }
    }

    fn accept(&mut self, id: uuid::Uuid, what: What) {
        self.messages.waiting.push_back(Waiting { id, what, uploaded: None, configured_again: false });
    }

    /// The polite end is put off while something goes on; `begin` makes one.
    pub(super) fn keep_leaving(&mut self, now: Now, begin: bool) {
        if begin || self.leaving.is_some() {
            self.leaving = Some(now.since + FAREWELL.max(self.open_within));
        }
    }

    /// When everything has left and was answered.
    pub(super) fn finish_leaving(&mut self, now: Now) {
        let idle = self.messages.waiting.is_empty() && self.messages.all_answered();
        let opening = matches!(
            self.state,
            State::Connecting { .. } | State::Configuring { .. } | State::Resetting { .. } | State::Ready
        );
        if self.leaving.is_some() && self.state != State::Ended && (idle || !opening) {
            self.end(now, EndReason::Left);
        }
    }

    fn tell_typing(&mut self, now: Now) {
        let soon = self.typed.is_some_and(|typed| now.since < typed + TYPING);
        if self.typing && !soon && self.state == State::Ready && !self.read_only && self.may_ask(now) {
            self.typed = Some(now.since);
            let tracing = self.id();
            let frame = self.frames.typing(tracing);
            self.ask(now, tracing, Purpose::Typing, frame);
        }
    }

    pub(super) fn on_want_link(&mut self, now: Now, attachment: String) {
        if self.state == State::Ready {
            let tracing = self.id();
            let frame = self.frames.get_attachment(tracing, &attachment);
            self.ask(now, tracing, Purpose::Link(attachment), frame);
        } else {
            let link = Err(WebMessagingError::Lost("there is no connection just now".to_owned()));
            self.out.push(Effect::Link { attachment, link });
        }
    }
}
