//! `innkeeper` on the command line.
fn main() {}
