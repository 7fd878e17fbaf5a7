//! The one error of the client: what failed, whether it may have been processed all the same, and what to do next.

use std::time::Duration;

use super::{
    breaker::whole_seconds,
    org_reply::OrgReply,
    regions::REGIONS,
    transport::{Sent, TransportError},
    wait_words::wait_words,
};

/// One field that the org did not accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name on the wire.
    pub field: String,
    /// What is wrong with it, as the org says it.
    pub message: String,
}

/// Why a call failed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client is switched offline; nothing left this machine.
    #[error("{call}: switched offline")]
    Offline {
        /// What was asked.
        call: &'static str,
    },
    /// The org has not answered lately, so machines do not call it; nothing was sent. Never for a person's call.
    #[error("{call}: the org has not answered lately")]
    NotAnswering {
        /// What was asked.
        call: &'static str,
        /// Until the next try.
        next_try: Duration,
    },
    /// Whoever asked did not want it any more when it would have left; nothing was sent.
    #[error("{call}: called off before it left")]
    Withdrawn {
        /// What was asked.
        call: &'static str,
    },
    /// No answer came.
    #[error("{call}: the org cannot be reached")]
    Unreachable {
        /// What was asked.
        call: &'static str,
        /// Whether the org may have processed it.
        sent: Sent,
        /// What happened on the network.
        #[source]
        source: TransportError,
    },
    /// Wrong client id or secret, or a fresh token was refused again.
    #[error("credentials rejected: {0}")]
    CredentialsRejected(OrgReply),
    /// The credentials are good but not enough.
    #[error("not allowed: {said}")]
    Forbidden {
        /// The scope (or permission) that the client lacks, where it can be told.
        missing: Option<String>,
        /// What the org said.
        said: OrgReply,
    },
    /// 404 with the org's own error body. Without that body it is an [`Error::BadAnswer`]: a proxy's page says nothing about a guest.
    #[error("not found: {0}")]
    NotFound(OrgReply),
    /// 410 with the org's own error body: it was there once, such as a closed conversation.
    #[error("over: {0}")]
    Gone(OrgReply),
    /// 409: changed meanwhile, or the id is taken.
    #[error("changed meanwhile or already there: {0}")]
    Conflict(OrgReply),
    /// 400, 413, 415, 422 and other refusals of this one request.
    #[error("refused: {said}")]
    Invalid {
        /// The fields the org named, if any.
        fields: Vec<FieldError>,
        /// What the org said.
        said: OrgReply,
    },
    /// 429, or a wait that is longer than one call may take. Surely not processed.
    #[error("rate limited: {0}")]
    RateLimited(OrgReply),
    /// 5xx or 408; whatever the sign-in was refused with that says nothing of the credentials.
    #[error("the org failed: {said}")]
    OrgFailed {
        /// Whether the org may have processed it all the same.
        sent: Sent,
        /// What the org said.
        said: OrgReply,
    },
    /// An answer that is none: a captive portal's page, truncated JSON, wrong types, a redirect, a 404 of somebody else.
    #[error("{call}: the answer cannot be understood: {why}")]
    BadAnswer {
        /// What was asked.
        call: &'static str,
        /// The HTTP status.
        status: u16,
        /// What is wrong with it; never a piece of the answer.
        why: String,
        /// Whether the org may have processed it.
        sent: Sent,
        /// The org's name for this exchange.
        correlation_id: Option<String>,
        /// The wait that the answer asks for (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// The org counts more than it hands out, however often it is asked: what it handed out is not all there is.
    #[error(
        "{call}: {missing} may be missing beside the {met} that were handed out: the org counts more than it hands out, or the list changed too much meanwhile"
    )]
    Incomplete {
        /// What was asked.
        call: &'static str,
        /// How many were handed out.
        met: u64,
        /// How many may be missing.
        missing: u64,
    },
    /// The org does not know the place any more where a walk stood: the walk begins again.
    #[error("{call}: the place where the walk stood is not known any more")]
    CursorExpired {
        /// What was asked.
        call: &'static str,
    },
    /// What was to be written does not fit what the org keeps; it was not asked to write.
    #[error("nothing was written: {}", fields.iter().map(|f| format!("{} {}", f.field, f.message)).collect::<Vec<_>>().join("; "))]
    Unfit {
        /// Each field with what it takes.
        fields: Vec<FieldError>,
    },
    /// The org's own record of a conversation has its end, so it was not asked to change it.
    #[error("{call}: the conversation has ended, as the org's own record of it says")]
    Ended {
        /// What was not asked.
        call: &'static str,
    },
    /// The org's API has no such thing; it was not asked.
    #[error("the API of this org cannot {call}")]
    NotInThisDialect {
        /// What was asked.
        call: &'static str,
        /// What to do instead, as a sentence.
        instead: &'static str,
    },
    /// No such region.
    #[error("unknown region {given:?}; known are {}", region_list())]
    UnknownRegion {
        /// The start of what was given.
        given: String,
    },
    /// A base URL that cannot be used.
    #[error("the base URL cannot be used: {why}")]
    BadBaseUrl {
        /// What is wrong with it.
        why: &'static str,
    },
}

