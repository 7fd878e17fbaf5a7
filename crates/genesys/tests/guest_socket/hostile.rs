//! Frames that no org should send.

use bytes::Bytes;
use genesys::webmessaging::SocketFrame;
use serde_json::{Value, json};

/// Each is taken without harm to the chat.
pub fn frames() -> Vec<SocketFrame> {
    let text = |text: &str| SocketFrame::Text(text.to_owned());
    let mut frames: Vec<SocketFrame> = [
        "",
        " ",
        "null",
        "true",
        "0",
        "-1e400",
        "\"x\"",
        "[]",
        "[[]]",
        "{",
        "}",
        "{}",
        "{\"class\"",
        "hello",
        "<html><body>502</body></html>",
        "{\"class\":\"SessionResponse\"",
        "\u{0}\u{1}\u{2}",
        "\u{202e}\u{feff}{}",
        "{\"class\":\"string\",\"class\":\"Error\"}",
        "\\",
        "{'class':'string'}",
    ]
    .map(text)
    .to_vec();
    for depth in [100, 127, 128, 1_000, 100_000] {
        frames.push(text(&format!("{}{}", "[".repeat(depth), "]".repeat(depth))));
        let body = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        frames.push(text(&format!("{{\"class\":\"StructuredMessage\",\"code\":200,\"body\":{body}}}")));
    }
    frames.push(text(&"x".repeat(1_000_000)));
    frames.push(text(&json!({"class": "x".repeat(500_000), "code": 200, "body": {}}).to_string()));
    frames.push(text(
        &json!({"class": "StructuredMessage", "code": 200, "body": {"id": "long",
        "text": "y".repeat(900_000), "direction": "Outbound"}})
        .to_string(),
    ));
    frames.push(text(
        &json!({"class": "StructuredMessage", "code": 200, "body": {"id": "many", "direction": "Outbound",
        "content": vec![json!({"contentType": "Card"}); 10_000]}})
        .to_string(),
    ));
    for bytes in [&b""[..], b"\xff\xfe", b"{}", b"\x00\x00\x00", b"{\"class\":\"Unknown\"}"] {
        frames.push(SocketFrame::Binary(Bytes::copy_from_slice(bytes)));
    }
    let wrong = [
        json!(null),
        json!(7),
        json!(-1),
        json!(1.5),
        json!(true),
        json!("text"),
        json!([]),
        json!([{}]),
        json!({}),
    ];
    // Every class with a body of every wrong type. Those that end a chat by their class alone are not among them.
    let classes = [
        "StructuredMessage",
        "JwtResponse",
        "GetConfigurationResponse",
        "PresignedUrlResponse",
        "AttachmentDeletedResponse",
        "UploadFailureEvent",
        "UploadSuccessEvent",
        "GenerateUrlError",
        "TooManyRequestsErrorMessage",
        "ResumeTokenResponse",
        "Error",
        "ErrorMessage",
        "Unknown",
        "string",
        "Novelty",
    ];
    for class in classes {
        for body in &wrong {
            frames.push(text(
                &json!({"type": "message", "class": class, "code": 200, "body": body}).to_string(),
            ));
        }
    }
    // Every member of an envelope and of a message with every wrong type.
    for value in &wrong {
        for member in ["type", "class", "code", "tracingId", "body"] {
            let mut frame = json!({"type": "message", "class": "StructuredMessage", "code": 200, "body": {}});
            frame[member] = value.clone();
            // A code that is an error counts as one about what was sent first, of which there is nothing.
            frames.push(text(&frame.to_string()));
        }
        for member in [
            "channel",
            "metadata",
            "content",
            "events",
            "text",
            "id",
            "type",
            "direction",
            "originatingEntity",
        ] {
            let mut body = json!({"id": "odd", "type": "Text", "direction": "Outbound"});
            body[member] = value.clone();
            frames.push(message(&body));
        }
    }
    frames
}

fn message(body: &Value) -> SocketFrame {
    SocketFrame::Text(
        json!({"type": "message", "class": "StructuredMessage", "code": 200, "body": body}).to_string(),
    )
}
