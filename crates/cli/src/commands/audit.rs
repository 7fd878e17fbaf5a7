use std::sync::Arc;

use app::{Failure, FailureCode, Result, views::AuditCheck};

use crate::{
    args::{Audit, Everywhere},
    open,
    output::{DONE, Out, line},
};

pub async fn run(command: &Audit, everywhere: &Everywhere, out: &Arc<Out>) -> Result<u8> {
    match command {
        Audit::List => {
            let app = open::app(everywhere, "audit list").await?;
            let to = Arc::clone(out);
            let listed = app.audit_lines(move |entry| {
                to.record(&entry, || {
                    let of = entry.subject.as_ref().map(|s| format!(" [guest {s}]")).unwrap_or_default();
                    let (user, text) = (line(&entry.user), line(&entry.text));
                    format!("{} {} {user}: {text}{of}", entry.n, entry.at.to_rfc3339())
                });
                to.heard()
            });
            out.unless_unheard(listed.await)?;
        }
        Audit::Verify => {
            let app = open::app(everywhere, "audit verify").await?;
            told(out, &app.audit_verify().await?)?;
        }
        Audit::SetAside => {
            let app = open::app(everywhere, "audit set-aside").await?;
            told(out, &app.audit_set_aside().await?)?;
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
