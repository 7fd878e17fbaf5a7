//! What security stands on and a compiler does not hold: the window's settings, and where the code touches secrets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod secrets;
mod settings;
