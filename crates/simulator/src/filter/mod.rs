//! The filter grammar of `guest-api.md`: text to tree ([`parse`]), tree to a typed [`Predicate`], and
//! the part of a filter that an ordered index can answer ([`range`]).

mod parse;
mod predicate;
pub(crate) mod range;
mod tree;

pub(crate) use parse::parse;
pub(crate) use predicate::{FieldType, Predicate, Scalar, Subject};
pub(crate) use tree::{Filter, FilterError, Op, Value};
