//! What went wrong at the org, told once and in words for people: what was asked, what came back, and what the org said.

use std::borrow::Cow;

use genesys::{Error, OrgReply};

use super::chain::{chain, own_words};

/// As a part of a sentence, without its dot.
pub(crate) fn words(error: &Error) -> String {
    match error {
        Error::Offline { call } => format!("offline, so the org was not asked to {}", asked(call)),
        Error::NotAnswering { call, .. } => {
            format!("the org has not answered lately, so it was not asked to {}", asked(call))
        }
        Error::Withdrawn { call } => format!("called off before the org was asked to {}", asked(call)),
        Error::Unreachable { call, source, .. } => {
            format!("the org could not be reached to {}: {}", asked(call), own_words(source))
        }
        // vendor-fact: permissions
        Error::Forbidden { missing: Some(name), said }
            if name.contains(':') && !said.is_about_a_division() =>
        {
            // The org's own words are that name again, or several names of it.
            format!("the org answered {} when asked to {}: {name} is missing", said.status, asked(said.call))
        }
        Error::CredentialsRejected(said)
        | Error::Forbidden { said, .. }
        | Error::NotFound(said)
        | Error::Gone(said)
        | Error::Conflict(said)
        | Error::RateLimited(said)
        | Error::Invalid { said, .. }
        | Error::OrgFailed { said, .. } => answered(said),
        Error::BadAnswer { call, status, why, .. } => {
            format!(
                "asked to {}, the org answered {status} with something that cannot be understood: {why}",
                asked(call)
            )
        }
        Error::Ended { call } => format!(
            "the conversation has ended, as the org's own record of it says, so it was not asked to {}",
            asked(call)
        ),
        Error::CursorExpired { call } => {
            format!("the org does not know any more where it stood when asked to {}", asked(call))
        }
        Error::Incomplete { call, met, missing } => format!(
            "asked to {}, the org handed out {met}, and {missing} more may be missing: it counts more than it hands \
             out, or the list changed too much meanwhile",
            asked(call)
        ),
        // It was read by, not written.
        Error::Unfit { fields } if fields.iter().all(|unfit| unfit.field == "filter") => {
            let told: Vec<String> =
                fields.iter().map(|unfit| format!("the filter {}", unfit.message)).collect();
            told.join("; ")
        }
        other => chain(other),
    }
}

/// As a sentence of its own.
pub(crate) fn sentence(error: &Error) -> String {
    let words = words(error);
    let mut rest = words.chars();
    let first: String = rest.next().into_iter().flat_map(char::to_uppercase).collect();
    let dot = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{dot}", rest.as_str())
}

fn answered(said: &OrgReply) -> String {
    if let (true, Some(seen)) = (said.by_our_look, &said.message) {
        return format!("{seen}, so the org was not asked to {}", asked(said.call));
    }
    let words = said.message.as_ref().or(said.code.as_ref()).map(|words| format!(" ({words})"));
    format!(
        "the org answered {} when asked to {}{}",
        said.status,
        asked(said.call),
        words.unwrap_or_default()
    )
}

/// A call by its name, such as "send message", in a sentence.
fn asked(call: &str) -> Cow<'_, str> {
    match call.split_once(' ') {
        Some((verb, noun)) if noun != "in" && !noun.ends_with('s') => format!("{verb} the {noun}").into(),
        _ => call.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_was_asked_and_what_was_answered_is_told_once_and_as_a_sentence() {
        let said = |call, status, message: Option<&str>| OrgReply {
            call,
            status,
            by_our_look: false,
            code: Some("bad.request".into()),
            message: message.map(Into::into),
            correlation_id: None,
            retry_after: None,
        };
        let wait = Duration::from_secs(3);
        for (error, told) in [
            (
                Error::Invalid { fields: Vec::new(), said: said("list guests", 400, Some("no such field")) },
                "The org answered 400 when asked to list guests (no such field).",
            ),
            (
                Error::OrgFailed { sent: genesys::Sent::Perhaps, said: said("send message", 503, None) },
                "The org answered 503 when asked to send the message (bad.request).",
            ),
            (
                Error::Forbidden {
                    missing: Some("guest:write".into()),
                    said: said("delete guest", 403, Some("no")),
                },
                "The org answered 403 when asked to delete the guest: guest:write is missing.",
            ),
            (
                Error::Conflict(OrgReply {
                    by_our_look: true,
                    ..said("delete contact", 409, Some("the contact was changed"))
                }),
                "The contact was changed, so the org was not asked to delete the contact.",
            ),
            (Error::Offline { call: "list guests" }, "Offline, so the org was not asked to list guests."),
            (
                Error::NotAnswering { call: "sign in", next_try: wait },
                "The org has not answered lately, so it was not asked to sign in.",
            ),
            (
                Error::BadAnswer {
                    call: "get guest",
                    status: 200,
                    why: "no JSON".into(),
                    sent: genesys::Sent::Perhaps,
                    correlation_id: None,
                    retry_after: None,
                },
                "Asked to get the guest, the org answered 200 with something that cannot be understood: no JSON.",
            ),
        ] {
            assert_eq!(sentence(&error), told);
        }
    }
}
