//! Files that guests send: announced, uploaded by an address of their own, then part of a message.

use std::collections::HashMap;

use bytes::Bytes;
use serde_json::{Value, json};
use uuid::Uuid;

use super::session::SessionKey;
use crate::clock::Millis;

/// Bytes of all files together; more are refused.
const ALL_BYTES: u64 = 256 * 1024 * 1024;
/// Files of one guest.
const EACH: usize = 100;

/// One file, from the moment on that it was announced.
pub(crate) struct Attachment {
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) size: u64,
    /// The origin by which the guest came, for addresses of the file.
    pub(crate) base: String,
    /// Until when the bytes may come.
    pub(crate) until: Millis,
    pub(crate) bytes: Option<Bytes>,
}

/// Where an address of ours leads, for as long as it is good.
struct Link {
    session: SessionKey,
    id: String,
    until: Millis,
}

/// All files of guests.
#[derive(Default)]
pub(crate) struct Attachments {
    files: HashMap<SessionKey, HashMap<String, Attachment>>,
    links: HashMap<String, Link>,
    /// Announced bytes of all files.
    bytes: u64,
}

impl Attachments {
    pub(crate) fn get(&self, session: &SessionKey, id: &str) -> Option<&Attachment> {
        self.files.get(session)?.get(id)
    }

    /// Whether the file has a place.
    pub(crate) fn announce(&mut self, session: SessionKey, id: &str, file: Attachment) -> bool {
        let files = self.files.entry(session).or_default();
        let is_new = !files.contains_key(id);
        if (is_new && files.len() >= EACH) || self.bytes.saturating_add(file.size) > ALL_BYTES {
            return false;
        }
        self.bytes += file.size;
        if let Some(before) = files.insert(id.to_owned(), file) {
            self.bytes -= before.size;
        }
        true
    }

    pub(crate) fn remove(&mut self, session: &SessionKey, id: &str) -> bool {
        let removed = self.files.get_mut(session).and_then(|files| files.remove(id));
        self.bytes -= removed.as_ref().map_or(0, |file| file.size);
        removed.is_some()
    }

    /// All files of a session go with it.
    pub(crate) fn forget(&mut self, session: &SessionKey) {
        let files = self.files.remove(session).unwrap_or_default();
        self.bytes -= files.values().map(|file| file.size).sum::<u64>();
        if !files.is_empty() {
            self.links.retain(|_, link| link.session != *session);
        }
    }

    /// A path that leads to a file until that time.
    pub(crate) fn link(&mut self, session: SessionKey, id: &str, now: Millis, until: Millis) -> String {
        if self.links.len() > 10_000 {
            self.links.retain(|_, link| now < link.until);
        }
        let secret = Uuid::new_v4().simple().to_string();
        let path = format!("/uploads/{secret}");
        self.links.insert(secret, Link { session, id: id.to_owned(), until });
        path
    }

    /// Whose file a path below `/uploads/` leads to.
    pub(crate) fn follow(&self, secret: &str, now: Millis) -> Option<(SessionKey, String)> {
        let link = self.links.get(secret).filter(|link| now < link.until)?;
        Some((link.session, link.id.clone()))
    }

    /// Whether the bytes are those that were announced; they are kept then.
    pub(crate) fn upload(&mut self, session: &SessionKey, id: &str, bytes: Bytes) -> bool {
        let file = self.files.get_mut(session).and_then(|files| files.get_mut(id));
        match file.filter(|file| file.size == bytes.len() as u64) {
            Some(file) => {
                file.bytes = Some(bytes);
                true
            }
            None => false,
        }
    }
}

impl Attachment {
    /// As the echo and the history of a message carry it.
    pub(crate) fn view(&self, id: &str, url: &str) -> Value {
        let kind = match self.media_type.split('/').next() {
            Some("image") => "Image",
            Some("video") => "Video",
            Some("audio") => "Audio",
            _ => "File",
        };
        json!({
            "id": id,
            "filename": self.name,
            "fileSize": self.size,
            "mediaType": kind,
            "mime": self.media_type,
            "url": url,
        })
    }
}
