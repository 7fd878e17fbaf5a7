//! The bytes of a log: a header, then frames. Every number is little-endian.
//!
//! A frame is one group of changes, whole or absent. Its values are sealed already, so that it is not sealed again
//! but authenticated: a tag covers all of it with the file's id, its number and the count of changes before it.
//! Frames can be neither changed, moved nor dropped unseen, and what a lost one held is counted exactly.

use super::value_file::ValueRef;
use crate::seal::{Cipher, KeyId, NONCE, TAG, nonce, random};

/// What a file of frames is known by.
pub(crate) type FileId = [u8; 16];

pub(crate) const FRAME_MAGIC: [u8; 4] = *b"IKF1";
/// Magic (4), body length (4), CRC32C of the body (4), changes (4), number (8), changes before (8), file id (16),
/// nonce (24), CRC32C of these (4).
pub(crate) const FRAME_HEAD: usize = 76;
/// The longest body in bytes: a length above it is damage, not a frame to make room for.
pub(crate) const BODY_MAX: usize = 256 << 20;

const FILE_MAGIC: [u8; 8] = *b"INNKSTOR";
const FILE_VERSION: u8 = 1;
/// Magic (8), version (1), key id (8), file id (16), generation (8), frames (8), changes (8) and bytes (8) of the
/// snapshot, nonce (24), tag (16), CRC32C of these (4).
pub(crate) const FILE_HEAD: usize = 109;

const REMOVED: u32 = u32::MAX;

/// What a log begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileHead {
    pub(crate) key: KeyId,
    pub(crate) id: FileId,
    pub(crate) generation: u64,
    /// The snapshot: everything that lived when the generation began. Frames, changes, and where it ends in bytes.
    pub(crate) snapshot: Extent,
}

/// How far a log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Extent {
    pub(crate) frames: u64,
    pub(crate) changes: u64,
    pub(crate) bytes: u64,
}

impl FileHead {
    pub(crate) fn encode(&self, cipher: &Cipher) -> Vec<u8> {
        let Self { id, generation, snapshot, .. } = self;
        let mut out = [&FILE_MAGIC[..], &[FILE_VERSION], &cipher.id(), id].concat();
        for number in [*generation, snapshot.frames, snapshot.changes, snapshot.bytes] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        let nonce: [u8; NONCE] = random();
        let tag = cipher.tag(&nonce, &out);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&tag);
        out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
        out
    }

    /// `None` for anything that is not a whole header. Not yet authenticated: see [`FileHead::is_authentic`].
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (bytes, _) = bytes.split_first_chunk::<FILE_HEAD>()?;
        let mut cursor = Cursor(bytes);
        let magic = cursor.take::<8>()? == FILE_MAGIC && cursor.take::<1>()? == [FILE_VERSION];
        let (key, id) = (cursor.take()?, cursor.take()?);
        let generation = cursor.u64()?;
        let snapshot = Extent { frames: cursor.u64()?, changes: cursor.u64()?, bytes: cursor.u64()? };
        let sum = u32::from_le_bytes(*bytes.last_chunk()?);
        let whole = magic && crc32c::crc32c(bytes.get(..FILE_HEAD - 4)?) == sum;
        whole.then_some(Self { key, id, generation, snapshot })
    }

    pub(crate) fn is_authentic(bytes: &[u8], cipher: &Cipher) -> bool {
        let tagged = FILE_HEAD - 4 - TAG - NONCE;
        let parts = bytes.split_at_checked(tagged).and_then(|(head, rest)| {
            let (nonce, rest) = rest.split_first_chunk::<NONCE>()?;
            Some((head, nonce, rest.first_chunk::<TAG>()?))
        });
        parts.is_some_and(|(head, nonce, tag)| cipher.is_authentic(nonce, head, tag))
    }
}

/// The head of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHead {
    pub(crate) body: usize,
    body_sum: u32,
    pub(crate) changes: u32,
    pub(crate) number: u64,
    /// Changes in all frames before this one.
    pub(crate) before: u64,
    pub(crate) file: FileId,
}

impl FrameHead {
    /// `None` for anything that is not a whole head of a frame.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (bytes, _) = bytes.split_first_chunk::<FRAME_HEAD>()?;
        let mut cursor = Cursor(bytes);
        if cursor.take()? != FRAME_MAGIC {
            return None;
        }
        let body = cursor.u32()? as usize;
        let (body_sum, changes) = (cursor.u32()?, cursor.u32()?);
        let (number, before, file) = (cursor.u64()?, cursor.u64()?, cursor.take()?);
        let sum = u32::from_le_bytes(*bytes.last_chunk()?);
        let whole = body <= BODY_MAX && crc32c::crc32c(bytes.get(..FRAME_HEAD - 4)?) == sum;
        whole.then_some(Self { body, body_sum, changes, number, before, file })
    }

    /// The length of the frame in bytes.
    pub(crate) fn frame(&self) -> usize {
        FRAME_HEAD + self.body + TAG
    }

    /// Whether the sum of the body is right, whoever wrote it.
    pub(crate) fn has_whole_body(&self, frame: &[u8]) -> bool {
        frame
            .get(FRAME_HEAD..FRAME_HEAD + self.body)
            .is_some_and(|body| crc32c::crc32c(body) == self.body_sum)
    }

    /// The body of a whole frame, where its sum and its tag are right.
    pub(crate) fn body<'a>(&self, frame: &'a [u8], cipher: &Cipher) -> Option<&'a [u8]> {
        let (tagged, tag) = frame.split_at_checked(FRAME_HEAD + self.body)?;
        let body = tagged.get(FRAME_HEAD..)?;
        let nonce = tagged.get(FRAME_HEAD - 4 - NONCE..)?.first_chunk()?;
        let right =
            crc32c::crc32c(body) == self.body_sum && cipher.is_authentic(nonce, tagged, tag.first_chunk()?);
        right.then_some(body)
    }
}

