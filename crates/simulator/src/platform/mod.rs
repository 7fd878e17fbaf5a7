//! The vendor's own REST API over the same world: external contacts, analytics, conversations, recordings
//! (genesys-facts.md, sections 1.3 and 1.4). One file a resource.

mod analytics;
mod bulk;
mod contact;
mod contacts;
mod conversation_view;
mod conversations;
mod deployments;
mod interaction;
mod interval;
mod jobs;
mod merge;
mod notes;
mod organization;
mod paging;
mod patch;
mod predicates;
mod recording_content;
mod recordings;
mod scan;
mod schemas;
mod state;
mod transcript;
mod writing;

pub(crate) use state::Platform;

use crate::{
    org::{Call, Org, Refusal, Reply},
    trouble::Trouble,
};

/// What a client of the org may do; where a resource names several, any one of them is enough.
mod permission {
    pub(super) const VIEW: &[&str] = &["externalContacts:contact:view", "relate:contact:view"];
    pub(super) const ADD: &[&str] = &["externalContacts:contact:add", "relate:contact:add"];
    pub(super) const EDIT: &[&str] = &["externalContacts:contact:edit", "relate:contact:edit"];
    pub(super) const DELETE: &[&str] = &["externalContacts:contact:delete", "relate:contact:delete"];
    pub(super) const PROMOTE: &[&str] = &["externalContacts:identity:promote"];
    /// Of its own: who may edit contacts may not enrich them by that (JSD).
    pub(super) const ENRICH: &[&str] = &["externalContacts:contact:enrich"];
    pub(super) const FIELDS_VIEW: &[&str] = &["externalContacts:customFields:view"];
    pub(super) const FIELDS_EDIT: &[&str] = &["externalContacts:customFields:edit"];
    pub(super) const MERGE: &[&str] = &["externalContacts:contact:edit", "externalContacts:identity:merge"];
    pub(super) const ANALYTICS: &[&str] =
        &["analytics:conversationDetail:view", "analytics:agentConversationDetail:view"];
    pub(super) const CONVERSATION: &[&str] = &["conversation:communication:view"];
    pub(super) const MESSAGE: &[&str] = &["conversation:message:view", "conversation:webmessaging:view"];
    pub(super) const DISCONNECT: &[&str] = &["conversation:communication:disconnect"];
    pub(super) const RECORDING: &[&str] = &["recording:recording:view", "recording:recordingSegment:view"];
    pub(super) const DEPLOYMENT: &[&str] = &["webDeployments:deployment:view"];
}

/// Which methods the paths of this API have, `*` standing for one step of a path.
const METHODS: [(&str, &str); 33] = [
    ("externalcontacts/contacts", "GET, POST"),
    ("externalcontacts/contacts/search", "POST"),
    ("externalcontacts/contacts/merge", "POST"),
    ("externalcontacts/contacts/enrich", "POST"),
    ("externalcontacts/contacts/schemas", "GET"),
    ("externalcontacts/contacts/schemas/limits", "GET"),
    ("externalcontacts/contacts/schemas/*", "GET, PUT"),
    ("externalcontacts/contacts/*", "GET, PUT, PATCH, DELETE"),
    ("externalcontacts/contacts/*/unresolved", "GET"),
    ("externalcontacts/contacts/*/promotion", "POST"),
    ("externalcontacts/contacts/*/notes", "GET, POST"),
    ("externalcontacts/identifierlookup/contacts", "POST"),
    ("externalcontacts/scan/contacts", "GET"),
    ("externalcontacts/bulk/contacts", "POST"),
    ("externalcontacts/bulk/contacts/remove", "POST"),
    ("analytics/conversations/details/query", "POST"),
    ("analytics/conversations/details/jobs", "POST"),
    ("analytics/conversations/details/jobs/availability", "GET"),
    ("analytics/conversations/details/jobs/*", "GET"),
    ("analytics/conversations/details/jobs/*/results", "GET"),
    ("analytics/conversations/*/details", "GET"),
    ("conversations/*", "GET"),
    ("conversations/*/disconnect", "POST"),
    ("conversations/*/recordings", "GET"),
    ("conversations/*/participants/*/attributes", "PATCH"),
    ("conversations/messages/*", "GET"),
    ("conversations/messages/*/details", "GET"),
    ("conversations/messages/*/messages/bulk", "POST"),
    ("conversations/messages/*/messages/*", "GET"),
    ("conversations/messages/*/participants/*/attributes", "PATCH"),
    ("webdeployments/deployments", "GET"),
    ("webdeployments/deployments/*", "GET"),
    ("organizations/me", "GET"),
];

