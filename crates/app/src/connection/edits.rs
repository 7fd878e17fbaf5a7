//! What a person enters of a connection: a new one, or a change of one that is stored.
//!
//! A change that leads to the same org leaves the folder where it is. One that leads to another org begins with an empty folder:
//! what waits in the old one, and what a person confirmed there, is for the org that it was made for. Where anything of that
//! kind is there, the change is refused.

use std::sync::Arc;

use genesys::Dialect;
use model::{Secret, trimmed};

use crate::{
    App, Choice, Connection, ConnectionContents, Connections, DataFolder, Environment, Failure, FailureCode,
    OrgKey, Result, StartEmbedded,
    connection::client_secrets::{SecretEdition, secret_given},
    connection::deployment::{deployment_id, guest_origin},
    connection::folder::left_behind,
    connection::secret_binding::Bound,
    system::dialect::dialect_named,
    views::{ConnectionEdit, ConnectionTest, ConnectionView, NewConnection},
};

impl NewConnection {
    /// Whether it can be added, as far as it alone can tell.
    pub fn check(self) -> Result<(Connection, Secret)> {
        let environment = Environment::given(self.environment.as_deref(), self.base_url.as_deref())?
            .ok_or_else(|| Failure::field("environment", "give either a region or a base URL"))?;
        let secret = secret_given(self.client_secret)?;
        let connection = Connection {
            name: trimmed(&self.name).to_owned(),
            kind: self.kind,
            environment,
            client_id: trimmed(&self.client_id).to_owned(),
            read_only: self.read_only,
            deployment: self.deployment.map(|id| deployment_id("deployment", &id)).transpose()?,
            origin: self.origin.map(|origin| guest_origin("origin", &origin)).transpose()?,
            dialect: self.dialect.map(|name| dialect_named("dialect", &name)).transpose()?,
            ..Connection::embedded()
        };
        Connections::default().insert(connection.clone())?;
        Ok((connection, secret))
    }
}

impl Environment {
    /// What a person entered: a region or an address, not both; nothing where both are left out.
    pub(crate) fn given(region: Option<&str>, base_url: Option<&str>) -> Result<Option<Self>> {
        match (region, base_url) {
            (Some(region), None) => Ok(Some(Self::Region(trimmed(region).to_owned()))),
            (None, Some(url)) => Ok(Some(Self::BaseUrl(trimmed(url).trim_end_matches('/').to_owned()))),
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(Failure::field("environment", "give either a region or a base URL")),
        }
    }
}

/// As [`Environment::given`], where an address can be made of it.
pub(crate) fn checked_environment(
    region: Option<&str>,
    base_url: Option<&str>,
) -> Result<Option<Environment>> {
    let environment = Environment::given(region, base_url)?;
    environment.as_ref().map(Environment::endpoints).transpose()?;
    Ok(environment)
}

/// A text that stays where nothing is given, and is taken off by an empty one.
fn changed(
    before: Option<&str>,
    given: Option<&str>,
    check: impl FnOnce(&str) -> Result<String>,
) -> Result<Option<String>> {
    match given {
        None => Ok(before.map(str::to_owned)),
        Some("") => Ok(None),
        Some(text) => check(text).map(Some),
    }
}

/// An edit that may be made, and what it comes to. Nothing was changed yet.
#[derive(Clone)]
pub struct CheckedEdit {
    before: Connection,
    pub(crate) after: Connection,
    /// The one that was given, else the one that is kept.
    secret: Secret,
    is_secret_new: bool,
    /// It leads to another org.
    is_moved: bool,
    /// What a person has to say yes to.
    pub question: EditQuestion,
}

/// What a person is asked before an edit is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditQuestion {
    /// Origins, not on this computer, that the secret which was given is sent to.
    pub origins: Vec<String>,
    /// Guards that are taken off, in words.
    pub loosened: Vec<&'static str>,
}

impl CheckedEdit {
    /// Whether another org, client or secret is signed in with.
    pub(crate) fn signs_in_anew(&self) -> bool {
        let Connection { environment, client_id, .. } = &self.before;
        self.is_secret_new
            || *environment != self.after.environment
            || *client_id != self.after.client_id
            || self.before.dialect() != self.after.dialect()
    }

    /// Whether guests of the lab chat elsewhere or from another page.
    pub(crate) fn leads_guests_anew(&self) -> bool {
        let place = |of: &Connection| (of.environment.clone(), of.deployment.clone(), of.origin.clone());
        place(&self.before) != place(&self.after)
    }

