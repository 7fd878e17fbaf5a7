//! The content of a message, read: cards, pickers, forms, files. What is missing is empty, what is unknown keeps its type.

use serde_json::Value;

use crate::webmessaging::content::{Button, Card, Content, FormComponent, PickerTime, SharedFile};

/// Lists are read as far as this; an org's own limits are far below it.
const MOST_ITEMS: usize = 200;

/// The content of a message of this direction.
pub(crate) fn read(items: &Value, inbound: bool) -> Vec<Content> {
    list(items).map(|item| content(item, inbound)).collect()
}

fn content(item: &Value, inbound: bool) -> Content {
    let kind = text(&item["contentType"]);
    match kind.as_str() {
        "QuickReply" => Content::QuickReply(button(&item["quickReply"])),
        "ButtonResponse" => {
            let response = &item["buttonResponse"];
            // What a guest pressed; from the org it is one more way to offer a quick reply.
            if inbound {
                let kind = some(&response["type"]).unwrap_or_else(|| "QuickReply".to_owned());
                Content::Pressed { kind, button: button(response) }
            } else {
                Content::QuickReply(button(response))
            }
        }
        "Card" => Content::Card(card(&item["card"])),
        "Carousel" => Content::Carousel(list(&item["carousel"]["cards"]).map(card).collect()),
        "DatePicker" => {
            let picker = &item["datePicker"];
            let times = list(&picker["availableTimes"]).filter_map(|time| {
                Some(PickerTime {
                    iso: some(&time["dateTime"])?,
                    duration_seconds: time["duration"].as_u64(),
                })
            });
            Content::DatePicker {
                title: some(&picker["title"]),
                subtitle: some(&picker["subtitle"]),
                times: times.collect(),
            }
        }
        "ListPicker" => list_picker(&item["listPicker"]),
        "Form" => form(&item["form"]),
        "Attachment" => Content::File(file(&item["attachment"])),
        _ => Content::Unknown { kind },
    }
}

fn list_picker(picker: &Value) -> Content {
    let sections: Vec<&Value> = list(&picker["sections"]).collect();
    let entries = sections.iter().flat_map(|section| list(&section["items"])).take(MOST_ITEMS);
    Content::ListPicker {
        title: title(picker),
        subtitle: some(&picker["receivedMessage"]["subtitle"]).or_else(|| some(&picker["subtitle"])),
        entries: entries
            .map(|entry| Button { text: text(&entry["title"]), payload: text(&entry["id"]), is_link: false })
            .collect(),
        several: sections.len() > 1 || sections.iter().any(|s| s["multipleSelection"] == Value::Bool(true)),
    }
}

fn form(form: &Value) -> Content {
    let components = list(&form["formPages"]).flat_map(|page| list(&page["pageComponents"])).take(MOST_ITEMS);
    Content::Form {
        title: some(&form["introduction"]["title"])
            .or_else(|| title(form))
            .or_else(|| some(&form["formPages"][0]["title"])),
        canned_response_id: some(&form["cannedResponseId"]),
        components: components.map(component).collect(),
    }
}

/// A component holds its parts under its type in camel case: `Input` under `input`.
fn component(component: &Value) -> FormComponent {
    let kind = text(&component["formComponentType"]);
    let mut name = kind.clone();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    let parts = &component[name.as_str()];
    let items = list(&parts["items"]).chain(list(&parts["sections"]).flat_map(|s| list(&s["items"])));
    let times = list(&parts["availableTimes"]).filter_map(|time| some(&time["dateTime"]));
    FormComponent {
        id: text(&parts["id"]),
        label: title(parts)
            .or_else(|| some(&parts["sections"][0]["title"]))
            .unwrap_or_else(|| "Your choice".to_owned()),
        required: parts["isRequired"] == Value::Bool(true),
        choices: items.map(|item| text(&item["title"])).chain(times).take(MOST_ITEMS).collect(),
        kind,
    }
}

