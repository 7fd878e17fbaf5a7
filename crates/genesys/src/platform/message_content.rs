//! What a message shows beside its text, as lines that a person reads: quick replies, cards, pickers, forms. A live conversation has
//! it in the form of the guest socket, a recording in one of its own.

use serde_json::{Value, json};

use crate::webmessaging::{Button, Card, Content, FormComponent, content_of};

/// Cards and what else stands side by side are told as far as this.
const MOST: usize = 50;

/// What the content of a message of the vendor's normalized form is.
pub(super) fn normalized(items: &Value, inbound: bool) -> Vec<Content> {
    let is_text =
        |content: &Content| matches!(content, Content::Unknown { kind } if kind.is_empty() || kind == "Text");
    content_of(items, inbound).into_iter().filter(|content| !is_text(content)).collect()
}

/// What a message of a recording (`RecordingMessagingMessage`) has, which names each kind by a member of its own.
pub(super) fn recorded(message: &Value, inbound: bool) -> Vec<Content> {
    let list = |key: &str| message.get(key).and_then(Value::as_array).into_iter().flatten().cloned();
    let one = |key: &str| message.get(key).filter(|value| value.is_object()).cloned();
    let item = |kind: &str, key: &str, value: Value| json!({"contentType": kind, key: value});
    let mut items: Vec<Value> =
        list("quickReplies").map(|reply| item("QuickReply", "quickReply", reply)).collect();
    let pressed = list("buttonResponses")
        .chain(one("buttonResponse").filter(|_| list("buttonResponses").next().is_none()));
    items.extend(pressed.map(|button| item("ButtonResponse", "buttonResponse", button)));
    let cards: Vec<Value> = list("cards").collect();
    items.extend(match cards.len() {
        0 => None,
        1 => cards.into_iter().next().map(|card| item("Card", "card", card)),
        _ => Some(item("Carousel", "carousel", json!({ "cards": cards }))),
    });
    items.extend(one("datePicker").map(|mut picker| {
        picker["availableTimes"] = picker["datePickerAvailableDateTimes"].take();
        item("DatePicker", "datePicker", picker)
    }));
    items.extend(one("listPicker").map(|picker| item("ListPicker", "listPicker", picker)));
    items.extend(one("form").map(|form| item("Form", "form", form)));
    normalized(&Value::Array(items), inbound)
}

/// The label of what was pressed; several are apart by commas.
pub(super) fn pressed(content: &[Content]) -> Option<String> {
    let labels: Vec<&str> = content
        .iter()
        .filter_map(|content| match content {
            Content::Pressed { button, .. } if !button.text.is_empty() => Some(button.text.as_str()),
            _ => None,
        })
        .collect();
    (!labels.is_empty()).then(|| labels.join(", "))
}

/// One line for each thing that the message shows; what was pressed and files stand elsewhere.
pub(super) fn lines(content: &[Content]) -> Vec<String> {
    let replies: Vec<&Button> = content
        .iter()
        .filter_map(|content| match content {
            Content::QuickReply(button) => Some(button),
            _ => None,
        })
        .collect();
    let mut lines: Vec<String> = content.iter().flat_map(own_lines).collect();
    if !replies.is_empty() {
        lines.push(format!("Quick replies: {}", labels(&replies)));
    }
    lines
}

fn own_lines(content: &Content) -> Vec<String> {
    match content {
        Content::Card(card) => vec![format!("Card: {}", card_words(card))],
        Content::Carousel(cards) => {
            let count = cards.len();
            let card = |(n, card)| format!("Card {} of {count}: {}", n + 1, card_words(card));
            cards.iter().take(MOST).enumerate().map(card).collect()
        }
        Content::DatePicker { title, subtitle, times } => {
            let times: Vec<&str> = times.iter().map(|time| time.iso.as_str()).take(MOST).collect();
            vec![picker("Times", title.as_deref(), subtitle.as_deref(), &times.join(", "))]
        }
        Content::ListPicker { title, subtitle, entries, .. } => {
            let entries: Vec<&Button> = entries.iter().take(MOST).collect();
            vec![picker("List", title.as_deref(), subtitle.as_deref(), &labels(&entries))]
        }
        Content::Form { title, components, .. } => {
            let fields: Vec<String> = components.iter().take(MOST).map(field_words).collect();
            vec![picker("Form", title.as_deref(), None, &fields.join(", "))]
        }
        Content::Unknown { kind } => vec![format!("Something of the kind {kind}, which is not shown here")],
        Content::QuickReply(_) | Content::Pressed { .. } | Content::File(_) => Vec::new(),
    }
}

fn picker(what: &str, title: Option<&str>, subtitle: Option<&str>, offers: &str) -> String {
    let parts = [title, subtitle, Some(offers)].into_iter().flatten().filter(|part| !part.trim().is_empty());
    format!("{what}: {}", parts.collect::<Vec<_>>().join(" – "))
}

