//! What a person, a script or the page is told when something did not work.

use std::{fmt::Display, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use specta::Type;

mod chain;
mod code;
pub(crate) mod io_errors;
pub(crate) mod org_errors;
mod web_messaging;

pub(crate) use chain::chain;
pub use code::FailureCode;

use crate::words::counted;
use io_errors::{Cause, without_number};

/// What the application's functions answer.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// What a person, a script or the page is told when something did not work. The one conversion from the crates' own
/// errors to this type also writes the log line, so no call site logs by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// What the page and scripts act on.
    pub code: FailureCode,
    /// The cause, in a sentence, with what was given and what is allowed.
    pub message: String,
    /// The next step for the person.
    pub next: String,
    /// For bad input: which fields, each with what is allowed.
    pub fields: Vec<FieldProblem>,
    /// When it makes sense to try again, in milliseconds from now.
    pub retry_after_ms: Option<u32>,
    /// The org's id of the exchange, to quote to its support.
    pub correlation_id: Option<String>,
}

/// One field of bad input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FieldProblem {
    /// The field's name as the caller knows it.
    pub field: String,
    /// What is wrong and what is allowed.
    pub message: String,
}

impl Failure {
    /// A failure with the code's usual next step.
    pub fn new(code: FailureCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: without_number(&message.into()).into_owned(),
            next: code.next().to_owned(),
            fields: Vec::new(),
            retry_after_ms: None,
            correlation_id: None,
        }
    }

    /// Another next step than the usual one.
    #[must_use]
    pub fn with_next(mut self, next: impl Into<String>) -> Self {
        self.next = next.into();
        self
    }

    /// Bad input in one field.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        let message = without_number(&message.into()).into_owned();
        let mut failure = Self::new(FailureCode::InvalidInput, format!("{field}: {message}"));
        failure.fields.push(FieldProblem { field: field.to_owned(), message });
        failure
    }

    /// The same, where the caller knows the field by this name.
    #[must_use]
    pub fn in_field(self, field: &str) -> Self {
        let Some(problem) = self.fields.first() else { return self };
        Self { correlation_id: self.correlation_id.clone(), ..Self::field(field, problem.message.clone()) }
            .with_next(self.next)
    }

    /// What the system did not let be done with a file: what that is, and the cause in words.
    pub fn of_file(what: impl Display, error: &std::io::Error) -> Self {
        let Cause { code, words, next } = Cause::of(error);
        Self::new(code, format!("{what}: {words}.")).with_next(next)
    }

    /// A file that a person named to be read, by its field, and why the system does not let it be read.
    pub fn unreadable(field: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let Cause { words, next, .. } = Cause::of(error);
        Self::field(field, format!("{} cannot be read: {words}", path.display())).with_next(next)
    }

    /// A fault of ours.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(FailureCode::Internal, message)
    }

    /// Entries of the outbox that cannot be read, beside those that were told.
    pub fn damaged_entries(count: u64) -> Self {
        let entries = counted(count, "entry", "entries");
        Self::new(
            FailureCode::StoreDamaged,
            format!("{entries} of the outbox cannot be read: damaged on this disk; all others are told."),
        )
    }

    pub(crate) fn read_only(connection: &str) -> Self {
        Self::new(
            FailureCode::ReadOnly,
            format!("The connection {connection:?} is read-only: nothing was written."),
        )
    }
}

/// Reads an id, or says which field or argument is wrong and what is allowed.
pub fn parse<T: FromStr<Err: Display>>(field: &str, text: &str) -> Result<T> {
    text.parse().map_err(|e: T::Err| Failure::field(field, e.to_string()))
}

/// The port through which an org does this, or that its API cannot; `doing` continues "cannot".
pub(crate) fn offered<'a, P: ?Sized>(port: Option<&'a Arc<P>>, doing: &str) -> Result<&'a Arc<P>> {
    port.ok_or_else(|| {
        let message = format!("The API of this connection's org cannot {doing}.");
        Failure::new(FailureCode::NotInThisDialect, message)
    })
}

