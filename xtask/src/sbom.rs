//! `cargo xtask sbom`: what the program is made of, as a CycloneDX 1.6 document: every crate of `Cargo.lock` and every
//! npm package of the lock files, with hash, licence and who needs whom. The same tree gives the same bytes: no time, no
//! random number, no path.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use crate::process::{Outcome, cargo, output, root, target};

/// The lock files of npm; what only the second holds is for tests.
const NPM_LOCKS: [(&str, bool); 2] =
    [("ui/package-lock.json", true), ("tests/sdk/javascript/package-lock.json", false)];

/// The packages that are shipped: what they need to run is `required`, all else (build, tests) is `excluded`.
const SHIPPED: [&str; 2] = ["innkeeper-desktop", "cli"];

/// Writes the document to `target/sbom/innkeeper.cdx.json`.
pub fn sbom() -> Outcome {
    let document = collect()?;
    let path = folder().join("innkeeper.cdx.json");
    let write = || {
        std::fs::create_dir_all(folder())?;
        std::fs::write(&path, format!("{document:#}\n"))
    };
    write().map_err(|e| format!("writing {}: {e}", path.display()))?;
    let components = document["components"].as_array().map_or(0, Vec::len);
    println!("{components} components: {}", path.display());
    Ok(())
}

fn folder() -> PathBuf {
    target().join("sbom")
}

fn collect() -> Result<Value, String> {
    let metadata = output(&mut cargo("metadata --locked --all-features --format-version 1"))
        .ok_or("`cargo metadata --locked` did not work")?;
    let metadata: Value =
        serde_json::from_str(&metadata).map_err(|e| format!("cargo metadata is not JSON: {e}"))?;
    let mut parts = crates(&metadata, &read("Cargo.lock")?);
    for (lock, shipped) in NPM_LOCKS {
        let lock = serde_json::from_str(&read(lock)?).map_err(|e| format!("{lock} is not JSON: {e}"))?;
        for (reference, part) in npm(&lock, shipped) {
            parts.entry(reference).or_insert(part);
        }
    }
    Ok(document(&parts))
}

fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(root().join(path)).map_err(|e| format!("reading {path}: {e}"))
}

/// One package: how it is described, and the references of those that it needs.
struct Part {
    component: Value,
    needs: BTreeSet<String>,
}

fn document(parts: &BTreeMap<String, Part>) -> Value {
    let version = env!("CARGO_PKG_VERSION");
    let components: Vec<&Value> = parts.values().map(|part| &part.component).collect();
    let dependencies: Vec<Value> =
        parts.iter().map(|(reference, part)| json!({ "ref": reference, "dependsOn": part.needs })).collect();
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": { "type": "application", "bom-ref": "innkeeper", "name": "Innkeeper", "version": version },
        },
        "components": components,
        "dependencies": dependencies,
    })
}

fn component(reference: &str, name: &str, version: &str, runs: bool) -> Map<String, Value> {
    let scope = if runs { "required" } else { "excluded" };
    let whole = json!({
        "type": "library", "bom-ref": reference, "name": name, "version": version, "purl": reference, "scope": scope,
    });
    let Value::Object(map) = whole else { unreachable!("it is an object as written") };
    map
}

fn licence(component: &mut Map<String, Value>, licence: Option<&str>) {
    // Old manifests write `MIT/Apache-2.0` for `MIT OR Apache-2.0`.
    let expression = licence.map(|text| text.replace('/', " OR ")).filter(|text| !text.is_empty());
    if let Some(expression) = expression {
        component.insert("licenses".into(), json!([{ "expression": expression }]));
    }
}

fn hash(component: &mut Map<String, Value>, algorithm: &str, hex: &str) {
    component.insert("hashes".into(), json!([{ "alg": algorithm, "content": hex }]));
}

