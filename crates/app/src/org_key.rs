use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Connection, Environment, Failure};

/// Which org a connection leads to: the origin of its API and the OAuth client that signs in. Two connections with the
/// same key see the same guests, however their environments were spelt.
///
/// Scheme and host in lower case, no default port, no slash at the end. Port, path and OAuth client keep orgs apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrgKey {
    /// `https://api.mypurecloud.com`, `http://127.0.0.1:8080`; `embedded` for the org inside this program, whose port
    /// differs at each start.
    pub origin: String,
    /// The OAuth client's id, without blanks around it.
    pub client_id: String,
}

impl OrgKey {
    /// The key of the org that a connection leads to.
    ///
    /// # Errors
    /// An environment that is no region and no address: the field and what is allowed.
    pub fn of(connection: &Connection) -> Result<Self, Failure> {
        let origin = match connection.environment {
            Environment::Embedded => "embedded".to_owned(),
            // `Url` writes scheme and host in lower case and drops the default port of the scheme.
            _ => connection.environment.endpoints()?.api().as_str().trim_end_matches('/').to_owned(),
        };
        Ok(Self { origin, client_id: connection.client_id.trim().to_owned() })
    }
}

/// Origin and client, with a blank between them: neither can hold one.
impl fmt::Display for OrgKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.origin, self.client_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(environment: Environment, client_id: &str) -> String {
        let connection =
            Connection { environment, client_id: client_id.to_owned(), ..Connection::embedded() };
        OrgKey::of(&connection).unwrap().to_string()
    }

    #[test]
    fn spelling_keeps_no_orgs_apart_but_port_path_and_client_do() {
        let region = |text: &str| key(Environment::Region(text.to_owned()), "a");
        for spelling in ["us-east-1", "us_east_1", " US-EAST-1 ", "mypurecloud.com", "MyPureCloud.com"] {
            assert_eq!(region(spelling), "https://api.mypurecloud.com a", "{spelling}");
        }
        let origin = |text: &str| key(Environment::BaseUrl(text.to_owned()), " a ");
        for spelling in ["http://127.0.0.1:80", "HTTP://127.0.0.1", " http://127.0.0.1/ "] {
            assert_eq!(origin(spelling), "http://127.0.0.1 a", "{spelling}");
        }
        let apart =
            ["http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:1/a", "http://127.0.0.1:1/b"];
        let keys: std::collections::BTreeSet<_> = apart.iter().map(|text| origin(text)).collect();
        assert_eq!(keys.len(), apart.len());
        assert_ne!(region("us-east-1"), key(Environment::Region("us-east-1".to_owned()), "b"));
    }
}
