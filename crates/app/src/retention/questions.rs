//! What a person is asked before a run that they start. Each question has an answer of its own, and no answer stands for
//! another: a number that was typed says nothing of a clock.

use chrono::{DateTime, Utc};
use retention::{
    Plan, RunId,
    clock_jump::{self, Jump},
    drift::Drift,
};
use serde::Serialize;

use crate::{
    App, Failure, FailureCode,
    app::blocking,
    retention::pending_approvals,
    retention::runs::RunOptions,
    views::{CONFIRM_OVER, ConnectionKind, RunQuestion, RunQuestionCode},
};

/// A clock that is too far off to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClockOff {
    /// Ahead by so many seconds; behind when negative.
    pub seconds: i64,
    /// The org's clock says so; else this computer's own does.
    pub by_the_org: bool,
}

impl App {
    /// What a person has to answer before a run of this plan, as far as it is known without asking the org again.
    ///
    /// # Errors
    /// A disk that does not read.
    pub async fn run_questions(&self, plan: &Plan) -> Result<Vec<RunQuestion>, Failure> {
        let mut questions = Vec::new();
        let mut ask = |code, message| questions.push(RunQuestion { code, message });
        if self.0.connection.kind == ConnectionKind::Production && plan.due() > CONFIRM_OVER.into() {
            ask(
                RunQuestionCode::Count,
                format!("{} guests of a production org would be deleted.", plan.due()),
            );
        }
        if let Some(message) = self.clock_question(plan) {
            ask(RunQuestionCode::Clock, message);
        }
        // Rules that are only tried have no runs of their own: the usual of their policy is the usual, and that of the first
        // policy where the plan names none.
        let tried = self.policy_tried(plan.id())?;
        let saved = || self.policy_of(&plan.header().policy);
        let first = || self.0.retention.all().into_iter().next();
        if let Some(policy) = tried.or_else(saved).or_else(first)
            && let Drift::Ask { usual, now } = self.drift(&policy, plan).await?
        {
            ask(RunQuestionCode::Unusual, pending_approvals::unusual(usual, now));
        }
        Ok(questions)
    }

    /// How far the clock was off that a plan was just made by; `None` when it can be believed.
    #[must_use]
    pub fn plan_clock(&self, plan: &Plan) -> Option<ClockOff> {
        let now = self.0.clock.now();
        let org = self.org_shown();
        match (made_by_a_wrong_clock(plan, now, org), self.0.retention.clock_check.check(now, org)) {
            (Jump::Ask { seconds, by_the_org }, _) | (Jump::None, Jump::Ask { seconds, by_the_org }) => {
                Some(ClockOff { seconds, by_the_org })
            }
            (Jump::None, Jump::None) => None,
        }
    }

    /// As [`App::plan_clock`], for a plan that the schedule has just made.
    pub(crate) fn clock_of_plan(&self, plan: &Plan) -> Jump {
        made_by_a_wrong_clock(plan, self.0.clock.now(), self.org_shown())
    }

    /// Before a run goes on that began when plans did not say by which clock they were made, so that nobody was asked: one
    /// whose plan comes from the future. Later runs were asked about when they were started, and their cut-off stays.
    pub(crate) async fn resume_is_answered(&self, run: &RunId, options: RunOptions) -> Result<(), Failure> {
        let copy = self.0.retention.runs.dir.join(run.as_str()).join("plan.jsonl");
        // One that cannot be read is told by the resume itself.
        let Ok(plan) = blocking(move || Ok(retention::open_plan(&copy)?)).await else { return Ok(()) };
        if plan.is_sealed() || options.clock_confirmed {
            return Ok(());
        }
        self.look_at_clock_by_hand().await;
        let Jump::Ask { seconds, by_the_org } = self.clock_of_plan(&plan) else { return Ok(()) };
        let message =
            format!("{} Nothing was deleted.", pending_approvals::made_by_a_wrong_clock(seconds, by_the_org));
        Err(Failure::new(FailureCode::ConfirmationNeeded, message).with_next(format!(
            "Cancel the run and plan anew, or answer by: innkeeper retention resume {run} --confirm-clock."
        )))
    }

