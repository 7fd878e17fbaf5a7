//! How often this thread read a journal or hashed a plan: for tests of what the index of runs spares.

use std::cell::Cell;

thread_local! {
    static JOURNALS: Cell<u32> = const { Cell::new(0) };
    static PLANS: Cell<u32> = const { Cell::new(0) };
}

pub fn journal_read() {
    JOURNALS.set(JOURNALS.get() + 1);
}

pub fn plan_hashed() {
    PLANS.set(PLANS.get() + 1);
}

/// Journals read and plans hashed while this was done.
pub fn during<T>(done: impl FnOnce() -> T) -> (T, [u32; 2]) {
    let before = [JOURNALS.get(), PLANS.get()];
    let result = done();
    (result, [JOURNALS.get() - before[0], PLANS.get() - before[1]])
}
