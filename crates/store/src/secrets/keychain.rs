use std::{
    path::Path,
    sync::{Arc, mpsc},
    time::Duration,
};

use model::Secret;
use uuid::Uuid;

use super::port::{Secrets, SecretsKind};
use crate::{disk::durable, error::Error, seal::random};

const SERVICE: &str = "dev.innkeeper.console";
/// How long the keychain may take to say that it is there: without a session bus it answers at once, a bus that
/// hangs must not hang the program.
const PROBE: Duration = Duration::from_secs(3);
/// How long one operation may take: it may ask the person to unlock.
const OPERATION: Duration = Duration::from_secs(60);

/// The system keychain. Account names carry the folder's instance, so two folders never share a secret.
pub(crate) struct Keychain {
    instance: Uuid,
}

impl Keychain {
    /// Asks whether the keychain works, by keeping a word in it the first time and reading it later.
    pub(crate) fn open(dir: &Path) -> Result<Self, Error> {
        limited(PROBE, || match keyring::Entry::store_status() {
            Ok(()) => Ok(()),
            Err(_) => Err(keyring::Error::NoDefaultStore),
        })?;
        let keychain = Self { instance: instance(dir)? };
        if keychain.get("probe")?.is_none() {
            keychain.set("probe", &Secret::new("works".to_owned()))?;
        }
        Ok(keychain)
    }

    fn entry<T: Send + 'static>(
        &self,
        name: &str,
        operation: impl FnOnce(&keyring::Entry) -> keyring::Result<T> + Send + 'static,
    ) -> Result<Option<T>, Error> {
        let account = format!("{}/{name}", self.instance.hyphenated());
        let name = name.to_owned();
        limited(OPERATION, move || match keyring::Entry::new(SERVICE, &account).and_then(|e| operation(&e)) {
            Ok(value) => Ok(Some(value)),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(e) => Err(e),
        })
        .map_err(|e| match e {
            // These two carry the stored bytes.
            Error::Keychain(source)
                if matches!(*source, keyring::Error::BadEncoding(_) | keyring::Error::BadDataFormat(..)) =>
            {
                Error::SecretForm(name)
            }
            other => other,
        })
    }
}

impl Secrets for Keychain {
    fn get(&self, name: &str) -> Result<Option<Secret>, Error> {
        Ok(self.entry(name, keyring::Entry::get_password)?.map(Secret::new))
    }

    fn set(&self, name: &str, value: &Secret) -> Result<(), Error> {
        let value = value.clone();
        self.entry(name, move |e| e.set_password(value.expose())).map(drop)
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        self.entry(name, keyring::Entry::delete_credential).map(drop)
    }

    fn kind(&self) -> SecretsKind {
        SecretsKind::Keychain
    }
}

/// On a thread of its own, because the platform's calls cannot be cancelled: one that hangs is left behind.
fn limited<T: Send + 'static>(
    limit: Duration,
    operation: impl FnOnce() -> keyring::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let (answer, answered) = mpsc::channel();
    std::thread::Builder::new()
        .name("keychain".to_owned())
        .spawn(move || {
            // Nobody listens any more after the limit.
            let _ = answer.send(operation());
        })
        .map_err(|e| Error::file("keychain", e))?;
    match answered.recv_timeout(limit) {
        Ok(outcome) => outcome.map_err(|e| Error::Keychain(Arc::new(e))),
        // A panic inside the platform's library counts as silence.
        Err(_) => Err(Error::KeychainSilent(limit)),
    }
}

/// The folder's own id, made at first use.
fn instance(dir: &Path) -> Result<Uuid, Error> {
    let path = dir.join("instance");
    if let Some(bytes) = durable::read(&path)? {
        let text = std::str::from_utf8(&bytes).ok().and_then(|t| Uuid::parse_str(t.trim()).ok());
        return text.ok_or(Error::SecretsDamaged(path));
    }
    let id = uuid::Builder::from_random_bytes(random()).into_uuid();
    durable::replace(&path, format!("{}\n", id.hyphenated()).as_bytes())?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_instance_and_another_one_has_its_own() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert_eq!(instance(a.path()).unwrap(), instance(a.path()).unwrap());
        assert_ne!(instance(a.path()).unwrap(), instance(b.path()).unwrap());
    }

    #[test]
    fn a_keychain_that_hangs_is_given_up_on() {
        let (_never, forever) = mpsc::channel::<()>();
        let hung = limited(Duration::from_millis(20), move || {
            let _ = forever.recv();
            Ok(())
        });
        assert!(matches!(hung, Err(Error::KeychainSilent { .. })));
    }

    #[test]
    fn an_instance_file_of_junk_is_an_error_not_a_new_instance() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("instance"), b"\xff\xfe").unwrap();
        assert!(matches!(instance(dir.path()), Err(Error::SecretsDamaged { .. })));
    }
}
