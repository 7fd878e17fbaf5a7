use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use genesys::{Error, Search};
use model::Selection;
use serde_json::{Value, json};
use testkit::Canned;

use crate::common::{LANE, SCAN, all, contact, numbers, org, query};

/// A page of a scan with these contacts, and the cursor after it.
fn page(numbers: impl IntoIterator<Item = u128>, after: Option<&str>) -> Value {
    let entities: Vec<Value> = numbers.into_iter().map(contact).collect();
    json!({"entities": entities, "cursors": {"after": after}})
}

#[tokio::test(start_paused = true)]
async fn a_scan_ends_without_a_cursor_or_with_an_empty_page() {
    for last in [json!({"entities": [contact(3)]}), json!({"entities": [], "cursors": {"after": "more"}})] {
        let canned = Canned::signed_in(move |_, seen| match query(&seen.target, "cursor") {
            None => Canned::json(200, &page(1..=2, Some("one")).to_string()),
            Some(_) => Canned::json(200, &last.to_string()),
        });
        let mut walk = org(&canned).guests.walk(LANE, Search::default());
        assert!(all(walk.as_mut()).await.unwrap().len() >= 2);
        assert_eq!((canned.count(SCAN), walk.missing()), (2, 0));
        assert!(walk.next_page().await.unwrap().is_none(), "the end stays the end");
    }
}

