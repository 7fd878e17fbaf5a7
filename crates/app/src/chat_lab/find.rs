//! Looks for a message in the history of its guest: one complete reading, on a connection of its own.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use genesys::webmessaging::{
    ChatEvent, ChatEvents, ChatMessage, ChatOptions, ChatState, Direction, EndReason, HistoryExtent,
};
use outbox::{Found, OrgIds};
use tokio::time::timeout;
use uuid::Uuid;

use super::words;

/// Within this a reading is over: ten pages a minute are read, and forty at most.
const LONGEST: Duration = Duration::from_secs(300);

/// How exactly it is known by how much the clocks of this computer and of the org differ.
const EXACTLY: TimeDelta = TimeDelta::seconds(1);

/// What was read of the history goes back to before the message when it is older than this, also by clocks that differ.
const SURELY_OLDER: TimeDelta = TimeDelta::days(2);

/// What is looked for.
pub(super) struct Wanted<'a> {
    pub(super) id: Uuid,
    pub(super) text: &'a str,
    /// When it was first sent, by this computer's clock.
    pub(super) sent_at: DateTime<Utc>,
    /// The org's keys of other messages of this chat.
    pub(super) others: HashSet<String>,
    /// Those among them that the guest wrote before it in the same place, with the time at which each was known to have arrived
    /// by this computer's clock: this message is not older.
    pub(super) before: HashMap<String, DateTime<Utc>>,
    /// By how much the org's clock is ahead of this computer's, as far as its answers have shown.
    pub(super) org_ahead: TimeDelta,
    /// Another message of this chat with an equal text may be there, and its key is not known.
    pub(super) has_rival: bool,
}

/// How a reading connects: as the guest, with nothing that the org or the other side would take for an act.
pub(super) fn reading(options: ChatOptions) -> ChatOptions {
    ChatOptions {
        start_new: false,
        attributes: std::collections::BTreeMap::new(),
        reconnect_for: Some(Duration::ZERO),
        offline: false,
        join: false,
        typing: false,
        ..options
    }
}

/// Reads until the history is at its end and says whether the message is in it.
pub(super) async fn look(events: &mut ChatEvents, wanted: &Wanted<'_>) -> Found {
    let not_read = |why: String| Found::NotRead { why, retry_after: None };
    let mut found = Vec::new();
    let reading = async {
        while let Some(event) = events.recv().await {
            match event {
                ChatEvent::Message(message) if message.from_history => found.push(message),
                ChatEvent::State(ChatState::Ready { new_session: true, .. }) => {
                    let why =
                        "the org does not know this guest's session any more, and with it their history";
                    return Err(Found::CannotTell { why: why.to_owned() });
                }
                ChatEvent::State(ChatState::Ended(EndReason::Expired)) => {
                    let why = "the guest's session expired, and their history cannot be read any more";
                    return Err(Found::CannotTell { why: why.to_owned() });
                }
                ChatEvent::State(ChatState::Ended(why)) => {
                    let retry_after = match &why {
                        EndReason::Failed(error) => error.told_wait(),
                        _ => None,
                    };
                    let why = words::ended(&why, false).trim_end_matches('.').to_owned();
                    return Err(Found::NotRead { why, retry_after });
                }
                ChatEvent::HistoryRead { extent } => return Ok(extent),
                _ => {}
            }
        }
        Err(not_read("the connection was closed".to_owned()))
    };
    match timeout(LONGEST, reading).await {
        Ok(Ok(extent)) => judge(&found, extent, wanted),
        Ok(Err(answer)) => answer,
        Err(_) => not_read(format!("the history was not read within {} s", LONGEST.as_secs())),
    }
}

