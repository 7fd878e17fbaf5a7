//! Checks on the tree itself: the rules of ARCHITECTURE.md and CONTRIBUTING.md that a compiler does not hold.
//!
//! Every check is a pure function from texts to complaints, so that beside the test that holds the tree to it stands
//! one that shows it can fail.

mod bridge;
mod circles;
mod controls;
mod edges;
mod files;
mod invariants;
mod links;
mod locks;
mod modules;
mod names;
mod old_names;
mod page_circles;
mod pages;
mod sizes;
mod tree;
mod vendor;

/// Fails with all complaints at once.
#[track_caller]
fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
