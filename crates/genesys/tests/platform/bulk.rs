use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

use genesys::{Error, Removed, TransportError};
use model::{Doomed, GuestId, Revision};
use serde_json::{Value, json};
use testkit::{Canned, guest_id};

use crate::common::{CONTACTS, FETCH, LANE, REMOVE, contact, named, org};

const SEEN: &str = "2026-10-02T09:00:00Z";

fn ids(numbers: impl IntoIterator<Item = u128>) -> Vec<GuestId> {
    numbers.into_iter().map(guest_id).collect()
}

fn doomed(numbers: impl IntoIterator<Item = u128>) -> Vec<Doomed> {
    numbers.into_iter().map(|n| Doomed { id: guest_id(n), revision: None }).collect()
}

fn number(id: GuestId) -> u128 {
    id.0.as_u128() - guest_id(0).0.as_u128()
}

fn done(ids: &[GuestId]) -> Value {
    let results: Vec<Value> = ids
        .iter()
        .rev()
        .map(|id| json!({"id": id, "success": true, "status": 200, "entity": contact(number(*id))}))
        .collect();
    json!({"results": results, "errorCount": 0, "errorIndexes": []})
}

/// The sizes of the bulk calls to a path.
fn sizes(canned: &Canned, path: &str) -> Vec<usize> {
    canned.seen().iter().filter(|seen| seen.target == path).map(|seen| named(&seen.body).len()).collect()
}

#[tokio::test(start_paused = true)]
async fn bulk_calls_begin_at_fifty_double_to_a_hundred_and_halve_when_they_are_refused() {
    for status in [400, 413, 422] {
        let canned = Canned::signed_in(move |_, seen| {
            let ids = named(&seen.body);
            if ids.len() > 60 {
                Canned::refused(status, "too.many")
            } else {
                Canned::json(200, &done(&ids).to_string())
            }
        });
        let org = org(&canned);
        assert_eq!(org.guests.fetch(LANE, &ids(0..250)).await.unwrap().len(), 250);
        assert_eq!(sizes(&canned, FETCH), [50, 100, 50, 50, 50, 50], "{status}");
        let outcomes = org.guests.remove(LANE, &doomed(0..170), &|_| true).await;
        assert!(outcomes.iter().all(|(_, outcome)| matches!(outcome, Ok(Removed::Deleted))));
        assert_eq!(sizes(&canned, REMOVE), [50, 100, 50, 50, 20]);
    }
}

