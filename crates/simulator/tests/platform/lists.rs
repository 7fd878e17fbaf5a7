//! Lists, searches and scans of many contacts.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{CONTACTS, common::Org, guest, ids, scan};

const SCAN: &str = "/api/v2/externalcontacts/scan/contacts";

#[tokio::test(start_paused = true)]
async fn a_scan_has_every_curated_contact_once_and_no_other() {
    let org = Org::of(300).await;
    let with_email = org.list("email != \"\"", "pageSize=1").await.body["total"].as_u64().unwrap() as usize;
    let (all, pages) = scan(&org, 50).await;
    assert_eq!(all.len(), with_email);
    assert_eq!(pages, with_email / 50 + 1);
    assert!(all.iter().all(|contact| contact["type"] == "Curated"));
    let mut ids: Vec<&str> = all.iter().map(|contact| contact["id"].as_str().unwrap()).collect();
    ids.dedup();
    assert_eq!(ids.len(), with_email);
    for wrong in ["limit=9", "limit=201", "cursor=nonsense"] {
        assert_eq!(org.get(&format!("{SCAN}?{wrong}")).await.status, 400, "{wrong}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cursor_is_good_for_a_day() {
    let org = Org::of(100).await;
    let next = org.get(&format!("{SCAN}?limit=10")).await.body["nextUri"].as_str().unwrap().to_owned();
    tokio::time::advance(Duration::from_secs(24 * 3600 - 1)).await;
    let mut org = org;
    org.sign_in().await;
    assert_eq!(org.get(&next).await.status, 200);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(org.get(&next).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_list_goes_no_further_than_a_thousand_and_says_how_many_there_are() {
    let org = Org::of(2000).await;
    let last = org.get(&format!("{CONTACTS}?pageSize=100&pageNumber=10")).await.body;
    assert_eq!(ids(&last).len(), 100);
    assert!(last["total"].as_u64().unwrap() > 1000 && last.get("nextUri").is_none());
    assert_eq!(last["pageCount"], 10);
    let beyond = org.get(&format!("{CONTACTS}?pageSize=100&pageNumber=11")).await;
    assert_eq!((beyond.status, beyond.fields()), (400, vec!["pageNumber"]));
    let search =
        json!({ "pageSize": 100, "pageNumber": 11, "operation": { "simpleSearch": { "query": "" } } });
    assert_eq!(org.post(&format!("{CONTACTS}/search"), &search).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_search_finds_words_of_names_addresses_and_phones() {
    let org = Org::of(0).await;
    let (ada, bob) = ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002");
    guest(&org, ada, Some("ada@example.org")).await;
    guest(&org, bob, Some("bob@example.net")).await;
    let three = json!({ "firstName": "Zoë", "lastName": "Ada", "homePhone": { "e164": "+4930123456" } });
    let zoe = org.post(CONTACTS, &three).await.body["id"].as_str().unwrap().to_owned();
    for (words, found) in [
        ("ada", vec![ada, bob, &zoe]),
        ("LOVELACE", vec![ada, bob]),
        ("lovelace example.net", vec![bob]),
        ("4930123", vec![&*zoe]),
        ("nobody", vec![]),
    ] {
        let listed = org.get(&format!("{CONTACTS}?q={}", words.replace(' ', "%20"))).await.body;
        let mut listed_ids = ids(&listed);
        listed_ids.sort_unstable();
        let mut wanted: Vec<String> = found.iter().map(|id| (*id).to_owned()).collect();
        wanted.sort_unstable();
        assert_eq!((listed_ids, listed["total"].as_u64()), (wanted, Some(found.len() as u64)), "{words}");
    }
    let search = |ids: Value| json!({ "operation": { "simpleSearch": { "query": "ada", "ids": ids, "sortOrder": ["lastName:desc"] } } });
    let path = format!("{CONTACTS}/search");
    assert_eq!(ids(&org.post(&path, &search(json!([bob]))).await.body), [bob]);
    assert_eq!(ids(&org.post(&path, &search(json!([]))).await.body).last(), Some(&zoe));
    assert_eq!(org.get(&format!("{CONTACTS}?sortOrder=email")).await.fields(), ["sortOrder"]);
}

#[tokio::test(start_paused = true)]
async fn the_weather_repeats_rows_keeps_rows_back_and_says_that_results_are_partial() {
    let org = Org::of(200).await;
    let rule = |does: &str| json!({ "rules": [{ "when": { "path": "*/contacts" }, "do": does }] });
    let (plain, _) = scan(&org, 20).await;
    org.control("POST", "/weather", &rule("repeat-rows")).await;
    let (repeated, _) = scan(&org, 20).await;
    assert!(repeated.len() > plain.len());
    let mut once: Vec<Value> = Vec::new();
    repeated.into_iter().for_each(|c| {
        if !once.contains(&c) {
            once.push(c);
        }
    });
    assert_eq!(once, plain, "nobody is missing");
    org.control("POST", "/weather", &rule("partial")).await;
    let page = org.get(&format!("{CONTACTS}?pageSize=50")).await.body;
    assert_eq!((page["partialResults"].as_bool(), ids(&page).len()), (Some(true), 25));
    org.control("POST", "/weather", &rule("vanish:3")).await;
    let page = org.get(&format!("{SCAN}?limit=10")).await.body;
    assert_eq!(ids(&page)[0], plain[3]["id"].as_str().unwrap());
}

#[tokio::test(start_paused = true)]
async fn the_weather_names_a_pause_of_hours_and_refusals_by_their_status() {
    let org = Org::of(10).await;
    let rule = |does: &str| json!({ "rules": [{ "do": does }] });
    org.control("POST", "/weather", &rule("429:7200")).await;
    let refused = org.get(CONTACTS).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "7200"));
    assert!(refused.message().contains("[7200] seconds"));
    for status in [400, 403, 404, 413, 422] {
        org.control("POST", "/weather", &rule(&status.to_string())).await;
        let refused = org.get(CONTACTS).await;
        assert_eq!((refused.status, refused.body["status"].as_u64()), (status, Some(u64::from(status))));
    }
}
