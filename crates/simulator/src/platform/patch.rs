//! Single changes of a contact, each by the JSON path of a member.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::org::{Call, Fault, Fields, Refusal};

/// Changes in one request.
const MOST: usize = 100;

/// The body of a PATCH.
#[derive(Deserialize)]
pub(super) struct Changes {
    changes: Vec<ChangeOf>,
}

#[derive(Deserialize)]
struct ChangeOf {
    /// Such as `$.lastName` or `$.customFields.tier`.
    field: String,
    #[serde(default)]
    value: Value,
    action: Action,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
enum Action {
    Update,
    UpdateIfEmpty,
    UpdateIfExists,
    Remove,
    AppendToCollection,
    RemoveFromCollection,
}

impl Changes {
    pub(super) fn of(call: &Call) -> Result<Self, Refusal> {
        let members = Fields::of(call)?.into_members();
        let changes: Self = serde_json::from_value(Value::Object(members))
            .map_err(|error| Refusal::malformed(format!("The changes cannot be read: {error}")))?;
        if changes.changes.is_empty() || changes.changes.len() > MOST {
            return Err(Refusal::field("changes", format!("must be 1 to {MOST} changes")));
        }
        Ok(changes)
    }
}

/// The members after all changes, in their order.
///
/// # Errors
/// 400 that names the first field that cannot be changed like that.
pub(super) fn changed(
    mut members: Map<String, Value>,
    changes: &Changes,
) -> Result<Map<String, Value>, Refusal> {
    for (n, change) in changes.changes.iter().enumerate() {
        apply(&mut members, change).map_err(|says| {
            Refusal::fields(vec![Fault { field: format!("changes[{n}].field"), says: says.to_owned() }])
        })?;
    }
    Ok(members)
}

fn apply(members: &mut Map<String, Value>, change: &ChangeOf) -> Result<(), &'static str> {
    let path = change.field.strip_prefix("$.").ok_or("must be a JSON path such as $.lastName")?;
    let mut steps: Vec<&str> = path.split('.').collect();
    let last = steps.pop().filter(|last| !last.is_empty()).ok_or("must name a member")?;
    if steps.len() > 2 || steps.iter().any(|step| step.is_empty()) {
        return Err("must name a member, or one inside a member");
    }
    let mut at = members;
    for step in steps {
        let inner = at.entry(step).or_insert_with(|| Value::Object(Map::new()));
        at = inner.as_object_mut().ok_or("must lead through objects")?;
    }
    let before = at.get(last);
    let is_empty = before.is_none_or(|value| value.is_null() || value == "");
    match change.action {
        Action::UpdateIfEmpty if !is_empty => {}
        Action::UpdateIfExists if is_empty => {}
        Action::Update | Action::UpdateIfEmpty | Action::UpdateIfExists => {
            at.insert(last.to_owned(), change.value.clone());
        }
        Action::Remove => drop(at.remove(last)),
        Action::AppendToCollection | Action::RemoveFromCollection => {
            let list = at.entry(last).or_insert_with(|| Value::Array(Vec::new()));
            let list = list.as_array_mut().ok_or("is no collection")?;
            let several = change.value.as_array().cloned().unwrap_or_else(|| vec![change.value.clone()]);
            for value in several {
                list.retain(|other| *other != value);
                if change.action == Action::AppendToCollection {
                    list.push(value);
                }
            }
        }
    }
    Ok(())
}
