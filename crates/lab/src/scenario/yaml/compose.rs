use std::{
    collections::{HashMap, HashSet},
    path::Path,
    rc::Rc,
    sync::Arc,
};

use granit_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::super::{
    core_schema::{Kind, kind_of, name_of},
    place::{Mistake, Place},
};
use super::node::{Data, Node, Pair, Scalar};

/// How deep values may stand in each other. The deepest step of a sensible file stands ten deep.
const MAX_DEPTH: usize = 64;

/// How many bytes a document may take with every alias written out. A file of the greatest length without aliases takes
/// less, whatever stands in it.
const MAX_SIZE: usize = 32 * 1024 * 1024;

/// What a node takes beside its text.
const NODE_SIZE: usize = 32;

/// The one document of a text; `None` where there is none.
///
/// # Errors
/// Where the text is no YAML, or breaks a rule of this format that holds for every value.
pub fn compose(file: &Arc<Path>, text: &str) -> Result<Option<Rc<Node>>, Mistake> {
    let mut options =
        granit_parser::options! { flow_nesting_limit: MAX_DEPTH, block_nesting_limit: MAX_DEPTH };
    options.set_emit_comments(false);
    let mut composer = Composer { file, open: Vec::new(), anchors: HashMap::new(), root: None };
    let mut documents = 0;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| {
            let place = composer.place(*error.marker());
            // The words of the library, which for some errors end with the place.
            let words = error.info();
            let words = words.split(" at char ").next().unwrap_or_default();
            if words.contains("recursion limit") {
                return place.mistake(too_deep());
            }
            match unquoted(text, place.line) {
                Some(hint) => place.mistake(format!("this is no YAML: {words}; {hint}")),
                None => place.mistake(format!("this is no YAML: {words}")),
            }
        })?;
        let place = composer.place(span.start);
        match event {
            Event::DocumentStart(..) => {
                documents += 1;
                if documents > 1 {
                    return Err(place.mistake("a file has one document; here a second one begins"));
                }
            }
            Event::Alias(anchor) => composer.alias(anchor, &place)?,
            Event::Scalar(text, style, anchor, tag) => {
                let kind = scalar_kind(&text, style, tag.as_deref()).map_err(|why| place.mistake(why))?;
                let size = NODE_SIZE + text.len();
                let data = Data::Scalar(Scalar { text: text.into_owned(), kind });
                composer.close(Node { place, data, size, depth: 1 }, anchor)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                check_tag(tag.as_deref(), "seq").map_err(|why| place.mistake(why))?;
                composer.open.push(Open::new(place, anchor, Collected::List(Vec::new())));
            }
            Event::MappingStart(_, anchor, tag) => {
                check_tag(tag.as_deref(), "map").map_err(|why| place.mistake(why))?;
                composer.open.push(Open::new(place, anchor, Collected::Mapping(Vec::new(), None)));
            }
            Event::SequenceEnd | Event::MappingEnd => composer.end()?,
            _ => {}
        }
    }
    Ok(composer.root)
}

fn too_deep() -> String {
    format!("values may stand {MAX_DEPTH} deep in each other; this one stands deeper")
}

