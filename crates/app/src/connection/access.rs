//! What the credentials of a connection may do, and why a sign-in was refused, in words for whoever sets it up.

use genesys::{Dialect, Error, Org, OrgReply};

use crate::{
    Connection, Environment, Failure, Result,
    views::{
        Act, ConnectionChoices, ConnectionTest, DialectView, LackView, OrganizationView, PermissionView,
        RegionView,
    },
};

/// What each act needs: any one of these names that an org knows and did not grant stands in its way.
const NEEDS: [(Act, &[&str]); 6] = [
    (Act::ReadGuests, &["externalContacts:contact:view", "guest:read"]),
    (Act::ChangeGuest, &["externalContacts:contact:edit", "guest:write"]),
    (Act::KeepGuest, &["externalContacts:identity:promote"]),
    (Act::DeleteGuests, &["externalContacts:contact:delete", "guest:write"]),
    (Act::ChangeConversation, &["conversation:communication:view"]),
    (Act::WriteAsGuest, &["webchat:write"]),
];

/// What there is to choose from for a new connection.
#[must_use]
pub fn connection_choices() -> ConnectionChoices {
    let regions = genesys::REGIONS.map(|region| RegionView {
        id: region.id.to_owned(),
        domain: region.domain.to_owned(),
        name: region.name.to_owned(),
    });
    let dialects = Dialect::ALL.map(|dialect| DialectView {
        name: dialect.as_str().to_owned(),
        permissions: dialect.permissions().iter().map(permission_view).collect(),
    });
    ConnectionChoices { regions: regions.to_vec(), dialects: dialects.to_vec() }
}

/// Signs in, asks what the credentials may do and, where they may, for a guest.
pub(crate) async fn test(org: &Org, connection: &Connection) -> Result<ConnectionTest> {
    let token = org.access.check().await.map_err(|error| sign_in_failure(error, connection))?;
    let has = |needed: &str| token.scopes.iter().any(|scope| scope == needed);
    let is_missing = |needed: &str| match token.permissions.iter().find(|one| one.name == needed) {
        Some(permission) => permission.granted == Some(false),
        None => !has(needed),
    };
    let missing = org.can.limits.access.iter().filter(|needed| is_missing(needed));
    let missing_scopes = missing.map(|scope| (*scope).to_owned()).collect();
    let mut needed = token.permissions.iter().filter(|permission| permission.is_needed);
    let budget = *org.pipeline.budget().borrow();
    Ok(ConnectionTest {
        ok: needed.all(|permission| permission.granted != Some(false)),
        dialect: org.can.dialect.to_owned(),
        organization: token.organization.map(|org| OrganizationView { id: org.id, name: org.name }),
        permissions: token.permissions.iter().map(permission_view).collect(),
        environment: connection.environment.label().to_owned(),
        missing_scopes,
        scopes: token.scopes,
        rate: budget.into(),
        rate_told: budget.told,
    })
}

/// What a test found missing, by what cannot be done without it. Where it could not be told whether something is granted,
/// nothing is missing: the org has the last word.
pub(crate) fn lacks(test: &ConnectionTest) -> Vec<LackView> {
    let lack = |(act, names): &(Act, &[&str])| {
        let permission = test
            .permissions
            .iter()
            .find(|one| one.granted == Some(false) && names.contains(&one.name.as_str()));
        let scope = || test.missing_scopes.iter().find(|scope| names.contains(&scope.as_str()));
        let name = permission.map(|one| &one.name).or_else(scope)?;
        // vendor-fact: division-without-access
        let words = match permission.is_some_and(|one| one.in_other_division) {
            true => format!(
                "The OAuth client of this connection has {name} in other divisions only. Ask an admin of the org to give \
                 its role for this division too."
            ),
            false => format!(
                "The OAuth client of this connection lacks {name}. Ask an admin of the org to grant it, then test the \
                 connection again in Settings."
            ),
        };
        Some(LackView { act: *act, name: name.clone(), words })
    };
    NEEDS.iter().filter_map(lack).collect()
}

fn permission_view(permission: &genesys::Permission) -> PermissionView {
    PermissionView {
        name: permission.name.to_owned(),
        granted: permission.granted,
        without: permission.without.to_owned(),
        is_needed: permission.is_needed,
        in_other_division: permission.in_other_division,
    }
}

/// Why the sign-in of a connection came to nothing: what happened, and what to do.
fn sign_in_failure(error: Error, connection: &Connection) -> Failure {
    let told = match &error {
        Error::CredentialsRejected(said) => refused_words(said, connection),
        _ => None,
    };
    let failure = Failure::from(error);
    match told {
        Some((message, next)) => Failure { message, ..failure }.with_next(next),
        None => failure,
    }
}

/// The words for a refusal that says more than that it is one.
fn refused_words(said: &OrgReply, connection: &Connection) -> Option<(String, &'static str)> {
    let says = [&said.message, &said.code].map(|text| text.as_deref().unwrap_or_default().to_lowercase());
    let says_any = |words: &[&str]| words.iter().any(|word| says.iter().any(|text| text.contains(word)));
    let client = format!("the OAuth client {:?}", connection.client_id);
    let place = place_of(connection);
    // vendor-fact: client-states
    if says_any(&["disabled", "inactive", "not active"]) {
        let next =
            "Ask an admin of the org to activate the client (Admin, Integrations, OAuth), then test again.";
        return Some((format!("In {place}, {client} is switched off."), next));
    }
    // vendor-fact: client-credentials
    if says_any(&["unauthorized_client", "grant"]) {
        let next = "Ask an admin of the org for an OAuth client whose grant type is Client Credentials.";
        return Some((format!("In {place}, {client} may not sign in with client credentials."), next));
    }
    // vendor-fact: sign-in-refused, client-region
    if says_any(&["not found", "unknown client"]) {
        let next = "Compare the client id with the one in the org, and choose the region in which the org lives: a region knows \
                    its own clients only.";
        return Some((format!("There is no {} in {place}.", client.trim_start_matches("the ")), next));
    }
    if says_any(&["authentication failed", "secret"]) {
        let next = "Paste the secret anew, without blanks around it. Where it is right, the org lives in another region.";
        return Some((format!("The client secret is not the one of {client} in {place}."), next));
    }
    None
}

fn place_of(connection: &Connection) -> String {
    match &connection.environment {
        Environment::Embedded => "the embedded simulator".to_owned(),
        Environment::BaseUrl(url) => url.clone(),
        Environment::Region(text) => {
            let id = text.to_lowercase().replace('_', "-");
            let known = genesys::REGIONS.iter().find(|known| known.id == id || known.domain == id);
            known.map_or_else(|| text.clone(), |known| format!("{}, {}", known.name, known.id))
        }
    }
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
