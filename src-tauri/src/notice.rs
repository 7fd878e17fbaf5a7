use std::{collections::BTreeSet, time::Duration};

use app::views::{RunState, Status};

use crate::numbers::{count, messages};

/// What a system notification says. Counts and the next step only: no message text, no guest's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) summary: String,
    /// What to do.
    pub(crate) body: String,
    /// Where a click leads.
    pub(crate) screen: Screen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    Outbox,
    Retention,
}

/// The part of the status that a person may have to be told of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    connection: Option<String>,
    waiting: u32,
    dead: u32,
    paused: bool,
    /// The scheduled run that goes on or ended last.
    scheduled: Option<Scheduled>,
    /// Scheduled runs that wait for a person's decision, by the id of their notice.
    asks: BTreeSet<String>,
}

/// What is told of a scheduled run: that it began, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Scheduled {
    run: String,
    state: RunState,
    total: u32,
    deleted: u32,
    spared: u32,
    failed: u32,
}

/// What to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    Nothing,
    Tell(Notice),
    /// Something is new, but the last notice is too fresh: ask again after this long.
    Later(Duration),
}

/// The shortest time between two notices: what happens meanwhile is told together.
pub(crate) const BETWEEN_NOTICES: Duration = Duration::from_secs(60);

impl Seen {
    pub(crate) fn of(status: &Status) -> Self {
        Self {
            connection: status.connection.as_ref().map(|c| c.name.clone()),
            waiting: status.outbox.waiting,
            dead: status.outbox.dead,
            paused: status.outbox.paused.is_some(),
            scheduled: status.scheduled.as_ref().map(|run| Scheduled {
                run: run.run.clone(),
                state: run.state,
                total: run.counts.total,
                // Only the end tells them; else every delete would be news.
                deleted: if run.state == RunState::Running { 0 } else { run.counts.deleted },
                spared: if run.state == RunState::Running { 0 } else { run.counts.spared },
                failed: if run.state == RunState::Running { 0 } else { run.counts.failed },
            }),
            asks: status.notices.iter().filter(|n| is_ask(&n.id)).map(|n| n.id.clone()).collect(),
        }
    }
}

/// Whether a notice of the status says that a scheduled run waits for a person.
pub(crate) fn is_ask(id: &str) -> bool {
    id.starts_with("retention-ask-")
}

/// Compares `now` with what is `known` to the person: what they were told, and what was there when the connection was
/// opened. Answers what is known from here on, and what to do; `since`: the time since the last notice.
pub(crate) fn decide(known: &Seen, now: &Seen, since: Option<Duration>) -> (Seen, Decision) {
    if known.connection != now.connection {
        return (now.clone(), Decision::Nothing);
    }
    let died = now.dead.saturating_sub(known.dead);
    let paused = now.paused && !known.paused;
    let asked = now.asks.difference(&known.asks).next().is_some();
    let run = now.scheduled.as_ref().filter(|_| now.scheduled != known.scheduled);
    let mut news = Vec::new();
    if died > 0 || paused {
        news.push(outbox(died, paused, now.waiting));
    }
    if asked {
        news.push(waits());
    }
    news.extend(run.map(scheduled));
    let Some(first) = news.first().cloned() else { return (now.clone(), Decision::Nothing) };
    let wait = since.and_then(|since| BETWEEN_NOTICES.checked_sub(since)).filter(|wait| !wait.is_zero());
    match wait {
        None => {
            // One notice: the most pressing first, the others in a line each.
            let others = news.iter().skip(1).map(|notice| format!(" {}.", notice.summary));
            let body = first.body.clone() + &others.collect::<String>();
            (now.clone(), Decision::Tell(Notice { body, ..first }))
        }
        Some(wait) => {
            let known = Seen {
                dead: known.dead.min(now.dead),
                paused: known.paused && now.paused,
                scheduled: known.scheduled.clone(),
                asks: known.asks.intersection(&now.asks).cloned().collect(),
                ..now.clone()
            };
            (known, Decision::Later(wait))
        }
    }
}

fn waits() -> Notice {
    Notice {
        summary: "A scheduled run waits for your decision".to_owned(),
        body: "Nothing was deleted. Open Retention to see why, and allow it or not.".to_owned(),
        screen: Screen::Retention,
    }
}

fn scheduled(run: &Scheduled) -> Notice {
    let how = match run.state {
        RunState::Running => {
            return Notice {
                summary: "A scheduled retention run has begun".to_owned(),
                body: format!("Its plan has {} guests. Pause it under Retention.", count(run.total)),
                screen: Screen::Retention,
            };
        }
        RunState::Finished => "is finished",
        RunState::Paused => "is paused",
        RunState::Cancelled => "was cancelled",
        RunState::Interrupted | RunState::Failed => "stopped",
    };
    Notice {
        summary: format!("The scheduled retention run {how}"),
        body: format!(
            "{} deleted, {} spared, {} failed.",
            count(run.deleted),
            count(run.spared),
            count(run.failed)
        ),
        screen: Screen::Retention,
    }
}

