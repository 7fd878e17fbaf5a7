//! The one gate before every command: what is too large or too deep for any of them is read no further.

use app::Failure;
use serde_json::Value;
use tauri::ipc::InvokeBody;

/// The largest input of a command, in bytes of its texts and names, with 8 for every value. A hundred attributes of a
/// guest, each changed from one long text to another, fit in.
const LARGEST: usize = 256 * 1024;

/// How many lists and objects may stand in each other. The commands' own inputs have at most 5.
const DEEPEST: usize = 8;

/// Whether a command may look at this.
pub(crate) fn check(body: &InvokeBody) -> Result<(), Failure> {
    let InvokeBody::Json(value) = body else {
        return Err(Failure::field("input", "must be JSON; no command takes bytes"));
    };
    match weigh(value, DEEPEST) {
        None => Err(Failure::field("input", format!("may have at most {DEEPEST} levels"))),
        Some(bytes) if bytes > LARGEST => {
            Err(Failure::field("input", format!("may have at most {} KiB", LARGEST >> 10)))
        }
        Some(_) => Ok(()),
    }
}

/// The size of a value; nothing where it is deeper than that.
fn weigh(value: &Value, levels: usize) -> Option<usize> {
    let inner = || levels.checked_sub(1);
    Some(
        8 + match value {
            Value::String(text) => text.len(),
            Value::Array(values) => {
                let levels = inner()?;
                values.iter().try_fold(0, |sum, value| Some(sum + weigh(value, levels)?))?
            }
            Value::Object(fields) => {
                let levels = inner()?;
                fields
                    .iter()
                    .try_fold(0, |sum, (name, value)| Some(sum + name.len() + weigh(value, levels)?))?
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        },
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(value: Value) -> Option<String> {
        check(&InvokeBody::Json(value)).err().map(|failure| failure.message)
    }

    #[test]
    fn what_is_too_large_or_too_deep_for_any_command_is_read_no_further() {
        let boxed = |n: usize| json!({ "value": "x".repeat(n) });
        let change =
            |key: usize| json!({ "key": key.to_string(), "before": boxed(1_000), "after": boxed(1_000) });
        let changes: Vec<Value> = (0..100).map(change).collect();
        assert_eq!(refused(json!({ "id": "g", "changes": changes })), None);
        assert!(refused(json!({ "text": "x".repeat(LARGEST) })).unwrap().contains("256 KiB"));
        assert!(refused(json!({ "ids": vec![0; LARGEST / 8] })).unwrap().contains("256 KiB"));
        let deep = |levels: usize| (1..levels).fold(json!([]), |inner, _| json!([inner]));
        assert_eq!(refused(deep(DEEPEST)), None);
        assert!(refused(deep(DEEPEST + 1)).unwrap().contains("levels"));
        assert!(check(&InvokeBody::Raw(b"{}".to_vec())).is_err());
    }
}
