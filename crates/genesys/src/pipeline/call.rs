//! The one path that every call takes, from the offline switch to the typed answer.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, RETRY_AFTER},
};
use model::Secret;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, timeout};
use zeroize::Zeroizing;

use super::{
    admission::{Permit, Refused},
    budget::{Lane, RateHeaders},
    endpoints::below,
    error::Error,
    error_body,
    org_reply::OrgReply,
    request_log::{RequestRecord, SIGN_IN_PATH},
    retry::{self, Next, Outcome, Repeat},
    shared::Pipeline,
    sign_in::{Issued, Token},
    timeouts,
    transport::{Sent, TransportError},
    wanted::while_wanted,
};

/// One call of the API, ready to be sent any number of times.
#[derive(Debug)]
pub(crate) struct Call {
    /// For people: "list guests".
    pub name: &'static str,
    pub lane: Lane,
    pub method: Method,
    /// With placeholders, for the log.
    pub template: &'static str,
    /// Without them, for the wire. Built from ids only, which cannot contain a slash.
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub body: Option<Bytes>,
    pub repeat: Repeat,
    /// The statuses by which the org says that it was done; any other 2xx is somebody else's, such as a proxy's.
    pub done: &'static [u16],
}

impl Call {
    /// A GET without a query, which answers 200. Whoever needs another says so by struct update.
    pub(crate) fn get(name: &'static str, lane: Lane, path: &'static str) -> Self {
        Self {
            name,
            lane,
            method: Method::GET,
            template: path,
            path: path.into(),
            query: Vec::new(),
            body: None,
            repeat: Repeat::Harmless,
            done: &[200],
        }
    }

    /// A POST of this JSON.
    pub(crate) fn post(name: &'static str, lane: Lane, path: &'static str, body: &impl Serialize) -> Self {
        Self { method: Method::POST, body: Some(json(body)), ..Self::get(name, lane, path) }
    }

    /// Reads an answer, if it is one that the contract knows for this call.
    fn read<T>(
        &self,
        status: StatusCode,
        body: &[u8],
        read: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<T, String> {
        if self.done.contains(&status.as_u16()) {
            return read(body);
        }
        let done: Vec<String> = self.done.iter().map(u16::to_string).collect();
        Err(format!("it says {}, and the org says {} when this was done", status.as_u16(), done.join(" or ")))
    }
}

/// The body of a request.
pub(crate) fn json(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).expect("text keys and scalars always serialise").into()
}

/// What came of a call.
#[derive(Debug)]
pub(crate) struct Settled<T> {
    /// What the last try came to.
    pub result: Result<T, Error>,
    /// What the last try before it came to that may have been processed.
    pub uncertain: Option<Error>,
}

impl<T> Settled<T> {
    /// The result for a caller who must know whether anything was done: a last try that surely did nothing does
    /// not excuse an earlier one that may have.
    pub(crate) fn exact(self) -> Result<T, Error> {
        self.result.map_err(|last| match self.uncertain {
            Some(earlier) if !last.perhaps_processed() => earlier,
            _ => last,
        })
    }
}

