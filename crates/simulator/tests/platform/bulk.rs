//! Many contacts in one request.

use serde_json::{Value, json};
use simulator::Kind;

use crate::{at, common::Org, scan};

const FETCH: &str = "/api/v2/externalcontacts/bulk/contacts";
const REMOVE: &str = "/api/v2/externalcontacts/bulk/contacts/remove";
const NOBODY: &str = "00000000-0000-4000-8000-00000000dead";

fn body(ids: &[&str]) -> Value {
    json!({ "entities": ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>() })
}

async fn some(org: &Org, n: usize) -> Vec<String> {
    let (all, _) = scan(org, 200).await;
    all.iter().take(n).map(|contact| contact["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn each_contact_has_a_result_of_its_own_and_the_order_is_not_the_questions() {
    let org = Org::of(60).await;
    let some = some(&org, 30).await;
    let mut asked: Vec<&str> = some.iter().map(String::as_str).collect();
    asked.push(NOBODY);
    let answer = org.post(FETCH, &body(&asked)).await.body;
    let results = answer["results"].as_array().unwrap();
    let told: Vec<&str> = results.iter().map(|result| result["id"].as_str().unwrap()).collect();
    assert_ne!(told, asked);
    assert_eq!(answer["errorCount"], 1);
    let failed = &results[answer["errorIndexes"][0].as_u64().unwrap() as usize];
    assert_eq!(
        (&failed["id"], &failed["status"], &failed["success"]),
        (&json!(NOBODY), &json!(404), &json!(false))
    );
    for result in results.iter().filter(|result| result["success"] == true) {
        assert_eq!(result["entity"], org.get(&at(result["id"].as_str().unwrap())).await.body);
    }
}

#[tokio::test(start_paused = true)]
async fn removing_in_bulk_removes_once_and_tells_the_ledger_of_each() {
    let org = Org::of(60).await;
    let some = some(&org, 3).await;
    let asked = [&*some[0], &*some[1], &*some[0], NOBODY];
    let answer = org.post(REMOVE, &body(&asked)).await.body;
    assert_eq!(answer["errorCount"], 2, "{answer}");
    assert_eq!(org.events(Kind::Deleted).len(), 2);
    assert_eq!(org.get(&at(&some[0])).await.status, 404);
    assert_eq!(org.get(&at(&some[2])).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_bulk_of_none_or_of_too_many_is_refused() {
    let org = Org::of(1).await;
    for wrong in [json!({}), body(&[]), body(&vec![NOBODY; 101]), json!({ "entities": [7] })] {
        assert_eq!(org.post(REMOVE, &wrong).await.fields(), ["entities"]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_weather_lets_a_share_of_the_items_fail_and_those_stay() {
    let org = Org::of(120).await;
    let some = some(&org, 80).await;
    let rule = json!({ "rules": [{ "when": { "path": REMOVE, "until": 1 }, "do": "bulk-fail:0.3" }] });
    assert_eq!(org.control("POST", "/weather", &rule).await.status, 204);
    let asked: Vec<&str> = some.iter().map(String::as_str).collect();
    let answer = org.post(REMOVE, &body(&asked)).await.body;
    let failed = answer["errorCount"].as_u64().unwrap() as usize;
    assert!((10..40).contains(&failed), "{failed} of 80 at 0.3");
    assert_eq!(org.events(Kind::Deleted).len(), 80 - failed);
    let again = org.post(REMOVE, &body(&asked)).await.body;
    assert_eq!(again["errorCount"].as_u64().unwrap() as usize, 80 - failed, "the others are gone already");
}