impl Org {
    /// What is no path of the Guest API. `path` is what follows `/api/v2/`, in steps.
    pub(crate) fn answer_platform(
        &mut self,
        call: &Call,
        path: &[&str],
        trouble: Option<&Trouble>,
    ) -> Result<Reply, Refusal> {
        match path {
            ["externalcontacts", rest @ ..] => self.external_contacts(call, rest, trouble),
            ["analytics", "conversations", rest @ ..] => self.analytics(call, rest, trouble),
            ["conversations", rest @ ..] => self.message_conversations(call, rest),
            ["organizations", "me"] if call.method == "GET" => Ok(self.organization()),
            ["webdeployments", "deployments"] if call.method == "GET" => {
                Ok(self.with(permission::DEPLOYMENT)?.list_deployments())
            }
            ["webdeployments", "deployments", id] if call.method == "GET" => {
                self.with(permission::DEPLOYMENT)?.get_deployment(id)
            }
            _ => Err(unknown(path)),
        }
    }

    fn analytics(&mut self, call: &Call, path: &[&str], trouble: Option<&Trouble>) -> Result<Reply, Refusal> {
        let known = unknown(&[&["analytics", "conversations"], path].concat());
        match (call.method.as_str(), path) {
            ("POST", ["details", "query"]) => self.with(permission::ANALYTICS)?.query_details(call, trouble),
            ("POST", ["details", "jobs"]) => self.with(permission::ANALYTICS)?.create_job(call),
            ("GET", ["details", "jobs", "availability"]) => {
                Ok(self.with(permission::ANALYTICS)?.jobs_availability())
            }
            ("GET", ["details", "jobs", id]) => self.with(permission::ANALYTICS)?.job_state(id),
            ("GET", ["details", "jobs", id, "results"]) => {
                self.with(permission::ANALYTICS)?.job_results(id, call, trouble)
            }
            ("GET", [id, "details"]) => self.with(permission::ANALYTICS)?.conversation_details(id),
            _ => Err(known),
        }
    }

    fn message_conversations(&mut self, call: &Call, path: &[&str]) -> Result<Reply, Refusal> {
        use permission::{CONVERSATION, DISCONNECT, MESSAGE, RECORDING};
        match (call.method.as_str(), path) {
            ("GET", ["messages", id]) => self.get_message_conversation(id),
            ("GET", ["messages", id, "details"]) => self.with(MESSAGE)?.get_message(None, id),
            ("POST", ["messages", id, "messages", "bulk"]) => self.with(MESSAGE)?.bulk_messages(id, call),
            ("GET", ["messages", id, "messages", message]) => {
                self.with(MESSAGE)?.get_message(Some(id), message)
            }
            ("PATCH", ["messages", id, "participants", one, "attributes"]) => {
                self.patch_attributes(id, one, call, true)
            }
            ("PATCH", [id, "participants", one, "attributes"]) => self.patch_attributes(id, one, call, false),
            ("POST", [id, "disconnect"]) => self.with(DISCONNECT)?.disconnect_conversation(id),
            ("GET", [id, "recordings"]) => self.with(RECORDING)?.list_recordings(id),
            ("GET", [id]) if *id != "messages" => self.with(CONVERSATION)?.get_conversation(id),
            _ => Err(unknown(&[&["conversations"], path].concat())),
        }
    }