/// The crates that `cargo metadata` resolves, but for our own.
fn crates(metadata: &Value, lock: &str) -> BTreeMap<String, Part> {
    let checksums = checksums(lock);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let purl =
        |package: &Value| format!("pkg:cargo/{}@{}", text(&package["name"]), text(&package["version"]));
    let packages: BTreeMap<String, &Value> =
        list(&metadata["packages"]).map(|package| (text(&package["id"]), package)).collect();
    let edges = |kinds: fn(&Value) -> bool| -> BTreeMap<String, Vec<String>> {
        let nodes = list(&metadata["resolve"]["nodes"]);
        nodes
            .map(|node| {
                let needed = list(&node["deps"]).filter(|dep| list(&dep["dep_kinds"]).any(kinds));
                (text(&node["id"]), needed.map(|dep| text(&dep["pkg"])).collect())
            })
            .collect()
    };
    let all = edges(|_| true);
    let normal = edges(|kind| kind["kind"].is_null());
    let mut runs = BTreeSet::new();
    let shipped =
        packages.iter().filter(|(_, p)| p["source"].is_null() && SHIPPED.contains(&&*text(&p["name"])));
    let mut next: Vec<String> = shipped.map(|(id, _)| id.clone()).collect();
    while let Some(id) = next.pop() {
        if runs.insert(id.clone()) {
            next.extend(normal.get(&id).into_iter().flatten().cloned());
        }
    }
    let foreign = packages.iter().filter(|(_, package)| !package["source"].is_null());
    foreign
        .map(|(id, package)| {
            let (name, version) = (text(&package["name"]), text(&package["version"]));
            let reference = purl(package);
            let mut made = component(&reference, &name, &version, runs.contains(id));
            licence(&mut made, package["license"].as_str());
            if let Some(checksum) = checksums.get(&(name, version)) {
                hash(&mut made, "SHA-256", checksum);
            }
            let needs = all.get(id).into_iter().flatten().filter_map(|id| packages.get(id)).map(|p| purl(p));
            (reference, Part { component: Value::Object(made), needs: needs.collect() })
        })
        .collect()
}

/// Name and version of each locked crate that comes from a registry, with its SHA-256.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let value = |block: &str, key: &str| {
        let start = format!("{key} = \"");
        let line = block.lines().find_map(|line| line.strip_prefix(&start))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    let blocks = lock.split("[[package]]").skip(1);
    blocks
        .filter_map(|block| {
            Some(((value(block, "name")?, value(block, "version")?), value(block, "checksum")?))
        })
        .collect()
}

