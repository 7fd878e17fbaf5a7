//! The keys of a file and of a scenario.

use super::{
    model::{Config, Scenario, ScenarioFile, Setting, WrittenStep},
    place::{Mistake, Place},
    steps,
    values::{any_text, count, mapping, milliseconds, plain_text, plain_texts, seconds, text, wrong},
    variables::is_name,
    yaml::{Data, Node, Pair},
};

/// How often a scenario can be repeated.
const MOST_REPEATS: u32 = 10_000;

/// A whole file.
pub fn file(root: &Node) -> Result<ScenarioFile, Mistake> {
    let Data::Mapping(pairs) = &root.data else {
        return Err(wrong(root, &root.place, "a scenario file", "a mapping with `scenarios`"));
    };
    let mut file = ScenarioFile {
        config: Config::default(),
        variables: Vec::new(),
        setup: Vec::new(),
        clean_up: Vec::new(),
        scenarios: Vec::new(),
    };
    for Pair { name, place, value } in pairs {
        match name.as_str() {
            "config" => file.config = config(value, place)?,
            "variables" => file.variables = variables(value, place)?,
            "setup" => file.setup = steps::list(value, place, "`setup`")?,
            "cleanUp" => file.clean_up = steps::list(value, place, "`cleanUp`")?,
            "scenarios" => file.scenarios = scenarios(value, place)?,
            _ => return Err(unknown(name, place, "config, variables, setup, cleanUp and scenarios")),
        }
    }
    if file.scenarios.is_empty() {
        return Err(root.place.mistake("`scenarios` is missing"));
    }
    Ok(file)
}

fn unknown(name: &str, place: &Place, known: &str) -> Mistake {
    place.mistake(format!("the key {name:?} is unknown here; there are {known}"))
}

fn config(value: &Node, at: &Place) -> Result<Config, Mistake> {
    let mut config = Config::default();
    for Pair { name, place, value } in mapping(value, at, "`config`")? {
        let what = format!("`{name}`");
        match name.as_str() {
            "deploymentId" => config.deployment_id = Some(setting(value, place, &what)?),
            "region" => config.region = Some(setting(value, place, &what)?),
            "origin" => config.origin = Some(setting(value, place, &what)?),
            "pace" => config.pace = Some(milliseconds(value, place, &what)?),
            _ => return Err(unknown(name, place, "deploymentId, region, origin and pace")),
        }
    }
    Ok(config)
}

fn setting(value: &Node, at: &Place, what: &str) -> Result<Setting, Mistake> {
    Ok(Setting { place: at.clone(), text: text(value, at, what)? })
}

fn variables(value: &Node, at: &Place) -> Result<Vec<(String, Setting)>, Mistake> {
    let variable = |Pair { name, place, value }: &Pair| {
        if !is_name(name) {
            let rule = "begins with a letter or _ and goes on with letters, digits, _ and -";
            return Err(place.mistake(format!("{name:?} cannot be a variable: its name {rule}")));
        }
        let text = any_text(value, place, &format!("the variable {name:?}"))?;
        Ok((name.clone(), Setting { place: place.clone(), text }))
    };
    mapping(value, at, "`variables`")?.iter().map(variable).collect()
}

fn scenarios(value: &Node, at: &Place) -> Result<Vec<Scenario<WrittenStep>>, Mistake> {
    let pairs = mapping(value, at, "`scenarios`")?;
    if pairs.is_empty() {
        return Err(at.mistake("`scenarios` has no scenario"));
    }
    let mut all = pairs.iter().map(scenario).collect::<Result<Vec<_>, _>>()?;
    // As the peer runs them. The sort is stable, so all others stay in the order of the file.
    all.sort_by_key(|scenario| index(&scenario.name).unwrap_or(u32::MAX));
    Ok(all)
}

/// The number of a name that JavaScript takes for the index of an array: those come first, in numeric order.
fn index(name: &str) -> Option<u32> {
    let number: u32 = name.parse().ok()?;
    (number < u32::MAX && number.to_string() == name).then_some(number)
}

fn scenario(pair: &Pair) -> Result<Scenario<WrittenStep>, Mistake> {
    let Pair { name, place, value } = pair;
    // What the peer asks of a name: one character that does not end a line.
    if name.chars().all(|c| matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')) {
        return Err(place.mistake("a scenario needs a name"));
    }
    let what = format!("the scenario {name:?}");
    let mut scenario = Scenario {
        name: name.clone(),
        place: place.clone(),
        steps: Vec::new(),
        tags: Vec::new(),
        timeout: None,
        skip: None,
        repeat: None,
    };
    let pairs = match &value.data {
        Data::List(_) => {
            scenario.steps = steps::list(value, place, &what)?;
            return Ok(scenario);
        }
        Data::Mapping(pairs) => pairs,
        Data::Scalar(_) => return Err(wrong(value, place, &what, "a list of steps")),
    };
    let mut has_steps = false;
    for Pair { name, place, value } in pairs {
        let what = format!("`{name}`");
        match name.as_str() {
            "steps" => {
                has_steps = true;
                scenario.steps = steps::list(value, place, &what)?;
            }
            "tags" => scenario.tags = plain_texts(value, place, &what)?,
            "timeout" => scenario.timeout = Some(seconds(value, place, &what)?),
            "skip" => scenario.skip = Some(plain_text(value, place, &what)?),
            "repeat" => scenario.repeat = Some(count(value, place, &what, MOST_REPEATS)?),
            name if steps::is_step(name) => {
                let words =
                    format!("{what} is a step; steps are a list, each on a line that begins with `- `");
                return Err(place.mistake(words));
            }
            _ => return Err(unknown(name, place, "steps, tags, timeout, skip and repeat")),
        }
    }
    if !has_steps {
        return Err(place.mistake(format!("{what} has no `steps`")));
    }
    Ok(scenario)
}
