use std::{collections::BTreeMap, time::Duration};

use genesys::webmessaging::ChatOptions;
use model::Secret;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    guests::Target,
    mask::Mask,
    result::{Attempt, Outcome, Part, StepRecord, StepStatus},
    session::{Broken, Session, Way, Written},
    steps::{Around, Done, Steps},
    words::{label, seconds},
};
use crate::scenario::{Scenario, Step, Suite};

/// How long the farewell may take.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How many messages a second a guest writes at most, as the vendor allows.
const MESSAGES_PER_SECOND: u32 = 2;

/// Runs through a scenario once, as a new guest. `on_step` is told of each step that begins.
pub async fn attempt(
    target: &Target,
    suite: &Suite,
    scenario: &Scenario<Step>,
    limit: Duration,
    mask: &Mask,
    on_step: &(dyn Fn(usize, &Step) + Send + Sync),
) -> Attempt {
    let began = Instant::now();
    let chat = Uuid::new_v4().to_string();
    let mut session = open(target, limit, &chat, mask);
    let mut records = Vec::new();
    let parts = [(Part::Setup, &suite.setup), (Part::Scenario, &scenario.steps)];
    let mut broken = ready(&mut session, limit).await.err();
    let mut begun = 0;
    for (part, steps) in parts {
        for (number, step) in steps.iter().enumerate() {
            if broken.is_none() {
                begun += 1;
                on_step(begun, step);
                let mut carrying = Steps { session: &mut session, target, chat: &chat };
                let (record, end) = one(&mut carrying, part, number, step, limit).await;
                records.push(record);
                broken = end;
            }
        }
    }
    if broken.is_none() {
        broken = all_confirmed(&mut session, limit).await.err();
    }
    // While the connection is lost nothing is known of what the other side says.
    if let Some(broken) = broken.as_mut().filter(|broken| broken.timed_out && session.is_lost) {
        broken.outcome = Outcome::Errored;
    }
    let millis = millis(began);
    let reason = broken.clone().map(|broken| reason(broken, &records, &session));
    if session.is_alive() {
        for (number, step) in suite.clean_up.iter().enumerate() {
            begun += 1;
            on_step(begun, step);
            let mut carrying = Steps { session: &mut session, target, chat: &chat };
            let (mut record, end) = one(&mut carrying, Part::CleanUp, number, step, limit).await;
            if end.is_some() {
                record.status = StepStatus::Ignored;
            }
            records.push(record);
        }
    }
    session.leave(Instant::now() + LAST_WORDS).await;
    let outcome = broken.as_ref().map_or(Outcome::Passed, |broken| broken.outcome);
    let unreachable = broken.as_ref().is_some_and(|broken| broken.unreachable);
    let Session { transcript, frames, disorder, mask, .. } = session;
    let frames = if reason.is_some() { frames.into_lines(&mask) } else { Vec::new() };
    let transcript = transcript.into();
    let attempt =
        Attempt { outcome, reason, millis, steps: records, transcript, frames, disorder, chat, unreachable };
    attempt.with_texts(&|text| mask.text(text))
}

/// Names the step that ended the scenario, where one did.
fn reason(broken: Broken, records: &[StepRecord], session: &Session) -> String {
    let mut reason = match records.iter().find(|record| record.status == StepStatus::Failed) {
        Some(record) => format!("{}: {}", place(record.part, record.line, &record.label), broken.reason),
        None => broken.reason,
    };
    // What did not come in time may be missing for this.
    if broken.timed_out
        && let Some(trouble) = session.trouble_beside(&reason)
    {
        reason = format!("{reason}; {trouble}");
    }
    reason
}

/// Where a step stands and what it is.
fn place(part: Part, line: u32, label: &str) -> String {
    let part = if part == Part::Setup { "setup, " } else { "" };
    format!("{part}line {line}, {label}")
}

fn open(target: &Target, limit: Duration, chat: &str, mask: &Mask) -> Session {
    let mut options = chat_options(target, limit);
    if target.records.is_some() {
        options.attributes.insert("innkeeperChat".to_owned(), chat.to_owned());
    }
    let attributes = options.attributes.clone();
    let mask = mask.of_guest(&options.token);
    let (guest, events) = target.guests.open(options);
    Session::new(guest, events, attributes, target.join, mask)
}

/// How a new guest of the lab chats, under a token of their own.
pub fn chat_options(target: &Target, limit: Duration) -> ChatOptions {
    ChatOptions {
        token: Secret::new(Uuid::new_v4().to_string()),
        start_new: false,
        attributes: BTreeMap::from([
            ("IsAutomatedTest".to_owned(), "true".to_owned()),
            ("innkeeperLab".to_owned(), target.lab.clone()),
        ]),
        attributes_if_new: BTreeMap::new(),
        application: Some(concat!("innkeeper-", env!("CARGO_PKG_VERSION")).to_owned()),
        open_within: limit,
        reconnect_for: Some(limit),
        messages_per_second: MESSAGES_PER_SECOND,
        offline: false,
        join: target.join,
        typing: false,
    }
}

async fn ready(session: &mut Session, limit: Duration) -> Result<(), Broken> {
    // A little more than the client's own limit, so that its words are told and not these.
    let until = Instant::now() + limit + LAST_WORDS;
    let ready = session.until(until, |session| session.is_ready.then_some(())).await?;
    ready.ok_or_else(|| Broken::errored(format!("the session was not ready within {}", seconds(limit))))
}

async fn one(
    steps: &mut Steps<'_>,
    part: Part,
    number: usize,
    step: &Step,
    limit: Duration,
) -> (StepRecord, Option<Broken>) {
    let began = Instant::now();
    let label = label(&steps.session.mask, &step.action);
    steps.session.step = place(part, step.place.line, &label);
    let end = match steps.session.check() {
        Ok(()) => steps.carry_out(&step.action, limit, Around::default()).await,
        Err(broken) => Err(broken),
    };
    let (status, broken) = match &end {
        Ok(Done::Passed) => (StepStatus::Passed, None),
        Ok(Done::Ignored(broken)) => (StepStatus::Ignored, Some(broken)),
        Err(broken) => (StepStatus::Failed, Some(broken)),
    };
    let record = StepRecord {
        part,
        number,
        line: step.place.line,
        label,
        status,
        millis: millis(began),
        timed_out: broken.is_some_and(|broken| broken.timed_out),
        reason: broken.map(|broken| broken.reason.clone()),
    };
    (record, end.err())
}

/// Every message that the file has the guest write must be with the org: an echo that is missing is waited for as long as a step
/// may take.
async fn all_confirmed(session: &mut Session, limit: Duration) -> Result<(), Broken> {
    session.catch_up()?;
    if !session.is_offline {
        let until = Instant::now() + limit;
        session.until(until, |session| session.unconfirmed().is_none().then_some(())).await?;
    }
    let Some(Written { step, way, .. }) = session.unconfirmed() else { return Ok(()) };
    Err(match (way, session.is_offline) {
        (Way::Waiting, true) => {
            Broken::failed(format!("{step}: the message never left: the guest was offline until the end"))
        }
        (_, true) => {
            Broken::failed(format!("{step}: the guest went offline before the org confirmed the message"))
        }
        (_, false) => {
            let limit = seconds(limit);
            Broken::timed_out(format!(
                "{step}: the org did not confirm the message within {limit} after the last step"
            ))
        }
    })
}

fn millis(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
