//! Whether a list that is read page by page was handed out whole.

use std::{cmp::Ordering, collections::VecDeque};

/// Asks for rows that the org counts but does not hand out, before they are given up.
const ASKS: u32 = 3;
/// Looks at a page that may have a hole, before its missing rows are given up.
const LOOKS: u32 = 5;

/// Rows in the order of their keys: after one place, and up to another where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span<K> {
    /// Strictly after; from the first row when absent.
    pub after: Option<K>,
    /// This row at the latest; to the last row when absent.
    pub until: Option<K>,
}

/// What a walk does next.
#[derive(Debug)]
pub enum Step<K, R> {
    /// The first rows of this span are asked for, and how many it has in all; [`KeysetWalk::told`] takes the answer.
    Ask(Span<K>),
    /// Rows for the caller, in order.
    Page(Vec<R>),
    /// All were handed on but those that [`KeysetWalk::missing`] counts.
    End,
}

/// Rows that are no answer to the question: not in order, outside of the span, doubled, or more than a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disorder;

/// A walk over all rows by keyset: each question begins after the last row of the answer before, so rows that come or go
/// meanwhile move nothing.
///
/// A short page is not taken for the last: the end is an empty page of which the org counts nothing. Of a page that may
/// have a hole (it is shorter than it could be, or the org counts fewer rows after it than it said before) the span is
/// asked for once more, in parts that one answer hands out whole; rows that come to light are put in their place, and rows
/// that the org counts in an answer and does not hand out with it are [`missing`](Self::missing). Only rows and count of
/// one and the same answer are compared: what comes or goes between two answers is never taken for a hole, nor hides one.
///
/// ```
/// use model::{KeysetWalk, Step};
/// let org = [2, 3, 5, 7, 11];
/// let (mut walk, mut met) = (KeysetWalk::new(2, false, None), Vec::new());
/// loop {
///     match walk.step() {
///         Step::Ask(span) => {
///             let rest: Vec<u32> = org.into_iter().filter(|n| span.after.is_none_or(|a| *n > a)).collect();
///             walk.told(rest.iter().take(2).map(|n| (*n, *n)).collect(), rest.len() as u64).unwrap();
///         }
///         Step::Page(rows) => met.extend(rows),
///         Step::End => break,
///     }
/// }
/// assert_eq!((met.as_slice(), walk.missing()), (&org[..], 0));
/// ```
#[derive(Debug)]
pub struct KeysetWalk<K, R> {
    size: usize,
    descending: bool,
    after: Option<K>,
    /// Read, and kept until the next answer shows whether it was whole.
    held: Option<Page<K, R>>,
    /// The answer after it.
    next: Option<Page<K, R>>,
    look: Option<Look<K>>,
    ready: VecDeque<Vec<R>>,
    met: u64,
    missing: u64,
    /// The most that any one answer counted: no more than that can be missing.
    most: u64,
    strikes: u32,
    ended: bool,
}

#[derive(Debug)]
struct Page<K, R> {
    after: Option<K>,
    rows: Vec<(K, R)>,
    /// How many rows the org counted from its first one on.
    said: u64,
}

impl<K, R> Page<K, R> {
    /// Rows that the org should count after this page.
    fn left(&self) -> u64 {
        self.said.saturating_sub(self.rows.len() as u64)
    }
}

/// A held page that is being looked at again, part by part. A part is a span that one answer hands out whole, so that rows
/// which come or go between two answers are never taken for a hole, nor hide one.
#[derive(Debug)]
struct Look<K> {
    after: Option<K>,
    /// The last row of the part.
    until: K,
    /// The last row of the page.
    end: K,
    looks: u32,
    answers: usize,
}

impl<K: Copy + Ord, R> KeysetWalk<K, R> {
    /// A walk by pages of `size` rows, from the first row after `after`.
    #[must_use]
    pub fn new(size: usize, descending: bool, after: Option<K>) -> Self {
        Self {
            size: size.max(1),
            descending,
            after,
            held: None,
            next: None,
            look: None,
            ready: VecDeque::new(),
            met: 0,
            missing: 0,
            most: 0,
            strikes: 0,
            ended: false,
        }
    }

    /// What comes next. The same question again until its answer was told, so a call that failed loses nothing.
    pub fn step(&mut self) -> Step<K, R> {
        match self.ready.pop_front() {
            Some(rows) => Step::Page(rows),
            None if self.ended => Step::End,
            None => Step::Ask(self.span()),
        }
    }

