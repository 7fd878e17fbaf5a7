//! What a client may do, and what it is told where it may not.

use serde_json::{Value, json};
use simulator::Options;

use crate::{CONTACTS, at, common::Org};

const NOBODY: &str = "00000000-0000-4000-8000-00000000dead";

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_named_and_nothing_happens() {
    let permissions = vec!["relate:contact:view".to_owned()];
    let org = Org::with(Options { guests: 3, permissions, ..Options::default() }).await;
    assert_eq!(org.get(CONTACTS).await.status, 200);
    let refused = org.delete(&at(NOBODY)).await;
    assert_eq!((refused.status, &refused.body["code"]), (403, &json!("missing.any.permissions")));
    assert!(
        refused.message().ends_with("externalContacts:contact:delete, relate:contact:delete"),
        "{}",
        refused.message()
    );
    let refused = org.post(&format!("{}/promotion", at(NOBODY)), &Value::Null).await;
    assert_eq!((refused.status, &refused.body["code"]), (403, &json!("missing.permissions")));
    assert_eq!(refused.body["messageParams"]["permissions"], "externalContacts:identity:promote");
}

#[tokio::test(start_paused = true)]
async fn the_org_says_who_it_is_and_a_path_has_its_methods() {
    let org = Org::of(0).await;
    let (me, token) =
        (org.get("/api/v2/organizations/me").await.body, org.get("/api/v2/tokens/me").await.body);
    assert_eq!((&me["id"], &me["name"]), (&token["organization"]["id"], &token["organization"]["name"]));
    let wrong = org.delete(CONTACTS).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "GET, POST"));
    assert_eq!(org.get("/api/v2/externalcontacts/organizations").await.status, 404);
    assert_eq!(org.get(CONTACTS).await.header("inin-ratelimit-allowed"), "300");
}
