//! What a person is asked before a run that they start. Each question has an answer of its own, and no answer stands for
//! another: a number that was typed says nothing of a clock.

use crate::{clock_jump::ClockOff, drift::Unusual};

/// What is known before a run of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunFacts {
    /// Guests that the plan deletes.
    pub due: u64,
    /// More guests than this ask for their number; none do where it is absent.
    pub ask_over: Option<u64>,
    /// Whether the clock was right when the plan was made: a run by a clock that is right now takes as many guests that are
    /// too young as the plan has.
    pub clock_of_plan: Result<(), ClockOff>,
    /// Whether the clock is right now.
    pub clock: Result<(), ClockOff>,
    /// The plan's guests, compared with the plans before it.
    pub drift: Result<(), Unusual>,
}

/// One question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunQuestion {
    /// Many guests of a production org: their number.
    Count,
    /// The clock was wrong when the plan was made, or is wrong now.
    Clock {
        /// How far it was off.
        of_plan: Option<ClockOff>,
        /// How far it is off.
        now: Option<ClockOff>,
    },
    /// Far more guests than usual: their number.
    Unusual(Unusual),
}

/// A person's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunAnswers {
    /// To [`RunQuestion::Count`]: how many guests go.
    pub count: Option<u64>,
    /// To [`RunQuestion::Clock`]: the clock is right, or the plan is meant as it is.
    pub clock: bool,
    /// To [`RunQuestion::Unusual`]: how many guests go.
    pub unusual: Option<u64>,
}

/// The questions before a run, in the order in which they are shown.
#[must_use]
pub fn questions(facts: &RunFacts) -> Vec<RunQuestion> {
    let count = facts.ask_over.is_some_and(|most| facts.due > most).then_some(RunQuestion::Count);
    let (of_plan, now) = (facts.clock_of_plan.err(), facts.clock.err());
    let clock = of_plan.or(now).map(|_| RunQuestion::Clock { of_plan, now });
    let unusual = facts.drift.err().map(RunQuestion::Unusual);
    [count, clock, unusual].into_iter().flatten().collect()
}

impl RunQuestion {
    /// Whether these answers, given for a plan that deletes `due` guests, leave it open.
    #[must_use]
    pub fn is_open(self, due: u64, answers: RunAnswers) -> bool {
        match self {
            Self::Count => answers.count != Some(due),
            Self::Clock { .. } => !answers.clock,
            Self::Unusual(_) => answers.unusual != Some(due),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFF: ClockOff = ClockOff { seconds: 90_000, by_the_org: true };
    const FAR: Unusual = Unusual { usual: 10, planned: 400 };

    #[test]
    fn each_fact_puts_its_question() {
        let none = RunFacts { due: 400, ask_over: None, clock_of_plan: Ok(()), clock: Ok(()), drift: Ok(()) };
        let clock = |of_plan, now| RunQuestion::Clock { of_plan, now };
        let all = RunFacts {
            ask_over: Some(100),
            clock_of_plan: Err(OFF),
            clock: Err(OFF),
            drift: Err(FAR),
            ..none
        };
        let table = [
            (none, vec![]),
            (RunFacts { ask_over: Some(400), ..none }, vec![]),
            (RunFacts { ask_over: Some(399), ..none }, vec![RunQuestion::Count]),
            (RunFacts { clock_of_plan: Err(OFF), ..none }, vec![clock(Some(OFF), None)]),
            (RunFacts { clock: Err(OFF), ..none }, vec![clock(None, Some(OFF))]),
            (RunFacts { drift: Err(FAR), ..none }, vec![RunQuestion::Unusual(FAR)]),
            (all, vec![RunQuestion::Count, clock(Some(OFF), Some(OFF)), RunQuestion::Unusual(FAR)]),
        ];
        for (n, (facts, asked)) in table.into_iter().enumerate() {
            assert_eq!(questions(&facts), asked, "row {n}");
        }
    }

    #[test]
    fn a_question_is_open_until_its_own_answer_names_this_plans_guests() {
        let [count, clock, unusual] = [
            RunQuestion::Count,
            RunQuestion::Clock { of_plan: Some(OFF), now: None },
            RunQuestion::Unusual(FAR),
        ];
        let none = RunAnswers { count: None, clock: false, unusual: None };
        let table = [
            (none, [true, true, true]),
            (RunAnswers { count: Some(400), ..none }, [false, true, true]),
            (RunAnswers { count: Some(399), ..none }, [true, true, true]),
            (RunAnswers { clock: true, ..none }, [true, false, true]),
            (RunAnswers { unusual: Some(400), ..none }, [true, true, false]),
            (RunAnswers { unusual: Some(401), ..none }, [true, true, true]),
        ];
        for (answers, open) in table {
            assert_eq!(
                [count, clock, unusual].map(|question| question.is_open(400, answers)),
                open,
                "{answers:?}"
            );
        }
    }
}
