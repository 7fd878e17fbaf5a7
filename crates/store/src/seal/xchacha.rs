//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): ChaCha20-Poly1305 under a key made of the long key and two thirds of
//! the long nonce. The inner cipher is AWS-LC's, which TLS brings along anyway: for values as short as ours it takes a
//! quarter of the time of the portable one (`docs/decisions/0022`).

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use chacha20::{cipher::consts::U10, hchacha};
use zeroize::Zeroizing;

pub(crate) const NONCE: usize = 24;
pub(crate) const TAG: usize = 16;

/// A key of the cipher, wiped when dropped.
pub(crate) struct XChaCha(Zeroizing<[u8; 32]>);

impl XChaCha {
    pub(crate) fn new(key: Zeroizing<[u8; 32]>) -> Self {
        Self(key)
    }

    /// Appends the ciphertext and its tag: [`TAG`] bytes more than the plain ones. `bound` is authenticated with them.
    pub(crate) fn seal_into(&self, out: &mut Vec<u8>, nonce: &[u8; NONCE], bound: &[u8], plain: &[u8]) {
        let start = out.len();
        out.extend_from_slice(plain);
        let (key, short) = self.inner(nonce);
        let tag = key
            .seal_in_place_separate_tag(short, Aad::from(bound), &mut out[start..])
            .expect("what is sealed is far below the 256 GiB limit of the cipher");
        out.extend_from_slice(tag.as_ref());
    }

    /// The plain bytes; `None` where anything was changed.
    pub(crate) fn open(
        &self,
        nonce: &[u8; NONCE],
        bound: &[u8],
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let (key, short) = self.inner(nonce);
        let plain = key.open_in_place(short, Aad::from(bound), &mut bytes).ok()?.len();
        bytes.truncate(plain);
        Some(bytes)
    }

    fn inner(&self, nonce: &[u8; NONCE]) -> (LessSafeKey, Nonce) {
        let (long, rest) = nonce.split_first_chunk::<16>().expect("a nonce has 24 bytes");
        let key = Zeroizing::new(<[u8; 32]>::from(hchacha::<U10>((&*self.0).into(), long.into())));
        let key = UnboundKey::new(&CHACHA20_POLY1305, &*key).expect("the key has 32 bytes");
        let mut short = [0; 12];
        short[4..].copy_from_slice(rest);
        (LessSafeKey::new(key), Nonce::assume_unique_for_key(short))
    }
}

#[cfg(test)]
mod tests {
    use chacha20poly1305::{
        XChaCha20Poly1305, XNonce,
        aead::{Aead, KeyInit, Payload},
    };
    use proptest::prelude::*;

    use super::*;

    fn sealed(key: [u8; 32], nonce: [u8; NONCE], bound: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        XChaCha::new(Zeroizing::new(key)).seal_into(&mut out, &nonce, bound, plain);
        out
    }

    #[test]
    fn it_is_the_cipher_of_the_draft() {
        // draft-irtf-cfrg-xchacha-03, A.3.1
        let plain =
            b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
            sunscreen would be it.";
        let key = std::array::from_fn(|n| 0x80 + n as u8);
        let nonce = std::array::from_fn(|n| 0x40 + n as u8);
        let bound = [0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7];
        let out = sealed(key, nonce, &bound, plain);
        assert_eq!(out[..8], [0xbd, 0x6d, 0x17, 0x9d, 0x3e, 0x83, 0xd4, 0x3b]);
        assert_eq!(
            out[plain.len()..],
            [0xc0, 0x87, 0x59, 0x24, 0xc1, 0xc7, 0x98, 0x79, 0x47, 0xde, 0xaf, 0xd8, 0x78, 0x0a, 0xcf, 0x49]
        );
    }

    proptest! {
        #[test]
        fn it_agrees_with_another_implementation_and_opens_only_what_was_sealed(
            key: [u8; 32], nonce: [u8; 24],
            bound in proptest::collection::vec(any::<u8>(), 0..80),
            plain in proptest::collection::vec(any::<u8>(), 0..700),
            at: prop::sample::Index,
        ) {
            let other = XChaCha20Poly1305::new(&key.into());
            let expected = other.encrypt(&XNonce::from(nonce), Payload { msg: &plain, aad: &bound }).unwrap();
            let mut out = sealed(key, nonce, &bound, &plain);
            prop_assert_eq!(&out, &expected);
            let cipher = XChaCha::new(Zeroizing::new(key));
            prop_assert!(cipher.open(&nonce, &bound, &out).is_some_and(|opened| *opened == plain));
            let at = at.index(out.len());
            prop_assert!(cipher.open(&nonce, &bound, &out[..at]).is_none());
            out[at] ^= 1;
            prop_assert!(cipher.open(&nonce, &bound, &out).is_none());
        }
    }
}
