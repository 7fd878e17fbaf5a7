use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use chrono::{DateTime, TimeDelta, Utc};
use genesys::{ChatQuestion, ChatSummary, ChatWalk, Error, OpenAmong, Org};
use model::ConversationState;
use serde_json::{Value, json};
use testkit::{Canned, guest_id};

use crate::common::{LANE, NOW, QUERY, body, org};

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

fn ago(hours: i64) -> DateTime<Utc> {
    now() - TimeDelta::hours(hours)
}

/// A conversation that began so many hours ago; with an end unless it is open.
fn row(n: u128, hours: i64, open: bool) -> Value {
    let mut row = json!({"conversationId": format!("c-{n}"), "conversationStart": ago(hours).to_rfc3339(),
        "participants": [{"purpose": "customer", "externalContactId": guest_id(n)}]});
    if !open {
        row["conversationEnd"] = json!(ago(hours).to_rfc3339());
    }
    row
}

fn question(days: i64) -> ChatQuestion {
    ChatQuestion { from: ago(days * 24), until: now(), guests: Vec::new(), only_open: false, confirmed: true }
}

async fn all(walk: &mut dyn ChatWalk) -> Result<Vec<ChatSummary>, Error> {
    let mut chats = Vec::new();
    while let Some(page) = walk.next_page().await? {
        chats.extend(page);
    }
    Ok(chats)
}

async fn chats(org: &Org, question: ChatQuestion) -> Result<Vec<ChatSummary>, Error> {
    let recent = org.recent.clone().unwrap();
    all(recent.chats(LANE, question).as_mut()).await
}

/// The interval of a query.
fn interval(text: &str) -> (DateTime<Utc>, DateTime<Utc>) {
    let body = body(text);
    let (from, until) = body["interval"].as_str().unwrap().split_once('/').unwrap();
    (from.parse().unwrap(), until.parse().unwrap())
}

/// An org with these conversations, which pages through those of an interval.
fn org_of(rows: Vec<Value>) -> Canned {
    Canned::signed_in(move |_, seen| answer(&rows, &seen.body))
}

