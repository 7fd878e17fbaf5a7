//! Chats by the guest socket that a person starts where the guests are listed.

use simulator::Messaging;
use uuid::Uuid;

use super::Lab;
use crate::{
    FailureCode,
    lab::target::EMBEDDED_DEPLOYMENT,
    views::{LabAct, LabChatState, StartChat},
};

/// A wish for a chat in a deployment.
fn wish(guest_id: Uuid, deployment: &str) -> StartChat {
    StartChat {
        guest_id,
        name: Some("Grace".into()),
        attributes: [("visits".to_owned(), 7.into()), ("vip".to_owned(), true.into())].into(),
        deployment: Some(deployment.to_owned()),
        ..StartChat::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_in_a_deployment_is_at_work_at_once_and_the_same_wish_again_is_the_same_chat() {
    let lab = Lab::new(Messaging::default()).await;
    let id = Uuid::new_v4();
    let (started, token) = lab.app.chat_start(wish(id, EMBEDDED_DEPLOYMENT)).await.unwrap();
    assert_eq!((started.guest_id.0, started.conversation_id), (id, id.to_string()));
    lab.is(id, LabChatState::Ready).await;
    assert_eq!(lab.chat(id).attributes["visits"], "7");
    assert_eq!(lab.chat(id).attributes["vip"], "true");

    let (again, same) = lab.app.chat_start(wish(id, EMBEDDED_DEPLOYMENT)).await.unwrap();
    assert_eq!((again.guest_id.0, same.expose()), (id, token.expose()));
    assert_eq!(lab.app.lab_overview().chats.len(), 1);

    lab.app.lab_act(id, LabAct::End).await.unwrap();
    lab.is(id, LabChatState::Ended).await;
    // The end is on disk once the chat is removed, which waits for it.
    lab.app.lab_act(id, LabAct::Remove).await.unwrap();
    let over = lab.app.chat_start(wish(id, EMBEDDED_DEPLOYMENT)).await.unwrap_err();
    assert_eq!(over.fields[0].field, "guestId");
    assert!(lab.app.lab_overview().chats.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_starts_no_chat_and_names_what_a_person_can_mend() {
    let lab = Lab::new(Messaging::default()).await;
    let unknown = lab.app.chat_start(wish(Uuid::new_v4(), "no-such-deployment")).await.unwrap_err();
    assert_eq!((unknown.code, unknown.fields[0].field.as_str()), (FailureCode::InvalidInput, "deployment"));
    let origin = StartChat { page_origin: Some("https://shop.example".into()), ..StartChat::default() };
    assert_eq!(lab.app.chat_start(origin).await.unwrap_err().fields[0].field, "pageOrigin");

    lab.app.set_online(false).await.unwrap();
    let offline = lab.app.chat_start(wish(Uuid::new_v4(), EMBEDDED_DEPLOYMENT)).await.unwrap_err();
    assert_eq!(offline.code, FailureCode::Offline);
    assert!(lab.app.lab_overview().chats.is_empty());
    lab.app.set_online(true).await.unwrap();
    assert!(lab.again().await.app.lab_overview().chats.is_empty(), "nothing was kept");
}