fn region_list() -> String {
    REGIONS.map(|region| format!("{} ({})", region.id, region.domain)).join(", ")
}

impl Error {
    /// The org's name for the exchange (`ININ-Correlation-Id`), shown with every error.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        match self {
            Self::BadAnswer { correlation_id, .. } => correlation_id.as_deref(),
            _ => self.said().and_then(|s| s.correlation_id.as_deref()),
        }
    }

    /// What the org said, where it said anything that could be understood.
    #[must_use]
    pub fn said(&self) -> Option<&OrgReply> {
        match self {
            Self::CredentialsRejected(said)
            | Self::NotFound(said)
            | Self::Gone(said)
            | Self::Conflict(said)
            | Self::RateLimited(said) => Some(said),
            Self::Forbidden { said, .. } | Self::Invalid { said, .. } | Self::OrgFailed { said, .. } => {
                Some(said)
            }
            _ => None,
        }
    }

    /// Whether the org may have done what was asked, although the call failed. Exact: `false` means surely not.
    ///
    /// 409 is `false`: it says that *this* request changed nothing; that an earlier try did is resolved inside the
    /// client before the error reaches a caller.
    #[must_use]
    pub fn perhaps_processed(&self) -> bool {
        match self {
            Self::Unreachable { sent, .. } | Self::OrgFailed { sent, .. } | Self::BadAnswer { sent, .. } => {
                *sent == Sent::Perhaps
            }
            Self::Offline { .. }
            | Self::NotAnswering { .. }
            | Self::Withdrawn { .. }
            | Self::CredentialsRejected(_)
            | Self::Forbidden { .. }
            | Self::NotFound(_)
            | Self::Gone(_)
            | Self::Conflict(_)
            | Self::Invalid { .. }
            | Self::RateLimited(_)
            | Self::Incomplete { .. }
            | Self::CursorExpired { .. }
            | Self::Unfit { .. }
            | Self::Ended { .. }
            | Self::NotInThisDialect { .. }
            | Self::UnknownRegion { .. }
            | Self::BadBaseUrl { .. } => false,
        }
    }

    /// How long to wait: as the org asked, or until the next try while it does not answer.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NotAnswering { next_try, .. } => Some(*next_try),
            _ => self.told_wait(),
        }
    }

    /// The wait that an answer asked for. A wait of zero counts as none.
    #[must_use]
    pub fn told_wait(&self) -> Option<Duration> {
        let told = match self {
            Self::BadAnswer { retry_after, .. } => *retry_after,
            _ => self.said().and_then(|said| said.retry_after),
        };
        told.filter(|wait| !wait.is_zero())
    }

    /// What a person can do about it, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::Offline { .. } => "Switch back online; what waits is sent then.".into(),
            Self::NotAnswering { next_try, .. } => {
                format!("Wait: the next try is in {} seconds. If it lasts, check the network and the org's status page.", whole_seconds(*next_try).max(1))
            }
            Self::Unreachable { source, .. } if source.too_long => {
                "Check the base URL: what answers there is no org, or a proxy stands between.".into()
            }
            Self::Unreachable { source, .. } if source.untrusted => {
                "Where that server is meant: name a file with the certificate of who signed it, by --ca or GC_CA_FILE.".into()
            }
            Self::Unreachable { .. } => "Check the network and the region of the connection, then try again.".into(),
            Self::CredentialsRejected(_) => {
                // vendor-fact: client-region, client-states
                "Check the client id, the client secret and the region of the connection; an admin can see whether the client is disabled.".into()
            }
            Self::Forbidden { said, .. } if said.is_about_a_division() => {
                "Ask an admin of the org to give the role of this client for that division too, or for all divisions.".into()
            }
            Self::Forbidden { missing: Some(scope), .. } => {
                format!("Ask an admin of the org to grant this client {scope}.")
            }
            Self::Forbidden { missing: None, .. } => "Ask an admin of the org for the missing permission.".into(),
            Self::NotFound(_) => "It may have been deleted meanwhile; reload the list.".into(),
            Self::Gone(_) => "Start a new conversation.".into(),
            Self::Conflict(_) => "Load the newest version and repeat the change on top of it.".into(),
            Self::Invalid { fields, .. } if !fields.is_empty() => {
                let names: Vec<&str> = fields.iter().map(|f| f.field.as_str()).collect();
                format!("Correct {} and try again.", names.join(", "))
            }
            Self::Invalid { .. } => "Correct the input and try again.".into(),
            Self::RateLimited(OrgReply { retry_after: Some(wait), .. }) => {
                format!("Try again in {}.", wait_words(*wait))
            }
            Self::RateLimited(_) => "Try again in a minute.".into(),
            // vendor-fact: correlation-id
            Self::OrgFailed { .. } => "Try again in a moment; if it stays, give the correlation id to the vendor's support.".into(),
            Self::BadAnswer { .. } => {
                "Check the base URL and whether a proxy or a sign-in page of the network stands between.".into()
            }
            Self::CursorExpired { .. } => "Start again from the beginning.".into(),
            Self::Incomplete { .. } => {
                "Try again when the list changes less; if it stays, give the numbers to the org's support.".into()
            }
            Self::Unfit { .. } => "Correct what is named and try again.".into(),
            Self::Ended { .. } => "Use attributes of the guest instead: those of a conversation can be set while it runs.".into(),
            Self::NotInThisDialect { instead, .. } => (*instead).into(),
            Self::UnknownRegion { .. } => "Choose one of the listed regions.".into(),
            Self::Withdrawn { .. } => "Check what called it off, such as a hold that came meanwhile.".into(),
            Self::BadBaseUrl { .. } => "Use https://host, or http:// with a loopback address.".into(),
        }
    }

    /// The same failure seen from a call that waited for the sign-in: the call itself never left. What the sign-in was
    /// refused with says nothing about what the call asks for: a 404 of the login is about no guest and no conversation.
    pub(crate) fn before_the_call(self) -> Self {
        match self {
            Self::Unreachable { call, source, .. } => Self::Unreachable { call, sent: Sent::NotSent, source },
            Self::OrgFailed { said, .. }
            | Self::NotFound(said)
            | Self::Gone(said)
            | Self::Conflict(said)
            | Self::Invalid { said, .. } => Self::OrgFailed { sent: Sent::NotSent, said },
            Self::BadAnswer { call, status, why, correlation_id, retry_after, .. } => {
                Self::BadAnswer { call, status, why, sent: Sent::NotSent, correlation_id, retry_after }
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16) -> OrgReply {
        OrgReply {
            call: "list guests",
            status,
            by_our_look: false,
            code: None,
            message: None,
            correlation_id: Some("c-1".into()),
            retry_after: None,
        }
    }

    /// One of every kind; a kind that is added and not listed here does not compile.
    fn one_of_each() -> Vec<Error> {
        let sent = Sent::Perhaps;
        let wait = Duration::from_secs(42);
        let field = FieldError { field: "email".into(), message: "no @".into() };
        let all = vec![
            Error::Offline { call: "list guests" },
            Error::NotAnswering { call: "list guests", next_try: wait },
            Error::Unreachable { call: "list guests", sent, source: TransportError::not_sent("refused") },
            Error::CredentialsRejected(said(401)),
            Error::Forbidden { missing: Some("guest:read".into()), said: said(403) },
            Error::Forbidden { missing: None, said: said(403) },
            Error::NotFound(said(404)),
            Error::Gone(said(410)),
            Error::Conflict(said(409)),
            Error::Invalid { fields: vec![field], said: said(400) },
            Error::Invalid { fields: Vec::new(), said: said(400) },
            Error::RateLimited(OrgReply { retry_after: Some(wait), ..said(429) }),
            Error::RateLimited(said(429)),
            Error::OrgFailed { sent, said: said(500) },
            Error::BadAnswer {
                call: "list guests",
                status: 200,
                why: "no JSON".into(),
                sent,
                correlation_id: None,
                retry_after: Some(wait),
            },
            Error::Withdrawn { call: "list guests" },
            Error::Incomplete { call: "list guests", met: 668, missing: 1 },
            Error::CursorExpired { call: "list guests" },
            Error::Unfit {
                fields: vec![FieldError { field: "tier".into(), message: "takes a text".into() }],
            },
            Error::Ended { call: "list guests" },
            Error::NotInThisDialect { call: "list guests", instead: "Leave --sort out." },
            Error::UnknownRegion { given: "x".into() },
            Error::BadBaseUrl { why: "it names no host" },
        ];
        for error in &all {
            match error {
                Error::Offline { .. }
                | Error::NotAnswering { .. }
                | Error::Withdrawn { .. }
                | Error::Unreachable { .. }
                | Error::CredentialsRejected(_)
                | Error::Forbidden { .. }
                | Error::NotFound(_)
                | Error::Gone(_)
                | Error::Conflict(_)
                | Error::Invalid { .. }
                | Error::RateLimited(_)
                | Error::OrgFailed { .. }
                | Error::BadAnswer { .. }
                | Error::Incomplete { .. }
                | Error::CursorExpired { .. }
                | Error::Unfit { .. }
                | Error::Ended { .. }
                | Error::NotInThisDialect { .. }
                | Error::UnknownRegion { .. }
                | Error::BadBaseUrl { .. } => {}
            }
        }
        all
    }

    #[test]
    fn every_failure_names_what_to_do_next() {
        // The verbs by which a remedy begins; whoever adds one says what a person does.
        let verbs = [
            "Switch",
            "Wait",
            "Check",
            "Ask",
            "It may have been deleted meanwhile; reload",
            "Start",
            "Load",
            "Leave",
            "Correct",
            "Try",
            "Choose",
            "Use",
        ];
        for error in one_of_each() {
            let remedy = error.remedy();
            assert!(verbs.iter().any(|v| remedy.starts_with(v)), "{error:?}: {remedy}");
            assert!(remedy.ends_with('.') && remedy.len() < 200, "{remedy}");
        }
    }

    #[test]
    fn what_is_known_is_in_the_remedy() {
        let remedies: Vec<String> = one_of_each().iter().map(Error::remedy).collect();
        for known in ["guest:read", "email", "42 seconds"] {
            assert!(remedies.iter().any(|r| r.contains(known)), "{known} in {remedies:?}");
        }
    }

    #[test]
    fn the_text_never_repeats_its_source_and_names_the_call() {
        for error in one_of_each() {
            if let Some(source) = std::error::Error::source(&error) {
                assert!(!error.to_string().contains(&source.to_string()));
            }
            let asks = !matches!(
                error,
                Error::UnknownRegion { .. } | Error::BadBaseUrl { .. } | Error::Unfit { .. }
            );
            assert_eq!(error.to_string().contains("list guests"), asks, "{error}");
        }
    }

    #[test]
    fn what_failed_at_the_sign_in_was_surely_not_done_by_the_call_that_waited_for_it() {
        for error in one_of_each() {
            let seen = error.before_the_call();
            assert!(!seen.perhaps_processed());
            let about_the_call = matches!(
                seen,
                Error::NotFound(_) | Error::Gone(_) | Error::Conflict(_) | Error::Invalid { .. }
            );
            assert!(!about_the_call, "{seen:?}");
        }
    }
}
