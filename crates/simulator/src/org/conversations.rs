use std::{borrow::Cow, collections::BTreeSet};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Call, Fields, Org, Refusal, Reply, body::written_id, guests::closed};
use crate::{
    clock::{Millis, rfc3339},
    filter::{FieldType, Filter, Op, Scalar, Subject, Tests, Value as Written, parse},
    ledger::{Event, Kind},
    world::Conversation,
};

/// Guest ids in one query.
const MAX_GUESTS: usize = 100;

/// A conversation at a time, which decides its state.
struct AtTime<'a>(&'a Conversation, Millis);

impl Subject for AtTime<'_> {
    fn get(&self, field: &str) -> Option<Scalar<'_>> {
        Some(Scalar::Text(match field {
            "guest.id" => Cow::Owned(self.0.guest.to_string()),
            "type" => Cow::Borrowed("webchat"),
            "state" => Cow::Borrowed(self.state()),
            _ => return None,
        }))
    }
}

impl AtTime<'_> {
    fn state(&self) -> &'static str {
        if self.0.closed(self.1).is_none() { "active" } else { "closed" }
    }

    fn view(&self) -> Value {
        let mut view = json!({
            "id": self.0.id,
            "guestId": self.0.guest,
            "type": "webchat",
            "state": self.state(),
            "startTime": rfc3339(self.0.start),
        });
        if let Some(end) = self.0.closed(self.1) {
            view["endTime"] = json!(rfc3339(end));
        }
        view
    }
}

impl Org {
    /// Open conversations first, then the youngest.
    pub(super) fn query_conversations(&self, call: &Call) -> Result<Reply, Refusal> {
        let mut fields = Fields::of(call)?;
        let mut query = fields.object("query", "query.");
        let size = query.count("pageSize").unwrap_or(25);
        if size > 100 {
            query.fault("pageSize", "must be a whole number from 1 to 100");
        }
        let number = query.count("pageNumber").unwrap_or(1);
        let text = query.text("filter").unwrap_or_default();
        fields.close(query);
        fields.check()?;
        let filter = if text.trim().is_empty() { None } else { Some(checked(&text)?) };
        let now = self.now();
        let holds = |c: &&Conversation| filter.as_ref().is_none_or(|(tests, _)| tests.hold(&AtTime(c, now)));
        let mut found: Vec<&Conversation> = match filter.as_ref().and_then(|(_, guests)| guests.as_ref()) {
            Some(guests) => {
                guests.iter().flat_map(|g| self.world.conversations_of(*g)).filter(holds).collect()
            }
            None => self.world.conversations().filter(holds).collect(),
        };
        found.sort_by_key(|c| (c.closed(now).is_some(), std::cmp::Reverse(c.start), c.id));
        let total = found.len() as u64;
        let skip = usize::try_from((number - 1).saturating_mul(size)).unwrap_or(usize::MAX);
        let page: Vec<Value> =
            found.into_iter().skip(skip).take(size as usize).map(|c| AtTime(c, now).view()).collect();
        Ok(Reply::json(
            200,
            &json!({
                "conversations": page,
                "pageSize": size,
                "pageNumber": number,
                "total": total,
                "pageCount": total.div_ceil(size),
            }),
        ))
    }

    /// Closes a conversation behind the client's back.
    pub(crate) fn close_conversation(&mut self, id: &str) -> Result<Reply, Refusal> {
        let known = written_id(id).and_then(|id| self.world.conversation(id));
        let Some(conversation) = known.copied() else {
            return Err(Refusal::not_found("There is no such conversation."));
        };
        let now = self.now();
        self.commit(vec![closed(&conversation, now)])?;
        let event = Event {
            conversation_id: Some(conversation.id),
            ..Event::guest(Kind::Changed, conversation.guest)
        };
        let after = self.world.conversation(conversation.id).unwrap_or(&conversation);
        Ok(Reply::json(200, &AtTime(after, now).view()).with(event))
    }
}

/// The tests of a query, and the guests it is about when it names them.
type Checked = (Tests, Option<BTreeSet<Uuid>>);

fn checked(text: &str) -> Result<Checked, Refusal> {
    let refused = |says: String| Refusal::field("query.filter", says);
    let filter = parse(text).map_err(|e| refused(e.0))?;
    if named(&filter) > MAX_GUESTS {
        return Err(refused(format!("at most {MAX_GUESTS} guests in one query")));
    }
    let guests = only_guests(&filter);
    let schema = |field: &str| matches!(field, "guest.id" | "type" | "state").then_some(FieldType::Text);
    Ok((Tests::new(filter, &schema).map_err(|e| refused(e.0))?, guests))
}

fn named(filter: &Filter) -> usize {
    match filter {
        Filter::Or(parts) | Filter::And(parts) => parts.iter().map(named).sum(),
        Filter::Not(inner) => named(inner),
        Filter::Test { field, .. } => usize::from(field == "guest.id"),
    }
}

/// The only guests whose conversations can match; `None` when any can.
fn only_guests(filter: &Filter) -> Option<BTreeSet<Uuid>> {
    match filter {
        Filter::Or(parts) => {
            parts.iter().map(only_guests).try_fold(BTreeSet::new(), |all, some| Some(&all | &some?))
        }
        Filter::And(parts) => parts.iter().filter_map(only_guests).reduce(|a, b| &a & &b),
        Filter::Test { field, op: Op::Equal, value: Written::Text(id) } if field == "guest.id" => {
            Some(written_id(id).into_iter().collect())
        }
        Filter::Not(_) | Filter::Test { .. } => None,
    }
}
