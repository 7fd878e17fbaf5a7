use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    org_words,
    system_words::{Cause, io_error, without_number},
};

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

/// Kinds of failure that somebody acts on differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The person switched to offline.
    Offline,
    /// No answer from the org.
    Unreachable,
    /// 401, after a fresh sign-in too, or a refused sign-in.
    CredentialsRejected,
    /// 403: a scope is missing.
    Forbidden,
    /// 404.
    NotFound,
    /// Someone else changed the same thing meanwhile.
    Conflict,
    /// 429 for longer than was worth waiting.
    RateLimited,
    /// 5xx, or an answer that makes no sense.
    OrgFailed,
    /// The org counts more than it hands out, so what was read is not all there is.
    Incomplete,
    /// A field is wrong.
    InvalidInput,
    /// The connection is read-only.
    ReadOnly,
    /// Another process holds the data folder.
    FolderLocked,
    /// The data folder is another user's, or others may write to it.
    FolderExposed,
    /// Neither a keychain nor a passphrase.
    NoSecretStore,
    /// The disk is full.
    DiskFull,
    /// The system does not let this user or program use a file: no right, a disk that can only be read, too many open files.
    DiskRefused,
    /// The store does not open or fails its check.
    StoreDamaged,
    /// The store was written by a newer version.
    NewerSchema,
    /// Not a conversation this data folder started or looked up.
    UnknownConversation,
    /// 410.
    ConversationClosed,
    /// A plan runs once.
    PlanUsed,
    /// The plan's file was changed.
    PlanChanged,
    /// Another run is going on.
    RunActive,
    /// The number of guests must be confirmed.
    ConfirmationNeeded,
    /// A refused message would go after what the guest wrote later.
    OutOfOrder,
    /// A person did not say yes where the desktop asked them.
    Declined,
    /// A hold keeps the guest.
    HeldGuest,
    /// The policy is stronger than what a person confirmed.
    NotConfirmed,
    /// A store was lost or put back, and no person has accepted that yet.
    LossNotAccepted,
    /// The audit log is not as it was written.
    AuditBroken,
    /// A certificate that does not hold.
    NotGenuine,
    /// A file that cannot be read as what it should be.
    BadFile,
    /// No connection of that name.
    UnknownConnection,
    /// A stored connection is not what its client secret was given for.
    ConnectionEdited,
    /// A person or the system asked the program to end.
    Interrupted,
    /// A fault of ours.
    Internal,
}

impl FailureCode {
    /// The exit code of the command line (`cli.md`).
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::InvalidInput | Self::UnknownConnection | Self::ConfirmationNeeded | Self::OutOfOrder => 2,
            Self::PlanChanged | Self::BadFile => 65,
            Self::Offline | Self::Unreachable => 69,
            Self::FolderLocked | Self::RateLimited => 75,
            Self::CredentialsRejected | Self::Forbidden | Self::ConnectionEdited => 77,
            Self::Interrupted => 130,
            _ => 1,
        }
    }

    fn next(self) -> &'static str {
        match self {
            Self::Offline => "Switch back to online, then try again.",
            Self::Unreachable => "Check the network and the connection's environment, then try again.",
            Self::CredentialsRejected => "Check the client id and secret and the region of the connection.",
            Self::Forbidden => {
                "Ask the org's administrator to give the OAuth client the scope that is named."
            }
            Self::NotFound => "Search again: it may have been deleted meanwhile.",
            Self::Conflict => "Look at both sides, then save again.",
            Self::RateLimited => "Wait for the window to end; other users of the same token count too.",
            Self::OrgFailed => "Try again; if it stays, give the correlation id to the org's support.",
            Self::Incomplete => "Try again; if it stays, give the numbers to the org's support.",
            Self::InvalidInput => "Correct what is named and try again.",
            Self::ReadOnly => "Use a connection that is not read-only.",
            Self::FolderLocked => "Close the other program, or choose another data folder.",
            Self::FolderExposed => "Take the rights of others off the folder, or choose another one.",
            Self::NoSecretStore => "Set INNKEEPER_PASSPHRASE, or start the system keychain.",
            Self::DiskFull => "Free some space; everything acknowledged so far is kept.",
            Self::DiskRefused => "Give this user the right to the file, or name another place.",
            Self::StoreDamaged => {
                "Keep the data folder as it is and restore it from a copy, or choose a new one."
            }
            Self::NewerSchema => "Update Innkeeper; the folder was left as it is.",
            Self::UnknownConversation => "Start the chat from this data folder, or open its guest once.",
            Self::ConversationClosed => "Start the chat again.",
            Self::PlanUsed => "Make a new plan, or resume the run that is named.",
            Self::PlanChanged => "Make a new plan.",
            Self::RunActive => "Wait for it, pause it or cancel it.",
            Self::ConfirmationNeeded => "Confirm the number of guests.",
            Self::OutOfOrder => {
                "Send it out of order (`outbox retry ID --out-of-order`), or discard it and write it anew."
            }
            Self::Declined => "If you do want it, try again and say yes in the window that asks.",
            Self::Interrupted => "Give the command again: everything that was acknowledged is kept.",
            Self::HeldGuest => "Remove the hold first, if the guest really may go.",
            Self::NotConfirmed => "Look at what changes and confirm the policy.",
            Self::LossNotAccepted => {
                "See what is missing with `innkeeper recover`; a person may then accept the loss by name."
            }
            Self::AuditBroken => "See `innkeeper audit verify`; a person may then set the log aside.",
            Self::NotGenuine => "Do not rely on it; ask whoever issued it for another copy.",
            Self::BadFile => "Name the right file.",
            Self::UnknownConnection => "See `innkeeper connection list`.",
            Self::ConnectionEdited => "Edit the connection: enter all of it anew, with its secret.",
            Self::Internal => "Try again; if it stays, report it with what you did.",
        }
    }
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

    /// What the system did not let be done with a file: what that is, and the cause in words.
    pub fn of_file(what: impl std::fmt::Display, error: &std::io::Error) -> Self {
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
    #[must_use]
    pub fn damaged_entries(count: u64) -> Self {
        let entries = if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") };
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

/// The whole chain of causes in one line, for the log and for failures that show their cause.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        if let Some(said) = io_error(cause) {
            text.push_str(&Cause::of(said).words);
            break;
        }
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
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
            E::Gone(_) => FailureCode::ConversationClosed,
            E::Conflict(_) => FailureCode::Conflict,
            E::Invalid { .. } | E::UnknownRegion { .. } | E::BadBaseUrl { .. } => FailureCode::InvalidInput,
            E::RateLimited(_) => FailureCode::RateLimited,
            E::Incomplete { .. } => FailureCode::Incomplete,
            _ => FailureCode::OrgFailed,
        };
        let fields = match &error {
            E::Invalid { fields, .. } => fields
                .iter()
                .map(|f| FieldProblem { field: f.field.clone(), message: f.message.clone() })
                .collect(),
            _ => Vec::new(),
        };
        let message = org_words::sentence(&error);
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
            E::UnknownEntry { .. } => {
                Self::new(FailureCode::NotFound, error.to_string()).with_next("See `innkeeper outbox list`.")
            }
            E::OutOfOrder { .. } => {
                Self::new(FailureCode::OutOfOrder, format!("Nothing was changed: {error}."))
            }
            E::IdTaken { .. } => Self::field("id", error.to_string()),
            E::Open { source }
            | E::Accept { source }
            | E::Read { source }
            | E::Change { source }
            | E::Record { source } => {
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
