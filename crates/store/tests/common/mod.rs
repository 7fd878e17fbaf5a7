//! A store beside a map that says what must be in it.

#![allow(dead_code, reason = "each file of tests takes what it needs")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use store::{Batch, Error, Store, Table};
use testkit::Image;

pub type Model = BTreeMap<u64, Vec<u8>>;

pub fn table(store: &Store) -> Table<u64, Vec<u8>> {
    store.table("n")
}

/// One batch: `Some` puts, `None` removes.
pub fn commit(store: &Store, writes: &[(u64, Option<Vec<u8>>)]) -> Result<(), Error> {
    let (table, mut batch) = (table(store), Batch::new());
    for (key, value) in writes {
        match value {
            Some(value) => batch.put(&table, key, value)?,
            None => batch.remove(&table, key),
        }
    }
    store.commit(batch)
}

pub fn follow(model: &mut Model, writes: &[(u64, Option<Vec<u8>>)]) {
    for (key, value) in writes {
        match value {
            Some(value) => drop(model.insert(*key, value.clone())),
            None => drop(model.remove(key)),
        }
    }
}

/// Everything in the table; an entry that does not read fails the test.
pub fn content(store: &Store) -> Model {
    table(store).iter().map(|entry| entry.expect("every entry reads")).collect()
}

/// Copies a folder as it is at this moment, which is what a kill leaves.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}

/// Writes what a power cut left of `from` into `to`.
pub fn write_image(image: &Image, from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for (path, bytes) in image {
        let target = to.join(path.strip_prefix(from).expect("a file of that folder"));
        fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
        fs::write(target, bytes).expect("written");
    }
}

/// All files below a folder, sorted.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Numbers that look random and are the same in every run.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub fn value(&mut self) -> Vec<u8> {
        let length = self.below(600) as usize;
        let byte = self.next() as u8;
        vec![byte; length]
    }

    /// A few writes over a small range of keys, so that they meet.
    pub fn writes(&mut self) -> Vec<(u64, Option<Vec<u8>>)> {
        (0..=self.below(5)).map(|_| (self.below(60), (self.below(4) > 0).then(|| self.value()))).collect()
    }
}
