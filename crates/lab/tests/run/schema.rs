//! Holds an XML document to a schema of the few kinds of rules that `junit.xsd` uses: elements by name, children in order with how
//! often they may come, attributes with their type. No crate in reach validates XSD; one that did would take this file's place.

use roxmltree::{Document, Node};

/// What is against the schema.
pub fn mistakes(schema: &str, xml: &str) -> Vec<String> {
    let schema = Document::parse(schema).unwrap();
    let document = match Document::parse(xml) {
        Ok(document) => document,
        Err(error) => return vec![error.to_string()],
    };
    let mut found = Vec::new();
    look(&schema, document.root_element(), &mut found);
    found
}

fn look(schema: &Document<'_>, node: Node<'_, '_>, found: &mut Vec<String>) {
    let name = node.tag_name().name();
    let declared = |element: &Node<'_, '_>| element.attribute("name") == Some(name);
    let Some(rules) = elements(schema.root_element()).find(declared) else {
        return found.push(format!("<{name}> is unknown"));
    };
    let rules = elements(rules).next().unwrap();
    attributes(rules, node, found);
    if rules.attribute("mixed") != Some("true")
        && node.children().any(|c| c.is_text() && !c.text().unwrap().trim().is_empty())
    {
        found.push(format!("<{name}> has text"));
    }
    let mut children = elements(node).peekable();
    for particle in elements(rules).filter(|rule| rule.tag_name().name() == "sequence").flat_map(elements) {
        let wanted = particle.attribute("ref").unwrap();
        let mut count = 0;
        while children.next_if(|child| child.tag_name().name() == wanted).is_some() {
            count += 1;
        }
        let least: usize = particle.attribute("minOccurs").unwrap_or("1").parse().unwrap();
        let most = match particle.attribute("maxOccurs").unwrap_or("1") {
            "unbounded" => usize::MAX,
            most => most.parse().unwrap(),
        };
        if count < least || count > most {
            found.push(format!("<{name}> has <{wanted}> {count} times"));
        }
    }
    if let Some(more) = children.next() {
        found.push(format!("<{}> is not allowed there in <{name}>", more.tag_name().name()));
    }
    for child in elements(node) {
        look(schema, child, found);
    }
}

fn attributes(rules: Node<'_, '_>, node: Node<'_, '_>, found: &mut Vec<String>) {
    let name = node.tag_name().name();
    let declared: Vec<_> = elements(rules).filter(|rule| rule.tag_name().name() == "attribute").collect();
    for rule in &declared {
        let attribute = rule.attribute("name").unwrap();
        match node.attribute(attribute) {
            None if rule.attribute("use") == Some("required") => {
                found.push(format!("<{name}> has no {attribute}"));
            }
            Some(value) if !is_of(rule.attribute("type").unwrap(), value) => {
                found.push(format!("{attribute} of <{name}> is {value:?}"));
            }
            _ => {}
        }
    }
    for attribute in node.attributes() {
        if !declared.iter().any(|rule| rule.attribute("name") == Some(attribute.name())) {
            found.push(format!("<{name}> has an unknown {}", attribute.name()));
        }
    }
}

fn is_of(kind: &str, value: &str) -> bool {
    match kind {
        "xs:nonNegativeInteger" => value.parse::<u64>().is_ok(),
        "xs:decimal" => value.parse::<f64>().is_ok() && !value.contains(['e', 'E']),
        "xs:dateTime" => chrono::DateTime::parse_from_rfc3339(value).is_ok(),
        "xs:string" => true,
        other => panic!("{other}"),
    }
}

fn elements<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}