    /// The clocks by which the plan was made, and the clock now: a run by a clock that is right now takes as many guests
    /// that are too young as the plan has.
    fn clock_question(&self, plan: &Plan) -> Option<String> {
        let now = self.0.clock.now();
        let org = self.org_shown();
        let made = match made_by_a_wrong_clock(plan, now, org) {
            Jump::Ask { seconds, by_the_org } => {
                Some(pending_approvals::made_by_a_wrong_clock(seconds, by_the_org))
            }
            Jump::None => None,
        };
        let runs = match self.0.retention.clock_check.check(now, org) {
            Jump::Ask { seconds, by_the_org } => Some(pending_approvals::clock_off(seconds, by_the_org)),
            Jump::None => None,
        };
        let told: Vec<String> = [made, runs].into_iter().flatten().collect();
        (!told.is_empty()).then(|| told.join(" "))
    }
}

fn made_by_a_wrong_clock(plan: &Plan, now: DateTime<Utc>, org: Option<DateTime<Utc>>) -> Jump {
    let header = plan.header();
    clock_jump::of_plan(header.created_at, header.org_clock, now, org)
}

/// Refuses a run that leaves a question open, naming every one of them and the flag that answers it.
pub(crate) fn answered(questions: &[RunQuestion], due: u64, options: &RunOptions) -> Result<(), Failure> {
    let open: Vec<&RunQuestion> = questions
        .iter()
        .filter(|question| match question.code {
            RunQuestionCode::Count => options.confirmed != Some(due),
            RunQuestionCode::Clock => !options.clock_confirmed,
            RunQuestionCode::Unusual => options.unusual_confirmed != Some(due),
        })
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    let words: Vec<&str> = open.iter().map(|question| question.message.as_str()).collect();
    let flags: Vec<String> = open
        .iter()
        .map(|question| match question.code {
            RunQuestionCode::Count => format!("--confirm {due}"),
            RunQuestionCode::Clock => "--confirm-clock".to_owned(),
            RunQuestionCode::Unusual => format!("--confirm-unusual {due}"),
        })
        .collect();
    let message = format!("{} Nothing was deleted.", words.join(" "));
    let next = format!("Answer each question by its own: {}.", flags.join(" "));
    Err(Failure::new(FailureCode::ConfirmationNeeded, message).with_next(next))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn question(code: RunQuestionCode) -> RunQuestion {
        RunQuestion { code, message: format!("{code:?}?") }
    }

    const ALL: [(RunQuestionCode, &str); 3] = [
        (RunQuestionCode::Count, "--confirm 7"),
        (RunQuestionCode::Clock, "--confirm-clock"),
        (RunQuestionCode::Unusual, "--confirm-unusual 7"),
    ];

    proptest! {
        #[test]
        fn every_open_question_is_named_with_its_flag_and_no_answer_covers_another(
            asked: [bool; 3], confirmed in proptest::option::of(6u64..9), clock: bool,
            unusual in proptest::option::of(6u64..9),
        ) {
            let options = RunOptions {
                confirmed, clock_confirmed: clock, unusual_confirmed: unusual, ..RunOptions::default()
            };
            let given = [confirmed == Some(7), clock, unusual == Some(7)];
            let questions: Vec<_> =
                ALL.iter().zip(asked).filter(|(_, asked)| *asked).map(|((code, _), _)| question(*code)).collect();
            let refused = answered(&questions, 7, &options).err();
            let open: Vec<usize> = (0..3).filter(|n| asked[*n] && !given[*n]).collect();
            prop_assert_eq!(refused.is_none(), open.is_empty());
            if let Some(failure) = refused {
                prop_assert_eq!(failure.code, FailureCode::ConfirmationNeeded);
                let flags: Vec<&str> = open.iter().map(|n| ALL[*n].1).collect();
                prop_assert_eq!(failure.next, format!("Answer each question by its own: {}.", flags.join(" ")));
                for (n, (code, _)) in ALL.iter().enumerate() {
                    let named = failure.message.contains(&format!("{code:?}?"));
                    prop_assert_eq!(named, open.contains(&n));
                }
            }
        }
    }
}
