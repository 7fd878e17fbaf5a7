use serde_json::Value;

/// The JSON Schema of a bot file. It says what [`super::Bot::parse`] says, but for what no schema can: places, keys given twice,
/// one document, whether a pattern is one, and how much a file may be in all.
#[must_use]
pub fn schema() -> Value {
    serde_json::from_str(include_str!("schema.json")).expect("the schema is JSON, held by a test")
}

#[cfg(test)]
mod tests {
    use super::super::{Bot, file, tests::MISTAKES};
    use super::*;

    /// Files that are good, with what the schema could easily take for a mistake.
    const GOOD: &[&str] = &[
        include_str!("demo.yaml"),
        "rules: []",
        "rules: [{when: {start: true}, reply: []}]",
        "rules: [{when: {contains: 5}, once: false, reply: [{text: 5}, {text: true, after: 86400000}]}]",
        "rules: [{when: {quickReply: a}, reply: [{text: a, after: 86400s}, {text: b, after: '+07'}]}]",
        "rules: [{when: {button: a}, reply: [{disconnect: true, readOnly: false, after: 00050ms}]}]",
        "rules: [{when: {matches: a+}, reply: [{typing: true, after: 2s}, {buttons: [{text: a, payload: ''}]}]}]",
        "rules: [{when: {otherwise: true}, reply: [{datePicker: {title: '', dateMinimum: '2030-01-07T09:00:00+01:00'}}]}]",
        "rules: [{when: {otherwise: true}, reply: [{listPicker: {sections: []}, form: {formPages: []}}]}]",
        "rules: [{when: {otherwise: true}, reply: [{attachment: {url: a, filename: b, fileSize: 0}, text: c}]}]",
    ];

    /// Refused by the parser beside those of [`MISTAKES`].
    const BAD: &[&str] = &[
        "rules: [{when: {start: true}, reply: [{typing: true, readOnly: true}]}]",
        "rules: [{when: {start: true}, reply: [{text: a, after: 1.5}]}]",
        "rules: [{when: {start: true}, reply: [{text: a, after: 86400001}]}]",
        "rules: [{when: {start: true}, reply: [{text: a, after: 1m}]}]",
        "rules: [{when: {start: true}, reply: [{after: 1s}]}]",
        "rules: [{when: {start: true}, once: 1, reply: []}]",
        "rules: [{when: {start: true}, reply: [{card: {title: a, actions: [{type: Link, url: b, payload: c}]}}]}]",
        "rules: [{when: {start: true}, reply: [{card: {title: a, actions: [{type: Postback, text: '', payload: c}]}}]}]",
        "rules: [{when: {start: true}, reply: [{attachment: {url: a, filename: b, fileSize: -1}}]}]",
        "rules: [{when: {start: true}, reply: [{datePicker: {title: a, availableTimes: [{dateTime: '2030-01-07'}]}}]}]",
        "rules: [{when: {start: true}, reply: [{form: {formPages: [{title: a, pageComponents: [{input: {id: a, title: b}, wheelPicker: {id: a, items: []}}]}]}}]}]",
    ];

    /// What of [`MISTAKES`] no schema can know: these are good by it, or no YAML that an editor hands it.
    const BEYOND: &[&str] = &[
        "",
        "rules: []\nrules: []",
        "rules: []\n---",
        "rules: [",
        "rules: *a",
        "rules: !mine",
        "matches: 'a(b'",
        "\\w{5000}",
    ];

    #[test]
    fn parser_and_schema_take_and_refuse_the_same_files() {
        let mut schemas = boon::Schemas::new();
        let mut compiler = boon::Compiler::new();
        compiler.enable_format_assertions();
        compiler.add_resource("bot.json", schema()).unwrap();
        let compiled = compiler.compile("bot.json", &mut schemas).unwrap();
        let is_beyond =
            |text: &str| BEYOND.iter().any(|part| text == *part || !part.is_empty() && text.contains(part));
        let mistakes = MISTAKES.iter().map(|(text, ..)| *text).filter(|text| !is_beyond(text));
        let bad: Vec<&str> = mistakes.chain(BAD.iter().copied()).collect();
        assert!(bad.len() > 35, "{}", bad.len());
        let good = GOOD.iter().map(|text| (*text, true));
        for (text, is_taken) in good.chain(bad.into_iter().map(|text| (text, false))) {
            let parser = Bot::parse("bot.yaml", text.as_bytes());
            assert_eq!(parser.is_ok(), is_taken, "the parser: {:?}\n{text}", parser.err());
            let value: Value = serde_saphyr::from_str_with_options(text, file::options())
                .unwrap_or_else(|error| panic!("{error}\n{text}"));
            let by_schema = schemas.validate(&value, compiled).map_err(|error| error.to_string());
            assert_eq!(by_schema.is_ok(), is_taken, "the schema: {by_schema:?}\n{text}\n{value}");
        }
    }
}
