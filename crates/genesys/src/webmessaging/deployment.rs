use serde_json::Value;
use url::Url;

use super::error::WebMessagingError;
use crate::Endpoints;

/// The longest id, in bytes.
const MAX_ID: usize = 128;

/// One deployment and its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Its id, a UUID for the vendor; any text without blanks for others.
    pub id: String,
    /// What a guest's page would send as `Origin`.
    pub origin: Option<String>,
    pub(crate) socket: Url,
    pub(crate) config: Url,
    pub(crate) api: Url,
}

/// What the public configuration of a deployment says. What is missing there is `None` and is taken as the vendor's default
/// by whoever asks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeploymentConfig {
    /// `status` is `Active`, where it says so.
    pub active: Option<bool>,
    /// The messenger is enabled.
    pub messenger_enabled: Option<bool>,
    /// The conversation starts with the session.
    pub auto_start: Option<bool>,
    /// A Disconnect event is sent at the end (`conversationDisconnect.enabled`).
    pub disconnect: Option<bool>,
    /// …after which the session is read-only (`type` is `ReadOnly`).
    pub disconnect_read_only: Option<bool>,
    /// The guest may clear the conversation.
    pub clear: Option<bool>,
    /// The guest's typing is shown to the agent.
    pub user_typing: Option<bool>,
    /// The agent's typing is shown to the guest.
    pub agent_typing: Option<bool>,
    /// Files may be sent, and which.
    pub uploads: Option<UploadRules>,
    /// Guests must sign in.
    pub auth: Option<bool>,
    /// Origins that the configuration names (`allowedDomains`), where it does.
    pub origins: Option<Vec<String>>,
    /// Pages of every origin may connect (`allowAllDomains`).
    pub any_origin: Option<bool>,
    /// Where it says so, in seconds.
    pub session_seconds: Option<u64>,
    /// The whole answer, for what this program does not know.
    pub raw: Value,
}

/// Which files may be sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UploadRules {
    /// Whether any.
    pub enabled: bool,
    /// Media types; empty: not told; `*/*`: any.
    pub types: Vec<String>,
    /// In KiB.
    pub max_kib: Option<u64>,
}

impl Deployment {
    /// The addresses of a deployment: `wss://webmessaging.DOMAIN/v1` and `https://api-cdn.DOMAIN/…` of a region, the same origin
    /// for one origin (`ws` only on loopback).
    ///
    /// # Errors
    /// [`WebMessagingError::BadDeployment`], and [`WebMessagingError::Invalid`] for the origin.
    pub fn at(endpoints: &Endpoints, id: &str, origin: Option<&str>) -> Result<Self, WebMessagingError> {
        check_deployment_id(id)?;
        let origin = origin.map(page_origin).transpose()?;
        let api = endpoints.api().clone();
        let region = if endpoints.login() == &api {
            None
        } else {
            api.host_str().and_then(|h| h.strip_prefix("api."))
        };
        let (mut socket, mut config) = match region {
            Some(domain) => {
                let at = |host: &str| {
                    Url::parse(&format!("https://{host}.{domain}"))
                        .map_err(|_| bad("the region has no address"))
                };
                (at("webmessaging")?, at("api-cdn")?)
            }
            None => (api.clone(), api.clone()),
        };
        let scheme = match socket.scheme() {
            "https" => "wss",
            "http" if endpoints.is_loopback() => "ws",
            _ => return Err(bad("a socket without TLS is opened to this computer only")),
        };
        socket.set_scheme(scheme).map_err(|()| bad("the address cannot be that of a socket"))?;
        extend(&mut socket, &["v1"])?;
        extend(&mut config, &["webdeployments", "v1", "deployments", id, "config.json"])?;
        Ok(Self { id: id.to_owned(), origin, socket, config, api })
    }

    /// Host and port of the socket, as result lines name it.
    #[must_use]
    pub fn host(&self) -> String {
        host_and_port(&self.socket)
    }

    /// The address to connect to, with its query.
    pub(crate) fn socket_address(&self, application: Option<&str>) -> Url {
        let mut address = self.socket.clone();
        address.query_pairs_mut().append_pair("deploymentId", &self.id);
        if let Some(application) = application {
            address.query_pairs_mut().append_pair("application", application);
        }
        address
    }

    /// The address of a page of the history, newest first.
    pub(crate) fn history_page(&self, size: u32, number: u32) -> Url {
        let mut address = self.api.clone();
        let path = format!("{}/api/v2/webmessaging/messages", address.path().trim_end_matches('/'));
        address.set_path(&path);
        address.set_query(Some(&format!("pageSize={size}&pageNumber={number}")));
        address
    }
}

/// Host and, where it is not the scheme's own, port of an address.
pub(crate) fn host_and_port(address: &Url) -> String {
    match address.port() {
        Some(port) => format!("{}:{port}", address.host_str().unwrap_or_default()),
        None => address.host_str().unwrap_or_default().to_owned(),
    }
}

fn bad(why: &str) -> WebMessagingError {
    WebMessagingError::BadDeployment(why.to_owned())
}

