use app::{
    FailureCode, RunOptions,
    views::{AttributeChange, Boxed, ConnectionKind, GuestQuery, SaveResult, SortField},
};
use model::{AttributeValue, GuestId};
use uuid::Uuid;

use crate::desk::{Desk, org, requests};

fn change(key: &str, before: Option<&str>, after: Option<&str>) -> AttributeChange {
    let boxed = |text: Option<&str>| text.map(|t| Boxed { value: t.into() });
    AttributeChange { key: key.into(), before: boxed(before), after: boxed(after) }
}

fn search(text: &str) -> GuestQuery {
    GuestQuery { search: text.into(), filter: None, sort: SortField::Name, descending: false, page: 1 }
}

async fn some_guest(desk: &Desk) -> GuestId {
    desk.app.guests_page(search("")).await.unwrap().guests[0].id
}

#[tokio::test]
async fn two_people_who_edit_different_attributes_both_get_their_way() {
    let org = org(5).await;
    let (ada, grace) = (Desk::at(&org).await, Desk::at(&org).await);
    let id = some_guest(&ada).await;
    ada.app.guest_save(id, vec![change("from-ada", None, Some("a"))]).await.unwrap();
    // Grace never saw Ada's edit; hers goes on top of it.
    grace.app.guest_save(id, vec![change("from-grace", None, Some("g"))]).await.unwrap();
    let guest = ada.app.guest(id).await.unwrap();
    assert_eq!(guest.attributes["from-ada"], "a".into());
    assert_eq!(guest.attributes["from-grace"], "g".into());
    assert!(guest.attributes.contains_key("source"), "a full replacement drops nothing");
}

#[tokio::test]
async fn the_same_attribute_changed_by_someone_else_is_shown_with_both_sides_and_not_overwritten() {
    let org = org(5).await;
    let (ada, grace) = (Desk::at(&org).await, Desk::at(&org).await);
    let id = some_guest(&ada).await;
    ada.app.guest_save(id, vec![change("note", None, Some("from Ada"))]).await.unwrap();
    let saved = grace.app.guest_save(id, vec![change("note", None, Some("from Grace"))]).await.unwrap();
    let SaveResult::Conflict { conflicts, .. } = saved else { panic!("{saved:?}") };
    assert_eq!(conflicts[0].key, "note");
    assert_eq!(conflicts[0].theirs.as_ref().unwrap().value, "from Ada".into());
    assert_eq!(conflicts[0].ours.as_ref().unwrap().value, "from Grace".into());
    assert_eq!(ada.app.guest(id).await.unwrap().attributes["note"], "from Ada".into());
    // Having looked at both sides, Grace keeps hers.
    grace.app.guest_save(id, vec![change("note", Some("from Ada"), Some("from Grace"))]).await.unwrap();
    assert_eq!(ada.app.guest(id).await.unwrap().attributes["note"], "from Grace".into());
}

#[tokio::test]
async fn a_null_that_is_there_differs_from_an_attribute_that_is_not() {
    let org = org(2).await;
    let desk = Desk::at(&org).await;
    let id = some_guest(&desk).await;
    let null = AttributeChange {
        key: "gap".into(),
        before: None,
        after: Some(Boxed { value: AttributeValue::Null }),
    };
    desk.app.guest_save(id, vec![null]).await.unwrap();
    assert_eq!(desk.app.guest(id).await.unwrap().attributes.get("gap"), Some(&AttributeValue::Null));
}

#[tokio::test]
async fn an_interaction_that_is_sent_twice_with_one_write_id_counts_once() {
    let org = org(2).await;
    let desk = Desk::at(&org).await;
    let chat = desk
        .app
        .chat_start(app::views::StartChat { guest_id: Uuid::now_v7(), ..Default::default() })
        .await
        .unwrap()
        .0;
    let write = Uuid::now_v7();
    let once = || desk.app.guest_interaction(write, chat.guest_id, "call", 2);
    let (a, b) = tokio::join!(once(), once());
    assert_eq!(a.unwrap().attributes["totalInteractions"], 2.into());
    assert_eq!(b.unwrap().attributes["totalInteractions"], 2.into());
    assert_eq!(requests(&org, "PUT"), 1);
    desk.app.guest_interaction(Uuid::now_v7(), chat.guest_id, "call", 1).await.unwrap();
    assert_eq!(desk.app.guest(chat.guest_id).await.unwrap().attributes["totalInteractions"], 3.into());
}

#[tokio::test]
async fn what_a_person_types_into_the_search_is_text_and_finds_by_name_mail_and_id() {
    let org = org(50).await;
    let desk = Desk::at(&org).await;
    let guests = desk.app.guests_page(search("")).await.unwrap();
    assert_eq!(guests.total, 50);
    let someone = guests.guests.iter().find(|g| g.email.is_some()).unwrap();
    for text in
        [someone.name.to_uppercase(), someone.email.clone().unwrap(), someone.id.to_string()[..8].to_owned()]
    {
        let found = desk.app.guests_page(search(&text)).await.unwrap();
        assert!(found.guests.iter().any(|g| g.id == someone.id), "{text}");
    }
    let hostile = desk.app.guests_page(search("x\" OR id != \"")).await.unwrap();
    assert_eq!(hostile.total, 0);
    let wrong = GuestQuery { filter: Some("name resembles \"x\"".into()), ..search("") };
    assert_eq!(desk.app.guests_page(wrong).await.unwrap_err().code, FailureCode::InvalidInput);
}

#[tokio::test]
async fn over_a_read_only_connection_nothing_is_written() {
    let org = org(3).await;
    let desk = Desk::with(&org, ConnectionKind::Production, true).await;
    let id = some_guest(&desk).await;
    let write = Uuid::now_v7();
    let what = desk.app.retention_policies().remove(0).what;
    let plan = desk.app.retention_preview(what).await.unwrap();
    let refused = [
        desk.app.guest_save(id, vec![change("a", None, Some("b"))]).await.err(),
        desk.app.guest_interaction(write, id, "call", 1).await.err(),
        desk.app.guest_delete(id, None).await.err(),
        desk.app.chat_start(app::views::StartChat { guest_id: write, ..Default::default() }).await.err(),
        desk.app.retention_run_previewed(&plan.plan, RunOptions::default()).await.err(),
        desk.app.retention_allow_once("default").await.err(),
        desk.app.retention_allow_planned("default", &plan.plan, RunOptions::default()).await.err(),
        desk.app.retention_schedule_arm("default", true).await.err(),
    ];
    assert!(
        refused.iter().all(|f| f.as_ref().is_some_and(|f| f.code == FailureCode::ReadOnly)),
        "{refused:?}"
    );
    assert_eq!(requests(&org, "PUT") + requests(&org, "DELETE"), 0);
}

#[tokio::test]
async fn a_console_counts_as_closed_only_when_nobody_holds_it_any_more() {
    let org = org(1).await;
    let desk = Desk::at(&org).await;
    let late_request = desk.app.clone();
    let closed = desk.app.closed();
    tokio::pin!(closed);
    drop(desk);
    tokio::select! {
        biased;
        () = &mut closed => panic!("a request still holds the store"),
        () = std::future::ready(()) => {}
    }
    drop(late_request);
    closed.await;
}
