use std::collections::HashMap;

use uuid::Uuid;

use crate::{clock::Millis, trouble::Trouble};

/// The vendor's default, in seconds (genesys-facts.md, section 2).
pub(super) const TOKEN_SECONDS: Millis = 86_400;
const WINDOW: Millis = 60_000;
/// What the headers allow an org without a limit.
const UNLIMITED: u64 = 1_000_000;
/// Windows kept for the statistics.
const WINDOWS_KEPT: usize = 1000;

/// The access tokens under way and what each has spent.
pub(crate) struct Tokens {
    rate: Option<u32>,
    by_text: HashMap<String, Token>,
    /// Requests of windows that are over, oldest first.
    past: std::collections::VecDeque<u64>,
    most: u64,
}

struct Token {
    expires: Millis,
    /// The first request; windows of 60 s follow each other from there. `None` before it.
    first: Option<Millis>,
    window: Millis,
    count: u64,
}

/// What an answer's headers say, and whether the token still counts for anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) count: u64,
    pub(crate) allowed: u64,
    /// Whole seconds left, rounded up.
    pub(crate) reset_seconds: u64,
    pub(crate) expired: bool,
}

impl Tokens {
    pub(crate) fn allowing(rate: Option<u32>) -> Self {
        Self { rate, by_text: HashMap::new(), past: std::collections::VecDeque::new(), most: 0 }
    }

    fn allowed(&self) -> u64 {
        self.rate.map_or(UNLIMITED, u64::from)
    }

    pub(super) fn issue(&mut self, now: Millis) -> String {
        let over: Vec<String> =
            self.by_text.iter().filter(|(_, t)| t.expires <= now).map(|(text, _)| text.clone()).collect();
        over.iter().for_each(|text| self.revoke(text));
        let text = Uuid::new_v4().simple().to_string();
        let expires = now + TOKEN_SECONDS * 1000;
        self.by_text.insert(text.clone(), Token { expires, first: None, window: 0, count: 0 });
        text
    }

    pub(super) fn revoke_all(&mut self) {
        let all: Vec<String> = self.by_text.keys().cloned().collect();
        all.iter().for_each(|text| self.revoke(text));
    }

    pub(crate) fn revoke(&mut self, text: &str) {
        let token = self.by_text.remove(text);
        if let Some(token) = token.filter(|token| token.count > 0) {
            self.window_is_over(token.count);
        }
    }

    fn window_is_over(&mut self, count: u64) {
        self.past.push_back(count);
        if self.past.len() > WINDOWS_KEPT {
            self.past.pop_front();
        }
    }

    /// Counts one request in the token's window, after what the weather does to the token. `None` for a token
    /// nobody was given.
    pub(crate) fn count(&mut self, text: &str, now: Millis, trouble: Option<&Trouble>) -> Option<Standing> {
        let allowed = self.allowed();
        let token = self.by_text.get_mut(text)?;
        let first = *token.first.get_or_insert(now);
        // A clock moved back stays in the first window.
        let window = (now - first).max(0) / WINDOW;
        let before = if window == token.window { 0 } else { std::mem::take(&mut token.count) };
        token.window = window;
        match trouble {
            Some(Trouble::Spend(n)) => token.count += u64::from(*n),
            Some(Trouble::ExpireToken) => token.expires = token.expires.min(now),
            _ => {}
        }
        token.count += 1;
        self.most = self.most.max(token.count);
        let (count, expired) = (token.count, token.expires <= now);
        if before > 0 {
            self.window_is_over(before);
        }
        let left = first + (window + 1) * WINDOW - now;
        let reset_seconds = left.clamp(1, WINDOW).unsigned_abs().div_ceil(1000);
        Some(Standing { count, allowed, reset_seconds, expired })
    }

    /// What the headers say to a token nobody was given: its window has not begun.
    pub(crate) fn unknown(&self) -> Standing {
        Standing { count: 0, allowed: self.allowed(), reset_seconds: 60, expired: true }
    }

    /// Requests per window, the running ones last, and the most in any.
    pub(crate) fn windows(&self) -> (Vec<u64>, u64) {
        let running = self.by_text.values().map(|t| t.count).filter(|n| *n > 0);
        (self.past.iter().copied().chain(running).collect(), self.most)
    }
}