/// Whether the message is among those of a reading. By its own id where the org gives that back; else by its text and time.
fn judge(history: &[ChatMessage], extent: HistoryExtent, wanted: &Wanted<'_>) -> Found {
    let delivered = |message: &ChatMessage| Found::Delivered {
        org: OrgIds { message_id: Some(message.key.clone()), ..OrgIds::default() },
    };
    if let Some(message) = history.iter().find(|message| message.id == Some(wanted.id)) {
        return delivered(message);
    }
    let equal = history.iter().filter(|message| {
        message.direction == Direction::Inbound
            && message.id.is_none()
            && message.text.as_deref() == Some(wanted.text)
            && !wanted.others.contains(&message.key)
    });
    // What the guest wrote before stands in the history by the org's clock. The org took none of it later than it was known here.
    let before = history.iter().filter_map(|message| Some((message.at?, *wanted.before.get(&message.key)?)));
    let org_ahead = before.clone().map(|(at, known)| at - known).max().unwrap_or(wanted.org_ahead);
    let newest_before = before.map(|(at, _)| at).max();
    let earliest = wanted.sent_at + org_ahead - EXACTLY;
    let (mut fresh, mut perhaps) = (Vec::new(), 0);
    for message in equal {
        match message.at {
            Some(at) if newest_before.is_some_and(|before| at < before) => {}
            Some(at) if at >= earliest => fresh.push(message),
            // It seems older, by clocks that may be wrong; or it has no time. Another page of the guest may have written it.
            Some(_) | None => perhaps += 1,
        }
    }
    match (fresh.as_slice(), perhaps) {
        ([_], 0) if wanted.has_rival => Found::CannotTell {
            why: "the guest's history holds an equal text that may be another message of theirs".to_owned(),
        },
        ([one], 0) => delivered(one),
        ([], 0) if extent == HistoryExtent::Whole || reaches(history, wanted.sent_at) => Found::NotThere,
        ([], 0) if extent == HistoryExtent::Part => Found::CannotTell {
            why: "the org counts more in the guest's history than it hands out".to_owned(),
        },
        ([], 0) => {
            Found::NotRead { why: "the history could not be read to its end".to_owned(), retry_after: None }
        }
        ([], _) => Found::CannotTell {
            why: "the guest's history holds an equal text that may be older than this message".to_owned(),
        },
        _ => Found::Several,
    }
}

/// Whether what was read goes back to before the message.
fn reaches(history: &[ChatMessage], sent_at: DateTime<Utc>) -> bool {
    history
        .iter()
        .filter_map(|message| message.at)
        .min()
        .is_some_and(|oldest| sent_at - oldest > SURELY_OLDER)
}

#[cfg(test)]
mod tests {
    use genesys::webmessaging::Sender;
    use proptest::prelude::*;

    use super::*;