fn card_words(card: &Card) -> String {
    let mut words: Vec<String> = [Some(&card.title), card.description.as_ref()]
        .into_iter()
        .flatten()
        .filter(|part| !part.trim().is_empty())
        .cloned()
        .collect();
    let actions: Vec<&Button> = card.default_action.iter().chain(&card.actions).collect();
    if !actions.is_empty() {
        words.push(labels(&actions));
    }
    words.join(" – ")
}

/// Each in brackets, a link with its address.
fn labels(buttons: &[&Button]) -> String {
    let label = |button: &&Button| match (button.is_link, button.text.is_empty()) {
        (true, true) => format!("[{}]", button.payload),
        (true, false) => format!("[{}: {}]", button.text, button.payload),
        (false, _) => format!("[{}]", button.text),
    };
    buttons.iter().map(label).collect::<Vec<_>>().join(" ")
}

fn field_words(field: &FormComponent) -> String {
    match field.choices.is_empty() {
        true => field.label.clone(),
        false => format!("{} ({})", field.label, field.choices.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://shop.example/shoe";

    #[test]
    fn what_a_message_shows_is_told_in_lines_alike_of_a_live_chat_and_of_a_recording() {
        let link = json!({"type": "Link", "text": "Open", "url": LINK});
        let buy = json!({"type": "Postback", "text": "Buy", "payload": "buy"});
        let card = |title: &str| json!({"title": title, "description": "Red", "actions": [link, buy]});
        let reply = |text: &str| json!({"text": text, "payload": text});
        let sections =
            json!([{"title": "Sizes", "items": [{"id": "1", "title": "38"}, {"id": "2", "title": "39"}]}]);
        let pages = json!([{"title": "You", "pageComponents": [
            {"formComponentType": "Input", "input": {"id": "i", "title": "Name"}},
            {"formComponentType": "WheelPicker", "wheelPicker": {"id": "w", "items": [{"title": "Red"}, {"title": "Blue"}]}}]}]);
        let time = json!([{"dateTime": "2030-01-07T09:00:00.000Z", "duration": 1800}]);
        let live = json!([
            {"contentType": "Text", "text": {"body": "hello"}},
            {"contentType": "QuickReply", "quickReply": reply("Yes")},
            {"contentType": "QuickReply", "quickReply": reply("No")},
            {"contentType": "Carousel", "carousel": {"cards": [card("Shoe"), card("Boot")]}},
            {"contentType": "DatePicker", "datePicker": {"title": "When", "subtitle": "In Rome", "availableTimes": time}},
            {"contentType": "ListPicker", "listPicker": {"receivedMessage": {"title": "Size"}, "sections": sections}},
            {"contentType": "Form", "form": {"introduction": {"title": "Who"}, "formPages": pages}},
        ]);
        let recording = json!({
            "quickReplies": [reply("Yes"), reply("No")],
            "cards": [card("Shoe"), card("Boot")],
            "datePicker": {"title": "When", "subtitle": "In Rome", "datePickerAvailableDateTimes": time},
            "listPicker": {"title": "Size", "sections": sections},
            "form": {"introduction": {"title": "Who"}, "formPages": pages},
        });
        let told = [
            "Card 1 of 2: Shoe – Red – [Open: https://shop.example/shoe] [Buy]",
            "Card 2 of 2: Boot – Red – [Open: https://shop.example/shoe] [Buy]",
            "Times: When – In Rome – 2030-01-07T09:00:00.000Z",
            "List: Size – [38] [39]",
            "Form: Who – Name, Your choice (Red, Blue)",
            "Quick replies: [Yes] [No]",
        ];
        assert_eq!(lines(&normalized(&live, false)), told);
        assert_eq!(lines(&recorded(&recording, false)), told);
    }

    #[test]
    fn what_a_guest_pressed_is_their_text_and_an_unknown_kind_is_named() {
        let press = |text: &str| json!({"type": "ListPicker", "text": text, "payload": "1"});
        let live = json!([{"contentType": "ButtonResponse", "buttonResponse": press("38")},
            {"contentType": "ButtonResponse", "buttonResponse": press("39")}]);
        assert_eq!(pressed(&normalized(&live, true)).as_deref(), Some("38, 39"));
        assert!(lines(&normalized(&live, true)).is_empty());
        assert_eq!(lines(&normalized(&live, false)), ["Quick replies: [38] [39]"], "an offer of the org");
        for recording in [
            json!({"buttonResponse": press("38")}),
            json!({"buttonResponses": [press("38")], "buttonResponse": press("38")}),
        ] {
            assert_eq!(pressed(&recorded(&recording, true)).as_deref(), Some("38"));
        }
        let odd = json!([{"contentType": "Hologram"}, 7, {"contentType": "Card", "card": "no object"}]);
        assert_eq!(
            lines(&normalized(&odd, false)),
            ["Something of the kind Hologram, which is not shown here", "Card: "]
        );
        assert!(
            normalized(&Value::Null, false).is_empty() && recorded(&json!({"cards": 7}), false).is_empty()
        );
    }
}
