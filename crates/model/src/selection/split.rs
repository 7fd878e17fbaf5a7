use super::{FilterAbility, Selection, SelectionError};

/// A selection in two parts: what both select is what the whole selects. An absent part is everyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// What the org filters by.
    pub served: Option<Selection>,
    /// What the guests that it hands out are tested for here.
    pub residual: Option<Selection>,
}

impl Selection {
    /// Parts it into what an org with this ability filters itself and the rest, for which the guests that it hands out are
    /// tested here. What both select is what this selects.
    ///
    /// ```
    /// use model::{FieldKind, FilterAbility, Op, Selection};
    /// let can = FilterAbility { tests: vec![(FieldKind::Email, vec![Op::Equal])], or: false, not: false };
    /// let s: Selection = r#"email = "a@x" AND attributes.tier = "gold""#.parse()?;
    /// let parts = s.split(&can)?;
    /// assert_eq!(parts.served.unwrap().to_string(), r#"email = "a@x""#);
    /// assert_eq!(parts.residual.unwrap().to_string(), r#"attributes.tier = "gold""#);
    /// # Ok::<(), model::SelectionError>(())
    /// ```
    ///
    /// # Errors
    /// A rest that cannot be tested for the reason of [`Selection::refusal`].
    pub fn split(&self, can: &FilterAbility) -> Result<Split, SelectionError> {
        if can.serves(&self.expression) {
            return Ok(Split { served: Some(self.clone()), residual: None });
        }
        let (served, residual) = can.split(&self.expression);
        let residual = residual.map(Self::from);
        match residual.as_ref().and_then(Self::refusal) {
            Some(refusal) => Err(refusal),
            None => Ok(Split { served: served.map(Self::from), residual }),
        }
    }
}
