//! The corpus of the fuzz targets (`fuzz/corpus`), replayed as it stands and with small, always equal changes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod entries;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use entries::{TARGETS, Target};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("fuzz")
}

/// Name and bytes of each file, in order.
fn corpus(target: &Target) -> Vec<(String, Vec<u8>)> {
    let folder = fuzz().join("corpus").join(target.name);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

/// A stream of numbers that is the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

/// One to three changes: a bit, a byte that means something, a piece cut out, doubled, or taken from another seed.
fn changed(seed: &[u8], other: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    const MEANING: &[u8] = b"\0\"\\{}[]:,\n\r\t -+.09eE()'=<>\x7f\x80\xc3\xed\xff";
    let mut bytes = seed.to_vec();
    for _ in 0..=numbers.next(3) {
        let at = numbers.next(bytes.len() + 1);
        let end = (at + numbers.next(32)).min(bytes.len());
        match numbers.next(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << numbers.next(8),
            1 => bytes.insert(at, MEANING[numbers.next(MEANING.len())]),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            4 => {
                let from = numbers.next(other.len() + 1);
                let to = (from + numbers.next(64)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes
}

/// Told with the bytes that did it, so that they can become a file of the corpus.
fn replay(target: &Target, what: &str, bytes: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| (target.parse)(bytes))).is_err() {
        panic!("{}: {what} panicked on {:?}", target.name, String::from_utf8_lossy(bytes));
    }
}

fn replay_all(costly: bool, changes: usize) {
    for target in TARGETS.iter().filter(|target| target.costly == costly) {
        let seeds = corpus(target);
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
        for (n, (name, seed)) in seeds.iter().enumerate() {
            replay(target, name, seed);
            let other = &seeds[(n + 1) % seeds.len()].1;
            for change in 0..changes {
                replay(target, &format!("{name}, change {change}"), &changed(seed, other, &mut numbers));
            }
        }
    }
}

#[test]
fn no_parser_of_outside_bytes_panics_on_the_corpus_or_on_what_is_near_it() {
    replay_all(false, 40);
}

#[test]
fn no_damaged_file_makes_the_disk_side_panic() {
    replay_all(true, 3);
}

#[test]
fn every_parser_has_a_fuzz_target_and_a_corpus() {
    let manifest = std::fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for target in TARGETS {
        let name = target.name;
        let program = std::fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(program.contains(&format!("entries::{name}(")), "fuzz_targets/{name}.rs");
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")),
            "{name} in fuzz/Cargo.toml"
        );
        assert!(corpus(target).len() >= 3, "fuzz/corpus/{name} has fewer than three files");
    }
}

#[test]
fn a_panic_of_a_parser_is_told_with_the_bytes_that_did_it() {
    let target = Target { name: "broken", parse: |bytes| assert!(bytes != b"boom"), costly: false };
    let told = catch_unwind(|| replay(&target, "a file", b"boom")).unwrap_err();
    assert!(
        told.downcast_ref::<String>()
            .is_some_and(|told| told.contains("broken: a file panicked on \"boom\""))
    );
}