impl From<genesys::Error> for Failure {
    fn from(error: genesys::Error) -> Self {
        use genesys::Error as E;
        let code = match &error {
            E::Offline { .. } => FailureCode::Offline,
            E::Unreachable { source, .. } if source.too_long => FailureCode::OrgFailed,
            E::Unreachable { .. } | E::NotAnswering { .. } => FailureCode::Unreachable,
            E::CredentialsRejected(_) => FailureCode::CredentialsRejected,
            E::Forbidden { .. } => FailureCode::Forbidden,
            E::NotFound(_) => FailureCode::NotFound,
            E::Gone(_) | E::Ended { .. } => FailureCode::ConversationClosed,
            E::Conflict(_) => FailureCode::Conflict,
            E::Invalid { .. } | E::Unfit { .. } | E::UnknownRegion { .. } | E::BadBaseUrl { .. } => {
                FailureCode::InvalidInput
            }
            E::NotInThisDialect { .. } => FailureCode::NotInThisDialect,
            E::RateLimited(_) => FailureCode::RateLimited,
            E::Incomplete { .. } => FailureCode::Incomplete,
            _ => FailureCode::OrgFailed,
        };
        let fields = match &error {
            E::Invalid { fields, .. } | E::Unfit { fields } => fields
                .iter()
                .map(|f| FieldProblem { field: f.field.clone(), message: f.message.clone() })
                .collect(),
            _ => Vec::new(),
        };
        let message = org_errors::sentence(&error);
        // A dropped connection or a refusal is the org's or the person's matter; the request log shows it too. What the
        // org said is for the person only: it may repeat what a guest wrote.
        tracing::info!(?code, correlation_id = error.correlation_id(), "the org did not do what was asked");
        let wait = error.retry_after().map(|d| u32::try_from(d.as_millis()).unwrap_or(u32::MAX));
        Self {
            code,
            message,
            next: error.remedy(),
            fields,
            retry_after_ms: wait,
            correlation_id: error.correlation_id().map(ToOwned::to_owned),
        }
    }
}

impl From<outbox::Error> for Failure {
    fn from(error: outbox::Error) -> Self {
        use outbox::Error as E;
        match &error {
            E::UnknownEntry(_) => {
                Self::new(FailureCode::NotFound, error.to_string()).with_next("See `innkeeper outbox list`.")
            }
            E::OutOfOrder(_) => Self::new(FailureCode::OutOfOrder, format!("Nothing was changed: {error}.")),
            E::NeedsDecision(_) => {
                Self::new(FailureCode::ConfirmationNeeded, format!("Nothing was changed: {error}."))
                    .with_next("Discard it, or say what becomes of it.")
            }
            E::IdTaken(_) => Self::field("id", error.to_string()),
            E::Open(source) | E::Accept(source) | E::Read(source) | E::Change(source) | E::Record(source) => {
                let cause = Self::from(source.clone());
                Self { message: format!("{error}: {}", cause.message), ..cause }
            }
            _ => {
                let cause = Cause::among(&error);
                let failure = Self::internal(chain(&error));
                cause.map_or(failure.clone(), |cause| Self {
                    code: cause.code,
                    next: cause.next.to_owned(),
                    ..failure
                })
            }
        }
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        use store::Error as E;
        let message = chain(&error);
        let code = match &error {
            E::DiskFull => FailureCode::DiskFull,
            E::Locked { .. } => FailureCode::FolderLocked,
            E::NewerSchema { .. } => FailureCode::NewerSchema,
            E::NoSecretStore | E::Keychain { .. } | E::KeychainSilent { .. } => FailureCode::NoSecretStore,
            E::Open { .. }
            | E::Read { .. }
            | E::SchemaMark { .. }
            | E::OlderSchema { .. }
            | E::WrongKey
            | E::Damaged { .. }
            | E::Form { .. }
            | E::NotAJournal { .. }
            | E::JournalDamaged { .. }
            | E::SecretsDamaged { .. } => FailureCode::StoreDamaged,
            E::WeakPassphrase => {
                return Self::field("INNKEEPER_PASSPHRASE", message)
                    .with_next(format!("Set a passphrase of {} characters or more.", store::MIN_PASSPHRASE));
            }
            E::WrongPassphrase { .. } => {
                return Self::field("INNKEEPER_PASSPHRASE", message)
                    .with_next("Set the passphrase this folder was made with.");
            }
            _ => {
                if let Some(cause) = Cause::among(&error).filter(|cause| cause.code != FailureCode::Internal)
                {
                    tracing::warn!(code = ?cause.code, message, "the system did not let a file be used");
                    return Self::new(cause.code, message).with_next(cause.next);
                }
                FailureCode::Internal
            }
        };
        match code {
            FailureCode::FolderLocked | FailureCode::NoSecretStore => {}
            FailureCode::DiskFull => tracing::warn!(message, "the disk is full"),
            _ => tracing::error!(?code, message, "the disk did not do what was asked"),
        }
        Self::new(code, message)
    }
}

#[cfg(test)]
mod tests {
    use genesys::Chat;

    use super::*;

    #[test]
    fn what_an_org_cannot_do_is_told_with_a_code_of_its_own_and_a_next_step() {
        let refused = offered::<dyn Chat>(None, "start a chat").err().unwrap();
        assert_eq!(refused.message, "The API of this connection's org cannot start a chat.");
        assert_eq!((refused.code.exit_code(), refused.next.is_empty()), (2, false));
        assert_eq!(serde_json::to_value(refused.code).unwrap(), "not_in_this_dialect");
    }
}
