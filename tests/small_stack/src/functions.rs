//! The list of public functions, compared with the source: a new one is in it, or the run fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// `file: function .. > case`, or `file: function .. - why not`.
const LIST: &str = include_str!("../functions.txt");
/// The rooms whose functions take or give networks and samples as values of a program.
const ROOMS: [&str; 4] = ["data", "train", "deployment", "interchange"];

/// How many mistakes there are.
pub fn check(cases: &[&str]) -> usize {
    let mut listed: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in LIST.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (file, rest) = line.split_once(": ").expect(line);
        let (functions, case) = rest.split_once(" > ").or(rest.split_once(" - ")).expect(line);
        if rest.contains(" > ") && !cases.contains(&case) {
            wrong.push(format!("there is no case {case:?}, which {file} names"));
        }
        listed.entry(file.into()).or_default().extend(functions.split(' '));
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src");
    let mut found = BTreeMap::new();
    ROOMS.iter().for_each(|room| collect(&source, &source.join(room), &mut found));
    for (file, functions) in &found {
        for function in functions.iter().filter(|f| !listed.get(file).is_some_and(|l| l.contains(f.as_str()))) {
            wrong.push(format!("src/{file}: `{function}` is not in tests/small_stack/functions.txt"));
        }
    }
    for (file, functions) in &listed {
        for function in functions.iter().filter(|f| !found.get(file).is_some_and(|l| l.contains(**f))) {
            wrong.push(format!("tests/small_stack/functions.txt: there is no `{function}` in src/{file}"));
        }
    }
    wrong.iter().for_each(|line| println!("{line}"));
    wrong.len()
}

/// The public functions of each file.
fn collect(source: &Path, folder: &Path, found: &mut BTreeMap<String, BTreeSet<String>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(source, &path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code = text.lines().take_while(|line| !line.starts_with("mod tests {"));
        let name = |line: &str| -> Option<String> {
            let rest = line.trim_start().strip_prefix("pub ")?;
            let name = rest.strip_prefix("const ").unwrap_or(rest).strip_prefix("fn ")?;
            Some(name.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect())
        };
        let functions: BTreeSet<String> = code.filter_map(name).collect();
        if !functions.is_empty() {
            found.insert(path.strip_prefix(source).unwrap().display().to_string(), functions);
        }
    }
}
