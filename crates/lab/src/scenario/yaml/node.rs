use std::rc::Rc;

use super::super::{core_schema::Kind, place::Place};

/// A value of a document. What an alias names is shared, and has the place at which it is written.
#[derive(Debug)]
pub struct Node {
    pub place: Place,
    pub data: Data,
    /// About how many bytes it takes when every alias is written out.
    pub size: usize,
    /// How many nodes deep it is, itself included.
    pub depth: usize,
}

#[derive(Debug)]
pub enum Data {
    Scalar(Scalar),
    List(Vec<Rc<Node>>),
    Mapping(Vec<Pair>),
}

#[derive(Debug)]
pub struct Scalar {
    pub text: String,
    pub kind: Kind,
}

/// An entry of a mapping. Names are unlike each other within one mapping.
#[derive(Debug, Clone)]
pub struct Pair {
    pub name: String,
    /// The place of the name.
    pub place: Place,
    pub value: Rc<Node>,
}

impl Node {
    /// What it is, for a sentence.
    pub fn described(&self) -> &'static str {
        match &self.data {
            Data::List(_) => "a list",
            Data::Mapping(_) => "a mapping",
            Data::Scalar(scalar) => match scalar.kind {
                Kind::Text | Kind::MergeKey => "a text",
                Kind::Null => "nothing",
                Kind::Boolean => "true or false",
                Kind::Integer | Kind::Float => "a number",
                Kind::Date => "a date",
            },
        }
    }
}
