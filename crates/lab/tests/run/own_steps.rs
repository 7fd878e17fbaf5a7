//! Each step of our own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use genesys::webmessaging::{
    Button, Card, ChatEvent, ChatState, Content, FormComponent, PickerTime, ServerError,
};
use lab::run::{GuestRecord, Outcome, Records, StepStatus, never_disconnects};
use serde_json::json;
use tokio::time::Instant;

use crate::double::{Did, Line, Run, button, quick_reply};

/// A guest says `hi`, is offered this, and the answer comes back as a text for the next wait.
async fn offers(mut line: Line, content: Vec<Content>) {
    line.ready().await;
    line.text().await;
    line.offer("Choose", content).await;
    loop {
        if let Did::Answer(_, answer) = line.next().await {
            line.reply(&format!("{answer:?}")).await;
        }
    }
}

async fn offered(steps: &str, content: Vec<Content>) -> (Outcome, String) {
    let text = format!("scenarios: {{a: [{{say: hi}}, {steps}]}}");
    let mut run = Run::of(&text, move |line| offers(line, content.clone()));
    run.options.timeout = Duration::from_secs(1);
    run.one().await
}

const PASSED: (Outcome, String) = (Outcome::Passed, String::new());

#[tokio::test(start_paused = true)]
async fn a_quick_reply_is_tapped_by_its_label_or_payload() {
    let replies = || vec![quick_reply("Yes", "y"), quick_reply("No", "n")];
    for wanted in ["Yes", "y", "yes"] {
        let steps = format!(
            "{{tap: '{wanted}'}}, {{waitForReplyContaining: 'QuickReply {{ text: \"Yes\", payload: \"y\"'}}"
        );
        assert_eq!(offered(&steps, replies()).await, PASSED);
    }
    let (outcome, reason) = offered("{tap: Maybe}", replies()).await;
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.ends_with("\"Maybe\" is not offered; offered: \"Yes\", \"No\""), "{reason}");
    let (outcome, reason) = offered("{tap: 'Yes'}, {tap: 'Yes'}", replies()).await;
    assert_eq!(outcome, Outcome::Failed, "it went away with its answer: {reason}");
}

