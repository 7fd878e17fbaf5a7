//! Retention policies as people edit, confirm and arm them.

use std::num::{NonZeroU32, NonZeroU64};

use chrono::{DateTime, Utc};
use proof::Action;
use retention::{
    Change, ConfirmedBy, NamedPolicy, PolicyId, Schedule, changes, drift::Brake, quiet::QuietHours,
    quiet::Window, schedule,
};
use store::Batch;

use crate::{
    App, Failure,
    app::blocking,
    retention::pending_approvals::Asked,
    system::login::login_name,
    views::{
        BrakeView, ChangeView, ConfirmationView, MOST_BRAKE_TIMES, NamedPolicyView, PolicyDraft, PolicyView,
        QuietView, QuietWindow, ScheduleState, ScheduleView, Topic, Weekday, count,
    },
};

/// The days of the page, Monday first, as chrono counts them.
const DAYS: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

impl QuietView {
    fn of(quiet: &QuietHours) -> Self {
        let window = |window: &Window| QuietWindow {
            days: window.days.iter().map(|day| DAYS[day.num_days_from_monday() as usize]).collect(),
            from: window.from.format("%H:%M").to_string(),
            to: window.to.format("%H:%M").to_string(),
        };
        Self {
            zone: quiet.zone().to_owned(),
            follows_schedule: quiet.follows_schedule(),
            windows: quiet.windows().iter().map(window).collect(),
        }
    }

    fn check(self, schedule: &Schedule) -> Result<QuietHours, Failure> {
        let time = |text: &str| {
            chrono::NaiveTime::parse_from_str(text.trim(), "%H:%M")
                .map_err(|_| Failure::field("quietHours", format!("{text:?} is no time such as 22:30")))
        };
        let window = |w: QuietWindow| -> Result<Window, Failure> {
            let day = |day| chrono::Weekday::try_from(day as u8).expect("both count seven days from Monday");
            let days = w.days.into_iter().map(day).collect();
            Ok(Window { days, from: time(&w.from)?, to: time(&w.to)? })
        };
        let windows = self.windows.into_iter().map(window).collect::<Result<_, _>>()?;
        Ok(match self.follows_schedule {
            true => QuietHours::following(schedule.zone(), windows)?,
            false => QuietHours::new(self.zone.trim(), windows)?,
        })
    }
}

impl BrakeView {
    fn of(brake: Brake) -> Self {
        Self { times: brake.times, floor: count(brake.floor) }
    }

    fn check(self) -> Result<Brake, Failure> {
        match self.times {
            1..=MOST_BRAKE_TIMES => Ok(Brake { times: self.times, floor: self.floor.into() }),
            _ => Err(Failure::field("brake", "must be from 1 to 1,000 times the usual")),
        }
    }
}

impl ChangeView {
    pub(crate) fn of(change: Change) -> Self {
        let Change { field, before, after, stronger } = change;
        Self { field, before, after, stronger }
    }
}

