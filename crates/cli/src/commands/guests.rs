use app::{ChatGuest, Failure, FailureCode, GuestSelection, RecentGuest, Result};
use model::{AttributeValue, Attributes, Guest, exact_number, trimmed};
use serde_json::json;
use uuid::Uuid;

use crate::{
    args::Guests,
    open::Context,
    output::{DONE, IN_PART, Out, line},
};

pub async fn run(command: &Guests, cx: &Context<'_>) -> Result<u8> {
    match command {
        Guests::List { filter, limit, search, recent: Some(days), yes, .. } => {
            debug_assert!(search.is_none(), "the arguments exclude each other");
            let app = cx.app("guests list").await?;
            let filter = filter.as_deref().map(|text| app.filter(text)).transpose()?;
            let walked = app.guests_recent(*days, filter.as_ref(), *limit, *yes, |row| {
                cx.out.record(&row, || recent_words(&row));
                cx.out.heard()
            });
            cx.out.unless_unheard(walked.await)?;
        }
        Guests::List { filter, limit, sort, search, .. } => {
            let sort = sort.as_deref().map(parse_sort).transpose()?;
            if search.as_ref().is_some_and(|text| trimmed(text).is_empty()) {
                return Err(Failure::field("--search", "is empty; leave it out to mean everyone"));
            }
            let app = cx.app("guests list").await?;
            let filter = filter.as_deref().map(|text| app.filter(text)).transpose()?;
            let selection = GuestSelection { filter, search: search.clone(), sort, limit: *limit };
            let walked = app.guests_walk(&selection, |guest| {
                print(cx.out, &guest);
                cx.out.heard()
            });
            match cx.out.unless_unheard(walked.await) {
                Err(incomplete) if incomplete.code == FailureCode::Incomplete => {
                    // Scripts that read the rows may look at nothing else on stdout.
                    cx.out.also_on_stderr(&incomplete);
                    return Ok(cx.out.failed_as(&incomplete, IN_PART));
                }
                walked => {
                    if let Some(cut) = walked? {
                        cx.out.note(&format!(
                            // vendor-fact: search-ceiling
                            "truncated: the org's search hands out {cut} at most, and more match. Search for more of the name, or \
                             list everyone with --filter."
                        ));
                    }
                }
            }
        }
        Guests::Show { id } => {
            let id = app::parse("ID", id)?;
            let shown = cx.app("guests show").await?.guest_shown(id).await?;
            cx.out.record(&shown, || {
                let conversations = shown.conversations.iter().flatten().map(|c| {
                    let from = c.start_time.format("%Y-%m-%d %H:%M UTC");
                    format!("  conversation {} {} {from}", c.id, app::state_word(c.state))
                });
                std::iter::once(describe(&shown.guest)).chain(conversations).collect::<Vec<_>>().join("\n")
            });
        }
        Guests::Find { id } => {
            let found =
                cx.app("guests find").await?.guest_of(id).await.map_err(|failure| match failure.code {
                    FailureCode::InvalidInput => failure.in_field("ID"),
                    _ => failure,
                })?;
            cx.out.record(&found, || {
                let unnamed = || "unknown: the org names none of this conversation".to_owned();
                let mut lines = vec![
                    format!("guest         {}", found.guest_id.map_or_else(unnamed, |id| id.to_string())),
                    format!("conversation  {}", found.conversation_id),
                ];
                lines.extend(found.message_id.iter().map(|id| format!("message       {}", line(id))));
                lines.join("\n")
            });
        }
        Guests::Set { id, values, unset, dry_run } => {
            let id = app::parse("ID", id)?;
            let sets = parse_assignments(values)?;
            if let Some(key) = unset.iter().find(|key| sets.iter().any(|(set, _)| set == *key)) {
                return Err(Failure::field(key, "is set and removed by the same command"));
            }
            let edit = cx.app("guests set").await?.guest_set(id, sets, unset, *dry_run).await?;
            cx.out.record(&edit, || {
                let mut lines = Vec::new();
                for (sign, side) in [("-", &edit.before), ("+", &edit.after)] {
                    lines.extend(
                        side.iter()
                            .map(|(k, v)| format!("{sign} {}: {}", line(k), line(&json!(v).to_string()))),
                    );
                }
                if lines.is_empty() {
                    lines.push("Nothing to change.".to_owned());
                }
                lines.extend(edit.canonical_id.map(|canonical| {
                    format!("{id} was merged into {canonical}: these are the attributes of that guest.")
                }));
                lines.join("\n")
            });
        }
        Guests::Interaction { id, kind, by } => {
            let id = app::parse("ID", id)?;
            let app = cx.app("guests interaction").await?;
            let guest = app.guest_interaction(Uuid::new_v4(), id, kind, *by).await?;
            cx.out.record(&guest, || describe(&guest));
        }
        Guests::Delete { id } => {
            let id = app::parse("ID", id)?;
            let app = cx.app("guests delete").await?;
            let guest = app.guest(id).await?;
            app.guest_delete(id, Some(guest.revision.clone())).await?;
            cx.out.record(&guest, || format!("Deleted {} ({}).", line(&guest.name), guest.id));
        }
    }
    Ok(DONE)
}

fn parse_sort(text: &str) -> Result<(app::views::SortField, bool)> {
    let (field, descending) = match text.strip_suffix(":desc") {
        Some(field) => (field, true),
        None => (text, false),
    };
    Ok((field.parse()?, descending))
}

