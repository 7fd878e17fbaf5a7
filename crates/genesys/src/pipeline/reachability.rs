//! Whether the org can be reached, told from what requests came to, and what there is again when it can.

use super::admission::Budget;

/// So many requests in a row without an answer mean that the org is away. A single one says little, and what waits for
/// it tries again within seconds anyway; waking everything for it would undo every wait on a bad line.
const SILENT: u32 = 3;

/// What there is again that work had to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regained {
    /// The org answers.
    Network,
    /// It accepts the token.
    Token,
    /// The rate budget has room.
    Budget,
}

/// Whether the org can be reached, as its last requests say. Pure.
#[derive(Debug, Default)]
pub struct Reachability {
    silent: u32,
    away: bool,
    /// There is a token that nothing was accepted with yet.
    fresh: bool,
    /// The org refused a token or the credentials, and accepted nothing since.
    rejected: bool,
    /// The status with which the org refused the sign-in or a token that was new, which only a person can mend.
    refused: Option<u16>,
    /// The value of `refused` when [`Reachability::sign_in_refusal_changed`] was asked last.
    told: Option<u16>,
    failing: bool,
    spent: bool,
}

impl Reachability {
    /// A request ended: with this status, or without an answer.
    pub fn request_ended(&mut self, status: Option<u16>, sign_in: bool) -> Option<Regained> {
        let Some(status) = status else {
            self.silent = self.silent.saturating_add(1);
            self.away |= self.silent >= SILENT;
            return None;
        };
        self.silent = 0;
        let back = std::mem::take(&mut self.away);
        let good = (200..300).contains(&status);
        if (sign_in && matches!(status, 400 | 401 | 403)) || (status == 401 && self.fresh) {
            self.refused = Some(status);
        } else if good && !sign_in {
            self.refused = None;
        }
        if sign_in {
            self.fresh |= good;
            self.rejected |= !good;
        } else if status == 401 {
            (self.fresh, self.rejected) = (false, true);
        } else if good && (self.fresh || self.rejected) {
            // Not at the sign-in itself: an org that grants tokens and refuses them has not come back.
            (self.fresh, self.rejected) = (false, false);
            return Some(Regained::Token);
        }
        back.then_some(Regained::Network)
    }

    /// So many requests in a row had no answer that the org is away.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.away
    }

    /// The breaker says that the org does not answer.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.failing
    }

    /// The status with which the org refused the sign-in, where only a person can mend that.
    #[must_use]
    pub fn sign_in_refused(&self) -> Option<u16> {
        self.refused
    }

    /// Whether that is another answer than when this was asked last.
    pub fn sign_in_refusal_changed(&mut self) -> bool {
        std::mem::replace(&mut self.told, self.refused) != self.refused
    }

    /// The rate budget or the breaker changed.
    pub fn budget_changed(&mut self, budget: &Budget) -> Option<Regained> {
        let spent = budget.is_spent();
        let room = std::mem::replace(&mut self.spent, spent) && !spent;
        let answers = std::mem::replace(&mut self.failing, !budget.answering) && budget.answering;
        if answers { Some(Regained::Network) } else { room.then_some(Regained::Budget) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(answering: bool, count: u32) -> Budget {
        Budget { count, allowed: 300, told: true, reset_seconds: 9, answering, next_try_seconds: 0 }
    }

    #[test]
    fn the_first_answer_after_three_silences_wakes_once() {
        let mut reachability = Reachability::default();
        assert_eq!([None; 3].map(|s| reachability.request_ended(s, false)), [None; 3]);
        assert!(reachability.away);
        assert_eq!(
            reachability.request_ended(Some(503), false),
            Some(Regained::Network),
            "even a fault says that somebody is there"
        );
        assert_eq!(reachability.request_ended(Some(200), false), None);
    }

    #[test]
    fn a_bad_line_that_fails_every_second_request_wakes_nothing() {
        let mut reachability = Reachability::default();
        let mut all = (0..100).map(|n| reachability.request_ended((n % 2 == 0).then_some(200), false));
        assert!(all.all(|wake| wake.is_none()));
    }

    #[test]
    fn a_token_is_back_with_the_first_call_that_is_accepted_and_not_with_the_sign_in() {
        let mut reachability = Reachability::default();
        assert_eq!(reachability.request_ended(Some(401), true), None, "credentials refused");
        assert_eq!(reachability.request_ended(Some(200), true), None);
        assert_eq!(reachability.request_ended(Some(401), false), None, "granted, and refused all the same");
        assert_eq!(reachability.request_ended(Some(403), false), None, "accepted, but a scope is missing");
        assert_eq!(reachability.request_ended(Some(200), false), Some(Regained::Token));
        assert_eq!(reachability.request_ended(Some(200), false), None);
    }

    #[test]
    fn a_refused_sign_in_is_told_until_a_call_is_accepted() {
        let mut reachability = Reachability::default();
        for status in [400, 401, 403] {
            reachability.request_ended(Some(status), true);
            assert_eq!(reachability.refused, Some(status));
            reachability.request_ended(Some(200), true);
            reachability.request_ended(Some(403), false);
            assert_eq!(reachability.refused, Some(status), "granted, and nothing accepted yet");
            reachability.request_ended(Some(200), false);
            assert_eq!(reachability.refused, None);
        }
        for (status, sign_in) in [(429, true), (503, true), (401, false), (403, false), (404, false)] {
            reachability.request_ended(Some(status), sign_in);
            assert_eq!(reachability.refused, None, "{status}: no fault of the credentials");
        }
        reachability.request_ended(Some(200), true);
        reachability.request_ended(Some(401), false);
        assert_eq!(reachability.refused, Some(401), "a new token that is refused");
    }

    #[test]
    fn the_breaker_closing_and_the_budget_opening_wake() {
        let mut reachability = Reachability::default();
        assert_eq!(reachability.budget_changed(&told(false, 10)), None);
        assert_eq!(reachability.budget_changed(&told(true, 10)), Some(Regained::Network));
        assert_eq!(reachability.budget_changed(&told(true, 297)), None);
        assert_eq!(reachability.budget_changed(&told(true, 1)), Some(Regained::Budget));
        assert_eq!(reachability.budget_changed(&told(true, 2)), None);
    }
}
