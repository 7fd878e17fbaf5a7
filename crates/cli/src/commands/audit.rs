use std::sync::Arc;

use app::{Failure, FailureCode, Result, views::AuditCheck};

use crate::{
    args::Audit,
    open::Context,
    output::{DONE, Out, line},
};

pub async fn run(command: &Audit, cx: &Context<'_>) -> Result<u8> {
    match command {
        Audit::List => {
            let app = cx.app("audit list").await?;
            let to = Arc::clone(cx.out);
            let listed = app.audit_lines(move |entry| {
                to.record(&entry, || {
                    let of = entry.subject.as_ref().map(|s| format!(" [guest {s}]")).unwrap_or_default();
                    let (user, text) = (line(&entry.user), line(&entry.text));
                    format!("{} {} {user}: {text}{of}", entry.n, entry.at.to_rfc3339())
                });
                to.heard()
            });
            cx.out.unless_unheard(listed.await)?;
        }
        Audit::Verify => {
            let app = cx.app("audit verify").await?;
            told(cx.out, &app.audit_verify().await?)?;
        }
        Audit::SetAside => {
            let app = cx.app("audit set-aside").await?;
            told(cx.out, &app.audit_set_aside().await?)?;
        }
    }
    Ok(DONE)
}

fn told(out: &Out, check: &AuditCheck) -> Result<()> {
    if let Some(problem) = &check.problem {
        return Err(Failure::new(
            FailureCode::AuditBroken,
            format!("The audit log does not hold: {problem}."),
        )
        .with_next("Find out who touched the file; then `innkeeper audit set-aside` begins a new one."));
    }
    out.record(check, || format!("The audit log holds: {} lines, head {}", check.lines, check.head));
    Ok(())
}
