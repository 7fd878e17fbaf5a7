//! Deletes: in bulk where the org takes that, else one by one, with an answer for each contact.

use std::collections::HashMap;

use http::Method;
use model::{Doomed, GuestId};
use serde_json::{Map, Value};

use super::{
    Platform,
    bulk::{self, ItemSays, Refusal, named},
    contacts::one,
};
use crate::{
    pipeline::{
        Error, Lane, OrgReply, Sent,
        call::{Call, Settled},
        timeouts,
        wanted::while_wanted,
    },
    ports::Removed,
};

const CALL: &str = "delete contact";

type Outcome = Result<Removed, Error>;
type Wanted<'w> = &'w (dyn Fn(GuestId) -> bool + Sync);

impl Platform {
    /// Deletes contacts and answers for each. Where one names a revision, the contact is looked at right before.
    pub(super) async fn remove_contacts(
        &self,
        lane: Lane,
        doomed: &[Doomed],
        wanted: Wanted<'_>,
    ) -> Vec<(GuestId, Outcome)> {
        let some_left = || doomed.iter().any(|one| wanted(one.id));
        let looked = while_wanted(CALL, &some_left, self.changed_since(lane, doomed)).await;
        let mut outcomes = match looked {
            Ok(outcomes) => outcomes,
            Err(error) => return doomed.iter().map(|one| (one.id, Err(error.clone()))).collect(),
        };
        let mut left: Vec<GuestId> = Vec::new();
        for Doomed { id, .. } in doomed {
            if !outcomes.contains_key(id) && !left.contains(id) {
                left.push(*id);
            }
        }
        while !left.is_empty() {
            // One that is alone goes alone: that is what the org's pages do, too.
            let size = self.bulk.remove.next().filter(|_| doomed.len() > 1);
            let part: Vec<GuestId> = left[..size.unwrap_or(1).clamp(1, left.len())].to_vec();
            let unwanted: Vec<GuestId> = part.iter().copied().filter(|id| !wanted(*id)).collect();
            if !unwanted.is_empty() {
                left.retain(|id| !unwanted.contains(id));
                outcomes.extend(unwanted.into_iter().map(|id| (id, Err(Error::Withdrawn { call: CALL }))));
                continue;
            }
            let settled = match size {
                Some(_) => self.remove_part(lane, &part, wanted).await,
                None => PartSays::Settled(vec![(part[0], self.remove_one(lane, part[0], wanted).await)]),
            };
            match settled {
                PartSays::Settled(settled) => {
                    left.retain(|id| !part.contains(id));
                    let for_all = settled.iter().find_map(|(_, outcome)| match outcome {
                        // Nobody else can be deleted by these credentials, either.
                        Err(error @ Error::Forbidden { .. }) if size.is_none() => Some(error.clone()),
                        // Whoever asks again now hears the same.
                        Err(error) if asks_for_long(error) => Some(error.clone().before_the_call()),
                        _ => None,
                    });
                    outcomes.extend(settled);
                    if let Some(error) = for_all {
                        outcomes.extend(left.drain(..).map(|id| (id, Err(error.clone()))));
                    }
                }
                PartSays::AskAgain => {}
            }
        }
        doomed
            .iter()
            .filter_map(|Doomed { id, .. }| outcomes.remove(id).map(|outcome| (*id, outcome)))
            .collect()
    }

    /// Those of which a revision was named and who are not that any more, or of whom that cannot be found out.
    async fn changed_since(&self, lane: Lane, doomed: &[Doomed]) -> HashMap<GuestId, Outcome> {
        let named: Vec<GuestId> =
            doomed.iter().filter(|one| one.revision.is_some()).map(|one| one.id).collect();
        if named.is_empty() {
            return HashMap::new();
        }
        let now = match self.fetch_contacts(lane, &named).await {
            Ok(now) => now,
            Err(error) => return named.into_iter().map(|id| (id, Err(error.clone()))).collect(),
        };
        let mut changed = HashMap::new();
        for Doomed { id, revision } in doomed {
            let Some(revision) = revision else { continue };
            match now.get(id) {
                Some(guest) if guest.revision == *revision && !guest.is_merged_away() => {}
                Some(guest) => {
                    let seen = match guest.canonical_id {
                        Some(into) => format!("the contact was merged into {into}, which stands for it"),
                        None => "the contact was changed since it was looked at".to_owned(),
                    };
                    changed.insert(*id, Err(Error::Conflict(OrgReply::by_our_look(CALL, 409, &seen))));
                }
                None => {
                    let seen = OrgReply::by_our_look(CALL, 404, "there is no such contact");
                    changed.insert(*id, Err(Error::NotFound(seen)));
                }
            }
        }
        changed
    }