/// The title of a picker or a part of a form, which stands in it or in the message shown before it is opened.
fn title(of: &Value) -> Option<String> {
    some(&of["title"]).or_else(|| some(&of["receivedMessage"]["title"]))
}

fn card(card: &Value) -> Card {
    Card {
        title: text(&card["title"]),
        description: some(&card["description"]),
        image: some(&card["image"]),
        default_action: card["defaultAction"].is_object().then(|| action(&card["defaultAction"])),
        actions: list(&card["actions"]).map(action).collect(),
    }
}

fn action(action: &Value) -> Button {
    let is_link = match action["type"].as_str() {
        Some(kind) => kind.eq_ignore_ascii_case("link"),
        None => action["payload"].is_null() && action["url"].is_string(),
    };
    let payload = if is_link { text(&action["url"]) } else { text(&action["payload"]) };
    Button { text: text(&action["text"]), payload, is_link }
}

/// The payload of a button that has none is its label.
fn button(button: &Value) -> Button {
    let label = text(&button["text"]);
    let payload = some(&button["payload"]).unwrap_or_else(|| label.clone());
    Button { text: label, payload, is_link: false }
}

fn file(file: &Value) -> SharedFile {
    SharedFile {
        id: text(&file["id"]),
        name: text(&file["filename"]),
        media_type: some(&file["mime"]).or_else(|| some(&file["mediaType"])),
        size: file["fileSize"].as_u64(),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten().take(MOST_ITEMS)
}

fn some(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn one(item: Value) -> Content {
        read(&Value::Array(vec![item]), false).remove(0)
    }

    #[test]
    fn cards_lists_times_forms_and_files_are_read_with_all_that_can_be_pressed() {
        let link = json!({"type": "Link", "text": "Open", "url": "https://shop.example"});
        let post = json!({"type": "Postback", "text": "Buy", "payload": "buy"});
        let Content::Card(card) = one(json!({"contentType": "Card",
            "card": {"title": "Shoe", "image": "https://x/y.png", "defaultAction": link, "actions": [post]}}))
        else {
            panic!()
        };
        assert!(card.default_action.unwrap().is_link);
        assert_eq!(
            card.actions,
            [Button { text: "Buy".to_owned(), payload: "buy".to_owned(), is_link: false }]
        );
        let list = one(json!({"contentType": "ListPicker", "listPicker": {
            "receivedMessage": {"title": "Pick"},
            "sections": [{"multipleSelection": true, "items": [{"id": "1", "title": "One"}, 7]}]}}));
        assert!(matches!(list, Content::ListPicker { title: Some(t), entries, several: true, .. }
            if t == "Pick" && entries[0].payload == "1"));
        let form = one(json!({"contentType": "Form", "form": {"cannedResponseId": "c", "formPages": [
            {"title": "You", "pageComponents": [
                {"formComponentType": "Input", "input": {"id": "i", "title": "Name", "isRequired": true}},
                {"formComponentType": "WheelPicker", "wheelPicker": {"id": "w", "items": [{"title": "Red"}]}}]}]}}));
        let Content::Form { title, canned_response_id, components } = form else { panic!() };
        assert_eq!((title.as_deref(), canned_response_id.as_deref()), (Some("You"), Some("c")));
        assert!(components[0].required && components[0].label == "Name");
        assert_eq!((components[1].id.as_str(), &components[1].choices), ("w", &vec!["Red".to_owned()]));
        assert!(
            matches!(one(json!({"contentType": "Hologram"})), Content::Unknown { kind } if kind == "Hologram")
        );
    }

    #[test]
    fn a_button_response_is_an_offer_from_the_org_and_a_press_from_the_guest() {
        let item = json!([{"contentType": "ButtonResponse",
            "buttonResponse": {"type": "QuickReply", "text": "Yes", "payload": "y"}}]);
        assert!(matches!(&read(&item, false)[..], [Content::QuickReply(b)] if b.payload == "y"));
        assert!(
            matches!(&read(&item, true)[..], [Content::Pressed { kind, button }] if kind == "QuickReply" && button.text == "Yes")
        );
    }
}
