//! A YAML document as a tree of nodes with places. The library gives events; here are the rules of the format on top of it:
//! one document, no name twice, known tags only, and limits to what aliases multiply.

mod compose;
mod node;

pub use compose::compose;
pub use node::{Data, Node, Pair, Scalar};
