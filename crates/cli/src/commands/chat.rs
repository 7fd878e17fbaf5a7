use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::Path,
};

use app::{App, Failure, FailureCode, views::StartChat};
use model::{ConversationId, MessageId, MessageText};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{guests::parse_assignment, parse};
use crate::{
    args::{Chat, Everywhere},
    open,
    output::{BAD_FILE, DONE, Out},
};

pub async fn run(command: &Chat, everywhere: &Everywhere, out: &Out) -> Result<u8, Failure> {
    match command {
        Chat::Start { name, email, attr, print_token } => {
            let attributes =
                attr.iter().map(|a| parse_assignment(a)).collect::<Result<BTreeMap<_, _>, Failure>>()?;
            let start =
                StartChat { guest_id: Uuid::new_v4(), name: name.clone(), email: email.clone(), attributes };
            let (started, token) = open::app(everywhere, "chat start").await?.chat_start(start).await?;
            let mut record =
                json!({ "guestId": started.guest_id, "conversationId": started.conversation_id });
            if *print_token {
                record["sessionToken"] = token.expose().into();
            }
            out.record(&record, || {
                let mut words =
                    format!("guest         {}\nconversation  {}", started.guest_id, started.conversation_id);
                if *print_token {
                    words.push_str("\nsession token ");
                    words.push_str(token.expose());
                }
                words
            });
            Ok(DONE)
        }
        Chat::Say { conversation: Some(conversation), text: Some(text), .. } => {
            let conversation = parse("CONVERSATION", conversation)?;
            let text = MessageText::new(text.clone()).map_err(|e| Failure::field("TEXT", e.to_string()))?;
            let app = open::app(everywhere, "chat say").await?;
            say(&app, out, MessageId(Uuid::now_v7()), conversation, text).await?;
            Ok(DONE)
        }
        Chat::Say { from: Some(file), .. } => say_from(file, everywhere, out).await,
        Chat::Say { .. } => Err(Failure::field("TEXT", "give CONVERSATION and TEXT, or --from FILE")),
    }
}

/// Prints only after the message is on disk.
async fn say(
    app: &App,
    out: &Out,
    id: MessageId,
    conversation: ConversationId,
    text: MessageText,
) -> Result<(), Failure> {
    let entry = app.chat_say(id, conversation, text).await?;
    let record = json!({ "id": entry.id, "conversationId": entry.conversation_id, "accepted": true });
    out.record(&record, || format!("{} accepted for {}", entry.id, entry.conversation_id));
    Ok(())
}

/// One line of `--from`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    conversation_id: ConversationId,
    text: MessageText,
    id: Option<MessageId>,
}

/// The longest line that can hold 4,096 bytes of text, each escaped to six.
const MAX_LINE: usize = 64 * 1024;

/// Stops at the first line that is no message; the lines before it stay accepted.
async fn say_from(file: &Path, everywhere: &Everywhere, out: &Out) -> Result<u8, Failure> {
    let opened =
        std::fs::File::open(file).map_err(|e| Failure::field("from", format!("{}: {e}", file.display())));
    let reader = match opened {
        Ok(opened) => BufReader::new(opened),
        Err(failure) => return Ok(out.failed_as(&failure, BAD_FILE)),
    };
    let app = open::app(everywhere, "chat say").await?;
    for (number, line) in reader.lines().enumerate().map(|(i, l)| (i + 1, l)) {
        let bad = |why: String| {
            Failure::new(FailureCode::InvalidInput, format!("{} line {number}: {why}", file.display()))
                .with_next("Mend the line; the lines before it are accepted, the others are not.")
        };
        let parsed = line.map_err(|e| bad(e.to_string())).and_then(|line| {
            if line.len() > MAX_LINE {
                return Err(bad(format!("is longer than {MAX_LINE} bytes")));
            }
            if line.trim().is_empty() {
                return Ok(None);
            }
            serde_json::from_str::<Line>(&line).map(Some).map_err(|e| bad(e.to_string()))
        });
        match parsed {
            Ok(None) => {}
            Ok(Some(line)) => {
                let id = line.id.unwrap_or_else(|| MessageId(Uuid::now_v7()));
                say(&app, out, id, line.conversation_id, line.text).await?;
            }
            Err(failure) => return Ok(out.failed_as(&failure, BAD_FILE)),
        }
    }
    Ok(DONE)
}
