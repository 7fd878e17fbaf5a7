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
            E::RunId { .. } => return Failure::field("run", text),
            E::Schedule { field, given, allowed } => {
                return Failure::field(field, format!("cannot be {given:?}: {allowed}"));
            }
            E::Invalid { field, why } => return Failure::field(field, why.clone()),
            E::NoSuchPolicy(_) => FailureCode::NotFound,
            E::HoldExists(_) => return Failure::field("id", text),
            E::RunNotOver(_) => FailureCode::RunActive,
            E::AuditBroken { .. } => FailureCode::AuditBroken,
            E::Holds { source, .. } | E::Policies { source, .. } => {
                let cause = Failure::from(source.clone());
                return Failure { message: text, ..cause };
            }
            E::Org { source: retention::OrgError::Stop { .. }, .. } => FailureCode::Forbidden,
            E::Org { source: retention::OrgError::Failed { .. }, .. } => FailureCode::InvalidInput,
            E::Org { .. } => FailureCode::Unreachable,
            E::Incomplete { .. } => FailureCode::Incomplete,
            E::PageOrder => FailureCode::OrgFailed,
            _ => match Cause::among(&error).filter(|cause| cause.code != FailureCode::Internal) {
                Some(cause) => return Failure::new(cause.code, text).with_next(cause.next),
                None => FailureCode::Internal,
            },
        };
        if code == FailureCode::Internal {
            tracing::error!(error = text, "retention failed");
        }
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
