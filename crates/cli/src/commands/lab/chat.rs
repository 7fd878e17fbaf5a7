use std::{collections::BTreeMap, time::Duration};

use app::{ChatLine, Failure, FailureCode, LabChat as Talk, LabGuest, LabHappened, LineDirection, Result};
use tokio::time::{Instant, sleep_until};

use super::{choice, lines::Lines};
use crate::{
    args::LabChat,
    interrupt,
    open::Context,
    output::{BAD_FILE, DONE, IN_PART, line},
};

/// How long the echoes of what was written may take after the end of stdin, beside [`A_MESSAGE`] for each.
const ECHOES_WITHIN: Duration = Duration::from_secs(15);

/// The vendor takes 60 frames of a connection a minute, so this is how long each message may wait for its turn.
const A_MESSAGE: Duration = Duration::from_millis(1_200);

/// So many messages may wait for their echo before further lines are read.
const MOST_WAITING: u32 = 100;

/// After the last echo, replies that come within this time of each other are still shown: whoever pipes a message in wants its
/// answer.
const REPLIES_WITHIN: Duration = Duration::from_secs(1);

/// How long a farewell may take.
const FAREWELL_WITHIN: Duration = Duration::from_secs(3);

/// Why the chat ends.
enum End {
    /// Stdin is over, and all that was written has its answer, or not in time.
    Stdin,
    /// A line of stdin is no message.
    BadLine(Failure),
    /// Ctrl-C.
    Interrupted,
    /// Nobody reads stdout any more.
    Unheard,
    /// From the other side, or the connection.
    Over(Result<()>),
}

pub async fn run(options: &LabChat, cx: &Context<'_>) -> Result<u8> {
    let mut guest = LabGuest {
        name: options.name.clone(),
        email: options.email.clone(),
        attributes: attributes(&options.attr)?,
        token: None,
    };
    let lab = cx.lab("lab chat")?;
    let target = lab.target(&choice(&options.place)).await?;
    target.may_write()?;
    let mut lines = Lines::begin();
    if options.token_stdin {
        guest.token = Some(lines.token().await?);
    }
    let mut talk = target.chat(&guest).await?;
    let end = converse(&mut talk, &mut lines, cx).await;
    if !matches!(end, End::Over(_)) {
        farewell(&mut talk).await;
    }
    let counts = talk.counts();
    match end {
        End::Over(Err(failure)) => Err(failure),
        End::BadLine(failure) => Ok(cx.out.failed_as(&failure, BAD_FILE)),
        End::Interrupted => Err(interrupt::failure()),
        End::Stdin if counts.refused > 0 || counts.uncertain > 0 => {
            let message = format!(
                "Of what was written {} was delivered and {} was refused; of {} nobody knows whether it arrived.",
                counts.delivered, counts.refused, counts.uncertain
            );
            let failure = Failure::new(FailureCode::OrgFailed, message)
                .with_next("Look at what the org has before you write it again.");
            Ok(cx.out.failed_as(&failure, IN_PART))
        }
        End::Stdin | End::Unheard | End::Over(Ok(())) => Ok(DONE),
    }
}

/// Takes lines and shows what comes until one side ends.
async fn converse(talk: &mut Talk, lines: &mut Lines, cx: &Context<'_>) -> End {
    let interrupted = cx.interrupt.heed();
    tokio::pin!(interrupted);
    let mut has_written = false;
    // Once stdin is over: how that came, and until when echoes and then replies are waited for.
    let mut over: Option<End> = None;
    let (mut echoes_until, mut replies_until) = (Instant::now(), None);
    loop {
        let mut until = Instant::now();
        if let Some(end) = over.take() {
            let wants_replies = has_written && !lines.are_typed && matches!(end, End::Stdin);
            if talk.waiting() == 0 && !wants_replies {
                return end;
            }
            until = match talk.waiting() == 0 {
                true => {
                    echoes_until.min(*replies_until.get_or_insert_with(|| Instant::now() + REPLIES_WITHIN))
                }
                false => echoes_until,
            };
            if until <= Instant::now() {
                return end;
            }
            over = Some(end);
        }
        tokio::select! {
            () = &mut interrupted => return End::Interrupted,
            () = sleep_until(until), if over.is_some() => {}
            written = lines.next(), if over.is_none() && talk.waiting() < MOST_WAITING => {
                over = match written {
                    Some(Ok(text)) => match talk.say(&text) {
                        Ok(()) => { has_written = true; None }
                        Err(failure) => return End::Over(Err(failure)),
                    },
                    Some(Err(failure)) => Some(End::BadLine(failure)),
                    None => Some(End::Stdin),
                };
                echoes_until = Instant::now() + ECHOES_WITHIN + A_MESSAGE * talk.waiting();
            }
            happened = talk.next() => match happened {
                LabHappened::Ended(how) => return End::Over(how),
                LabHappened::Nothing => {}
                LabHappened::Line(said) => {
                    if said.direction == LineDirection::Outbound {
                        replies_until = None;
                    }
                    show(&said, cx);
                    if cx.out.heard().is_err() {
                        return End::Unheard;
                    }
                }
            },
        }
    }
}

/// In JSON every line; in words the messages of the other side on stdout, and what else happens beside them.
fn show(said: &ChatLine, cx: &Context<'_>) {
    if cx.everywhere.json {
        cx.out.record(said, String::new);
        return;
    }
    match said.direction {
        LineDirection::Outbound => cx.out.record(said, || said.words(&line)),
        LineDirection::Event => cx.out.note(&said.words(&line)),
        // What this person typed stands there already.
        LineDirection::Inbound => {
            if said.from_history {
                cx.out.record(said, || said.words(&line));
            }
        }
    }
}

/// Leaves, and waits a moment for the end.
async fn farewell(talk: &mut Talk) {
    talk.leave();
    let over = async { while !matches!(talk.next().await, LabHappened::Ended(_)) {} };
    // A server that says nothing more keeps nobody.
    drop(tokio::time::timeout(FAREWELL_WITHIN, over).await);
}

/// Custom attributes are texts, whatever they look like.
fn attributes(given: &[String]) -> Result<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for text in given {
        let (key, value) = text.split_once('=').ok_or_else(|| Failure::field(text, "must be KEY=VALUE"))?;
        if all.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(Failure::field(key, "is given twice; an attribute has one value"));
        }
    }
    Ok(all)
}
