//! The filter grammar of `guest-api.md`: text to tree ([`parse`]), tree to typed tests ([`Tests`]), and
//! the part of a filter that an ordered index can answer ([`range`]).

mod parse;
pub(crate) mod range;
mod tests_of;
mod tree;

pub(crate) use parse::parse;
pub(crate) use tests_of::{FieldType, Scalar, Subject, Tests};
pub(crate) use tree::{Filter, FilterError, Op, Value};
