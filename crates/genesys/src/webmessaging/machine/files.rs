//! The upload of the file of the message at the head of the queue: asked for, put, confirmed. A connection that is lost meanwhile
//! begins it anew: no message has left yet.

use std::time::Duration;

use model::Secret;
use url::Url;
use uuid::Uuid;

use super::{
    asked::Purpose,
    messages::What,
    state::Machine,
    step::{Effect, Now},
    upload::Upload,
};
use crate::{
    pipeline::regions::is_loopback,
    webmessaging::event::{ChatEvent, ServerError},
};

/// Within this the org says where to send a file, and that it has it.
const ANSWER: Duration = Duration::from_secs(30);

/// Within this the bytes of a file have left, with some to spare beside the driver's own limit.
const TRANSFER: Duration = Duration::from_secs(300);

impl Machine {
    /// Whether the first message can leave as far as its file is concerned.
    pub(super) fn head_is_uploaded(&self) -> bool {
        self.messages
            .waiting
            .front()
            .is_none_or(|first| !matches!(first.what, What::File(..)) || first.uploaded.is_some())
    }

    pub(super) fn begin_upload(&mut self, now: Now) {
        let (tracing, attachment) = (self.id(), self.id());
        let Some(first) = self.messages.waiting.front() else { return };
        let What::File(file, _) = &first.what else { return };
        let size = file.bytes.len() as u64;
        let frame = self.frames.on_attachment(tracing, attachment, file);
        let (message, until) = (first.id, now.since + ANSWER);
        self.upload = Some(Upload { message, attachment, size, sent: 0, until, putting: false });
        self.ask(now, tracing, Purpose::Upload, frame);
    }

    /// Where to send the file. Returns the address where it is for no upload of ours.
    pub(super) fn on_upload_address(
        &mut self,
        now: Now,
        attachment: &str,
        url: Secret,
        headers: Vec<(String, Secret)>,
    ) -> Option<Secret> {
        let Some(upload) = self.upload.as_mut().filter(|u| !u.putting && is(u.attachment, attachment)) else {
            return Some(url);
        };
        let (message, size, attachment) = (upload.message, upload.size, upload.attachment);
        (upload.putting, upload.until) = (true, now.since + TRANSFER);
        let file = match self.messages.waiting.front().map(|first| &first.what) {
            Some(What::File(file, _)) if is_safe(&url) => file.clone(),
            _ => {
                let text = "the org named an address for the upload that is not https".to_owned();
                self.refuse_upload(now, ServerError { code: 0, text, retry_after: None });
                return None;
            }
        };
        self.tell(ChatEvent::Upload { id: message, sent: 0, size });
        self.out.push(Effect::Upload { attachment, url, headers, file });
        None
    }

    /// Some of the bytes have left. That all are there is told when the answer says so.
    pub(super) fn on_uploading(&mut self, attachment: Uuid, sent: u64) {
        let Some(upload) = self.upload.as_mut().filter(|upload| upload.attachment == attachment) else {
            return;
        };
        if sent > upload.sent && sent < upload.size {
            upload.sent = sent;
            let (id, size) = (upload.message, upload.size);
            self.tell(ChatEvent::Upload { id, sent, size });
        }
    }

    /// The bytes are there, or are not.
    pub(super) fn on_upload_over(&mut self, now: Now, attachment: Uuid, result: Result<(), ServerError>) {
        let Some(upload) = self.upload.as_mut().filter(|upload| upload.attachment == attachment) else {
            return;
        };
        match result {
            Ok(()) => {
                upload.until = now.since + ANSWER;
                let (id, size) = (upload.message, upload.size);
                upload.sent = size;
                self.tell(ChatEvent::Upload { id, sent: size, size });
                self.keep_leaving(now, false);
            }
            Err(error) => self.refuse_upload(now, error),
        }
    }

    /// The org confirms the file.
    pub(super) fn on_uploaded(&mut self, now: Now, attachment: &str) {
        if let Some(upload) = self.upload.take_if(|upload| is(upload.attachment, attachment)) {
            if let Some(first) = self.messages.waiting.front_mut().filter(|m| m.id == upload.message) {
                first.uploaded = Some(upload.attachment);
            }
            self.keep_leaving(now, false);
        }
    }

    /// The org refuses the file; without the name of an attachment the one that is under way. Returns whether there was one.
    pub(super) fn on_not_uploaded(&mut self, now: Now, attachment: &str, error: &ServerError) -> bool {
        let ours =
            self.upload.as_ref().is_some_and(|u| attachment.is_empty() || is(u.attachment, attachment));
        if ours {
            self.refuse_upload(now, error.clone());
        }
        ours
    }

    /// The message at the head does not leave. Too fast is no refusal: the file is offered again after the pause.
    pub(super) fn refuse_upload(&mut self, now: Now, error: ServerError) {
        let Some(upload) = self.upload.take() else { return };
        if self.pauses(now, &error) {
            return;
        }
        self.messages.waiting.retain(|message| message.id != upload.message);
        self.tell_refused(now, upload.message, error);
    }

    pub(super) fn abandon_upload(&mut self) {
        self.upload = None;
        // What was uploaded to a session that is gone is not known to the next.
        if let Some(first) = self.messages.waiting.front_mut() {
            first.uploaded = None;
        }
    }

    pub(super) fn upload_deadline(&self) -> Option<Duration> {
        self.upload.as_ref().map(|upload| upload.until)
    }

    pub(super) fn check_upload(&mut self, now: Now) {
        if self.upload_deadline().is_some_and(|until| until <= now.since) {
            let text = "the org did not answer the upload in time".to_owned();
            self.refuse_upload(now, ServerError { code: 408, text, retry_after: None });
        }
    }
}

fn is(attachment: Uuid, named: &str) -> bool {
    named.parse() == Ok(attachment)
}

/// A file leaves by TLS, or not this computer.
fn is_safe(url: &Secret) -> bool {
    Url::parse(url.expose()).is_ok_and(|url| match url.scheme() {
        "https" => url.has_host(),
        "http" => url.host().is_some_and(|host| is_loopback(&host)),
        _ => false,
    })
}
