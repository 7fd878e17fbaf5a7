//! The vendor's own REST API over the same world: external contacts, analytics, conversations, recordings
//! (genesys-facts.md, sections 1.3 and 1.4). One file a resource.

mod bulk;
mod contact;
mod contacts;
mod organization;
mod paging;
mod patch;
mod scan;
mod schemas;
mod state;
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
    pub(super) const FIELDS_VIEW: &[&str] = &["externalContacts:customFields:view"];
    pub(super) const FIELDS_EDIT: &[&str] = &["externalContacts:customFields:edit"];
}

/// Which methods the paths of this API have, `*` standing for one step of a path.
const METHODS: [(&str, &str); 12] = [
    ("externalcontacts/contacts", "GET, POST"),
    ("externalcontacts/contacts/search", "POST"),
    ("externalcontacts/contacts/schemas", "GET"),
    ("externalcontacts/contacts/schemas/limits", "GET"),
    ("externalcontacts/contacts/schemas/*", "GET, PUT"),
    ("externalcontacts/contacts/*", "GET, PUT, PATCH, DELETE"),
    ("externalcontacts/contacts/*/unresolved", "GET"),
    ("externalcontacts/contacts/*/promotion", "POST"),
    ("externalcontacts/scan/contacts", "GET"),
    ("externalcontacts/bulk/contacts", "POST"),
    ("externalcontacts/bulk/contacts/remove", "POST"),
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
            ["organizations", "me"] if call.method == "GET" => Ok(self.organization()),
            _ => Err(unknown(path)),
        }
    }

    fn external_contacts(
        &mut self,
        call: &Call,
        path: &[&str],
        trouble: Option<&Trouble>,
    ) -> Result<Reply, Refusal> {
        use permission::{ADD, DELETE, EDIT, FIELDS_EDIT, FIELDS_VIEW, PROMOTE, VIEW};
        match (call.method.as_str(), path) {
            ("GET", ["contacts"]) => self.with(VIEW)?.list_contacts(call, trouble),
            ("POST", ["contacts"]) => self.with(ADD)?.create_contact(call, false),
            ("POST", ["contacts", "search"]) => self.with(VIEW)?.search_contacts(call, trouble),
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
