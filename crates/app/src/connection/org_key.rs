use std::{collections::BTreeSet, fmt};

use genesys::Endpoints;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Connection, Environment, Failure};

/// The origin of the org inside this program.
const EMBEDDED: &str = "embedded";

/// Which org a connection leads to: the origin of its API and the OAuth client that signs in. Two connections with the
/// same key see the same guests, however their environments were spelt.
///
/// Scheme and host in lower case, no default port, no dot at the end of the host, no slash at the end; `localhost`,
/// 127.0.0.1 and ::1 are one host. Port, path and OAuth client keep orgs apart.
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
    pub fn of(connection: &Connection) -> Result<Self, Failure> {
        let origin = match connection.environment {
            Environment::Embedded => EMBEDDED.to_owned(),
            _ => origin(&connection.environment.endpoints()?),
        };
        Ok(Self { origin, client_id: connection.client_id.trim().to_owned() })
    }

    /// Whether it is the org inside this program, whose secrets guard nothing real.
    pub(crate) fn is_embedded(&self) -> bool {
        self.origin == EMBEDDED
    }

    /// The folder of the connection that the environment variables make to this org. It is the one that earlier versions
    /// made for a base URL which was spelt as the origin here is.
    pub(crate) fn variables_folder(&self) -> String {
        variables_folder(&self.origin, &self.client_id)
    }

    /// The folder of this org's holds, below `orgs/`.
    pub(crate) fn holds_folder(&self) -> String {
        digest(&self.to_string())
    }
}

/// Origin and client, with a blank between them: neither can hold one.
impl fmt::Display for OrgKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.origin, self.client_id)
    }
}

/// The origin of the API, in one spelling.
fn origin(endpoints: &Endpoints) -> String {
    // `Url` writes scheme and host in lower case and drops the default port of the scheme.
    let mut api = endpoints.api().clone();
    let host = api.host_str().unwrap_or_default();
    let host = host.strip_suffix('.').unwrap_or(host);
    let host = if matches!(host, "localhost" | "[::1]") { "127.0.0.1" } else { host }.to_owned();
    // Every host here came out of a URL, so it goes into one.
    let _ = api.set_host(Some(&host));
    api.as_str().trim_end_matches('/').to_owned()
}

