//! The filters of a question to analytics.

use serde::Deserialize;
use uuid::Uuid;

use super::{
    contact::DIVISION,
    interaction::{Interaction, Participant, Role},
};
use crate::{
    clock::{Millis, rfc3339},
    org::{Fault, Org, Refusal},
    world::{Conversation, World},
};

/// Predicates of one question.
const MOST: usize = 200;

/// `and` or `or` over predicates, and over clauses of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Filter {
    r#type: Joined,
    #[serde(default)]
    clauses: Vec<Clause>,
    #[serde(default)]
    predicates: Vec<Predicate>,
}

#[derive(Debug, Clone, Deserialize)]
struct Clause {
    r#type: Joined,
    #[serde(default)]
    predicates: Vec<Predicate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
enum Joined {
    #[serde(alias = "and", alias = "AND")]
    And,
    #[serde(alias = "or", alias = "OR")]
    Or,
}

#[derive(Debug, Clone, Deserialize)]
struct Predicate {
    #[serde(default)]
    r#type: PredicateType,
    #[serde(default)]
    dimension: String,
    #[serde(default)]
    operator: Operator,
    #[serde(default)]
    value: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum PredicateType {
    #[default]
    Dimension,
    Property,
    Metric,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Operator {
    #[default]
    Matches,
    Exists,
    NotExists,
}

const OF_CONVERSATIONS: [&str; 5] =
    ["conversationId", "conversationEnd", "conversationStart", "divisionId", "originatingDirection"];
const OF_SEGMENTS: [&str; 9] = [
    "externalContactId",
    "canonicalExternalContactId",
    "mediaType",
    "messageType",
    "purpose",
    "participantName",
    "queueId",
    "userId",
    "direction",
];

/// Those of segments in which participants differ, the contact aside.
const OF_PARTICIPANTS: [&str; 4] = ["purpose", "participantName", "queueId", "userId"];

/// All filters of a question; each has to hold.
#[derive(Default)]
pub(super) struct Filters {
    pub(super) conversation: Vec<Filter>,
    pub(super) segment: Vec<Filter>,
}

impl Filters {
    /// # Errors
    /// 400 that names what this org does not know.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let mut faults = Vec::new();
        let mut count = 0;
        let sides = [
            ("conversationFilters", &self.conversation, &OF_CONVERSATIONS[..]),
            ("segmentFilters", &self.segment, &OF_SEGMENTS[..]),
        ];
        for (side, filters, known) in sides {
            for (n, filter) in filters.iter().enumerate() {
                let nested = filter.clauses.iter().flat_map(|clause| &clause.predicates);
                for predicate in filter.predicates.iter().chain(nested) {
                    count += 1;
                    let wrong = match predicate.r#type {
                        PredicateType::Property => continue,
                        PredicateType::Metric => "has a metric, which this org does not know".to_owned(),
                        PredicateType::Dimension if !known.contains(&predicate.dimension.as_str()) => {
                            format!(
                                "has the dimension {:?}; known are {}",
                                predicate.dimension,
                                known.join(", ")
                            )
                        }
                        PredicateType::Dimension
                            if predicate.operator == Operator::Matches && predicate.value.is_none() =>
                        {
                            "matches no value".to_owned()
                        }
                        PredicateType::Dimension => continue,
                    };
                    faults.push(Fault { field: format!("{side}[{n}]"), says: wrong });
                }
            }
        }
        if count > MOST {
            faults.push(Fault { field: "predicates".to_owned(), says: format!("must be at most {MOST}") });
        }
        if faults.is_empty() { Ok(()) } else { Err(Refusal::fields(faults)) }
    }

    /// The contacts to which the question is limited; `None` when it is not.
    pub(super) fn contacts(&self) -> Option<Vec<Uuid>> {
        self.segment.iter().find_map(|filter| match filter.r#type {
            Joined::Or if filter.clauses.is_empty() => only_contacts(filter.predicates.iter()),
            Joined::Or => None,
            Joined::And => {
                let one =
                    filter.predicates.iter().find_map(|predicate| only_contacts(std::iter::once(predicate)));
                one.or_else(|| {
                    let any = filter.clauses.iter().filter(|clause| clause.r#type == Joined::Or);
                    any.into_iter().find_map(|clause| only_contacts(clause.predicates.iter()))
                })
            }
        })
    }

