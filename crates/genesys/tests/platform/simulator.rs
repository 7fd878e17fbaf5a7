//! The dialect against the embedded org, in process under a paused clock. The simulator shares no code with the client.

use std::{collections::BTreeSet, sync::Arc};

use axum::{Router, body::Body};
use bytes::Bytes;
use genesys::{Applied, Author, ChatQuestion, ChatSummary, Dialect, Error, Org, PageAt, Removed, Search};
use model::{Change, ConversationState, Doomed, GuestId, GuestKind, Total};
use serde_json::{Value, json};
use simulator::{Options, Simulator};
use testkit::{InProcess, TokioClock, guest_id, settings};
use tower::ServiceExt;

use crate::common::{LANE, NOW, all};

struct World {
    simulator: Simulator,
    org: Org,
}

impl World {
    fn new(change: impl FnOnce(&mut Options)) -> Self {
        let mut options =
            Options { guests: 0, rate: None, now: Some(NOW.parse().unwrap()), ..Options::default() };
        change(&mut options);
        let simulator = Simulator::new(&options).unwrap();
        let clock = Arc::new(TokioClock::at(NOW));
        let transport = Arc::new(InProcess::new(simulator.router()));
        Self { org: Org::connect(Dialect::GenesysCloud, settings(), transport, clock), simulator }
    }

    /// What the control port says to a POST.
    async fn control(&self, path: &str, body: &Value) -> Value {
        ask(self.simulator.control_router(), path, body).await
    }

    /// A contact with an e-mail address, which is listed, or without, which is not.
    async fn contact(&self, n: u128, more: Value) {
        let mut body = json!({"id": guest_id(n), "firstName": format!("Guest {n}"), "type": "Curated"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.control("/contacts", &body).await;
    }

    /// A guest with an open conversation, as the other dialect makes one.
    async fn chatting(&self, n: u128) {
        let new = testkit::new_guest(n);
        let other = Org::over(Dialect::GuestApi, self.org.pipeline.clone());
        other.chat.unwrap().start(LANE, &new).await.unwrap();
    }

    async fn chats(&self) -> Result<Vec<ChatSummary>, Error> {
        let until = NOW.parse::<chrono::DateTime<chrono::Utc>>().unwrap() + chrono::TimeDelta::hours(1);
        let from = until - chrono::TimeDelta::days(2);
        let question = ChatQuestion { from, until, guests: Vec::new(), only_open: false, confirmed: true };
        let recent = self.org.recent.clone().unwrap();
        let (mut walk, mut chats) = (recent.chats(LANE, question), Vec::new());
        while let Some(page) = walk.next_page().await? {
            chats.extend(page);
        }
        Ok(chats)
    }
}

async fn ask(router: Router, path: &str, body: &Value) -> Value {
    let request = http::Request::post(path)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let answer = router.oneshot(request).await.unwrap();
    let status = answer.status();
    let bytes: Bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    assert!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&bytes));
    serde_json::from_slice(&bytes).unwrap_or(Value::Null)
}

fn doomed(ids: impl IntoIterator<Item = GuestId>) -> Vec<Doomed> {
    ids.into_iter().map(|id| Doomed { id, revision: None }).collect()
}

#[tokio::test(start_paused = true)]
async fn a_scan_meets_everyone_who_is_listed_once_over_expired_cursors_and_repeated_rows() {
    let world = World::new(|options| options.guests = 1_500);
    let calm: BTreeSet<GuestId> = all(world.org.guests.walk(LANE, Search::default()).as_mut())
        .await
        .unwrap()
        .iter()
        .map(|g| g.id)
        .collect();
    assert!(calm.len() > 500 && calm.len() < 1_500, "{} of 1,500 have an e-mail address", calm.len());
    let rule =
        json!({"rules": [{"when": {"path": "/api/v2/externalcontacts/scan/contacts"}, "do": "repeat-rows"}]});
    world.control("/weather", &rule).await;
    let mut walk = world.org.guests.walk(LANE, Search::default());
    let mut met = Vec::new();
    while let Some(page) = walk.next_page().await.unwrap() {
        met.extend(page.guests.iter().map(|guest| guest.id));
        if met.len() < 700 {
            world.control("/cursors/expire", &json!({})).await;
        }
    }
    assert_eq!((met.len(), met.into_iter().collect::<BTreeSet<_>>()), (calm.len(), calm));
}

