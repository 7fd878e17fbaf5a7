use super::*;
use crate::FailureCode;

fn connection(environment: Environment) -> Connection {
    Connection { environment, client_id: "c-1".into(), ..Connection::embedded() }
}

fn refusal(code: &str, message: &str) -> Error {
    Error::CredentialsRejected(OrgReply {
        call: "sign in",
        status: 400,
        by_our_look: false,
        code: Some(code.into()),
        message: Some(message.into()),
        correlation_id: Some("id".into()),
        retry_after: None,
    })
}

#[test]
fn each_refusal_of_a_sign_in_has_its_own_words() {
    let ireland = connection(Environment::Region("EU_WEST_1".into()));
    for (code, message, told, next) in [
        (
            "invalid_client",
            "client not found",
            "There is no OAuth client \"c-1\" in EMEA (Ireland), eu-west-1.",
            "region",
        ),
        ("invalid_client", "authentication failed", "The client secret is not the one of", "secret"),
        ("invalid_client", "client is disabled", "is switched off", "activate"),
        (
            "unauthorized_client",
            "not allowed",
            "may not sign in with client credentials",
            "Client Credentials",
        ),
    ] {
        let failure = sign_in_failure(refusal(code, message), &ireland);
        assert!(failure.message.contains(told), "{}", failure.message);
        assert!(failure.next.contains(next), "{}", failure.next);
        assert_eq!(failure.code, FailureCode::CredentialsRejected);
        assert_eq!(failure.correlation_id.as_deref(), Some("id"));
    }
    let plain = sign_in_failure(refusal("bad.credentials", "Invalid login credentials."), &ireland);
    assert!(plain.message.contains("Invalid login credentials."), "{}", plain.message);
}

#[test]
fn what_is_missing_stands_at_each_act_and_what_cannot_be_known_at_none() {
    let permission = |name: &str, granted| PermissionView {
        name: name.into(),
        granted,
        without: String::new(),
        is_needed: false,
        in_other_division: false,
    };
    let mut test = ConnectionTest {
        ok: true,
        dialect: "genesys-cloud".into(),
        organization: None,
        permissions: vec![
            permission("externalContacts:contact:edit", None),
            permission("externalContacts:contact:delete", Some(false)),
        ],
        environment: "here".into(),
        scopes: Vec::new(),
        missing_scopes: Vec::new(),
        rate: crate::views::BudgetView { count: 0, allowed: 0, reset_seconds: 0 },
        rate_told: false,
    };
    let acts = |test: &ConnectionTest| lacks(test).into_iter().map(|lack| lack.act).collect::<Vec<_>>();
    assert_eq!(acts(&test), [Act::DeleteGuests]);
    assert!(lacks(&test)[0].words.contains("lacks externalContacts:contact:delete"));
    test.permissions[1].in_other_division = true;
    assert!(lacks(&test)[0].words.contains("in other divisions only"));
    test.permissions.clear();
    test.missing_scopes = vec!["guest:write".into()];
    assert_eq!(acts(&test), [Act::ChangeGuest, Act::DeleteGuests]);
}

#[test]
fn every_name_that_an_act_needs_is_one_that_a_test_asks_about() {
    let asked: Vec<_> = Dialect::ALL.iter().flat_map(|dialect| dialect.permissions()).collect();
    for (act, names) in NEEDS {
        for name in names {
            assert!(asked.iter().any(|permission| permission.name == *name), "{act:?} {name}");
        }
    }
    assert_eq!(connection_choices().regions.len(), 18);
}
