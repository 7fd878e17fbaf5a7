//! Where client secrets and data keys are kept: the secret port and its three forms.

mod data_keys;
mod key_file;
mod keychain;
mod passphrase_file;
mod place;
mod port;

pub use self::{
    data_keys::{data_key, data_keys, rotate_data_key},
    passphrase_file::{Argon2Cost, PassphraseFile},
    place::{open_secrets, open_secrets_beside},
    port::{Secrets, SecretsKind},
};
