//! An org that writes without end, or much at once, or has too much to do.

use std::time::Duration;

use genesys::webmessaging::{ChatEvent, ChatState, RefusedBecause, WebMessagingError};
use lab::run::Outcome;
use tokio::time::Instant;

use crate::double::{Line, Run};

#[tokio::test(start_paused = true)]
async fn whatever_a_step_waits_for_it_ends_with_its_limit_also_while_the_org_writes_without_end() {
    for step in [
        "waitForReplyContaining: never",
        "waitForReplyMatching: ^never$",
        "tap: Never",
        "expectQuickReplies: ['Never']",
        "expectDisconnect: true",
        "optional: {waitForReplyContaining: never}",
        "pause: 2000",
    ] {
        let mut run = Run::of(&format!("scenarios: {{a: [{{{step}}}]}}"), Line::flood);
        run.options.timeout = Duration::from_secs(2);
        let began = Instant::now();
        run.one().await;
        let took = began.elapsed();
        assert!(took < Duration::from_millis(4_500), "{step}: {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn in_a_burst_of_20000_messages_each_is_looked_at_once_and_the_last_is_found() {
    for step in ["waitForReplyContaining: line 19999", "waitForReplyMatching: ^line 19999$"] {
        let run = Run::of(&format!("scenarios: {{a: [{{say: go}}, {{{step}}}]}}"), async |mut line: Line| {
            line.ready().await;
            line.text().await;
            for n in 0..20_000 {
                line.reply(&format!("line {n}")).await;
            }
            std::future::pending().await
        });
        assert_eq!(run.one().await, (Outcome::Passed, String::new()), "{step}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_org_with_too_many_connections_is_tried_again_until_it_has_room() {
    let run = Run::of("scenarios: {a: [{say: hi}, {waitForReplyContaining: hi}]}", async |line: Line| {
        let why = WebMessagingError::Refused {
            host: "org.test".into(),
            status: 429,
            because: RefusedBecause::of(429),
            retry_after: None,
        };
        let next_try = Duration::from_secs(1);
        line.event(ChatEvent::State(ChatState::Backoff { next_try, attempts: 1, why })).await;
        tokio::time::sleep(next_try).await;
        line.answer_all(|text| vec![text.to_owned()]).await;
    });
    assert_eq!(run.one().await, (Outcome::Passed, String::new()));
}
