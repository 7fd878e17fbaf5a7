//! What the org said, or what a look at it showed, when it did not do what was asked.

use std::{fmt, time::Duration};

/// What the org said when it refused or failed: never a token, a header or a text of the guest's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgReply {
    /// What was asked, such as "list guests".
    pub call: &'static str,
    /// The HTTP status; that of the refusal which a look right before the call spared.
    pub status: u16,
    /// The org was not asked for this at all: a look at what it would change showed that it makes no sense, and `message` says
    /// what was seen.
    pub by_our_look: bool,
    /// The vendor's code, such as `bad.credentials` or `invalid_client`.
    pub code: Option<Box<str>>,
    /// The vendor's message, at most 300 characters, control characters removed.
    pub message: Option<Box<str>>,
    /// The org's name for this exchange.
    pub correlation_id: Option<String>,
    /// The wait that the org asks for (`Retry-After`), whatever the status.
    pub retry_after: Option<Duration>,
}

impl OrgReply {
    /// What a look right before the call showed, so that the call was not made.
    pub(crate) fn by_our_look(call: &'static str, status: u16, seen: &str) -> Self {
        Self {
            call,
            status,
            by_our_look: true,
            code: None,
            message: Some(seen.into()),
            correlation_id: None,
            retry_after: None,
        }
    }

    /// Whether a refusal is about the division of what was asked for, which the client's roles do not reach.
    #[must_use]
    pub fn is_about_a_division(&self) -> bool {
        let says = |text: &Option<Box<str>>| text.as_ref().is_some_and(|text| text.contains("division"));
        self.status == 403 && (says(&self.code) || says(&self.message))
    }
}

impl fmt::Display for OrgReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (true, Some(seen)) = (self.by_our_look, &self.message) {
            return write!(f, "{}: not asked for, since {seen}", self.call);
        }
        write!(f, "{}: the org answered {}", self.call, self.status)?;
        if let Some(message) = self.message.as_ref().or(self.code.as_ref()) {
            write!(f, " ({message})")?;
        }
        Ok(())
    }
}
