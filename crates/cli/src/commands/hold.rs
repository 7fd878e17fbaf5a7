use app::{
    Failure, FailureCode, HolderRequest, Result,
    views::{HoldDraft, HoldView},
};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    args::Hold,
    open::Context,
    output::{DONE, Out, line},
};

pub async fn run(command: &Hold, cx: &Context<'_>) -> Result<u8> {
    match command {
        Hold::Add { guest, filter, reason, owner, until } => {
            let app = cx.app("hold add").await?;
            let draft = HoldDraft {
                guest: guest.clone(),
                filter: filter.clone(),
                reason: reason.clone(),
                owner: owner.clone().unwrap_or_else(app::login_name),
                until: until.clone(),
            };
            let hold = app.hold_add(Uuid::now_v7(), draft).await?;
            cx.out.record(&hold, || words(&hold));
            if hold.unchecked {
                let of =
                    if hold.filter.is_some() { "the fields that the filter tests" } else { "this guest" };
                cx.out.note(&format!(
                    "The org could not be asked whether it has {of}; the hold is kept all the same."
                ));
            }
        }
        Hold::List => {
            let print = |value: Value| print(cx.out, &value);
            if let Some(app) = cx.app_unless_held("hold list", HolderRequest::Holds, print).await? {
                app.hold_list()?.iter().for_each(|hold| cx.out.record(hold, || words(hold)));
            }
        }
        Hold::Remove { id } => {
            let id: Uuid = app::parse("ID", id)?;
            let app = cx.app("hold remove").await?;
            let Some(hold) = app.hold_remove(id).await? else {
                return Err(Failure::new(FailureCode::NotFound, format!("There is no hold {id}."))
                    .with_next("See `innkeeper hold list`."));
            };
            cx.out.record(&hold, || format!("Removed {}", words(&hold)));
        }
    }
    Ok(DONE)
}

fn print(out: &Out, value: &Value) {
    out.record(value, || match serde_json::from_value::<HoldView>(value.clone()) {
        Ok(hold) => words(&hold),
        Err(_) => value.to_string(),
    });
}

fn words(hold: &HoldView) -> String {
    let whom = match (&hold.guest_id, &hold.filter) {
        (Some(guest), _) => format!("guest {guest}"),
        (None, filter) => format!("everyone with {}", line(filter.as_deref().unwrap_or_default())),
    };
    let until = hold.until.as_ref().map(|day| format!(", until {day}")).unwrap_or_default();
    let overdue = if hold.overdue { " (OVERDUE: it holds until it is removed)" } else { "" };
    format!("hold {}: {whom}: {} ({}{until}){overdue}", hold.id, line(&hold.reason), line(&hold.owner))
}
