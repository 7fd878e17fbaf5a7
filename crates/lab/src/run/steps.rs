use std::{path::Path, time::Duration};

use genesys::webmessaging::{Answer, WebMessagingError};
use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    attach,
    guests::{Guest, Target},
    mask::Mask,
    pattern::{NoAnswer, first_match},
    session::{Broken, Session},
    words::{list, quoted, received},
};
use crate::scenario::{Action, RESERVED_ATTRIBUTES, Step};

/// Between two questions to the org about a guest.
const BETWEEN_READS: Duration = Duration::from_millis(500);

/// How long going offline waits for the echo of what is on its way.
const ECHO: Duration = Duration::from_secs(1);

/// What came of a step that did not end its scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// It did what the file says.
    Passed,
    /// It did not, and that changes nothing.
    Ignored(Broken),
}

/// Carries out steps in a chat.
pub struct Steps<'a> {
    pub session: &'a mut Session,
    pub target: &'a Target,
    /// The value of the attribute by which the org finds this guest.
    pub chat: &'a str,
}

impl Steps<'_> {
    /// Carries out a step that may take so long.
    pub async fn carry_out(&mut self, action: &Action, limit: Duration) -> Result<Done, Broken> {
        let until = Instant::now() + limit;
        match action {
            Action::Say(text) => self.write(limit, text.clone(), |guest, id| guest.say(id, text)).await?,
            Action::WaitForReplyContaining(text) => {
                self.wait_for(&Wanted::Text(text, text.to_lowercase()), limit).await?;
            }
            Action::WaitForReplyMatching(pattern) => self.wait_for(&Wanted::Pattern(pattern), limit).await?,
            Action::Tap(wanted) => {
                let what = format!("{} is not offered", quoted(&self.session.mask, wanted));
                let tap = |session: &mut Session| session.offers.tap(&session.mask, wanted);
                let answer = self.offered(until, &what, tap).await?;
                self.answer(answer, wanted.clone(), limit).await?;
            }
            Action::Pick(pick) => {
                let choose = |session: &mut Session| session.offers.pick(&session.mask, pick);
                let answer = self.offered(until, "it cannot be chosen", choose).await?;
                let shown = match &answer {
                    Answer::List { chosen, .. } => {
                        chosen.iter().map(|(_, title)| title.as_str()).collect::<Vec<_>>().join(", ")
                    }
                    Answer::Time { iso, .. } => iso.clone(),
                    _ => String::new(),
                };
                self.answer(answer, shown, limit).await?;
            }
            Action::Fill(fields) => {
                let what = "the form cannot be filled in";
                let fill = |session: &mut Session| session.offers.fill(&session.mask, fields);
                let answer = self.offered(until, what, fill).await?;
                let shown: Vec<String> =
                    fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                self.answer(answer, shown.join(", "), limit).await?;
            }
            Action::Attach(path) => self.attach(path, limit).await?,
            Action::Attributes(attributes) => {
                let mut all = self.session.attributes.clone();
                // By those of the lab its guests are found again, so that nothing replaces them.
                let is_free = |(name, _): &&(String, String)| !RESERVED_ATTRIBUTES.contains(&name.as_str());
                all.extend(attributes.iter().filter(is_free).cloned());
                self.session.guest.set_attributes(all.clone()).map_err(Broken::errored)?;
                self.session.attributes = all;
            }
            Action::ExpectQuickReplies(wanted) => self.expect_quick_replies(wanted, limit).await?,
            Action::ExpectDisconnect { read_only } => self.expect_disconnect(*read_only, limit).await?,
            Action::NeverContaining(text) => {
                // What came before counts for nothing.
                self.session.catch_up()?;
                self.session.forbidden.push((text.clone(), text.to_lowercase()));
            }
            Action::Optional(step) => return self.optional(step, limit).await,
            Action::Within { limit, step } => return Box::pin(self.carry_out(&step.action, *limit)).await,
            Action::GoOffline => {
                // An echo that is about to come comes before.
                let soon = until.min(Instant::now() + ECHO);
                self.session.until(soon, |session| session.none_is_on_its_way().then_some(())).await?;
                self.session.guest.offline().map_err(Broken::errored)?;
                let gone = self.session.until(until, |session| session.is_offline.then_some(())).await?;
                gone.ok_or_else(|| Broken::timed_out(format!("still online after {}", seconds(limit))))?;
            }
            Action::ComeBack => {
                self.session.guest.online().map_err(Broken::errored)?;
                self.until_ready(until, limit).await?;
            }
            Action::Pause(time) => self.listen_for(*time).await?,
            Action::ExpectAttribute(wanted) => self.expect_attribute(wanted, limit).await?,
        }
        Ok(Done::Passed)
    }

    async fn optional(&mut self, step: &Step, limit: Duration) -> Result<Done, Broken> {
        let was_optional = std::mem::replace(&mut self.session.is_optional, true);
        let end = Box::pin(self.carry_out(&step.action, limit)).await;
        self.session.is_optional = was_optional;
        match end {
            Err(broken) => {
                // What is wrong with the chat itself ends the scenario also here.
                self.session.check()?;
                Ok(Done::Ignored(broken))
            }
            done => done,
        }
    }

    /// Lets time go by, and takes what comes.
    async fn listen_for(&mut self, time: Duration) -> Result<(), Broken> {
        let until = Instant::now() + time;
        while self.session.next(until).await? {}
        Ok(())
    }

    async fn until_ready(&mut self, until: Instant, limit: Duration) -> Result<(), Broken> {
        let ready = self.session.until(until, |session| session.is_ready.then_some(())).await?;
        ready.ok_or_else(|| {
            let reason = format!("the session was not ready within {}", seconds(limit));
            Broken { timed_out: true, ..Broken::errored(reason) }
        })
    }

    /// Writes something once the session is ready, and waits until it is on its way.
    async fn write(
        &mut self,
        limit: Duration,
        shown: String,
        send: impl FnOnce(&dyn Guest, Uuid) -> Result<(), WebMessagingError>,
    ) -> Result<(), Broken> {
        self.listen_for(self.target.pace).await?;
        let until = Instant::now() + limit;
        self.session.catch_up()?;
        if self.session.disconnected.is_some() {
            return Err(Broken::failed("the other side ended the conversation before this could be written"));
        }
        if !self.session.is_offline {
            self.until_ready(until, limit).await?;
        }
        let id = self.session.begin_writing(shown);
        send(&*self.session.guest, id).map_err(Broken::errored)?;
        if self.session.is_offline {
            return Ok(());
        }
        let left = self.session.until(until, |session| session.has_left(id).then_some(())).await?;
        left.ok_or_else(|| {
            let reason = format!("the message did not leave within {}", seconds(limit));
            Broken { timed_out: true, ..Broken::errored(reason) }
        })
    }

    async fn answer(&mut self, answer: Answer, shown: String, limit: Duration) -> Result<(), Broken> {
        self.write(limit, shown, |guest, id| guest.answer(id, answer)).await
    }

    async fn attach(&mut self, path: &Path, limit: Duration) -> Result<(), Broken> {
        let (owned, mask) = (path.to_owned(), self.session.mask.clone());
        let file = tokio::task::spawn_blocking(move || attach::read(&owned, &mask))
            .await
            .unwrap_or_else(|_| Err("the file could not be read".into()))
            .map_err(Broken::errored)?;
        let shown = format!("[{}]", file.name);
        self.write(limit, shown, |guest, id| guest.attach(id, file)).await
    }

    /// Waits until something can be answered.
    async fn offered(
        &mut self,
        until: Instant,
        what: &str,
        mut look: impl FnMut(&mut Session) -> Result<Answer, String>,
    ) -> Result<Answer, Broken> {
        let mut why = String::new();
        let found = self
            .session
            .until(until, |session| {
                let found = look(session).map_err(|reason| why = reason).ok();
                // After the end nothing can be offered any more.
                found.map(Some).or_else(|| session.disconnected.map(|_| None))
            })
            .await?;
        match found {
            Some(Some(answer)) => Ok(answer),
            Some(None) => {
                Err(Broken::failed(format!("{what}; {why}; the other side ended the conversation")))
            }
            None => Err(Broken::timed_out(format!("{what}; {why}"))),
        }
    }

    async fn wait_for(&mut self, wanted: &Wanted<'_>, limit: Duration) -> Result<(), Broken> {
        let until = Instant::now() + limit;
        self.session.catch_up()?;
        let mut looked_at = usize::MAX;
        loop {
            let texts: Vec<String> = self.session.pending().iter().map(|came| came.text.clone()).collect();
            if texts.len() != looked_at {
                looked_at = texts.len();
                if let Some(index) = wanted.first_in(&texts, &self.session.mask).await? {
                    self.session.use_up(index);
                    return Ok(());
                }
            }
            if self.session.disconnected.is_some() {
                let wanted = wanted.shown(&self.session.mask);
                let received = received(&self.session.mask, &texts);
                return Err(Broken::failed(format!(
                    "the other side ended the conversation before {wanted} came; {received}"
                )));
            }
            if !self.session.next(until).await? {
                let doubt = if self.session.is_uncertain() {
                    "; whether all messages of the guest arrived is unknown"
                } else {
                    ""
                };
                let wanted = wanted.shown(&self.session.mask);
                let received = received(&self.session.mask, &texts);
                let limit = seconds(limit);
                return Err(Broken::timed_out(format!(
                    "{wanted} did not come within {limit}; {received}{doubt}"
                )));
            }
        }
    }

    async fn expect_quick_replies(&mut self, wanted: &[String], limit: Duration) -> Result<(), Broken> {
        let mut sorted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        sorted.sort_unstable();
        let until = Instant::now() + limit;
        self.session.catch_up()?;
        let found = self
            .session
            .until(until, |session| {
                let mut offered = session.offers.new_quick_replies();
                offered.sort_unstable();
                let ended = session.disconnected.is_some();
                if offered == sorted { Some(true) } else { ended.then_some(false) }
            })
            .await?;
        if found == Some(true) {
            return Ok(());
        }
        let offered = self.session.offers.new_quick_replies();
        let offered = if offered.is_empty() {
            "none are offered".into()
        } else {
            format!("offered: {}", list(&self.session.mask, &offered))
        };
        let wanted = list(&self.session.mask, wanted);
        let reason = format!("these quick replies were not offered: {wanted}; {offered}");
        Err(Broken { timed_out: found.is_none(), ..Broken::failed(reason) })
    }

    async fn expect_disconnect(&mut self, read_only: Option<bool>, limit: Duration) -> Result<(), Broken> {
        let until = Instant::now() + limit;
        let ended = self.session.until(until, |session| session.disconnected).await?;
        let Some(is_read_only) = ended else {
            let texts: Vec<String> = self.session.pending().iter().map(|came| came.text.clone()).collect();
            let (limit, received) = (seconds(limit), received(&self.session.mask, &texts));
            return Err(Broken::timed_out(format!(
                "the conversation was not ended within {limit}; {received}"
            )));
        };
        match read_only {
            Some(wanted) if wanted != is_read_only => {
                let how = if is_read_only { "read-only" } else { "not read-only" };
                Err(Broken::failed(format!("the conversation was ended, {how}")))
            }
            _ => Ok(()),
        }
    }

    async fn expect_attribute(&mut self, wanted: &[(String, Value)], limit: Duration) -> Result<(), Broken> {
        let Some(records) = self.target.records.clone() else {
            let why = "attributes are read by REST, for which this connection has no OAuth client";
            return Err(Broken::errored(why));
        };
        let until = Instant::now() + limit;
        loop {
            let read = tokio::time::timeout_at(until, records.read(self.chat)).await;
            let found = match read {
                Ok(found) => found.map_err(Broken::errored)?,
                Err(_) => None,
            };
            let known = found.map(|record| record.attributes);
            let different = known.as_ref().map(|known| {
                wanted.iter().find(|(name, value)| !is_same(known.get(name), value)).map(|(name, value)| {
                    let there = known.get(name).map_or_else(|| "nothing".into(), Value::to_string);
                    format!("the attribute {} is {there} and not {value}", quoted(&self.session.mask, name))
                })
            });
            if different == Some(None) {
                return Ok(());
            }
            let next = Instant::now() + BETWEEN_READS;
            if next >= until {
                let why = different.flatten().unwrap_or_else(|| "the org does not list this guest".into());
                return Err(Broken::timed_out(format!("{why} after {}", seconds(limit))));
            }
            while self.session.next(next).await? {}
        }
    }
}

