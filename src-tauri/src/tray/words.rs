use app::views::{OutboxCounts, RunState, Status};

use crate::{
    notice::is_ask,
    numbers::{count, messages},
};

/// What the tray says: the icon's state and its first lines, which are also its tooltip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) state: IconState,
    /// The outbox, the connection, the work; always these three, so that a menu that is open keeps its shape.
    pub(crate) lines: [String; 3],
    /// What the switch would do; `None` when there is no connection to switch.
    pub(crate) switch: Option<&'static str>,
}

/// The worst thing that is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IconState {
    /// Everything is delivered.
    Normal,
    /// Something waits.
    Pending,
    /// Nothing leaves this machine, or nothing comes back.
    Offline,
    /// A person has to do something: a message was refused, the outbox is paused, or nothing could be opened.
    Problem,
}

/// Puts the state into words; `failed`: the connection could not be opened.
pub(crate) fn words(status: &Status, failed: bool) -> Words {
    let lines = [outbox(&status.outbox), connection(status, failed), work(status)];
    let switched_on = status.online.switched_on;
    let switch = (!failed && status.connection.is_some()).then_some(match switched_on {
        true => "Go offline",
        false => "Go online",
    });
    Words { state: state(status, failed), lines, switch }
}

impl Words {
    /// All lines, the name first: an icon among many has to say whose it is.
    pub(crate) fn tooltip(&self) -> String {
        format!("Innkeeper\n{}", self.lines.join("\n"))
    }
}

fn state(status: &Status, failed: bool) -> IconState {
    let OutboxCounts { waiting, uncertain, dead, paused, .. } = &status.outbox;
    if failed || *dead > 0 || paused.is_some() {
        IconState::Problem
    } else if !status.online.switched_on || is_away(status) {
        IconState::Offline
    } else if *waiting > 0 || *uncertain > 0 {
        IconState::Pending
    } else {
        IconState::Normal
    }
}

/// As the page tells it: the org is left in peace, or the last request came to nothing.
fn is_away(status: &Status) -> bool {
    !status.online.answering || status.online.reachable == Some(false)
}

fn outbox(counts: &OutboxCounts) -> String {
    let mut words = Vec::new();
    match counts.waiting {
        0 => {}
        1 => words.push("1 message waits".to_owned()),
        n => words.push(format!("{} messages wait", count(n))),
    }
    for (n, word) in [(counts.uncertain, "uncertain"), (counts.dead, "refused")] {
        let of = if words.is_empty() { messages(n) } else { count(n) };
        match n {
            0 => {}
            _ => words.push(format!("{of} {word}")),
        }
    }
    match (words.is_empty(), counts.paused.is_some()) {
        (true, false) => "Every message is delivered".to_owned(),
        (true, true) => "Outbox paused".to_owned(),
        (false, false) => words.join(", "),
        (false, true) => format!("Outbox paused: {}", words.join(", ")),
    }
}

fn connection(status: &Status, failed: bool) -> String {
    let Some(connection) = &status.connection else {
        return if failed { "No connection could be opened" } else { "Opening" }.to_owned();
    };
    let state = match status.online.switched_on {
        false => "offline",
        true if is_away(status) => "the org does not answer",
        true => "online",
    };
    format!("{}: {state}", connection.name)
}

fn work(status: &Status) -> String {
    if let Some(plan) = &status.planning {
        return format!("Plan: {} guests read, {} due", count(plan.read), count(plan.due));
    }
    let Some(run) = &status.run else {
        let waits = status.notices.iter().any(|notice| is_ask(&notice.id));
        return if waits { "A scheduled run waits for your decision" } else { "No run goes on" }.to_owned();
    };
    let done = format!(
        "{} of {}",
        count(run.counts.total.saturating_sub(run.counts.remaining)),
        count(run.counts.total)
    );
    if let Some(reason) = run.waits_for {
        return format!("Run waits for {}: {done}", reason.words());
    }
    match run.state {
        RunState::Running => format!("Run: {done}"),
        RunState::Paused => format!("Run paused: {done}"),
        RunState::Interrupted => format!("Run interrupted: {done}"),
        RunState::Finished => format!("Run finished: {done}"),
        RunState::Cancelled => format!("Run cancelled: {done}"),
        RunState::Failed => format!("Run stopped: {done}"),
    }
}

#[cfg(test)]
mod tests {
    use app::views::{OnlineView, PlanProgressView, RunWait};

    use super::*;

    fn holding(waiting: u32, uncertain: u32, dead: u32) -> Status {
        let outbox = OutboxCounts { waiting, uncertain, dead, ..OutboxCounts::default() };
        Status { outbox, ..Status::default() }
    }

