//! Details jobs of analytics: asked once, answered later, with the attributes of participants. What happened in the last
//! `--analytics-lag` seconds they do not have yet.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    analytics::{Question, body},
    interval::Interval,
    paging::{Query, held_back},
    state::Job,
};
use crate::{
    clock::{Millis, rfc3339},
    org::{Call, Org, Refusal, Reply, written_id},
    trouble::Trouble,
    world::Conversation,
};

const DEFAULT_SIZE: usize = 1000;
const EXPIRES: Millis = 24 * 3600 * 1000;

/// What a job is asked beyond the query's question.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Further {
    #[serde(default)]
    start_of_day_interval_matching: bool,
}

impl Org {
    pub(super) fn create_job(&mut self, call: &Call) -> Result<Reply, Refusal> {
        let mut question: Question = body(call)?;
        let further: Further = body(call)?;
        let interval = Interval::of(&question.interval)?;
        let days = interval.whole_days();
        let filters = question.filters()?;
        let now = self.now();
        let available = self.available();
        let lies_in = |c: &Conversation| {
            // Activity in the interval, unless the beginning is asked for.
            let end = c.closed(now).unwrap_or(now).max(c.last);
            let within = if further.start_of_day_interval_matching {
                days.from <= c.start && c.start < days.to
            } else {
                c.start < interval.to && interval.from <= end
            };
            within && c.start <= available
        };
        let mut found = self.conversations_of(&filters, lies_in);
        if question.is_descending() {
            found.reverse();
        }
        let rows = found.into_iter().map(|one| one.id).collect();
        let job = Job { id: Uuid::new_v4(), submitted: now, asked: false, rows, available };
        let reply = Reply::json(202, &json!({ "jobId": job.id }));
        self.platform.add_job(job);
        Ok(reply)
    }

    /// Queued when first asked, done from then on.
    pub(super) fn job_state(&mut self, id: &str) -> Result<Reply, Refusal> {
        let now = self.now();
        let job = self.known_job(id)?;
        let first = !std::mem::replace(&mut job.asked, true);
        let state = match (first, now < job.submitted + EXPIRES) {
            (_, false) => "EXPIRED",
            (true, _) => "QUEUED",
            (false, _) => "FULFILLED",
        };
        let mut view = json!({
            "state": state,
            "submissionDate": rfc3339(job.submitted),
            "expirationDate": rfc3339(job.submitted + EXPIRES),
        });
        if state == "FULFILLED" {
            view["completionDate"] = json!(rfc3339(now));
        }
        Ok(Reply::json(200, &view))
    }

    pub(super) fn job_results(
        &mut self,
        id: &str,
        call: &Call,
        trouble: Option<&Trouble>,
    ) -> Result<Reply, Refusal> {
        let mut query = Query::of(call);
        let size = query.number("pageSize", 1, 10_000).unwrap_or(DEFAULT_SIZE);
        query.check()?;
        let from = match query.text("cursor") {
            None | Some("") => 0,
            Some(cursor) => cursor.parse().map_err(|_| Refusal::field("cursor", "is not valid"))?,
        };
        let job = self.known_job(id)?;
        if !job.asked {
            return Err(Refusal::new(404, "not.found", "The results of the job are not available yet."));
        }
        let available = job.available;
        let all = job.rows.len();
        let mut page: Vec<Uuid> = job.rows.iter().skip(from).take(size).copied().collect();
        held_back(&mut page, trouble);
        let found = page.iter().filter_map(|id| self.world.conversations().get(*id));
        let rows: Vec<Value> =
            found.map(|conversation| self.row(&self.interaction(conversation), true)).collect();
        let mut answer = json!({ "conversations": rows, "dataAvailabilityDate": rfc3339(available) });
        if from.saturating_add(size) < all {
            answer["cursor"] = json!((from + size).to_string());
        }
        Ok(Reply::json(200, &answer))
    }

    pub(super) fn jobs_availability(&self) -> Reply {
        Reply::json(200, &json!({ "dataAvailabilityDate": rfc3339(self.available()) }))
    }

    fn available(&self) -> Millis {
        self.now().saturating_sub(Millis::from(self.platform.analytics_lag) * 1000)
    }

    fn known_job(&mut self, id: &str) -> Result<&mut Job, Refusal> {
        let id = written_id(id);
        let job = self.platform.jobs.iter_mut().find(|job| Some(job.id) == id);
        job.ok_or_else(|| Refusal::not_found("The requested job was not found."))
    }
}
