//! What a client may do, and what it is told where it may not.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use simulator::Options;

use crate::{
    CONTACTS, at,
    common::{BASIC, Org, answer},
};

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

#[tokio::test(start_paused = true)]
async fn an_admin_switches_the_client_off_and_says_what_it_may_do_here_and_in_another_division() {
    let org = Org::of(2).await;
    let view = "externalContacts:contact:view";
    let granted = json!({ "permissions": ["externalContacts:contact:delete"], "elsewhere": [view] });
    assert_eq!(org.control("POST", "/client", &granted).await.status, 204);
    let refused = org.get(CONTACTS).await;
    assert_eq!((refused.status, &refused.body["code"]), (403, &json!("missing.division.permission")));
    assert!(refused.message().ends_with(view), "{}", refused.message());
    assert_eq!(org.delete(&at(NOBODY)).await.status, 404);

    assert_eq!(org.control("POST", "/client", &json!({ "disabled": true })).await.status, 204);
    assert_eq!(org.get(CONTACTS).await.status, 401, "its tokens end at once");
    let sign_in = Request::post("/oauth/token")
        .header("authorization", BASIC)
        .body(Body::from("grant_type=client_credentials"))
        .unwrap();
    let refused = answer(&org.router, sign_in).await;
    assert_eq!((refused.status, &refused.body["description"]), (400, &json!("client is disabled")));
    assert_eq!(org.control("POST", "/client", &json!({ "off": true })).await.status, 400);
}