#[tokio::test(start_paused = true)]
async fn a_button_of_a_card_or_carousel_is_answered_as_a_button_and_a_link_sends_nothing() {
    let link = Button { is_link: true, ..button("Shop", "https://shop.example") };
    let card = |title: &str, actions| Card {
        title: title.into(),
        description: None,
        image: None,
        default_action: None,
        actions,
    };
    let one = card("One", vec![button("Buy", "buy-1"), link]);
    let two = card("Two", vec![button("Rent", "rent-2")]);
    let answer = "{waitForReplyContaining: 'Button { text: \"Buy\", payload: \"buy-1\"'}";
    assert_eq!(offered(&format!("{{tap: Buy}}, {answer}"), vec![Content::Card(one.clone())]).await, PASSED);
    let carousel = vec![Content::Carousel(vec![one.clone(), two])];
    assert_eq!(offered("{tap: rent-2}, {waitForReplyContaining: Rent}", carousel).await, PASSED);
    let (outcome, reason) = offered("{tap: Shop}", vec![Content::Card(one)]).await;
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.contains("is a link"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn entries_of_a_list_and_a_time_are_picked_when_they_are_offered() {
    let entries = vec![button("Red", "1"), button("Blue", "2")];
    let list = |several| {
        vec![Content::ListPicker { title: None, subtitle: None, entries: entries.clone(), several }]
    };
    let both = "{pick: {list: [Red, '2']}}";
    let answer = "{waitForReplyContaining: 'chosen: [(\"1\", \"Red\"), (\"2\", \"Blue\")]'}";
    assert_eq!(offered(&format!("{both}, {answer}"), list(true)).await, PASSED);
    assert_eq!(offered(both, list(false)).await.0, Outcome::Failed);
    assert_eq!(offered("{pick: {list: [Green]}}", list(true)).await.0, Outcome::Failed);
    let times = || {
        let iso = "2026-11-30T10:00:00.000Z".to_owned();
        let times = vec![PickerTime { iso, duration_seconds: None }];
        vec![Content::DatePicker { title: None, subtitle: None, times }]
    };
    let pick = "{pick: {time: 2026-11-30T11:00:00+01:00}}, {waitForReplyContaining: '10:00:00.000Z'}";
    assert_eq!(offered(pick, times()).await, PASSED);
    assert_eq!(offered("{pick: {time: 2026-11-30T12:00:00Z}}", times()).await.0, Outcome::Failed);
    assert_eq!(offered("{pick: {list: [Red]}}", times()).await.0, Outcome::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_form_is_filled_by_id_or_label_and_only_as_it_allows() {
    let field = |id: &str, label: &str, required, choices: &[&str]| FormComponent {
        id: id.into(),
        kind: "TextInput".into(),
        label: label.into(),
        required,
        choices: choices.iter().map(|&choice| choice.to_owned()).collect(),
    };
    let form = || {
        let components =
            vec![field("f1", "E-mail", true, &[]), field("f2", "Colour", false, &["Red", "Blue"])];
        vec![Content::Form { title: None, canned_response_id: None, components }]
    };
    let good = "{fill: {e-mail: ada@example.org, f2: Red}}, {waitForReplyContaining: '(\"f1\", \"ada@example.org\"), (\"f2\", \"Red\")'}";
    assert_eq!(offered(good, form()).await, PASSED);
    for (fields, why) in [
        ("{Colour: Red}", "\"E-mail\" must be filled in"),
        ("{f1: a, Colour: Green}", "has no choice \"Green\""),
        ("{f1: a, Age: 5}", "no field \"Age\""),
    ] {
        let (outcome, reason) = offered(&format!("{{fill: {fields}}}"), form()).await;
        assert_eq!(outcome, Outcome::Failed);
        assert!(reason.contains(why), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn exactly_the_quick_replies_that_are_expected_and_of_now() {
    let replies = || vec![quick_reply("Yes", "y"), quick_reply("No", "n")];
    assert_eq!(offered("{expectQuickReplies: ['No', 'Yes']}", replies()).await, PASSED);
    for steps in ["{expectQuickReplies: ['Yes']}", "{expectQuickReplies: ['Yes', 'No', Maybe]}"] {
        let (outcome, reason) = offered(steps, replies()).await;
        assert_eq!(outcome, Outcome::Failed);
        assert!(
            reason.contains("exactly these quick replies were expected: \"Yes\"")
                && reason.ends_with("offered were: \"Yes\", \"No\""),
            "{reason}"
        );
    }
    let twice =
        vec![quick_reply("Yes", "y"), quick_reply("Yes", "z"), quick_reply("", "n"), quick_reply("", "")];
    assert_eq!(offered("{expectQuickReplies: ['Yes']}", twice.clone()).await.0, Outcome::Failed);
    let (outcome, reason) = offered("{expectQuickReplies: [n, 'Yes']}", twice.clone()).await;
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.ends_with("offered were: \"Yes\", \"Yes\", \"n\", \"\""), "{reason}");
    let (_, reason) = offered("{tap: 'No'}", twice).await;
    assert!(reason.ends_with("offered: \"Yes\", \"Yes\", \"n\""), "{reason}");
    let old = "{expectQuickReplies: ['No', 'Yes']}, {say: again}, {expectQuickReplies: ['No', 'Yes']}";
    let (outcome, reason) = offered(old, replies()).await;
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.ends_with("none are offered"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_file_is_sent_with_its_name_and_type_and_a_missing_one_is_an_error() {
    let attach = async |mut line: Line| {
        line.ready().await;
        loop {
            if let Did::Attach(_, file) = line.next().await {
                line.reply(&format!("{} {} {}", file.name, file.media_type, file.bytes.len())).await;
            }
        }
    };
    let good = "scenarios: {a: [{attach: bill.pdf}, {waitForReplyContaining: bill.pdf application/pdf 4}]}";
    assert_eq!(Run::of(good, attach).one().await, PASSED);
    let (outcome, reason) = Run::of("scenarios: {a: [{attach: nothing.pdf}]}", attach).one().await;
    assert_eq!(outcome, Outcome::Errored);
    assert!(
        reason.contains("\"nothing.pdf\" cannot be attached") && !reason.contains("os error"),
        "{reason}"
    );
}

#[tokio::test(start_paused = true)]
async fn attributes_go_with_every_later_message_and_keep_those_of_the_lab() {
    let run = Run::of(
        "scenarios: {a: [{attributes: {k: v}}, {attributes: {n: 5}}, {waitForReplyContaining: ok}]}",
        async |mut line: Line| {
            line.ready().await;
            line.next().await;
            let Did::Attributes(attributes) = line.next().await else { panic!() };
            let names: Vec<_> = attributes.keys().map(String::as_str).collect();
            assert_eq!(names, ["IsAutomatedTest", "innkeeperLab", "k", "n"]);
            line.reply("ok").await;
            std::future::pending().await
        },
    );
    assert_eq!(run.one().await, PASSED);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_conversation_is_expected_with_how_it_ends() {
    let ends = async |mut line: Line| {
        line.ready().await;
        line.text().await;
        line.disconnect(true).await;
        std::future::pending().await
    };
    for (step, outcome) in [
        ("expectDisconnect: true", Outcome::Passed),
        ("expectDisconnect: {readOnly: true}", Outcome::Passed),
        ("expectDisconnect: {readOnly: false}", Outcome::Failed),
    ] {
        let run = Run::of(&format!("scenarios: {{a: [{{say: hi}}, {{{step}}}]}}"), ends);
        assert_eq!(run.one().await.0, outcome, "{step}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_must_never_come_fails_whenever_it_comes_after_the_step() {
    let text = "scenarios: {a: [{say: hi}, {waitForReplyContaining: oops}, {neverContaining: OOPS}, {say: hi}, {pause: 10}]}";
    let says_oops = |line: Line| line.answer_all(|_| vec!["Oops, sorry".to_owned()]);
    let (outcome, reason) = Run::of(text, says_oops).one().await;
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.contains("neverContaining \"OOPS\": received \"Oops, sorry\""), "{reason}");
    let before_only = text.replace(", {say: hi}, {pause: 10}", "");
    assert_eq!(Run::of(&before_only, says_oops).one().await, PASSED);
    let in_optional = text.replace("{pause: 10}", "{optional: {waitForReplyContaining: x}}");
    assert_eq!(Run::of(&in_optional, says_oops).one().await.0, Outcome::Failed);
}

#[tokio::test(start_paused = true)]
async fn an_optional_step_fails_nothing_and_within_has_its_own_limit() {
    let text =
        "scenarios: {a: [{optional: {within: {seconds: 3, step: {waitForReplyContaining: x}}}}, {say: hi}]}";
    let run = Run::of(text, |line| line.answer_all(|_| Vec::new()));
    let began = Instant::now();
    let results = run.results().await;
    assert!(began.elapsed() >= Duration::from_secs(3) && began.elapsed() < Duration::from_secs(4));
    let detail = results[0].detail.as_ref().unwrap();
    assert_eq!((results[0].outcome, detail.steps[0].status), (Outcome::Passed, StepStatus::Ignored));
    assert!(detail.steps[0].timed_out);
}

#[tokio::test(start_paused = true)]
async fn offline_what_is_written_waits_and_comes_with_the_return() {
    let text = "scenarios: {a: [{goOffline: true}, {say: later}, {comeBack: true}, {waitForReplyContaining: got later}]}";
    let run = Run::of(text, async |mut line: Line| {
        line.ready().await;
        assert!(matches!(line.next().await, Did::Offline));
        let text = line.text().await;
        line.event(ChatEvent::State(ChatState::Connecting { attempt: 1 })).await;
        line.next().await;
        line.reply(&format!("got {text}")).await;
        std::future::pending().await
    });
    assert_eq!(run.one().await, PASSED);
}

#[tokio::test(start_paused = true)]
async fn a_refused_message_is_told_with_its_code_even_when_it_is_the_last_step() {
    let run = Run::of("scenarios: {a: [{say: hi}]}", async |line: Line| {
        line.ready().await;
        let mut line = line;
        let Did::Say(id, _) = line.next_quietly().await else { panic!() };
        line.event(ChatEvent::Sent { id, at: crate::double::second(1) }).await;
        let error = ServerError { code: 4011, text: "too long".into(), retry_after: None };
        line.event(ChatEvent::Refused { id, error }).await;
        std::future::pending().await
    });
    let (outcome, reason) = run.one().await;
    assert_eq!((outcome, reason.as_str()), (Outcome::Errored, "a message was refused: code 4011, too long"));
}

#[tokio::test(start_paused = true)]
async fn a_frame_that_cannot_be_read_is_told_as_that_and_not_as_an_error_of_the_org_with_a_code() {
    let why = "a frame that is no JSON object was passed over";
    let run = Run::of("scenarios: {a: [{say: hi}, {pause: 10}]}", async move |mut line: Line| {
        line.ready().await;
        line.text().await;
        line.error(0, why).await;
        std::future::pending().await
    });
    let (outcome, reason) = run.one().await;
    assert_eq!((outcome, reason.as_str()), (Outcome::Errored, &*format!("line 1, pause 10 ms: {why}")));
}

#[tokio::test(start_paused = true)]
async fn what_must_never_come_fails_nothing_in_optional_and_within_only_in_that_time() {
    let text = "scenarios: {a: [STEP, {pause: 2000}, {say: hi}, {pause: 10}]}";
    let never = "{neverContaining: oops}";
    for (step, outcome) in [
        (never.to_owned(), Outcome::Failed),
        (format!("{{optional: {never}}}"), Outcome::Passed),
        (format!("{{within: {{seconds: 3, step: {never}}}}}"), Outcome::Failed),
        (format!("{{within: {{seconds: 1, step: {never}}}}}"), Outcome::Passed),
        (
            format!("{{within: {{seconds: 1, step: {{within: {{seconds: 9, step: {never}}}}}}}}}"),
            Outcome::Passed,
        ),
        (format!("{{within: {{seconds: 3, step: {{optional: {never}}}}}}}"), Outcome::Passed),
    ] {
        let run = Run::of(&text.replace("STEP", &step), |line| line.answer_all(|_| vec!["Oops".into()]));
        assert_eq!(run.one().await.0, outcome, "{step}");
    }
    let optional = text.replace("STEP", &format!("{{optional: {never}}}"));
    let results = Run::of(&optional, |line| line.answer_all(|_| vec!["Oops".into()])).results().await;
    let told = "optional: neverContaining \"oops\": received \"Oops\"";
    assert!(results[0].detail.as_ref().unwrap().transcript.iter().any(|line| line.text == told));
}

#[tokio::test(start_paused = true)]
async fn the_smallest_limit_around_a_step_counts() {
    let waits = "{waitForReplyContaining: x}";
    for (step, millis) in [
        (format!("{{within: {{seconds: 30, step: {waits}}}}}"), 30_000),
        (format!("{{within: {{seconds: 2, step: {{within: {{seconds: 9, step: {waits}}}}}}}}}"), 2_000),
        (
            format!(
                "{{within: {{seconds: 9, step: {{optional: {{within: {{seconds: 3, step: {waits}}}}}}}}}}}"
            ),
            3_000,
        ),
    ] {
        let run = Run::of(&format!("scenarios: {{a: [{step}]}}"), |line| line.answer_all(|_| Vec::new()));
        let began = Instant::now();
        run.one().await;
        let took = began.elapsed().as_millis();
        assert!((millis..millis + 100).contains(&took), "{step}: {took}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_that_a_deployment_never_tells_is_not_waited_for_where_it_may_be_missing() {
    let text =
        "{cleanUp: [{expectDisconnect: true}], scenarios: {a: [{optional: {expectDisconnect: true}}]}}";
    let mut run = Run::of(text, |line| line.answer_all(|_| Vec::new()));
    run.target.never_disconnects = true;
    assert_eq!(never_disconnects(&run.suite, 0, &run.options), None);
    let began = Instant::now();
    let results = run.results().await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(results[0].outcome, Outcome::Passed);
    for step in &results[0].detail.as_ref().unwrap().steps {
        assert_eq!(step.status, StepStatus::Ignored);
        assert!(step.reason.as_deref().unwrap().starts_with("the deployment never tells a guest"));
    }
}

/// A guest of whom the org knows more with each question.
struct Learning(Arc<AtomicUsize>);

#[async_trait]
impl Records for Learning {
    async fn read(&self, _: &str) -> Result<Option<GuestRecord>, String> {
        let asked = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(Some(GuestRecord { conversation_id: None, attributes: [("n".to_owned(), json!(asked))].into() }))
    }
}

#[tokio::test(start_paused = true)]
async fn an_attribute_is_asked_for_until_the_limit_is_over_and_numbers_are_compared_by_value() {
    for (limit, wanted, outcome, asked) in [
        ("0.2", "2.0", Outcome::Passed, 2),
        ("0.2", "3", Outcome::Failed, 2),
        ("1.2", "9", Outcome::Failed, 4),
    ] {
        let text = format!(
            "scenarios: {{a: [{{within: {{seconds: {limit}, step: {{expectAttribute: {{n: {wanted}}}}}}}}}]}}"
        );
        let mut run = Run::of(&text, |line| line.answer_all(|_| Vec::new()));
        let count = Arc::new(AtomicUsize::new(0));
        run.target.records = Some(Arc::new(Learning(Arc::clone(&count))));
        let results = run.results().await;
        let detail = results[0].detail.as_ref().unwrap();
        assert_eq!(detail.outcome, outcome, "{:?}", detail.reason);
        // The conversation's id is asked for at the end.
        assert_eq!(count.load(Ordering::Relaxed) - 1, asked);
        if outcome == Outcome::Failed {
            let waited = if limit == "0.2" { "after 200 ms" } else { "after 1.2 s" };
            assert!(detail.reason.as_deref().unwrap().ends_with(waited), "{:?}", detail.reason);
        }
    }
}

struct Known(GuestRecord);

#[async_trait]
impl Records for Known {
    async fn read(&self, chat: &str) -> Result<Option<GuestRecord>, String> {
        assert_eq!(chat.len(), 36);
        Ok(Some(self.0.clone()))
    }
}

#[tokio::test(start_paused = true)]
async fn attributes_at_the_org_are_expected_and_without_rest_that_is_said() {
    let text = "scenarios: {a: [{expectAttribute: {tier: gold, n: 5, gone: null}}]}";
    let idle = |line: Line| line.answer_all(|_| Vec::new());
    let (outcome, reason) = Run::of(text, idle).one().await;
    assert_eq!(outcome, Outcome::Errored);
    assert!(reason.contains("no OAuth client"), "{reason}");
    for (tier, outcome) in [("gold", Outcome::Passed), ("silver", Outcome::Failed)] {
        let attributes = [("tier".to_owned(), json!(tier)), ("n".to_owned(), json!("5"))].into();
        let record = GuestRecord { conversation_id: Some("c-1".into()), attributes };
        let mut run = Run::of(text, idle);
        run.target.records = Some(Arc::new(Known(record)));
        let results = run.results().await;
        assert_eq!((results[0].outcome, results[0].conversation_id.as_deref()), (outcome, Some("c-1")));
    }
}
