//! Lines of the history as the change log keeps them: sealed by the guest's token, which stands nowhere on the disk. Who has the
//! token reads them again; nobody else does.

use base64::{Engine, prelude::BASE64_STANDARD};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce, aead::Aead};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::frames::Body;

const NONCE: usize = 24;

/// Seals the lines of one guest. No `Debug`: it holds a key.
#[derive(Clone)]
pub(crate) struct Seal(XChaCha20Poly1305);

impl Seal {
    pub(crate) fn by(token: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update("history of a guest");
        hash.update(token);
        Self(XChaCha20Poly1305::new(&hash.finalize()))
    }

    /// As text on one line.
    pub(crate) fn seal(&self, line: &Body) -> Option<Box<str>> {
        let mut sealed = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
        sealed.truncate(NONCE);
        let plain = serde_json::to_vec(line).ok()?;
        let hidden = self.0.encrypt(XNonce::from_slice(&sealed), plain.as_slice()).ok()?;
        sealed.extend(hidden);
        Some(BASE64_STANDARD.encode(sealed).into())
    }

    /// `None` for what another token sealed, and for what nobody did.
    pub(crate) fn open(&self, sealed: &str) -> Option<Body> {
        let bytes = BASE64_STANDARD.decode(sealed).ok()?;
        let (nonce, hidden) = bytes.split_at_checked(NONCE)?;
        serde_json::from_slice(&self.0.decrypt(XNonce::from_slice(nonce), hidden).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_again_by_its_token_and_by_no_other() {
        let mut line = Body::inbound("Text", Uuid::new_v4(), 0);
        line.text = Some("a secret".to_owned());
        let sealed = Seal::by("one").seal(&line).unwrap();
        assert_eq!(Seal::by("one").open(&sealed), Some(line.clone()));
        assert_eq!(Seal::by("two").open(&sealed), None);
        assert_ne!(Seal::by("one").seal(&line).unwrap(), sealed, "never the same twice");
        for wrong in ["", "a", "AAAA", &sealed[4..]] {
            assert_eq!(Seal::by("one").open(wrong), None);
        }
    }
}