    /// Refuses an edit that leads to another org while something in the folder is of the present one.
    pub fn may_leave(&self, held: &ConnectionContents) -> Result<()> {
        if self.before.dialect() != self.after.dialect() {
            may_speak_otherwise(&self.before, held)?;
        }
        if !self.is_moved || held.is_empty() {
            return Ok(());
        }
        let why = format!(
            "leads to another org, and the connection {:?} still has things of the present one: {}",
            self.before.name,
            held.words()
        );
        Err(Failure::field("environment", why).with_next(
            "Deliver or discard what waits, switch schedules off and remove the holds first, or add another connection.",
        ))
    }
}

/// A dialect in which the embedded org may be opened. Nothing was changed yet.
pub struct EmbeddedDialect(Dialect);

/// Refuses another dialect while something goes on by itself that was made in the present one: its messages would be held up,
/// and its runs and schedules were confirmed for what that dialect counts as due.
fn may_speak_otherwise(connection: &Connection, held: &ConnectionContents) -> Result<()> {
    if !held.is_pressing() {
        return Ok(());
    }
    let why = format!(
        "cannot be another one yet: the connection {:?} has things that were made over the present API: {}",
        connection.name,
        held.words()
    );
    Err(Failure::field("dialect", why).with_next(
        "Deliver or discard what waits, end runs and switch schedules off first, or add another connection.",
    ))
}

impl DataFolder {
    /// Whether the embedded org may be opened in the dialect of this name. `held` is what its folder holds.
    ///
    /// # Errors
    /// A name that is no dialect; something that goes on by itself and was made in the present one.
    pub fn check_embedded_dialect(&self, name: &str, held: &ConnectionContents) -> Result<EmbeddedDialect> {
        let dialect = dialect_named("dialect", name)?;
        let embedded = self.connections().embedded();
        if embedded.dialect() != dialect {
            may_speak_otherwise(&embedded, held)?;
        }
        Ok(EmbeddedDialect(dialect))
    }

    /// Opens the embedded org in this dialect from now on.
    ///
    /// # Errors
    /// What the disk refuses.
    pub fn set_embedded_dialect(&self, dialect: &EmbeddedDialect) -> Result<()> {
        self.change(|c| {
            c.set_embedded_dialect(dialect.0);
            Ok(())
        })
    }

    /// Signs in as the new connection would. Keeps nothing.
    pub async fn try_new(
        self: &Arc<Self>,
        connection: &Connection,
        secret: &Secret,
        start: &StartEmbedded,
    ) -> Result<ConnectionTest> {
        App::try_out(self, Choice::FromEnvironment(connection.clone(), secret.clone()), start).await
    }

