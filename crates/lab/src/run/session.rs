use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    fmt,
};

use genesys::webmessaging::{
    ChatEvent, ChatEvents, ChatMessage, ChatState, Direction, EndReason, FrameWay, ServerError,
    WebMessagingError, titles,
};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::{
    deadline::Deadline,
    frames::Frames,
    guests::Guest,
    mask::Mask,
    offers::{Offers, offered},
    pending::Pending,
    result::{Outcome, Speaker, TranscriptLine},
    words::quoted,
};

/// How many lines of a transcript are kept; the first ones go.
const MOST_LINES: usize = 2_000;

/// How many bytes its texts have at most; the first ones go.
const MOST_BYTES: usize = 16 * 1024 * 1024;

const ANSWERED: &str = "the org answered with an error";

/// A chat as a scenario sees it: what has come and was not used up yet, what is offered, and what went wrong.
pub struct Session {
    pub guest: Box<dyn Guest>,
    events: ChatEvents,
    began: Instant,
    pub pending: Pending,
    pub offers: Offers,
    pub transcript: VecDeque<TranscriptLine>,
    transcript_bytes: usize,
    pub frames: Frames,
    pub forbidden: Vec<Forbidden>,
    /// What was written and how far it came.
    written: HashMap<Uuid, Written>,
    /// The step that is carried out, in words.
    pub step: String,
    /// Whether that step may fail.
    pub is_optional: bool,
    /// What went wrong last at the org or on the way to it, as long as no message was taken after it.
    last_trouble: Option<String>,
    pub mask: Mask,
    pub attributes: BTreeMap<String, String>,
    pub is_ready: bool,
    pub was_ready: bool,
    pub is_offline: bool,
    /// The connection was lost and is being made again.
    pub is_lost: bool,
    /// The other side ended the conversation; whether the session is read-only.
    pub disconnected: Option<bool>,
    pub disorder: bool,
    /// Whether a refused Presence Join is no trouble.
    tolerates_presence: bool,
    is_leaving: bool,
    is_over: bool,
    trouble: Option<Broken>,
}

/// A text that must not come.
#[derive(Debug)]
pub struct Forbidden {
    pub text: String,
    pub lower: String,
    /// `None`: until the scenario ends.
    pub until: Option<Instant>,
    /// Where it comes, that is told and fails nothing.
    pub is_optional: bool,
}

/// A message of the guest.
#[derive(Debug)]
pub struct Written {
    /// Its place among those of the chat.
    number: usize,
    /// The step that wrote it, in words.
    pub step: String,
    is_optional: bool,
    pub way: Way,
}

/// How far a message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Waiting,
    Sent,
    Delivered,
    /// Whether it arrived is unknown.
    Uncertain,
}

/// Why a scenario does not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Failed or errored.
    pub outcome: Outcome,
    /// For people.
    pub reason: String,
    /// The time of a step was over.
    pub timed_out: bool,
    /// No connection was made at all.
    pub unreachable: bool,
}

impl Broken {
    /// Something that the file waits for did not come.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::Failed, reason: reason.into(), timed_out: false, unreachable: false }
    }

    /// The time of a step was over.
    pub fn timed_out(reason: impl Into<String>) -> Self {
        Self { timed_out: true, ..Self::failed(reason) }
    }

    /// The scenario could not be carried out.
    pub fn errored(reason: impl fmt::Display) -> Self {
        Self { outcome: Outcome::Errored, ..Self::failed(reason.to_string()) }
    }

    fn no_connection(why: &WebMessagingError, mask: &Mask) -> Self {
        let unreachable =
            matches!(why, WebMessagingError::Unreachable { .. } | WebMessagingError::NotTrusted { .. });
        Self { unreachable, ..Self::errored(mask.text(&why.to_string())) }
    }
}

impl Session {
    pub fn new(
        guest: Box<dyn Guest>,
        events: ChatEvents,
        attributes: BTreeMap<String, String>,
        tolerates_presence: bool,
        mask: Mask,
    ) -> Self {
        Self {
            guest,
            events,
            began: Instant::now(),
            pending: Pending::default(),
            offers: Offers::default(),
            transcript: VecDeque::new(),
            transcript_bytes: 0,
            frames: Frames::default(),
            forbidden: Vec::new(),
            written: HashMap::new(),
            step: String::new(),
            is_optional: false,
            last_trouble: None,
            mask,
            attributes,
            is_ready: false,
            was_ready: false,
            is_offline: false,
            is_lost: false,
            disconnected: None,
            disorder: false,
            tolerates_presence,
            is_leaving: false,
            is_over: false,
            trouble: None,
        }
    }

    /// Takes the next event; false when the time was over before one came.
    pub async fn next(&mut self, deadline: &mut Deadline) -> Result<bool, Broken> {
        match self.receive(deadline).await {
            Some(Some(event)) => self.take(event),
            Some(None) => self.break_off(Broken::errored("the chat is over")),
            None => return Ok(false),
        }
        self.check().map(|()| true)
    }

