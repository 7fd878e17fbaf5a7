use strum::VariantArray;

use super::{Expression, FieldKind, Op, Test};

/// What an org can filter by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterAbility {
    /// The comparisons that each kind of field takes; a kind that is not named cannot be asked for.
    pub tests: Vec<(FieldKind, Vec<Op>)>,
    /// Whether alternatives can be asked for.
    pub or: bool,
    /// Whether an expression can be negated.
    pub not: bool,
}

impl FilterAbility {
    /// An org that reads the whole grammar. What is wrong with a selection it says itself.
    #[must_use]
    pub fn whole_grammar() -> Self {
        Self {
            tests: FieldKind::VARIANTS.iter().map(|kind| (*kind, Op::VARIANTS.to_vec())).collect(),
            or: true,
            not: true,
        }
    }

    /// An org that hands out everyone.
    #[must_use]
    pub fn nothing() -> Self {
        Self { tests: Vec::new(), or: false, not: false }
    }

    /// Whether the org can filter by all of this.
    pub(super) fn serves(&self, expression: &Expression) -> bool {
        match expression {
            Expression::And(parts) => parts.iter().all(|part| self.serves(part)),
            Expression::Or(parts) => self.or && parts.iter().all(|part| self.serves(part)),
            Expression::Not(inner) => self.not && self.serves(inner),
            Expression::Test(Test { field, op, .. }) => {
                let kind = FieldKind::from(field);
                self.tests.iter().any(|(known, ops)| *known == kind && ops.contains(op))
            }
        }
    }

    /// What the org can filter by, which may select more than the expression, and what is left to test.
    pub(super) fn split(&self, expression: &Expression) -> (Option<Expression>, Option<Expression>) {
        if self.serves(expression) {
            return (Some(expression.clone()), None);
        }
        match expression {
            Expression::And(parts) => {
                let (served, rest): (Vec<_>, Vec<_>) = parts.iter().map(|part| self.split(part)).unzip();
                let all = |parts: Vec<Option<_>>| Expression::all_of(parts.into_iter().flatten().collect());
                (all(served), all(rest))
            }
            // Where each alternative has a part that the org can filter by, one of those parts holds.
            Expression::Or(parts) if self.or => {
                let served: Option<Vec<_>> = parts.iter().map(|part| self.split(part).0).collect();
                (served.and_then(Expression::one_of), Some(expression.clone()))
            }
            _ => (None, Some(expression.clone())),
        }
    }
}
