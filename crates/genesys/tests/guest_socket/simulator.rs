//! Guests at the simulator, in process: the socket over a pair of streams in memory.

use std::sync::Arc;

use genesys::webmessaging::{
    Answer, ByteStream, Chat, ChatEvents, ChatOptions, TungsteniteDialer, WebMessaging,
};
use simulator::{Options, Simulator};
use testkit::{InProcess, TokioClock};

use crate::common::{CLOCK, deployment, id, options, told_until};

/// A guest of this org.
pub fn guest(org: &Simulator, options: ChatOptions) -> (Chat, ChatEvents) {
    client(org).open(&deployment(), options)
}

fn client(org: &Simulator) -> WebMessaging {
    let here = org.clone();
    let dialer = TungsteniteDialer::over(move |_| {
        let (near, far) = tokio::io::duplex(64 * 1024);
        here.serve_stream(far);
        std::future::ready(Ok(Box::new(near) as Box<dyn ByteStream>))
    });
    let transport = InProcess::new(org.router());
    WebMessaging::new(Arc::new(dialer), Arc::new(transport), Arc::new(TokioClock::at(CLOCK)))
}

fn org() -> Simulator {
    Simulator::new(&Options { guests: 5, now: Some(CLOCK.parse().unwrap()), ..Options::default() }).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_guest_chats_with_the_demonstration_bot_leaves_and_comes_back_to_the_history() {
    let org = org();
    let (chat, mut events) = guest(&org, options());
    chat.say(id(1), "card").unwrap();
    let told = told_until(&mut events, "delivered m1").await;
    assert_eq!(told, ["ready new", "sent m1", "delivered m1"]);
    let button = Answer::Button { text: "x".to_owned(), payload: "x".to_owned() };
    chat.answer(id(2), button).unwrap();
    told_until(&mut events, "delivered m2").await;
    chat.leave().unwrap();
    told_until(&mut events, "left").await;
    let (_chat, mut events) = guest(&org, options());
    let told = told_until(&mut events, "Guest: x (history)").await;
    assert_eq!(told[..2], ["ready", "Guest: card (history)"], "{told:?}");
    assert!(!told.iter().any(|t| t.contains("late")), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn the_public_configuration_is_read_without_signing_in() {
    let config = client(&org()).config(&deployment()).await.unwrap();
    assert_eq!((config.active, config.messenger_enabled), (Some(true), Some(true)), "{}", config.raw);
    assert_eq!(config.disconnect, Some(false), "{}", config.raw);
    assert!(config.uploads.unwrap().enabled);
}
