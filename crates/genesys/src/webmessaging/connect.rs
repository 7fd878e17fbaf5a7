//! Connections for sockets: TCP, a tunnel where the environment names a proxy, and TLS.

use std::sync::{Arc, OnceLock};

use http::Uri;
use hyper_util::{
    client::{
        legacy::connect::{HttpConnector, proxy::Tunnel},
        proxy::matcher::Matcher,
    },
    rt::TokioIo,
};
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tower::ServiceExt;
use url::{Host, Url};

use super::{deployment::host_and_port, dialer::ByteStream, error::WebMessagingError};
use crate::{
    ExtraRoots,
    pipeline::{regions::is_loopback, resolve::resolve, untrusted::untrusted},
};

/// Makes connections. The TLS library is set up by the first that needs it.
pub(super) struct Connector {
    roots: ExtraRoots,
    tls: OnceLock<Arc<ClientConfig>>,
    proxies: OnceLock<Matcher>,
}

impl Connector {
    pub(super) fn new(roots: ExtraRoots) -> Self {
        Self { roots, tls: OnceLock::new(), proxies: OnceLock::new() }
    }

    pub(super) async fn connect(&self, address: &Url) -> Result<Box<dyn ByteStream>, WebMessagingError> {
        let name = host_and_port(address);
        let unreachable = |why: String| WebMessagingError::Unreachable { host: name.clone(), why };
        let (Some(host), Some(port)) = (address.host(), address.port_or_known_default()) else {
            return Err(unreachable("the address names no host".to_owned()));
        };
        let tcp = match self.proxy(&host, port) {
            None => direct(&host, port)
                .await
                .map_err(|e| unreachable(format!("no connection ({})", words(&e))))?,
            Some((tunnel, target)) => through(tunnel, target).await.map_err(unreachable)?,
        };
        // Small frames leave at once; where that cannot be set they leave a little later.
        let _ = tcp.set_nodelay(true);
        if address.scheme() == "ws" {
            return Ok(Box::new(tcp));
        }
        let server = match &host {
            Host::Domain(name) => ServerName::try_from((*name).to_owned())
                .map_err(|_| unreachable("its name cannot stand in a certificate".to_owned()))?,
            Host::Ipv4(ip) => ServerName::from(std::net::IpAddr::from(*ip)),
            Host::Ipv6(ip) => ServerName::from(std::net::IpAddr::from(*ip)),
        };
        let tls = TlsConnector::from(self.tls().await.map_err(unreachable)?);
        match tls.connect(server, tcp).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(match untrusted(&error) {
                Some(why) => WebMessagingError::NotTrusted { host: name, why: why.to_owned() },
                None => unreachable(format!("TLS failed ({error:.160})")),
            }),
        }
    }

    async fn tls(&self) -> Result<Arc<ClientConfig>, String> {
        if let Some(tls) = self.tls.get() {
            return Ok(Arc::clone(tls));
        }
        // Reading the system's certificates takes longer than a task may block.
        let roots = self.roots.clone();
        let made = tokio::task::spawn_blocking(move || roots.client_config())
            .await
            .map_err(|_| "the TLS library could not be set up".to_owned())?
            .map_err(|error| error.to_string())?;
        Ok(Arc::clone(self.tls.get_or_init(|| Arc::new(made))))
    }

    /// The proxy's tunnel and where it leads; none for loopback, whatever the environment says.
    fn proxy(&self, host: &Host<&str>, port: u16) -> Option<(Tunnel<HttpConnector>, Uri)> {
        if is_loopback(host) {
            return None;
        }
        let target: Uri = format!("https://{host}:{port}").parse().ok()?;
        let proxy = self.proxies.get_or_init(Matcher::from_system).intercept(&target)?;
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        let tunnel = Tunnel::new(proxy.uri().clone(), http);
        Some((
            match proxy.basic_auth() {
                Some(credentials) => tunnel.with_auth(credentials.clone()),
                None => tunnel,
            },
            target,
        ))
    }
}

async fn direct(host: &Host<&str>, port: u16) -> std::io::Result<TcpStream> {
    match host {
        Host::Domain(name) => TcpStream::connect(&*resolve(name, port).await?).await,
        Host::Ipv4(ip) => TcpStream::connect((*ip, port)).await,
        Host::Ipv6(ip) => TcpStream::connect((*ip, port)).await,
    }
}

/// The system's words without the number of the error behind them.
fn words(error: &std::io::Error) -> String {
    let words = error.to_string();
    words.split(" (os error").next().unwrap_or_default().to_owned()
}

async fn through(tunnel: Tunnel<HttpConnector>, target: Uri) -> Result<TcpStream, String> {
    tunnel
        .oneshot(target)
        .await
        .map(TokioIo::into_inner)
        .map_err(|error| format!("the proxy that the environment names led nowhere ({error})"))
}

#[cfg(test)]
#[path = "connect_tests.rs"]
mod tests;