/// What a person can do where the text of a line has signs in it that YAML takes for its own.
fn unquoted(text: &str, line: u32) -> Option<String> {
    /// The longest name that is repeated in what is told.
    const LONGEST_SHOWN: usize = 64;
    let line = text.lines().nth(usize::try_from(line).ok()?.checked_sub(1)?)?;
    let entry = line.trim_start_matches([' ', '-']);
    let (name, value) = entry.split_once(": ")?;
    let value = value.trim_start();
    let begins =
        value.starts_with([',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '%', '@', '`', '?']);
    let is_plain = !value.starts_with(['"', '\'']);
    let is_meant = begins || is_plain && (value.contains(": ") || value.ends_with(':'));
    let is_shown = name.len() <= LONGEST_SHOWN;
    (is_meant && is_shown).then(|| format!("if the value of `{name}` is a text, put it in quotes"))
}

struct Composer<'a> {
    file: &'a Arc<Path>,
    /// Collections that have begun, the innermost last.
    open: Vec<Open>,
    /// What an alias may name: values that have ended.
    anchors: HashMap<usize, Rc<Node>>,
    root: Option<Rc<Node>>,
}

/// A list or mapping that has not ended.
struct Open {
    place: Place,
    anchor: usize,
    collected: Collected,
    size: usize,
    depth: usize,
}

enum Collected {
    List(Vec<Rc<Node>>),
    /// Entries, and a key whose value has not come.
    Mapping(Vec<(Rc<Node>, Rc<Node>)>, Option<Rc<Node>>),
}

impl Open {
    fn new(place: Place, anchor: usize, collected: Collected) -> Self {
        Self { place, anchor, collected, size: NODE_SIZE, depth: 1 }
    }
}

impl Composer<'_> {
    fn place(&self, marker: Marker) -> Place {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (line, column) = (count(marker.line()).max(1), count(marker.col()).saturating_add(1));
        Place { file: Arc::clone(self.file), line, column }
    }

    fn close(&mut self, node: Node, anchor: usize) -> Result<(), Mistake> {
        let node = Rc::new(node);
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        let place = node.place.clone();
        self.add(node, &place)
    }

    /// Puts a value into the collection in which it stands; `place` is that of the value or of its alias.
    fn add(&mut self, node: Rc<Node>, place: &Place) -> Result<(), Mistake> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.size = open.size.saturating_add(node.size);
        open.depth = open.depth.max(node.depth + 1);
        if open.size > MAX_SIZE {
            return Err(place.mistake(format!(
                "aliases make this file too large: with every alias written out it may take {} MiB, each name and value \
                 {NODE_SIZE} bytes beside its text",
                MAX_SIZE / 1024 / 1024
            )));
        }
        if open.depth > MAX_DEPTH {
            return Err(place.mistake(too_deep()));
        }
        match &mut open.collected {
            Collected::List(items) => items.push(node),
            Collected::Mapping(entries, key) => match key.take() {
                None => *key = Some(node),
                Some(key) => entries.push((key, node)),
            },
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, place: &Place) -> Result<(), Mistake> {
        match self.anchors.get(&anchor) {
            Some(node) => self.add(Rc::clone(node), place),
            None => Err(place.mistake("this alias stands within what it names")),
        }
    }

    fn end(&mut self) -> Result<(), Mistake> {
        let Some(Open { place, anchor, collected, size, depth }) = self.open.pop() else { return Ok(()) };
        let data = match collected {
            Collected::List(items) => Data::List(items),
            Collected::Mapping(entries, _) => Data::Mapping(named(entries)?),
        };
        self.close(Node { place, data, size, depth }, anchor)
    }
}

/// The entries by name. Those of a mapping that is taken over (`<<: *other`) stand where it is taken over, unless the name
/// is given here as well.
fn named(entries: Vec<(Rc<Node>, Rc<Node>)>) -> Result<Vec<Pair>, Mistake> {
    let mut names = HashSet::new();
    let mut own = Vec::new();
    for (key, value) in entries {
        let Data::Scalar(scalar) = &key.data else {
            return Err(key.place.mistake(format!("a name must be a text, not {}", key.described())));
        };
        if scalar.kind == Kind::MergeKey {
            own.push((None, value, key));
            continue;
        }
        let name = name_of(scalar.kind, &scalar.text);
        if !names.insert(name.clone()) {
            return Err(key.place.mistake(format!("the name {name:?} is given twice")));
        }
        own.push((Some(name), value, key));
    }
    let mut pairs = Vec::new();
    for (name, value, key) in own {
        match name {
            Some(name) => pairs.push(Pair { name, place: key.place.clone(), value }),
            None => {
                for pair in taken_over(&value, &key.place)? {
                    if names.insert(pair.name.clone()) {
                        pairs.push(pair.clone());
                    }
                }
            }
        }
    }
    Ok(pairs)
}

fn taken_over<'a>(value: &'a Node, place: &Place) -> Result<Vec<&'a Pair>, Mistake> {
    let none = || place.mistake("`<<` takes over the entries of a mapping or of a list of mappings");
    match &value.data {
        Data::Mapping(pairs) => Ok(pairs.iter().collect()),
        Data::List(items) => {
            let mut all = Vec::new();
            for item in items {
                let Data::Mapping(pairs) = &item.data else { return Err(none()) };
                all.extend(pairs);
            }
            Ok(all)
        }
        Data::Scalar(_) => Err(none()),
    }
}

fn scalar_kind(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Kind, String> {
    let plain = kind_of(text);
    let Some(tag) = tag else {
        return Ok(if style == ScalarStyle::Plain { plain } else { Kind::Text });
    };
    let fits = match tag.core_suffix() {
        Some("str") => return Ok(Kind::Text),
        Some("null") => plain == Kind::Null,
        Some("bool") => plain == Kind::Boolean,
        Some("int") => plain == Kind::Integer,
        Some("float") => matches!(plain, Kind::Integer | Kind::Float),
        _ if tag.original() == "!" => return Ok(Kind::Text),
        _ => return Err(unknown(tag)),
    };
    if fits { Ok(plain) } else { Err(format!("this is no {}", tag.original())) }
}

fn check_tag(tag: Option<&Tag>, suffix: &str) -> Result<(), String> {
    match tag {
        Some(tag) if tag.original() != "!" && tag.core_suffix() != Some(suffix) => Err(unknown(tag)),
        _ => Ok(()),
    }
}

fn unknown(tag: &Tag) -> String {
    format!("the tag {:?} has no meaning here", tag.original())
}
