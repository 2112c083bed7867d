//! The rooms of the source tree stand on each other in the order that `ARCHITECTURE.md` gives: imports run down. An
//! arrow up is a mistake, or has its reason in the table beside that order.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of `ARCHITECTURE.md` under a heading.
fn section(heading: &str) -> String {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, rest) = text.split_once(&format!("## {heading}\n")).unwrap_or_else(|| panic!("there is no `## {heading}`"));
    rest.split("\n## ").next().unwrap_or_default().into()
}

/// The rooms from the lowest floor to the highest.
fn floors() -> Vec<String> {
    let lines = section("The floors");
    let rooms = lines.lines().filter_map(|line| line.strip_prefix("src/")).filter_map(|line| line.split_once(' '));
    rooms.map(|(room, _)| room.trim_end_matches('/').trim_end_matches(".rs").into()).collect()
}

/// The arrows up that have a reason, as pairs of rooms.
fn exceptions() -> BTreeSet<(String, String)> {
    let lines = section("Arrows up");
    let cells = |line: &str| -> Option<(String, String)> {
        let mut cells = line.strip_prefix("| `")?.split('|').map(|cell| cell.trim().trim_matches('`').to_string());
        let (from, to, reason) = (cells.next()?, cells.next()?, cells.next()?);
        assert!(reason.len() > 20, "{line}: say why");
        Some((from, to))
    };
    lines.lines().filter_map(cells).collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The room of a file.
fn room(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").into()
}

/// The rooms that a source file names as `crate::room`, but not in comments and tests.
fn named(source: &str, rooms: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    assert!(!source.contains("\nuse crate::{"), "rooms are not seen in a list: a line for each");
    let code = source.lines().take_while(|line| !line.starts_with("mod tests {"));
    for line in code.filter(|line| !line.trim_start().starts_with("//")) {
        for (at, prefix) in line.match_indices("crate::") {
            let name: String =
                line[at + prefix.len()..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if rooms.contains(&name) {
                found.insert(name);
            }
        }
    }
    found
}

/// Files whose `mod` is `#[cfg(test)]`.
fn is_test(path: &Path) -> bool {
    ["tests", "checks", "passing"].iter().any(|name| path.file_stem().is_some_and(|stem| stem == *name))
}

#[test]
fn imports_run_down() {
    let (floors, exceptions) = (floors(), exceptions());
    let floor = |room: &str| floors.iter().position(|name| name == room);
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let (mut arrows, mut up, mut used) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
    for path in files.iter().filter(|path| !is_test(path) && !path.ends_with("lib.rs")) {
        let from = room(path);
        for to in named(&fs::read_to_string(path).unwrap(), &floors) {
            let arrow = (from.clone(), to.clone());
            if to != from && floor(&to) > floor(&from) && !exceptions.contains(&arrow) {
                up.push(format!("{}: {from} -> {to}", path.display()));
            }
            if exceptions.contains(&arrow) {
                used.insert(arrow.clone());
            }
            arrows.insert(arrow);
        }
    }
    assert!(up.is_empty(), "these imports run up, against the order of ARCHITECTURE.md:\n{}", up.join("\n"));
    assert_eq!(used, exceptions, "an exception that nobody needs");
    // The files were read as they are meant.
    assert!(arrows.contains(&("layers".into(), "network".into())) && arrows.len() > 30, "{arrows:?}");
}

#[test]
fn every_room_has_its_floor_and_its_page() {
    let floors = floors();
    let library = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        let room = room(&path);
        if ["lib", "guide"].contains(&room.as_str()) {
            continue;
        }
        assert!(floors.contains(&room), "ARCHITECTURE.md does not say on which floor `{room}` is");
        if library.contains(&format!("pub mod {room};")) {
            let page = fs::read_to_string(path.join("mod.rs")).unwrap();
            assert!(page.starts_with("//! ") && page.contains("//! ```\n"), "the page of `{room}` has no example");
        }
    }
    assert_eq!(floors.iter().collect::<BTreeSet<_>>().len(), floors.len());
    for room in floors {
        let path = root().join("src").join(&room);
        assert!(path.is_dir() || path.with_extension("rs").is_file(), "there is no room `{room}`");
    }
}

/// The versions of the dependencies in a manifest.
fn versions(manifest: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join(manifest)).unwrap();
    let lines = text.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    lines
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, value)| (name.into(), value.split('"').nth(1).unwrap().into()))
        .collect()
}

#[test]
fn the_library_of_the_examples_has_the_versions_of_the_library() {
    let whole = versions("Cargo.toml");
    let part = versions("examples/library/Cargo.toml");
    assert!(part.len() > 5 && part.iter().all(|dependency| whole.contains(dependency)), "{part:?}");
}

#[test]
fn what_is_named_is_seen() {
    let rooms = ["layers", "train"].map(String::from);
    let source =
        "//! crate::train\nuse crate::layers::Dense;\n/// [`x`](crate::train)\n$crate::train::y\nmod tests {\n";
    assert_eq!(named(source, &rooms).into_iter().collect::<Vec<_>>(), ["layers", "train"]);
    assert!(named("// crate::train\nmod tests {\nuse crate::layers::A;", &rooms).is_empty());
}