/// An id becomes one segment of a path: what would be two or none is refused.
///
/// # Errors
/// [`WebMessagingError::BadDeployment`].
pub fn check_deployment_id(id: &str) -> Result<(), WebMessagingError> {
    let broken = |c: char| c.is_whitespace() || c.is_control() || c == '/' || c == '\\';
    if id.is_empty() {
        return Err(bad("the id of the deployment is empty"));
    }
    if id.len() > MAX_ID {
        return Err(bad("the id of the deployment is longer than 128 bytes"));
    }
    if id == "." || id == ".." || id.contains(broken) {
        return Err(bad("the id of the deployment has a blank, a slash or a control character in it"));
    }
    Ok(())
}

/// Scheme, host and port of what a person gave as the page's address, as a browser would send it.
///
/// # Errors
/// [`WebMessagingError::Invalid`].
pub fn page_origin(given: &str) -> Result<String, WebMessagingError> {
    let refused = || WebMessagingError::Invalid {
        field: "origin",
        why: "must be the address of a web page's server, such as https://shop.example".to_owned(),
    };
    let given = given.trim();
    // What a browser mends in an address is none of an origin.
    let host = given.split_once("://").map_or("", |(_, host)| host);
    let is_mended =
        host.is_empty() || host.starts_with('/') || host.ends_with(':') || host.contains(['@', '\\']);
    if is_mended || !given.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refused());
    }
    let url = Url::parse(given).map_err(|_| refused())?;
    let plain = url.port() != Some(0)
        && matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if plain { Ok(url.origin().ascii_serialization()) } else { Err(refused()) }
}

fn extend(url: &mut Url, segments: &[&str]) -> Result<(), WebMessagingError> {
    let mut path = url.path_segments_mut().map_err(|()| bad("the address has no path"))?;
    path.pop_if_empty().extend(segments);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00000000-0000-4000-8000-000000000001";

    #[test]
    fn a_region_has_three_hosts_and_one_origin_has_one() {
        let ireland = Deployment::at(&Endpoints::region("eu-west-1").unwrap(), ID, None).unwrap();
        assert_eq!(ireland.socket.as_str(), "wss://webmessaging.mypurecloud.ie/v1");
        assert_eq!(
            ireland.config.as_str(),
            format!("https://api-cdn.mypurecloud.ie/webdeployments/v1/deployments/{ID}/config.json")
        );
        assert_eq!(
            ireland.history_page(25, 2).as_str(),
            "https://api.mypurecloud.ie/api/v2/webmessaging/messages?pageSize=25&pageNumber=2"
        );
        assert_eq!(ireland.host(), "webmessaging.mypurecloud.ie");
        let here =
            Deployment::at(&Endpoints::one_origin("http://127.0.0.1:8080").unwrap(), ID, None).unwrap();
        assert_eq!(here.socket_address(None).as_str(), format!("ws://127.0.0.1:8080/v1?deploymentId={ID}"));
        assert_eq!(here.host(), "127.0.0.1:8080");
        let behind = Endpoints::one_origin("https://org.example/proxy/").unwrap();
        let behind = Deployment::at(&behind, "a?b", Some("https://Shop.example/")).unwrap();
        assert_eq!(
            behind.socket_address(Some("innkeeper-1")).as_str(),
            "wss://org.example/proxy/v1?deploymentId=a%3Fb&application=innkeeper-1"
        );
        assert_eq!(
            behind.config.as_str(),
            "https://org.example/proxy/webdeployments/v1/deployments/a%3Fb/config.json"
        );
        assert_eq!(
            behind.history_page(1, 1).as_str(),
            "https://org.example/proxy/api/v2/webmessaging/messages?pageSize=1&pageNumber=1"
        );
        assert_eq!(behind.origin.as_deref(), Some("https://shop.example"));
    }

    #[test]
    fn an_id_or_origin_that_would_lead_elsewhere_is_refused() {
        let here = Endpoints::one_origin("http://127.0.0.1:8080").unwrap();
        let long = "x".repeat(129);
        for id in ["", " ", "a b", "a/b", "..", ".", "a\\b", "a\nb", "a\u{a0}b", long.as_str()] {
            assert!(Deployment::at(&here, id, None).is_err(), "{id:?}");
        }
        for origin in [
            "",
            "shop.example",
            "ftp://shop.example",
            "https://shop.example/cart",
            "https://a@b.example",
            "null",
            "*",
            "https:shop.example",
            "https:///shop.example",
            "https://@shop.example",
            "https://u:p@shop.example",
            "https://shop.example:99999",
            "https://shop.example:0",
            "https://shop.example:",
            "https://shop.example?",
            "https://shop.example#",
            "https://a b",
            "https://ex\u{e4}mple",
            "https:\\\\shop.example",
        ] {
            let refused = Deployment::at(&here, ID, Some(origin));
            assert!(matches!(refused, Err(WebMessagingError::Invalid { field: "origin", .. })), "{origin:?}");
        }
    }
}