    /// Whether a connection may be changed like that. Changes nothing. Blocking.
    ///
    /// # Errors
    /// Bad input by field: also a secret that has to be given anew, since another address or client would get it.
    /// [`FailureCode::ConnectionEdited`] where the list was edited by somebody else and not all is entered anew.
    pub fn check_edit(&self, name: &str, edit: ConnectionEdit) -> Result<CheckedEdit> {
        let before = self.connections().stored(name)?;
        let given = edit.client_secret.map(secret_given).transpose()?;
        let environment = Environment::given(edit.environment.as_deref(), edit.base_url.as_deref())?;
        let is_whole =
            environment.is_some() && edit.client_id.is_some() && given.is_some() && edit.kind.is_some();
        let after = Connection {
            name: edit.name.map_or_else(|| before.name.clone(), |name| trimmed(&name).to_owned()),
            kind: edit.kind.unwrap_or(before.kind),
            environment: environment.unwrap_or_else(|| before.environment.clone()),
            client_id: edit.client_id.map_or_else(|| before.client_id.clone(), |id| trimmed(&id).to_owned()),
            read_only: edit.read_only.unwrap_or(before.read_only),
            deployment: changed(before.deployment.as_deref(), edit.deployment.as_deref(), |id| {
                deployment_id("deployment", id)
            })?,
            origin: changed(before.origin.as_deref(), edit.origin.as_deref(), |origin| {
                guest_origin("origin", origin)
            })?,
            dialect: match edit.dialect.as_deref() {
                None => before.dialect,
                Some("") => None,
                Some(name) => Some(dialect_named("dialect", name)?),
            },
            ..before.clone()
        };
        self.connections().replace(name, after.clone(), false)?;
        if after == before && given.is_none() {
            return Err(Failure::field("edit", "says nothing new; give what is to change"));
        }
        let secrets = self.secrets(&before)?;
        let new = Bound::to(&after)?;
        let (old, is_moved) =
            match (Bound::check(&*secrets, &before), Bound::read(&*secrets, before.edition)?) {
                // The list was edited. The folder is of the org that the secret was given for, and whoever edited the list could
                // have the one that is given now sent elsewhere.
                (Err(_), Some(old)) if is_whole => {
                    let is_moved = new.wants_another_secret(&old);
                    (old, is_moved)
                }
                (Err(failure), _) => return Err(failure),
                (Ok(()), _) => (Bound::to(&before)?, OrgKey::of(&before)? != OrgKey::of(&after)?),
            };
        let origins = match &given {
            Some(_) => self.foreign(&after)?,
            None => Vec::new(),
        };
        let is_secret_new = given.is_some();
        let secret = match given {
            Some(secret) => secret,
            None if new.wants_another_secret(&old) => {
                let why = "is needed anew: another address or OAuth client would get the one that is kept";
                return Err(Failure::field("clientSecret", why));
            }
            None => SecretEdition::read(&*secrets, before.edition)?.secret().ok_or_else(|| {
                Failure::field("clientSecret", "is needed: the secret store has none for this connection")
            })?,
        };
        let question = EditQuestion { origins, loosened: old.loosened_to(&new) };
        Ok(CheckedEdit { before, after, secret, is_secret_new, is_moved, question })
    }

    /// Signs in as the edited connection would. Keeps nothing.
    pub async fn try_edit(
        self: &Arc<Self>,
        edit: &CheckedEdit,
        start: &StartEmbedded,
    ) -> Result<ConnectionTest> {
        App::try_out(self, Choice::FromEnvironment(edit.after.clone(), edit.secret.clone()), start).await
    }

    /// Makes the edit, of a connection that nobody has open: its secret is kept first, then the list names it, whole. `held` is
    /// what is in its folder.
    ///
    /// # Errors
    /// What [`CheckedEdit::may_leave`] refuses; a secret store or disk that does. Then all is as before.
    pub fn edit(&self, edit: &CheckedEdit, held: &ConnectionContents) -> Result<ConnectionView> {
        edit.may_leave(held)?;
        let (name, mut kept, mut is_new) = (&edit.before.name, None, false);
        let after = Connection { edition: edit.before.edition.saturating_add(1), ..edit.after.clone() };
        let made = self.change(|c| {
            if c.stored(name)? != edit.before {
                let message =
                    format!("The connection {name:?} was changed meanwhile; nothing was changed now.");
                return Err(
                    Failure::new(FailureCode::Conflict, message).with_next("Look at it again, then edit it.")
                );
            }
            let mut placed = c.clone().replace(name, after.clone(), edit.is_moved)?;
            placed.edition = if edit.is_moved { 0 } else { after.edition };
            let dir = self.dir(&placed);
            is_new = !dir.exists();
            if edit.is_moved && dir.join("store").exists() {
                return Err(left_behind(&placed.name, &dir));
            }
            let secrets = self.secrets(&placed)?;
            kept = Some((placed.clone(), Arc::clone(&secrets)));
            SecretEdition::keep(&*secrets, &placed, &edit.secret)?;
            c.replace(name, placed, edit.is_moved).map(drop)
        });
        if let (Err(_), Some((placed, secrets))) = (&made, &kept) {
            // What cannot be taken back either is referred to by nothing.
            drop(SecretEdition::forget(&**secrets, placed.edition));
            if is_new {
                drop(std::fs::remove_dir_all(self.dir(placed)));
            }
        }
        made?;
        let (placed, secrets) = kept.expect("what was made was kept before");
        if edit.is_moved {
            // Ended by the next to open the folder, where it cannot be ended now.
            if let Err(failure) = self.end_removal(&edit.before) {
                tracing::warn!(message = failure.message, "the folder of the former org is still there");
            }
        } else if let Err(failure) = SecretEdition::forget(&*secrets, edit.before.edition) {
            tracing::warn!(message = failure.message, "a former client secret is still kept");
        }
        Ok(ConnectionView::of(&placed))
    }
}
