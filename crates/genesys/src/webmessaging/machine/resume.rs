//! After a connection was made again, or an old session taken up: what the history has that the socket did not bring.

use std::time::Duration;

use model::Secret;

use super::{
    asked::Purpose,
    state::{Machine, State},
    step::{Effect, Now},
    walk::{Stage, Walk},
};
use crate::webmessaging::{
    event::{ChatEvent, HistoryExtent, ServerError},
    frames::history::HistoryPage,
};

/// Within this the org gives out a JWT.
const JWT_ANSWER: Duration = Duration::from_secs(10);

/// Within this a page is there, with some to spare beside the driver's own limit.
const PAGE_ANSWER: Duration = Duration::from_secs(60);

/// For so long, at most, the guest's messages wait for the history.
const HOLD: Duration = Duration::from_secs(3);

/// So often a page is asked for, with a pause that grows by this.
const MOST_TRIES: u32 = 3;
const TRY_AGAIN: Duration = Duration::from_secs(2);

impl Machine {
    pub(super) fn begin_walk(&mut self, now: Now, epoch: u32) {
        self.walks += 1;
        self.walk = Some(Walk::new(self.walks, epoch, now.since + HOLD));
    }

    pub(super) fn walk_deadline(&self) -> Option<Duration> {
        match self.walk.as_ref()?.stage {
            // Done by the step in which it begins.
            Stage::New | Stage::Read => None,
            Stage::Asked(until) | Stage::Due(until, _) | Stage::Reading(until, _) => Some(until),
        }
    }

    pub(super) fn step_walk(&mut self, now: Now) {
        let Some(walk) = &mut self.walk else { return };
        match walk.stage.clone() {
            Stage::New => {
                walk.stage = Stage::Asked(now.since + JWT_ANSWER);
                let tracing = self.id();
                let frame = self.frames.get_jwt(tracing);
                self.ask(now, tracing, Purpose::Jwt, frame);
            }
            Stage::Due(at, jwt) if at <= now.since => {
                let free = self.history_rate.next();
                if free > now.since {
                    walk.stage = Stage::Due(free, jwt);
                    return;
                }
                walk.stage = Stage::Reading(now.since + PAGE_ANSWER, jwt.clone());
                let (number, page) = (walk.number, walk.page);
                self.history_rate.take(now.since);
                self.out.push(Effect::ReadHistory { walk: number, jwt, page });
            }
            Stage::Read if self.messages.all_answered() => self.finish_walk(now),
            Stage::Asked(until) if until <= now.since => {
                self.on_no_jwt(silence());
            }
            Stage::Reading(until, _) if until <= now.since => {
                let number = walk.number;
                self.on_history(now, number, Err(silence()));
            }
            _ => {}
        }
    }

    pub(super) fn on_jwt(&mut self, now: Now, jwt: Secret) {
        if let Some(walk) = self.walk.as_mut().filter(|walk| matches!(walk.stage, Stage::Asked(_))) {
            walk.stage = Stage::Due(now.since, jwt);
        }
    }

    /// The history cannot be read.
    pub(super) fn on_no_jwt(&mut self, error: ServerError) {
        if let Some(walk) = &mut self.walk {
            (walk.stage, walk.extent) = (Stage::Read, HistoryExtent::Failed);
            self.tell_error(unread(error));
        }
    }

    pub(super) fn on_history(&mut self, now: Now, number: u32, page: Result<HistoryPage, ServerError>) {
        if self.state != State::Ready {
            return;
        }
        let Some(walk) = self.walk.as_mut().filter(|walk| walk.number == number) else { return };
        let Stage::Reading(_, jwt) = walk.stage.clone() else { return };
        match page {
            Ok(page) => {
                walk.failures = 0;
                if walk.take(page, &self.seen) {
                    walk.stage = Stage::Due(now.since, jwt);
                } else {
                    walk.stage = Stage::Read;
                }
            }
            Err(error) => {
                walk.failures += 1;
                let refused = matches!(error.code, 400..=407 | 409..=428);
                if refused || walk.failures >= MOST_TRIES {
                    (walk.stage, walk.extent) = (Stage::Read, HistoryExtent::Failed);
                    return self.tell_error(unread(error));
                }
                let pause = error.retry_after.unwrap_or(TRY_AGAIN * walk.failures);
                walk.stage = Stage::Due(now.since + pause, jwt);
            }
        }
    }

    /// Tells what was found, in the order of time, and of the messages in doubt those that were not.
    fn finish_walk(&mut self, now: Now) {
        let Some(walk) = self.walk.take() else { return };
        let extent = walk.extent;
        for message in walk.found() {
            // What happened then is over: an old Disconnect ends nothing.
            if message.happened.is_some() || message.key.as_deref().is_some_and(|key| self.seen.contains(key))
            {
                continue;
            }
            match self.messages.found(&message) {
                Some(id) => self.tell_delivered(now, id, &message),
                None => self.tell_message(message, true),
            }
        }
        self.tell_doubts();
        self.tell(ChatEvent::HistoryRead { extent });
    }
}

fn unread(mut error: ServerError) -> ServerError {
    error.text = format!("the history could not be read: {}", error.text);
    error
}

fn silence() -> ServerError {
    ServerError { code: 408, text: "no answer in time".to_owned(), retry_after: None }
}
