//! What goes wrong with the guest socket, as people are told it.

use genesys::{
    wait_words,
    webmessaging::{RefusedBecause, WebMessagingError},
};

use super::{Failure, FailureCode};

impl From<WebMessagingError> for Failure {
    fn from(error: WebMessagingError) -> Self {
        use WebMessagingError as E;
        let message = || format!("{}.", capital(error.to_string().trim_end_matches('.')));
        let (code, next) = match &error {
            E::BadDeployment(_) => {
                (FailureCode::NotFound, "Check the id of the deployment and the region or address.")
            }
            E::Unreachable { .. } => {
                (FailureCode::Unreachable, "Check the network, and the region or address, then try again.")
            }
            E::NotTrusted { .. } => (
                FailureCode::Unreachable,
                "Give --ca FILE, or set GC_CA_FILE, with the certificate of who signs for this server.",
            ),
            E::Silent { .. } | E::Lost(_) => {
                (FailureCode::Unreachable, "Try again; if it stays, ask the org's administrator.")
            }
            E::Refused { because: RefusedBecause::DeploymentOrOrigin, .. } => (
                FailureCode::Forbidden,
                "Check that the deployment is active, and that it allows the origin: give that with --origin or GC_ORIGIN.",
            ),
            E::Refused { because: RefusedBecause::TooMany, .. } => {
                (FailureCode::RateLimited, "Try again in a few minutes, with fewer guests at once.")
            }
            E::Refused { because: RefusedBecause::Trouble, .. } => {
                (FailureCode::OrgFailed, "Try again later; if it stays, ask the org's administrator.")
            }
            E::Refused { because: RefusedBecause::SignIn, .. } => (
                FailureCode::OrgFailed,
                "Check the address, and a proxy that the environment names (HTTPS_PROXY, NO_PROXY).",
            ),
            E::Refused { because: RefusedBecause::NoSocket, .. } => {
                (FailureCode::OrgFailed, "Check the address: web messaging is not served there.")
            }
            E::SessionRefused { code: 429 | 4029, .. } => {
                (FailureCode::RateLimited, "Wait a minute, then try again.")
            }
            E::SessionRefused { code: 401, .. } => (
                FailureCode::Forbidden,
                // vendor-fact: deployment-sign-in
                "Guests of this deployment have to sign in, which guests of the lab do not: switch that off for the deployment, or \
                 choose another.",
            ),
            E::SessionRefused { code: 403, .. } => (
                FailureCode::Forbidden,
                "Begin without a token, since this one may belong to another deployment, and check the origin.",
            ),
            E::SessionRefused { .. } => (
                FailureCode::OrgFailed,
                // vendor-fact: error-codes
                "See what the code means in the vendor's list of web messaging errors.",
            ),
            E::NotOffered(_) => (
                FailureCode::OrgFailed,
                "Have the deployment's configuration changed, or choose another deployment.",
            ),
            E::Invalid { field, why } => return Self::field(field, why.clone()),
            E::Over => (FailureCode::ConversationClosed, "Start another chat."),
        };
        let failure = Self::new(code, message()).with_next(next);
        let Some(wait) = error.told_wait() else { return failure };
        let failure =
            Self { retry_after_ms: Some(u32::try_from(wait.as_millis()).unwrap_or(u32::MAX)), ..failure };
        match code {
            FailureCode::RateLimited => failure.with_next(format!("Try again in {}.", wait_words(wait))),
            _ => failure,
        }
    }
}

/// A sentence begins with a capital, a host with what it has.
fn capital(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    if first.contains(['.', ':']) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_refusal_of_a_session_has_advice_of_its_own() {
        let next = |code| {
            Failure::from(WebMessagingError::SessionRefused { code, text: "no".into(), retry_after: None })
                .next
        };
        let all: std::collections::BTreeSet<_> = [401, 403, 429, 4000].into_iter().map(next).collect();
        assert_eq!(all.len(), 4, "{all:?}");
        assert!(next(401).contains("have to sign in") && next(403).contains("token"));
    }

    #[test]
    fn who_is_told_to_wait_learns_for_how_long() {
        let error = WebMessagingError::Refused {
            host: "webmessaging.example".into(),
            status: 429,
            because: RefusedBecause::TooMany,
            retry_after: Some(Duration::from_secs(7_200)),
        };
        let failure = Failure::from(error);
        assert_eq!(
            (failure.next.as_str(), failure.retry_after_ms),
            ("Try again in 2 hours.", Some(7_200_000))
        );
    }

    #[test]
    fn a_socket_that_cannot_be_had_is_69_and_one_that_is_refused_is_77() {
        let host = || "127.0.0.1:9".to_owned();
        let refused =
            |because| WebMessagingError::Refused { host: host(), status: 403, because, retry_after: None };
        for (error, code) in [
            (WebMessagingError::Unreachable { host: host(), why: "refused".into() }, 69),
            (WebMessagingError::Unreachable { host: "localhost:9".into(), why: "it ended.".into() }, 69),
            (WebMessagingError::NotTrusted { host: host(), why: "unknown issuer".into() }, 69),
            (WebMessagingError::Silent { host: host(), within: Duration::from_secs(10) }, 69),
            (refused(RefusedBecause::DeploymentOrOrigin), 77),
            (refused(RefusedBecause::of(404)), 1),
            (refused(RefusedBecause::of(503)), 1),
            (
                WebMessagingError::SessionRefused { code: 429, text: "too often".into(), retry_after: None },
                75,
            ),
            (WebMessagingError::SessionRefused { code: 401, text: "sign in".into(), retry_after: None }, 77),
            (
                WebMessagingError::SessionRefused {
                    code: 403,
                    text: "not authorized".into(),
                    retry_after: None,
                },
                77,
            ),
            (
                WebMessagingError::SessionRefused {
                    code: 4000,
                    text: "not offered".into(),
                    retry_after: None,
                },
                1,
            ),
            (WebMessagingError::BadDeployment("there is no such deployment".into()), 1),
            (WebMessagingError::Invalid { field: "text", why: "is empty".into() }, 2),
        ] {
            let failure = Failure::from(error);
            assert_eq!(failure.code.exit_code(), code, "{failure:?}");
            assert!(
                !failure.message.contains("..") && !failure.message.starts_with("Localhost"),
                "{failure:?}"
            );
        }
    }
}
