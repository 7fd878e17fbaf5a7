//! How many guests fall due when. The org is asked, on the bulk lane, and the answer is kept for a while.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use genesys::{Lane, ListGuests, Sort};
use model::{AgeClock, Field, Filter, KeepDays, RetentionPolicy};
use retention::forecast::{self, Forecast, Histogram};

use crate::{
    App, Failure,
    retention::day_counts::Counted,
    views::{DayCount, ForecastView, count},
};

/// Guests a call.
const PAGE: u32 = 100;

fn days(ahead: Vec<(NaiveDate, u64)>) -> Vec<DayCount> {
    ahead.into_iter().map(|(day, guests)| DayCount { day: day.to_string(), guests: count(guests) }).collect()
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

impl App {
    /// What falls due on each of the next 90 days under a policy, by age alone, and what another number of days would do.
    ///
    /// # Errors
    /// There is no such policy, a number of days out of range, or what the org answered.
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
        let Forecast { days: kept, already, ahead, later } =
            forecast::forecast(&counted.guests, policy.days, counted.today);
        let other = then.map(|then| forecast::what_if(&counted.guests, policy.days, then, counted.today));
        let at_once = other.as_ref().map(|other| i32::try_from(other.at_once).unwrap_or(i32::MAX));
        let other = other.map(|other| other.then);
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
        let among = |range: Option<Filter>| match (&policy.filter, range) {
            (Some(filter), Some(range)) => Some(filter.clone().and(range)),
            (filter, range) => range.or(filter.clone()),
        };
        let list = |filter, page_size| ListGuests {
            filter,
            page_size,
            page_number: 1,
            // The order in which a walk misses nobody; who is counted first does not matter.
            sort: Sort::default(),
            expand_attributes: false,
        };
        let client = &self.0.client;
        let mut guests = Histogram::default();
        let asked = forecast::days_to_count(longest, today);
        let total = client.list_guests(Lane::Bulk, &list(among(None), 1)).await?.total;
        if total.div_ceil(PAGE.into()) <= asked.len() as u64 {
            let mut walk = client.walk_guests(Lane::Bulk, list(among(None), PAGE));
            while let Some(page) = walk.next_page().await? {
                page.iter().for_each(|guest| guests.add(policy.age_time(guest)));
            }
        } else {
            // A time is a whole number of nanoseconds: "not before midnight" is "after the last one of the day before".
            let before = |day| midnight(day) - TimeDelta::nanoseconds(1);
            let first = asked.first().copied().unwrap_or(today);
            let older = Filter::less(field.clone(), midnight(first));
            let older = client.list_guests(Lane::Bulk, &list(among(Some(older)), 1)).await?.total;
            guests.add_many(first.checked_sub_days(Days::new(1)).unwrap_or(first), older);
            for day in asked {
                let Some(next) = day.succ_opt() else { continue };
                let that_day = Filter::greater(field.clone(), before(day))
                    .and(Filter::less(field.clone(), midnight(next)));
                let page = client.list_guests(Lane::Bulk, &list(among(Some(that_day)), 1)).await?;
                guests.add_many(day, page.total);
            }
        }
        let filter = policy.filter.clone();
        Ok(Counted { clock: policy.clock, filter, today, longest, guests, at: now })
    }
}
