//! The details query: conversations that began in a time, page by page and slice by slice, newest first, each once.

use std::{collections::HashSet, sync::atomic::Ordering::Relaxed};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use model::{ConversationId, GuestId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Platform,
    answers::no_sense,
    limits::{CONVERSATION_DAYS, CONVERSATIONS_PAGE, SLICE_DAYS},
    participants::{Participant, part_of},
};
use crate::{
    pipeline::{Error, Lane, call::Call, read_json::read},
    ports::{Author, ChatQuestion},
};

const CALL: &str = "find conversations";
const QUERY: &str = "/api/v2/analytics/conversations/details/query";
/// A slice that counts more than it hands out is asked for again so often.
const ASKS: u32 = 2;
/// A slice that is refused is halved down to this.
const SHORTEST_SLICE: TimeDelta = TimeDelta::hours(1);
/// Past so many conversations the org was seen to fail, so a slice with more is halved before its second page.
const MOST_IN_A_SLICE: u64 = 8_000;

/// A conversation as analytics tells it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub id: ConversationId,
    pub start: DateTime<Utc>,
    pub end: Option<DateTime<Utc>>,
    pub guest_id: Option<GuestId>,
    pub queue: Option<String>,
    pub agent: Option<String>,
}

/// A walk over the conversations of a question.
pub(super) struct SliceWalk {
    api: Platform,
    lane: Lane,
    question: ChatQuestion,
    /// What began at this time or later was asked for.
    upto: DateTime<Utc>,
    /// How long the next slice is.
    length: TimeDelta,
    slice: Option<Slice>,
    met: HashSet<ConversationId>,
    /// How often in a row this slice handed out fewer than it counts.
    short: u32,
}

#[derive(Debug, Clone, Copy)]
struct Slice {
    from: DateTime<Utc>,
    page: usize,
    /// Rows of the pages before, those included that came before.
    handed_out: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    conversations: Option<Vec<Value>>,
    total_hits: Option<u64>,
}

impl SliceWalk {
    /// Conversations of named guests are few, so a month of them is one slice; an org that refuses so long a time is asked by the week
    /// from then on.
    pub fn new(api: Platform, lane: Lane, question: ChatQuestion) -> Self {
        let (upto, week) = (question.until, TimeDelta::days(SLICE_DAYS));
        let at_once = !question.guests.is_empty() && !api.takes_a_week_at_most.load(Relaxed);
        let length = if at_once { TimeDelta::days(CONVERSATION_DAYS) } else { week };
        Self { api, lane, question, upto, length, slice: None, met: HashSet::new(), short: 0 }
    }

