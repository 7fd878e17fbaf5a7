//! The client secret of a connection among its secrets, in editions: an edit keeps a new one beside the one in use, and what the
//! list names counts. So whoever is killed in the middle has the connection of before or the edited one, each with its secret.

use model::{Secret, trimmed};
use store::Secrets;

use crate::{
    Connection, Failure, Result,
    connection::secret_binding::{BOUND, Bound, edition_of},
    system::variables::bare,
};

/// The secret of a connection's OAuth client, in the connection's secret store.
const CLIENT_SECRET: &str = "client-secret";

/// What is kept of one edition: the client secret, and what that is good for.
const NAMES: [&str; 2] = [CLIENT_SECRET, BOUND];

/// One edition of what is kept of a connection.
pub(crate) struct SecretEdition {
    edition: u32,
    /// By [`NAMES`].
    kept: [Option<Secret>; 2],
}

impl SecretEdition {
    pub(crate) fn read(secrets: &dyn Secrets, edition: u32) -> Result<Self> {
        let [secret, bound] = NAMES.map(|name| secrets.get(&edition_of(name, edition)));
        Ok(Self { edition, kept: [secret?, bound?] })
    }

    /// The client secret itself.
    pub(crate) fn secret(self) -> Option<Secret> {
        let [secret, _] = self.kept;
        secret
    }

    /// Keeps the secret of a connection, in the edition that the connection names.
    pub(crate) fn keep(secrets: &dyn Secrets, connection: &Connection, secret: &Secret) -> Result<()> {
        Bound::to(connection)?.keep(secrets, connection.edition)?;
        Ok(secrets.set(&edition_of(CLIENT_SECRET, connection.edition), secret)?)
    }

    pub(crate) fn forget(secrets: &dyn Secrets, edition: u32) -> Result<()> {
        Self { edition, kept: [None, None] }.put_back(secrets)
    }

    pub(crate) fn put_back(&self, secrets: &dyn Secrets) -> Result<()> {
        for (name, kept) in NAMES.into_iter().zip(&self.kept) {
            let name = edition_of(name, self.edition);
            match kept {
                Some(kept) => secrets.set(&name, kept)?,
                None => secrets.remove(&name)?,
            }
        }
        Ok(())
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
