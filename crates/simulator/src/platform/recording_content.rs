//! What a recorded message shows beside its text, in the form of a recording (PY, `RecordingMessagingMessage`): each kind is a member
//! of its own, and its parts have other names than in a frame of the socket.

use serde_json::{Map, Value, json};

/// The members for the items of a message's content.
pub(super) fn members(content: &[Value]) -> Map<String, Value> {
    let of = |kind: &'static str, key: &'static str| {
        content.iter().filter(move |item| item["contentType"] == kind).map(move |item| &item[key])
    };
    let mut found = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        found.extend(value.map(|value| (name.to_owned(), value)));
    };
    let some = |values: Vec<Value>| (!values.is_empty()).then_some(Value::Array(values));
    let files = of("Attachment", "attachment").map(|file| {
        json!({ "id": file["id"], "name": file["filename"], "mediaType": file["mime"], "contentLength": file["fileSize"],
            "url": file["url"] })
    });
    put("messageMediaAttachments", some(files.collect()));
    put("quickReplies", some(of("QuickReply", "quickReply").cloned().collect()));
    let pressed: Vec<Value> = of("ButtonResponse", "buttonResponse").map(button_response).collect();
    put("buttonResponse", pressed.first().cloned());
    put("buttonResponses", some(pressed).filter(|all| all.as_array().is_some_and(|all| all.len() > 1)));
    let in_carousels = of("Carousel", "carousel").flat_map(|carousel| list(&carousel["cards"]));
    put("cards", some(of("Card", "card").chain(in_carousels).map(card).collect()));
    put("datePicker", of("DatePicker", "datePicker").next().map(date_picker));
    put("listPicker", of("ListPicker", "listPicker").next().map(list_picker));
    put("form", of("Form", "form").next().map(form));
    found
}

fn button_response(button: &Value) -> Value {
    kept(button, &["type", "text", "payload", "messageType", "originatingMessageId"])
}

fn card(card: &Value) -> Value {
    let mut view = kept(card, &["title", "description", "defaultAction", "actions"]);
    if !card["image"].is_null() {
        view["url"] = card["image"].clone();
    }
    view
}

fn date_picker(picker: &Value) -> Value {
    let mut view = kept(picker, &["id", "title", "subtitle"]);
    view["datePickerAvailableDateTimes"] = picker["availableTimes"].clone();
    view
}

fn list_picker(picker: &Value) -> Value {
    let mut view = kept(picker, &["id"]);
    for name in ["title", "subtitle", "header"] {
        if !picker["receivedMessage"][name].is_null() {
            view[name] = picker["receivedMessage"][name].clone();
        }
    }
    let sections = list(&picker["sections"]).map(|section| {
        let items = list(&section["items"]).map(|item| kept(item, &["id", "title", "subtitle"]));
        let mut view = kept(section, &["title", "multipleSelection"]);
        view["items"] = items.collect();
        view
    });
    view["sections"] = sections.collect();
    view
}

fn form(form: &Value) -> Value {
    let mut view = kept(form, &["cannedResponseId", "originatingMessageId", "response"]);
    for (name, parts) in
        [("introduction", &form["introduction"]), ("receivedMessage", &form["receivedMessage"])]
    {
        if parts.is_object() {
            view[name] = kept(parts, &["title", "subtitle"]);
        }
    }
    let pages = list(&form["formPages"]).map(|page| {
        let mut view = kept(page, &["title", "subtitle"]);
        view["pageComponents"] = list(&page["pageComponents"]).map(component).collect();
        view
    });
    view["formPages"] = pages.collect();
    view
}

fn component(component: &Value) -> Value {
    let mut view = kept(component, &["formComponentType"]);
    for name in ["input", "datePicker", "listPicker", "wheelPicker"] {
        let parts = &component[name];
        if parts.is_object() {
            view[name] = match name {
                "input" => kept(parts, &["id", "title", "subtitle"]),
                "datePicker" => date_picker(parts),
                "listPicker" => list_picker(parts),
                _ => parts.clone(),
            };
        }
    }
    view
}

/// The members of these names that are there.
fn kept(value: &Value, names: &[&str]) -> Value {
    let there = names.iter().filter(|name| !value[**name].is_null());
    Value::Object(there.map(|name| ((*name).to_owned(), value[*name].clone())).collect())
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
