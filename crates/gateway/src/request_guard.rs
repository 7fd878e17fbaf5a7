//! The checks that every request passes before a route sees it, and the headers that every answer carries.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use app::{App, Failure};
use axum::{body::Body, middleware::Next, response::IntoResponse, response::Response};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, HOST, ORIGIN, VARY, X_CONTENT_TYPE_OPTIONS,
    },
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, timeout_at},
};

use crate::{
    Limits, Options, Origin,
    client_rate::ClientRate,
    origin::{self, Page},
    response::Refusal,
};

/// How long the org's own limit may make a request wait before it is answered with it.
const SHORT_WAIT: Duration = Duration::from_secs(1);
/// A person's call leaves so many of a window; with no more left it is spent (`genesys`, rate budget).
const LAST: u32 = 2;

/// What all requests share.
pub(crate) struct RequestGuard {
    pub(crate) app: App,
    pub(crate) cookie_secure: bool,
    pub(crate) limits: Limits,
    scheme: &'static str,
    loopback_only: bool,
    allowed_origins: Vec<Origin>,
    pace: Option<Mutex<ClientRate>>,
    opened: Instant,
    /// Those that wait for the org or for their turn at it.
    in_line: Semaphore,
    asking: Semaphore,
    saying: Semaphore,
}

/// What the checks found.
enum Verdict {
    Refused(Refusal),
    /// A browser asks before it sends.
    Preflight,
    Passed,
}

impl RequestGuard {
    pub(crate) fn new(app: App, options: &Options) -> Self {
        let limits = options.limits;
        Self {
            app,
            cookie_secure: options.cookie_secure,
            limits,
            scheme: if options.tls.is_some() { "https" } else { "http" },
            loopback_only: options.is_loopback(),
            allowed_origins: options.allowed_origins.clone(),
            pace: options.rate.map(|n: NonZeroU32| Mutex::new(ClientRate::new(n))),
            opened: Instant::now(),
            in_line: Semaphore::new(limits.asking + limits.in_line),
            asking: Semaphore::new(limits.asking),
            saying: Semaphore::new(limits.saying),
        }
    }