/// The packages of a lock file of npm.
fn npm(lock: &Value, shipped: bool) -> BTreeMap<String, Part> {
    let none = Map::new();
    let places = lock["packages"].as_object().unwrap_or(&none);
    let purl = |place: &str, package: &Value| {
        let name = place.rsplit_once("node_modules/").map_or(place, |(_, name)| name);
        let version = package["version"].as_str().unwrap_or_default();
        (format!("pkg:npm/{}@{version}", name.replacen('@', "%40", 1)), name.to_owned(), version.to_owned())
    };
    let mut parts = BTreeMap::new();
    for (place, package) in places.iter().filter(|(place, _)| place.contains("node_modules/")) {
        let (reference, name, version) = purl(place, package);
        let mut made = component(&reference, &name, &version, shipped && package["dev"] != true);
        licence(&mut made, package["license"].as_str());
        let coded = package["integrity"].as_str().and_then(|text| text.strip_prefix("sha512-"));
        if let Some(bytes) = coded.and_then(|coded| STANDARD.decode(coded).ok()) {
            hash(&mut made, "SHA-512", &bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        }
        let kinds = ["dependencies", "optionalDependencies", "peerDependencies"];
        let needed = kinds.iter().filter_map(|kind| package[*kind].as_object()).flat_map(Map::keys);
        let needs = needed.filter_map(|name| found(places, place, name));
        let needs: BTreeSet<String> = needs.map(|(place, package)| purl(place, package).0).collect();
        let part = Part { component: Value::Object(made), needs };
        // The same version in two places: it is required when one of them is.
        match parts.get(&reference) {
            Some(Part { component, .. }) if component["scope"] == "required" => {}
            _ => drop(parts.insert(reference, part)),
        }
    }
    parts
}

/// Where Node finds a package from a place: below it, then beside it, then further up.
fn found<'a>(places: &'a Map<String, Value>, from: &str, name: &str) -> Option<(&'a str, &'a Value)> {
    let mut from = from;
    loop {
        let place = if from.is_empty() {
            format!("node_modules/{name}")
        } else {
            format!("{from}/node_modules/{name}")
        };
        if let Some((place, package)) = places.get_key_value(&place) {
            return Some((place, package));
        }
        if from.is_empty() {
            return None;
        }
        from = from.rsplit_once("/node_modules/").map_or("", |(above, _)| above);
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_locked_package_stands_in_the_list_of_parts_and_the_list_is_always_the_same() {
        let document = collect().unwrap();
        let parts: BTreeMap<&str, &Value> =
            list(&document["components"]).map(|c| (c["purl"].as_str().unwrap(), c)).collect();
        let locked = checksums(&read("Cargo.lock").unwrap());
        assert!(locked.len() > 400, "Cargo.lock was not read");
        for ((name, version), checksum) in locked {
            let part = parts.get(format!("pkg:cargo/{name}@{version}").as_str());
            let part = part.unwrap_or_else(|| panic!("{name} {version} is missing"));
            assert_eq!(part["hashes"][0]["content"], checksum, "{name}");
        }
        for (lock, _) in NPM_LOCKS {
            let lock: Value = serde_json::from_str(&read(lock).unwrap()).unwrap();
            for (place, package) in lock["packages"].as_object().unwrap() {
                let Some((_, name)) = place.rsplit_once("node_modules/") else { continue };
                let version = package["version"].as_str().unwrap();
                let purl = format!("pkg:npm/{}@{version}", name.replace('@', "%40"));
                let part = parts.get(purl.as_str()).unwrap_or_else(|| panic!("{purl} is missing"));
                assert_eq!(part["hashes"][0]["content"].as_str().map(str::len), Some(128), "{purl}");
            }
        }
        for needed in list(&document["dependencies"]).flat_map(|d| list(&d["dependsOn"])) {
            let needed = needed.as_str().unwrap();
            let ours = !needed.starts_with("pkg:npm/") && !parts.contains_key(needed);
            assert!(parts.contains_key(needed) || ours, "{needed}");
        }
        let scope = |purl: &str| parts.iter().find(|(p, _)| p.starts_with(purl)).unwrap().1["scope"].clone();
        assert_eq!(scope("pkg:cargo/sled@"), "required");
        assert_eq!(scope("pkg:cargo/fantoccini@"), "excluded");
        assert_eq!(scope("pkg:npm/react@"), "required");
        assert_eq!(scope("pkg:npm/vitest@"), "excluded");
        assert_eq!(collect().unwrap().to_string(), document.to_string());
        assert!(
            !document.to_string().contains(&*root().to_string_lossy()),
            "it names a folder of this machine"
        );
    }

    #[test]
    fn npm_packages_are_found_as_node_finds_them() {
        let lock = json!({ "packages": {
            "": { "dependencies": { "a": "1" } },
            "node_modules/a": { "version": "1.0.0", "license": "MIT", "integrity": "sha512-AAEC", "dependencies": { "b": "1", "c": "1" } },
            "node_modules/a/node_modules/b": { "version": "1.1.0" },
            "node_modules/b": { "version": "2.0.0", "dev": true },
            "node_modules/@x/c": { "version": "3.0.0" },
        }});
        let parts = npm(&lock, true);
        let a = &parts["pkg:npm/a@1.0.0"];
        assert_eq!(a.needs.iter().collect::<Vec<_>>(), ["pkg:npm/b@1.1.0"]);
        assert_eq!(a.component["hashes"], json!([{ "alg": "SHA-512", "content": "000102" }]));
        assert_eq!(a.component["licenses"], json!([{ "expression": "MIT" }]));
        assert_eq!(parts["pkg:npm/b@2.0.0"].component["scope"], "excluded");
        assert_eq!(parts["pkg:npm/%40x/c@3.0.0"].component["name"], "@x/c");
    }
}
