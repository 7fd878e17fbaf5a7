//! The machine: its state, and the one door through which everything comes.

use std::{collections::VecDeque, time::Duration};

use chrono::{DateTime, Utc};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use uuid::Uuid;

use super::{
    asked::Asked,
    messages::Messages,
    rate::Window,
    seen::Seen,
    shared_rate::SharedWindow,
    step::{Effect, Input, Now},
    upload::Upload,
    walk::Walk,
};
use crate::webmessaging::{
    error::WebMessagingError,
    event::{ChatEvent, ChatState, EndReason, FrameRecord, FrameWay},
    frames::outgoing::Frames,
    options::ChatOptions,
};

/// Where the chat stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing was done yet.
    New,
    /// A connection is being made, at the latest until then.
    Connecting { until: Duration },
    /// `configureSession` was sent, and its answer is awaited until then.
    Configuring { until: Duration },
    /// The session is there.
    Ready,
    /// `closeSession` was sent, after which a new session begins.
    Resetting { until: Duration },
    /// The next attempt is made then.
    Backoff { until: Duration },
    /// Switched off by hand.
    Offline,
    /// Over.
    Ended,
}

/// What the machine is told of the options of a chat.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    start_new: bool,
    open_within: Duration,
    reconnect_for: Option<Duration>,
    messages_per_second: u32,
    join: bool,
    typing: bool,
    offline: bool,
    history: SharedWindow,
}

impl Limits {
    /// `history` is how often the history of its session may be read.
    pub(crate) fn of(options: &ChatOptions, history: SharedWindow) -> Self {
        Self {
            start_new: options.start_new,
            open_within: options.open_within,
            reconnect_for: options.reconnect_for,
            messages_per_second: options.messages_per_second,
            join: options.join,
            typing: options.typing,
            offline: options.offline,
            history,
        }
    }
}

/// A chat.
pub(crate) struct Machine {
    pub(super) frames: Frames,
    pub(super) host: String,
    pub(super) open_within: Duration,
    pub(super) reconnect_for: Option<Duration>,
    pub(super) join: bool,
    pub(super) typing: bool,
    begins_offline: bool,

    pub(super) state: State,
    /// Attempts that failed since the chat was ready for a while.
    pub(super) failures: u32,
    /// Since when the connection is missing.
    pub(super) missing_since: Duration,
    pub(super) ready_since: Duration,
    /// Whether there was a session already.
    pub(super) was_ready: bool,
    pub(super) new_session: bool,
    pub(super) read_only: bool,
    /// Whether the next session is to be a new one.
    pub(super) start_new: bool,
    pub(super) resets: u32,
    pub(super) join_wanted: bool,
    /// Whether it was told that this session is cleared.
    pub(super) cleared: bool,
    /// The guest leaves: what is under way may take until then.
    pub(super) leaving: Option<Duration>,

    pub(super) heard: Duration,
    /// When the health check was sent that is not answered.
    pub(super) checked: Option<Duration>,
    /// Nothing is written before, because the org said so.
    pub(super) paused_until: Duration,
    pub(super) throttled: u32,
    pub(super) typed: Option<Duration>,

    pub(super) messages: Messages,
    pub(super) upload: Option<Upload>,
    pub(super) asked: Asked,
    pub(super) walk: Option<Walk>,
    pub(super) walks: u32,
    pub(super) seen: Seen,
    /// The newest `channel.time` of a message.
    pub(super) newest: Option<DateTime<Utc>>,
    /// The vendor's ids of forms, by the keys of the messages that offered them.
    pub(super) forms: VecDeque<(String, String)>,
    pub(super) unnamed: u64,

    /// Messages of the session in a second.
    pub(super) message_rate: Window,
    /// Frames of the connection in a minute.
    pub(super) request_rate: Window,
    pub(super) configure_rate: Window,
    /// Pages of the session's history in a minute.
    pub(super) history_rate: SharedWindow,

    rng: SmallRng,
    pub(super) out: Vec<Effect>,
}

const MINUTE: Duration = Duration::from_secs(60);

