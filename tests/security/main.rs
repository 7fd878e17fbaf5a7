//! What security stands on and a compiler does not hold: the window's settings, and where the code touches secrets.

mod secrets;
mod settings;
