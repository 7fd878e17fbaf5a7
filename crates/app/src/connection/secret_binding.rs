//! What a client secret is good for. The list of connections lies in clear beside the secrets, so whoever may write it could
//! lead a secret elsewhere, or take the guards of a production org off. With the secret it is kept for what it was given.

use model::Secret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::Secrets;

use crate::{Connection, Failure, FailureCode, Result, views::ConnectionKind};

/// The name of the record in the connection's secret store.
pub(crate) const BOUND: &str = "client-secret-for";

/// The name of an edition of a secret: the first one has the name of earlier versions.
pub(crate) fn edition_of(name: &str, edition: u32) -> String {
    match edition {
        0 => name.to_owned(),
        later => format!("{name}.{later}"),
    }
}

/// Longer origins are kept as their hash: a keychain takes short texts only.
const LONGEST_ORIGIN: usize = 400;

/// The record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Bound {
    /// Where the secret is sent and where its token goes, exactly: another port of this machine may be another person's.
    origin: String,
    client_id: String,
    kind: ConnectionKind,
    read_only: bool,
}

impl Bound {
    /// What a secret that is given for this connection is good for.
    pub(crate) fn to(connection: &Connection) -> Result<Self> {
        let endpoints = connection.environment.endpoints()?;
        let [login, api] = [endpoints.login(), endpoints.api()].map(|url| url.as_str().trim_end_matches('/'));
        let origin = if login == api { api.to_owned() } else { format!("{login} {api}") };
        let origin = match origin.len() {
            0..=LONGEST_ORIGIN => origin,
            _ => format!("sha256 {:x}", Sha256::digest(&origin)),
        };
        Ok(Self {
            origin,
            client_id: connection.client_id.trim().to_owned(),
            kind: connection.kind,
            read_only: connection.read_only,
        })
    }

    pub(crate) fn keep(&self, secrets: &dyn Secrets, edition: u32) -> Result<()> {
        let json = serde_json::to_string(self).expect("texts and flags are valid JSON");
        Ok(secrets.set(&edition_of(BOUND, edition), &Secret::new(json))?)
    }

    /// What this edition of the secret was given for; nothing where an earlier version kept it.
    pub(crate) fn read(secrets: &dyn Secrets, edition: u32) -> Result<Option<Self>> {
        let Some(kept) = secrets.get(&edition_of(BOUND, edition))? else { return Ok(None) };
        let read = serde_json::from_str(kept.expose());
        Ok(Some(read.map_err(|_| store::Error::SecretForm(edition_of(BOUND, edition)))?))
    }

    /// Whether the secret itself goes elsewhere, or signs in as another client: then it has to be given anew.
    pub(crate) fn wants_another_secret(&self, than: &Self) -> bool {
        (&self.origin, &self.client_id) != (&than.origin, &than.client_id)
    }