fn answer(rows: &[Value], asked: &str) -> Result<http::Response<bytes::Bytes>, genesys::TransportError> {
    let (from, until) = interval(asked);
    let at = |row: &Value| row["conversationStart"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    let mut found: Vec<&Value> = rows.iter().filter(|row| (from..until).contains(&at(row))).collect();
    found.sort_by_key(|row| std::cmp::Reverse(at(row)));
    let paging = body(asked)["paging"].clone();
    let (size, page) =
        (paging["pageSize"].as_u64().unwrap() as usize, paging["pageNumber"].as_u64().unwrap() as usize);
    let page: Vec<&Value> = found.iter().copied().skip((page - 1) * size).take(size).collect();
    let mut answer = json!({"totalHits": found.len()});
    // The vendor leaves the list out of a page that has none.
    if !page.is_empty() {
        answer["conversations"] = json!(page);
    }
    Canned::json(200, &answer.to_string())
}

#[tokio::test(start_paused = true)]
async fn chats_come_newest_first_in_slices_of_a_week_and_pages_of_a_hundred() {
    let rows: Vec<Value> = (0..350).map(|n| row(n, 1 + n as i64 * 2, false)).collect();
    let canned = org_of(rows);
    let found = chats(&org(&canned), question(31)).await.unwrap();
    assert_eq!(found.len(), 350);
    assert!(found.windows(2).all(|two| two[0].start_time >= two[1].start_time));
    for seen in canned.seen().iter().filter(|seen| seen.target == QUERY) {
        let (from, until) = interval(&seen.body);
        assert!(until - from <= TimeDelta::days(7));
        assert_eq!(body(&seen.body)["paging"]["pageSize"], 100);
    }
    assert_eq!(canned.count(QUERY), 5, "84 chats a week fit one page");
}

#[tokio::test(start_paused = true)]
async fn a_time_whose_last_page_is_full_ends_with_a_page_that_lists_nobody() {
    for count in [100, 200, 300] {
        let rows: Vec<Value> = (0..count).map(|n| row(n, 1 + n as i64 / 20, false)).collect();
        assert_eq!(chats(&org(&org_of(rows)), question(1)).await.unwrap().len(), count as usize);
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_rows_cost_one_request() {
    let canned = org_of((0..20).map(|n| row(n, 1 + n as i64, true)).collect());
    let recent = org(&canned).recent.unwrap();
    let mut walk = recent.chats(LANE, ChatQuestion { confirmed: false, ..question(31) });
    let first = walk.next_page().await.unwrap().unwrap();
    assert_eq!((first.len(), canned.count(QUERY), canned.seen().len()), (20, 1, 2));
    assert!(first.iter().all(|chat| chat.state == ConversationState::Unclear), "nobody confirmed them");
}

#[tokio::test(start_paused = true)]
async fn a_slice_that_is_refused_is_halved_and_no_chat_is_lost_or_doubled() {
    for status in [400, 502] {
        let rows: Vec<Value> = (0..60).map(|n| row(n, 1 + n as i64 * 3, false)).collect();
        let canned = Canned::signed_in(move |_, seen| {
            let (from, until) = interval(&seen.body);
            if until - from > TimeDelta::days(2) {
                return Canned::refused(status, "too.long");
            }
            answer(&rows, &seen.body)
        });
        let found = chats(&org(&canned), question(8)).await.unwrap();
        assert_eq!(found.len(), 60, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_about_named_guests_asks_for_a_month_at_once_and_by_the_week_where_that_is_refused() {
    let ids: Vec<_> = (0..60).map(guest_id).collect();
    let rows = || (0..60).map(|n| row(n, 1 + n as i64 * 12, false)).collect::<Vec<Value>>();
    let canned = org_of(rows());
    let org_that_takes_it = org(&canned);
    for asked in 1..=2 {
        assert_eq!(
            org_that_takes_it.conversations.open_among(LANE, &ids).await.unwrap(),
            OpenAmong::default()
        );
        assert_eq!(canned.count(QUERY), asked);
    }
    assert_eq!(org_that_takes_it.conversations.of(LANE, ids[0], false, 100).await.unwrap().len(), 60);
    assert_eq!(canned.count(QUERY), 3);

    let canned = Canned::signed_in(move |_, seen| {
        let (from, until) = interval(&seen.body);
        match until - from > TimeDelta::days(7) {
            true => Canned::refused(400, "too.long"),
            false => answer(&rows(), &seen.body),
        }
    });
    let org_that_refuses = org(&canned);
    for asked in [6, 11] {
        org_that_refuses.conversations.open_among(LANE, &ids).await.unwrap();
        assert_eq!(canned.count(QUERY), asked, "it is refused once, and five weeks are asked for");
    }
    assert_eq!(org_that_refuses.conversations.of(LANE, ids[0], false, 100).await.unwrap().len(), 60);
}

#[tokio::test(start_paused = true)]
async fn an_org_that_refuses_everything_is_told_and_not_asked_for_ever() {
    let canned = Canned::signed_in(|_, _| Canned::refused(400, "bad.request"));
    assert!(matches!(chats(&org(&canned), question(31)).await, Err(Error::Invalid { .. })));
    assert!(canned.seen().len() < 12);
    let endless = Canned::signed_in(|n, _| {
        let rows: Vec<Value> = (0..100).map(|k| row((n * 100 + k) as u128 % 500, 1, false)).collect();
        Canned::json(200, &json!({"conversations": rows}).to_string())
    });
    assert!(matches!(chats(&org(&endless), question(1)).await, Err(Error::BadAnswer { .. })));
}

#[tokio::test(start_paused = true)]
async fn rows_that_repeat_while_traffic_arrives_are_kept_once_and_are_no_end() {
    let canned = Canned::signed_in(|_, seen| {
        let page = body(&seen.body)["paging"]["pageNumber"].as_u64().unwrap();
        let rows: Vec<Value> = match page {
            1 | 2 => (0..100).map(|n| row(n, 1, false)).collect(),
            3 => (90..120).map(|n| row(n, 2, false)).collect(),
            _ => Vec::new(),
        };
        Canned::json(200, &json!({"conversations": rows, "totalHits": 230}).to_string())
    });
    assert_eq!(chats(&org(&canned), question(1)).await.unwrap().len(), 120);
}

#[tokio::test(start_paused = true)]
async fn only_what_the_conversation_itself_confirms_is_open() {
    let canned = Canned::signed_in(|_, seen| {
        match seen.target.as_str() {
        QUERY => Canned::json(200, &json!({"conversations": (1..=5).map(|n| row(n, n as i64, true)).collect::<Vec<_>>(), "totalHits": 5}).to_string()),
        target => match target.rsplit('-').next().unwrap() {
            "1" => Canned::json(200, r#"{"participants":[{"purpose":"customer","state":"connected"}]}"#),
            "2" => Canned::json(200, r#"{"participants":[{"purpose":"customer","state":"disconnected"},{"purpose":"agent","state":"connected"}]}"#),
            "3" => Canned::json(200, r#"{"participants":[{"purpose":"agent","state":"connected"}]}"#),
            "4" => Canned::refused(404, "not.found"),
            _ => Canned::json(200, r#"{"participants":[{"purpose":"customer","state":"connected","endTime":"2026-11-22T11:00:00Z"}]}"#),
        },
    }
    });
    let org = org(&canned);
    let states: Vec<ConversationState> =
        chats(&org, question(1)).await.unwrap().into_iter().map(|chat| chat.state).collect();
    use ConversationState::{Active, Unclear};
    assert_eq!(states, [Active, Unclear, Unclear, Unclear, Unclear]);
    let ids: Vec<_> = (1..=6).map(guest_id).collect();
    let among = org.conversations.open_among(LANE, &ids).await.unwrap();
    assert_eq!((among.open.len(), among.unclear.len()), (1, 4));
    assert!(among.open.contains(&guest_id(1)) && !among.contains(&guest_id(6)));
    let of = org.conversations.of(LANE, guest_id(1), true, 10).await.unwrap();
    assert_eq!(of.len(), 1, "what is unclear takes no messages");
}

#[tokio::test(start_paused = true)]
async fn a_question_that_failed_is_asked_again_and_no_chat_is_lost() {
    let failed = AtomicUsize::new(0);
    let canned = Canned::signed_in(move |_, seen| {
        match seen.target.as_str() {
        QUERY => Canned::json(200, &json!({"conversations": (1..=3).map(|n| row(n, n as i64, true)).collect::<Vec<_>>(), "totalHits": 3}).to_string()),
        target if target.ends_with("c-2") && failed.fetch_add(1, SeqCst) == 0 => Canned::refused(403, "no"),
        _ => Canned::json(200, r#"{"participants":[{"purpose":"customer","state":"connected"}]}"#),
    }
    });
    let recent = org(&canned).recent.unwrap();
    let mut walk = recent.chats(LANE, question(1));
    assert!(matches!(walk.next_page().await, Err(Error::Forbidden { .. })));
    assert_eq!(all(walk.as_mut()).await.unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_org_that_counts_conversations_and_hands_out_none_is_asked_again_and_never_believed() {
    let asked = AtomicUsize::new(0);
    let canned = Canned::signed_in(move |_, _| {
        let rows: Vec<Value> =
            (asked.fetch_add(1, SeqCst) >= 2).then(|| row(1, 1, false)).into_iter().collect();
        Canned::json(200, &json!({"conversations": rows, "totalHits": 1}).to_string())
    });
    assert_eq!(chats(&org(&canned), question(1)).await.unwrap().len(), 1);
    let never = Canned::signed_in(|_, _| Canned::json(200, r#"{"conversations":[],"totalHits":3}"#));
    assert!(matches!(chats(&org(&never), question(1)).await, Err(Error::Incomplete { missing: 3, .. })));
    let nobody = Canned::signed_in(|_, _| Canned::json(200, r#"{"totalHits":0}"#));
    assert!(chats(&org(&nobody), question(1)).await.unwrap().is_empty());
}
