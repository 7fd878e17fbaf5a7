//! The frames about files, and the addresses by which their bytes come and go.

use bytes::Bytes;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    attachments::Attachment,
    frames::Frame,
    media,
    request::FileAsked,
    session::{Connection, SessionKey},
};
use crate::{
    clock::{Millis, rfc3339},
    org::{Body, Call, Org, Refusal, Reply},
};

const NOT_FOUND: (u16, &str) = (4009, "The attachment is not found.");
const EXPIRED: (u16, &str) = (4008, "The attachment has expired.");
const NOT_UPLOADED: (u16, &str) = (4010, "The attachment is not uploaded.");

impl Org {
    /// `onAttachment`: an address for the bytes, or why there is none.
    pub(crate) fn announce(
        &mut self,
        connection: &Connection,
        key: SessionKey,
        file: &FileAsked,
        tracing: Option<&str>,
        now: Millis,
    ) -> Result<(), Frame> {
        if self.guests.sessions.get(&key).is_some_and(|session| session.read_only) {
            return Err(Frame::error(409, tracing, "The session is read-only."));
        }
        if !self.guests.settings.attachments {
            return Err(Frame::error(4000, tracing, "Attachments are not available at this deployment."));
        }
        let limits = &self.guests.settings.limits;
        if file.id.is_empty() || file.id.len() > 128 {
            return Err(Frame::error(400, tracing, "Request failed: attachmentId must have 1 to 128 bytes."));
        }
        if let Some((code, says)) = media::refusal(file, limits) {
            return Err(Frame::no_url(tracing, &file.id, code, &says));
        }
        let until = now + Millis::from(limits.link_seconds) * 1000;
        let announced = Attachment {
            name: file.name.clone(),
            media_type: file.media_type.clone(),
            size: file.size,
            base: connection.base.clone(),
            until,
            bytes: None,
        };
        if !self.guests.attachments.announce(key, &file.id, announced) {
            return Err(Frame::error(503, tracing, "Request failed: there is no room for more files."));
        }
        let path = self.guests.attachments.link(key, &file.id, now, until);
        let body = presigned(&file.id, &file.name, &file.media_type, file.size, &connection.base, &path);
        self.answer_frame(connection, &Frame::response("PresignedUrlResponse", tracing, &body));
        Ok(())
    }

    /// `getAttachment`: a fresh address to read the bytes.
    pub(crate) fn hand_out(
        &mut self,
        connection: &Connection,
        key: SessionKey,
        id: &str,
        tracing: Option<&str>,
        now: Millis,
    ) -> Result<(), Frame> {
        let until = now + Millis::from(self.guests.settings.limits.link_seconds) * 1000;
        let refused = |(code, says): (u16, &str)| Frame::error(code, tracing, says);
        let file = self.uploaded(&key, id, now).map_err(refused)?;
        let (name, kind, size) = (file.name.clone(), file.media_type.clone(), file.size);
        let path = self.guests.attachments.link(key, id, now, until);
        let body = presigned(id, &name, &kind, size, &connection.base, &path);
        self.answer_frame(connection, &Frame::response("PresignedUrlResponse", tracing, &body));
        Ok(())
    }

    pub(crate) fn delete_file(
        &mut self,
        connection: &Connection,
        key: &SessionKey,
        id: &str,
        tracing: Option<&str>,
    ) -> Result<(), Frame> {
        if !self.guests.attachments.remove(key, id) {
            return Err(Frame::error(NOT_FOUND.0, tracing, NOT_FOUND.1));
        }
        let body = json!({ "attachmentId": id });
        self.answer_frame(connection, &Frame::response("AttachmentDeletedResponse", tracing, &body));
        Ok(())
    }

    fn uploaded(&self, key: &SessionKey, id: &str, now: Millis) -> Result<&Attachment, (u16, &'static str)> {
        let file = self.guests.attachments.get(key, id).ok_or(NOT_FOUND)?;
        match &file.bytes {
            Some(_) => Ok(file),
            None if file.until <= now => Err(EXPIRED),
            None => Err(NOT_UPLOADED),
        }
    }

