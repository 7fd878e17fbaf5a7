//! The access token: fetched once however many callers wait, renewed before it expires, kept in memory only.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use model::Secret;
use tokio::time::Instant;

use super::{budget::Lane, error::Error, jitter::Jitter, timeouts};

/// A token as it was issued.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    pub token: Secret,
    pub lifetime: Duration,
}

/// A token in use. The number tells tokens apart, so that fifty callers refused with the same one renew it once.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub secret: Secret,
    pub number: u64,
    renew_at: Instant,
    dead_at: Instant,
}

#[derive(Debug)]
pub(crate) struct SignIn {
    jitter: Arc<Jitter>,
    /// Held while one caller asks for a token; the others wait for it here.
    flight: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    token: Option<Token>,
    /// Sign-ins begun so far.
    begun: u64,
    /// The last failed one and its number: told to everyone who waited for it, so that a hundred waiting callers
    /// do not become a hundred sign-ins with a wrong secret.
    failed: Option<(u64, Error)>,
    /// The org rejected the credentials or a fresh token of theirs, and nothing was accepted since.
    rejected: Option<(Instant, Error)>,
}

impl SignIn {
    pub(crate) fn new(jitter: Arc<Jitter>) -> Self {
        Self { jitter, flight: tokio::sync::Mutex::default(), state: Mutex::default() }
    }

    /// What the org said when it rejected the credentials, as long as machines do not ask it again. A call that the org
    /// accepts ends this; after [`timeouts::REJECTED_REST`] a machine may try, too.
    pub(crate) fn rejected(&self, lane: Lane) -> Option<Error> {
        let now = Instant::now();
        let state = self.lock();
        let (since, error) = state.rejected.as_ref().filter(|_| lane != Lane::Person)?;
        (now < *since + timeouts::REJECTED_REST).then(|| error.clone())
    }

    /// The org refused a token that it had issued just before.
    pub(crate) fn reject(&self, error: &Error) {
        self.lock().rejected = Some((Instant::now(), error.clone()));
    }

    /// The org accepted a token.
    pub(crate) fn accepted(&self) {
        self.lock().rejected = None;
    }

    /// Whether a call can go without signing in first.
    pub(crate) fn has_token(&self, refused: Option<u64>) -> bool {
        let now = Instant::now();
        let state = self.lock();
        state.token.as_ref().is_some_and(|t| refused.is_none_or(|r| t.number > r) && now < t.dead_at)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds the token")
    }

    /// A token that is good as far as we know; other than the one with the number `refused`, where the org has refused
    /// one. In the last part of its life one caller renews it while the others go on with the old one; `fetch` is called
    /// by one at a time.
    pub(crate) async fn token<F>(
        &self,
        refused: Option<u64>,
        fetch: impl FnOnce() -> F,
    ) -> Result<Token, Error>
    where
        F: Future<Output = Result<Issued, Error>>,
    {
        let now = Instant::now();
        let current = self.lock().token.clone().filter(|t| now < t.dead_at && refused.is_none());
        match current {
            Some(token) if now < token.renew_at => Ok(token),
            Some(token) => {
                let Ok(_flight) = self.flight.try_lock() else { return Ok(token) };
                if let Some(renewed) = self.newer_than(token.number) {
                    return Ok(renewed);
                }
                self.fetch(fetch).await.or_else(|_| {
                    // The old token still works, so the failure is no error yet; the next renewal waits for a while.
                    if let Some(old) = self.lock().token.as_mut() {
                        old.renew_at = Instant::now() + timeouts::RENEW_AGAIN;
                    }
                    Ok(token)
                })
            }
            None => self.renew(refused, fetch).await,
        }
    }

    async fn renew<F>(&self, refused: Option<u64>, fetch: impl FnOnce() -> F) -> Result<Token, Error>
    where
        F: Future<Output = Result<Issued, Error>>,
    {
        let before = self.lock().begun;
        let waited = self.flight.try_lock().is_err();
        let _flight = self.flight.lock().await;
        if let Some(token) = self.newer_than(refused.unwrap_or(0)) {
            return Ok(token);
        }
        if let Some((number, error)) = self.lock().failed.clone()
            && waited
            && number >= before
        {
            return Err(error);
        }
        self.fetch(fetch).await
    }

    fn newer_than(&self, number: u64) -> Option<Token> {
        let now = Instant::now();
        self.lock().token.clone().filter(|t| t.number > number && now < t.renew_at)
    }

    async fn fetch<F>(&self, fetch: impl FnOnce() -> F) -> Result<Token, Error>
    where
        F: Future<Output = Result<Issued, Error>>,
    {
        let number = {
            let mut state = self.lock();
            state.begun += 1;
            state.begun
        };
        let asked = Instant::now();
        let issued = fetch().await;
        let mut state = self.lock();
        match issued {
            Ok(issued) => {
                let (renew_after, dead_after) = spans(issued.lifetime, self.jitter.roll());
                let token = Token {
                    secret: issued.token,
                    number,
                    renew_at: asked + renew_after,
                    dead_at: asked + dead_after,
                };
                state.token = Some(token.clone());
                state.failed = None;
                Ok(token)
            }
            Err(error) => {
                if matches!(error, Error::CredentialsRejected(_)) {
                    state.rejected = Some((Instant::now(), error.clone()));
                }
                state.failed = Some((number, error.clone()));
                Err(error)
            }
        }
    }
}

/// After how long a token is renewed, and after how long it is not used any more. Renewed between 80 and 90 % of
/// its life, by `roll` in 0..1, so that many consoles started at once do not renew at once.
fn spans(lifetime: Duration, roll: f64) -> (Duration, Duration) {
    // A day is the vendor's longest but one (48 h); a number from outside must not overflow an instant.
    let lifetime = lifetime.min(Duration::from_secs(48 * 3_600));
    if lifetime < timeouts::SHORTEST_TOKEN {
        return (lifetime, lifetime);
    }
    (lifetime.mul_f64(0.8 + 0.1 * roll.clamp(0.0, 1.0)), lifetime - timeouts::TOKEN_MARGIN)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_token_is_renewed_before_it_is_given_up_and_given_up_before_it_expires(life in 0u64..10_000_000, roll in 0.0..1.0) {
            let life = Duration::from_secs(life);
            let (renew, dead) = spans(life, roll);
            prop_assert!(renew <= dead && dead <= life);
            if life >= Duration::from_secs(300) && life <= Duration::from_secs(48 * 3_600) {
                prop_assert!(renew >= life.mul_f64(0.79) && dead < life);
            }
        }
    }
}