/// The first 8 bytes of a SHA-256, in hex.
fn digest(text: &str) -> String {
    Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// How a folder is called that belongs to this spelling of an environment and this spelling of an OAuth client.
pub(crate) fn variables_folder(environment: &str, client_id: &str) -> String {
    format!("env.{}", digest(&format!("{environment}|{client_id}")))
}

/// The folders that earlier versions may have made for this org from environment variables: they were named after the
/// spelling. First those of the spelling in use, then those of every other spelling that is known; the folder of today's
/// name is not among them.
pub(crate) fn former_folders(key: &OrgKey, in_use: &str) -> [Vec<String>; 2] {
    let mut seen = BTreeSet::from([key.variables_folder()]);
    let mut of = |environments: Vec<String>| {
        let mut folders = Vec::new();
        for environment in environments.iter().flat_map(|text| blanks_around(text)) {
            for client in blanks_around(&key.client_id) {
                let folder = variables_folder(&environment, &client);
                if seen.insert(folder.clone()) {
                    folders.push(folder);
                }
            }
        }
        folders
    };
    [of(vec![in_use.to_owned()]), of(spellings(&key.origin))]
}

/// The text alone and with what scripts leave around a value. The line's end may stand behind a slash.
fn blanks_around(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for before in ["", " "] {
        for after in ["", " ", "\n", "\r\n", "\r", "\t", "/ ", "/\n", "/\r\n"] {
            all.push(format!("{before}{text}{after}"));
        }
    }
    all
}

/// How people spell the origin of an org: regions by id and domain, addresses in either case and with the default port.
fn spellings(origin: &str) -> Vec<String> {
    let mut all = BTreeSet::new();
    let region = genesys::REGIONS.iter().find(|known| origin == format!("https://api.{}", known.domain));
    if let Some(genesys::Region { id, domain, .. }) = region {
        for text in [(*id).to_owned(), id.replace('-', "_"), (*domain).to_owned()] {
            all.extend([text.to_uppercase(), capitalized(&text), text]);
        }
    }
    if let Some((scheme, rest)) = origin.split_once("://") {
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let is_this_machine = host == "127.0.0.1" || host.starts_with("127.0.0.1:");
        let mut hosts = vec![host.to_owned()];
        if is_this_machine {
            hosts
                .extend(["localhost", "localhost.", "[::1]"].map(|name| host.replacen("127.0.0.1", name, 1)));
        }
        let default_port = if scheme == "https" { ":443" } else { ":80" };
        if !host.trim_end_matches(|c: char| c.is_ascii_digit()).ends_with(':') {
            hosts.extend(hosts.clone().into_iter().map(|host| host + default_port));
        }
        for host in hosts {
            for host in [host.to_uppercase(), capitalized(&host), host] {
                for scheme in [scheme.to_uppercase(), capitalized(scheme), scheme.to_owned()] {
                    all.insert(format!("{scheme}://{host}{path}"));
                }
            }
        }
    }
    all.into_iter().collect()
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(environment: Environment, client_id: &str) -> OrgKey {
        let connection =
            Connection { environment, client_id: client_id.to_owned(), ..Connection::embedded() };
        OrgKey::of(&connection).unwrap()
    }

    fn key(environment: Environment, client_id: &str) -> String {
        key_of(environment, client_id).to_string()
    }

    #[test]
    fn spelling_keeps_no_orgs_apart_but_port_path_and_client_do() {
        let region = |text: &str| key(Environment::Region(text.to_owned()), "a");
        for spelling in ["us-east-1", "us_east_1", " US-EAST-1 ", "mypurecloud.com", "MyPureCloud.com"] {
            assert_eq!(region(spelling), "https://api.mypurecloud.com a", "{spelling}");
        }
        let origin = |text: &str| key(Environment::BaseUrl(text.to_owned()), " a ");
        for spelling in [
            "http://127.0.0.1:80",
            "HTTP://127.0.0.1",
            " http://127.0.0.1/ ",
            "http://localhost//",
            "http://LocalHost.:80/\n",
            "http://[::1]",
            "http://0x7f.1",
        ] {
            assert_eq!(origin(spelling), "http://127.0.0.1 a", "{spelling}");
        }
        assert_eq!(origin("HTTPS://API.MyPureCloud.com.:443/"), region("us-east-1"));
        let apart = [
            "http://127.0.0.1:1",
            "http://127.0.0.1:2",
            "http://127.0.0.2:1",
            "http://127.0.0.1:1/a",
            "http://127.0.0.1:1/b",
            "https://127.0.0.1:1",
        ];
        let keys: BTreeSet<_> = apart.iter().map(|text| origin(text)).collect();
        assert_eq!(keys.len(), apart.len());
        assert_ne!(region("us-east-1"), key(Environment::Region("us-east-1".to_owned()), "b"));
    }

    #[test]
    fn every_known_spelling_of_an_earlier_version_leads_to_its_folder() {
        let former = |key: &OrgKey, in_use: &str| former_folders(key, in_use).concat();
        let region = key_of(Environment::Region("eu-west-1".to_owned()), "a");
        for spelling in [
            "eu-west-1",
            "eu_west_1",
            "EU-WEST-1",
            "mypurecloud.ie",
            " eu-west-1",
            "eu_west_1\n",
            "Eu-west-1",
        ] {
            let made = variables_folder(spelling, "a");
            assert!(former(&region, "eu-west-1").contains(&made), "{spelling}");
            assert!(former(&region, "eu-west-1").contains(&variables_folder(spelling, "a\n")));
        }
        let base = key_of(Environment::BaseUrl("http://127.0.0.1:8080".to_owned()), "a");
        assert_eq!(base.variables_folder(), variables_folder("http://127.0.0.1:8080", "a"));
        for spelling in [
            "HTTP://127.0.0.1:8080",
            "http://localhost:8080",
            "HTTP://LOCALHOST:8080",
            "http://127.0.0.1:8080/ ",
        ] {
            let made = variables_folder(spelling, "a");
            assert!(former(&base, "http://127.0.0.1:8080").contains(&made), "{spelling}");
        }
        let odd = "hTTp://LocalHOST:8080";
        assert_eq!(former(&base, odd)[0], variables_folder(odd, "a"), "the spelling in use first");
        let all = former(&base, odd);
        assert!(!all.contains(&base.variables_folder()));
        assert!(!all.contains(&variables_folder("http://127.0.0.1:8081", "a")));
    }
}