    /// What this takes off the guards that a person put up, in words for a question.
    pub(crate) fn loosened_to(&self, now: &Self) -> Vec<&'static str> {
        let lost = [
            (
                self.kind == ConnectionKind::Production && now.kind != self.kind,
                "it is not marked as production any more, so large deletes are not asked about twice",
            ),
            (self.read_only && !now.read_only, "it may write"),
        ];
        lost.into_iter().filter(|(is_lost, _)| *is_lost).map(|(_, what)| what).collect()
    }

    /// Whether the secret was given for this connection as it stands in the list. One from before there were records is bound
    /// to what it is now.
    pub(crate) fn check(secrets: &dyn Secrets, connection: &Connection) -> Result<()> {
        let now = Self::to(connection)?;
        let Some(kept) = Self::read(secrets, connection.edition)? else {
            if let Err(failure) = now.keep(secrets, connection.edition) {
                tracing::warn!(
                    error = failure.message,
                    "what the client secret is good for could not be kept"
                );
            }
            return Ok(());
        };
        let edited = kept.edited(&now);
        if edited.is_empty() {
            return Ok(());
        }
        let (name, edited) = (&connection.name, edited.join(" and "));
        tracing::error!(why = edited, "a connection was edited in connections.json");
        Err(Failure::new(
            FailureCode::ConnectionEdited,
            format!(
                "The connection {name:?} is not what its client secret was given for: {edited}. connections.json was \
                 edited by another program or person; nothing was sent and nothing was opened."
            ),
        )
        .with_next(format!(
            "Put connections.json back as it was, or edit the connection {name:?}: enter all of it anew, with its secret."
        )))
    }

    /// What was edited so that the connection may do more, or somewhere else. Stricter guards need nobody's word.
    fn edited(&self, now: &Self) -> Vec<&'static str> {
        let stricter = now.kind == ConnectionKind::Production;
        let edits = [
            (now.origin != self.origin, "its environment is another"),
            (now.client_id != self.client_id, "its client id is another"),
            (now.kind != self.kind && !stricter, "its kind is another"),
            (!now.read_only && self.read_only, "it is not read-only any more"),
        ];
        edits.into_iter().filter(|(edited, _)| *edited).map(|(_, what)| what).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::Environment;

    fn connection() -> Connection {
        Connection {
            name: "live".into(),
            kind: ConnectionKind::Production,
            environment: Environment::BaseUrl("http://127.0.0.1:8080".into()),
            client_id: "a".into(),
            read_only: true,
            ..Connection::embedded()
        }
    }

    fn secrets(dir: &std::path::Path) -> Arc<dyn Secrets> {
        store::open_secrets(dir, Some(Secret::new("correct horse".into())), false).unwrap()
    }

    #[test]
    fn every_edit_that_widens_a_connection_is_named_and_another_spelling_is_none() {
        let base = |url: &str| Environment::BaseUrl(url.into());
        let edits: [(Connection, Option<&str>); 11] = [
            (connection(), None),
            (Connection { environment: base("HTTP://127.0.0.1:8080/"), ..connection() }, None),
            (Connection { environment: base("http://127.0.0.1:8081"), ..connection() }, Some("environment")),
            (Connection { environment: base("http://[::1]:8080"), ..connection() }, Some("environment")),
            (Connection { environment: base("http://localhost:8080"), ..connection() }, Some("environment")),
            (
                Connection { environment: Environment::Region("us-east-1".into()), ..connection() },
                Some("environment"),
            ),
            (Connection { client_id: "b".into(), ..connection() }, Some("client id")),
            (Connection { kind: ConnectionKind::Development, ..connection() }, Some("kind")),
            (Connection { kind: ConnectionKind::Test, ..connection() }, Some("kind")),
            (Connection { kind: ConnectionKind::Simulator, ..connection() }, Some("kind")),
            (Connection { read_only: false, ..connection() }, Some("read-only")),
        ];
        let dir = tempfile::tempdir().unwrap();
        let secrets = secrets(dir.path());
        Bound::to(&connection()).unwrap().keep(&*secrets, 0).unwrap();
        for (edited, told) in edits {
            match (Bound::check(&*secrets, &edited), told) {
                (Ok(()), None) => {}
                (Err(failure), Some(what)) => {
                    assert_eq!(failure.code, FailureCode::ConnectionEdited);
                    assert!(failure.message.contains(what), "{what}: {failure:?}");
                }
                (checked, told) => panic!("{edited:?}: {checked:?}, not {told:?}"),
            }
        }
        let region = Connection { environment: Environment::Region("us-east-1".into()), ..connection() };
        Bound::to(&region).unwrap().keep(&*secrets, 0).unwrap();
        let domain =
            Connection { environment: Environment::Region("mypurecloud.com".into()), ..connection() };
        assert!(Bound::check(&*secrets, &domain).is_ok());
    }

    #[test]
    fn stricter_guards_need_nobodys_word_and_a_secret_of_an_earlier_version_is_bound_once() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = secrets(dir.path());
        let test = Connection { kind: ConnectionKind::Test, read_only: false, ..connection() };
        assert!(Bound::check(&*secrets, &test).is_ok(), "bound by this");
        assert!(Bound::check(&*secrets, &connection()).is_ok(), "production and read-only");
        let elsewhere = Connection { client_id: "b".into(), ..test.clone() };
        assert!(Bound::check(&*secrets, &elsewhere).is_err(), "what it was first counts");
        assert!(Bound::check(&*secrets, &test).is_ok());
    }

    #[test]
    fn the_longest_connection_fits_a_keychain() {
        let long = Connection {
            environment: Environment::BaseUrl(format!("https://org.example/{}", "x".repeat(5_000))),
            client_id: "y".repeat(200),
            ..connection()
        };
        let json = serde_json::to_string(&Bound::to(&long).unwrap()).unwrap();
        assert!(json.len() < 1_000, "{}", json.len());
        let other = Connection { client_id: long.client_id.clone(), ..connection() };
        assert_ne!(Bound::to(&long).unwrap(), Bound::to(&other).unwrap());
    }
}
