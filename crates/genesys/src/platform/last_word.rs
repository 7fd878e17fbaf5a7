//! Who wrote last in a conversation, as a message conversation tells it with the ids of its messages: no further call.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::participants::part_of;
use crate::ports::Author;

/// Who wrote the newest message; `None` where the answer does not settle that.
pub(super) fn last_word(conversation: &Value) -> Option<Author> {
    let mut newest: Option<(DateTime<Utc>, Option<Author>)> = None;
    for participant in list(conversation, "participants") {
        let by = part_of(participant).by;
        for message in list(participant, "messages") {
            let kind = message.get("messageMetadata").and_then(|about| about.get("type")?.as_str());
            if by == Author::System || kind.is_some_and(|kind| kind.eq_ignore_ascii_case("event")) {
                continue;
            }
            // One without a time may be the newest.
            let time = message.get("messageTime")?.as_str()?;
            let time = DateTime::parse_from_rfc3339(time).ok()?.to_utc();
            let by = said_by(by, message.get("messageStatus").and_then(Value::as_str));
            newest = match newest {
                Some((last, _)) if last > time => newest,
                // The same message below two who take part, or two at one time: the last word is nobody's for sure.
                Some((last, other)) if last == time && other != by => Some((time, None)),
                _ => Some((time, by)),
            };
        }
    }
    newest?.1
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// Who wrote a message that stands with this participant. Only what a guest wrote is `received`, so a status that contradicts
/// the participant leaves it open.
fn said_by(participant: Author, status: Option<&str>) -> Option<Author> {
    let is_received = status.map(|status| status.eq_ignore_ascii_case("received"));
    let is_guest = participant == Author::Guest;
    is_received.is_none_or(|received| received == is_guest).then_some(participant)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn part(purpose: &str, messages: &[(&str, &str, &str)]) -> Value {
        let messages = messages.iter().map(|(at, status, kind)| {
            json!({"messageId": at, "messageTime": format!("2026-11-30T10:{at}Z"), "messageStatus": status,
                "messageMetadata": {"type": kind}})
        });
        json!({"purpose": purpose, "messages": messages.collect::<Vec<_>>()})
    }

    fn last(parts: &[Value]) -> Option<Author> {
        last_word(&json!({ "participants": parts }))
    }

    #[test]
    fn the_newest_message_that_is_no_event_has_the_last_word_whoever_stands_first() {
        let guest = part(
            "customer",
            &[("00:00", "received", "Text"), ("03:00", "received", "Text"), ("09:00", "received", "Event")],
        );
        let agent = part("agent", &[("02:00", "delivery-success", "Text")]);
        let bot = part("workflow", &[("01:00", "sent", "Structured")]);
        assert_eq!(last(&[guest.clone(), bot.clone(), agent.clone()]), Some(Author::Guest));
        let answer = part("agent", &[("04:00", "sent", "Text")]);
        assert_eq!(last(&[answer, guest, bot.clone(), agent]), Some(Author::Agent));
        assert_eq!(last(&[bot, part("acd", &[("08:00", "sent", "Text")])]), Some(Author::Bot));
        assert_eq!(last(&[part("customer", &[])]), None);
    }

    #[test]
    fn what_the_answer_does_not_settle_is_left_out() {
        let sent = part("customer", &[("01:00", "delivery-success", "Text")]);
        assert_eq!(last(&[sent]), None, "the guest's part also lists what was sent to them");
        let both =
            [part("customer", &[("01:00", "received", "Text")]), part("agent", &[("01:00", "sent", "Text")])];
        assert_eq!(last(&both), None);
        let timeless = json!({"purpose": "agent", "messages": [{"messageId": "m", "messageStatus": "sent"}]});
        assert_eq!(last(&[part("customer", &[("01:00", "received", "Text")]), timeless]), None);
    }
}