#[tokio::test(start_paused = true)]
async fn a_search_finds_by_text_and_the_count_knows_its_ceiling() {
    let world = World::new(|_| {});
    world.contact(1, json!({"lastName": "Lovelace", "workEmail": "ada@example.org"})).await;
    world.contact(2, json!({"lastName": "Hopper", "workEmail": "grace@example.org"})).await;
    let search = Search { text: Some("lovelace".into()), ..Search::default() };
    let found = world.org.guests.search(LANE, &search, PageAt { number: 1, size: 25 }).await.unwrap();
    assert_eq!((found.guests.len(), found.guests[0].id, found.total), (1, guest_id(1), Total::Exact(1)));
    assert_eq!(world.org.guests.count(LANE, None).await.unwrap(), Total::Exact(2));
}

#[tokio::test(start_paused = true)]
async fn contacts_of_every_kind_are_fetched_and_a_merged_one_leads_to_its_canonical_one() {
    let world = World::new(|_| {});
    world.contact(1, json!({"workEmail": "a@example.org"})).await;
    world.contact(2, json!({"workEmail": "b@example.org"})).await;
    world.chatting(3).await;
    world.control(&format!("/contacts/{}/merge", guest_id(2)), &json!({"into": guest_id(1)})).await;
    let led = world.org.guests.get(LANE, guest_id(2)).await.unwrap();
    assert_eq!((led.id, led.canonical_id), (guest_id(1), Some(guest_id(1))));
    let ids: Vec<GuestId> = (1..=4).map(guest_id).collect();
    let found = world.org.guests.fetch(LANE, &ids).await.unwrap();
    assert_eq!((found.len(), found[&guest_id(3)].kind), (3, Some(GuestKind::Ephemeral)));
    assert!(found[&guest_id(2)].is_merged_away() && !found[&guest_id(1)].is_merged_away());
}

