//! The JSON Schema says what the parser says.

use granit_parser::{Event, Parser};
use lab::scenario::schema;
use serde_json::{Map, Value};

use crate::{corpus, read};

/// A YAML text as an editor hands it to a schema. Only what the corpus needs: no tags, and aliases that are written out.
fn json(text: &str) -> Value {
    let mut events = Vec::new();
    for event in Parser::new_from_str(text) {
        events.push(event.unwrap().0);
    }
    let mut anchors = std::collections::HashMap::new();
    let mut events = events.into_iter().skip_while(|event| !event.is_node());
    let first = events.next().unwrap();
    node(first, &mut events, &mut anchors)
}

fn node<'e>(
    event: Event<'e>,
    events: &mut impl Iterator<Item = Event<'e>>,
    anchors: &mut std::collections::HashMap<usize, Value>,
) -> Value {
    let (value, anchor) = match event {
        Event::Alias(anchor) => return anchors[&anchor].clone(),
        Event::Scalar(text, style, anchor, _) => {
            let plain = style == granit_parser::ScalarStyle::Plain;
            let typed = serde_json::from_str(&text).ok().filter(|_| plain);
            let value =
                typed.unwrap_or_else(|| if plain && text == "~" { Value::Null } else { Value::from(&*text) });
            (value, anchor)
        }
        Event::SequenceStart(_, anchor, _) => {
            let mut items = Vec::new();
            loop {
                match events.next().unwrap() {
                    Event::SequenceEnd => break,
                    event => items.push(node(event, events, anchors)),
                }
            }
            (Value::Array(items), anchor)
        }
        Event::MappingStart(_, anchor, _) => {
            let mut entries = Map::new();
            loop {
                let name = match events.next().unwrap() {
                    Event::MappingEnd => break,
                    Event::Scalar(name, ..) => name.into_owned(),
                    event => panic!("{event:?}"),
                };
                let event = events.next().unwrap();
                entries.insert(name, node(event, events, anchors));
            }
            (Value::Object(entries), anchor)
        }
        event => panic!("{event:?}"),
    };
    anchors.insert(anchor, value.clone());
    value
}

#[test]
fn parser_and_schema_take_and_refuse_the_same_files() {
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("scenario.json", schema()).unwrap();
    let compiled = compiler.compile("scenario.json", &mut schemas).unwrap();
    let mut wrong = Vec::new();
    for (file, is_taken) in corpus::all() {
        let parser = read(&file);
        if parser.is_ok() != is_taken {
            wrong.push(format!("the parser: {parser:?}\n{file}"));
        }
        let by_schema = schemas.validate(&json(&file), compiled).map_err(|error| error.to_string());
        if by_schema.is_ok() != is_taken {
            wrong.push(format!("the schema: {by_schema:?}\n{file}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_schema_knows_every_step() {
    let schema = schema();
    let steps = schema["$defs"]["step"]["properties"].as_object().unwrap();
    let message = read("scenarios: {a: [{shout: x}]}").unwrap_err().message;
    for name in steps.keys() {
        assert!(message.contains(name.as_str()), "{name} is no step of the parser: {message}");
    }
    let (_, known) = message.split_once("there are ").unwrap();
    assert_eq!(
        known.split([',', ' ']).filter(|word| !word.is_empty() && *word != "and").count(),
        steps.len() + 1
    );
}