    async fn remove_part(&self, lane: Lane, part: &[GuestId], wanted: Wanted<'_>) -> PartSays {
        let call = Call::post(
            "delete contacts",
            lane,
            "/api/v2/externalcontacts/bulk/contacts/remove",
            &named(part),
        );
        let still = || part.iter().all(|id| wanted(*id));
        let settled = self.pipeline.settle_while(&call, &still, |body| bulk::read(body, part)).await;
        let repeated = settled.uncertain.is_some();
        match settled.result {
            Ok(said) => {
                self.bulk.remove.answered(part.len());
                let mut settled = Vec::with_capacity(part.len());
                for id in part {
                    let outcome = match outcome(said.get(id), repeated) {
                        // Only the delete of this one contact tells what the credentials are not allowed.
                        Err(Error::Forbidden { .. }) => self.remove_one(lane, *id, wanted).await,
                        outcome => outcome,
                    };
                    settled.push((*id, outcome));
                }
                PartSays::Settled(settled)
            }
            Err(Error::Withdrawn { .. }) if !repeated => PartSays::AskAgain,
            Err(error) => match Refusal::of(&error) {
                Some(Refusal::TooMany) if part.len() == 1 => {
                    PartSays::Settled(vec![(part[0], self.remove_one(lane, part[0], wanted).await)])
                }
                Some(refusal) => {
                    self.bulk.remove.refused(part.len(), refusal);
                    PartSays::AskAgain
                }
                None => {
                    let settled: Settled<()> = Settled { result: Err(error), uncertain: settled.uncertain };
                    let error = settled.exact().expect_err("it was an error just now");
                    PartSays::Settled(part.iter().map(|id| (*id, Err(error.clone()))).collect())
                }
            },
        }
    }

    async fn remove_one(&self, lane: Lane, id: GuestId, wanted: Wanted<'_>) -> Outcome {
        let call = Call { done: &[200, 202, 204], ..one(CALL, lane, Method::DELETE, id) };
        match self.pipeline.settle_while(&call, &|| wanted(id), empty_object).await {
            // An earlier try of this very call did it, or somebody else since.
            Settled { result: Err(Error::NotFound(_)), uncertain: Some(_) } => Ok(Removed::Inferred),
            settled => settled.exact().map(|()| Removed::Deleted),
        }
    }
}

/// What the org answers to a delete: nothing, or an object. Anything else may come from something in between.
fn empty_object(body: &[u8]) -> Result<(), String> {
    if body.trim_ascii().is_empty() {
        return Ok(());
    }
    serde_json::from_slice::<Map<String, Value>>(body).map(drop).map_err(|e| e.to_string())
}

/// What came of one call about a part.
enum PartSays {
    /// An outcome for each.
    Settled(Vec<(GuestId, Outcome)>),
    /// Nothing was done; the next call is another one.
    AskAgain,
}

/// The outcome of one contact; `repeated` where an earlier try of the same call may have done it.
fn outcome(says: Option<&ItemSays>, repeated: bool) -> Outcome {
    let Some(says) = says else {
        return Err(Error::BadAnswer {
            call: CALL,
            status: 200,
            why: "it does not say what became of a contact".into(),
            sent: Sent::Perhaps,
            correlation_id: None,
            retry_after: None,
        });
    };
    match says.error(CALL) {
        None => Ok(Removed::Deleted),
        Some(Error::NotFound(_) | Error::Gone(_)) if repeated => Ok(Removed::Inferred),
        Some(Error::Gone(said)) => Err(Error::NotFound(said)),
        Some(error) => Err(error),
    }
}

/// A wait that is longer than one call may take: it is told, and nobody else is asked about meanwhile.
fn asks_for_long(error: &Error) -> bool {
    error.told_wait().is_some_and(|wait| wait > timeouts::LONGEST_WAIT)
}
