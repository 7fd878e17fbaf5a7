//! How many guests fall due when. The org is asked, on the bulk lane, and the answer is kept for a while.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use genesys::{Lane, TotalAbility};
use model::{AgeClock, Field, KeepDays, RetentionPolicy, Selection};
use retention::forecast::{self, Forecast, Histogram};

use crate::{
    App, Failure,
    retention::day_counts::Counted,
    views::{DayCount, ForecastView, count},
};

fn days(ahead: Vec<(NaiveDate, u64)>) -> Vec<DayCount> {
    ahead.into_iter().map(|(day, guests)| DayCount { day: day.to_string(), guests: count(guests) }).collect()
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

impl App {
    /// What falls due on each of the next 90 days under a policy, by age alone, and what another number of days would do.
    pub async fn retention_forecast(&self, policy: &str, then: Option<u32>) -> Result<ForecastView, Failure> {
        let policy = self.0.retention.named(policy)?.what;
        let then = then
            .map(|days| KeepDays::new(days.into()).map_err(|e| Failure::field("thenDays", e.to_string())))
            .transpose()?;
        let longest = then.filter(|then| then.get() > policy.days.get()).unwrap_or(policy.days);
        let now = self.0.clock.now();
        // Held while it is counted: two who ask at once are one count.
        let mut held = self.0.retention.counted.lock().await;
        let counted = match held.take().filter(|counted| counted.serves(&policy, longest, now)) {
            Some(counted) => held.insert(counted),
            None => held.insert(self.count_by_day(&policy, longest, now).await?),
        };
        let under = |keep| forecast::forecast(&counted.guests, keep, counted.today);
        let (now, other) = (under(policy.days), then.map(under));
        let at_once = other.as_ref().map(|other| forecast::more_at_once(&now, other));
        let at_once = at_once.map(|more| i32::try_from(more).unwrap_or(i32::MAX));
        let Forecast { days: kept, already, ahead, later } = now;
        Ok(ForecastView {
            days: kept.into(),
            already: count(already),
            ahead: days(ahead),
            later: count(later),
            then_days: then.map(|then| then.get().into()),
            then_already: other.as_ref().map(|other| count(other.already)),
            then_ahead: other.map(|other| days(other.ahead)),
            at_once,
            counted_at: counted.at,
        })
    }

    /// Counts the guests of each day that can matter. Few guests are read page by page; of many, each day's number is asked.
    async fn count_by_day(
        &self,
        policy: &RetentionPolicy,
        longest: KeepDays,
        now: DateTime<Utc>,
    ) -> Result<Counted, Failure> {
        let today = now.date_naive();
        let field = match policy.clock {
            AgeClock::Created => Field::CreatedTime,
            AgeClock::LastActivity => Field::ModifiedTime,
        };
        let among = |range: Option<Selection>| match (&policy.filter, range) {
            (Some(filter), Some(range)) => Some(filter.clone().and(range)),
            (filter, range) => range.or(filter.clone()),
        };
        let org = &self.0.org;
        let counted = async |range| -> Result<u64, Failure> {
            Ok(org.guests.count(Lane::Bulk, among(range).as_ref()).await?.at_least())
        };
        let mut guests = Histogram::default();
        let asked = forecast::days_to_count(longest, today);
        let total = counted(None).await?;
        let counts = org.can.total == TotalAbility::Known;
        if !counts || total.div_ceil(org.can.limits.guests_page.into()) <= asked.len() as u64 {
            let mut scan = org.guests.scan(Lane::Bulk, among(None), None)?;
            while let Some(page) = scan.pages.next_page().await? {
                let matching = page.guests.iter().filter(|guest| scan.selects(guest));
                matching.for_each(|guest| guests.add(policy.age_time(guest)));
            }
        } else {
            // A time is a whole number of nanoseconds: "not before midnight" is "after the last one of the day before".
            let before = |day| midnight(day) - TimeDelta::nanoseconds(1);
            let first = asked.first().copied().unwrap_or(today);
            let older = Selection::less(field.clone(), midnight(first));
            let older = counted(Some(older)).await?;
            guests.add_many(first.checked_sub_days(Days::new(1)).unwrap_or(first), older);
            for day in asked {
                let Some(next) = day.succ_opt() else { continue };
                let that_day = Selection::greater(field.clone(), before(day))
                    .and(Selection::less(field.clone(), midnight(next)));
                guests.add_many(day, counted(Some(that_day)).await?);
            }
        }
        let filter = policy.filter.clone();
        Ok(Counted { clock: policy.clock, filter, today, longest, guests, at: now })
    }
}
