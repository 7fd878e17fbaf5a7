//! A scenario passes only where the org has what its guest wrote, and what went wrong is named.

use genesys::webmessaging::{ChatEvent, ChatState, FrameRecord, FrameWay, WebMessagingError};
use lab::run::{Outcome, Part, StepStatus};
use tokio::time::{Duration, Instant};

use crate::double::{Did, Line, Run, second};

/// Takes messages off the socket and never says that it has them; each with what else happens.
async fn silent(mut line: Line, beside: impl AsyncFn(&Line)) {
    line.ready().await;
    loop {
        match line.next_quietly().await {
            Did::Say(id, text) => {
                line.event(ChatEvent::Sent { id, at: second(1) }).await;
                if text == "good" {
                    line.event(ChatEvent::Delivered { id, key: text, org_id: None, at: None }).await;
                }
                beside(&line).await;
            }
            Did::Offline => line.event(ChatEvent::State(ChatState::Offline)).await,
            _ => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_scenario_whose_message_is_never_confirmed_fails_and_names_the_step() {
    let text = "
setup: [{say: good}]
cleanUp: [{say: bye}]
scenarios: {a: [{say: good}, {say: first}, {say: second}]}
";
    let began = Instant::now();
    let results = Run::of(text, |line| silent(line, async |_| {})).results().await;
    assert_eq!(results[0].outcome, Outcome::Failed);
    let reason = results[0].reason.as_deref().unwrap();
    let wanted = "line 4, say \"first\": the org did not confirm the message within 10 s after the last step";
    assert_eq!(reason, wanted);
    assert!(began.elapsed() >= Duration::from_secs(10));
    let detail = results[0].detail.as_ref().unwrap();
    let last = detail.steps.last().unwrap();
    assert_eq!((last.part, last.status), (Part::CleanUp, StepStatus::Passed));
}

#[tokio::test(start_paused = true)]
async fn an_optional_message_that_is_not_confirmed_fails_nothing_and_costs_no_time() {
    let run =
        Run::of("scenarios: {a: [{say: good}, {optional: {say: hi}}]}", |line| silent(line, async |_| {}));
    let began = Instant::now();
    assert_eq!(run.one().await.0, Outcome::Passed);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_rate_that_is_refused_without_end_is_named_by_its_code() {
    let throttled = |line| {
        silent(line, async |line: &Line| {
            let frame = FrameRecord {
                at: second(1),
                way: FrameWay::In,
                name: "TooManyRequestsErrorMessage".into(),
                code: Some(429),
                json: "{}".into(),
            };
            line.event(ChatEvent::Frame(frame)).await;
        })
    };
    for steps in ["{say: hi}", "{say: hi}, {waitForReplyContaining: x}"] {
        let (outcome, reason) = Run::of(&format!("scenarios: {{a: [{steps}]}}"), throttled).one().await;
        assert_eq!(outcome, Outcome::Failed);
        assert!(reason.ends_with("the org answered with code 429, TooManyRequestsErrorMessage"), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_cut_at_each_message_is_named() {
    let cut = |line| {
        silent(line, async |line: &Line| {
            let why = WebMessagingError::Lost("the org closed it with 1008: bye".into());
            let state = ChatState::Backoff { next_try: Duration::ZERO, attempts: 1, why };
            line.event(ChatEvent::State(state)).await;
            line.ready().await;
        })
    };
    let (outcome, reason) = Run::of("scenarios: {a: [{say: hi}]}", cut).one().await;
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.ends_with("the connection was lost: the org closed it with 1008: bye"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_scenario_that_waits_while_the_connection_is_lost_could_not_be_carried_out() {
    let cut = |comes_back: bool| {
        move |mut line: Line| async move {
            line.ready().await;
            line.text().await;
            let why = WebMessagingError::Lost("the org is away".into());
            let state = ChatState::Backoff { next_try: Duration::ZERO, attempts: 1, why };
            line.event(ChatEvent::State(state)).await;
            if comes_back {
                line.ready().await;
            }
            loop {
                line.text().await;
            }
        }
    };
    let text = "scenarios: {a: [{say: hi}, {waitForReplyContaining: x}]}";
    let (outcome, reason) = Run::of(text, cut(false)).one().await;
    assert_eq!(outcome, Outcome::Errored);
    assert!(reason.contains("the org is away"), "{reason}");
    assert_eq!(Run::of(text, cut(true)).one().await.0, Outcome::Failed);
}

#[tokio::test(start_paused = true)]
async fn what_never_left_since_the_guest_stayed_offline_fails_the_scenario() {
    let text = "scenarios: {a: [{goOffline: true}, {say: hi}]}";
    let (outcome, reason) = Run::of(text, |line| silent(line, async |_| {})).one().await;
    // The script takes the message as if it had left, which is what a guest who is offline cannot know.
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.starts_with("line 1, say \"hi\": "), "{reason}");
    let waits = async |mut line: Line| {
        line.ready().await;
        loop {
            if let Did::Offline = line.next_quietly().await {
                line.event(ChatEvent::State(ChatState::Offline)).await;
            }
        }
    };
    let (outcome, reason) = Run::of(text, waits).one().await;
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.contains("the message never left: the guest was offline until the end"), "{reason}");
}