    const OWN: Uuid = Uuid::from_u128(7);

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(2_000_000 + seconds, 0).unwrap()
    }

    fn inbound(text: &str, seconds: i64) -> ChatMessage {
        ChatMessage {
            key: format!("{text} {seconds}"),
            id: None,
            at: Some(at(seconds)),
            direction: Direction::Inbound,
            sender: Sender::Guest,
            nickname: None,
            text: Some(text.into()),
            content: Vec::new(),
            out_of_order: false,
            from_history: true,
        }
    }

    fn wanted() -> Wanted<'static> {
        let others = HashSet::from(["yes 5".to_owned(), "first -100".to_owned()]);
        Wanted {
            id: OWN,
            text: "yes",
            sent_at: at(0),
            others,
            before: HashMap::new(),
            org_ahead: TimeDelta::zero(),
            has_rival: false,
        }
    }

    const WHOLE: HistoryExtent = HistoryExtent::Whole;

    fn judged(history: &[ChatMessage], extent: HistoryExtent) -> Found {
        judge(history, extent, &wanted())
    }

    fn is_delivered(found: &Found, key: &str) -> bool {
        matches!(found, Found::Delivered { org } if org.message_id.as_deref() == Some(key))
    }

    #[test]
    fn a_message_is_found_by_its_own_id_whatever_its_time_says_else_by_text_and_time_once() {
        let own = ChatMessage { id: Some(OWN), key: "own".into(), ..inbound("yes", -9_000) };
        assert!(is_delivered(&judged(&[inbound("yes", 1), own], WHOLE), "own"));
        assert!(is_delivered(&judged(&[inbound("yes", 1), inbound("no", 2)], WHOLE), "yes 1"));
        assert!(is_delivered(&judged(&[inbound("yes", -1)], WHOLE), "yes -1"), "the org tells whole seconds");
        assert_eq!(judged(&[inbound("yes", 1), inbound("yes", 2)], WHOLE), Found::Several);
        assert_eq!(judged(&[inbound("yes", 1), inbound("yes", -90)], WHOLE), Found::Several);
    }

    #[test]
    fn what_cannot_be_it_is_passed_over_and_what_may_be_is_for_a_person() {
        let outbound = ChatMessage { direction: Direction::Outbound, ..inbound("yes", 1) };
        let named = ChatMessage { id: Some(Uuid::from_u128(8)), ..inbound("yes", 1) };
        let all = [outbound, named, inbound("yes", 5), inbound("no", 1)];
        assert_eq!(judged(&all, WHOLE), Found::NotThere);
        let timeless = ChatMessage { at: None, ..inbound("yes", 0) };
        for unclear in [inbound("yes", -2), inbound("yes", -61), inbound("yes", -400_000), timeless] {
            assert!(matches!(judged(&[unclear], WHOLE), Found::CannotTell { .. }));
        }
    }

    #[test]
    fn a_reading_that_was_cut_short_says_not_there_only_where_it_goes_back_far_enough() {
        assert!(matches!(judged(&[inbound("no", 1)], HistoryExtent::Failed), Found::NotRead { .. }));
        assert!(matches!(judged(&[], HistoryExtent::Failed), Found::NotRead { .. }));
        assert!(
            matches!(judged(&[], HistoryExtent::Part), Found::CannotTell { .. }),
            "it counts one and hands out none"
        );
        assert_eq!(judged(&[inbound("no", -200_000)], HistoryExtent::Failed), Found::NotThere);
        assert!(is_delivered(&judged(&[inbound("yes", 1)], HistoryExtent::Failed), "yes 1"));
    }

    #[test]
    fn what_the_guest_wrote_before_says_by_the_orgs_own_clock_what_is_older() {
        // The org's clock is an hour behind; the first message arrived ten seconds before this one was sent.
        let behind = |seconds: i64| inbound("yes", -3_600 + seconds);
        let first = inbound("first", -3_610);
        let wanted = Wanted { before: HashMap::from([(first.key.clone(), at(-10))]), ..wanted() };
        assert!(is_delivered(&judge(&[behind(1), first.clone()], WHOLE, &wanted), "yes -3599"));
        assert_eq!(judge(&[first.clone(), behind(-20)], WHOLE, &wanted), Found::NotThere);
        assert_eq!(judge(&[behind(1), behind(2), first.clone()], WHOLE, &wanted), Found::Several);
        // Written after the first one and before this one left: by another page of the guest.
        assert!(matches!(judge(&[behind(-5), first], WHOLE, &wanted), Found::CannotTell { .. }));
    }

    #[test]
    fn a_text_that_another_page_wrote_before_is_not_taken_for_this_one_also_where_the_clocks_differ() {
        for hours in [-2, 0, 2] {
            let org_ahead = TimeDelta::hours(hours);
            let by_org = |seconds: i64| inbound("yes", hours * 3_600 + seconds);
            let wanted = Wanted { org_ahead, ..wanted() };
            for older in [-2, -5, -24, -60] {
                let told = judge(&[by_org(older)], WHOLE, &wanted);
                assert!(matches!(told, Found::CannotTell { .. }), "{hours} h, {older} s: {told:?}");
            }
            assert!(matches!(judge(&[by_org(1)], WHOLE, &wanted), Found::Delivered { .. }), "{hours} h");
        }
    }

    #[test]
    fn an_equal_text_is_for_a_person_where_another_message_of_the_guest_may_be_it() {
        let rivals = Wanted { has_rival: true, ..wanted() };
        assert!(matches!(judge(&[inbound("yes", 1)], WHOLE, &rivals), Found::CannotTell { .. }));
        assert_eq!(judge(&[inbound("no", 1)], WHOLE, &rivals), Found::NotThere);
    }

    proptest! {
        #[test]
        fn without_ids_it_is_never_called_absent_while_an_equal_text_of_its_time_is_there(
            times in proptest::collection::vec(-900i64..900, 0..6),
        ) {
            let history: Vec<_> = times.iter().map(|t| inbound("yes", *t)).collect();
            let near = times.iter().filter(|t| **t != 5).count();
            let found = judged(&history, WHOLE);
            prop_assert_eq!(found == Found::NotThere, near == 0, "{:?}", found);
            prop_assert!(!matches!(found, Found::Delivered { .. }) || near == 1, "{:?}", found);
        }
    }
}