/// One whole answer.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Pipeline {
    /// Makes the call, repeats it where that is harmless, and reads the answer by `read`, which says in a few
    /// words of its own what is wrong with it.
    pub(crate) async fn settle<T>(
        &self,
        call: &Call,
        read: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Settled<T> {
        self.settle_while(call, &|| true, read).await
    }

    /// As [`Pipeline::settle`], for a call that may be called off while it waits: `wanted` is asked each time that the
    /// call would leave now, and every second before that.
    pub(crate) async fn settle_while<T>(
        &self,
        call: &Call,
        wanted: &(dyn Fn() -> bool + Sync),
        read: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Settled<T> {
        let mut uncertain = None;
        let mut renewed = None;
        let mut attempt = 1;
        loop {
            let tried = self.try_once(call, wanted, &mut renewed, attempt).await;
            let result =
                tried.and_then(|(answer, permit)| match call.read(answer.status, &answer.body, &read) {
                    Ok(read) => {
                        permit.heard(true);
                        Ok(read)
                    }
                    Err(why) => {
                        permit.heard(false);
                        Err(self.bad_answer(call.name, &answer, why))
                    }
                });
            let Err(error) = &result else { return Settled { result, uncertain } };
            let next = outcome(error).map_or(Next::GiveUp, |outcome| {
                retry::next(call.repeat, call.lane, outcome, attempt, self.inner.jitter.roll())
            });
            let Next::Again(pause) = next else { return Settled { result, uncertain } };
            tracing::debug!(call = call.name, attempt, ?pause, "trying again");
            let pausing = self.unless_offline(call.name, while_wanted(call.name, wanted, sleep(pause)));
            // Offline, the last failure is told: it may say "perhaps processed". What is not wanted, the next try withdraws.
            if pausing.await.is_err() {
                return Settled { result, uncertain };
            }
            uncertain = result.err().filter(Error::perhaps_processed).or(uncertain);
            attempt += 1;
        }
    }

    /// One try, and one more with a renewed token when the org refuses the first one.
    async fn try_once(
        &self,
        call: &Call,
        wanted: &(dyn Fn() -> bool + Sync),
        renewed: &mut Option<u64>,
        attempt: u32,
    ) -> Result<(Answer, Permit), Error> {
        loop {
            let token = self.unless_offline(call.name, self.token(call, *renewed)).await??;
            let (answer, permit) = self.exchange(call, wanted, &token, attempt).await?;
            if answer.status.is_success() {
                self.inner.sign_in.accepted();
                return Ok((answer, permit));
            }
            let secrets = [token.secret.expose(), self.inner.settings.client_secret.expose()];
            let error = self.refusal(call.name, &answer, &secrets);
            permit.heard(!is_away(answer.status, &error));
            let refused = answer.status == StatusCode::UNAUTHORIZED;
            if refused && renewed.is_none() {
                *renewed = Some(token.number);
                continue;
            }
            if refused {
                self.inner.sign_in.reject(&error);
            }
            return Err(error);
        }
    }

    /// What the org's clock shows, for a question about a time: signs in where no answer has come yet. An org that shows no time
    /// has ours.
    ///
    /// # Errors
    /// What a sign-in can meet.
    pub async fn time(&self, lane: Lane) -> Result<DateTime<Utc>, Error> {
        if self.org_time().is_none() {
            let call = Call::get("sign in", lane, SIGN_IN_PATH);
            self.unless_offline(call.name, self.token(&call, None)).await??;
        }
        Ok(self.org_time().unwrap_or_else(|| self.now()))
    }

    /// A token for this call. A machine waits here, too, for an org that does not answer: a person who signs in must
    /// not find it in the way.
    async fn token(&self, call: &Call, refused: Option<u64>) -> Result<Token, Error> {
        let sign_in = &self.inner.sign_in;
        if let Some(error) = sign_in.rejected(call.lane) {
            return Err(error);
        }
        let entered = match sign_in.has_token(refused) {
            true => None,
            false => Some(self.inner.admission.enter_uncounted(call.lane).await),
        };
        let _permit = entered.transpose().map_err(|refused| not_let_through(call.name, refused))?;
        sign_in.token(refused, || self.sign_in()).await.map_err(Error::before_the_call)
    }

    /// Waits for the budget, sends, records. The permit still has to be told whether the answer is the org's.
    async fn exchange(
        &self,
        call: &Call,
        wanted: &(dyn Fn() -> bool + Sync),
        token: &Token,
        attempt: u32,
    ) -> Result<(Answer, Permit), Error> {
        let entering = while_wanted(call.name, wanted, self.inner.admission.enter(call.lane));
        let mut permit = self
            .unless_offline(call.name, entering)
            .await??
            .map_err(|refused| not_let_through(call.name, refused))?;
        if !wanted() {
            permit.not_sent();
            return Err(Error::Withdrawn { call: call.name });
        }
        let mut url = below(self.inner.settings.endpoints.api(), &call.path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let bearer = Zeroizing::new(format!("Bearer {}", token.secret.expose()));
        let mut request = request(call.name, call.method.clone(), url.as_str(), &bearer)?;
        if let Some(body) = &call.body {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = body.clone();
        }
        let sending = self.send(request, timeouts::ANSWER);
        let (result, switched_off) = match self.unless_offline(call.name, sending).await {
            Ok(result) => (result, false),
            Err(_) => (Err(TransportError::perhaps("switched offline while the call was under way")), true),
        };
        self.log(&call.method, call.template, attempt, permit.sent, result.as_ref().ok());
        match result {
            Ok(answer) => {
                let throttled = answer.status == StatusCode::TOO_MANY_REQUESTS;
                permit.answered(
                    RateHeaders::read(&answer.headers),
                    throttled.then(|| self.retry_after(&answer)),
                );
                Ok((answer, permit))
            }
            Err(source) => {
                match source.sent {
                    Sent::NotSent => permit.not_sent(),
                    Sent::Perhaps => permit.lost(),
                }
                if !switched_off {
                    permit.heard(false);
                }
                Err(Error::Unreachable { call: call.name, sent: source.sent, source })
            }
        }
    }

    /// Client credentials for a token. Not counted by the rate budget (`guest-api.md`, "Limits").
    async fn sign_in(&self) -> Result<Issued, Error> {
        const CALL: &str = "sign in";
        let settings = &self.inner.settings;
        let pair = Zeroizing::new(format!("{}:{}", settings.client_id, settings.client_secret.expose()));
        let coded = Zeroizing::new(BASE64.encode(pair.as_bytes()));
        let basic = Zeroizing::new(format!("Basic {}", coded.as_str()));
        let url = below(settings.endpoints.login(), SIGN_IN_PATH);
        let mut request = request(CALL, Method::POST, url.as_str(), &basic)?;
        request
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        *request.body_mut() = Bytes::from_static(b"grant_type=client_credentials");
        let permit = self.inner.admission.sign_in_permit();
        let result = self.send(request, timeouts::SIGN_IN).await;
        self.log(&Method::POST, SIGN_IN_PATH, 1, permit.sent, result.as_ref().ok());
        let answer = match result {
            Ok(answer) => answer,
            Err(source) => {
                permit.heard(false);
                return Err(Error::Unreachable { call: CALL, sent: source.sent, source });
            }
        };
        if answer.status.is_success() {
            let issued = read_token(&answer.body);
            permit.heard(issued.is_some());
            return issued.ok_or_else(|| self.bad_answer(CALL, &answer, "no access token in it".into()));
        }
        let secrets = [settings.client_secret.expose(), coded.as_str()];
        let error = self.refusal(CALL, &answer, &secrets);
        permit.heard(!is_away(answer.status, &error));
        Err(match error {
            // The vendor says 400 to a wrong secret, a wrong id and a wrong region alike.
            Error::Invalid { said, .. } if is_oauth_refusal(&said) => Error::CredentialsRejected(said),
            other => other,
        })
    }

    fn log(
        &self,
        method: &Method,
        template: &'static str,
        attempt: u32,
        sent: Instant,
        answer: Option<&Answer>,
    ) {
        self.inner.log.push(RequestRecord {
            at: self.inner.clock.now(),
            method: method.to_string(),
            template,
            status: answer.map(|answer| answer.status.as_u16()),
            millis: u64::try_from(sent.elapsed().as_millis()).unwrap_or(u64::MAX),
            attempt,
            correlation_id: answer.and_then(|answer| error_body::correlation_id(&answer.headers)),
        });
    }

    async fn send(&self, request: http::Request<Bytes>, limit: Duration) -> Result<Answer, TransportError> {
        match timeout(limit, self.inner.transport.send(request)).await {
            Ok(Ok(response)) => {
                let (head, body) = response.into_parts();
                if let Some(shown) = date(&head.headers) {
                    self.note_org_time(shown.into());
                }
                Ok(Answer { status: head.status, headers: head.headers, body })
            }
            Ok(Err(error)) => Err(error),
            Err(elapsed) => Err(TransportError::silence(limit).because(elapsed)),
        }
    }

    fn bad_answer(&self, call: &'static str, answer: &Answer, why: String) -> Error {
        Error::BadAnswer {
            call,
            status: answer.status.as_u16(),
            why,
            sent: Sent::Perhaps,
            correlation_id: error_body::correlation_id(&answer.headers),
            retry_after: self.retry_after(answer),
        }
    }

    fn refusal(&self, call: &'static str, answer: &Answer, secrets: &[&str]) -> Error {
        let id = error_body::correlation_id(&answer.headers);
        let retry_after = self.retry_after(answer);
        match error_body::to_error(call, answer.status, &answer.body, id, retry_after, secrets) {
            Error::Forbidden { missing: Some(names), said } => {
                let known = self.inner.permissions.get().map(Vec::as_slice).unwrap_or_default();
                Error::Forbidden { missing: Some(error_body::one_name(names, &said, known)), said }
            }
            error => error,
        }
    }

    /// A date is read against the org's own clock where it shows it: ours may be hours off.
    fn retry_after(&self, answer: &Answer) -> Option<Duration> {
        let now = date(&answer.headers).map_or_else(|| self.inner.clock.now(), Into::into);
        retry::retry_after(answer.headers.get_all(RETRY_AFTER), now)
    }

    /// Runs `what` until it is done or the connection is switched off, whichever comes first.
    async fn unless_offline<T>(&self, call: &'static str, what: impl Future<Output = T>) -> Result<T, Error> {
        let mut online = self.inner.online.subscribe();
        tokio::select! {
            biased;
            _ = online.wait_for(|on| !on) => Err(Error::Offline { call }),
            done = what => Ok(done),
        }
    }
}

fn date(headers: &HeaderMap) -> Option<std::time::SystemTime> {
    httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?.trim()).ok()
}

fn request(
    call: &'static str,
    method: Method,
    url: &str,
    authorization: &str,
) -> Result<http::Request<Bytes>, Error> {
    let built = HeaderValue::from_str(authorization).map_err(http::Error::from).and_then(|mut value| {
        value.set_sensitive(true);
        http::Request::builder()
            .method(method)
            .uri(url)
            .header(AUTHORIZATION, value)
            .header(ACCEPT, "application/json")
            .body(Bytes::new())
    });
    built.map_err(|e| {
        let source = TransportError::not_sent("the request could not be built").because(e);
        Error::Unreachable { call, sent: Sent::NotSent, source }
    })
}

/// What the retry decision needs to know of an error; `None` for what no second try can change.
fn outcome(error: &Error) -> Option<Outcome> {
    match error {
        Error::Unreachable { source, .. } if source.too_long => None,
        Error::Unreachable { source, .. } if source.timed_out => Some(Outcome::Silence),
        Error::Unreachable { sent, .. } => Some(Outcome::NoAnswer(*sent)),
        Error::BadAnswer { status, .. } => {
            let passes = matches!(status, 200..=299 | 404 | 410) || error.told_wait().is_some();
            passes.then(|| Outcome::Unreadable(error.told_wait()))
        }
        Error::RateLimited(said) | Error::OrgFailed { said, .. } => {
            Some(Outcome::Status(said.status, error.told_wait()))
        }
        _ => None,
    }
}

fn not_let_through(call: &'static str, refused: Refused) -> Error {
    match refused {
        Refused::NotAnswering(next_try) => Error::NotAnswering { call, next_try },
        Refused::Spent(wait) => {
            let message = Some("the rate budget is spent for longer than one call may wait".into());
            Error::RateLimited(OrgReply {
                call,
                status: 429,
                by_our_look: false,
                code: None,
                message,
                correlation_id: None,
                retry_after: Some(wait),
            })
        }
    }
}

/// Whether it tells the breaker that the org is away, or that something else answers in its place.
fn is_away(status: StatusCode, error: &Error) -> bool {
    matches!(error, Error::BadAnswer { .. }) || matches!(status.as_u16(), 500 | 502 | 503 | 504)
}

fn is_oauth_refusal(said: &OrgReply) -> bool {
    matches!(said.code.as_deref(), Some("invalid_client" | "invalid_grant" | "unauthorized_client"))
}

fn read_token(body: &[u8]) -> Option<Issued> {
    #[derive(Deserialize)]
    struct Wire {
        access_token: String,
        #[serde(default = "a_day")]
        expires_in: f64,
    }
    fn a_day() -> f64 {
        86_400.0
    }
    let wire: Wire = serde_json::from_slice(body).ok()?;
    let usable = !wire.access_token.is_empty() && wire.access_token.bytes().all(|b| b.is_ascii_graphic());
    let lifetime = Duration::from_secs_f64(wire.expires_in.clamp(0.0, 1e9));
    usable.then(|| Issued { token: Secret::new(wire.access_token), lifetime })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_answer_of_the_wrong_shape_is_no_token() {
        for body in [
            "",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":7}"#,
            "{\"access_token\":\"a\\nb\"}",
            "<html>",
        ] {
            assert!(read_token(body.as_bytes()).is_none(), "{body}");
        }
        let life = |body: &str| read_token(body.as_bytes()).unwrap().lifetime.as_secs();
        assert_eq!(life(r#"{"access_token":"t","token_type":"bearer","expires_in":300}"#), 300);
        assert_eq!(life(r#"{"access_token":"t"}"#), 86_400);
        assert_eq!(life(r#"{"access_token":"t","expires_in":-5}"#), 0);
    }
}
