use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use model::Secret;
use zeroize::Zeroizing;

use super::port::Secrets;
use crate::{
    error::Error,
    seal::{DataKey, KeyRing},
    store::Store,
};

/// The data key of that name; makes one and makes sure it is kept when there is none.
///
/// Does not know whether a store exists already: where its key is lost, a new one answers [`Error::WrongKey`] in
/// [`crate::Store::open`], and the store is untouched.
///
/// # Errors
/// Those of the place, and [`Error::SecretForm`] when the name holds something else or a new key was not kept.
pub fn data_key(secrets: &dyn Secrets, name: &str) -> Result<DataKey, Error> {
    if let Some(key) = stored(secrets, name)? {
        return Ok(key);
    }
    let key = DataKey::generate();
    keep(secrets, name, &key)?;
    Ok(key)
}

/// The ring of keys of that name: the one in use first, then one that a rotation was about to bring, then those of the
/// past. Makes a first one as [`data_key`] does.
pub fn data_keys(secrets: &dyn Secrets, name: &str) -> Result<KeyRing, Error> {
    let mut ring = KeyRing::new(data_key(secrets, name)?);
    if let Some(next) = stored(secrets, &next_name(name))? {
        ring = ring.with(next);
    }
    for older in 1.. {
        let Some(key) = stored(secrets, &older_name(name, older))? else { break };
        ring = ring.with(key);
    }
    Ok(ring)
}

/// Brings a new data key into use: saves it, seals the store under it, and then puts it in the place of the one before,
/// which stays in the ring for logs of its time. After a crash at any point [`data_keys`] has every key that a file may
/// need, and calling this again ends what was begun. The place of the secrets is sealed
/// anew first. Blocking.
///
/// # Errors
/// Those of [`Secrets::reseal`], with nothing changed; those of [`data_key`] and [`Store::rotate`].
pub fn rotate_data_key(store: &Store, secrets: &dyn Secrets, name: &str) -> Result<(), Error> {
    secrets.reseal()?;
    let before = data_key(secrets, name)?;
    let next = data_key(secrets, &next_name(name))?;
    store.rotate(&next)?;
    if before.bytes() != next.bytes() {
        for older in 1.. {
            match stored(secrets, &older_name(name, older))? {
                Some(kept) if kept.bytes() == before.bytes() => break,
                Some(_) => {}
                None => {
                    keep(secrets, &older_name(name, older), &before)?;
                    break;
                }
            }
        }
        keep(secrets, name, &next)?;
    }
    secrets.remove(&next_name(name))
}

fn next_name(name: &str) -> String {
    format!("{name}.next")
}

fn older_name(name: &str, number: u32) -> String {
    format!("{name}.{number}")
}

fn stored(secrets: &dyn Secrets, name: &str) -> Result<Option<DataKey>, Error> {
    let form = || Error::SecretForm(name.to_owned());
    secrets.get(name)?.map(|text| decode(&text).ok_or_else(form)).transpose()
}

/// Saves a key and looks whether it is there: a place that forgets would cost every message sealed under it.
fn keep(secrets: &dyn Secrets, name: &str, key: &DataKey) -> Result<(), Error> {
    secrets.set(name, &Secret::new(BASE64.encode(key.bytes())))?;
    let kept = stored(secrets, name)?.is_some_and(|kept| kept.bytes() == key.bytes());
    if kept { Ok(()) } else { Err(Error::SecretForm(name.to_owned())) }
}

fn decode(text: &Secret) -> Option<DataKey> {
    let bytes = Zeroizing::new(BASE64.decode(text.expose()).ok()?);
    Some(DataKey::from_bytes(bytes.as_slice().try_into().ok()?))
}