    fn first_line(status: &Status) -> String {
        let [line, ..] = words(status, false).lines;
        line
    }

    #[test]
    fn the_outbox_is_counted_in_words() {
        for ((waiting, uncertain, dead), line) in [
            ((0, 0, 0), "Every message is delivered"),
            ((1, 0, 0), "1 message waits"),
            ((12, 0, 1), "12 messages wait, 1 refused"),
            ((1_200, 2, 0), "1,200 messages wait, 2 uncertain"),
            ((0, 1, 2), "1 message uncertain, 2 refused"),
            ((0, 0, 3), "3 messages refused"),
        ] {
            assert_eq!(first_line(&holding(waiting, uncertain, dead)), line);
        }
    }

    #[test]
    fn a_pause_is_said_before_the_counts_and_without_what_the_org_wrote() {
        let mut status = holding(12, 0, 0);
        status.outbox.paused = Some("invalid_client: who are you?".into());
        assert_eq!(first_line(&status), "Outbox paused: 12 messages wait");
        assert!(!words(&status, false).tooltip().contains("who are you"));
        status.outbox.waiting = 0;
        assert_eq!(first_line(&status), "Outbox paused");
    }

    #[test]
    fn the_icon_shows_the_worst_that_is_true() {
        let offline = OnlineView { switched_on: false, ..OnlineView::default() };
        let away = OnlineView { reachable: Some(false), ..OnlineView::default() };
        let state = |status: Status| words(&status, false).state;
        assert_eq!(state(holding(0, 0, 0)), IconState::Normal);
        assert_eq!(state(holding(1, 0, 0)), IconState::Pending);
        assert_eq!(state(holding(0, 1, 0)), IconState::Pending);
        assert_eq!(state(Status { online: offline, ..holding(1, 0, 0) }), IconState::Offline);
        assert_eq!(state(Status { online: away.clone(), ..holding(0, 0, 0) }), IconState::Offline);
        assert_eq!(state(Status { online: away, ..holding(1, 1, 1) }), IconState::Problem);
        assert_eq!(words(&Status::default(), true).state, IconState::Problem);
    }

    #[test]
    fn a_plan_that_is_made_is_counted() {
        let planning = Some(PlanProgressView { read: 3_000, due: 12, spared: 3 });
        let [_, connection, work] = words(&Status { planning, ..Status::default() }, false).lines;
        assert_eq!((connection.as_str(), work.as_str()), ("Opening", "Plan: 3,000 guests read, 12 due"));
    }

    /// Every state of a run, and everything that one waits for.
    #[test]
    fn each_state_of_a_run_has_words_of_its_own_that_the_page_does_not_contradict() {
        let line = |state: RunState, waits_for: Option<RunWait>| {
            let run = serde_json::json!({
                "run": "r", "plan": "p", "state": state, "origin": "hand", "startedAt": "2026-11-26T10:00:00Z",
                "endedAt": null, "total": 682, "deleted": 5, "alreadyGone": 0, "spared": 0, "failed": 0,
                "remaining": 677, "perMinute": 0, "secondsLeft": null, "verified": null, "refused": false,
                "waitsFor": waits_for, "waitsUntil": null, "why": null, "pace": null, "capped": null,
            });
            let run = serde_json::from_value(run).unwrap();
            let [_, _, work] = words(&Status { run: Some(run), ..Status::default() }, false).lines;
            work
        };
        for (state, waits_for, told) in [
            (RunState::Running, None, "Run: 5 of 682"),
            (RunState::Running, Some(RunWait::Offline), "Run waits for the online switch: 5 of 682"),
            (RunState::Running, Some(RunWait::Org), "Run waits for the org to answer: 5 of 682"),
            (RunState::Running, Some(RunWait::Budget), "Run waits for the rate budget: 5 of 682"),
            (RunState::Paused, Some(RunWait::QuietHours), "Run waits for the end of quiet hours: 5 of 682"),
            (RunState::Paused, None, "Run paused: 5 of 682"),
            (RunState::Interrupted, None, "Run interrupted: 5 of 682"),
            (RunState::Finished, None, "Run finished: 5 of 682"),
            (RunState::Cancelled, None, "Run cancelled: 5 of 682"),
            (RunState::Failed, None, "Run stopped: 5 of 682"),
        ] {
            assert_eq!(line(state, waits_for), told);
        }
    }

    #[test]
    fn without_a_connection_nothing_can_be_switched() {
        assert_eq!(words(&Status::default(), false).switch, None);
        assert_eq!(words(&Status::default(), true).lines[1], "No connection could be opened");
    }
}
