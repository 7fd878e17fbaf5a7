use super::{Expression, Field, Op, Test};

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

/// A field without the key of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// `id`
    Id,
    /// `name`
    Name,
    /// `email`
    Email,
    /// `createdTime`
    CreatedTime,
    /// `modifiedTime`
    ModifiedTime,
    /// `active`
    Active,
    /// Any `attributes.<key>`
    Attribute,
    /// A field of conversations
    Conversation,
}

impl FieldKind {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::Id,
        Self::Name,
        Self::Email,
        Self::CreatedTime,
        Self::ModifiedTime,
        Self::Active,
        Self::Attribute,
        Self::Conversation,
    ];
}

impl From<&Field> for FieldKind {
    fn from(field: &Field) -> Self {
        match field {
            Field::Id => Self::Id,
            Field::Name => Self::Name,
            Field::Email => Self::Email,
            Field::CreatedTime => Self::CreatedTime,
            Field::ModifiedTime => Self::ModifiedTime,
            Field::Active => Self::Active,
            Field::Attribute(_) => Self::Attribute,
            Field::GuestIdOfConversation | Field::ConversationType | Field::ConversationState => {
                Self::Conversation
            }
        }
    }
}

impl FilterAbility {
    /// An org that reads the whole grammar. What is wrong with a selection it says itself.
    #[must_use]
    pub fn whole_grammar() -> Self {
        Self { tests: FieldKind::ALL.map(|kind| (kind, Op::ALL.to_vec())).into(), or: true, not: true }
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