    /// The next event, or that none will come any more; `None` when the time is over.
    async fn receive(&mut self, deadline: &mut Deadline) -> Option<Option<ChatEvent>> {
        if !deadline.rest().is_zero()
            && let Ok(event) = timeout_at(deadline.until, self.events.recv()).await
        {
            return Some(event);
        }
        let unread = deadline.unread.get_or_insert(self.events.len());
        *unread = unread.checked_sub(1)?;
        self.events.try_recv().ok().map(Some)
    }

    /// Takes all that has come already; what comes meanwhile waits.
    pub fn catch_up(&mut self) -> Result<(), Broken> {
        for _ in 0..self.events.len() {
            if let Ok(event) = self.events.try_recv() {
                self.take(event);
            }
        }
        self.check()
    }

    /// Waits until something is there; nothing when the time is over before.
    pub async fn until<T>(
        &mut self,
        until: Instant,
        mut look: impl FnMut(&mut Self) -> Option<T>,
    ) -> Result<Option<T>, Broken> {
        let mut deadline = Deadline::at(until);
        loop {
            if let Some(found) = look(self) {
                return Ok(Some(found));
            }
            if !self.next(&mut deadline).await? {
                return Ok(None);
            }
        }
    }

    /// Whatever went wrong since the last step.
    pub fn check(&self) -> Result<(), Broken> {
        self.trouble.clone().map_or(Ok(()), Err)
    }

    /// The guest is about to write: what came before is no answer to it.
    pub fn begin_writing(&mut self, text: String) -> Uuid {
        self.pending.clear();
        self.offers.age();
        let id = Uuid::new_v4();
        let (number, step, is_optional) = (self.written.len(), self.step.clone(), self.is_optional);
        self.written.insert(id, Written { number, step, is_optional, way: Way::Waiting });
        self.line(Speaker::Guest, text, Vec::new());
        id
    }

    /// Whether a message is on its way, at least.
    pub fn has_left(&self, id: Uuid) -> bool {
        self.written.get(&id).is_none_or(|written| written.way != Way::Waiting)
    }

    /// Whether no message is on its way.
    pub fn none_is_on_its_way(&self) -> bool {
        self.written.values().all(|written| written.way != Way::Sent)
    }

    /// The first message that has to arrive and of which the org has not said that it has it.
    pub fn unconfirmed(&self) -> Option<&Written> {
        let open = |written: &&Written| !written.is_optional && written.way != Way::Delivered;
        self.written.values().filter(open).min_by_key(|written| written.number)
    }

    /// What went wrong last, where a reason does not say it already.
    pub fn trouble_beside(&self, reason: &str) -> Option<&str> {
        self.last_trouble.as_deref().filter(|trouble| !reason.contains(trouble))
    }

    /// Whether it is unknown of a message whether it arrived.
    pub fn is_uncertain(&self) -> bool {
        self.written.values().any(|written| written.way == Way::Uncertain)
    }

    /// Ends the chat politely, also after trouble; from now on its end is none.
    pub async fn leave(&mut self, until: Instant) {
        self.is_leaving = true;
        let mut deadline = Deadline::at(until);
        // A chat that is over cannot be left, and need not be.
        let mut is_over = self.is_over || self.guest.leave().is_err();
        while !is_over {
            let Some(Some(event)) = self.receive(&mut deadline).await else { return };
            self.take(event);
            is_over = self.is_over;
        }
    }

    /// Whether the chat can be written to at all.
    pub fn is_alive(&self) -> bool {
        self.was_ready && !self.is_over
    }

    pub fn note(&mut self, text: impl Into<String>) {
        self.line(Speaker::Note, text.into(), Vec::new());
    }

    fn line(&mut self, speaker: Speaker, text: String, offered: Vec<String>) {
        let size =
            |text: &str, offered: &[String]| text.len() + offered.iter().map(String::len).sum::<usize>();
        self.transcript_bytes += size(&text, &offered);
        while self.transcript.len() >= MOST_LINES || self.transcript_bytes > MOST_BYTES {
            let Some(first) = self.transcript.pop_front() else { break };
            self.transcript_bytes -= size(&first.text, &first.offered);
        }
        let at_millis = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.transcript.push_back(TranscriptLine { at_millis, speaker, text, offered });
    }

    fn break_off(&mut self, broken: Broken) {
        self.trouble.get_or_insert(broken);
    }