    /// Answers one request of a client.
    pub(crate) async fn answer(&self, routes: Next, request: Request<Body>, client: IpAddr) -> Response {
        let (verdict, cors) = self.check(&request, client);
        let mut response = match verdict {
            Verdict::Refused(refusal) => refusal.into_response(),
            Verdict::Preflight => preflight(),
            Verdict::Passed => routes.run(request).await,
        };
        let headers = response.headers_mut();
        let fixed = |name: HeaderName, value: &'static str, headers: &mut HeaderMap| {
            headers.insert(name, HeaderValue::from_static(value));
        };
        fixed(CACHE_CONTROL, "no-store", headers);
        fixed(X_CONTENT_TYPE_OPTIONS, "nosniff", headers);
        fixed(HeaderName::from_static("cross-origin-resource-policy"), "same-origin", headers);
        fixed(VARY, "Origin", headers);
        if let Some(origin) = cors {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            fixed(ACCESS_CONTROL_ALLOW_CREDENTIALS, "true", headers);
            fixed(ACCESS_CONTROL_EXPOSE_HEADERS, "Retry-After", headers);
        }
        response
    }

    /// Host, origin, rate; with the page's origin where the answer must name it. A page that was let in may also read why it was
    /// refused afterwards.
    fn check(&self, request: &Request<Body>, client: IpAddr) -> (Verdict, Option<HeaderValue>) {
        let Some(host) = host(request) else {
            let message = "The request names no host, or several.";
            let refusal = Refusal::new(StatusCode::BAD_REQUEST, "bad_host", message, "Send one Host header.");
            return (Verdict::Refused(refusal), None);
        };
        if self.loopback_only && !origin::is_loopback(host) {
            let refusal = Refusal::new(
                StatusCode::FORBIDDEN,
                "host_not_allowed",
                "The request names a host that is not this machine's loopback.",
                "Call the gateway by localhost or 127.0.0.1.",
            );
            return (Verdict::Refused(refusal), None);
        }
        let given = only(request.headers(), &ORIGIN);
        let page = match given {
            Given::Unclear => Page::Foreign,
            Given::Nothing => Page::Own,
            Given::One(text) => origin::page(Some(text), self.scheme, host, &self.allowed_origins),
        };
        let cors = match page {
            Page::Own => None,
            Page::Allowed => request.headers().get(ORIGIN).cloned(),
            Page::Foreign => {
                let refusal = Refusal::new(
                    StatusCode::FORBIDDEN,
                    "origin_not_allowed",
                    "The page's origin may not call this gateway.",
                    "Start the gateway with --allow-origin and the page's origin.",
                );
                return (Verdict::Refused(refusal), None);
            }
        };
        if let Some(pace) = &self.pace {
            let mut pace = pace.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(wait) = pace.take(client, self.opened.elapsed()) {
                return (Verdict::Refused(Refusal::too_often(wait)), cors);
            }
        }
        let asks = request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        let preflight = request.method() == Method::OPTIONS && asks && !matches!(given, Given::Nothing);
        (if preflight { Verdict::Preflight } else { Verdict::Passed }, cors)
    }

    /// Asks the org, for as long as a guest waits and no longer, the wait for a turn included.
    pub(crate) async fn ask<T>(&self, what: impl Future<Output = Result<T, Failure>>) -> Result<T, Refusal> {
        let end = Instant::now() + self.limits.ask;
        let _place = self.in_line.try_acquire().map_err(|_| Refusal::busy())?;
        let _turn = turn(&self.asking, end).await?;
        tokio::pin!(what);
        if let Ok(done) = timeout_at(end.min(Instant::now() + SHORT_WAIT), &mut what).await {
            return Ok(done?);
        }
        // Whoever waits for the next window is told so at once; nothing was sent for them.
        if let Some(wait) =
            self.spent_for().filter(|wait| *wait > end.saturating_duration_since(Instant::now()))
        {
            return Err(Refusal::org_limited(Some(wait)));
        }
        match timeout_at(end, &mut what).await {
            Ok(done) => Ok(done?),
            Err(_) => Err(match self.spent_for() {
                Some(wait) => Refusal::org_limited(Some(wait)),
                None => Refusal::org_away(),
            }),
        }
    }

    /// A turn at the disk.
    pub(crate) async fn turn_at_the_disk(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        turn(&self.saying, Instant::now() + self.limits.ask).await
    }

    /// How long the org's window is still spent, as the last call found it.
    fn spent_for(&self) -> Option<Duration> {
        let budget = self.app.status().budget;
        let spent = budget.reset_seconds > 0 && budget.count.saturating_add(LAST) >= budget.allowed;
        spent.then(|| Duration::from_secs(budget.reset_seconds.into()))
    }
}

async fn turn(turns: &Semaphore, end: Instant) -> Result<SemaphorePermit<'_>, Refusal> {
    match timeout_at(end, turns.acquire()).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(Refusal::busy()),
    }
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
fn host(request: &Request<Body>) -> Option<&str> {
    match (request.uri().authority(), only(request.headers(), &HOST)) {
        (_, Given::Unclear) => None,
        (Some(target), Given::One(header)) if target.as_str() != header => None,
        (Some(target), _) => Some(target.as_str()),
        (None, Given::One(header)) => Some(header),
        (None, Given::Nothing) => None,
    }
}

/// The answer to a browser that asks before it sends.
fn preflight() -> Response {
    (
        StatusCode::NO_CONTENT,
        [
            (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT"),
            (ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type"),
            (ACCESS_CONTROL_MAX_AGE, "600"),
        ],
    )
        .into_response()
}

/// What the routes hold.
pub(crate) type Shared = Arc<RequestGuard>;
