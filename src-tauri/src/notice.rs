use std::time::Duration;

use app::views::Status;

use crate::tray::messages;

/// What a system notification says. Counts and the next step only: no message text, no guest's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// One line.
    pub(crate) summary: String,
    /// What to do.
    pub(crate) body: String,
}

/// The part of the status that a person may have to be told of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    connection: Option<String>,
    waiting: u32,
    dead: u32,
    paused: bool,
}

/// What to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Nothing new.
    Nothing,
    /// Say it now.
    Tell(Notice),
    /// Something is new, but the last notice is too fresh: ask again after this long.
    Later(Duration),
}

/// The shortest time between two notices: what happens meanwhile is told together.
pub(crate) const BETWEEN_NOTICES: Duration = Duration::from_secs(60);

impl Seen {
    /// Takes it from the status.
    pub(crate) fn of(status: &Status) -> Self {
        Self {
            connection: status.connection.as_ref().map(|c| c.name.clone()),
            waiting: status.outbox.waiting,
            dead: status.outbox.dead,
            paused: status.outbox.paused.is_some(),
        }
    }
}

/// Compares `now` with what is `known` to the person: what they were told, and what was there when the connection was
/// opened. Answers what is known from here on, and what to do; `since`: the time since the last notice.
pub(crate) fn decide(known: &Seen, now: &Seen, since: Option<Duration>) -> (Seen, Decision) {
    if known.connection != now.connection {
        return (now.clone(), Decision::Nothing);
    }
    let died = now.dead.saturating_sub(known.dead);
    let paused = now.paused && !known.paused;
    if died == 0 && !paused {
        return (now.clone(), Decision::Nothing);
    }
    let wait = since.and_then(|since| BETWEEN_NOTICES.checked_sub(since)).filter(|wait| !wait.is_zero());
    match wait {
        None => (now.clone(), Decision::Tell(notice(died, paused, now.waiting))),
        Some(wait) => {
            let dead = known.dead.min(now.dead);
            let known = Seen { dead, paused: known.paused && now.paused, ..now.clone() };
            (known, Decision::Later(wait))
        }
    }
}

fn notice(died: u32, paused: bool, waiting: u32) -> Notice {
    let refused = |n| format!("{} {} refused by the org", messages(n), if n == 1 { "was" } else { "were" });
    if !paused {
        let them = if died == 1 { "it" } else { "them" };
        return Notice {
            summary: refused(died),
            body: format!("Open the outbox to edit or discard {them}."),
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
    Notice { summary: "The outbox is paused".to_owned(), body }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn seen(dead: u32, paused: bool) -> Seen {
        Seen { connection: Some("Support".into()), waiting: 12, dead, paused }
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
}
