//! The chat gateway that a person switches on in Settings: on loopback only, for as long as the window is open and its
//! connection in use. The window delivers the outbox as it does anyway.

use std::net::{Ipv4Addr, SocketAddr};

use app::{App, Failure, Result};
use gateway::{Gateway, Options, Origin};
use serde::Serialize;
use specta::Type;
use tokio::sync::Mutex;

const MAX_ORIGIN: usize = 300;

/// Whether the chat gateway of this window is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GatewayView {
    /// Where it listens, such as `http://127.0.0.1:3000`; `None` while it is closed.
    pub(crate) url: Option<String>,
}

#[derive(Default)]
pub(crate) struct GatewaySwitch {
    open: Mutex<Option<Gateway>>,
}

impl GatewaySwitch {
    pub(crate) async fn status(&self) -> GatewayView {
        GatewayView { url: self.open.lock().await.as_ref().map(|g| g.url().to_owned()) }
    }

    /// `options` are those of [`options`], and who may come in is known to a person.
    pub(crate) async fn start(&self, app: App, options: Options) -> Result<GatewayView> {
        let mut open = self.open.lock().await;
        let gateway = match open.take() {
            Some(already) => already,
            None => Gateway::start(app, options).await.map_err(at_the_port)?,
        };
        let url = open.insert(gateway).url().to_owned();
        Ok(GatewayView { url: Some(url) })
    }

    /// Closes it. It holds its connection: a window that lets go of that closes it first.
    pub(crate) async fn stop(&self) {
        let gateway = self.open.lock().await.take();
        if let Some(gateway) = gateway {
            gateway.stop().await;
        }
    }
}

/// On loopback, for pages of the gateway itself and of one origin at most.
pub(crate) fn options(port: u16, origin: Option<String>) -> Result<Options> {
    let origin = origin.filter(|text| !text.trim().is_empty());
    if origin.as_ref().is_some_and(|text| text.len() > MAX_ORIGIN) {
        return Err(Failure::field("origin", format!("has at most {MAX_ORIGIN} bytes")));
    }
    let allowed = origin
        .map(|text| text.trim().parse::<Origin>().map_err(|why| Failure::field("origin", why)))
        .transpose()?;
    Ok(Options {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        allowed_origins: allowed.into_iter().collect(),
        ..Options::default()
    })
}

/// The page knows the address as a port.
fn at_the_port(mut failure: Failure) -> Failure {
    for problem in failure.fields.iter_mut().filter(|problem| problem.field == "listen") {
        problem.field = "port".to_owned();
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_listens_on_loopback_whatever_the_page_says_and_lets_in_named_origins_only() {
        let open = options(3000, Some(" http://localhost:5173 ".into())).unwrap();
        assert!(open.listen.ip().is_loopback() && !open.allow_remote && open.tls.is_none());
        assert_eq!(open.allowed_origins[0].as_str(), "http://localhost:5173");
        assert!(options(0, None).unwrap().allowed_origins.is_empty());
        assert!(options(0, Some("  ".into())).unwrap().allowed_origins.is_empty());
        for bad in ["*", "null", "localhost", "http://a/b", &"http://a".repeat(100)] {
            assert_eq!(options(0, Some(bad.into())).unwrap_err().fields[0].field, "origin", "{bad}");
        }
    }
}
