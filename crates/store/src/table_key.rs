use model::{ConversationId, GuestId, MessageId};
use uuid::Uuid;

/// A key whose bytes sort as the value does. Keys are not sealed: ids and counters only, no text of a person.
///
/// ```
/// use store::Key;
/// let bytes = |k: &(String, u64)| { let mut b = Vec::new(); k.encode(&mut b); b };
/// assert!(bytes(&("a".into(), 256)) < bytes(&("a".into(), 257)));
/// assert!(bytes(&("a".into(), u64::MAX)) < bytes(&("ab".into(), 0)));
/// ```
pub trait Key: Sized {
    /// Appends the sortable bytes.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads one key from the front and moves past it; `None` when the bytes are not one.
    fn take(bytes: &mut &[u8]) -> Option<Self>;

    /// Reads a key that fills the bytes to the end.
    fn decode(mut bytes: &[u8]) -> Option<Self> {
        let key = Self::take(&mut bytes)?;
        bytes.is_empty().then_some(key)
    }
}

impl Key for u64 {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(Self::from_be_bytes(*head))
    }
}

impl Key for Uuid {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(Self::from_bytes(*head))
    }
}

// A 0 byte inside becomes 0 255 and the end is 0 0: the end sorts before every continuation, so that "a" comes
// before "ab" whatever follows in a pair.
impl Key for String {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_text(self, out);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let mut text = Vec::new();
        let mut rest = bytes.iter();
        loop {
            match *rest.next()? {
                0 => match *rest.next()? {
                    0 => break,
                    255 => text.push(0),
                    _ => return None,
                },
                byte => text.push(byte),
            }
        }
        *bytes = rest.as_slice();
        Self::from_utf8(text).ok()
    }
}

fn encode_text(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        out.push(byte);
        if byte == 0 {
            out.push(255);
        }
    }
    out.extend_from_slice(&[0, 0]);
}

impl<A: Key, B: Key> Key for (A, B) {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
        self.1.encode(out);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::take(bytes)?, B::take(bytes)?))
    }
}

impl Key for GuestId {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Uuid::take(bytes).map(Self)
    }
}

impl Key for MessageId {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Uuid::take(bytes).map(Self)
    }
}

impl Key for ConversationId {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_text(self.as_str(), out);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        String::take(bytes)?.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes<K: Key>(key: &K) -> Vec<u8> {
        let mut out = Vec::new();
        key.encode(&mut out);
        out
    }

    fn texts() -> impl Strategy<Value = String> {
        prop_oneof!["[\u{0}ab\u{ff}]{0,4}", ".{0,4}"]
    }

    proptest! {
        #[test]
        fn bytes_of_pairs_sort_as_the_pairs_do(a in (texts(), any::<u64>()), b in (texts(), any::<u64>())) {
            prop_assert_eq!(bytes(&a).cmp(&bytes(&b)), a.cmp(&b));
        }

        #[test]
        fn a_key_read_back_is_the_key_written(a in texts(), b in any::<u64>(), c in any::<u128>()) {
            let key = ((a, b), Uuid::from_u128(c));
            prop_assert_eq!(<((String, u64), Uuid)>::decode(&bytes(&key)), Some(key));
        }

        #[test]
        fn foreign_bytes_are_refused_or_read_but_never_a_panic(junk in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Some(key) = <(String, u64)>::decode(&junk) {
                prop_assert_eq!(bytes(&key), junk.clone());
            }
            let _ = <(ConversationId, u64)>::decode(&junk);
            let _ = <(GuestId, MessageId)>::decode(&junk);
        }
    }

    #[test]
    fn a_conversation_id_that_the_org_could_not_have_made_is_refused() {
        assert_eq!(ConversationId::decode(&bytes(&"../etc".to_owned())), None);
        let id: ConversationId = "c-1".parse().unwrap();
        assert_eq!(ConversationId::decode(&bytes(&id)), Some(id));
    }
}
