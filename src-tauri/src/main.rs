//! The window's binary.
fn main() {}
