use std::time::Duration;

use app::{
    ChatLine, Failure, FailureCode, LabChat as Talk, LabChatCounts, LabGuest, LabHappened, LineDirection,
    Result,
};
use tokio::time::{Instant, sleep_until};

use super::{choice::choice, lines::Lines};
use crate::{
    args::LabChat,
    commands::input::text_assignments,
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

/// Of so many lines that were not sent each is named.
const MOST_NAMED: u32 = 10_000;

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
        attributes: text_assignments(&options.attr)?,
        token: None,
    };
    let lab = cx.lab("lab chat").await?;
    let target = lab.target(&choice(&options.place)).await?;
    target.may_write()?;
    let mut lines = Lines::begin();
    if options.token_stdin {
        guest.token = Some(lines.token().await?);
    }
    let mut talk = target.chat(&guest).await?;
    let end = converse(&mut talk, &mut lines, cx).await;
    if !matches!(end, End::Over(_)) {
        farewell(&mut talk, cx).await;
    }
    tell_lost(&end, &mut talk, &mut lines, cx).await;
    let counts = talk.counts();
    let is_whole = counts.refused + counts.uncertain + counts.not_sent == 0;
    match end {
        End::Over(Err(failure)) if talk.was_ready() && !is_whole => {
            let message = format!("{} {}", failure.message, words(counts));
            Ok(cx.out.failed_as(&Failure { message, ..failure }, IN_PART))
        }
        End::Over(Err(failure)) => Err(failure),
        End::BadLine(failure) => Ok(cx.out.failed_as(&failure, BAD_FILE)),
        End::Interrupted => Err(interrupt::failure()),
        End::Stdin if !is_whole => {
            let failure = Failure::new(FailureCode::OrgFailed, words(counts))
                .with_next("Look at what the org has before you write it again.");
            Ok(cx.out.failed_as(&failure, IN_PART))
        }
        End::Stdin | End::Unheard | End::Over(Ok(())) => Ok(DONE),
    }
}

fn words(counts: LabChatCounts) -> String {
    let LabChatCounts { delivered, refused, uncertain, not_sent } = counts;
    format!(
        "Of what was written {delivered} arrived, {refused} the org refused and {not_sent} was not sent; of {uncertain} nobody \
         knows whether it arrived."
    )
}

/// Names each message that did not go, or of which nobody knows, and the lines that were never read since the chat was over.
async fn tell_lost(end: &End, talk: &mut Talk, lines: &mut Lines, cx: &Context<'_>) {
    let why = match end {
        End::Over(Err(failure)) => failure.message.clone(),
        End::Over(Ok(())) => "The chat was over.".to_owned(),
        End::Stdin | End::BadLine(_) => "The org did not answer in time.".to_owned(),
        End::Interrupted => "The chat was interrupted.".to_owned(),
        End::Unheard => return,
    };
    for said in talk.lost(&why) {
        show(&said, cx);
    }
    if matches!(end, End::Over(_)) {
        for _ in 0..MOST_NAMED {
            let Some(text) = lines.rest().await else { return };
            show(&talk.never_said(text, &why), cx);
        }
        cx.out.note("More lines were written, which were not sent either.");
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
async fn farewell(talk: &mut Talk, cx: &Context<'_>) {
    talk.leave();
    let over = async {
        loop {
            match talk.next().await {
                LabHappened::Ended(_) => return,
                LabHappened::Line(said) => show(&said, cx),
                LabHappened::Nothing => {}
            }
        }
    };
    // A server that says nothing more keeps nobody.
    drop(tokio::time::timeout(FAREWELL_WITHIN, over).await);
}
