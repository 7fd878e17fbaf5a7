//! What people write instead of a client: the baselines. One call after the other over the same way to the same org.

use std::{ops::ControlFlow, sync::Arc, time::Duration};

use bytes::Bytes;
use genesys::Transport;
use http::{
    HeaderValue, Request, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use model::GuestId;
use tokio::time::{Instant, sleep, sleep_until};

use super::{
    ground::{Ground, Way},
    judge::OTHERS_PATH,
};

/// How a script keeps to a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// 500 ms of sleep after each call, as tutorials advise; no second try.
    Pause,
    /// A call every 200 ms by the clock; no second try.
    Bucket,
    /// As fast as answers come; after a 429 again after 1, 2 and 4 s, then the guest is given up.
    Retry,
}

impl Script {
    /// For the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pause => "a script that pauses 500 ms",
            Self::Bucket => "a fixed bucket of 5/s",
            Self::Retry => "a script that only retries",
        }
    }

    /// Asks for one guest after the other until the time is over. Returns how many were given up.
    pub async fn run(self, ground: &Ground, until: Instant) -> Result<u64, String> {
        let bearer = sign_in(&ground.way).await?;
        let mut slot = Instant::now();
        let mut given_up = 0;
        for id in ground.guests.iter().cycle() {
            if Instant::now() >= until {
                break;
            }
            match self {
                Self::Pause => sleep(Duration::from_millis(500)).await,
                Self::Bucket => {
                    sleep_until(slot).await;
                    slot += Duration::from_millis(200);
                }
                Self::Retry => {}
            }
            if self.one(&ground.way, &bearer, *id).await?.is_break() {
                given_up += 1;
            }
        }
        Ok(given_up)
    }

    async fn one(self, way: &Way, bearer: &HeaderValue, id: GuestId) -> Result<ControlFlow<()>, String> {
        let pauses: &[u64] = if self == Self::Retry { &[1, 2, 4] } else { &[] };
        let mut pauses = pauses.iter();
        loop {
            let status = get(way, bearer, &format!("/api/v2/guests/{id}")).await?;
            if status != StatusCode::TOO_MANY_REQUESTS {
                return Ok(ControlFlow::Continue(()));
            }
            match pauses.next() {
                Some(seconds) => sleep(Duration::from_secs(*seconds)).await,
                None => return Ok(ControlFlow::Break(())),
            }
        }
    }
}

/// Another program with the token of the last client on this way: once a second by the clock, as soon as there is a
/// token, until it is dropped.
pub async fn other_client(way: Arc<Way>) -> Result<(), String> {
    let mut slot = Instant::now() + Duration::from_millis(400);
    loop {
        sleep_until(slot).await;
        slot += Duration::from_secs(1);
        if let Some(bearer) = way.bearer() {
            get(&way, &bearer, OTHERS_PATH).await?;
        }
    }
}

async fn sign_in(way: &Way) -> Result<HeaderValue, String> {
    let basic = HeaderValue::from_static("Basic ZGVtbzpkZW1v");
    let form = Some("grant_type=client_credentials");
    let answer = exchange(way, "POST", "/oauth/token", basic, form).await?;
    let body: serde_json::Value = serde_json::from_slice(answer.body()).map_err(|e| e.to_string())?;
    let token = body["access_token"].as_str().ok_or("no token")?;
    HeaderValue::try_from(format!("Bearer {token}")).map_err(|e| e.to_string())
}

async fn get(way: &Way, bearer: &HeaderValue, path: &str) -> Result<StatusCode, String> {
    Ok(exchange(way, "GET", path, bearer.clone(), None).await?.status())
}

async fn exchange(
    way: &Way,
    method: &str,
    path: &str,
    authorization: HeaderValue,
    form: Option<&'static str>,
) -> Result<http::Response<Bytes>, String> {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", way.origin))
        .header(AUTHORIZATION, authorization);
    if form.is_some() {
        request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    let request = request.body(Bytes::from(form.unwrap_or_default())).map_err(|e| e.to_string())?;
    way.send(request).await.map_err(|e| e.to_string())
}
