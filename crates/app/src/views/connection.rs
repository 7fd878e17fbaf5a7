use serde::{Deserialize, Serialize};
use specta::Type;

use super::BudgetView;
use crate::Failure;

/// What kind of org a connection leads to; it decides colour and guards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ConnectionKind {
    /// The embedded org, or a simulator that was started by hand.
    Simulator,
    /// A development org.
    Development,
    /// A test org.
    Test,
    /// The org real guests talk to.
    Production,
}

/// One connection, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionView {
    /// Chosen by the person; also the name of its data folder.
    pub name: String,
    /// Decides colour and guards.
    pub kind: ConnectionKind,
    /// Region or origin, as the person knows it.
    pub environment: String,
    /// Which API the org speaks: `guest-api` or `genesys-cloud`.
    pub dialect: String,
    /// The dialect that a person named; absent where it follows from the address.
    #[specta(optional)]
    pub named_dialect: Option<String>,
    /// The OAuth client.
    pub client_id: String,
    /// Nothing is written over a read-only connection.
    pub read_only: bool,
    /// The messenger deployment in which guests chat, where one is stored.
    #[specta(optional)]
    pub deployment: Option<String>,
    /// What guests send as the origin of their page, where that is stored.
    #[specta(optional)]
    pub origin: Option<String>,
    /// The org refused the last sign-in of the open connection, or its token.
    pub sign_in: Option<Failure>,
    /// The scopes of the token; empty before the first sign-in.
    pub scopes: Vec<String>,
    /// What the org did not grant for the work of a person, as the last test of the open connection found.
    pub lacks: Vec<LackView>,
    /// Whether it is the open one.
    pub current: bool,
    /// The embedded simulator, which can be neither edited nor removed.
    pub built_in: bool,
}

/// What a person enters to add a connection. The secret goes straight to the secret store.
#[derive(Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewConnection {
    /// 1 to 40 letters, digits, `-`, `_` or spaces.
    pub name: String,
    /// Decides colour and guards.
    pub kind: ConnectionKind,
    /// A region id or domain; or else a base URL.
    pub environment: Option<String>,
    /// One origin that serves login and API.
    pub base_url: Option<String>,
    /// The OAuth client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Nothing may be written.
    pub read_only: bool,
    /// The messenger deployment in which guests chat.
    #[specta(optional)]
    pub deployment: Option<String>,
    /// What guests send as the origin of their page.
    #[specta(optional)]
    pub origin: Option<String>,
    /// Which API the org speaks, `guest-api` or `genesys-cloud`; left out, a region speaks `genesys-cloud`, and everything else
    /// `guest-api`.
    #[specta(optional)]
    pub dialect: Option<String>,
}

/// What a person changes of a connection; what is absent stays.
#[derive(Default, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConnectionEdit {
    /// Its folder stays where it is.
    pub name: Option<String>,
    /// Decides colour and guards.
    pub kind: Option<ConnectionKind>,
    /// A region id or domain; or else a base URL.
    pub environment: Option<String>,
    /// One origin that serves login and API.
    pub base_url: Option<String>,
    /// The OAuth client.
    pub client_id: Option<String>,
    /// Its secret, in the place of the one that is kept. Needed where another address or client gets it.
    pub client_secret: Option<String>,
    /// Nothing may be written.
    pub read_only: Option<bool>,
    /// The messenger deployment in which guests chat; an empty text takes it off.
    #[specta(optional)]
    pub deployment: Option<String>,
    /// What guests send as the origin of their page; an empty text takes it off.
    #[specta(optional)]
    pub origin: Option<String>,
    /// Which API the org speaks; an empty text lets it follow from the address again.
    #[specta(optional)]
    pub dialect: Option<String>,
}

/// A connection that was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AddedConnection {
    /// As it is kept.
    pub connection: ConnectionView,
    /// What its test found, where it was tested before.
    pub test: Option<ConnectionTest>,
}

/// Something that a person does in the console and that an org can withhold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Act {
    /// Lists and opens guests.
    ReadGuests,
    /// Changes a guest.
    ChangeGuest,
    /// Keeps a guest whom the org made by itself.
    KeepGuest,
    /// Deletes guests, by hand or by a retention run.
    DeleteGuests,
    /// Changes the attributes of a conversation.
    ChangeConversation,
    /// Writes as a guest.
    WriteAsGuest,
}

/// What an org did not grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LackView {
    /// What cannot be done.
    pub act: Act,
    /// The scope or permission that is missing, by the org's name.
    pub name: String,
    /// Why it cannot be done and what to do about it, in words.
    pub words: String,
}

/// What there is to choose from for a new connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionChoices {
    /// The vendor's regions.
    pub regions: Vec<RegionView>,
    /// Which APIs an org can speak.
    pub dialects: Vec<DialectView>,
}

/// One of the vendor's regions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct RegionView {
    /// Such as `eu-west-1`.
    pub id: String,
    /// What the names of its hosts end in.
    pub domain: String,
    /// Where it lies.
    pub name: String,
}

/// An API that an org can speak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct DialectView {
    /// `guest-api` or `genesys-cloud`.
    pub name: String,
    /// What credentials need there for all of the work.
    pub permissions: Vec<PermissionView>,
}

/// What a test of a connection found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionTest {
    /// Signed in, the token was accepted, and guests can be read where it may read them.
    pub ok: bool,
    /// Which API the org speaks: `guest-api` or `genesys-cloud`.
    pub dialect: String,
    /// Whose credentials they are, where the org says so.
    #[specta(optional)]
    pub organization: Option<OrganizationView>,
    /// What the credentials may do, one by one, in an org that has no scopes for them.
    pub permissions: Vec<PermissionView>,
    /// Region or origin.
    pub environment: String,
    /// What the token may do.
    pub scopes: Vec<String>,
    /// What it may not do and the work needs.
    pub missing_scopes: Vec<String>,
    /// The token's rate budget.
    pub rate: BudgetView,
    /// Whether the org said so; otherwise it is what the console assumes.
    #[specta(optional)]
    pub rate_told: bool,
}

/// An org, as it calls itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct OrganizationView {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: String,
}

/// One thing that credentials may be allowed to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PermissionView {
    /// The vendor's name for it.
    pub name: String,
    /// Whether they may; `null` where it cannot be known.
    pub granted: Option<bool>,
    /// What is lost without it.
    pub without: String,
    /// Whether nothing can be shown without it.
    #[specta(optional)]
    pub is_needed: bool,
    /// They have it, and not in the division that was asked about.
    #[specta(optional)]
    pub in_other_division: bool,
}
