//! Listens to what requests come to, keeps whether the org can be reached, and wakes the outbox when it can again.

use std::time::Duration;

use genesys::{Budget, Lane, Org, reachability::Regained};
use outbox::Wake;
use tokio::time::sleep;

use crate::{App, Connection, Failure, FailureCode, app::WeakApp, views::Topic};

/// While the org is away and messages wait, or while the window says that it does not answer, it is asked at least this
/// often, so that its return is noticed soon: every message may wait for minutes, and a person may only look.
const PROBE: Duration = Duration::from_secs(15);

/// Listens to the requests and to the budget, and wakes the outbox.
pub(crate) async fn watch(app: WeakApp) {
    let Some((mut activity, mut budget)) =
        app.upgrade().map(|a| (a.0.org.pipeline.activity(), a.0.org.pipeline.budget()))
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
        app.take_news(news, &state);
    }
}

/// Asks the org now and then while it is away. The answer is heard by [`watch`].
pub(crate) async fn probe(app: WeakApp) {
    loop {
        sleep(PROBE).await;
        let org: Org = match app.upgrade() {
            Some(app) if app.is_to_be_probed() => app.0.org.clone(),
            Some(_) => continue,
            None => return,
        };
        // Whatever comes of it: any answer, a refusal too, says that the org is there.
        drop(org.access.ping(Lane::Delivery).await);
    }
}

impl App {
    fn take_news(&self, news: usize, budget: &Budget) {
        let inner = &self.0;
        let mut wakes = Vec::new();
        {
            let mut reachability = inner.reachability.lock();
            wakes.extend(reachability.budget_changed(budget));
            if news > 0 {
                let mut requests = inner.org.pipeline.requests();
                requests.truncate(news);
                let ended = requests.iter().rev();
                wakes.extend(ended.filter_map(|r| reachability.request_ended(r.status, r.is_sign_in())));
            }
        }
        self.tell_sign_in();
        let wait = Duration::from_secs(budget.next_try_seconds.into());
        let next = (!budget.answering && !wait.is_zero()).then(|| inner.clock.now() + wait);
        if inner.org_next_try.set(next) {
            inner.notices.status_changed();
        }
        wakes.dedup();
        for regained in wakes {
            tracing::debug!(?regained, "the outbox is woken");
            inner.outbox.wake(match regained {
                Regained::Network => Wake::Network,
                Regained::Token => Wake::Token,
                Regained::Budget => Wake::Budget,
            });
        }
    }

    /// Says once that the sign-in is refused, and once that it is not any more.
    fn tell_sign_in(&self) {
        let inner = &self.0;
        let mut reachability = inner.reachability.lock();
        if reachability.sign_in_refusal_changed() {
            inner.notices.status_changed();
            inner.notices.stale(Topic::Connections);
        }
    }

    /// Why nothing can be read or sent over this connection until a person mends it, where the org refuses its sign-in.
    pub(crate) fn sign_in_refusal(&self) -> Option<Failure> {
        let status = self.0.reachability.lock().sign_in_refused()?;
        let Connection { name, client_id, .. } = &self.0.connection;
        let message = format!("The org refused the sign-in of the OAuth client {client_id:?} with {status}.");
        let next =
            format!("Edit the connection {name:?}: check its client id and give the client secret anew.");
        Some(Failure::new(FailureCode::CredentialsRejected, message).with_next(next))
    }

    fn is_to_be_probed(&self) -> bool {
        let inner = &self.0;
        if !inner.org.pipeline.is_online() {
            return false;
        }
        let (away, failing) = {
            let reachability = inner.reachability.lock();
            (reachability.is_away(), reachability.is_failing())
        };
        let counts = inner.outbox.counts();
        failing || (away && inner.outbox.paused().is_none() && counts.waiting + counts.uncertain > 0)
    }
}
