//! What the peer's files mean (`peers.md` 4.1), and what breaks the peer (4.5).

use std::time::Duration;

use genesys::webmessaging::{ChatEvent, ChatMessage, ChatState, EndReason, WebMessagingError};
use lab::run::{Outcome, Totals};
use tokio::time::{Instant, sleep};

use crate::double::{Line, Run, message, second};

const SURVEY: &str = "
scenarios:
  accept:
    - say: hi
    - waitForReplyContaining: can we ask you some QUESTIONS
    - say: yes
    - waitForReplyMatching: ^thank
  decline:
    - say: hi
    - waitForReplyContaining: questions
    - say: no
    - waitForReplyContaining: Maybe next time
";

fn survey(text: &str) -> Vec<String> {
    let reply = match text {
        "hi" => "Can we ask you some questions?",
        "yes" => "Thank you!",
        _ => "Goodbye",
    };
    vec![reply.to_owned()]
}

#[tokio::test(start_paused = true)]
async fn the_two_scenarios_that_take_the_peer_16_seconds_take_only_the_limit_that_expires() {
    let mut run = Run::of(SURVEY, |line| line.answer_all(survey));
    run.options.timeout = Duration::from_secs(4);
    let began = Instant::now();
    let results = run.results().await;
    assert_eq!(
        Totals::of(results.iter().map(|r| &**r)),
        Totals { passed: 1, failed: 1, ..Totals::default() }
    );
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(4) && took < Duration::from_secs(5), "{took:?}");
    let reason = results[1].reason.as_deref().unwrap();
    assert_eq!(
        reason,
        "line 12, waitForReplyContaining \"Maybe next time\": a reply containing \"Maybe next time\" did not come within 4 s; \
         received: \"Goodbye\""
    );
    assert_eq!((results[0].steps, results[1].steps, results[0].attempt), (4, 4, 1));
}

#[tokio::test(start_paused = true)]
async fn every_guest_says_that_the_test_is_automated_and_which_lab_made_them() {
    let run = Run::of("scenarios: {a: []}", async |line: Line| {
        assert_eq!(line.options.attributes["IsAutomatedTest"], "true");
        assert_eq!(line.options.attributes["innkeeperLab"], "folder/run");
        line.answer_all(survey).await;
    });
    assert_eq!(run.one().await, (Outcome::Passed, String::new()));
}

