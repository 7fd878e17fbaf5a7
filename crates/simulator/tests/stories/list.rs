use serde_json::{Value, json};

use crate::common::Org;

fn ids(page: &Value) -> Vec<String> {
    page["entities"].as_array().unwrap().iter().map(|g| g["id"].as_str().unwrap().to_owned()).collect()
}

/// Every page of a list, by following `nextUri`.
async fn walk(org: &Org, path: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let page = org.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.text);
        all.extend(page.body["entities"].as_array().unwrap().clone());
        next = page.body["nextUri"].as_str().map(str::to_owned);
    }
    all
}

#[tokio::test(start_paused = true)]
async fn all_pages_together_hold_every_guest_once_in_the_order_asked_for() {
    let org = Org::of(130).await;
    for field in ["createdTime", "modifiedTime", "name", "email", "id"] {
        let up = walk(&org, &format!("/api/v2/guests?pageSize=17&sortBy={field}")).await;
        assert_eq!(up.len(), 130, "{field}");
        let key = |g: &Value| (g[field].as_str().map(str::to_owned), g["id"].as_str().unwrap().to_owned());
        assert!(up.windows(2).all(|w| key(&w[0]) < key(&w[1])), "{field} ascends, ties by id");
        let mut down = walk(&org, &format!("/api/v2/guests?pageSize=17&sortBy={field}:desc")).await;
        down.reverse();
        assert_eq!(up, down, "{field}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_has_twenty_five_guests_without_attributes_unless_asked() {
    let org = Org::of(30).await;
    let page = org.get("/api/v2/guests").await.body;
    assert_eq!(page["entities"].as_array().unwrap().len(), 25);
    assert_eq!(
        (&page["pageSize"], &page["pageNumber"], &page["total"], &page["pageCount"]),
        (&json!(25), &json!(1), &json!(30), &json!(2))
    );
    assert!(page["entities"][0].get("attributes").is_none());
    assert!(page["entities"][0].get("sessionToken").is_none());
    let expanded = org.get("/api/v2/guests?expand=nothing,attributes").await.body;
    assert_eq!(expanded["entities"][0]["attributes"]["source"], "web-messaging");
    assert!(org.get("/api/v2/guests?pageNumber=3").await.body["entities"].as_array().unwrap().is_empty());
    let huge = org.get("/api/v2/guests?pageNumber=18446744073709551615").await;
    assert_eq!((huge.status, huge.body["total"].as_u64()), (200, Some(30)));
}

#[tokio::test(start_paused = true)]
async fn deleting_while_walking_by_cursor_misses_nobody() {
    let org = Org::of(120).await;
    let due = org.list(r#"createdTime < "2026-10-23T12:00:00Z""#, "").await.body["total"].as_u64().unwrap();
    let (mut after, mut deleted) = (String::new(), 0);
    loop {
        let filter = format!(r#"(createdTime < "2026-10-23T12:00:00Z"){after}"#);
        let page = org.list(&filter, "pageSize=7&sortBy=createdTime").await.body;
        for id in ids(&page) {
            assert_eq!(org.delete(&format!("/api/v2/guests/{id}")).await.status, 204);
            deleted += 1;
        }
        let Some(last) = page["entities"].as_array().unwrap().last() else { break };
        let (created, id) = (last["createdTime"].as_str().unwrap(), last["id"].as_str().unwrap());
        after = format!(r#" AND (createdTime > "{created}" OR (createdTime = "{created}" AND id > "{id}"))"#);
    }
    assert_eq!(deleted, due);
    assert!(due > 60);
    assert_eq!(org.list(r#"createdTime < "2026-10-23T12:00:00Z""#, "").await.body["total"], 0);
}

#[tokio::test(start_paused = true)]
async fn filters_mean_what_the_contract_says() {
    let org = Org::of(0).await;
    for (n, name, more) in [
        (
            1,
            "Ada \"Countess\" \\ Lovelace",
            json!({ "email": "ada@example.com", "attributes": { "tier": "gold", "n": 5, "vip": true } }),
        ),
        (2, "ada king", json!({ "attributes": { "tier": "Gold", "n": 5.5, "vip": false } })),
        (3, "Grace", json!({ "attributes": { "tier": null, "n": "5" } })),
    ] {
        let mut guest = json!({ "id": format!("00000000-0000-4000-8000-00000000000{n}"), "name": name });
        guest.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(org.post("/api/v2/guests", &guest).await.status, 201);
    }
    for (filter, who) in [
        (r#"name contains "ADA""#, vec![1, 2]),
        (r#"name startswith "ada \"c""#, vec![1]),
        (r#"name = "Ada \"Countess\" \\ Lovelace""#, vec![1]),
        (r#"name = "ada King""#, vec![]),
        (r#"email != "x""#, vec![1]),
        (r#"NOT email != "x""#, vec![2, 3]),
        (r#"attributes.tier = "gold""#, vec![1]),
        (r#"attributes.tier != "gold""#, vec![2]),
        (r#"attributes.tier contains "GOL""#, vec![1, 2]),
        ("attributes.n = 5", vec![1]),
        ("attributes.n >= 5", vec![1, 2]),
        (r#"attributes.n = "5""#, vec![3]),
        ("attributes.n != 5", vec![2, 3]),
        ("attributes.vip = true", vec![1]),
        ("attributes.absent != 1", vec![]),
        ("active = true and not (attributes.vip = true)", vec![2, 3]),
        (r#"createdTime = "2026-11-22T13:00:00+01:00""#, vec![1, 2, 3]),
        (r#"createdTime < "2026-11-22T12:00:00.000000001Z""#, vec![1, 2, 3]),
        (r#"createdTime >= "2026-11-22T12:00:00.000000001Z""#, vec![]),
        (r#"id = "00000000-0000-4000-8000-000000000002" OR id = "nobody""#, vec![2]),
        (r#"id startswith "00000000-0000-4000-8000-00000000000""#, vec![1, 2, 3]),
    ] {
        let answer = org.list(filter, "sortBy=id").await;
        assert_eq!(answer.status, 200, "{filter}: {}", answer.text);
        let found: Vec<u32> = ids(&answer.body).iter().map(|id| id[35..].parse().unwrap()).collect();
        assert_eq!(found, who, "{filter}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_filter_of_the_wrong_type_is_refused_by_name() {
    let org = Org::of(1).await;
    for (filter, says) in [
        ("createdTime > 5", "filter: `createdTime` needs one of = != < <= > >= and a quoted RFC 3339 time"),
        (r#"createdTime > "soon""#, "filter: `createdTime` needs a quoted RFC 3339 time such as"),
        ("name = 5", "filter: `name` needs a quoted text"),
        (r#"active = "yes""#, "filter: `active` needs = or != and true or false"),
        ("active < true", "filter: `active` needs = or != and true or false"),
        ("attributes.n contains 5", "filter: `contains` cannot compare `attributes.n` with that value"),
        ("attributes. = 5", "filter: unknown field `attributes.`"),
        (r#"sessionToken = "x""#, "filter: unknown field `sessionToken`"),
    ] {
        let answer = org.list(filter, "").await;
        assert_eq!(answer.status, 400, "{filter}");
        assert!(answer.message().starts_with(says), "{filter}: {}", answer.message());
        assert_eq!(answer.fields(), ["filter"]);
    }
}