    fn external_contacts(
        &mut self,
        call: &Call,
        path: &[&str],
        trouble: Option<&Trouble>,
    ) -> Result<Reply, Refusal> {
        use permission::{ADD, DELETE, EDIT, ENRICH, FIELDS_EDIT, FIELDS_VIEW, MERGE, PROMOTE, VIEW};
        match (call.method.as_str(), path) {
            ("GET", ["contacts"]) => self.with(VIEW)?.list_contacts(call, trouble),
            ("POST", ["contacts"]) => self.with(ADD)?.create_contact(call, false),
            ("POST", ["contacts", "search"]) => self.with(VIEW)?.search_contacts(call, trouble),
            ("POST", ["contacts", "merge"]) => self.with(MERGE)?.merge_contacts(call),
            ("POST", ["contacts", "enrich"]) => self.with(ENRICH)?.enrich_contact(call),
            ("GET", ["contacts", id, "notes"]) => self.with(VIEW)?.list_notes(id, call, trouble),
            ("POST", ["contacts", id, "notes"]) => self.with(EDIT)?.create_note(id, call),
            ("POST", ["identifierlookup", "contacts"]) => self.with(VIEW)?.lookup_contact(call),
            ("GET", ["scan", "contacts"]) => self.with(VIEW)?.scan_contacts(call, trouble),
            ("GET", ["contacts", "schemas"]) => Ok(self.with(FIELDS_VIEW)?.list_schemas()),
            ("GET", ["contacts", "schemas", "limits"]) => Ok(self.with(FIELDS_VIEW)?.schema_limits()),
            ("GET", ["contacts", "schemas", id]) => self.with(FIELDS_VIEW)?.get_schema(id),
            ("PUT", ["contacts", "schemas", id]) => self.with(FIELDS_EDIT)?.put_schema(id, call),
            ("GET", ["contacts", id]) => self.with(VIEW)?.get_contact(id, call),
            ("GET", ["contacts", id, "unresolved"]) => self.with(VIEW)?.get_unresolved_contact(id, call),
            ("PUT", ["contacts", id]) => self.with(EDIT)?.put_contact(id, call),
            ("PATCH", ["contacts", id]) => self.with(EDIT)?.patch_contact(id, call),
            ("DELETE", ["contacts", id]) => self.with(DELETE)?.delete_contact(id),
            ("POST", ["contacts", id, "promotion"]) => self.with(PROMOTE)?.promote_contact(id),
            ("POST", ["bulk", "contacts"]) => self.with(VIEW)?.bulk_fetch_contacts(call, trouble),
            ("POST", ["bulk", "contacts", "remove"]) => {
                self.with(DELETE)?.bulk_remove_contacts(call, trouble)
            }
            _ => Err(unknown(&[&["externalcontacts"], path].concat())),
        }
    }

    /// The org, for a client that has any of these permissions.
    fn with(&mut self, any_of: &[&'static str]) -> Result<&mut Self, Refusal> {
        if any_of.iter().any(|wanted| self.platform.permits(wanted)) {
            Ok(self)
        } else if let Some(wanted) = any_of.iter().find(|wanted| self.platform.permits_elsewhere(wanted)) {
            Err(Refusal::missing_division(wanted))
        } else {
            Err(Refusal::missing_permissions(any_of))
        }
    }
}

/// 405 where the path has other methods, else 404.
fn unknown(path: &[&str]) -> Refusal {
    let is = |known: &str| {
        known.split('/').count() == path.len()
            && known.split('/').zip(path).all(|(known, step)| known == "*" || known == *step)
    };
    match METHODS.iter().find(|(known, _)| is(known)) {
        Some((_, methods)) => Refusal::method_not_allowed(methods),
        None => Refusal::not_found("The requested resource was not found."),
    }
}
