use std::{borrow::Cow, collections::BTreeSet};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Call, Fields, Org, Refusal, Reply,
    body::written_id,
    guests::{closed, held_back},
};
use crate::{
    clock::{Millis, rfc3339},
    filter::{FieldType, Filter, Op, Scalar, Subject, Tests, Value as Written, parse},
    ledger::{Event, Kind},
    weather::Trouble,
    world::{Conversation, States},
};

/// Guest ids in one query.
const MAX_GUESTS: usize = 100;

const TYPE: &str = "webchat";
const ACTIVE: &str = "active";
const CLOSED: &str = "closed";

/// Any conversation in a state.
struct InState(&'static str);

impl InState {
    fn told(&self, field: &str) -> Option<Scalar<'static>> {
        Some(Scalar::Text(Cow::Borrowed(match field {
            "type" => TYPE,
            "state" => self.0,
            _ => return None,
        })))
    }
}

impl Subject for InState {
    fn get(&self, field: &str) -> Option<Scalar<'_>> {
        self.told(field)
    }
}

/// A conversation at a time, which decides its state.
struct AtTime<'a>(&'a Conversation, Millis);

impl Subject for AtTime<'_> {
    fn get(&self, field: &str) -> Option<Scalar<'_>> {
        match field {
            "guest.id" => Some(Scalar::Text(Cow::Owned(self.0.guest.to_string()))),
            _ => InState(self.state()).told(field),
        }
    }
}

impl AtTime<'_> {
    fn state(&self) -> &'static str {
        if self.0.closed(self.1).is_none() { ACTIVE } else { CLOSED }
    }

    fn view(&self) -> Value {
        let mut view = json!({
            "id": self.0.id,
            "guestId": self.0.guest,
            "type": TYPE,
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
    pub(super) fn query_conversations(
        &self,
        call: &Call,
        trouble: Option<&Trouble>,
    ) -> Result<Reply, Refusal> {
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
        let skip = usize::try_from((number - 1).saturating_mul(size)).unwrap_or(usize::MAX);
        let (mut found, total) = self.find_conversations(filter.as_ref(), now, skip, size as usize);
        held_back(&mut found, trouble);
        let page: Vec<Value> = found.into_iter().map(|c| AtTime(c, now).view()).collect();
        Ok(Reply::json(
            200,
            &json!({
                "conversations": page,
                "pageSize": size,
                "pageNumber": number,
                "total": total,
                "pageCount": (total as u64).div_ceil(size),
            }),
        ))
    }

    /// One page, and how many there are in all. Looks at every conversation only when the filter says something
    /// of guests without naming them.
    fn find_conversations(
        &self,
        filter: Option<&Checked>,
        now: Millis,
        skip: usize,
        take: usize,
    ) -> (Vec<&Conversation>, usize) {
        let all = self.world.conversations();
        let tests = filter.map(|checked| &checked.tests);
        let holds = |c: &&Conversation| tests.is_none_or(|tests| tests.hold(&AtTime(c, now)));
        let mut found: Vec<&Conversation> = match filter.map_or(&About::Anyone, |checked| &checked.about) {
            About::Anyone => {
                let any = |state| tests.is_none_or(|tests| tests.hold(&InState(state)));
                let states = States { active: any(ACTIVE), closed: any(CLOSED) };
                return all.page(now, states, skip, take);
            }
            About::Only(guests) => guests.iter().flat_map(|g| all.of_guest(*g)).filter(holds).collect(),
            About::Some => all.iter().filter(holds).collect(),
        };
        found.sort_by_key(|c| (c.closed(now).is_some(), std::cmp::Reverse(c.start), c.id));
        let total = found.len();
        (found.into_iter().skip(skip).take(take).collect(), total)
    }

    /// Closes a conversation behind the client's back.
    pub(crate) fn close_conversation(&mut self, id: &str) -> Result<Reply, Refusal> {
        let known = written_id(id).and_then(|id| self.world.conversations().get(id));
        let Some(conversation) = known.copied() else {
            return Err(Refusal::not_found("There is no such conversation."));
        };
        let now = self.now();
        self.commit(vec![closed(&conversation, now)])?;
        let event = Event {
            conversation_id: Some(conversation.id),
            ..Event::guest(Kind::Changed, conversation.guest)
        };
        let after = self.world.conversations().get(conversation.id).unwrap_or(&conversation);
        Ok(Reply::json(200, &AtTime(after, now).view()).with(event))
    }
}

/// A query's filter.
struct Checked {
    tests: Tests,
    about: About,
}

/// Whose conversations a filter asks for.
enum About {
    /// It says nothing of guests.
    Anyone,
    /// No others can match.
    Only(BTreeSet<Uuid>),
    /// Something else, such as everyone but one.
    Some,
}

fn checked(text: &str) -> Result<Checked, Refusal> {
    let refused = |says: String| Refusal::field("query.filter", says);
    let filter = parse(text).map_err(|e| refused(e.0))?;
    let about = match named(&filter) {
        0 => About::Anyone,
        n if n > MAX_GUESTS => return Err(refused(format!("at most {MAX_GUESTS} guests in one query"))),
        _ => only_guests(&filter).map_or(About::Some, About::Only),
    };
    let schema = |field: &str| matches!(field, "guest.id" | "type" | "state").then_some(FieldType::Text);
    Ok(Checked { tests: Tests::new(filter, &schema).map_err(|e| refused(e.0))?, about })
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
