//! Holds as people add, see and remove them, and the delete by hand that obeys them.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use genesys::Lane;
use model::{Doomed, GuestId, Revision, Selection};
use proof::Action;
use retention::{Hold, HoldId, HoldSubject, OrgPort};
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    App, Failure, FailureCode,
    app::blocking,
    guests::filter::a_filter,
    retention::retention_org::RetentionOrg,
    views::{HoldDraft, HoldView, Topic},
};

/// How long the org is asked whether it has the guest of a new hold.
const LONGEST_CHECK: Duration = Duration::from_secs(10);

/// A delete by hand is called off by a hold that came meanwhile, and looked at again, so often.
const MOST_LOOKS: u32 = 5;

/// The holds that keep this guest.
async fn keeping(org: &RetentionOrg, id: GuestId) -> Result<Vec<Hold>, Failure> {
    retention::holds_on(org, &org.holds(), id).await.map_err(|error| org.told(&error))
}

fn view(hold: &Hold, now: DateTime<Utc>) -> HoldView {
    let (guest_id, filter) = match &hold.subject {
        HoldSubject::Guest(id) => (Some(id.to_string()), None),
        HoldSubject::Filter(filter) => (None, Some(filter.to_string())),
    };
    HoldView {
        id: hold.id.to_string(),
        guest_id,
        filter,
        reason: hold.reason.clone(),
        owner: hold.owner.clone(),
        added_at: hold.added_at,
        until: hold.until.map(|day| day.to_string()),
        overdue: hold.is_overdue(now),
        unchecked: false,
    }
}

/// What a person entered, as it is checked.
fn entered(draft: HoldDraft) -> Result<retention::HoldDraft, Failure> {
    let HoldDraft { guest, filter, reason, owner, until } = draft;
    // A filter that a script lost the value of would put everyone on hold, and no run would say why nobody goes.
    if let Some(filter) = filter.as_deref().filter(|filter| !filter.trim().is_empty()) {
        a_filter(filter)?;
    }
    Ok(retention::HoldDraft { guest, filter, reason, owner, until })
}

fn named(hold: &Hold) -> Option<GuestId> {
    match hold.subject {
        HoldSubject::Guest(id) => Some(id),
        HoldSubject::Filter(_) => None,
    }
}

impl App {
    /// Every hold of this org, whichever connection added it, the oldest first.
    pub fn hold_list(&self) -> Result<Vec<HoldView>, Failure> {
        let now = self.0.clock.now();
        Ok(self.0.retention.holds()?.now().list().iter().map(|hold| view(hold, now)).collect())
    }

    /// Adds a hold; from here on it keeps its guests, also from a run that goes on. The same id again is the same hold.
    /// While the org does not answer it is taken unchecked: a hold must not wait for that.
    ///
    /// # Errors
    /// A read-only connection, bad input by field, a guest that the org does not have, a filter that cannot be judged in the
    /// dialect of this connection, or a failing disk.
    pub async fn hold_add(&self, id: Uuid, draft: HoldDraft) -> Result<HoldView, Failure> {
        self.may_write()?;
        let now = self.0.clock.now();
        let hold = entered(draft)?.check(HoldId(id), now)?;
        let checked = match &hold.subject {
            HoldSubject::Filter(filter) if self.is_new(&hold)? => self.check_filter(filter).await?,
            _ => true,
        };
        let kept = self.keep_hold(hold, now).await?;
        Ok(HoldView { unchecked: kept.unchecked || !checked, ..kept })
    }

    /// Puts back a hold that was removed, as it was: its last day may be over.
    ///
    /// # Errors
    /// As [`App::hold_add`], but for the day.
    pub(crate) async fn hold_put_back(&self, id: Uuid, draft: HoldDraft) -> Result<HoldView, Failure> {
        self.may_write()?;
        let now = self.0.clock.now();
        self.keep_hold(entered(draft)?.put_back(HoldId(id), now)?, now).await
    }

    fn is_new(&self, hold: &Hold) -> Result<bool, Failure> {
        Ok(!self.0.retention.holds()?.now().list().iter().any(|known| known.id == hold.id))
    }

    async fn keep_hold(&self, hold: Hold, now: DateTime<Utc>) -> Result<HoldView, Failure> {
        let holds = Arc::clone(self.0.retention.holds()?);
        let is_new = self.is_new(&hold)?;
        let checked = match named(&hold).filter(|_| is_new) {
            Some(guest) => self.check_guest(guest).await?,
            None => true,
        };
        let kept = blocking(move || Ok(holds.add(hold)?)).await?;
        if is_new {
            self.record(named(&kept), Action::HoldAdded { hold: kept.id }).await;
            self.holds_changed();
        }
        Ok(HoldView { unchecked: !checked, ..view(&kept, now) })
    }

