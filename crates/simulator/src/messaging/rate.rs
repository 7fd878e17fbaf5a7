//! How often something happened lately.

use std::collections::VecDeque;

use crate::clock::Millis;

/// Two messages that left a guest a second apart may arrive a little closer; that much is not held against them.
const JITTER: Millis = 50;

/// The times within a span that ends now.
pub(crate) struct Window {
    span: Millis,
    times: VecDeque<Millis>,
}

impl Window {
    pub(crate) fn of_a_second() -> Self {
        Self { span: 1000, times: VecDeque::new() }
    }

    pub(crate) fn of_a_minute() -> Self {
        Self { span: 60_000, times: VecDeque::new() }
    }

    /// Takes one more.
    ///
    /// # Errors
    /// The whole seconds, at least one, after which one more is taken. Nothing is counted then.
    pub(crate) fn take(&mut self, now: Millis, most: Option<u32>) -> Result<(), u64> {
        let Some(most) = most else { return Ok(()) };
        let span = self.span - JITTER;
        // Times in the future are from before the clock was moved back.
        self.times.retain(|at| now - span < *at && *at <= now);
        if self.times.len() < most as usize {
            self.times.push_back(now);
            return Ok(());
        }
        let first = self.times.front().copied().unwrap_or(now);
        Err((first + self.span - now).clamp(1, self.span).unsigned_abs().div_ceil(1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_of_a_second_waits_and_a_clock_that_moves_back_forgets() {
        let mut window = Window::of_a_second();
        assert_eq!(window.take(0, Some(2)), Ok(()));
        assert_eq!(window.take(100, Some(2)), Ok(()));
        assert_eq!(window.take(200, Some(2)), Err(1));
        assert_eq!(window.take(960, Some(2)), Ok(()), "the first is a second old but for the jitter");
        assert_eq!(window.take(970, Some(2)), Err(1));
        assert_eq!(window.take(-5000, Some(2)), Ok(()));
        let mut window = Window::of_a_minute();
        assert_eq!(window.take(0, Some(1)), Ok(()));
        assert_eq!(window.take(500, Some(1)), Err(60));
        assert_eq!(window.take(500, None), Ok(()));
    }
}
