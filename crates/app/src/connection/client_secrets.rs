//! The client secret of a connection among its secrets, in editions: an edit keeps a new one beside the one in use, and what the
//! list names counts. So whoever is killed in the middle has the connection of before or the edited one, each with its secret.

use model::{Secret, trimmed};
use store::Secrets;

use crate::{
    Connection, Failure, Result,
    connection::secret_binding::{Bound, edition_of},
    system::variables::bare,
};

/// The secret of a connection's OAuth client, in the connection's secret store.
const CLIENT_SECRET: &str = "client-secret";

/// One edition of what is kept of a connection: its client secret, and what that is good for.
pub(crate) struct Given {
    edition: u32,
    pub(crate) secret: Option<Secret>,
    bound: Option<Secret>,
}

impl Given {
    pub(crate) fn read(secrets: &dyn Secrets, edition: u32) -> Result<Self> {
        let secret = secrets.get(&edition_of(CLIENT_SECRET, edition))?;
        Ok(Self { edition, secret, bound: Bound::kept(secrets, edition)? })
    }

    /// Keeps the secret of a connection, in the edition that the connection names.
    pub(crate) fn keep(secrets: &dyn Secrets, connection: &Connection, secret: &Secret) -> Result<()> {
        Bound::to(connection)?.keep(secrets, connection.edition)?;
        Ok(secrets.set(&edition_of(CLIENT_SECRET, connection.edition), secret)?)
    }

    pub(crate) fn forget(secrets: &dyn Secrets, edition: u32) -> Result<()> {
        secrets.remove(&edition_of(CLIENT_SECRET, edition))?;
        Bound::forget(secrets, edition)
    }

    pub(crate) fn put_back(&self, secrets: &dyn Secrets) -> Result<()> {
        let name = edition_of(CLIENT_SECRET, self.edition);
        match &self.secret {
            Some(secret) => secrets.set(&name, secret)?,
            None => secrets.remove(&name)?,
        }
        Bound::put_back(secrets, self.edition, self.bound.as_ref())
    }
}

/// A client secret as a person entered it.
pub(crate) fn secret_given(secret: String) -> Result<Secret> {
    if trimmed(&secret).is_empty() {
        return Err(Failure::field("clientSecret", "is missing: it has blanks only, or nothing"));
    }
    if secret.len() > 1_000 {
        return Err(Failure::field("clientSecret", "must have 1 to 1,000 characters"));
    }
    Ok(Secret::new(bare("clientSecret", secret)?))
}
