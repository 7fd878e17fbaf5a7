use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use model::{AgeClock, GuestId};
use proof::{NotRemoved, SpareReason};
use serde::{Deserialize, Serialize};

use super::{PlanHeader, PlanLine};

/// Guests shown in a preview.
const SAMPLE: usize = 20;
/// Guests of whom it is not clear whether they chat that are named.
const UNCLEAR: usize = 100;
/// Older guests share the last bar of the histogram, so that it stays small whatever the org says.
const OLDEST_BAR: i64 = 3_650;

/// What a plan holds, in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanSummary {
    /// The plan's id: SHA-256 in hex.
    pub plan: String,
    /// Guests the run will delete.
    pub due: u64,
    /// Guests older than the cut-off but kept.
    pub spared: u64,
    /// All of them: `due` + `spared`.
    pub matched: u64,
    /// Whether the walk saw every match; a plan that did not is never kept.
    pub complete: bool,
    /// Guests older than this are due.
    pub cutoff: DateTime<Utc>,
    /// The time that counts of the oldest due guest.
    pub oldest: Option<DateTime<Utc>>,
    /// The time that counts of the youngest due guest.
    pub newest: Option<DateTime<Utc>>,
    /// Due guests by age in whole days, youngest first; the last bar, 3,650, holds all that are older.
    pub histogram: Vec<(u32, u64)>,
    /// The first 20 due guests.
    pub sample: Vec<PlanLine>,
    /// Which guests are in no list and so not in the plan.
    #[serde(default)]
    pub not_listed: Option<String>,
    /// What the deletes leave in the org.
    #[serde(default)]
    pub not_removed: Option<NotRemoved>,
    /// Guests spared because it is not clear whether a conversation of theirs goes on.
    #[serde(default)]
    pub unclear: u64,
    /// The first 100 of them.
    #[serde(default)]
    pub unclear_guests: Vec<GuestId>,
}

/// Counts lines as they stream by.
pub(super) struct Tally {
    clock: AgeClock,
    now: DateTime<Utc>,
    days: BTreeMap<u32, u64>,
    pub summary: PlanSummary,
}

impl Tally {
    pub fn new(header: &PlanHeader) -> Self {
        let summary = PlanSummary {
            plan: String::new(),
            due: 0,
            spared: 0,
            matched: 0,
            complete: true,
            cutoff: header.cutoff,
            oldest: None,
            newest: None,
            histogram: Vec::new(),
            sample: Vec::new(),
            not_listed: header.not_listed.clone(),
            not_removed: header.not_removed.clone(),
            unclear: 0,
            unclear_guests: Vec::new(),
        };
        Self { clock: header.policy.clock, now: header.created_at, days: BTreeMap::new(), summary }
    }

    pub fn add(&mut self, line: &PlanLine) {
        let summary = &mut self.summary;
        summary.matched += 1;
        if !line.due {
            summary.spared += 1;
            if line.why == Some(SpareReason::Unclear) {
                summary.unclear += 1;
                if summary.unclear_guests.len() < UNCLEAR {
                    summary.unclear_guests.push(line.id);
                }
            }
            return;
        }
        summary.due += 1;
        let time = match self.clock {
            AgeClock::Created => line.created_time,
            AgeClock::LastActivity => line.modified_time,
        };
        summary.oldest = Some(summary.oldest.map_or(time, |t| t.min(time)));
        summary.newest = summary.newest.max(Some(time));
        let days = self.now.signed_duration_since(time).num_days().clamp(0, OLDEST_BAR);
        *self.days.entry(u32::try_from(days).unwrap_or(0)).or_default() += 1;
        if summary.sample.len() < SAMPLE {
            summary.sample.push(line.clone());
        }
    }

    pub fn finish(self, plan: String) -> PlanSummary {
        PlanSummary { plan, histogram: self.days.into_iter().collect(), ..self.summary }
    }
}
