//! What people are told when the retention failed.

use crate::{
    Failure, FailureCode,
    failure::{chain, io_errors::Cause},
};

impl From<retention::Error> for Failure {
    fn from(error: retention::Error) -> Self {
        use retention::Error as E;
        let text = chain(&error);
        let code = match &error {
            E::PlanChanged { .. } => FailureCode::PlanChanged,
            E::PlanNotOurs { .. } => {
                return Failure::new(FailureCode::PlanChanged, format!("{text}."))
                    .with_next("Make a new plan on this connection.");
            }
            E::PlanUsed { .. } => FailureCode::PlanUsed,
            E::RunCancelled(_) => FailureCode::PlanUsed,
            E::File { .. } => return Failure::field("file", text),
            E::NoSuchRun(_) => FailureCode::NotFound,
            E::RunBusy(_) => FailureCode::RunActive,
            E::Schedule { field, given, allowed } => {
                return Failure::field(field, format!("cannot be {given:?}: {allowed}"));
            }
            E::Invalid { field, why } => return Failure::field(field, why.clone()),
            E::NoSuchPolicy(_) => FailureCode::NotFound,
            E::HoldExists(_) => return Failure::field("id", text),
            E::RunNotOver(_) => FailureCode::RunActive,
            E::Table { source, .. } => {
                let cause = Failure::from(source.clone());
                return Failure { message: text, ..cause };
            }
            E::Org { source: retention::OrgError::Stop { .. }, .. } => FailureCode::Forbidden,
            E::Org { source: retention::OrgError::Unjudged { .. }, .. } => FailureCode::InvalidInput,
            E::Org { source: retention::OrgError::Failed { .. }, .. } => FailureCode::OrgFailed,
            E::Org { .. } => FailureCode::Unreachable,
            E::Incomplete { .. } => FailureCode::Incomplete,
            E::PageOrder => FailureCode::OrgFailed,
            _ => return by_cause(&error, text),
        };
        match error {
            E::PlanUsed { run } => {
                Failure::new(code, text).with_next(format!("Resume the run {run}, or make a new plan."))
            }
            E::NoSuchPolicy(_) => Failure::new(code, text)
                .with_next("See the list of policies (`innkeeper retention policy list`)."),
            E::RunNotOver(run) => Failure::new(code, text)
                .with_next(format!("Resume the run {run} or cancel it, then ask again.")),
            _ => Failure::new(code, text),
        }
    }
}

impl From<proof::Error> for Failure {
    fn from(error: proof::Error) -> Self {
        use proof::Error as E;
        let text = chain(&error);
        match &error {
            E::File { .. } => Failure::field("file", text),
            E::Broken { .. } => Failure::new(FailureCode::AuditBroken, text),
            E::Head => Failure::field("head", "must be a count, a colon and 64 hex digits"),
            _ => by_cause(&error, text),
        }
    }
}

impl From<proof::IdError> for Failure {
    fn from(error: proof::IdError) -> Self {
        let field = match error {
            proof::IdError::Run { .. } => "run",
            proof::IdError::Hold => "id",
            proof::IdError::Policy => "policy",
        };
        Failure::field(field, error.to_string())
    }
}

/// A failure of the disk or the system is told as such; anything else is ours, and goes to the log too.
fn by_cause(error: &(dyn std::error::Error + 'static), text: String) -> Failure {
    match Cause::among(error).filter(|cause| cause.code != FailureCode::Internal) {
        Some(cause) => Failure::new(cause.code, text).with_next(cause.next),
        None => {
            tracing::error!(error = text, "retention failed");
            Failure::new(FailureCode::Internal, text)
        }
    }
}