fn outbox(died: u32, paused: bool, waiting: u32) -> Notice {
    let refused = |n| format!("{} {} refused by the org", messages(n), if n == 1 { "was" } else { "were" });
    if !paused {
        let them = if died == 1 { "it" } else { "them" };
        return Notice {
            summary: refused(died),
            body: format!("Open the outbox to edit or discard {them}."),
            screen: Screen::Outbox,
        };
    }
    let mut body = "The org does not accept this connection's sign-in or its rights.".to_owned();
    match waiting {
        0 => {}
        1 => body.push_str(" 1 message waits."),
        n => body.push_str(&format!(" {} wait.", messages(n))),
    }
    if died > 0 {
        body.push_str(&format!(" {}.", refused(died)));
    }
    body.push_str(" Check the connection, then resume the outbox.");
    Notice { summary: "The outbox is paused".to_owned(), body, screen: Screen::Outbox }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn seen(dead: u32, paused: bool) -> Seen {
        Seen { connection: Some("Support".into()), waiting: 12, dead, paused, ..Seen::default() }
    }

    fn told(known: &Seen, now: &Seen, since: Option<Duration>) -> Notice {
        match decide(known, now, since) {
            (_, Decision::Tell(notice)) => notice,
            (_, other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_was_dead_when_the_connection_was_opened_is_no_news() {
        assert_eq!(decide(&Seen::default(), &seen(5, true), None), (seen(5, true), Decision::Nothing));
        let other = Seen { connection: Some("Lab".into()), ..seen(9, false) };
        assert_eq!(decide(&seen(5, true), &other, None), (other.clone(), Decision::Nothing));
    }

    #[test]
    fn a_death_is_told_once_with_its_next_step() {
        let notice = told(&seen(2, false), &seen(3, false), None);
        assert_eq!(notice.summary, "1 message was refused by the org");
        assert_eq!(notice.body, "Open the outbox to edit or discard it.");
        assert_eq!(decide(&seen(3, false), &seen(3, false), None).1, Decision::Nothing);
    }

    #[test]
    fn several_deaths_are_one_notice() {
        let notice = told(&seen(0, false), &seen(3, false), Some(BETWEEN_NOTICES));
        assert_eq!(notice.summary, "3 messages were refused by the org");
        assert_eq!(notice.body, "Open the outbox to edit or discard them.");
    }

    #[test]
    fn within_a_minute_of_a_notice_nothing_is_said_and_nothing_is_lost() {
        let (known, decision) = decide(&seen(1, false), &seen(2, false), Some(SECOND * 20));
        assert_eq!(decision, Decision::Later(SECOND * 40));
        let (known, decision) = decide(&known, &seen(4, false), Some(SECOND * 50));
        assert_eq!(decision, Decision::Later(SECOND * 10));
        let notice = told(&known, &seen(4, false), Some(SECOND * 60));
        assert_eq!(notice.summary, "3 messages were refused by the org");
    }

    #[test]
    fn what_a_person_cleared_away_meanwhile_is_not_told_any_more() {
        let (known, _) = decide(&seen(1, false), &seen(2, true), Some(SECOND));
        assert_eq!(decide(&known, &seen(0, false), Some(SECOND * 2)), (seen(0, false), Decision::Nothing));
        assert_eq!(told(&seen(0, false), &seen(1, false), None).summary, "1 message was refused by the org");
    }

    #[test]
    fn a_pause_is_told_with_what_waits_and_once() {
        let notice = told(&seen(0, false), &seen(0, true), None);
        assert_eq!(notice.summary, "The outbox is paused");
        assert_eq!(
            notice.body,
            "The org does not accept this connection's sign-in or its rights. 12 messages wait. Check the connection, \
             then resume the outbox."
        );
        assert_eq!(decide(&seen(0, true), &seen(0, true), None).1, Decision::Nothing);
        let both = told(&seen(0, false), &Seen { waiting: 1, ..seen(2, true) }, None);
        assert!(both.body.contains("1 message waits. 2 messages were refused by the org."), "{}", both.body);
    }

    fn with_run(state: RunState, deleted: u32) -> Seen {
        let run = Scheduled { run: "1a".into(), state, total: 1_200, deleted, spared: 3, failed: 0 };
        Seen { scheduled: Some(run), ..seen(0, false) }
    }

    #[test]
    fn a_scheduled_run_is_told_when_it_begins_and_when_it_ends() {
        let (going, over) = (with_run(RunState::Running, 0), with_run(RunState::Finished, 1_197));
        let began = told(&seen(0, false), &going, None);
        assert_eq!(began.summary, "A scheduled retention run has begun");
        assert!(began.body.contains("1,200 guests") && began.screen == Screen::Retention, "{began:?}");
        assert_eq!(decide(&going, &going, None).1, Decision::Nothing);
        let ended = told(&going, &over, None);
        assert_eq!(ended.summary, "The scheduled retention run is finished");
        assert_eq!(ended.body, "1,197 deleted, 3 spared, 0 failed.");
        // A short one is over before its beginning may be told: only the end is.
        let (known, decision) = decide(&seen(0, false), &going, Some(SECOND * 30));
        assert_eq!(decision, Decision::Later(SECOND * 30));
        assert_eq!(told(&known, &over, None).summary, ended.summary);
    }

    #[test]
    fn a_run_that_waits_for_a_word_is_told_once_beside_what_died() {
        let asks = BTreeSet::from(["retention-ask-default-1".to_owned()]);
        let waiting = Seen { asks, ..seen(1, false) };
        let notice = told(&seen(0, false), &waiting, None);
        assert_eq!(notice.summary, "1 message was refused by the org");
        assert!(notice.body.ends_with("A scheduled run waits for your decision."), "{}", notice.body);
        assert_eq!(decide(&waiting, &waiting, None).1, Decision::Nothing);
        assert_eq!(decide(&waiting, &seen(1, false), None).1, Decision::Nothing, "it was answered");
        assert_eq!(told(&seen(1, false), &waiting, None).screen, Screen::Retention);
    }
}
