//! What an org says of a session token, and what it does not.

use std::sync::Arc;

use genesys::webmessaging::{KnownSession, WebMessaging, WebMessagingError};
use serde_json::{Value, json};
use testkit::{ScriptedSockets, TokioClock};

use crate::{
    common::{CLOCK, TOKEN, deployment, empty_history, options},
    trouble::{error_for, said, session},
};

type Answer = fn(&Value) -> Vec<Value>;

fn answered(body: &Value) -> Vec<Value> {
    vec![json!({"type": "response", "class": "SessionResponse", "code": 200, "body": body})]
}

/// What is made of these answers to `configureSession`, and what was sent after them.
async fn asked(answers: Answer) -> (Result<KnownSession, WebMessagingError>, Vec<Value>) {
    let (sockets, mut connections) = ScriptedSockets::new();
    let clock = Arc::new(TokioClock::at(CLOCK));
    let client = WebMessaging::new(sockets as _, Arc::new(empty_history()), clock);
    let org = async {
        let mut org = connections.recv().await.unwrap();
        let configure = org.receive().await.unwrap();
        assert_eq!(
            (&configure["action"], &configure["startNew"]),
            (&json!("configureSession"), &json!(false))
        );
        answers(&configure).iter().for_each(|frame| org.send(frame));
        let mut sent = Vec::new();
        while let Some(frame) = org.receive().await {
            if frame["action"] == "closeSession" {
                org.send(&answered(&json!({"connected": false}))[0]);
            }
            sent.push(frame);
        }
        sent
    };
    let (deployment, options) = (deployment(), options());
    tokio::join!(client.session(&deployment, &options), org)
}

#[tokio::test(start_paused = true)]
async fn each_answer_about_a_token_is_told_apart_and_a_session_that_asking_made_is_closed() {
    let table: [(Answer, KnownSession, usize); 7] = [
        (|_| vec![session(false)], KnownSession::Open, 0),
        (|_| vec![said("k", "hello?", CLOCK), session(false)], KnownSession::Open, 0),
        (|_| answered(&json!({"connected": true, "readOnly": true})), KnownSession::ReadOnly, 0),
        (|sent| vec![error_for(sent, 4006)], KnownSession::Expired, 0),
        (|sent| vec![error_for(sent, 409)], KnownSession::ReadOnly, 0),
        (|sent| vec![error_for(sent, 4007)], KnownSession::Unknown { left_open: false }, 0),
        (|_| vec![session(true)], KnownSession::Unknown { left_open: false }, 1),
    ];
    for (answers, known, closed) in table {
        let (told, sent) = asked(answers).await;
        assert_eq!(told, Ok(known));
        let actions: Vec<&str> = sent.iter().filter_map(|frame| frame["action"].as_str()).collect();
        assert_eq!(actions, vec!["closeSession"; closed], "{known:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_says_nothing_of_the_token_is_an_error_and_tells_no_token() {
    let silent: Answer = |_| vec![said("k", "hello?", CLOCK)];
    assert!(matches!(asked(silent).await.0, Err(WebMessagingError::Silent { .. })));
    let refused: Answer = |sent| {
        vec![json!({"type": "response", "class": "string", "code": 500, "tracingId": sent["tracingId"],
            "body": format!("trouble with {TOKEN}")})]
    };
    let Err(WebMessagingError::SessionRefused { code: 500, text, .. }) = asked(refused).await.0 else {
        panic!("it was no refusal")
    };
    assert!(text.starts_with("trouble with") && !text.contains(TOKEN), "{text}");
    let no_session: Answer = |_| answered(&json!({"connected": false, "newSession": false}));
    assert!(matches!(asked(no_session).await.0, Err(WebMessagingError::SessionRefused { code: 200, .. })));
    let closed: Answer =
        |_| vec![json!({"type": "message", "class": "ConnectionClosedEvent", "code": 200, "body": {}})];
    assert!(matches!(asked(closed).await.0, Err(WebMessagingError::Lost(_))));
}
