//! Whether the way to the org is open, told from what requests came to; and the word to the outbox when it opens.

use std::{sync::PoisonError, time::Duration};

use genesys::{Budget, Client, Lane, ListGuests};
use outbox::Wake;
use tokio::time::sleep;

use crate::{App, Connection, Failure, FailureCode, app::WeakApp, views::Topic};

/// So many requests in a row without an answer mean that the org is away. A single one says little, and what waits for
/// it tries again within seconds anyway; waking everything for it would undo every wait on a bad line.
const SILENT: u32 = 3;
/// A machine leaves these calls of a window alone: a budget with fewer left is spent.
const HANDFUL: u32 = 3;

/// Whether machines have to wait for the next window of the rate budget.
pub(crate) fn is_spent(budget: &Budget) -> bool {
    budget.count.saturating_add(HANDFUL) >= budget.allowed
}

/// While the org is away and messages wait, or while the window says that it does not answer, it is asked at least this
/// often, so that its return is noticed soon: every message may wait for minutes, and a person may only look.
const PROBE: Duration = Duration::from_secs(15);
/// The path under which sign-ins stand in the request log.
const SIGN_IN: &str = "/oauth/token";

/// What the last requests say. Pure.
#[derive(Debug, Default)]
pub(crate) struct Way {
    silent: u32,
    away: bool,
    /// There is a token that nothing was accepted with yet.
    fresh: bool,
    /// The org refused a token or the credentials, and accepted nothing since.
    rejected: bool,
    /// Of those, the status with which it refused the sign-in, or a token that was new: nobody but a person can mend that.
    refused: Option<u16>,
    /// What of it was told.
    told: Option<u16>,
    failing: bool,
    spent: bool,
}

impl Way {
    /// A request ended: with this status, or without an answer.
    fn ended(&mut self, status: Option<u16>, sign_in: bool) -> Option<Wake> {
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
            return Some(Wake::Token);
        }
        back.then_some(Wake::Network)
    }

    /// The rate budget or the breaker changed.
    fn budget(&mut self, budget: &Budget) -> Option<Wake> {
        let spent = is_spent(budget);
        let room = std::mem::replace(&mut self.spent, spent) && !spent;
        let answers = std::mem::replace(&mut self.failing, !budget.answering) && budget.answering;
        if answers { Some(Wake::Network) } else { room.then_some(Wake::Budget) }
    }
}

/// Listens to the requests and to the budget, and wakes the outbox.
pub(crate) async fn watch(app: WeakApp) {
    let Some((mut activity, mut budget)) =
        app.upgrade().map(|a| (a.0.client.activity(), a.0.client.budget()))
    else {
        return;
    };
    let mut heard = *activity.borrow_and_update();
    loop {
        let changed = tokio::select! {
            changed = activity.changed() => changed,
            changed = budget.changed() => changed,
        };
        let Some(app) = app.upgrade().filter(|_| changed.is_ok()) else { return };
        let (now, state) = (*activity.borrow_and_update(), *budget.borrow_and_update());
        let news = usize::try_from(now.wrapping_sub(heard)).unwrap_or(usize::MAX);
        heard = now;
        app.hear(news, &state);
    }
}

/// Asks the org now and then while it is away. The answer is heard by [`watch`].
pub(crate) async fn probe(app: WeakApp) {
    loop {
        sleep(PROBE).await;
        let client: Client = match app.upgrade() {
            Some(app) if app.is_to_be_probed() => app.0.client.clone(),
            Some(_) => continue,
            None => return,
        };
        // Whatever comes of it: any answer, a refusal too, says that the org is there.
        drop(client.list_guests(Lane::Delivery, &ListGuests { page_size: 1, ..ListGuests::default() }).await);
    }
}

impl App {
    fn hear(&self, news: usize, budget: &Budget) {
        let inner = &self.0;
        let mut wakes = Vec::new();
        {
            let mut way = inner.way.lock().unwrap_or_else(PoisonError::into_inner);
            wakes.extend(way.budget(budget));
            if news > 0 {
                let mut requests = inner.client.requests();
                requests.truncate(news);
                wakes
                    .extend(requests.iter().rev().filter_map(|r| way.ended(r.status, r.template == SIGN_IN)));
            }
        }
        self.tell_sign_in();
        let wait = Duration::from_secs(budget.next_try_seconds.into());
        let next = (!budget.answering && !wait.is_zero()).then(|| inner.clock.now() + wait);
        if inner.org_next_try.set(next) {
            inner.notices.status_changed();
        }
        wakes.dedup();
        for why in wakes {
            tracing::debug!(?why, "the outbox is woken");
            inner.outbox.wake(why);
        }
    }