    /// The content of a message with what is known of its files.
    pub(crate) fn with_files(
        &mut self,
        key: &SessionKey,
        content: &[Value],
        now: Millis,
    ) -> Result<Vec<Value>, (u16, &'static str)> {
        let until = now + Millis::from(self.guests.settings.limits.link_seconds) * 1000;
        let mut shown = Vec::with_capacity(content.len());
        for item in content {
            if item["contentType"] != "Attachment" {
                shown.push(item.clone());
                continue;
            }
            let id = item.pointer("/attachment/id").and_then(Value::as_str);
            let id = id.ok_or((4020, "The parameter attachment.id is missing."))?;
            let base = self.guests.attachments.get(key, id).map(|file| file.base.clone()).unwrap_or_default();
            self.uploaded(key, id, now)?;
            let path = self.guests.attachments.link(*key, id, now, until);
            let view = self.uploaded(key, id, now)?.view(id, &format!("{base}{path}"));
            shown.push(json!({ "contentType": "Attachment", "attachment": view }));
        }
        Ok(shown)
    }

    /// `/uploads/…`: the bytes come, or go. Whoever knows the address may, as with the vendor's store.
    pub(crate) fn stored_file(&mut self, call: &Call) -> Result<Reply, Refusal> {
        let now = self.now();
        let secret = call.path.strip_prefix("/uploads/").unwrap_or_default();
        let followed = self.guests.attachments.follow(secret, now);
        let Some((key, id)) = followed else {
            return Err(Refusal::new(403, "access.denied", "The address is not good, or not any more."));
        };
        let Some(file) = self.guests.attachments.get(&key, &id) else {
            return Err(Refusal::not_found("The file is not there any more."));
        };
        match call.method.as_str() {
            "GET" | "HEAD" => {
                let Some(bytes) = &file.bytes else {
                    return Err(Refusal::not_found("The file is not uploaded."));
                };
                Ok(Reply::file(&file.media_type, bytes))
            }
            "PUT" => {
                let bytes = match &call.body {
                    Body::Whole(bytes) => bytes.clone(),
                    Body::TooLarge => Bytes::new(),
                    Body::Broken => return Err(Refusal::malformed("The request body ended early.")),
                };
                self.receive(&key, &id, bytes, now)
            }
            _ => Err(Refusal::method_not_allowed("GET, HEAD, PUT")),
        }
    }

    fn receive(&mut self, key: &SessionKey, id: &str, bytes: Bytes, now: Millis) -> Result<Reply, Refusal> {
        let until = now + Millis::from(self.guests.settings.limits.link_seconds) * 1000;
        let base = self.guests.attachments.get(key, id).map(|file| file.base.clone()).unwrap_or_default();
        let is_taken = self.guests.attachments.upload(key, id, bytes);
        let frame = if is_taken {
            let path = self.guests.attachments.link(*key, id, now, until);
            let body = json!({
                "attachmentId": id,
                "downloadUrl": format!("{base}{path}"),
                "timestamp": rfc3339(now),
            });
            Frame::event("UploadSuccessEvent", &body)
        } else {
            let body = json!({
                "attachmentId": id,
                "errorCode": 4002,
                "errorMessage": "The file does not have the size that was announced.",
                "timestamp": rfc3339(now),
            });
            Frame::event("UploadFailureEvent", &body)
        };
        if let Some(session) = self.guests.sessions.get(key) {
            session.wires.iter().for_each(|wire| wire.send(&frame.json));
            self.tell_frame(&frame, Some(key), Uuid::nil());
        }
        if is_taken {
            Ok(Reply::empty(200))
        } else {
            Err(Refusal::malformed("The file does not have the size that was announced."))
        }
    }
}

fn presigned(id: &str, name: &str, kind: &str, size: u64, base: &str, path: &str) -> Value {
    json!({
        "attachmentId": id,
        "url": format!("{base}{path}"),
        "headers": { "x-amz-tagging": "attachment=guest" },
        "fileName": name,
        "fileSize": size,
        "fileType": kind,
    })
}
