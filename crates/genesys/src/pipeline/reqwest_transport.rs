//! The network itself: the only file that names reqwest.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::header;
use url::Host;

use super::{
    extra_roots::ExtraRoots,
    regions::is_loopback,
    resolve::resolve,
    timeouts,
    transport::{BodySent, Transport, TransportError},
    untrusted::untrusted,
};

/// The longest answer that is read, in bytes. A page of 100 guests with full attributes is under 2 MiB; whatever
/// is larger is not an answer, and reading on would fill the memory.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// So much of a body is handed to the network at once where somebody wants to know how far it is, in bytes.
const PIECE: usize = 64 * 1024;

/// HTTP over TLS by rustls. Redirects and reqwest's own retries are off: a redirect would carry the token to
/// another host, and a hidden retry would break the counts of the rate budget and "never twice". A proxy that the
/// environment names (`HTTPS_PROXY`, `NO_PROXY`) is used for the org: it tunnels, and sees neither token nor text.
#[derive(Debug, Default)]
pub struct ReqwestTransport {
    /// Trusted beside the system's certificates.
    roots: ExtraRoots,
    /// Made at first use, as all three.
    remote: OnceLock<reqwest::Client>,
    /// Loopback never goes through a proxy, whatever the environment says.
    loopback: OnceLock<reqwest::Client>,
    /// Loopback without TLS needs none of the system's certificates, whose loading takes longer than many calls.
    plain: OnceLock<reqwest::Client>,
}

impl ReqwestTransport {
    /// Opens nothing yet; connections are made by the first call.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One that trusts these certificates beside the system's, for the org and for loopback alike.
    #[must_use]
    pub fn trusting(roots: ExtraRoots) -> Self {
        Self { roots, ..Self::default() }
    }

    fn client(&self, request: &http::Request<Bytes>) -> Result<&reqwest::Client, TransportError> {
        let host = request.uri().host().unwrap_or_default().trim_matches(['[', ']']);
        let local = Host::parse(host).is_ok_and(|h| is_loopback(&h))
            || host.parse().is_ok_and(|ip: std::net::Ipv6Addr| ip.is_loopback());
        let plain = local && request.uri().scheme() == Some(&http::uri::Scheme::HTTP);
        let slot = match (local, plain) {
            (_, true) => &self.plain,
            (true, false) => &self.loopback,
            (false, false) => &self.remote,
        };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(timeouts::CONNECT)
            .pool_idle_timeout(timeouts::IDLE_CONNECTION)
            .tcp_nodelay(true)
            .dns_resolver(Arc::new(Names))
            .user_agent(concat!("innkeeper/", env!("CARGO_PKG_VERSION")));
        let builder = if local { builder.no_proxy() } else { builder.https_only(true) };
        let unusable = |e| {
            TransportError::not_sent("the TLS library or its certificates could not be loaded").because(e)
        };
        let builder = if plain {
            builder.tls_certs_only([])
        } else {
            let roots = self.roots.ders().map(reqwest::Certificate::from_der);
            builder.tls_certs_merge(roots.collect::<Result<Vec<_>, _>>().map_err(unusable)?)
        };
        let client = builder.build().map_err(unusable)?;
        Ok(slot.get_or_init(|| client))
    }
}

/// Names as the sockets of the guests have them. The port of an address comes later.
struct Names;

impl reqwest::dns::Resolve for Names {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async move {
            let addresses = resolve(name.as_str(), 0).await?;
            Ok(Box::new(addresses.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let client = self.client(&request)?;
        let request = match request.extensions().get::<BodySent>().cloned() {
            None => reqwest::Request::try_from(request),
            Some(told) => reqwest::Request::try_from(in_pieces(request, told)),
        };
        let request = request.map_err(|e| {
            TransportError::not_sent("the request could not be built").because(e.without_url())
        })?;
        let mut answer = client.execute(request).await.map_err(classify)?;
        let mut head = http::Response::new(());
        *head.status_mut() = answer.status();
        *head.headers_mut() = std::mem::take(answer.headers_mut());
        if answer.content_length().is_some_and(|n| n > MAX_BODY as u64) {
            return Err(TransportError::too_long(MAX_BODY));
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(|e| {
            TransportError::perhaps("the connection was cut in the middle of the answer")
                .because(e.without_url())
        })? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(TransportError::too_long(MAX_BODY));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(head.map(|()| body.freeze()))
    }
}

/// The same request, whose body tells how far it is. Its length is said before, as without pieces: stores of files take no other.
fn in_pieces(mut request: http::Request<Bytes>, told: BodySent) -> http::Request<reqwest::Body> {
    let length = request.body().len();
    request.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    request.map(|bytes| {
        let pieces = (0..length).step_by(PIECE).map(move |from| {
            told.tell(from as u64);
            Ok::<_, std::convert::Infallible>(bytes.slice(from..length.min(from + PIECE)))
        });
        reqwest::Body::wrap_stream(stream::iter(pieces))
    })
}

/// Only a failure to connect is surely "not sent"; whatever comes later may have come after the last byte left.
fn classify(error: reqwest::Error) -> TransportError {
    // The URL carries ids and filters, which do not belong in an error's text.
    let error = error.without_url();
    if let Some(why) = untrusted(&error) {
        TransportError::untrusted(why)
    } else if error.is_connect() && error.is_timeout() {
        TransportError::not_sent("no connection within the time limit").because(error)
    } else if error.is_connect() {
        TransportError::not_sent("no connection could be made").because(error)
    } else if error.is_builder() {
        TransportError::not_sent("the request could not be built").because(error)
    } else {
        TransportError::perhaps("the connection was cut before an answer came").because(error)
    }
}