    /// Rows handed on so far, or about to be.
    #[must_use]
    pub fn met(&self) -> u64 {
        self.met
    }

    /// Rows that the org counted and did not hand out, as far as the walk has come: at most as many as one answer counted.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.missing.min(self.most)
    }

    fn span(&self) -> Span<K> {
        match &self.look {
            Some(look) => Span { after: look.after, until: Some(look.until) },
            None => Span { after: self.after, until: None },
        }
    }

    /// The answer to the last question: at most a page of rows, and how many the span has in all.
    ///
    /// # Errors
    /// [`Disorder`]; the walk must not go on then.
    pub fn told(&mut self, rows: Vec<(K, R)>, total: u64) -> Result<(), Disorder> {
        self.in_order(&rows)?;
        self.most = self.most.max(total);
        match self.look.take() {
            Some(look) => self.looked(look, rows, total),
            None => self.came(rows, total),
        }
        Ok(())
    }

    fn order(&self, a: &K, b: &K) -> Ordering {
        if self.descending { b.cmp(a) } else { a.cmp(b) }
    }

    fn in_order(&self, rows: &[(K, R)]) -> Result<(), Disorder> {
        let Span { after, until } = self.span();
        let mut last = after;
        for (key, _) in rows {
            if last.is_some_and(|last| self.order(&last, key) != Ordering::Less) {
                return Err(Disorder);
            }
            last = Some(*key);
        }
        let beyond = matches!((last, until), (Some(last), Some(until)) if self.order(&last, &until) == Ordering::Greater);
        if beyond || rows.len() > self.size { Err(Disorder) } else { Ok(()) }
    }

    fn came(&mut self, rows: Vec<(K, R)>, total: u64) {
        if rows.is_empty() && total > 0 {
            self.strikes += 1;
            if self.strikes < ASKS {
                return;
            }
            self.missing = self.missing.saturating_add(total);
        }
        self.strikes = 0;
        let page = Page { after: self.after, rows, said: total };
        self.after = page.rows.last().map_or(self.after, |(key, _)| Some(*key));
        self.look = self.held.as_ref().and_then(|held| {
            let is_full = held.rows.len() as u64 >= held.said.min(self.size as u64);
            let (end, _) = held.rows.last().filter(|_| !is_full || total < held.left())?;
            Some(Look { after: held.after, until: *end, end: *end, looks: 1, answers: 0 })
        });
        self.next = Some(page);
        if self.look.is_none() {
            self.advance();
        }
    }

    fn looked(&mut self, mut look: Look<K>, rows: Vec<(K, R)>, total: u64) {
        let hole = total.saturating_sub(rows.len() as u64);
        let last = rows.last().map(|(key, _)| *key);
        self.merge(rows);
        look.answers += 1;
        // A row costs two answers where the org hands out one at a time. Whoever never comes to the end is not asked on.
        let given_up = look.answers >= 4 * self.size + 16;
        if hole > 0 && !given_up {
            if let Some(last) = last.filter(|last| *last != look.until) {
                // The org counts more than it handed out: what lies up to the last row of the answer is a part of its own.
                self.look = Some(Look { until: last, ..look });
                return;
            }
            if look.looks < LOOKS {
                self.look = Some(Look { looks: look.looks + 1, ..look });
                return;
            }
        }
        self.missing = self.missing.saturating_add(hole);
        if look.until == look.end || given_up {
            self.advance();
        } else {
            self.look = Some(Look { after: Some(look.until), until: look.end, ..look });
        }
    }

    /// Puts rows that the held page lacks in their place.
    fn merge(&mut self, rows: Vec<(K, R)>) {
        let descending = self.descending;
        let Some(held) = &mut self.held else { return };
        for (key, row) in rows {
            let order = |(other, _): &(K, R)| if descending { key.cmp(other) } else { other.cmp(&key) };
            if let Err(place) = held.rows.binary_search_by(order) {
                held.rows.insert(place, (key, row));
            }
        }
    }

    /// Hands the held page on, and holds the one after it.
    fn advance(&mut self) {
        if let Some(held) = self.held.take() {
            self.met += held.rows.len() as u64;
            let mut rows = held.rows.into_iter().map(|(_, row)| row).peekable();
            while rows.peek().is_some() {
                self.ready.push_back(rows.by_ref().take(self.size).collect());
            }
        }
        self.held = self.next.take().filter(|page| !page.rows.is_empty());
        self.ended = self.held.is_none();
    }
}

#[cfg(test)]
mod tests;
