//! A limit of so many in any span of time, counted as the org counts: the times of the last ones are kept.

use std::{collections::VecDeque, time::Duration};

/// Added to the span, because frames come closer together than they left.
const MARGIN: Duration = Duration::from_millis(50);

#[derive(Debug, Clone)]
pub(super) struct Window {
    most: usize,
    span: Duration,
    times: VecDeque<Duration>,
}

impl Window {
    /// At least one in a span.
    pub(super) fn new(most: u32, span: Duration) -> Self {
        Self { most: most.max(1) as usize, span: span + MARGIN, times: VecDeque::new() }
    }

    /// When one more may leave so that `reserve` others could still leave with it; what has passed means now.
    pub(super) fn next(&self, reserve: usize) -> Duration {
        let most = self.most.saturating_sub(reserve).max(1);
        match self.times.len().checked_sub(most) {
            None => Duration::ZERO,
            Some(nth) => self.times[nth] + self.span,
        }
    }

    /// Whether none of the last ones counts any more.
    pub(super) fn is_free_at(&self, now: Duration) -> bool {
        self.times.back().is_none_or(|last| *last + self.span <= now)
    }

    /// One leaves now.
    pub(super) fn take(&mut self, now: Duration) {
        if self.times.len() >= self.most {
            self.times.pop_front();
        }
        self.times.push_back(now);
    }

    /// A new connection, of which nothing was counted yet.
    pub(super) fn clear(&mut self) {
        self.times.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_span_of_time_sees_more_than_the_limit() {
        let second = Duration::from_secs(1);
        let mut window = Window::new(2, second);
        let mut left = Vec::new();
        let mut now = Duration::ZERO;
        for _ in 0..10 {
            now = now.max(window.next(0));
            window.take(now);
            left.push(now);
        }
        assert_eq!(left[1], Duration::ZERO);
        assert!(left.windows(3).all(|three| three[2] - three[0] > second));
        window.take(now + second * 2);
        assert!(window.next(1) > window.next(0), "what is kept in reserve is not given away");
    }
}