impl Machine {
    /// A chat that has not begun. `seed` is where its random numbers come from, `host` what errors name.
    pub(crate) fn new(frames: Frames, host: String, options: &Limits, seed: u64) -> Self {
        Self {
            frames,
            host,
            open_within: options.open_within.max(Duration::from_millis(1)),
            reconnect_for: options.reconnect_for,
            join: options.join,
            typing: options.typing,
            begins_offline: options.offline,
            state: State::New,
            failures: 0,
            missing_since: Duration::ZERO,
            ready_since: Duration::ZERO,
            was_ready: false,
            new_session: true,
            read_only: false,
            start_new: options.start_new,
            resets: 0,
            join_wanted: false,
            cleared: false,
            leaving: None,
            heard: Duration::ZERO,
            checked: None,
            paused_until: Duration::ZERO,
            throttled: 0,
            typed: None,
            messages: Messages::default(),
            upload: None,
            asked: Asked::default(),
            walk: None,
            walks: 0,
            seen: Seen::default(),
            newest: None,
            forms: VecDeque::new(),
            unnamed: 0,
            message_rate: Window::new(options.messages_per_second, Duration::from_secs(1)),
            request_rate: Window::new(60, MINUTE),
            configure_rate: Window::new(60, MINUTE),
            history_rate: options.history.clone(),
            rng: SmallRng::seed_from_u64(seed),
            out: Vec::new(),
        }
    }

    /// Takes what happened and says what is to be done, in order.
    pub(crate) fn handle(&mut self, now: Now, input: Input) -> Vec<Effect> {
        match (self.state, input) {
            (State::Ended, Input::WantLink(attachment)) => {
                self.out.push(Effect::Link { attachment, link: Err(WebMessagingError::Over) });
            }
            (State::Ended, _) => {}
            (State::New, Input::Begin) if self.begins_offline => self.go_offline(now),
            (State::New, Input::Begin) => self.dial(now),
            (_, Input::Begin | Input::Tick) => {}
            (_, Input::Command(command)) => self.on_command(now, command),
            (_, Input::WantLink(attachment)) => self.on_want_link(now, attachment),
            (_, Input::Opened) => self.on_opened(now),
            (_, Input::Lost(why)) => self.on_lost(now, why),
            (_, Input::Text(text)) => self.on_text(now, &text),
            (_, Input::NoText) => self.on_no_text(now),
            (_, Input::History(walk, page)) => self.on_history(now, walk, page),
            (_, Input::Uploading(attachment, sent)) => self.on_uploading(attachment, sent),
            (_, Input::Uploaded(attachment, result)) => self.on_upload_over(now, attachment, result),
        }
        self.on_time(now);
        self.pump(now);
        std::mem::take(&mut self.out)
    }

    /// When the machine wants to be asked again, if nothing happens before. Later than the last time it was asked.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let of_state = match self.state {
            State::New | State::Offline | State::Ended => None,
            State::Connecting { until }
            | State::Configuring { until }
            | State::Resetting { until }
            | State::Backoff { until } => Some(until),
            State::Ready => Some(self.next_health_check()),
        };
        let leaving = self.leaving.filter(|_| self.state != State::Ended);
        let ready = (self.state == State::Ready)
            .then(|| [self.next_send(), self.next_overdue(), self.upload_deadline(), self.walk_deadline()]);
        [of_state, leaving].into_iter().chain(ready.into_iter().flatten()).flatten().min()
    }

    /// Whatever is due.
    fn on_time(&mut self, now: Now) {
        if self.leaving.is_some_and(|until| until <= now.since) {
            self.end(now, EndReason::Left);
        }
        match self.state {
            State::Connecting { until } | State::Configuring { until } | State::Resetting { until }
                if until <= now.since =>
            {
                let why = self.silence();
                self.on_lost(now, why);
            }
            State::Backoff { until } if until <= now.since => self.dial(now),
            State::Ready => {
                self.check_health(now);
                self.tell_overdue(now);
                self.check_upload(now);
                self.step_walk(now);
            }
            _ => {}
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        matches!(self.state, State::Configuring { .. } | State::Ready | State::Resetting { .. })
    }

    pub(super) fn tell(&mut self, event: ChatEvent) {
        self.out.push(Effect::Tell(event));
    }

    pub(super) fn tell_state(&mut self) {
        let (new_session, read_only) = (self.new_session, self.read_only);
        self.tell(ChatEvent::State(ChatState::Ready { new_session, read_only }));
    }

    /// A line of the inspector about the connection itself.
    pub(super) fn tell_connection(&mut self, now: Now, name: &str, why: Option<&str>) {
        let json = why.map_or_else(|| serde_json::json!({}), |why| serde_json::json!({ "why": why }));
        self.tell(ChatEvent::Frame(FrameRecord {
            at: now.wall,
            way: FrameWay::Connection,
            name: name.to_owned(),
            code: None,
            json: json.to_string(),
        }));
    }

    /// A new random id.
    pub(super) fn id(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.rng.random()).into_uuid()
    }

    /// Uniform in 0..1.
    pub(super) fn roll(&mut self) -> f64 {
        self.rng.random()
    }
}
