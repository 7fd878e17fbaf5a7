//! A line of the audit log as a sentence for people.

use chrono::DateTime;
use proof::{Action, AuditEntry, Broken, SkipCode};
use retention::{PolicyId, RunState};
use serde_json::Value;

use crate::views::{AuditLine, count};

/// Digits of a guest's keyed hash that are shown; all of them are in the file.
const SHOWN: usize = 12;

/// An entry, or what stands in place of one that cannot be read.
///
/// A policy is called what `policy_name` makes of its id.
pub(crate) fn line(
    entry: Result<AuditEntry, Broken>,
    number: u64,
    policy_name: impl Fn(&PolicyId) -> String,
) -> AuditLine {
    match entry {
        Ok(entry) => AuditLine {
            n: count(entry.n),
            at: entry.at,
            text: sentence(&entry.action, policy_name),
            action: word(&entry.action),
            subject: entry.subject.map(|subject| subject.as_str().chars().take(SHOWN).collect()),
            user: entry.who.user,
            program: entry.who.program,
        },
        Err(broken) => AuditLine {
            n: count(number),
            at: DateTime::UNIX_EPOCH,
            user: String::new(),
            program: String::new(),
            action: "unreadable".to_owned(),
            text: format!("This line cannot be read: {broken}."),
            subject: None,
        },
    }
}

/// The word that stands in the file.
fn word(action: &Action) -> String {
    let value = serde_json::to_value(action).unwrap_or_default();
    value.get("action").and_then(Value::as_str).unwrap_or("unknown").to_owned()
}

fn sentence(action: &Action, policy_name: impl Fn(&PolicyId) -> String) -> String {
    use Action as A;
    let short = |hash: &str| hash.chars().take(SHOWN).collect::<String>();
    match action {
        A::PlanMade { plan, due, spared } => {
            format!("Made the plan {}: {due} due, {spared} spared.", short(plan))
        }
        A::RunStarted { run, scheduled: true, .. } => format!("The schedule started the run {run}."),
        A::RunStarted { run, .. } => format!("Started the run {run}."),
        A::RunResumed { run } => format!("Resumed the run {run}."),
        A::RunEnded { run, state, deleted, already_gone, spared, failed, remaining, verified } => {
            let how = match state {
                RunState::Finished => "finished",
                RunState::Paused => "was paused",
                RunState::Cancelled => "was cancelled",
                RunState::Failed => "stopped",
                _ => "ended",
            };
            let checked = if *verified { "checked with the org at the end" } else { "not verified" };
            format!(
                "The run {run} {how}: {deleted} deleted, {already_gone} already gone, {spared} spared, {failed} failed, \
                 {remaining} remaining; {checked}."
            )
        }
        A::RunSkipped { policy, code } => {
            let why = match code {
                SkipCode::Drift => "far more guests than usual",
                SkipCode::ClockJump => "the clock jumped",
                SkipCode::Quiet => "quiet hours went on too long",
                SkipCode::NotConfirmed => "the policy is stronger than what was confirmed",
                SkipCode::NotAllowed => "the connection does not allow it",
                SkipCode::OrgLimit => "the org took no calls for too long",
                SkipCode::LossNotAccepted => "its store was lost, and nobody has accepted that yet",
                _ => "another reason",
            };
            format!("Skipped the scheduled run of the policy {}: {why}.", policy_name(policy))
        }
        A::CertificateIssued { run, signer, .. } => {
            format!("Issued the certificate of the run {run}, signed by {}.", short(&signer.to_string()))
        }
        A::HoldAdded { hold } => format!("Added the hold {hold}."),
        A::HoldRemoved { hold } => format!("Removed the hold {hold}."),
        A::PolicyChanged { policy, fields } if fields.is_empty() => {
            format!("Added the policy {}.", policy_name(policy))
        }
        A::PolicyChanged { policy, fields } => {
            format!("Changed the policy {}: {}.", policy_name(policy), fields.join(", "))
        }
        A::PolicyConfirmed { policy, due } => {
            format!("Confirmed the policy {}, with {due} guests due.", policy_name(policy))
        }
        A::PolicyRemoved { policy } => format!("Removed the policy {}.", policy_name(policy)),
        A::ConnectionArmed { policy } => {
            format!("Switched on the schedule of the policy {}.", policy_name(policy))
        }
        A::ConnectionDisarmed { policy } => {
            format!("Switched off the schedule of the policy {}.", policy_name(policy))
        }
        A::GuestEdited { fields } => format!("Edited a guest by hand: {fields} changed."),
        A::GuestPromoted => "Kept a guest whom the org would have let expire.".to_owned(),
        A::GuestsEdited { guests } => format!("Edited {guests} guests at once."),
        A::GuestDeleted => "Deleted a guest by hand.".to_owned(),
        A::DeleteRefused { hold } => {
            format!("Refused to delete a guest by hand: the hold {hold} keeps them.")
        }
        A::LossAccepted { holds, messages } => format!(
            "Accepted that a store was lost or put back: {holds} holds and {messages} waiting messages are missing."
        ),
        A::LogSetAside { lines, .. } => {
            format!("Set a broken audit log aside; {lines} of its lines were intact. This log is a new one.")
        }
        _ => "Something that a later version did.".to_owned(),
    }
}
