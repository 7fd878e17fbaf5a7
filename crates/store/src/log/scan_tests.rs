use proptest::prelude::*;

use super::*;
use crate::{
    log::format,
    seal::{
        data_key::{DataKey, random},
        key_ring::KeyRing,
    },
};

/// A log of `frames` frames, the n-th with n % 4 + 1 changes, and where each ends.
fn log(sealer: &Sealer, frames: u64) -> (Vec<u8>, Vec<usize>) {
    let cipher = sealer.current();
    let id: FileId = random();
    let head = FileHead { key: cipher.id(), id, generation: 1, snapshot: Extent::default() };
    let mut bytes = head.encode(&cipher);
    let (mut before, mut ends) = (0, vec![bytes.len()]);
    for number in 0..frames {
        let mut body = format::Body::default();
        for n in 0..=number % 4 {
            let key = vec![number as u8; 3 + n as usize];
            if n == 1 { body.remove(&key) } else { body.put(&key, &[7; 20]) }
        }
        before += format::encode(&mut bytes, &cipher, id, number, before, std::iter::once(&body));
        ends.push(bytes.len());
    }
    (bytes, ends)
}

/// A key and its value.
type Change = (Vec<u8>, Option<Vec<u8>>);

fn run(bytes: &[u8], sealer: &Sealer) -> (Scan, Vec<Change>) {
    read(FrameReader::new(bytes, sealer).unwrap())
}

fn read(mut frames: FrameReader<impl Read>) -> (Scan, Vec<Change>) {
    let mut seen = Vec::new();
    while let Some(changes) = frames.next().unwrap() {
        seen.extend(changes.map(|(k, v)| (k.to_vec(), v.map(<[u8]>::to_vec))));
    }
    (frames.finish().unwrap(), seen)
}

fn sealer() -> Sealer {
    Sealer::new(&KeyRing::new(DataKey::generate()))
}

#[test]
fn a_whole_log_reads_to_its_end() {
    let sealer = sealer();
    let (bytes, _) = log(&sealer, 9);
    let (scan, seen) = run(&bytes, &sealer);
    assert!(scan.is_whole());
    assert_eq!((scan.end.frames, scan.end.bytes, scan.tail), (9, bytes.len() as u64, 0));
    assert_eq!(scan.end.changes, seen.len() as u64);
    assert_eq!(scan.sum, crc32c::crc32c(&bytes));
    assert_eq!(run(&bytes, &self::sealer()).0.end.frames, 0, "another key authenticates nothing");
}

#[test]
fn a_frame_that_claims_more_than_the_file_has_hides_none_behind_it() {
    let sealer = sealer();
    let (bytes, ends) = log(&sealer, 3);
    // The head of the first frame is whole, its body is gone.
    let torn = [&bytes[..ends[0] + FRAME_HEAD + 2], &bytes[ends[1]..]].concat();
    let (scan, seen) = run(&torn, &sealer);
    assert_eq!((scan.lost, scan.gap, seen.len()), (1, true, 5));
}

#[test]
fn frames_are_taken_once_in_their_order_and_from_their_own_file() {
    let sealer = sealer();
    let (bytes, ends) = log(&sealer, 4);
    let (foreign, other) = log(&sealer, 4);
    let again = [&bytes[..], &bytes[ends[0]..ends[2]], &foreign[other[3]..]].concat();
    let (scan, seen) = run(&again, &sealer);
    assert_eq!((scan.end.frames, seen.len()), (4, 10));
    assert_eq!(scan.tail, (again.len() - bytes.len()) as u64);
}

#[test]
fn a_sector_that_cannot_be_read_costs_only_what_stood_in_it() {
    struct Bad<'a>(io::Cursor<&'a [u8]>, std::ops::Range<u64>);
    impl Read for Bad<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let (at, end) = (self.0.position(), self.0.position() + out.len() as u64);
            if at < self.1.end && end > self.1.start {
                return Err(io::Error::other("unreadable"));
            }
            self.0.read(out)
        }
    }
    impl Seek for Bad<'_> {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }
    let sealer = sealer();
    let (bytes, _) = log(&sealer, 200);
    let whole = run(&bytes, &sealer).0;
    let file = Bad(io::Cursor::new(&bytes), 8_192..8_300);
    let (scan, seen) = read(FrameReader::new(ZeroFillingFile { file, at: 0 }, &sealer).unwrap());
    let seen = seen.len() as u64;
    assert!(scan.gap && scan.lost > 0 && seen > 300, "{scan:?}, {seen} seen");
    assert_eq!((scan.end, seen + scan.lost), (whole.end, whole.end.changes));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_is_flipped_the_rest_is_read_and_the_loss_is_counted(at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let sealer = sealer();
        let (mut bytes, ends) = log(&sealer, 12);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let (scan, seen) = run(&bytes, &sealer);
        let hit = ends.iter().position(|end| at < *end).unwrap();
        let all = 30;
        let lost = if hit == 0 { 0 } else { (hit as u64 - 1) % 4 + 1 };
        prop_assert_eq!(seen.len() as u64, all - lost);
        prop_assert_eq!(scan.head.is_none(), hit == 0);
        if hit == 12 {
            prop_assert!(scan.tail > 0 && !scan.gap, "the last frame: only the mark can tell that it was whole");
        } else {
            prop_assert_eq!(scan.lost, lost);
            prop_assert_eq!(scan.is_whole(), false);
        }
    }

    #[test]
    fn a_cut_leaves_every_frame_before_it(cut in any::<prop::sample::Index>()) {
        let sealer = sealer();
        let (bytes, ends) = log(&sealer, 8);
        let cut = cut.index(bytes.len() + 1);
        let (scan, _) = run(&bytes[..cut], &sealer);
        prop_assert_eq!(scan.end.frames, (ends.iter().filter(|end| **end <= cut).count() as u64).saturating_sub(1));
        prop_assert!(!scan.gap && scan.lost == 0);
    }

    #[test]
    fn foreign_bytes_are_no_frames_and_no_panic(junk in proptest::collection::vec(any::<u8>(), 0..600)) {
        let sealer = sealer();
        let (_, seen) = run(&junk, &sealer);
        prop_assert!(seen.is_empty());
        let _ = format::Changes::at(&junk, 0).count();
    }
}
