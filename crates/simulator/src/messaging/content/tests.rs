use super::*;
use crate::messaging::bot::{Bot, BotMemory, BotSend, GuestAct};

/// The content that a bot sends whose answer is written so.
fn sent(reply: &str) -> Vec<Value> {
    let file = format!("rules: [{{when: {{start: true}}, reply: [{{{reply}}}]}}]");
    let bot = Bot::parse("bot.yaml", file.as_bytes()).unwrap_or_else(|mistake| panic!("{mistake}\n{file}"));
    match bot.answer(&mut BotMemory::default(), &GuestAct::Started).remove(0).send {
        BotSend::Message { content, .. } => content,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_kind_of_content_has_the_fields_that_the_vendors_clients_read() {
    let action = json!({ "type": "Postback", "text": "Book", "payload": "b" });
    let card = json!({ "title": "A", "description": "", "actions": [action] });
    let rich = json!({ "title": "B", "description": "D", "image": "https://i.example/b.jpg", "actions": [],
        "defaultAction": { "type": "Link", "text": "", "url": "https://b.example" } });
    let rows = [
        (
            "quickReplies: [Yes, {text: No, payload: n}]",
            vec![
                json!({ "contentType": "QuickReply", "quickReply": { "text": "Yes", "payload": "Yes", "action": "Message" } }),
                json!({ "contentType": "QuickReply", "quickReply": { "text": "No", "payload": "n", "action": "Message" } }),
            ],
        ),
        (
            "buttons: [Yes]",
            vec![
                json!({ "contentType": "ButtonResponse", "buttonResponse": { "text": "Yes", "payload": "Yes", "type": "QuickReply" } }),
            ],
        ),
        (
            "card: {title: A, actions: [{type: Postback, text: Book, payload: b}]}",
            vec![json!({ "contentType": "Card", "card": card })],
        ),
        (
            "carousel: [{title: A, actions: [{type: Postback, text: Book, payload: b}]}, {title: B, description: D, \
             image: 'https://i.example/b.jpg', defaultAction: {type: Link, url: 'https://b.example'}}]",
            vec![json!({ "contentType": "Carousel", "carousel": { "cards": [card, rich] } })],
        ),
        (
            "datePicker: {title: When?, availableTimes: [{dateTime: '2030-01-07T10:00:00+01:00', duration: 60}, \
             {dateTime: '2030-01-07T10:00:00.5Z'}]}",
            vec![json!({ "contentType": "DatePicker", "datePicker": { "title": "When?", "availableTimes": [
                { "dateTime": "2030-01-07T09:00:00.000Z", "duration": 60 },
                { "dateTime": "2030-01-07T10:00:00.500Z", "duration": 1800 },
            ] } })],
        ),
        (
            "listPicker: {receivedMessage: {title: Pick}, sections: [{title: S, items: [{id: i, title: I}]}]}",
            vec![json!({ "contentType": "ListPicker", "listPicker": {
                "receivedMessage": { "title": "Pick" }, "replyMessage": {},
                "sections": [{ "title": "S", "multipleSelection": false, "items": [{ "id": "i", "title": "I" }] }],
            } })],
        ),
        (
            "form: {cannedResponseId: c, formPages: [{title: P, pageComponents: [{input: {id: n, title: N, \
             isRequired: true}}, {datePicker: {id: d, title: D, dateMinimum: '2030-01-01T00:00:00Z'}}, {listPicker: \
             {id: l, sections: []}}, {wheelPicker: {id: w, items: [{id: x, title: X}]}}]}]}",
            vec![json!({ "contentType": "Form", "form": {
                "cannedResponseId": "c", "receivedMessage": {}, "replyMessage": {}, "showSummary": false,
                "formPages": [{ "title": "P", "subtitle": "", "pageComponents": [
                    { "formComponentType": "Input",
                        "input": { "id": "n", "title": "N", "isRequired": true, "isMultipleLine": false } },
                    { "formComponentType": "DatePicker", "datePicker": { "id": "d", "title": "D",
                        "dateMinimum": "2030-01-01T00:00:00.000Z", "availableTimes": [] } },
                    { "formComponentType": "ListPicker", "listPicker": { "id": "l", "sections": [],
                        "receivedMessage": {}, "replyMessage": {} } },
                    { "formComponentType": "WheelPicker",
                        "wheelPicker": { "id": "w", "items": [{ "id": "x", "title": "X" }] } },
                ] }],
            } })],
        ),
        (
            "attachment: {id: a, url: 'https://f.example/a.pdf', filename: a.pdf, fileSize: 5, mime: application/pdf}",
            vec![
                json!({ "contentType": "Attachment", "attachment": { "id": "a", "url": "https://f.example/a.pdf",
                "filename": "a.pdf", "fileSize": 5, "mediaType": "File", "mime": "application/pdf" } }),
            ],
        ),
    ];
    for (reply, content) in rows {
        assert_eq!(sent(reply), content, "{reply}");
    }
    assert_eq!(
        quick_reply("Yes", "y"),
        json!({ "contentType": "QuickReply",
        "quickReply": { "text": "Yes", "payload": "y", "action": "Message" } })
    );
}
