use std::{collections::BTreeMap, path::Path, time::Duration};

use genesys::webmessaging::{Answer, WebMessagingError};
use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    attach,
    deadline::Deadline,
    guests::{Guest, Target},
    mask::Mask,
    pattern::{Matcher, NoAnswer},
    pending::Order,
    session::{Broken, Forbidden, Session},
    values::is_same,
    words::{list, quoted, received, seconds},
};
use crate::{
    doctor::NEVER_TELLS_THE_END,
    scenario::{Action, RESERVED_ATTRIBUTES, Step},
};

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

/// The steps around a step.
#[derive(Debug, Clone, Copy, Default)]
pub struct Around {
    /// The smallest limit of a `within` around it.
    within: Option<Duration>,
    /// It stands in `optional`.
    is_optional: bool,
}

/// Carries out steps in a chat.
pub struct Steps<'a> {
    pub session: &'a mut Session,
    pub target: &'a Target,
    /// The value of the attribute by which the org finds this guest.
    pub chat: &'a str,
}

impl Steps<'_> {
    /// Carries out a step that may take so long. What a guest waits by themselves, a pause or the pace, is not counted.
    pub async fn carry_out(
        &mut self,
        action: &Action,
        limit: Duration,
        around: Around,
    ) -> Result<Done, Broken> {
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
                self.answer(answer, wanted.clone(), until).await?;
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
                self.answer(answer, shown, until).await?;
            }
            Action::Fill(fields) => {
                let what = "the form cannot be filled in";
                let fill = |session: &mut Session| session.offers.fill(&session.mask, fields);
                let answer = self.offered(until, what, fill).await?;
                let shown: Vec<String> =
                    fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                self.answer(answer, shown.join(", "), until).await?;
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
                self.session.forbidden.push(Forbidden {
                    text: text.clone(),
                    lower: text.to_lowercase(),
                    until: around.within.map(|within| Instant::now() + within),
                    is_optional: around.is_optional,
                });
            }
            Action::Optional(step) => return self.optional(step, limit, around).await,
            Action::Within { limit, step } => {
                let limit = around.within.map_or(*limit, |outer| outer.min(*limit));
                let around = Around { within: Some(limit), ..around };
                return Box::pin(self.carry_out(&step.action, limit, around)).await;
            }
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

    async fn optional(&mut self, step: &Step, limit: Duration, around: Around) -> Result<Done, Broken> {
        let around = Around { is_optional: true, ..around };
        let was_optional = std::mem::replace(&mut self.session.is_optional, true);
        let end = Box::pin(self.carry_out(&step.action, limit, around)).await;
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
        let mut deadline = Deadline::after(time);
        while self.session.next(&mut deadline).await? {}
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

    async fn answer(&mut self, answer: Answer, shown: String, until: Instant) -> Result<(), Broken> {
        let rest = until.saturating_duration_since(Instant::now());
        self.write(rest, shown, |guest, id| guest.answer(id, answer)).await
    }

    async fn attach(&mut self, path: &Path, limit: Duration) -> Result<(), Broken> {
        let (owned, mask) = (path.to_owned(), self.session.mask.clone());
        let until = Instant::now() + limit;
        let reading = tokio::task::spawn_blocking(move || attach::read(&owned, &mask));
        let file = tokio::time::timeout_at(until, reading)
            .await
            .map_err(|_| Broken::timed_out(format!("the file was not read within {}", seconds(limit))))?
            .unwrap_or_else(|_| Err("the file could not be read".into()))
            .map_err(Broken::errored)?;
        let shown = format!("[{}]", file.name);
        let rest = until.saturating_duration_since(Instant::now());
        self.write(rest, shown, |guest, id| guest.attach(id, file)).await
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
        let mut deadline = Deadline::after(limit);
        self.session.catch_up()?;
        self.session.pending.look_anew();
        let mut matcher = None;
        let mask = self.session.mask.clone();
        let mut fresh = self.session.pending.fresh();
        let mut found = wanted.first_in(&mask, &mut matcher, &fresh, deadline.rest()).await?;
        loop {
            if let Some(order) = found {
                self.session.pending.use_up(order);
                return Ok(());
            }
            if self.session.disconnected.is_some() {
                let wanted = wanted.shown(&self.session.mask);
                let received = received(&self.session.mask, &self.session.pending.texts());
                return Err(Broken::failed(format!(
                    "the other side ended the conversation before {wanted} came; {received}"
                )));
            }
            if !self.session.next(&mut deadline).await? {
                let doubt = if self.session.is_uncertain() {
                    "; whether all messages of the guest arrived is unknown"
                } else {
                    ""
                };
                let wanted = wanted.shown(&self.session.mask);
                let received = received(&self.session.mask, &self.session.pending.texts());
                let limit = seconds(limit);
                return Err(Broken::timed_out(format!(
                    "{wanted} did not come within {limit}; {received}{doubt}"
                )));
            }
            fresh = self.session.pending.fresh();
            if !fresh.is_empty() {
                found = wanted.first_in(&mask, &mut matcher, &fresh, deadline.rest()).await?;
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
            format!("offered were: {}", list(&self.session.mask, &offered))
        };
        let wanted = list(&self.session.mask, wanted);
        let reason = format!("exactly these quick replies were expected: {wanted}; {offered}");
        Err(Broken { timed_out: found.is_none(), ..Broken::failed(reason) })
    }

    async fn expect_disconnect(&mut self, read_only: Option<bool>, limit: Duration) -> Result<(), Broken> {
        let mut ended = self.session.disconnected;
        if ended.is_none() {
            if self.target.never_disconnects {
                let why = format!("the deployment {NEVER_TELLS_THE_END}, so it was not waited for");
                return Err(Broken::failed(why));
            }
            ended = self.session.until(Instant::now() + limit, |session| session.disconnected).await?;
        }
        let Some(is_read_only) = ended else {
            let received = received(&self.session.mask, &self.session.pending.texts());
            let limit = seconds(limit);
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
        let began = Instant::now();
        let until = began + limit;
        let mut why = "the org did not answer".to_owned();
        loop {
            if let Ok(found) = tokio::time::timeout_at(until, records.read(self.chat)).await {
                let different = match found.map_err(Broken::errored)? {
                    Some(record) => difference(&self.session.mask, &record.attributes, wanted),
                    None => Some("the org does not list this guest".to_owned()),
                };
                match different {
                    Some(different) => why = different,
                    None => return Ok(()),
                }
            }
            if Instant::now() >= until {
                return Err(Broken::timed_out(format!("{why} after {}", seconds(began.elapsed()))));
            }
            self.listen_for(BETWEEN_READS.min(until.saturating_duration_since(Instant::now()))).await?;
        }
    }
}

/// The first attribute that is not as it is wanted, in words.
fn difference(mask: &Mask, known: &BTreeMap<String, Value>, wanted: &[(String, Value)]) -> Option<String> {
    wanted.iter().find(|(name, value)| !is_same(known.get(name), value)).map(|(name, value)| {
        let there = known.get(name).map_or_else(|| "nothing".into(), Value::to_string);
        format!("the attribute {} is {there} and not {value}", quoted(mask, name))
    })
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

    /// The first of these texts that is it; `matcher` is kept from look to look.
    async fn first_in(
        &self,
        mask: &Mask,
        matcher: &mut Option<Matcher>,
        texts: &[(Order, &str)],
        within: Duration,
    ) -> Result<Option<Order>, Broken> {
        let index = match self {
            Self::Text(_, lower) => texts.iter().position(|(_, text)| text.to_lowercase().contains(lower)),
            Self::Pattern(pattern) => {
                let texts = texts.iter().map(|(_, text)| (*text).to_owned()).collect();
                let found = match matcher {
                    Some(matcher) => matcher.first_match(texts, within).await,
                    None => match Matcher::start(pattern) {
                        Ok(started) => matcher.insert(started).first_match(texts, within).await,
                        Err(why) => Err(why),
                    },
                };
                found.map_err(|why| {
                    let pattern = quoted(mask, pattern);
                    Broken::failed(match why {
                        NoAnswer::Broken(why) => format!("the pattern {pattern} is broken: {why}"),
                        NoAnswer::TooLong(limit) => {
                            format!("the pattern {pattern} takes longer than {}", seconds(limit))
                        }
                    })
                })?
            }
        };
        Ok(index.and_then(|index| texts.get(index)).map(|(order, _)| *order))
    }
}
