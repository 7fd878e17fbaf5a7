//! A walk by page number over a list whose order the client cannot ask on from, such as by name.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::Hash,
};

/// Rows a walk remembers, so that it finds its place again and hands nobody on twice.
const REMEMBERED: usize = 5_000;
/// Asks for rows that the org counts but does not hand out, before they are given up.
const ASKS: u32 = 3;
/// Answers in a row that lead no further, the last one without the rows that it counts, before those are given up. Twice as
/// many as asks: a row behind the last one is read by a question of its own.
const EMPTY_ANSWERS: u32 = 2 * ASKS;
/// The same where the last one has all the rows that it counts: a list that changes at its end moves the end of the walk.
const IDLE_ANSWERS: u32 = 24;
/// Times a walk looks for its place, before it goes on without knowing whom it missed.
const SEARCHES: u32 = 20;
/// How far from where it should be the place is looked for, in pages.
const AWAY: [u64; 8] = [1, 2, 3, 5, 8, 13, 21, 34];

/// A row, with what tells whether it still has its place in the list.
#[derive(Debug)]
pub(super) struct Row<I, R> {
    pub id: I,
    pub key: u64,
    pub row: R,
}

/// What a walk does next.
#[derive(Debug)]
pub(super) enum Next<R> {
    /// This page is asked for; [`NumberedWalk::told`] takes the answer.
    Ask { page_size: u32, page_number: u32 },
    /// Rows for the caller.
    Page(Vec<R>),
    /// The end.
    End,
}

/// Each page overlaps the one before: page sizes are chosen so that no boundary is met twice. A row that was met, and still
/// has the key it is sorted by, proves that nobody before the page was passed over; without one the walk looks for its place
/// further ahead and further back. Rows that were met are not handed on again.
///
/// A short page is asked for again, smaller; what it still lacks then may be missing. The end is an empty page behind the last row, of which the org counts nothing.
#[derive(Debug)]
pub(super) struct NumberedWalk<I, R> {
    /// Rows of a page at most; less when the org hands out fewer.
    size: u64,
    /// The most rows of any one answer.
    handed_out: u64,
    /// The org hands out pages of this size whatever it is asked for, so that none overlaps another.
    fixed: bool,
    /// The place after the last row of the last page.
    at: u64,
    /// How many rows the org counted there.
    total: u64,
    known: Known<I>,
    phase: Phase,
    ready: Option<Vec<R>>,
    /// Answers in a row that led no further.
    idle: u32,
    /// Pages in a row with nobody new.
    barren: u64,
    /// Answers in a row that were shorter than they should be.
    shorter: u32,
    searches: u32,
    missing: u64,
    /// The most that any one answer counted: no more than that can be missing.
    most: u64,
    ended: bool,
}

#[derive(Debug)]
enum Phase {
    Reading,
    /// Looking for a row that was met; places that are still to be looked at, the nearest last.
    Searching(Vec<u64>),
    /// The place is not found: the next page is taken as it is.
    Lost,
    /// All that the org counts were met: is there anybody behind?
    Behind,
}

impl<I: Copy + Eq + Hash, R> NumberedWalk<I, R> {
    pub fn new(size: u32) -> Self {
        Self {
            size: u64::from(size.max(1)),
            handed_out: 0,
            fixed: false,
            at: 0,
            total: 0,
            known: Known { keys: HashMap::new(), order: VecDeque::new(), forgot: false },
            phase: Phase::Reading,
            ready: None,
            idle: 0,
            barren: 0,
            shorter: 0,
            searches: 0,
            missing: 0,
            most: 0,
            ended: false,
        }
    }

    /// What comes next; the same question again until its answer was told.
    pub fn next(&mut self) -> Next<R> {
        match self.ready.take() {
            Some(rows) => Next::Page(rows),
            None if self.ended => Next::End,
            None => {
                let (size, number) = self.page();
                let narrow = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
                Next::Ask { page_size: narrow(size), page_number: narrow(number) }
            }
        }
    }

    /// Rows that the org counted and did not hand out, or that may have been passed over.
    pub fn missing(&self) -> u64 {
        self.missing.min(self.most.max(1))
    }

    /// Whether more rows were handed on than are remembered.
    pub fn forgot(&self) -> bool {
        self.known.forgot
    }

    /// Whether this row was handed on, as far as that is remembered.
    pub fn knows(&self, id: &I) -> bool {
        self.known.keys.contains_key(id)
    }

    fn page(&self) -> (u64, u64) {
        match &self.phase {
            Phase::Reading if !self.fixed => overlapping(self.at, self.size),
            Phase::Searching(places) => {
                let place = places.last().copied().unwrap_or_default();
                (self.size, (place / self.size).saturating_add(1))
            }
            Phase::Reading | Phase::Lost => (self.size, (self.at / self.size).saturating_add(1)),
            Phase::Behind => (1, self.at.saturating_add(1)),
        }
    }

