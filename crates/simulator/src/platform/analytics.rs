//! The details query of analytics: conversations of a time, by filters, a page at a time.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    contact::DIVISION,
    conversation_view::ended_by,
    interaction::{Interaction, Role},
    interval::Interval,
    paging::{held_back, with_repeats},
    predicates::{Filter, Filters},
};
use crate::{
    clock::rfc3339,
    org::{Body, Call, MAX_BODY, Org, Refusal, Reply},
    trouble::Trouble,
    world::Conversation,
};

const DEFAULT_SIZE: usize = 25;
const LARGEST: usize = 100;
/// Past so many rows the query fails, as seen live.
const REACH: usize = 8000;

/// The body of a question.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Question {
    pub(super) interval: String,
    #[serde(default)]
    order: Order,
    #[serde(default)]
    conversation_filters: Vec<Filter>,
    #[serde(default)]
    segment_filters: Vec<Filter>,
    #[serde(default)]
    paging: Paging,
}

#[derive(Deserialize, Default, PartialEq, Clone, Copy)]
enum Order {
    #[default]
    #[serde(alias = "asc", alias = "ASC", alias = "unordered")]
    Ascending,
    #[serde(alias = "desc", alias = "DESC")]
    Descending,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Paging {
    page_size: Option<usize>,
    page_number: Option<usize>,
}

impl Question {
    pub(super) fn filters(&mut self) -> Result<Filters, Refusal> {
        let filters = Filters {
            conversation: std::mem::take(&mut self.conversation_filters),
            segment: std::mem::take(&mut self.segment_filters),
        };
        filters.check().map(|()| filters)
    }

    fn page(&self) -> Result<(usize, usize), Refusal> {
        let (size, number) =
            (self.paging.page_size.unwrap_or(DEFAULT_SIZE), self.paging.page_number.unwrap_or(1));
        if !(1..=LARGEST).contains(&size) {
            return Err(Refusal::field(
                "paging.pageSize",
                format!("must be a whole number from 1 to {LARGEST}"),
            ));
        }
        if number == 0 {
            return Err(Refusal::field("paging.pageNumber", "must be a whole number from 1"));
        }
        Ok(((number - 1).saturating_mul(size), size))
    }

    pub(super) fn is_descending(&self) -> bool {
        self.order == Order::Descending
    }
}

/// A body of JSON as its own type.
pub(super) fn body<T: DeserializeOwned>(call: &Call) -> Result<T, Refusal> {
    let bytes = match &call.body {
        Body::Whole(bytes) => bytes,
        Body::TooLarge => return Err(Refusal::too_large(MAX_BODY)),
        Body::Broken => return Err(Refusal::malformed("The request body ended early.")),
    };
    serde_json::from_slice(bytes)
        .map_err(|error| Refusal::malformed(format!("The body cannot be read: {error}")))
}

impl Org {
    /// Without attributes of participants, which this query never carries.
    pub(super) fn query_details(&self, call: &Call, trouble: Option<&Trouble>) -> Result<Reply, Refusal> {
        let mut question: Question = body(call)?;
        let interval = Interval::of(&question.interval)?.short_enough()?.whole_days();
        let filters = question.filters()?;
        let (skip, size) = question.page()?;
        if skip >= REACH {
            return Err(Refusal::of_status(502));
        }
        let mut found =
            self.conversations_of(&filters, |c| interval.from <= c.start && c.start < interval.to);
        if question.is_descending() {
            found.reverse();
        }
        let total = found.len();
        let mut page: Vec<Conversation> =
            found.into_iter().skip(with_repeats(skip, size, trouble)).take(size).collect();
        held_back(&mut page, trouble);
        let mut answer = json!({ "totalHits": total });
        // The vendor leaves the list out where there is nothing.
        if !page.is_empty() {
            answer["conversations"] =
                page.iter().map(|one| self.row(&self.interaction(one), false)).collect();
        }
        Ok(Reply::json(200, &answer))
    }

    pub(super) fn conversation_details(&self, id: &str) -> Result<Reply, Refusal> {
        Ok(Reply::json(200, &self.row(&self.interaction(&self.known_conversation(id)?), false)))
    }

    /// Those that lie in a time and pass the filters, the oldest first; few are looked at when the filters name contacts.
    pub(super) fn conversations_of(
        &self,
        filters: &Filters,
        lies_in: impl Fn(&Conversation) -> bool,
    ) -> Vec<Conversation> {
        let all = self.world.conversations();
        let mut found: Vec<Conversation> = match filters.contacts() {
            Some(contacts) => {
                contacts.into_iter().flat_map(|contact| all.of_guest(contact)).copied().collect()
            }
            None => all.iter().filter(|one| lies_in(one)).copied().collect(),
        };
        found.retain(|one| lies_in(one) && filters.hold(self, one));
        found.sort_unstable_by_key(|one| (one.start, one.id));
        found.dedup_by_key(|one| one.id);
        found
    }

    /// A conversation as analytics has it.
    pub(super) fn row(&self, interaction: &Interaction, with_attributes: bool) -> Value {
        let participants = interaction.participants.iter().map(|one| {
            let mut segment = json!({
                "segmentType": "interact", "segmentStart": rfc3339(one.start), "conference": false,
            });
            if let Some(end) = one.end {
                segment["segmentEnd"] = json!(rfc3339(end));
                segment["disconnectType"] = json!(ended_by(interaction, one));
            }
            if matches!(one.role, Role::Queue | Role::Agent) {
                segment["queueId"] = json!(interaction.queue.0);
            }
            let mut view = json!({
                "participantId": one.id,
                "participantName": one.name,
                "purpose": one.role.purpose(),
                "sessions": [{
                    "sessionId": one.communication,
                    "mediaType": "message",
                    "messageType": "webmessaging",
                    "direction": "inbound",
                    "provider": "PureCloud Messaging",
                    "requestedRoutings": ["Standard"],
                    "segments": [segment],
                }],
            });
            match one.role {
                Role::Customer => view["externalContactId"] = json!(interaction.conversation.guest),
                Role::Agent => view["userId"] = json!(Interaction::user(&one.name)),
                Role::Queue | Role::Workflow => {}
            }
            if with_attributes {
                view["attributes"] = Value::Object(self.participant_attributes(interaction, one));
            }
            view
        });
        let mut row = json!({
            "conversationId": interaction.conversation.id,
            "conversationStart": rfc3339(interaction.conversation.start),
            "originatingDirection": "inbound",
            "divisionIds": [DIVISION],
            "participants": participants.collect::<Vec<_>>(),
        });
        if let Some(end) = interaction.end {
            row["conversationEnd"] = json!(rfc3339(end));
        }
        row
    }
}
