//! A store beside a map that says what must be in it.

#![allow(dead_code, reason = "each file of tests takes what it needs")]

use std::{collections::BTreeMap, fs, path::Path};

use store::{Batch, Error, Store, Table};
use testkit::{Dice, Image};

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

/// Writes what a power cut left of `from` into `to`.
pub fn write_image(image: &Image, from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for (path, bytes) in image {
        let target = to.join(path.strip_prefix(from).expect("a file of that folder"));
        fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
        fs::write(target, bytes).expect("written");
    }
}

/// Writes that look random.
pub trait Writes {
    fn value(&mut self) -> Vec<u8>;

    /// A few over a small range of keys, so that they meet.
    fn writes(&mut self) -> Vec<(u64, Option<Vec<u8>>)>;
}

impl Writes for Dice {
    fn value(&mut self) -> Vec<u8> {
        let length = self.below(600) as usize;
        let byte = self.roll() as u8;
        vec![byte; length]
    }

    fn writes(&mut self) -> Vec<(u64, Option<Vec<u8>>)> {
        (0..=self.below(5)).map(|_| (self.below(60), (self.below(4) > 0).then(|| self.value()))).collect()
    }
}
