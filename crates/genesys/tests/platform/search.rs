use genesys::{Error, PageAt, Search};
use model::Total;
use serde_json::{Value, json};
use testkit::Canned;

use crate::common::{CONTACTS, LANE, all, contact, org, query};

/// An org that counts so many matches and hands them out up to its ceiling.
fn matches(total: u128) -> Canned {
    Canned::signed_in(move |_, seen| {
        let number = |key: &str| query(&seen.target, key).unwrap().parse::<u128>().unwrap();
        let (page, size) = (number("pageNumber"), number("pageSize"));
        if page * size > 1_000 {
            return Canned::refused(400, "bad.request");
        }
        let rows: Vec<Value> = ((page - 1) * size..total.min(page * size)).map(contact).collect();
        Canned::json(200, &json!({"entities": rows, "total": total, "partialResults": false}).to_string())
    })
}

fn text(text: &str) -> Search {
    Search { text: Some(text.into()), ..Search::default() }
}

#[tokio::test(start_paused = true)]
async fn a_search_hands_out_a_thousand_at_most_and_says_that_it_was_cut() {
    for (total, met, cut) in
        [(0, 0, None), (137, 137, None), (1_000, 1_000, None), (1_001, 1_000, Some(1_000))]
    {
        let canned = matches(total);
        let mut walk = org(&canned).guests.walk(LANE, text("ada"));
        assert_eq!(all(walk.as_mut()).await.unwrap().len(), met, "{total}");
        assert_eq!((walk.cut_at(), walk.missing()), (cut, 0), "{total}");
        assert!(canned.count(CONTACTS) <= 10);
    }
}

#[tokio::test(start_paused = true)]
async fn typed_text_is_sent_as_text_and_is_never_syntax() {
    let canned = matches(1);
    let mut walk = org(&canned).guests.walk(LANE, text("a&pageSize=1000#\"x\" OR"));
    all(walk.as_mut()).await.unwrap();
    let asked = canned.seen().pop().unwrap().target;
    assert!(asked.ends_with("&q=a%26pageSize%3D1000%23%22x%22+OR"), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_total_is_exact_below_the_ceiling_and_a_lower_bound_from_there_on() {
    for (total, told) in
        [(37, Total::Exact(37)), (1_000, Total::AtLeast(1_000)), (5_000, Total::AtLeast(5_000))]
    {
        let org = org(&matches(total));
        let page = org.guests.search(LANE, &text("ada"), PageAt { number: 1, size: 25 }).await.unwrap();
        assert_eq!((page.total, page.guests.len()), (told, 25));
        assert_eq!(org.guests.count(LANE, None).await.unwrap(), told);
    }
    let canned = matches(5_000);
    let beyond = org(&canned).guests.search(LANE, &text("a"), PageAt { number: 41, size: 25 }).await.unwrap();
    assert_eq!(
        (beyond.guests.len(), canned.seen().len()),
        (0, 0),
        "the org is not asked for what it refuses"
    );
    let some = Some("id = \"x\"".parse().unwrap());
    assert_eq!(org(&canned).guests.count(LANE, some.as_ref()).await.unwrap(), Total::Unknown);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_only_a_part_is_asked_for_again_and_then_told() {
    let canned = Canned::signed_in(|n, _| {
        let partial = n < 2;
        Canned::json(
            200,
            &json!({"entities": [contact(1)], "total": 1, "partialResults": partial}).to_string(),
        )
    });
    let page = PageAt { number: 1, size: 25 };
    assert_eq!(org(&canned).guests.search(LANE, &text("a"), page).await.unwrap().guests.len(), 1);
    let always = Canned::signed_in(|_, _| {
        Canned::json(200, &json!({"entities": [contact(1)], "total": 1, "partialResults": true}).to_string())
    });
    let refused = org(&always).guests.search(LANE, &text("a"), page).await;
    assert!(matches!(refused, Err(Error::Incomplete { .. })));
    let mut walk = org(&always).guests.walk(LANE, text("a"));
    assert_eq!(walk.next_page().await.unwrap().unwrap().guests.len(), 1, "what there is is useful");
    assert!(matches!(walk.next_page().await, Err(Error::Incomplete { .. })));
    assert!(walk.next_page().await.unwrap().is_none());
}
