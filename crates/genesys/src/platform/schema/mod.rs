//! The schema of a contact's custom fields: which there are, of which type, and what fits them. Read at run time, because each
//! org has its own.

mod fit;
mod parse;

pub(super) use fit::fit;
pub(super) use parse::read_schemas;
