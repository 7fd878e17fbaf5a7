use genesys::Error;
use serde_json::json;
use testkit::Canned;

use crate::common::org;

#[tokio::test(start_paused = true)]
async fn each_permission_is_granted_missing_or_cannot_be_known_and_nothing_is_changed_by_asking() {
    let canned = Canned::signed_in(|_, seen| match (seen.method.as_str(), seen.target.as_str()) {
        (_, "/api/v2/tokens/me") => {
            Canned::json(200, &json!({"organization": {"id": "o-1", "name": "Example Ltd"}}).to_string())
        }
        ("DELETE", _) => Canned::refused(403, "missing.permissions"),
        ("PATCH", _) => Canned::refused(404, "not.found"),
        (_, target) if target.ends_with("/promotion") => Canned::refused(400, "bad.request"),
        (_, target) if target.contains("/conversations/") && !target.contains("analytics") => {
            Canned::refused(404, "not.found")
        }
        _ => Canned::json(200, r#"{"entities":[],"conversations":[],"total":0}"#),
    });
    let told = org(&canned).access.check().await.unwrap();
    assert_eq!(told.organization.unwrap().name, "Example Ltd");
    let granted = |name: &str| told.permissions.iter().find(|p| p.name == name).unwrap().granted;
    assert_eq!(granted("externalContacts:contact:view"), Some(true));
    assert_eq!(granted("analytics:conversationDetail:view"), Some(true));
    assert_eq!(granted("conversation:communication:view"), Some(true));
    assert_eq!(granted("externalContacts:contact:edit"), Some(true));
    assert_eq!(granted("externalContacts:contact:delete"), Some(false));
    assert_eq!(granted("externalContacts:identity:promote"), None);
    assert!(told.permissions.iter().all(|permission| permission.without.ends_with('.')));
    let writes = canned.seen().into_iter().filter(|seen| matches!(seen.method.as_str(), "PATCH" | "DELETE"));
    for write in writes {
        let id = write.target.rsplit('/').next().unwrap().parse::<uuid::Uuid>().unwrap();
        assert_eq!(id.get_version_num(), 4, "an id that exists nowhere");
    }
}

#[tokio::test(start_paused = true)]
async fn the_name_of_the_org_is_asked_for_where_the_token_does_not_tell_it() {
    for (status, named) in [(200, true), (403, false)] {
        let canned = Canned::signed_in(move |_, seen| match seen.target.as_str() {
            "/api/v2/organizations/me" if status == 200 => {
                Canned::json(200, r#"{"id":"o-1","name":"Example Ltd"}"#)
            }
            "/api/v2/organizations/me" => Canned::refused(status, "no"),
            "/api/v2/tokens/me" => Canned::json(200, "{}"),
            _ => Canned::refused(404, "not.found"),
        });
        assert_eq!(org(&canned).access.check().await.unwrap().organization.is_some(), named);
    }
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_are_told_and_no_permission_is_made_up() {
    let canned = Canned::signed_in(|_, _| Canned::refused(401, "bad.credentials"));
    assert!(matches!(org(&canned).access.check().await, Err(Error::CredentialsRejected(_))));
}
