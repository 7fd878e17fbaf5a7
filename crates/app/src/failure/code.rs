//! Kinds of failure, each with its exit code and its usual next step.

use serde::{Deserialize, Serialize};
use specta::Type;

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
    /// Messages are left in the outbox, and the rate limit is not the reason.
    StillWaiting,
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
    /// The connection's API cannot do this.
    NotInThisDialect,
    /// A person or the system asked the program to end.
    Interrupted,
    /// A fault of ours.
    Internal,
}

impl FailureCode {
    /// The exit code of the command line (`cli.md`).
    pub fn exit_code(self) -> u8 {
        match self {
            Self::InvalidInput
            | Self::UnknownConnection
            | Self::ConfirmationNeeded
            | Self::NotInThisDialect
            | Self::OutOfOrder => 2,
            Self::PlanChanged | Self::BadFile => 65,
            Self::Offline | Self::Unreachable => 69,
            Self::FolderLocked | Self::RateLimited | Self::StillWaiting => 75,
            Self::CredentialsRejected | Self::Forbidden | Self::ConnectionEdited => 77,
            Self::Interrupted => 130,
            _ => 1,
        }
    }

    pub(super) fn next(self) -> &'static str {
        match self {
            Self::Offline => "Switch back to online, then try again.",
            Self::Unreachable => "Check the network and the connection's environment, then try again.",
            // vendor-fact: client-region
            Self::CredentialsRejected => "Check the client id and secret and the region of the connection.",
            Self::Forbidden => {
                "Ask the org's administrator to give the OAuth client the scope that is named."
            }
            Self::NotFound => "Search again: it may have been deleted meanwhile.",
            Self::Conflict => "Look at both sides, then save again.",
            // vendor-fact: rate-per-token
            Self::RateLimited => "Wait for the window to end; other users of the same token count too.",
            Self::StillWaiting => "Drain again later, or with a longer --max-wait.",
            // vendor-fact: correlation-id
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
            Self::UnknownConversation => {
                "Start the chat from this data folder (`chat start`), give its guest's session token to `session check --guest ID`, or \
                 open the guest in the window."
            }
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
            Self::HeldGuest => "Remove the hold first, if the guest may really be deleted.",
            Self::NotConfirmed => "Look at what changes and confirm the policy.",
            Self::LossNotAccepted => {
                "See what is missing with `innkeeper recover`; a person may then accept the loss by name."
            }
            Self::AuditBroken => "See `innkeeper audit verify`; a person may then set the log aside.",
            Self::NotGenuine => "Do not rely on it; ask whoever issued it for another copy.",
            Self::BadFile => "Name the right file.",
            Self::UnknownConnection => "See `innkeeper connection list`.",
            Self::ConnectionEdited => "Edit the connection: enter all of it anew, with its secret.",
            Self::NotInThisDialect => "Use a connection to an org that can do it.",
            Self::Internal => "Try again; if it stays, report it with what you did.",
        }
    }
}