    /// The answer to the last question: the rows, and how many there are in all.
    pub fn told(&mut self, rows: Vec<Row<I, R>>, total: u64) {
        let (size, number) = self.page();
        self.most = self.most.max(total);
        let from = (number - 1) * size;
        if matches!(self.phase, Phase::Behind) {
            return self.behind(rows.is_empty(), total);
        }
        self.handed_out = self.handed_out.max(rows.len() as u64);
        if rows.len() as u64 > size && !self.fixed {
            (self.fixed, self.size) = (true, rows.len() as u64);
            return;
        }
        let until = from.saturating_add(rows.len() as u64);
        if rows.is_empty() {
            match total {
                0 => self.ended = true,
                _ if from < total => self.idle(total, EMPTY_ANSWERS),
                _ if matches!(self.phase, Phase::Lost) => self.phase = Phase::Behind,
                // The list has become shorter than this.
                _ => self.look_elsewhere(total),
            }
            return;
        }
        let could_be = size.min(total.saturating_sub(from));
        let short = could_be.saturating_sub(rows.len() as u64);
        if short > 0 && self.shorter < ASKS {
            self.shorter += 1;
            if !self.fixed {
                // Not the rows of this answer: where only this one is short, the pages would become so small that none of them
                // overlaps another.
                self.size = self.size.min(self.handed_out);
            }
            return;
        }
        let first = rows.iter().position(|row| self.known.has(row));
        let proven = match self.phase {
            // No page reaches across this place; where nothing was counted in or out, nothing moved.
            Phase::Reading if from == self.at => total == self.total,
            Phase::Lost => true,
            _ => first.is_some(),
        };
        let whole = from == 0 && !self.known.forgot;
        if !(proven || whole) {
            self.look_elsewhere(total);
            return;
        }
        self.shorter = 0;
        self.lack(short);
        self.take(rows, if self.known.forgot { first.map_or(0, |n| n + 1) } else { 0 }, until, total);
    }

    /// Hands on who was not met, from this row on.
    fn take(&mut self, rows: Vec<Row<I, R>>, from: usize, until: u64, total: u64) {
        let mut new = Vec::new();
        for row in rows.into_iter().skip(from) {
            if self.known.add(row.id, row.key) {
                new.push(row.row);
            }
        }
        self.barren = if new.is_empty() { self.barren + 1 } else { 0 };
        // Back at the beginning, a walk passes over all that it remembers before it meets anybody new.
        let remembered = 2 * REMEMBERED as u64 / self.size + 20;
        let further = !new.is_empty() || (until > self.at && self.barren < remembered);
        self.ready = (!new.is_empty()).then_some(new);
        (self.at, self.total) = (until, total);
        self.phase = if until < total { Phase::Reading } else { Phase::Behind };
        if further {
            self.idle = 0;
        } else {
            self.idle(total, IDLE_ANSWERS);
        }
    }

    fn behind(&mut self, nobody: bool, total: u64) {
        if !nobody {
            self.phase = Phase::Reading;
            self.idle(total, IDLE_ANSWERS);
        } else if total <= self.at {
            self.ended = true;
        } else {
            self.idle(total, EMPTY_ANSWERS);
        }
    }

    /// The org says how many; a sum that began again at 0 would make the list count as whole.
    fn lack(&mut self, rows: u64) {
        self.missing = self.missing.saturating_add(rows);
    }

    /// An answer that led no further; after more than `most` of them in a row the walk ends.
    fn idle(&mut self, total: u64, most: u32) {
        self.idle += 1;
        if self.idle > most {
            self.lack(total.saturating_sub(self.at).max(1));
            self.ended = true;
        }
    }

    /// The page shows nobody who was met.
    fn look_elsewhere(&mut self, total: u64) {
        if let Phase::Searching(places) = &mut self.phase {
            places.pop();
        } else {
            self.searches += 1;
            let places = if self.searches > SEARCHES { Vec::new() } else { self.places(total) };
            self.phase = Phase::Searching(places);
        }
        if matches!(&self.phase, Phase::Searching(places) if places.is_empty()) {
            self.lack(self.total.saturating_sub(total).max(1));
            self.at = self.at.min(total);
            self.total = total;
            self.phase = Phase::Lost;
        }
    }

    /// Where rows that were met may be now, the likeliest last.
    fn places(&self, total: u64) -> Vec<u64> {
        let last = self.at.saturating_sub(1);
        let moved = last.saturating_add(total).saturating_sub(self.total);
        let mut places = vec![moved, last];
        for pages in AWAY {
            let away = pages * self.size;
            places.extend([moved.saturating_sub(away), last.saturating_sub(away), last.saturating_add(away)]);
        }
        if !self.known.forgot {
            places.push(0);
        }
        let mut pages = HashSet::new();
        places.retain(|place| *place < total && pages.insert(place / self.size));
        places.reverse();
        places
    }
}

/// The page that begins at the place before this one or earlier, and reaches furthest beyond it: its size and its number.
fn overlapping(at: u64, size: u64) -> (u64, u64) {
    if at == 0 {
        return (size, 1);
    }
    let best =
        (1..=size).filter(|size| !at.is_multiple_of(*size)).max_by_key(|size| (size - at % size, *size));
    let size = best.unwrap_or(size);
    (size, (at / size).saturating_add(1))
}

/// The rows that were met last.
#[derive(Debug)]
struct Known<I> {
    keys: HashMap<I, u64>,
    order: VecDeque<I>,
    forgot: bool,
}

impl<I: Copy + Eq + Hash> Known<I> {
    /// Whether the row was met, and has the key it had.
    fn has<R>(&self, row: &Row<I, R>) -> bool {
        self.keys.get(&row.id) == Some(&row.key)
    }

    /// Takes it as met, with the key it has now: of a page that is proven, everybody up to its last row was met. Whether it is
    /// new.
    fn add(&mut self, id: I, key: u64) -> bool {
        if self.keys.insert(id, key).is_some() {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.keys.remove(&oldest);
            self.forgot = true;
        }
        true
    }
}

#[cfg(test)]
mod tests;