    fn take(&mut self, event: ChatEvent) {
        match event {
            ChatEvent::Frame(record) => {
                // The client sends again what was refused for its rate, so that nothing else tells of it.
                if record.way == FrameWay::In && matches!(record.code, Some(429 | 4029)) {
                    let (code, name) = (record.code.unwrap_or_default(), self.mask.text(&record.name));
                    self.last_trouble = Some(format!("the org answered with code {code}, {name}"));
                }
                self.frames.push(record);
            }
            ChatEvent::State(state) => self.state(state),
            ChatEvent::Sent { id, .. } => self.mark(id, Way::Sent),
            ChatEvent::Delivered { id, .. } => self.mark(id, Way::Delivered),
            ChatEvent::Uncertain { id } => {
                self.mark(id, Way::Uncertain);
                self.note("the connection was lost: whether the message arrived is unknown");
            }
            ChatEvent::Postponed { error, .. } => {
                self.note(format!("a message waits: code {}, {}", error.code, error.text));
            }
            ChatEvent::Refused { error, .. } => self.refused("a message was refused", &error),
            ChatEvent::Error(error) if self.tolerates_presence && error.code == 403 => {
                self.note("the deployment refuses Presence events");
            }
            ChatEvent::Error(error) => self.refused(ANSWERED, &error),
            ChatEvent::Message(message) => self.message(&message),
            ChatEvent::Disconnected { read_only } => {
                self.disconnected = Some(read_only);
                self.note(if read_only {
                    "the conversation was ended, read-only"
                } else {
                    "the conversation was ended"
                });
            }
            ChatEvent::Cleared => self.note("the conversation was cleared"),
            ChatEvent::Withdrawn { .. }
            | ChatEvent::HistoryRead { .. }
            | ChatEvent::Repeated
            | ChatEvent::Typing(_)
            | ChatEvent::Upload { .. } => {}
        }
    }

    fn mark(&mut self, id: Uuid, way: Way) {
        if way == Way::Delivered {
            self.last_trouble = None;
        }
        if let Some(written) = self.written.get_mut(&id)
            && written.way != Way::Delivered
        {
            written.way = way;
        }
    }

    fn refused(&mut self, what: &str, error: &ServerError) {
        let told = self.mask.text(&error.told());
        let reason = match error.code {
            // Not an error of the org but of a frame, and its words say which.
            0 if what == ANSWERED => told,
            _ => format!("{what}: {told}"),
        };
        self.note(reason.clone());
        self.break_off(Broken::errored(reason));
    }

    fn state(&mut self, state: ChatState) {
        self.is_ready = matches!(state, ChatState::Ready { .. });
        self.is_over |= matches!(state, ChatState::Ended(_));
        // While a connection is being made again it stays lost.
        self.is_lost = match &state {
            ChatState::Backoff { .. } => true,
            ChatState::Connecting { .. } => self.is_lost,
            _ => false,
        };
        match state {
            ChatState::Ready { .. } => {
                self.was_ready = true;
                self.is_offline = false;
            }
            ChatState::Offline => self.is_offline = true,
            ChatState::Backoff { why, .. } if !self.was_ready && !passes(&why) => {
                self.break_off(Broken::no_connection(&why, &self.mask));
            }
            ChatState::Backoff { why, .. } => {
                let why = self.mask.text(&why.to_string());
                self.last_trouble = Some(why.clone());
                self.note(why);
            }
            ChatState::Connecting { .. } => {}
            ChatState::Ended(_) if self.is_leaving => {}
            ChatState::Ended(EndReason::Failed(why)) if !self.was_ready => {
                self.break_off(Broken::no_connection(&why, &self.mask));
            }
            ChatState::Ended(reason) => {
                let why = match reason {
                    EndReason::Left => "the chat is over".to_owned(),
                    // vendor-fact: session-expired
                    EndReason::Expired => "the session has expired (code 4006)".to_owned(),
                    EndReason::ClosedByOrg { reason: None } => "the org closed the connection".to_owned(),
                    EndReason::ClosedByOrg { reason: Some(reason) } => {
                        format!("the org closed the connection ({reason})")
                    }
                    EndReason::Failed(why) => why.to_string(),
                };
                let why = self.mask.text(&why);
                self.note(why.clone());
                self.break_off(Broken::errored(why));
            }
        }
    }

    fn message(&mut self, message: &ChatMessage) {
        if message.direction == Direction::Inbound {
            return;
        }
        self.disorder |= message.out_of_order && !message.from_history;
        let text = message.text.clone().filter(|text| !text.trim().is_empty());
        let text = text.unwrap_or_else(|| titles(&message.content));
        self.offers.push(message);
        self.line(Speaker::Org, text.clone(), offered(message));
        self.forbid(&text);
        self.pending.push(message.at, text);
    }

    /// Whether something came that must not.
    fn forbid(&mut self, text: &str) {
        let now = Instant::now();
        self.forbidden.retain(|forbidden| forbidden.until.is_none_or(|until| now <= until));
        if self.forbidden.is_empty() {
            return;
        }
        let lower = text.to_lowercase();
        let came: Vec<(String, bool)> = self
            .forbidden
            .iter()
            .filter(|forbidden| lower.contains(&forbidden.lower))
            .map(|forbidden| (quoted(&self.mask, &forbidden.text), forbidden.is_optional))
            .collect();
        for (forbidden, is_optional) in came {
            let reason = format!("neverContaining {forbidden}: received {}", quoted(&self.mask, text));
            if is_optional {
                self.note(format!("optional: {reason}"));
            } else {
                self.break_off(Broken::failed(reason));
            }
        }
    }
}

/// Whether a later attempt may be taken: the client makes one by itself.
fn passes(why: &WebMessagingError) -> bool {
    matches!(why, WebMessagingError::Refused { status: 429, .. })
}