    /// The next rows, at least one; `None` at the end.
    pub async fn next_rows(&mut self) -> Result<Option<Vec<Row>>, Error> {
        loop {
            if self.slice.is_none() && self.upto <= self.question.from {
                return Ok(None);
            }
            let begin =
                || Slice { from: self.question.from.max(self.upto - self.length), page: 1, handed_out: 0 };
            let slice = self.slice.unwrap_or_else(begin);
            let span = self.upto - slice.from;
            let (rows, total) = match self.ask(slice).await {
                Ok(answer) => answer,
                Err(error) if is_too_much(&error) && span > TimeDelta::days(SLICE_DAYS) => {
                    if error.said().is_some_and(|said| said.status == 400) {
                        self.api.takes_a_week_at_most.store(true, Relaxed);
                    }
                    (self.length, self.slice) = (TimeDelta::days(SLICE_DAYS), None);
                    continue;
                }
                Err(error) if is_too_much(&error) && span > SHORTEST_SLICE => {
                    self.halve(span);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let counted = total.unwrap_or_default();
            if slice.page == 1 && counted > MOST_IN_A_SLICE && span > SHORTEST_SLICE {
                self.halve(span);
                continue;
            }
            let handed_out = slice.handed_out + rows.len() as u64;
            let is_short = rows.len() < CONVERSATIONS_PAGE && handed_out >= counted;
            if rows.is_empty() && handed_out < counted && self.short < ASKS {
                // What it counts and does not hand out is asked for again from the first page on.
                (self.short, self.slice) = (self.short + 1, None);
                continue;
            } else if rows.is_empty() && handed_out < counted {
                let (met, missing) = (handed_out, counted - handed_out);
                (self.short, self.slice) = (0, None);
                return Err(Error::Incomplete { call: CALL, met, missing });
            } else if rows.is_empty() || is_short {
                (self.upto, self.slice, self.short) = (slice.from, None, 0);
            } else if handed_out > counted.max(MOST_IN_A_SLICE) + 10 * CONVERSATIONS_PAGE as u64 {
                return Err(no_sense(CALL, "its pages do not come to an end"));
            } else {
                self.slice = Some(Slice { page: slice.page + 1, handed_out, ..slice });
            }
            let mut new: Vec<Row> = rows
                .into_iter()
                // An interval also finds what began earlier that day: it belongs to the next slice.
                .filter(|row| row.start >= slice.from && self.met.insert(row.id.clone()))
                .collect();
            new.sort_by_key(|row| std::cmp::Reverse(row.start));
            if !new.is_empty() {
                return Ok(Some(new));
            }
        }
    }

    fn halve(&mut self, span: TimeDelta) {
        (self.length, self.slice) = ((span / 2).max(SHORTEST_SLICE), None);
    }

    async fn ask(&self, slice: Slice) -> Result<(Vec<Row>, Option<u64>), Error> {
        let body = query(&self.question, slice.from, self.upto, slice.page, CONVERSATIONS_PAGE);
        self.api.details_query(self.lane, &body).await
    }
}

impl Platform {
    /// One page of the details query, and how many there are.
    pub(super) async fn details_query(
        &self,
        lane: Lane,
        body: &Value,
    ) -> Result<(Vec<Row>, Option<u64>), Error> {
        let call = Call::post(CALL, lane, QUERY, body);
        let read = |body: &[u8]| {
            let answer: Answer = read(body)?;
            let rows = match (answer.conversations, answer.total_hits) {
                (Some(rows), _) => rows,
                // Left out of a page that has none, and then it still counts: an empty answer alone is no word of anybody.
                (None, Some(_)) => Vec::new(),
                (None, None) => return Err("it neither lists conversations nor counts none".into()),
            };
            let rows = rows.iter().map(row).collect::<Result<Vec<_>, _>>()?;
            Ok((rows, answer.total_hits))
        };
        self.pipeline.settle(&call, read).await.result
    }
}

/// The body of a details query for web messaging.
pub(super) fn query(
    question: &ChatQuestion,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    page: usize,
    size: usize,
) -> Value {
    let is = |dimension: &str, value: &str| json!({"type": "dimension", "dimension": dimension, "operator": "matches", "value": value});
    let mut segments = vec![
        json!({"type": "and", "predicates": [is("mediaType", "message")]}),
        json!({"type": "and", "predicates": [is("messageType", "webmessaging")]}),
    ];
    if !question.guests.is_empty() {
        let guests: Vec<Value> =
            question.guests.iter().map(|id| is("externalContactId", &id.to_string())).collect();
        segments.push(json!({"type": "or", "predicates": guests}));
    }
    let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut body = json!({
        "interval": format!("{}/{}", time(from), time(until)),
        "order": "desc",
        "orderBy": "conversationStart",
        "paging": {"pageSize": size, "pageNumber": page},
        "segmentFilters": segments,
    });
    if question.only_open {
        body["conversationFilters"] = json!([{"type": "and", "predicates": [
            {"type": "dimension", "dimension": "conversationEnd", "operator": "notExists"}]}]);
    }
    body
}

fn row(value: &Value) -> Result<Row, String> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let time = |key: &str| text(key).and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    let id = text("conversationId").and_then(|id| id.parse().ok());
    let start = time("conversationStart").map(|time| time.to_utc());
    let has_end = value.get("conversationEnd").is_some_and(|end| !end.is_null());
    let end = time("conversationEnd").map(|time| time.to_utc());
    if has_end && end.is_none() {
        return Err("a conversation has an end that is no time".into());
    }
    let parts: Vec<Participant> =
        value.get("participants").and_then(Value::as_array).into_iter().flatten().map(part_of).collect();
    let last_name = |who: Author, is_queue: bool| {
        let of = parts.iter().rev().filter(|part| part.by == who && part.is_queue == is_queue);
        of.filter_map(|part| part.name.clone()).next()
    };
    Ok(Row {
        id: id.ok_or("a conversation has no id")?,
        start: start.ok_or("a conversation has no readable beginning")?,
        end,
        guest_id: parts.iter().filter(|part| part.by == Author::Guest).find_map(|part| part.guest_id),
        queue: last_name(Author::System, true),
        agent: last_name(Author::Agent, false),
    })
}

/// Whether a shorter time may be answered (genesys-facts.md 1.4: the longest interval is not known, and many rows ended in 502).
fn is_too_much(error: &Error) -> bool {
    error.said().is_some_and(|said| matches!(said.status, 400 | 502))
}