/// Changes one after the other, as a frame's body has them: a key and its sealed value; without one it is removed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Body {
    bytes: Vec<u8>,
    changes: u32,
}

impl Body {
    /// Puts a value, or removes the key where there is none.
    pub(crate) fn change(&mut self, key: &[u8], value: Option<&[u8]>) {
        match value {
            Some(value) => self.put(key, value),
            None => self.remove(key),
        }
    }

    pub(crate) fn put(&mut self, key: &[u8], value: &[u8]) {
        self.put_with(key, value.len(), |out| out.extend_from_slice(value));
    }

    /// [`Body::put`] of a value of so many bytes, which `write` appends.
    pub(crate) fn put_with(&mut self, key: &[u8], bytes: usize, write: impl FnOnce(&mut Vec<u8>)) {
        self.bytes.reserve(8 + key.len() + bytes);
        self.begin(key, u32::try_from(bytes).expect("a body has at most 256 MiB"));
        let end = self.bytes.len() + bytes;
        write(&mut self.bytes);
        debug_assert_eq!(self.bytes.len(), end, "the length stands in front of the value");
    }

    pub(crate) fn remove(&mut self, key: &[u8]) {
        self.begin(key, REMOVED);
    }

    fn begin(&mut self, key: &[u8], value: u32) {
        self.bytes.extend_from_slice(&length(key).to_le_bytes());
        self.bytes.extend_from_slice(&value.to_le_bytes());
        self.bytes.extend_from_slice(key);
        self.changes += 1;
    }

    pub(crate) fn changes(&self) -> Changes<'_> {
        Changes::at(&self.bytes, 0)
    }

    /// Its length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.changes = 0;
    }
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("a body has at most 256 MiB")
}

/// Appends one frame to `out`. Its body is those of the iterator together, at most [`BODY_MAX`] bytes.
/// Returns how many changes they are.
pub(crate) fn encode<'a>(
    out: &mut Vec<u8>,
    cipher: &Cipher,
    file: FileId,
    number: u64,
    before: u64,
    bodies: impl Iterator<Item = &'a Body>,
) -> u64 {
    let start = out.len();
    out.resize(start + FRAME_HEAD, 0);
    let mut count = 0u32;
    for part in bodies {
        out.extend_from_slice(&part.bytes);
        count += part.changes;
    }
    let body = &out[start + FRAME_HEAD..];
    let length = length(body);
    let sum = crc32c::crc32c(body);
    let mut head = Vec::with_capacity(FRAME_HEAD);
    head.extend_from_slice(&FRAME_MAGIC);
    for number in [length, sum, count] {
        head.extend_from_slice(&number.to_le_bytes());
    }
    head.extend_from_slice(&number.to_le_bytes());
    head.extend_from_slice(&before.to_le_bytes());
    head.extend_from_slice(&file);
    let nonce = nonce();
    head.extend_from_slice(&nonce);
    head.extend_from_slice(&crc32c::crc32c(&head).to_le_bytes());
    out[start..start + FRAME_HEAD].copy_from_slice(&head);
    let tag = cipher.tag(&nonce, &out[start..]);
    out.extend_from_slice(&tag);
    u64::from(count)
}

/// The changes of a body, in their order. Ends early at bytes that are none, which an authentic body does not hold.
pub(crate) struct Changes<'a> {
    rest: Cursor<'a>,
    /// Where the body ends in its file, in bytes.
    end: u64,
}

impl<'a> Changes<'a> {
    /// Those of a body that begins at this byte of its file.
    pub(crate) fn at(body: &'a [u8], start: u64) -> Self {
        Self { rest: Cursor(body), end: start + body.len() as u64 }
    }

    /// Those of a body that ends at this byte of its file.
    #[cfg(test)]
    pub(crate) fn at_end(body: &'a Body, end: u64) -> Self {
        Self { rest: Cursor(&body.bytes), end }
    }

    /// Each key, and where in the file its value stands; `None` for one that is removed.
    pub(crate) fn value_refs(mut self) -> impl Iterator<Item = (&'a [u8], Option<ValueRef>)> {
        std::iter::from_fn(move || {
            let (key, value) = self.next()?;
            let value_ref = |value: &[u8]| {
                let after = self.rest.0.len() + value.len();
                (self.end - after as u64, length(value))
            };
            Some((key, value.map(value_ref)))
        })
    }
}

impl<'a> Iterator for Changes<'a> {
    type Item = (&'a [u8], Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = (self.rest.u32()? as usize, self.rest.u32()?);
        let key = self.rest.bytes(key)?;
        let value = if value == REMOVED { None } else { Some(self.rest.bytes(value as usize)?) };
        Some((key, value))
    }
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*head)
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(head)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }
}