    /// Whether the org could be asked if it has the fields of this filter. One that cannot be judged would keep everyone: nobody
    /// is deleted while nobody can tell whom it means.
    async fn check_filter(&self, filter: &Selection) -> Result<bool, Failure> {
        let refused = |error: genesys::Error| {
            let failure = Failure::from(error);
            let next = "Test fields that guests have here. For a field of the other dialect add the hold over a connection in \
                        that dialect; it then keeps its guests there, and here nobody can be deleted while it stands.";
            Failure { next: next.into(), ..failure }
        };
        self.0.org.can.must_test(filter).map_err(refused)?;
        match timeout(LONGEST_CHECK, self.0.org.guests.matching(Lane::Person, &[], filter)).await {
            Ok(Ok(_)) => Ok(true),
            Ok(Err(error @ genesys::Error::Unfit { .. })) => Err(refused(error)),
            Ok(Err(_)) | Err(_) => Ok(false),
        }
    }

    /// Whether the org could be asked about this guest; a guest that it does not have is refused.
    async fn check_guest(&self, id: GuestId) -> Result<bool, Failure> {
        match timeout(LONGEST_CHECK, self.0.org.guests.get(Lane::Person, id)).await {
            Ok(Ok(_)) => Ok(true),
            Ok(Err(genesys::Error::NotFound(_))) => {
                let message = "is not known to the org, so there is nobody to hold; nothing was added";
                let next = "Check the id, or search for the guest: they may have been deleted already.";
                Err(Failure {
                    code: FailureCode::NotFound,
                    ..Failure::field("guest", message).with_next(next)
                })
            }
            Ok(Err(_)) | Err(_) => Ok(false),
        }
    }

    /// Removes a hold; answers what it was. One that is not there is fine.
    pub async fn hold_remove(&self, id: Uuid) -> Result<Option<HoldView>, Failure> {
        self.may_write()?;
        let holds = Arc::clone(self.0.retention.holds()?);
        let removed = blocking(move || Ok(holds.remove(HoldId(id))?)).await?;
        let Some(hold) = removed else { return Ok(None) };
        self.record(named(&hold), Action::HoldRemoved { hold: hold.id }).await;
        self.holds_changed();
        Ok(Some(view(&hold, self.0.clock.now())))
    }

    fn holds_changed(&self) {
        self.0.notices.stale(Topic::Holds);
        self.0.notices.stale(Topic::Guests);
        // A plan that is shown says that they were changed since.
        self.0.notices.stale(Topic::Retention);
    }

    /// The holds that keep this guest now, by id or by filter.
    pub async fn holds_on_guest(&self, id: GuestId) -> Result<Vec<HoldView>, Failure> {
        let now = self.0.clock.now();
        let org = self.retention_org(Lane::Person)?.for_a_look();
        Ok(keeping(&org, id).await?.iter().map(|hold| view(hold, now)).collect())
    }

    /// Deletes one guest by hand, unless a hold keeps them. With `revision`, only if nobody changed it meanwhile.
    ///
    /// # Errors
    /// A read-only connection, [`FailureCode::LossNotAccepted`], [`FailureCode::HeldGuest`], 404, 409, or what else the org answered.
    pub async fn guest_delete(&self, id: GuestId, revision: Option<Revision>) -> Result<(), Failure> {
        self.may_write()?;
        self.may_delete()?;
        let org = self.retention_org(Lane::Person)?;
        let doomed = [Doomed { id, revision }];
        // A hold that is added while the delete waits for the rate budget counts too: then it is looked again whom it keeps.
        let wanted = |id| org.is_free(id);
        let mut looks = 0;
        loop {
            let keeping = keeping(&org, id).await?;
            if !keeping.is_empty() {
                return Err(self.refuse_to_delete(id, &keeping).await);
            }
            let removed = self.0.org.guests.remove(Lane::Person, &doomed, &wanted).await;
            match removed.into_iter().next() {
                Some((_, Ok(_))) => break,
                None => return Err(Failure::internal("the org said nothing of this guest")),
                Some((_, Err(genesys::Error::Withdrawn { .. }))) if looks < MOST_LOOKS => looks += 1,
                Some((_, Err(error @ genesys::Error::Conflict(_)))) => {
                    let next = format!(
                        "Look at the guest again (`innkeeper guests show {id}`), then delete who is there."
                    );
                    return Err(Failure::from(error).with_next(next));
                }
                Some((_, Err(error))) => return Err(error.into()),
            }
        }
        self.record(Some(id), Action::GuestDeleted).await;
        self.0.notices.stale(Topic::Guests);
        Ok(())
    }

    async fn refuse_to_delete(&self, id: GuestId, keeping: &[Hold]) -> Failure {
        if let Some(first) = keeping.first() {
            self.record(Some(id), Action::DeleteRefused { hold: first.id }).await;
        }
        let told: Vec<String> = keeping
            .iter()
            .map(|hold| format!("{} ({}, hold {})", hold.reason, hold.owner, hold.id))
            .collect();
        let message = format!("The guest is on hold and was not deleted: {}.", told.join("; "));
        Failure::new(FailureCode::HeldGuest, message)
    }
}