#[tokio::test(start_paused = true)]
async fn an_edit_by_the_schema_is_kept_and_one_that_does_not_fit_is_refused() {
    let world = World::new(|options| options.guests = 50);
    let all = all(world.org.guests.walk(LANE, Search::default()).as_mut()).await.unwrap();
    let seen = all.into_iter().next().unwrap();
    let change = |key: &str, value: &str| Change { key: key.into(), before: None, after: Some(value.into()) };
    let changes = [change("lastName", "Byron"), change("workPhone", "+1 555 0100")];
    let Applied::Saved(saved) = world.org.guests.apply(LANE, &seen, &changes).await.unwrap() else {
        panic!()
    };
    assert_eq!(saved.attributes["lastName"], "Byron".into());
    assert_eq!(saved.attributes["workPhone"], "+15550100".into());
    assert_ne!(saved.revision, seen.revision);
    let again = world.org.guests.apply(LANE, &seen, &[change("lastName", "King")]).await.unwrap();
    assert_eq!(again, Applied::Conflict);
    let refused = world.org.guests.apply(LANE, &saved, &[change("no_such_field", "x")]).await;
    assert!(matches!(refused, Err(Error::Unfit { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_removal_takes_everyone_though_items_of_bulk_answers_fail() {
    let world = World::new(|options| options.guests = 400);
    let everyone = all(world.org.guests.walk(LANE, Search::default()).as_mut()).await.unwrap();
    let rule = json!({"rules": [{"when": {"path": "/api/v2/externalcontacts/bulk/contacts/remove"}, "do": "bulk-fail:0.3"}]});
    world.control("/weather", &rule).await;
    let mut left: Vec<GuestId> = everyone.iter().map(|guest| guest.id).collect();
    let mut asked = 0;
    while !left.is_empty() && asked < 30 {
        let outcomes = world.org.guests.remove(LANE, &doomed(left.iter().copied()), &|_| true).await;
        assert_eq!(outcomes.len(), left.len());
        left = outcomes
            .into_iter()
            .filter(|(_, outcome)| !matches!(outcome, Ok(Removed::Deleted)))
            .map(|(id, _)| id)
            .collect();
        asked += 1;
    }
    assert!(left.is_empty() && asked > 1, "{} left after {asked}", left.len());
    world.control("/weather", &json!({})).await;
    let ids: Vec<GuestId> = everyone.iter().map(|guest| guest.id).collect();
    assert!(world.org.guests.fetch(LANE, &ids[..100.min(ids.len())]).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn recent_chats_are_found_and_a_dead_one_is_unclear_and_never_open() {
    let world = World::new(|_| {});
    for n in 1..=3 {
        world.chatting(n).await;
    }
    let chats = world.chats().await.unwrap();
    assert_eq!(chats.len(), 3);
    assert!(chats.iter().all(|chat| chat.state == ConversationState::Active), "{chats:?}");
    let dead = chats.iter().find(|chat| chat.guest_id == Some(guest_id(2))).unwrap();
    world.control(&format!("/conversations/{}/orphan", dead.id), &json!({})).await;
    let closed = chats.iter().find(|chat| chat.guest_id == Some(guest_id(3))).unwrap();
    world.control(&format!("/conversations/{}/close", closed.id), &json!({})).await;
    let ids: Vec<GuestId> = (1..=4).map(guest_id).collect();
    let among = world.org.conversations.open_among(LANE, &ids).await.unwrap();
    assert_eq!((among.open, among.unclear), ([guest_id(1)].into(), [guest_id(2)].into()));
    let of = world.org.conversations.of(LANE, guest_id(2), false, 10).await.unwrap();
    assert_eq!(of[0].state, ConversationState::Unclear);
}

#[tokio::test(start_paused = true)]
async fn a_running_chat_is_read_with_its_messages_and_its_attributes_are_set() {
    let world = World::new(|_| {});
    world.chatting(1).await;
    let chat = world.chats().await.unwrap().remove(0);
    let other = Org::over(Dialect::GuestApi, world.org.pipeline.clone());
    let text = testkit::text("Hello there");
    let message = genesys::OutgoingMessage {
        id: model::MessageId(uuid::Uuid::from_u128(9)),
        conversation_id: &chat.id,
        guest_id: guest_id(1),
        text: &text,
        written_at: NOW.parse().unwrap(),
    };
    other.chat.unwrap().deliver(LANE, &message).await.unwrap();
    let records = world.org.records.clone().unwrap();
    let sets = [("orderId".to_owned(), "A-17".to_owned())].into();
    records.set_attributes(LANE, &chat.id, &sets).await.unwrap();
    let record = records.record(LANE, &chat.id).await.unwrap();
    assert_eq!(record.attributes["orderId"], "A-17");
    let said = record.messages.iter().find(|message| message.text.as_deref() == Some("Hello there")).unwrap();
    assert_eq!((said.by, record.summary.state), (Author::Guest, ConversationState::Active));
    assert_eq!(records.conversation_of_message(LANE, &said.id).await.unwrap(), chat.id);
    let now = world.org.recent.clone().unwrap().now(LANE, &chat.id).await.unwrap();
    assert_eq!((now.state, now.last_word_by), (ConversationState::Active, Some(Author::Guest)));
    world.control(&format!("/conversations/{}/close", chat.id), &json!({})).await;
    let ended = records.record(LANE, &chat.id).await.unwrap();
    assert!(ended.messages.iter().any(|message| message.text.as_deref() == Some("Hello there")), "{ended:?}");
    assert!(matches!(records.set_attributes(LANE, &chat.id, &sets).await, Err(Error::Ended { .. })));
}

#[tokio::test(start_paused = true)]
async fn every_permission_that_is_tried_is_told_as_the_org_gives_it() {
    for missing in [
        "",
        "externalContacts:contact:view",
        "externalContacts:contact:delete",
        "analytics:conversationDetail:view",
        "externalContacts:contact:edit",
        "externalContacts:identity:promote",
        "conversation:communication:view",
        "conversation:message:view",
        "recording:recording:view",
        "externalContacts:customFields:view",
    ] {
        let world = World::new(|options| options.permissions.retain(|permission| permission != missing));
        let told = world.org.access.check().await.unwrap();
        assert!(told.organization.is_some());
        for permission in told.permissions {
            assert_eq!(
                permission.granted,
                Some(permission.name != missing),
                "without {missing:?}: {permission:?}"
            );
        }
    }
}