/// Whether an attribute is this value, also where the org keeps it as a text.
fn is_same(there: Option<&Value>, wanted: &Value) -> bool {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match (there, wanted) {
        (None | Some(Value::Null), wanted) => wanted.is_null(),
        (Some(there), wanted) => there == wanted || text(there) == text(wanted),
    }
}

/// A limit, in words.
pub fn seconds(limit: Duration) -> String {
    format!("{} s", limit.as_secs_f64())
}

/// What a step waits for.
enum Wanted<'a> {
    /// A text and the lower case of it.
    Text(&'a str, String),
    Pattern(&'a str),
}

impl Wanted<'_> {
    fn shown(&self, mask: &Mask) -> String {
        match self {
            Self::Text(text, _) => format!("a reply containing {}", quoted(mask, text)),
            Self::Pattern(pattern) => format!("a reply matching {}", quoted(mask, pattern)),
        }
    }

    async fn first_in(&self, texts: &[String], mask: &Mask) -> Result<Option<usize>, Broken> {
        match self {
            Self::Text(_, lower) => Ok(texts.iter().position(|text| text.to_lowercase().contains(lower))),
            Self::Pattern(pattern) => first_match(pattern, texts.to_vec()).await.map_err(|why| match why {
                NoAnswer::Broken(why) => {
                    Broken::failed(format!("the pattern {} is broken: {why}", quoted(mask, pattern)))
                }
                NoAnswer::TooLong => {
                    Broken::failed(format!("the pattern {} takes longer than 1 s", quoted(mask, pattern)))
                }
            }),
        }
    }
}