/// Several assignments; a name that stands twice is a mistake that nobody would see.
pub fn parse_assignments(texts: &[String]) -> Result<Vec<(String, AttributeValue)>> {
    let mut all: Vec<(String, AttributeValue)> = Vec::new();
    for text in texts {
        let (key, value) = parse_assignment(text)?;
        if all.iter().any(|(known, _)| *known == key) {
            return Err(Failure::field(&key, "is given twice; an attribute has one value"));
        }
        all.push((key, value));
    }
    Ok(all)
}

/// `KEY:=JSON` forces JSON; `KEY=VALUE` is typed where it reads as a number, true, false or null, else text.
fn parse_assignment(text: &str) -> Result<(String, AttributeValue)> {
    let wrong = |what: &str| Failure::field(text, what);
    let (key, value) = text.split_once('=').ok_or_else(|| wrong("must be KEY=VALUE or KEY:=JSON"))?;
    if let Some(key) = key.strip_suffix(':') {
        let json = trimmed(value);
        let typed: serde_json::Value =
            serde_json::from_str(json).map_err(|e| wrong(&format!("is no JSON: {e}")))?;
        if typed.is_array() || typed.is_object() {
            return Err(wrong("an attribute is a text, a number, true, false or null"));
        }
        if typed.is_number() && exact_number(json).is_none() {
            return Err(wrong(&format!(
                "the number would become {typed}; write it as KEY={json} to keep it as text"
            )));
        }
        let typed = serde_json::from_value(typed).map_err(|e| wrong(&e.to_string()))?;
        return Ok((key.to_owned(), typed));
    }
    let typed = match serde_json::from_str::<AttributeValue>(value) {
        // A number that would not read back as it was written, such as a long customer number, stays text.
        Ok(typed) if !matches!(typed, AttributeValue::Text(_)) && reads_back(&typed, value) => typed,
        _ => AttributeValue::Text(value.to_owned()),
    };
    Ok((key.to_owned(), typed))
}

fn reads_back(typed: &AttributeValue, text: &str) -> bool {
    serde_json::to_string(typed).is_ok_and(|written| written == text)
}

fn print(out: &Out, guest: &Guest) {
    out.record(guest, || {
        let email = line(guest.email.as_deref().unwrap_or("-"));
        format!(
            "{}\t{}\t{}\t{email}",
            guest.id,
            guest.created_time.format("%Y-%m-%d %H:%M UTC"),
            line(&guest.name)
        )
    });
}

fn recent_words(row: &RecentGuest) -> String {
    let (id, name) = match &row.who {
        ChatGuest::Known(guest) => (guest.id.to_string(), line(&guest.name)),
        ChatGuest::Unknown { id } => (id.map_or_else(|| "-".to_owned(), |id| id.to_string()), "-".to_owned()),
    };
    let chat = &row.conversation;
    let from = chat.start_time.format("%Y-%m-%d %H:%M UTC");
    format!("{id}\t{from}\t{name}\t{}\t{}", app::state_word(chat.state), chat.id)
}

fn describe(guest: &Guest) -> String {
    let kind = guest.kind.map(|kind| format!("kind      {}", kind.as_str()));
    let phone = guest.phone.as_ref().map(|phone| format!("phone     {}", line(phone)));
    let canonical = guest
        .canonical_id
        .map(|id| format!("canonical {id}; the contact that was asked for was merged into it"));
    let mut lines = vec![
        format!("{} <{}>", line(&guest.name), line(guest.email.as_deref().unwrap_or("no e-mail"))),
        format!("id        {}", guest.id),
        format!("active    {}", if guest.active { "yes" } else { "no" }),
        format!("created   {}", guest.created_time.to_rfc3339()),
        format!("activity  {}", guest.modified_time.to_rfc3339()),
        format!("version   {}", guest.revision),
    ];
    lines.extend([kind, phone, canonical].into_iter().flatten());
    let attributes: &Attributes = &guest.attributes;
    lines.extend(attributes.iter().map(|(k, v)| format!("  {} = {}", line(k), line(&json!(v).to_string()))));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_typed_where_it_reads_as_json_and_text_otherwise() {
        let parsed = |text: &str| parse_assignment(text).unwrap().1;
        assert_eq!(parsed("n=7"), 7.into());
        assert_eq!(parsed("vip=true"), true.into());
        assert_eq!(parsed("x=null"), AttributeValue::Null);
        assert_eq!(parsed("tier=gold"), "gold".into());
        assert_eq!(parsed("empty="), "".into());
        assert_eq!(parsed("quoted=\"7\""), "\"7\"".into());
        assert_eq!(parsed("forced:=\"7\""), "7".into());
        assert_eq!(parsed("sum=a=b"), "a=b".into());
        assert_eq!(parsed("big=12345678901234567890123"), "12345678901234567890123".into());
        assert_eq!(parsed("padded= 7"), " 7".into());
        assert_eq!(parsed("half=0.5"), AttributeValue::Number(serde_json::Number::from_f64(0.5).unwrap()));
        assert_eq!(parsed("list=[1]"), "[1]".into());
        assert_eq!(parsed("exact:=9007199254740993"), 9_007_199_254_740_993_i64.into());
        assert_eq!(parsed("tiny=1e-400"), "1e-400".into());
        for bad in [
            "no-sign",
            "a:=[1]",
            "a:={}",
            "a:=nope",
            "a:=0x10",
            "a:=1e-400",
            "a:=12345678901234567890123",
            "a:=0.1000000000000000055",
        ] {
            assert!(parse_assignment(bad).is_err(), "{bad}");
        }
    }
}
