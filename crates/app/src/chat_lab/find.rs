//! Looks for a message in the history of its guest: one complete reading, on a connection of its own.

use std::{collections::HashSet, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use genesys::webmessaging::{ChatEvent, ChatEvents, ChatMessage, ChatOptions, ChatState, Direction};
use outbox::{Found, OrgIds};
use tokio::time::timeout;
use uuid::Uuid;

use super::words;

/// Within this a reading is over: ten pages a minute are read, and forty at most.
const LONGEST: Duration = Duration::from_secs(300);

/// The clocks of this computer and of the org may differ by this, and nobody is asked.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::seconds(60);

/// An equal text that is older than the message by this is another one, whatever the clocks say.
const SURELY_OLDER: TimeDelta = TimeDelta::minutes(10);

/// What is looked for.
pub(super) struct Wanted<'a> {
    pub(super) id: Uuid,
    pub(super) text: &'a str,
    /// When it was first sent, by this computer's clock.
    pub(super) sent_at: DateTime<Utc>,
    /// The org's keys of other messages of this chat.
    pub(super) others: HashSet<String>,
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
                ChatEvent::State(ChatState::Ended(why)) => {
                    return Err(not_read(words::ended(&why).trim_end_matches('.').to_owned()));
                }
                ChatEvent::HistoryRead { complete } => return Ok(complete),
                _ => {}
            }
        }
        Err(not_read("the connection was closed".to_owned()))
    };
    match timeout(LONGEST, reading).await {
        Ok(Ok(complete)) => judge(&found, complete, wanted),
        Ok(Err(answer)) => answer,
        Err(_) => not_read(format!("the history was not read within {} s", LONGEST.as_secs())),
    }
}

/// Whether the message is among those of a reading. By its own id where the org gives that back; else by its text and time.
fn judge(history: &[ChatMessage], complete: bool, wanted: &Wanted<'_>) -> Found {
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
    let (mut fresh, mut perhaps) = (Vec::new(), 0);
    for message in equal {
        match message.at.map(|at| wanted.sent_at - at) {
            // Without a time nobody can tell it from an older one.
            None => perhaps += 1,
            Some(older) if older <= CLOCKS_DIFFER => fresh.push(message),
            Some(older) if older <= SURELY_OLDER => perhaps += 1,
            Some(_) => {}
        }
    }
    match (fresh.as_slice(), perhaps) {
        ([one], 0) => delivered(one),
        ([], 0) if complete || reaches(history, wanted.sent_at) => Found::NotThere,
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

    fn judged(history: &[ChatMessage], complete: bool) -> Found {
        let wanted =
            Wanted { id: OWN, text: "yes", sent_at: at(0), others: HashSet::from(["yes 5".to_owned()]) };
        judge(history, complete, &wanted)
    }

    fn is_delivered(found: &Found, key: &str) -> bool {
        matches!(found, Found::Delivered { org } if org.message_id.as_deref() == Some(key))
    }

    #[test]
    fn a_message_is_found_by_its_own_id_whatever_its_time_says_else_by_text_and_time_once() {
        let own = ChatMessage { id: Some(OWN), key: "own".into(), ..inbound("yes", -9_000) };
        assert!(is_delivered(&judged(&[inbound("yes", 1), own], true), "own"));
        assert!(is_delivered(&judged(&[inbound("yes", 1), inbound("no", 2)], true), "yes 1"));
        assert!(is_delivered(&judged(&[inbound("yes", -60)], true), "yes -60"), "clocks differ");
        assert_eq!(judged(&[inbound("yes", 1), inbound("yes", 2)], true), Found::Several);
        assert_eq!(judged(&[inbound("yes", 1), inbound("yes", -90)], true), Found::Several);
    }

    #[test]
    fn what_cannot_be_it_is_passed_over_and_what_may_be_is_for_a_person() {
        let outbound = ChatMessage { direction: Direction::Outbound, ..inbound("yes", 1) };
        let named = ChatMessage { id: Some(Uuid::from_u128(8)), ..inbound("yes", 1) };
        let all = [outbound, named, inbound("yes", 5), inbound("no", 1), inbound("yes", -601)];
        assert_eq!(judged(&all, true), Found::NotThere);
        let timeless = ChatMessage { at: None, ..inbound("yes", 0) };
        for unclear in [inbound("yes", -61), inbound("yes", -600), timeless] {
            assert!(matches!(judged(&[unclear], true), Found::CannotTell { .. }));
        }
    }

    #[test]
    fn a_reading_that_was_cut_short_says_not_there_only_where_it_goes_back_far_enough() {
        assert!(matches!(judged(&[inbound("no", 1)], false), Found::NotRead { .. }));
        assert!(matches!(judged(&[], false), Found::NotRead { .. }));
        assert_eq!(judged(&[inbound("no", -601)], false), Found::NotThere);
        assert!(is_delivered(&judged(&[inbound("yes", 1)], false), "yes 1"));
    }

    proptest! {
        #[test]
        fn without_ids_it_is_never_called_absent_while_an_equal_text_of_its_time_is_there(
            times in proptest::collection::vec(-900i64..900, 0..6),
        ) {
            let history: Vec<_> = times.iter().map(|t| inbound("yes", *t)).collect();
            let near = times.iter().filter(|t| **t >= -600 && **t != 5).count();
            let found = judged(&history, true);
            prop_assert_eq!(found == Found::NotThere, near == 0, "{:?}", found);
            prop_assert!(!matches!(found, Found::Delivered { .. }) || near == 1, "{:?}", found);
        }
    }
}
