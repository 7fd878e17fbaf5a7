use std::{fs::File, io::BufReader, path::Path};

use app::{App, Failure, FailureCode, Result, SayLines, SocketStart, views::StartChat};
use model::{ConversationId, MessageId, MessageText, Secret};
use serde_json::json;
use uuid::Uuid;

use super::{
    guests::parse_assignments,
    input::{aside, text_assignments},
};
use crate::{
    args::Chat,
    open::Context,
    output::{BAD_FILE, DONE, Out},
};

pub async fn run(command: &Chat, cx: &Context<'_>) -> Result<u8> {
    match command {
        Chat::Start { name, email, attr, deployment, origin, print_token } => {
            // Wrong use is told also while another process holds the folder.
            let texts = text_assignments(attr)?;
            let typed = if deployment.is_none() { parse_assignments(attr)? } else { Vec::new() };
            let app = cx.app("chat start").await?;
            if deployment.is_some() || app.chats_go_by_socket() {
                let start = SocketStart {
                    deployment: deployment.clone(),
                    page_origin: origin.clone(),
                    name: name.clone(),
                    email: email.clone(),
                    attributes: texts,
                };
                let (started, token) = app.socket_chat_start(start).await?;
                tell(cx.out, started.guest_id.as_deref(), &started.conversation_id, &token, *print_token);
                return Ok(DONE);
            }
            if origin.is_some() {
                return Err(Failure::field(
                    "--origin",
                    "is for a chat by the guest socket, with --deployment",
                ));
            }
            let start = StartChat {
                guest_id: Uuid::new_v4(),
                name: name.clone(),
                email: email.clone(),
                attributes: typed.into_iter().collect(),
                ..StartChat::default()
            };
            let (started, token) = app.chat_start(start).await?;
            let guest = started.guest_id.to_string();
            tell(cx.out, Some(&guest), &started.conversation_id, &token, *print_token);
            Ok(DONE)
        }
        Chat::End { conversation } => {
            let conversation = known(conversation)?;
            cx.app("chat end").await?.socket_chat_end(conversation.clone()).await?;
            let record = json!({ "conversationId": conversation.as_str(), "ended": true });
            cx.out.record(&record, || format!("{conversation} is over, and its token is forgotten"));
            Ok(DONE)
        }
        Chat::Say { conversation: Some(conversation), text: Some(text), .. } => {
            let conversation = known(conversation)?;
            let text = MessageText::new(text.clone()).map_err(|e| Failure::field("TEXT", e.to_string()))?;
            let app = cx.app("chat say").await?;
            say(&app, cx.out, MessageId(Uuid::now_v7()), conversation, text).await?;
            Ok(DONE)
        }
        Chat::Say { from: Some(file), .. } => say_from(file, cx).await,
        Chat::Say { .. } => Err(Failure::field("TEXT", "give CONVERSATION and TEXT, or --from FILE")),
    }
}

/// A chat that was started. A guest by the socket gets an id of the org's own with the first message.
fn tell(out: &Out, guest: Option<&str>, conversation: &str, token: &Secret, with_token: bool) {
    let mut record = json!({ "guestId": guest, "conversationId": conversation });
    if with_token {
        record["sessionToken"] = token.expose().into();
    }
    out.record(&record, || {
        let mut words = guest.map_or_else(String::new, |guest| format!("guest         {guest}\n"));
        words.push_str("conversation  ");
        words.push_str(conversation);
        if with_token {
            words.push_str("\nsession token ");
            words.push_str(token.expose());
        }
        words
    });
}

/// Prints only after the message is on disk.
async fn say(
    app: &App,
    out: &Out,
    id: MessageId,
    conversation: ConversationId,
    text: MessageText,
) -> Result<()> {
    let entry = app.chat_say(id, conversation, text).await?;
    let record = json!({ "id": entry.id, "conversationId": entry.conversation_id, "accepted": true });
    out.record(&record, || format!("{} accepted for {}", entry.id, entry.conversation_id));
    Ok(())
}

/// Stops at the first line that is no message; the lines before it stay accepted.
async fn say_from(file: &Path, cx: &Context<'_>) -> Result<u8> {
    let path = file.to_owned();
    let opened = aside(move || File::open(&path).map_err(|e| Failure::unreadable("from", &path, &e)));
    let mut lines = match opened.await {
        Ok(opened) => SayLines::new(BufReader::new(opened)),
        Err(failure) => return Ok(cx.out.failed_as(&failure, BAD_FILE)),
    };
    let app = cx.app("chat say").await?;
    for accepted in 0_u64.. {
        let (next, rest) = aside(move || Ok((lines.next_line(), lines))).await?;
        lines = rest;
        let number = lines.number();
        let at = |failure: Failure| Failure {
            message: format!("{} line {number}: {}", file.display(), failure.message),
            next: format!("{} {}", failure.next, rerun(accepted, number)),
            ..failure
        };
        let line = match next {
            Ok(None) => break,
            Ok(Some(line)) => line,
            Err(failure) => return Ok(cx.out.failed_as(&at(failure), BAD_FILE)),
        };
        let id = line.id.unwrap_or_else(|| MessageId(Uuid::now_v7()));
        let said = match known(&line.conversation_id) {
            Ok(conversation) => say(&app, cx.out, id, conversation, line.text).await,
            Err(failure) => Err(failure),
        };
        match said {
            Ok(()) => {}
            Err(failure) if failure.code == FailureCode::InvalidInput => {
                return Ok(cx.out.failed_as(&at(failure), BAD_FILE));
            }
            Err(failure) => return Err(at(failure)),
        }
    }
    Ok(DONE)
}

/// What to do about the lines that were accepted before one that was not.
fn rerun(accepted: u64, number: u64) -> String {
    match accepted {
        0 => "None was accepted.".to_owned(),
        _ => format!(
            "The {accepted} before line {number} are accepted: give the file from line {number} on, or the whole file again if \
             each of its lines has an \"id\", which makes the same line twice one message."
        ),
    }
}

/// An id that no conversation can have is one that this folder does not know.
fn known(id: &str) -> Result<ConversationId> {
    id.parse().map_err(|_| {
        let shown: String = id.chars().take(64).collect();
        Failure::new(
            FailureCode::UnknownConversation,
            format!("The conversation {shown:?} was neither started nor looked up from this data folder."),
        )
    })
}