#[tokio::test(start_paused = true)]
async fn where_bulk_is_not_served_or_not_allowed_contacts_go_one_by_one() {
    for status in [403, 404] {
        let canned = Canned::signed_in(move |_, seen| match seen.target.as_str() {
            FETCH | REMOVE => Canned::refused(status, "no"),
            _ if seen.method == "DELETE" => Canned::json(200, "{}"),
            target if target.ends_with(&guest_id(3).to_string()) => Canned::refused(404, "not.found"),
            target => {
                let id: GuestId = target.rsplit('/').next().unwrap().parse().unwrap();
                Canned::json(200, &contact(number(id)).to_string())
            }
        });
        let org = org(&canned);
        assert_eq!(org.guests.fetch(LANE, &ids(1..=3)).await.unwrap().len(), 2);
        assert_eq!(org.guests.fetch(LANE, &ids(1..=2)).await.unwrap().len(), 2);
        assert_eq!(canned.count(FETCH), 1, "{status}: what is not served is asked for once");
        let outcomes = org.guests.remove(LANE, &doomed(1..=3), &|_| true).await;
        assert!(outcomes.iter().all(|(_, outcome)| matches!(outcome, Ok(Removed::Deleted))));
        assert_eq!((canned.count(REMOVE), outcomes.len()), (1, 3));
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_delete_that_is_not_allowed_ends_it_and_asks_for_nobody_else() {
    let canned = Canned::signed_in(|_, _| Canned::refused(403, "missing.permissions"));
    let outcomes = org(&canned).guests.remove(LANE, &doomed(1..=9), &|_| true).await;
    assert_eq!(outcomes.len(), 9);
    assert!(outcomes.iter().all(|(_, outcome)| matches!(outcome, Err(Error::Forbidden { .. }))));
    assert_eq!(canned.seen().iter().filter(|seen| seen.method == "DELETE").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn every_item_of_a_removal_has_its_own_outcome_and_one_that_is_left_out_may_be_gone() {
    let canned = Canned::signed_in(|_, _| {
        let item = |n: u128, status: u16| {
            json!({"id": guest_id(n), "success": status < 300, "status": status,
            "error": (status >= 300).then(|| json!({"code": "c", "status": status, "retryable": true}))})
        };
        Canned::json(200, &json!({"results": [item(4, 500), item(99, 204), item(2, 404), item(1, 204), item(3, 409), item(6, 429)]}).to_string())
    });
    let outcomes = org(&canned).guests.remove(LANE, &doomed(1..=6), &|_| true).await;
    let told: Vec<(u128, String)> = outcomes
        .iter()
        .map(|(id, outcome)| {
            let told = match outcome {
                Ok(removed) => format!("{removed:?}"),
                Err(error) => {
                    format!("{} {}", error.perhaps_processed(), error.said().map_or(0, |said| said.status))
                }
            };
            (number(*id), told)
        })
        .collect();
    let expected = ["Deleted", "false 404", "false 409", "true 500", "true 0", "false 429"];
    assert_eq!(told, (1..=6).zip(expected.map(str::to_owned)).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn whoever_a_bulk_answer_leaves_out_or_fails_for_is_read_alone() {
    let canned = Canned::signed_in(|_, seen| match seen.target.as_str() {
        FETCH => Canned::json(
            200,
            &json!({"results": [
            {"id": guest_id(1), "success": true, "entity": contact(1)},
            {"id": guest_id(2), "success": false, "status": 404},
            {"id": guest_id(3), "success": false, "status": 500},
            {"id": guest_id(5), "success": true},
            {"id": guest_id(99), "success": true, "entity": contact(99)}]})
            .to_string(),
        ),
        target if target.ends_with(&guest_id(4).to_string()) => Canned::refused(404, "not.found"),
        target => {
            let id: GuestId = target.rsplit('/').next().unwrap().parse().unwrap();
            Canned::json(200, &contact(number(id)).to_string())
        }
    });
    let found = org(&canned).guests.fetch(LANE, &ids(1..=5)).await.unwrap();
    let mut found: Vec<u128> = found.into_keys().map(number).collect();
    found.sort_unstable();
    assert_eq!((found, canned.seen().len()), (vec![1, 3, 5], 5));
}

#[tokio::test(start_paused = true)]
async fn a_contact_that_was_merged_comes_under_the_id_that_was_asked_for_and_says_so() {
    let canned = Canned::signed_in(|_, _| {
        let mut merged = contact(2);
        merged["canonicalContact"] = json!({"id": guest_id(9)});
        Canned::json(
            200,
            &json!({"results": [
            {"id": guest_id(1), "success": true, "entity": contact(9)},
            {"id": guest_id(2), "success": true, "entity": merged}]})
            .to_string(),
        )
    });
    let found = org(&canned).guests.fetch(LANE, &ids(1..=2)).await.unwrap();
    for id in ids(1..=2) {
        assert!(found[&id].is_merged_away() && found[&id].id == id);
        assert_eq!(found[&id].canonical_id, Some(guest_id(9)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_removal_whose_answer_was_lost_is_repeated_and_whoever_is_gone_by_then_is_told_as_inferred() {
    let kept = Arc::new(Mutex::new(vec![guest_id(1), guest_id(2)]));
    let there = Arc::clone(&kept);
    let cut = AtomicBool::new(true);
    let canned = Canned::signed_in(move |_, seen| {
        let mut there = there.lock().unwrap();
        let results: Vec<Value> = named(&seen.body)
            .iter()
            .map(|id| json!({"id": id, "success": there.contains(id), "status": if there.contains(id) { 204 } else { 404 }}))
            .collect();
        there.clear();
        if cut.swap(false, SeqCst) {
            return Err(TransportError::perhaps("cut (test)"));
        }
        Canned::json(200, &json!({"results": results}).to_string())
    });
    let outcomes = org(&canned).guests.remove(LANE, &doomed(1..=2), &|_| true).await;
    assert!(outcomes.iter().all(|(_, outcome)| matches!(outcome, Ok(Removed::Inferred))), "{outcomes:?}");
    assert!(kept.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn whoever_is_called_off_before_a_bulk_removal_leaves_stays_and_the_others_go() {
    let canned = Canned::signed_in(|_, seen| Canned::json(200, &done(&named(&seen.body)).to_string()));
    let asked = AtomicUsize::new(0);
    // A hold on the second that comes while the call waits for its turn.
    let wanted = move |id: GuestId| id != guest_id(2) || asked.fetch_add(1, SeqCst) == 0;
    let outcomes = org(&canned).guests.remove(LANE, &doomed(1..=3), &wanted).await;
    let gone: Vec<bool> = outcomes.iter().map(|(_, outcome)| outcome.is_ok()).collect();
    assert_eq!(gone, [true, false, true]);
    assert!(matches!(outcomes[1].1, Err(Error::Withdrawn { .. })));
    assert_eq!(sizes(&canned, REMOVE), [2]);
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_names_a_revision_looks_first_and_spares_who_changed_or_was_merged() {
    let canned = Canned::signed_in(|_, seen| match seen.target.as_str() {
        FETCH => {
            let mut changed = contact(2);
            changed["modifyDate"] = json!("2026-11-01T00:00:00Z");
            let mut merged = contact(3);
            merged["mergedTo"] = json!({"id": guest_id(9)});
            Canned::json(
                200,
                &json!({"results": [
                {"id": guest_id(1), "success": true, "entity": contact(1)},
                {"id": guest_id(2), "success": true, "entity": changed},
                {"id": guest_id(3), "success": true, "entity": merged},
                {"id": guest_id(4), "success": false, "status": 404}]})
                .to_string(),
            )
        }
        _ => Canned::json(200, &done(&named(&seen.body)).to_string()),
    });
    let doomed: Vec<Doomed> =
        (1..=4).map(|n| Doomed { id: guest_id(n), revision: Some(Revision::new(SEEN)) }).collect();
    let outcomes = org(&canned).guests.remove(LANE, &doomed, &|_| true).await;
    assert!(matches!(outcomes[0].1, Ok(Removed::Deleted)));
    assert!(
        matches!(outcomes[1].1, Err(Error::Conflict(_))) && matches!(outcomes[2].1, Err(Error::Conflict(_)))
    );
    assert!(matches!(outcomes[3].1, Err(Error::NotFound(_))));
    assert_eq!(sizes(&canned, REMOVE), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_daily_limit_is_told_with_its_hours_and_deletes_nobody() {
    let canned = Canned::signed_in(|_, _| {
        let mut answer = Canned::refused(429, "too.many.requests.retry.after")?;
        answer.headers_mut().insert("retry-after", "7200".parse().unwrap());
        Ok(answer)
    });
    let outcomes = org(&canned).guests.remove(LANE, &doomed(1..=2), &|_| true).await;
    for (_, outcome) in outcomes {
        let error = outcome.unwrap_err();
        assert_eq!((error.retry_after().unwrap().as_secs(), error.perhaps_processed()), (7_200, false));
    }
    assert_eq!((canned.count(REMOVE), canned.count(CONTACTS)), (1, 0));
}