    /// Says once that the sign-in is refused, and once that it is not any more.
    fn tell_sign_in(&self) {
        let inner = &self.0;
        let mut way = inner.way.lock().unwrap_or_else(PoisonError::into_inner);
        if way.told != way.refused {
            way.told = way.refused;
            inner.notices.status_changed();
            inner.notices.stale(Topic::Connections);
        }
    }

    /// Why nothing can be read or sent over this connection until a person mends it, where the org refuses its sign-in.
    pub(crate) fn sign_in_refusal(&self) -> Option<Failure> {
        let status = self.0.way.lock().unwrap_or_else(PoisonError::into_inner).refused?;
        let Connection { name, client_id, .. } = &self.0.connection;
        let message = format!("The org refused the sign-in of the OAuth client {client_id:?} with {status}.");
        let next =
            format!("Edit the connection {name:?}: check its client id and give the client secret anew.");
        Some(Failure::new(FailureCode::CredentialsRejected, message).with_next(next))
    }

    fn is_to_be_probed(&self) -> bool {
        let inner = &self.0;
        if !inner.client.is_online() {
            return false;
        }
        let (away, failing) = {
            let way = inner.way.lock().unwrap_or_else(PoisonError::into_inner);
            (way.away, way.failing)
        };
        let counts = inner.outbox.counts();
        failing || (away && inner.outbox.paused().is_none() && counts.waiting + counts.uncertain > 0)
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
        let mut way = Way::default();
        assert_eq!([None; 3].map(|s| way.ended(s, false)), [None; 3]);
        assert!(way.away);
        assert_eq!(
            way.ended(Some(503), false),
            Some(Wake::Network),
            "even a fault says that somebody is there"
        );
        assert_eq!(way.ended(Some(200), false), None);
    }

    #[test]
    fn a_bad_line_that_fails_every_second_request_wakes_nothing() {
        let mut way = Way::default();
        let mut all = (0..100).map(|n| way.ended((n % 2 == 0).then_some(200), false));
        assert!(all.all(|wake| wake.is_none()));
    }

    #[test]
    fn a_token_is_back_with_the_first_call_that_is_accepted_and_not_with_the_sign_in() {
        let mut way = Way::default();
        assert_eq!(way.ended(Some(401), true), None, "credentials refused");
        assert_eq!(way.ended(Some(200), true), None);
        assert_eq!(way.ended(Some(401), false), None, "granted, and refused all the same");
        assert_eq!(way.ended(Some(403), false), None, "accepted, but a scope is missing");
        assert_eq!(way.ended(Some(200), false), Some(Wake::Token));
        assert_eq!(way.ended(Some(200), false), None);
    }

    #[test]
    fn a_refused_sign_in_is_told_until_a_call_is_accepted() {
        let mut way = Way::default();
        for status in [400, 401, 403] {
            way.ended(Some(status), true);
            assert_eq!(way.refused, Some(status));
            way.ended(Some(200), true);
            way.ended(Some(403), false);
            assert_eq!(way.refused, Some(status), "granted, and nothing accepted yet");
            way.ended(Some(200), false);
            assert_eq!(way.refused, None);
        }
        for (status, sign_in) in [(429, true), (503, true), (401, false), (403, false), (404, false)] {
            way.ended(Some(status), sign_in);
            assert_eq!(way.refused, None, "{status}: no fault of the credentials");
        }
        way.ended(Some(200), true);
        way.ended(Some(401), false);
        assert_eq!(way.refused, Some(401), "a new token that is refused");
    }

    #[test]
    fn the_breaker_closing_and_the_budget_opening_wake() {
        let mut way = Way::default();
        assert_eq!(way.budget(&told(false, 10)), None);
        assert_eq!(way.budget(&told(true, 10)), Some(Wake::Network));
        assert_eq!(way.budget(&told(true, 297)), None);
        assert_eq!(way.budget(&told(true, 1)), Some(Wake::Budget));
        assert_eq!(way.budget(&told(true, 2)), None);
    }
}
