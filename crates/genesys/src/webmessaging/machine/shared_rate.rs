//! A limit that the org keeps by session: chats and readings under one token share it, each on its own clock.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::rate::Window;

/// One chat's view of a limit.
#[derive(Debug, Clone)]
pub(crate) struct SharedWindow {
    window: Arc<Mutex<Window>>,
    /// When the chat began, on the clock that all who share it have in common.
    began: Duration,
}

impl SharedWindow {
    /// Shared by nobody yet.
    pub(crate) fn new(most: u32, span: Duration) -> Self {
        Self { window: Arc::new(Mutex::new(Window::new(most, span))), began: Duration::ZERO }
    }

    /// The same limit for a chat that begins at this time of the common clock.
    pub(crate) fn beginning_at(&self, began: Duration) -> Self {
        Self { window: Arc::clone(&self.window), began }
    }

    /// When one more may leave, since the chat began; what has passed means now.
    pub(super) fn next(&self) -> Duration {
        self.lock().next(0).saturating_sub(self.began)
    }

    /// One leaves now.
    pub(super) fn take(&self, now: Duration) {
        self.lock().take(self.began + now);
    }

    /// Whether nobody else has it and nothing of it counts any more at this time of the common clock.
    pub(crate) fn is_forgotten_at(&self, now: Duration) -> bool {
        Arc::strong_count(&self.window) == 1 && self.lock().is_free_at(now)
    }

    /// Nothing panics while it is held.
    fn lock(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_chats_share_one_limit_each_on_its_own_clock() {
        let second = Duration::from_secs(1);
        let first = SharedWindow::new(2, 60 * second);
        let second_chat = first.beginning_at(30 * second);
        first.take(20 * second);
        second_chat.take(Duration::ZERO);
        let margin = Duration::from_millis(50);
        assert_eq!(first.next(), 80 * second + margin, "a minute after the first of the two");
        assert_eq!(second_chat.next(), 50 * second + margin, "the same time");
        drop(second_chat);
        assert!(!first.is_forgotten_at(85 * second) && first.is_forgotten_at(91 * second));
    }
}
