//! Who may call: the host that a request names, the page that it comes from, and the type of its body.
//!
//! Both ports, where they listen on loopback, take loopback names only: a page whose own name was made to lead to 127.0.0.1
//! (DNS rebinding) is of the same origin as what it calls, and the host alone betrays it. The control port, which asks for
//! no token, also refuses the pages of other origins and every body that is not JSON: such a request a browser sends for
//! any page, without asking first.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    middleware::{Next, from_fn},
    response::Response,
};
use http::{HeaderMap, HeaderName, header};
use url::{Host, Url};
use uuid::Uuid;

use crate::{cut_handle::CutHandle, http_edge::respond, org::Refusal};

/// The routes as they are served at an address: behind a check of the host where that is loopback, which takes the names of
/// loopback and `names`. Beyond loopback any name may lead here.
pub(crate) fn at(address: SocketAddr, names: &[String], routes: Router) -> Router {
    if address.ip().to_canonical().is_loopback() {
        let names: Arc<[String]> = names.into();
        routes
            .layer(from_fn(move |request: Request, next: Next| only_own_names(names.clone(), request, next)))
    } else {
        routes
    }
}

async fn only_own_names(names: Arc<[String]>, request: Request, next: Next) -> Response {
    match host(&request) {
        None => refused(Refusal::malformed("The request names no host, or several.")),
        Some(host) if !is_loopback(host) && !is_one_of(&names, host) => refused(Refusal::new(
            403,
            "host.not.allowed",
            "The request names a host that is not this machine's loopback.",
        )),
        Some(_) => next.run(request).await,
    }
}

/// Whether a host, with or without its port, is one of these names.
fn is_one_of(names: &[String], host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    names.iter().any(|known| known.eq_ignore_ascii_case(name) || known.eq_ignore_ascii_case(host))
}

/// Refuses a socket over a connection that somebody on the network can read along: it carries the guest's token.
pub(crate) async fn only_private_sockets(request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<ConnectInfo<CutHandle>>();
    if request.headers().contains_key(header::UPGRADE) && connection.is_some_and(|info| !info.0.is_private())
    {
        return refused(Refusal::new(
            403,
            "socket.in.clear",
            "Beyond loopback the guest socket is served over TLS only: start the simulator with --tls.",
        ));
    }
    next.run(request).await
}

/// Refuses what a page of another origin sends. Without an origin, as plain clients have none, a request may pass.
pub(crate) async fn only_own_pages(request: Request, next: Next) -> Response {
    let is_own = match only(request.headers(), &header::ORIGIN) {
        Given::Nothing => true,
        Given::Unclear => false,
        Given::One(origin) => {
            let origin = Url::parse(origin).map(|url| url.origin());
            let own =
                host(&request).map(|host| Url::parse(&format!("http://{host}/")).map(|url| url.origin()));
            // `null` and what is no origin never match.
            matches!((origin, own), (Ok(origin), Some(Ok(own))) if origin == own && origin.is_tuple())
        }
    };
    match is_own {
        true => next.run(request).await,
        false => refused(Refusal::new(403, "origin.not.allowed", "No page may call the control port.")),
    }
}

/// Whether the body is said to be JSON; parameters such as the charset are free.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    match only(headers, &header::CONTENT_TYPE) {
        Given::One(kind) => {
            kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
        }
        Given::Nothing | Given::Unclear => false,
    }
}

fn refused(refusal: Refusal) -> Response {
    respond(refusal.into_reply(Uuid::new_v4()))
}

/// A header that may stand once.
enum Given<'a> {
    Nothing,
    One(&'a str),
    /// Twice, or not as text.
    Unclear,
}

fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Given<'a> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (None, _) => Given::Nothing,
        (Some(value), None) => value.to_str().map_or(Given::Unclear, Given::One),
        _ => Given::Unclear,
    }
}

/// The host that a request names: in its target where that is a whole URL, else in its header.
fn host(request: &Request) -> Option<&str> {
    match (request.uri().authority(), only(request.headers(), &header::HOST)) {
        (_, Given::Unclear) => None,
        (Some(target), Given::One(header)) if target.as_str() != header => None,
        (Some(target), _) => Some(target.as_str()),
        (None, Given::One(header)) => Some(header),
        (None, Given::Nothing) => None,
    }
}

/// A name or an address of loopback, with or without a port.
fn is_loopback(host: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{host}/")) else { return false };
    let is_bare = url.path() == "/" && url.username().is_empty() && url.password().is_none();
    is_bare
        && !host.contains(['/', '\\', '?', '#', '@'])
        && match url.host() {
            // Names below `localhost` are never given to anyone (RFC 6761).
            Some(Host::Domain(name)) => {
                let name = name.strip_suffix('.').unwrap_or(name);
                name == "localhost" || name.ends_with(".localhost")
            }
            Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_loopback_is_loopback() {
        for fine in ["localhost", "LOCALHOST:3000", "app.localhost:1", "127.0.0.1", "127.1.2.3:9", "[::1]:80"]
        {
            assert!(is_loopback(fine), "{fine}");
        }
        for bad in [
            "",
            "evil.test",
            "localhost.evil.test",
            "127.0.0.1.evil.test",
            "10.0.0.1",
            "[::2]",
            "127.0.0.1@evil.test",
            "evil.test@127.0.0.1",
            "127.0.0.1/x",
            "0.0.0.0",
            "localhost:99999",
            " ",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }

    #[test]
    fn a_name_that_is_served_is_a_host_with_and_without_its_port() {
        let names = ["guest.example".to_owned(), "10.0.0.7".to_owned()];
        for fine in ["guest.example", "GUEST.example:8443", "10.0.0.7:1", "10.0.0.7"] {
            assert!(is_one_of(&names, fine), "{fine}");
        }
        for bad in [
            "",
            ":8443",
            "example",
            "evil.guest.example",
            "guest.example.evil.test",
            "guest.example@evil.test",
        ] {
            assert!(!is_one_of(&names, bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_host_whatever_panics_or_becomes_loopback_by_its_tail(text in "\\PC{0,40}") {
            let _ = is_loopback(&text);
            let evil = format!("evil.test/{text}");
            prop_assert!(!is_loopback(&evil));
        }
    }
}
