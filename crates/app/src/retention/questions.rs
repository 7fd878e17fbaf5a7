//! What a person is asked before a run that they start. Each question has an answer of its own, and no answer stands for
//! another: a number that was typed says nothing of a clock.

use retention::{
    Plan, RunId,
    clock_jump::{self, ClockOff},
    run_questions::{self, RunAnswers, RunFacts, RunQuestion},
};

use crate::{
    App, Failure, FailureCode,
    app::blocking,
    retention::pending_approvals,
    retention::runs::RunOptions,
    views::{self, CONFIRM_OVER, ConnectionKind, RunQuestionCode},
};

impl App {
    /// What a person has to answer before a run of this plan, as far as it is known without asking the org again.
    pub async fn run_questions(&self, plan: &Plan) -> Result<Vec<views::RunQuestion>, Failure> {
        let asked = self.questions_before(plan).await?;
        let view = |question: RunQuestion| {
            let (code, message, _) = told(question, plan);
            views::RunQuestion { code, message }
        };
        Ok(asked.into_iter().map(view).collect())
    }

    pub(crate) async fn questions_before(&self, plan: &Plan) -> Result<Vec<RunQuestion>, Failure> {
        // Rules that are only tried have no runs of their own: the usual of their policy is the usual, and that of the first
        // policy where the plan names none.
        let tried = self.policy_tried(plan.id())?;
        let saved = || self.policy_of(&plan.header().policy);
        let first = || self.0.retention.all().into_iter().next();
        let drift = match tried.or_else(saved).or_else(first) {
            Some(policy) => self.drift(&policy, plan).await?,
            None => Ok(()),
        };
        let is_production = self.0.connection.kind == ConnectionKind::Production;
        Ok(run_questions::questions(&RunFacts {
            due: plan.due(),
            ask_over: is_production.then(|| CONFIRM_OVER.into()),
            clock_of_plan: self.clock_of_plan(plan),
            clock: self.clock_now(),
            drift,
        }))
    }

    /// How far the clock was off that a plan was just made by; `None` when it can be believed.
    #[must_use]
    pub fn plan_clock(&self, plan: &Plan) -> Option<ClockOff> {
        let (of_plan, now) = (self.clock_of_plan(plan), self.clock_now());
        of_plan.and(now).err()
    }

    fn clock_now(&self) -> Result<(), ClockOff> {
        self.0.retention.clock_check.check(self.0.clock.now(), self.org_shown())
    }

    /// Whether the clock was right when this plan was made.
    pub(crate) fn clock_of_plan(&self, plan: &Plan) -> Result<(), ClockOff> {
        let header = plan.header();
        clock_jump::of_plan(header.created_at, header.org_clock, self.0.clock.now(), self.org_shown())
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
        let Err(off) = self.clock_of_plan(&plan) else { return Ok(()) };
        let message = format!("{} Nothing was deleted.", pending_approvals::made_by_a_wrong_clock(off));
        Err(Failure::new(FailureCode::ConfirmationNeeded, message).with_next(format!(
            "Cancel the run and plan anew, or answer by: innkeeper retention resume {run} --confirm-clock."
        )))
    }
}

/// What a question says of the plan that it is about.
pub(crate) trait Asked {
    /// Guests it would delete.
    fn due(&self) -> u64;
    /// What the deletes leave in the org, in sentences.
    fn not_removed(&self) -> Option<String>;
}

impl Asked for Plan {
    fn due(&self) -> u64 {
        self.due()
    }

    fn not_removed(&self) -> Option<String> {
        self.header().not_removed.as_ref().map(ToString::to_string)
    }
}

/// The question for the page, in words, and the flag that answers it.
fn told(question: RunQuestion, plan: &impl Asked) -> (RunQuestionCode, String, String) {
    let due = plan.due();
    match question {
        RunQuestion::Count => {
            let stays = plan.not_removed().map(|stays| format!(" {stays}")).unwrap_or_default();
            let message = format!("{due} guests of a production org would be deleted.{stays}");
            (RunQuestionCode::Count, message, format!("--confirm {due}"))
        }
        RunQuestion::Clock { of_plan, now } => {
            let of_plan = of_plan.map(pending_approvals::made_by_a_wrong_clock);
            let now = now.map(pending_approvals::clock_off);
            let message = of_plan.into_iter().chain(now).collect::<Vec<_>>().join(" ");
            (RunQuestionCode::Clock, message, "--confirm-clock".to_owned())
        }
        RunQuestion::Unusual(unusual) => {
            let message = pending_approvals::too_many(unusual);
            (RunQuestionCode::Unusual, message, format!("--confirm-unusual {due}"))
        }
    }
}

/// Refuses a run that leaves a question open, naming every one of them and the flag that answers it.
pub(crate) fn answered(
    questions: &[RunQuestion],
    plan: &impl Asked,
    options: &RunOptions,
) -> Result<(), Failure> {
    let due = plan.due();
    let RunOptions { confirmed: count, clock_confirmed: clock, unusual_confirmed: unusual, .. } = *options;
    let answers = RunAnswers { count, clock, unusual };
    let open = questions.iter().filter(|question| question.is_open(due, answers));
    let (words, flags): (Vec<String>, Vec<String>) =
        open.map(|question| told(*question, plan)).map(|(_, message, flag)| (message, flag)).unzip();
    if words.is_empty() {
        return Ok(());
    }
    let message = format!("{} Nothing was deleted.", words.join(" "));
    let next = format!("Answer each question by its own: {}.", flags.join(" "));
    Err(Failure::new(FailureCode::ConfirmationNeeded, message).with_next(next))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use retention::drift::Unusual;

    use super::*;

    struct Seven;

    impl Asked for Seven {
        fn due(&self) -> u64 {
            7
        }

        fn not_removed(&self) -> Option<String> {
            Some("Conversations stay.".to_owned())
        }
    }

    const OFF: ClockOff = ClockOff { seconds: 90_000, by_the_org: true };

    const ALL: [(RunQuestion, &str, &str); 3] = [
        (RunQuestion::Count, "of a production org would be deleted. Conversations stay.", "--confirm 7"),
        (
            RunQuestion::Clock { of_plan: None, now: Some(OFF) },
            "25 hours ahead of the org's",
            "--confirm-clock",
        ),
        (RunQuestion::Unusual(Unusual { usual: 1, planned: 7 }), "where 1 are usual", "--confirm-unusual 7"),
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
                ALL.iter().zip(asked).filter(|(_, asked)| *asked).map(|((question, ..), _)| *question).collect();
            let refused = answered(&questions, &Seven, &options).err();
            let open: Vec<usize> = (0..3).filter(|n| asked[*n] && !given[*n]).collect();
            prop_assert_eq!(refused.is_none(), open.is_empty());
            if let Some(failure) = refused {
                prop_assert_eq!(failure.code, FailureCode::ConfirmationNeeded);
                let flags: Vec<&str> = open.iter().map(|n| ALL[*n].2).collect();
                prop_assert_eq!(failure.next, format!("Answer each question by its own: {}.", flags.join(" ")));
                for (n, (_, words, _)) in ALL.iter().enumerate() {
                    let named = failure.message.contains(words);
                    prop_assert_eq!(named, open.contains(&n));
                }
            }
        }
    }
}
