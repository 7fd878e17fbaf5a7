//! The outbox as a person and a script see it: by page, in groups, as a file.

use std::{future::pending, time::Duration};

use app::{
    Existing, FailureCode,
    views::{ChatStarted, EntryGroup, EntryQuery, EntryState, LaneQuery, LaneState, StartChat},
};
use model::{ConversationId, MessageId, MessageText};
use simulator::Kind;
use uuid::Uuid;

use crate::desk::{Desk, org};

async fn chat(desk: &Desk) -> ChatStarted {
    desk.app.chat_start(StartChat { guest_id: Uuid::now_v7(), ..Default::default() }).await.unwrap().0
}

fn id(chat: &ChatStarted) -> ConversationId {
    chat.conversation_id.parse().unwrap()
}

async fn say(desk: &Desk, chat: &ChatStarted, text: &str) {
    let text = MessageText::new(text.to_owned()).unwrap();
    desk.app.chat_say(MessageId(Uuid::now_v7()), id(chat), text).await.unwrap();
}

async fn drain(desk: &Desk) -> app::DrainSummary {
    desk.app.outbox_drain(Duration::from_secs(30), pending(), |_| {}).await.unwrap()
}

/// A conversation whose guest is gone, with dead messages, and one that waits.
async fn one_dead_and_one_waiting(desk: &Desk) -> (ChatStarted, ChatStarted) {
    let (gone, there) = (chat(desk).await, chat(desk).await);
    desk.app.guest_delete(gone.guest_id, None).await.unwrap();
    for text in ["one", "two", "three"] {
        say(desk, &gone, text).await;
    }
    assert_eq!(drain(desk).await.dead, 3);
    desk.app.set_online(false).await.unwrap();
    say(desk, &there, "four").await;
    (gone, there)
}

fn of(group: EntryGroup) -> EntryQuery {
    EntryQuery { group: Some(group), conversation_id: None }
}

#[tokio::test]
async fn entries_and_conversations_are_read_by_page_by_state_and_by_a_part_of_an_id() {
    let org = org(0).await;
    let desk = Desk::at(&org).await;
    let (gone, there) = one_dead_and_one_waiting(&desk).await;

    let all = desk.app.outbox_page(EntryQuery::default(), 1, 2).await.unwrap();
    assert_eq!((all.total, all.entries.len()), (4, 2));
    let dead = desk.app.outbox_page(of(EntryGroup::Dead), 0, 100).await.unwrap();
    assert!(dead.total == 3 && dead.entries.iter().all(|e| e.state == EntryState::Dead && e.why.is_some()));
    let waiting = desk.app.outbox_page(of(EntryGroup::Waiting), 0, 100).await.unwrap();
    assert_eq!(waiting.entries[0].conversation_id, there.conversation_id);

    let lanes = async |query| desk.app.outbox_lanes(query, 0, 100).await.unwrap();
    assert_eq!(lanes(LaneQuery::default()).await.total, 2);
    let dead = lanes(LaneQuery { group: Some(EntryGroup::Dead), ..LaneQuery::default() }).await;
    assert_eq!((dead.total, dead.lanes[0].state, dead.lanes[0].dead), (1, LaneState::Dead, 3));
    let part = there.guest_id.to_string()[24..].to_uppercase();
    let found = lanes(LaneQuery { search: format!(" {part} "), ..LaneQuery::default() }).await;
    assert_eq!((found.total, &found.lanes[0].conversation_id), (1, &there.conversation_id));
    let one = LaneQuery { conversation_id: Some(gone.conversation_id.clone()), ..LaneQuery::default() };
    assert_eq!(lanes(one).await.lanes[0].guest_id, Some(gone.guest_id.to_string()));
    let nobody = LaneQuery { conversation_id: Some("no such/id".into()), ..LaneQuery::default() };
    assert_eq!(desk.app.outbox_lanes(nobody, 0, 1).await.unwrap_err().code, FailureCode::InvalidInput);
}

#[tokio::test]
async fn all_dead_ones_of_a_conversation_are_discarded_brought_back_and_sent_again_in_their_order() {
    let org = org(0).await;
    let desk = Desk::at(&org).await;
    let (gone, _) = one_dead_and_one_waiting(&desk).await;
    let dead = || desk.app.status().outbox.dead;
    let order = async || {
        let query = EntryQuery { conversation_id: Some(gone.conversation_id.clone()), group: None };
        let page = desk.app.outbox_page(query, 0, 100).await.unwrap();
        page.entries.into_iter().map(|e| e.text).collect::<Vec<_>>()
    };

    let out = desk.app.outbox_discard_dead(id(&gone)).await.unwrap();
    assert_eq!((out.changed, out.late, dead()), (3, 0, 0));
    assert!(order().await.is_empty());
    let later = desk.app.outbox_discard_dead(id(&gone)).await.unwrap();
    assert_eq!(desk.app.outbox_undo_discard_dead(id(&gone), later.at).await.unwrap().changed, 0);
    let back = desk.app.outbox_undo_discard_dead(id(&gone), out.at).await.unwrap();
    assert_eq!((back.changed, dead()), (3, 3));
    assert_eq!(order().await, ["one", "two", "three"]);

    let again = desk.app.outbox_retry_lane(id(&gone), false).await.unwrap();
    assert_eq!((again.changed, again.late, dead()), (3, 0, 0));
    let sent = org.simulator().ledger().iter().filter(|e| e.kind == Kind::Message).count();
    assert_eq!(sent, 0, "the guest is gone, so nothing of it ever arrived");
}

#[tokio::test]
async fn an_export_is_whole_private_and_never_over_a_file_that_is_there() {
    let org = org(0).await;
    let desk = Desk::at(&org).await;
    one_dead_and_one_waiting(&desk).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("outbox.jsonl");
    let export = async |query, existing| desk.app.outbox_export(query, file.clone(), existing).await;

    let written = export(EntryQuery::default(), Existing::Keep).await.unwrap();
    assert_eq!((written.exported, written.damaged), (4, 0));
    let text = std::fs::read_to_string(&file).unwrap();
    let texts: Vec<String> = text
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()["text"].as_str().unwrap().to_owned())
        .collect();
    assert!(texts.len() == 4 && ["one", "two", "three", "four"].iter().all(|t| texts.iter().any(|u| u == t)));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    let refused = export(of(EntryGroup::Dead), Existing::Keep).await.unwrap_err();
    assert_eq!((refused.code, refused.fields[0].field.as_str()), (FailureCode::InvalidInput, "file"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "left as it was");
    assert_eq!(export(of(EntryGroup::Dead), Existing::Replace).await.unwrap().exported, 3);
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 3);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing half-written is left beside it"
    );
}

#[tokio::test]
async fn a_stream_of_entries_may_be_left_at_any_time() {
    let org = org(0).await;
    let desk = Desk::at(&org).await;
    let chat = chat(&desk).await;
    desk.app.set_online(false).await.unwrap();
    for n in 0..200 {
        say(&desk, &chat, &format!("message {n}")).await;
    }
    let mut entries = desk.app.outbox_entries(EntryQuery::default());
    assert_eq!(entries.next().await.unwrap().text, "message 0");
    assert_eq!(entries.end().await.unwrap(), 0);
    let mut all = desk.app.outbox_entries(EntryQuery::default());
    let mut seen = 0;
    while let Some(entry) = all.next().await {
        assert_eq!(entry.text, format!("message {seen}"));
        seen += 1;
    }
    assert_eq!(seen, 200);
}
