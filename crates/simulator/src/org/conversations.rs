use std::{borrow::Cow, collections::BTreeSet};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Call, Fields, Org, Refusal, Reply, body::written_id, guests::held_back};
use crate::{
    clock::{Millis, rfc3339},
    filter::{FieldType, Filter, Op, Predicate, Scalar, Subject, Value as Written, parse},
    ledger::{Entry, Kind},
    trouble::Trouble,
    world::{Change, Conversation, States},
};

/// Guest ids in one query.
const MAX_GUESTS: usize = 100;

const TYPE: &str = "webchat";
const ACTIVE: &str = "active";
const CLOSED: &str = "closed";

/// What a filter can ask of a conversation. Without a guest it stands for every conversation in its state.
struct Facts {
    guest: Option<Uuid>,
    state: &'static str,
}

impl Facts {
    /// The state follows from the time.
    fn of(conversation: &Conversation, now: Millis) -> Self {
        let state = if conversation.closed(now).is_none() { ACTIVE } else { CLOSED };
        Self { guest: Some(conversation.guest), state }
    }
}

impl Subject for Facts {
    fn get(&self, field: &str) -> Option<Scalar<'_>> {
        Some(Scalar::Text(match field {
            "guest.id" => Cow::Owned(self.guest?.to_string()),
            "type" => Cow::Borrowed(TYPE),
            "state" => Cow::Borrowed(self.state),
            _ => return None,
        }))
    }
}

fn view(conversation: &Conversation, now: Millis) -> Value {
    let mut view = json!({
        "id": conversation.id,
        "guestId": conversation.guest,
        "type": TYPE,
        "state": Facts::of(conversation, now).state,
        "startTime": rfc3339(conversation.start),
    });
    if let Some(end) = conversation.closed(now) {
        view["endTime"] = json!(rfc3339(end));
    }
    view
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
        let page: Vec<Value> = found.into_iter().map(|c| view(c, now)).collect();
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
        let predicate = filter.map(|checked| &checked.predicate);
        let holds = |c: &&Conversation| predicate.is_none_or(|predicate| predicate.holds(&Facts::of(c, now)));
        let mut found: Vec<&Conversation> = match filter.map_or(&About::Anyone, |checked| &checked.about) {
            About::Anyone => {
                let any =
                    |state| predicate.is_none_or(|predicate| predicate.holds(&Facts { guest: None, state }));
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

    /// Closes a conversation without the client.
    pub(crate) fn close_conversation(&mut self, id: &str) -> Result<Reply, Refusal> {
        let known = written_id(id).and_then(|id| self.world.conversations().get(id));
        let Some(conversation) = known.copied() else {
            return Err(Refusal::not_found("There is no such conversation."));
        };
        let now = self.now();
        self.commit(vec![Change::closed(&conversation, now)])?;
        let event = Entry {
            conversation_id: Some(conversation.id),
            ..Entry::of_guest(Kind::Changed, conversation.guest)
        };
        let after = self.world.conversations().get(conversation.id).unwrap_or(&conversation);
        Ok(Reply::json(200, &view(after, now)).with(event))
    }
}

/// A query's filter.
struct Checked {
    predicate: Predicate,
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
    Ok(Checked { predicate: Predicate::new(filter, &schema).map_err(|e| refused(e.0))?, about })
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