    /// Whether a conversation passes all of them.
    pub(super) fn hold(&self, org: &Org, conversation: &Conversation) -> bool {
        let (world, end) = (&org.world, org.end_of(conversation));
        let of_conversation = |predicate: &Predicate| {
            predicate.holds(conversation_value(conversation, end, &predicate.dimension))
        };
        if !self.conversation.iter().all(|filter| filter.holds(of_conversation)) {
            return false;
        }
        let of_guest =
            |predicate: &Predicate| predicate.holds(guest_value(world, conversation, &predicate.dimension));
        if !self.segment.iter().any(Filter::asks_about_others) {
            return self.segment.iter().all(|filter| filter.holds(of_guest));
        }
        let interaction = org.interaction(conversation);
        self.segment.iter().all(|filter| {
            interaction.participants.iter().any(|one| {
                filter.holds(|predicate| {
                    predicate.holds(participant_value(world, &interaction, one, &predicate.dimension))
                })
            })
        })
    }
}

/// The contacts that predicates name, where they say nothing else.
fn only_contacts<'a>(predicates: impl Iterator<Item = &'a Predicate>) -> Option<Vec<Uuid>> {
    let contact = |predicate: &Predicate| {
        let named = predicate.dimension == "externalContactId" && predicate.operator == Operator::Matches;
        named.then(|| predicate.value.as_deref().and_then(|id| Uuid::try_parse(id).ok()).unwrap_or_default())
    };
    let contacts: Option<Vec<Uuid>> = predicates.map(contact).collect();
    contacts.filter(|contacts| !contacts.is_empty())
}

impl Filter {
    /// Whether another participant than the guest may be the one that passes.
    fn asks_about_others(&self) -> bool {
        let nested = self.clauses.iter().flat_map(|clause| &clause.predicates);
        let mut all = self.predicates.iter().chain(nested);
        all.any(|predicate| {
            OF_PARTICIPANTS.contains(&predicate.dimension.as_str())
                || predicate.operator == Operator::NotExists
        })
    }

    fn holds(&self, holds: impl Fn(&Predicate) -> bool) -> bool {
        let clause = |clause: &Clause| clause.r#type.over(clause.predicates.iter().map(&holds));
        self.r#type.over(self.predicates.iter().map(&holds).chain(self.clauses.iter().map(clause)))
    }
}

impl Joined {
    fn over(self, mut parts: impl Iterator<Item = bool>) -> bool {
        match self {
            Self::And => parts.all(|holds| holds),
            Self::Or => parts.any(|holds| holds),
        }
    }
}

impl Predicate {
    /// Properties reach nothing, as seen live: the query answers no rows.
    fn holds(&self, value: Option<String>) -> bool {
        let value = value.filter(|_| self.r#type == PredicateType::Dimension);
        match self.operator {
            Operator::Exists => value.is_some(),
            Operator::NotExists => value.is_none() && self.r#type == PredicateType::Dimension,
            Operator::Matches => value.is_some_and(|value| {
                self.value.as_deref().is_some_and(|wanted| wanted.eq_ignore_ascii_case(&value))
            }),
        }
    }
}

fn conversation_value(conversation: &Conversation, end: Option<Millis>, dimension: &str) -> Option<String> {
    match dimension {
        "conversationId" => Some(conversation.id.to_string()),
        "conversationStart" => Some(rfc3339(conversation.start)),
        "conversationEnd" => end.map(rfc3339),
        "divisionId" => Some(DIVISION.to_owned()),
        "originatingDirection" => Some("inbound".to_owned()),
        _ => None,
    }
}

/// What a segment of the guest has.
fn guest_value(world: &World, conversation: &Conversation, dimension: &str) -> Option<String> {
    match dimension {
        "externalContactId" => Some(conversation.guest.to_string()),
        "canonicalExternalContactId" => {
            Some(world.canonical(conversation.guest).map_or(conversation.guest, |guest| guest.id).to_string())
        }
        "mediaType" => Some("message".to_owned()),
        "messageType" => Some("webmessaging".to_owned()),
        "direction" => Some("inbound".to_owned()),
        _ => None,
    }
}

fn participant_value(
    world: &World,
    interaction: &Interaction,
    one: &Participant,
    dimension: &str,
) -> Option<String> {
    let is = |role: Role| one.role == role;
    match dimension {
        "externalContactId" | "canonicalExternalContactId" if !is(Role::Customer) => None,
        "purpose" => Some(one.role.purpose().to_owned()),
        "participantName" => Some(one.name.clone()),
        "queueId" => (is(Role::Queue) || is(Role::Agent)).then(|| interaction.queue.0.to_string()),
        "userId" => is(Role::Agent).then(|| Interaction::user(&one.name).to_string()),
        _ => guest_value(world, &interaction.conversation, dimension),
    }
}