#[tokio::test(start_paused = true)]
async fn an_error_frame_fails_one_scenario_with_its_code_and_the_others_go_on() {
    for code in [4007, 4029] {
        let run = Run::of(SURVEY, move |mut line: Line| async move {
            if line.number == 2 {
                return line.answer_all(survey).await;
            }
            line.ready().await;
            line.text().await;
            line.error(code, "session not found error message").await;
            std::future::pending().await
        });
        let results = run.results().await;
        assert_eq!(results[0].outcome, Outcome::Errored);
        assert!(results[0].reason.as_deref().unwrap().contains(&format!("code {code}")));
        assert_eq!(results[1].outcome, Outcome::Failed, "the second one ran");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_fails_each_scenario_within_its_limit() {
    let run = Run::of("scenarios: {a: [], b: []}", |_| std::future::pending());
    let began = Instant::now();
    assert_eq!(run.outcomes().await, [Outcome::Errored, Outcome::Errored]);
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn a_refused_connection_is_a_reason_and_told_as_not_reached() {
    let run = Run::of("scenarios: {a: []}", async |line: Line| {
        let why = WebMessagingError::Unreachable { host: "org.test".into(), why: "refused".into() };
        line.event(ChatEvent::State(ChatState::Backoff {
            next_try: Duration::from_secs(1),
            attempts: 1,
            why,
        }))
        .await;
        std::future::pending().await
    });
    let results = run.results().await;
    assert_eq!(results[0].outcome, Outcome::Errored);
    assert!(results[0].unreachable);
    assert_eq!(results[0].reason.as_deref(), Some("org.test cannot be reached: refused"));
}

#[tokio::test(start_paused = true)]
async fn a_broken_pattern_fails_one_scenario_when_its_step_runs() {
    let text = "
scenarios:
  broken: [{say: hi}, {waitForReplyMatching: '('}]
  good: [{say: hi}, {waitForReplyMatching: 'Q.*s\\?$'}]
";
    let results = Run::of(text, |line| line.answer_all(survey)).results().await;
    assert_eq!((results[0].outcome, results[1].outcome), (Outcome::Failed, Outcome::Passed));
    assert!(results[0].reason.as_deref().unwrap().contains("the pattern \"(\" is broken"));
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_of_steps_passes_and_numbers_come_first() {
    let run = Run::of("scenarios: {b: [], 10: [], 9: [], a: []}", |line| line.answer_all(survey));
    let results = run.results().await;
    let names: Vec<_> = results.iter().map(|result| result.scenario.as_str()).collect();
    assert_eq!(names, ["9", "10", "b", "a"]);
    assert!(results.iter().all(|result| result.outcome == Outcome::Passed && result.steps == 0));
}

#[tokio::test(start_paused = true)]
async fn two_waits_in_a_row_take_two_messages_that_came_together() {
    let text = "scenarios: {a: [{say: hi}, {waitForReplyContaining: one}, {waitForReplyContaining: two}]}";
    let run = Run::of(text, |line| line.answer_all(|_| vec!["one".into(), "two".into()]));
    assert_eq!(run.one().await.0, Outcome::Passed);
}

#[tokio::test(start_paused = true)]
async fn a_match_uses_up_what_is_not_later_by_the_time_of_the_org() {
    let steps = "[{say: hi}, {waitForReplyContaining: two}, {waitForReplyContaining: one}]";
    let text = format!("scenarios: {{a: {steps}}}");
    let run = Run::of(&text, |line| line.answer_all(|_| vec!["one".into(), "two".into()]));
    let (outcome, reason) = run.one().await;
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.ends_with("nothing was received"), "{reason}");
    // The other way round by time: the second one came first and is the later one.
    let run = Run::of(
        &text.replace("two", "x").replace("one", "two").replace('x', "one"),
        async |mut line: Line| {
            line.ready().await;
            line.text().await;
            for (n, text, out_of_order) in [(5, "two", false), (4, "one", true)] {
                let text = Some(text.to_owned());
                line.message(ChatMessage { text, out_of_order, ..message(Some(second(n))) }).await;
            }
            std::future::pending().await
        },
    );
    assert_eq!(run.one().await.0, Outcome::Passed);
}

#[tokio::test(start_paused = true)]
async fn what_came_before_the_guest_wrote_is_no_answer_to_it() {
    let text = "scenarios: {a: [{pause: 100}, {say: hi}, {waitForReplyContaining: welcome}]}";
    let run = Run::of(text, async |mut line: Line| {
        line.ready().await;
        line.reply("Welcome").await;
        line.text().await;
        line.reply("What?").await;
        std::future::pending().await
    });
    let (outcome, reason) = run.one().await;
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.ends_with("received: \"What?\""), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_greeting_is_there_for_the_first_wait() {
    let text = "scenarios: {a: [{waitForReplyContaining: welcome}, {say: hi}]}";
    let run = Run::of(text, async |mut line: Line| {
        line.ready().await;
        line.reply("Welcome").await;
        line.text().await;
        std::future::pending().await
    });
    assert_eq!(run.one().await.0, Outcome::Passed);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_conversation_fails_what_waits_and_what_would_be_said() {
    for (steps, told) in [
        (
            "[{say: hi}, {waitForReplyContaining: more}]",
            "before a reply containing \"more\" came; received: \"Bye\"",
        ),
        (
            "[{say: hi}, {pause: 10}, {say: more}]",
            "the other side ended the conversation before this could be written",
        ),
    ] {
        let run = Run::of(&format!("scenarios: {{a: {steps}}}"), async |mut line: Line| {
            line.ready().await;
            line.text().await;
            line.reply("Bye").await;
            line.disconnect(false).await;
            std::future::pending().await
        });
        let (outcome, reason) = run.one().await;
        assert_eq!(outcome, Outcome::Failed);
        assert!(reason.ends_with(told), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_failed_after_disorder_is_run_once_more_in_a_new_session_and_marked() {
    let text = "scenarios: {a: [{say: hi}, {waitForReplyContaining: one}, {waitForReplyContaining: two}]}";
    let disorder = |mut line: Line| async move {
        line.ready().await;
        line.text().await;
        for (n, text, out_of_order) in [(5, "two", false), (4, "late", true)] {
            let text = Some(text.to_owned());
            line.message(ChatMessage { text, out_of_order, ..message(Some(second(n))) }).await;
        }
        std::future::pending::<()>().await;
    };
    let run = Run::of(text, move |line: Line| async move {
        if line.number == 1 {
            disorder(line).await
        } else {
            line.answer_all(|_| vec!["one".into(), "two".into()]).await
        }
    });
    let results = run.results().await;
    assert_eq!((results[0].outcome, results[0].attempt, results[0].retried), (Outcome::Passed, 2, true));
    let never = Run::of(text, disorder).results().await;
    assert_eq!((never[0].outcome, never[0].attempt, never[0].retried), (Outcome::Failed, 2, true));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_expires_or_is_closed_in_mid_scenario_fails_this_one() {
    for (reason, told) in [
        (EndReason::Expired, "4006"),
        (EndReason::ClosedByOrg { reason: Some("signedIn".into()) }, "signedIn"),
        (EndReason::Failed(WebMessagingError::Lost("reset".into())), "reset"),
    ] {
        let run = Run::of(SURVEY, move |mut line: Line| {
            let reason = reason.clone();
            async move {
                if line.number == 2 {
                    return line.answer_all(survey).await;
                }
                line.ready().await;
                line.text().await;
                line.end(reason).await;
            }
        });
        let results = run.results().await;
        assert_eq!((results[0].outcome, results[1].outcome), (Outcome::Errored, Outcome::Failed));
        assert!(results[0].reason.as_deref().unwrap().contains(told), "{:?}", results[0].reason);
    }
}

#[tokio::test(start_paused = true)]
async fn on_a_live_org_each_message_waits_for_its_pace() {
    let mut run = Run::of("scenarios: {a: [{say: a}, {say: b}]}", |line| line.answer_all(survey));
    run.target.pace = Duration::from_secs(2);
    let began = Instant::now();
    assert_eq!(run.one().await.0, Outcome::Passed);
    assert!(began.elapsed() >= Duration::from_secs(4));
    sleep(Duration::ZERO).await;
}
