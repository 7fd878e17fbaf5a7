use app::{Result, views::LossView};
use serde_json::json;

use crate::{
    open::Context,
    output::{DONE, line},
};

pub async fn run(accept: Option<&str>, cx: &Context<'_>) -> Result<u8> {
    let app = cx.app("recover").await?;
    let connection = app.connection().name.clone();
    let (loss, accepted) = match accept {
        Some(name) => {
            let loss = app.loss_accept(name).await?;
            let accepted = loss.is_some();
            (loss, accepted)
        }
        None => (app.loss(), false),
    };
    // A broken audit log takes no line and stops nobody.
    let recorded = accepted && !app.status().notices.iter().any(|notice| notice.id == "audit-broken");
    let record =
        json!({ "connection": connection, "loss": loss, "accepted": accepted, "recorded": recorded });
    cx.out.record(&record, || match &loss {
        None => format!("Nothing is missing in the store of the connection {:?}.", line(&connection)),
        Some(loss) if accepted => format!(
            "The loss is accepted{}. {}\nDeleting is allowed again. Set the holds again that \
             are missing before anything is deleted.",
            if recorded {
                " and written to the audit log"
            } else {
                "; the audit log is broken and takes no line"
            },
            line(&loss.missing)
        ),
        Some(loss) => words(loss),
    });
    Ok(DONE)
}

fn words(loss: &LossView) -> String {
    let mut lines = vec![line(&loss.happened), line(&loss.missing), line(&loss.means)];
    lines.extend(loss.hold_ids.iter().map(|id| format!("  missing: hold {id} (see `innkeeper audit list`)")));
    lines.extend(loss.files.iter().map(|file| format!("  file: {}", line(file))));
    lines.push(format!("  noticed: {}", loss.found_at.to_rfc3339()));
    lines.push(
        "Put the newest copy of the folder back if there is one. Else set missing holds again, then accept:"
            .into(),
    );
    lines.push(format!("  innkeeper recover --accept {:?}", line(&loss.connection)));
    lines.join("\n")
}