fn schedule_view(
    schedule: &Schedule,
    state: ScheduleState,
    waits_until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> ScheduleView {
    ScheduleView {
        state,
        armed: schedule.is_armed(),
        cron: schedule.cron().to_owned(),
        zone: schedule.zone().to_owned(),
        next_due: if schedule.is_armed() { schedule::next_due(schedule, now) } else { None },
        last_due: schedule.last_due(),
        waits_until,
    }
}

impl PolicyDraft {
    /// What is stored, as a draft that changes nothing.
    #[must_use]
    pub fn of(view: NamedPolicyView) -> Self {
        let NamedPolicyView { id, name, what, schedule, quiet, cap, pace, brake, .. } = view;
        Self { id, name, what, cron: schedule.cron, zone: schedule.zone, quiet, cap, pace, brake }
    }

    /// Checks what a person entered; the schedule stays armed or not, as `stored` is.
    fn check(self, stored: Option<&NamedPolicy>, now: DateTime<Utc>) -> Result<NamedPolicy, Failure> {
        let id: PolicyId = self.id.parse::<PolicyId>()?;
        let mut policy = stored.cloned().unwrap_or_else(|| NamedPolicy::new(id, &self.name));
        self.name.trim().clone_into(&mut policy.name);
        policy.what = self.what.check()?;
        let (cron, zone) = (self.cron.trim(), self.zone.trim());
        if (policy.schedule.cron(), policy.schedule.zone()) != (cron, zone) {
            policy.schedule.change(cron, zone, now)?;
        }
        policy.quiet = self.quiet.check(&policy.schedule)?;
        let least_one = |field| move || Failure::field(field, "must be 1 or more, or nothing for no limit");
        policy.cap = self.cap.map(|n| NonZeroU64::new(n.into()).ok_or_else(least_one("cap"))).transpose()?;
        policy.pace = self.pace.map(|n| NonZeroU32::new(n).ok_or_else(least_one("pace"))).transpose()?;
        policy.brake = self.brake.map(BrakeView::check).transpose()?;
        Ok(policy)
    }
}

impl App {
    /// What the first policy wants.
    #[must_use]
    pub fn retention_policy(&self) -> PolicyView {
        PolicyView::of(&self.0.retention.policy())
    }

    /// Every policy of this connection, the first one first; there is always one.
    #[must_use]
    pub fn retention_policies(&self) -> Vec<NamedPolicyView> {
        self.0.retention.all().iter().map(|policy| self.policy_view(policy)).collect()
    }

    /// One policy.
    pub fn retention_policy_view(&self, id: &str) -> Result<NamedPolicyView, Failure> {
        Ok(self.policy_view(&self.0.retention.named(id)?))
    }

    fn policy_view(&self, policy: &NamedPolicy) -> NamedPolicyView {
        let now = self.0.clock.now();
        let quiet_now = !policy.quiet.may_run(now);
        let state = self.schedule_state(policy);
        let waits_until = self.limited_until().filter(|_| state == ScheduleState::OrgLimit);
        NamedPolicyView {
            id: policy.id.to_string(),
            name: policy.name.clone(),
            what: PolicyView::of(&policy.what),
            schedule: schedule_view(&policy.schedule, state, waits_until, now),
            quiet: QuietView::of(&policy.quiet),
            cap: policy.cap.map(|n| count(n.get())),
            pace: policy.pace.map(NonZeroU32::get),
            brake: policy.brake.map(BrakeView::of),
            confirmed: policy.confirmed.as_ref().map(|c| ConfirmationView {
                at: c.at,
                by: c.by.clone(),
                due: count(c.due),
            }),
            waiting: policy.waiting().into_iter().map(ChangeView::of).collect(),
            quiet_now,
            opens_at: if quiet_now { policy.quiet.next_opening(now) } else { None },
            asks: self.ask_of(&policy.id),
        }
    }

    /// Whether its schedule starts runs; the first reason why not is told.
    fn schedule_state(&self, policy: &NamedPolicy) -> ScheduleState {
        let waits = self.0.retention.deferred.lock().contains_key(&policy.id);
        match () {
            () if !policy.schedule.is_armed() => ScheduleState::Off,
            () if self.may_write().is_err() => ScheduleState::ReadOnly,
            () if self.may_delete().is_err() => ScheduleState::LossNotAccepted,
            () if policy.may_act().is_err() => ScheduleState::NotConfirmed,
            () if self.ask_of(&policy.id).is_some() => ScheduleState::Asks,
            () if waits && !policy.quiet.may_run(self.0.clock.now()) => ScheduleState::Quiet,
            () if waits && self.limited_until().is_some() => ScheduleState::OrgLimit,
            () => ScheduleState::On,
        }
    }

    /// What saving this draft would change; against a new policy's defaults where it is not stored yet.
    pub fn retention_policy_changes(&self, draft: PolicyDraft) -> Result<Vec<ChangeView>, Failure> {
        let now = self.0.clock.now();
        let stored = self.stored(&draft.id)?;
        let new = draft.check(stored.as_ref(), now)?;
        let old = stored.unwrap_or_else(|| NamedPolicy::new(new.id.clone(), &new.name));
        Ok(changes(&old, &new).into_iter().map(ChangeView::of).collect())
    }

    fn stored(&self, id: &str) -> Result<Option<NamedPolicy>, Failure> {
        let id: PolicyId = id.parse::<PolicyId>()?;
        Ok(self.0.retention.all().into_iter().find(|policy| policy.id == id))
    }

    /// Saves a new or changed policy. One that became stronger does not act by itself before it is confirmed.
    pub async fn retention_policy_save(&self, draft: PolicyDraft) -> Result<NamedPolicyView, Failure> {
        self.may_write()?;
        let _held = self.0.retention.scheduling.lock().await;
        let stored = self.stored(&draft.id)?;
        let policy = draft.check(stored.as_ref(), self.0.clock.now())?;
        let fields: Vec<String> = match &stored {
            Some(old) => changes(old, &policy).into_iter().map(|change| change.field).collect(),
            None => Vec::new(),
        };
        let id = policy.id.clone();
        let changed = stored.is_none() || !fields.is_empty();
        // What was asked about is another policy by now; the next due is looked at afresh.
        self.store_policy(policy, None, Asked::answered_if(changed)).await?;
        if changed {
            self.record(None, Action::PolicyChanged { policy: id.clone(), fields }).await;
        }
        self.retention_policy_view(id.as_str())
    }

    /// Writes a policy back, in one with what becomes of the question that its last due left and, where `confirmed_due` is
    /// given, with a person's confirmation of the policy as it is then: the number of guests that were due. Hold
    /// [`Retention::scheduling`](crate::retention::state::Retention) from before it was read.
    pub(crate) async fn store_policy(
        &self,
        policy: NamedPolicy,
        confirmed_due: Option<u32>,
        asked: Asked,
    ) -> Result<(), Failure> {
        let (app, id, at) = (self.clone(), policy.id.clone(), self.0.clock.now());
        let becomes = asked.clone();
        blocking(move || {
            let mut also = Batch::new();
            app.0.retention.pending_approvals.put_in(&policy.id, &becomes, &mut also)?;
            let by = login_name();
            let word = confirmed_due.map(|due| ConfirmedBy { due: due.into(), by: &by, at });
            let retention = &app.0.retention;
            retention.policies.save(&policy, word, also)?;
            retention.read_policies()
        })
        .await?;
        self.ask_became(&id, asked);
        self.policies_changed();
        Ok(())
    }

    pub(crate) fn policies_changed(&self) {
        self.0.notices.stale(Topic::Retention);
        self.0.notices.stale(Topic::Guests);
    }

    /// Removes a policy with its schedule; one that is not there is fine. The last one is there again with its defaults.
    pub async fn retention_policy_remove(&self, id: &str) -> Result<(), Failure> {
        self.may_write()?;
        let _held = self.0.retention.scheduling.lock().await;
        let Some(policy) = self.stored(id)? else { return Ok(()) };
        let (app, id) = (self.clone(), policy.id.clone());
        blocking(move || {
            let mut also = Batch::new();
            app.0.retention.pending_approvals.put_in(&id, &Asked::Answered, &mut also)?;
            app.0.retention.policies.remove(&id, also)?;
            app.0.retention.read_policies()
        })
        .await?;
        self.ask_became(&policy.id, Asked::Answered);
        self.record(None, Action::PolicyRemoved { policy: policy.id }).await;
        self.policies_changed();
        Ok(())
    }

    /// The id that is meant: the first policy's where none is given.
    #[must_use]
    pub fn retention_policy_id(&self, given: Option<&str>) -> String {
        let first = || self.0.retention.all().first().map(|policy| policy.id.to_string());
        given.map(str::to_owned).or_else(first).unwrap_or_else(|| PolicyId::FIRST.to_owned())
    }

    /// A new policy with its defaults, not stored yet.
    pub fn retention_new_policy(&self, id: &str) -> Result<PolicyDraft, Failure> {
        let id: PolicyId = id.parse::<PolicyId>()?;
        let name = id.to_string();
        Ok(PolicyDraft::of(self.policy_view(&NamedPolicy::new(id, &name))))
    }

    /// The saved policy whose rules a plan follows, where there is one.
    pub(crate) fn policy_of(&self, what: &model::RetentionPolicy) -> Option<NamedPolicy> {
        self.0.retention.all().into_iter().find(|policy| policy.what == *what)
    }
}