#[tokio::test(start_paused = true)]
async fn rows_that_come_twice_are_handed_out_once() {
    let canned = Canned::signed_in(|_, seen| match query(&seen.target, "cursor") {
        None => Canned::json(200, &page([1, 2, 2], Some("one")).to_string()),
        Some("one") => Canned::json(200, &page([2, 1], Some("two")).to_string()),
        _ => Canned::json(200, &page([2, 3], None).to_string()),
    });
    let mut walk = org(&canned).guests.walk(LANE, Search::default());
    assert_eq!(numbers(&all(walk.as_mut()).await.unwrap()), [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_cursor_that_expires_begins_the_scan_again_and_nobody_is_met_twice_or_missed() {
    for status in [400, 404, 410] {
        let expired = AtomicUsize::new(0);
        let canned = Canned::signed_in(move |_, seen| match query(&seen.target, "cursor") {
            None => Canned::json(200, &page(1..=3, Some("one")).to_string()),
            Some("one") if expired.fetch_add(1, SeqCst) < 2 => Canned::refused(status, "cursor.expired"),
            Some("one") => Canned::json(200, &page(3..=5, Some("two")).to_string()),
            _ => Canned::json(200, &page([6], None).to_string()),
        });
        let mut walk = org(&canned).guests.walk(LANE, Search::default());
        assert_eq!(numbers(&all(walk.as_mut()).await.unwrap()), [1, 2, 3, 4, 5, 6], "{status}");
        assert_eq!(canned.count(SCAN), 7);
    }
}

#[tokio::test(start_paused = true)]
async fn a_cursor_that_expires_for_ever_is_an_error_and_no_endless_loop() {
    let canned = Canned::signed_in(|_, seen| match query(&seen.target, "cursor") {
        None => Canned::json(200, &page(1..=3, Some("one")).to_string()),
        Some(_) => Canned::refused(410, "cursor.expired"),
    });
    let mut walk = org(&canned).guests.walk(LANE, Search::default());
    assert_eq!(walk.next_page().await.unwrap().unwrap().guests.len(), 3);
    assert!(matches!(walk.next_page().await, Err(Error::CursorExpired { .. })));
    assert!(canned.count(SCAN) < 25);
}

#[tokio::test(start_paused = true)]
async fn an_org_that_goes_in_a_circle_is_not_followed_for_ever() {
    let canned =
        Canned::signed_in(|n, _| Canned::json(200, &page(1..=200, Some(&n.to_string())).to_string()));
    let mut walk = org(&canned).guests.walk(LANE, Search::default());
    assert!(matches!(all(walk.as_mut()).await, Err(Error::BadAnswer { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_first_page_that_is_refused_is_no_expired_cursor() {
    let canned = Canned::signed_in(|_, _| Canned::refused(400, "bad.request"));
    let mut walk = org(&canned).guests.walk(LANE, Search::default());
    assert!(matches!(walk.next_page().await, Err(Error::Invalid { .. })));
    assert_eq!(canned.count(SCAN), 1);
}

#[tokio::test(start_paused = true)]
async fn machines_get_curated_contacts_only_and_no_former_record_of_another() {
    let odd = |n: u128, more: Value| {
        let mut row = contact(n);
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let rows = [
        contact(1),
        odd(2, json!({"type": "Ephemeral"})),
        odd(3, json!({"type": "Identified"})),
        odd(4, json!({"mergedTo": {"id": testkit::guest_id(1)}})),
        odd(5, json!({"type": null})),
        odd(6, json!({"type": "Hologram"})),
        odd(7, json!({"canonicalContact": {"id": testkit::guest_id(7)}})),
    ];
    let canned = Canned::signed_in(move |_, _| Canned::json(200, &json!({"entities": rows}).to_string()));
    let mut scan = org(&canned).guests.scan(LANE, None, None).unwrap();
    assert_eq!(numbers(&all(scan.pages.as_mut()).await.unwrap()), [1, 7]);
    let mut walk = org(&canned).guests.walk(LANE, Search::default());
    assert_eq!(numbers(&all(walk.as_mut()).await.unwrap()), [1, 4, 5, 6, 7]);
}

#[tokio::test(start_paused = true)]
async fn a_filter_is_tested_here_by_every_field_that_guests_of_this_org_have() {
    let rows = [
        json!({"id": testkit::guest_id(1), "type": "Curated", "firstName": "Ada", "lastName": "Byron",
            "cellPhone": {"e164": "+15550100"}, "customFields": {"tier_enum": "gold"},
            "createDate": "2026-10-01T09:00:00.000Z", "modifyDate": "2026-10-02T09:00:00.000Z"}),
        contact(2),
    ];
    let canned = Canned::signed_in(move |_, _| Canned::json(200, &json!({"entities": rows}).to_string()));
    for filter in [
        r#"firstName = "Ada" AND lastName startswith "by""#,
        r#"phone = "+15550100""#,
        r#"attributes.tier_enum = "gold""#,
        r#"kind = "curated" AND name = "Ada Byron" AND NOT (phone = "+1")"#,
    ] {
        let search = Search { selection: Some(filter.parse::<Selection>().unwrap()), ..Search::default() };
        let mut walk = org(&canned).guests.walk(LANE, search);
        assert_eq!(numbers(&all(walk.as_mut()).await.unwrap()), [1], "{filter}");
    }
    let untestable = Some(r#"state = "active""#.parse::<Selection>().unwrap());
    assert!(matches!(org(&canned).guests.scan(LANE, untestable.clone(), None), Err(Error::Unfit { .. })));
    let mut walk = org(&canned).guests.walk(LANE, Search { selection: untestable, ..Search::default() });
    assert!(matches!(walk.next_page().await, Err(Error::Unfit { .. })), "a mistake never means everyone");
}

#[tokio::test(start_paused = true)]
async fn a_scan_goes_on_from_a_cursor_and_a_lost_page_is_asked_for_again() {
    let lost = AtomicUsize::new(0);
    let canned = Canned::signed_in(move |_, seen| match query(&seen.target, "cursor") {
        Some("there") if lost.fetch_add(1, SeqCst) == 0 => Canned::refused(501, "not.now"),
        Some("there") => Canned::json(200, &page([4], None).to_string()),
        _ => Canned::refused(400, "bad.request"),
    });
    let from = model::ScanCursor::new("there");
    let mut scan = org(&canned).guests.scan(LANE, None, Some(&from)).unwrap();
    assert!(scan.pages.next_page().await.is_err());
    assert_eq!(numbers(&all(scan.pages.as_mut()).await.unwrap()), [4]);
}
