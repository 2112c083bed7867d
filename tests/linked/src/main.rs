//! Looks through source files for what firmware must not link: `linked FILES`, the files that the compiler read for a
//! program on a device (`firmware/prove`).
//!
//! - A loop that may not end: `while`, `loop`, an iterator without an end, an iterator of one's own. It passes where the
//!   comment above it has a sentence `Ends: ..` that says why it does end.
//! - A division by a size that is perhaps 0: `chunks` and the like; `kernel::rows` has them without.

use std::process::ExitCode;
use std::{env, fs};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

fn main() -> ExitCode {
    let (mut count, mut found) = (0, Vec::new());
    for path in env::args().skip(1) {
        let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        found.extend(faults(&source).iter().map(|fault| format!("{path}:{fault}")));
        count += 1;
    }
    // The compiler's list was read as it is meant.
    if count < 150 {
        found.push(format!("{count} files are not the library"));
    }
    found.iter().for_each(|fault| eprintln!("{fault}"));
    if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Lines of a source, and what is wrong there.
fn faults(source: &str) -> Vec<String> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let argued = |line: usize| {
        let above = lines[..line - 1].iter().rev().take_while(|line| line.starts_with("//"));
        above.into_iter().any(|line| line.contains("Ends: "))
    };
    let mut found = Vec::new();
    look(source.parse().expect("it compiles"), false, &mut |line, word, fault| {
        if !(fault == OPEN && argued(line)) {
            found.push(format!("{line}: `{word}` {fault}"));
        }
    });
    found
}

const OPEN: &str = "may be an open loop: the comment above it must say why it ends (`// Ends: ..`)";
const DIVIDES: &str = "divides: use `kernel::rows`";

/// Looks through tokens, and those in their parentheses. `bounded` is a range without an end that is all there is.
fn look(tokens: TokenStream, bounded: bool, fault: &mut impl FnMut(usize, &str, &str)) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let (past, next) = (&tokens[..at], tokens.get(at + 1));
        let line = token.span().start().line;
        match token {
            TokenTree::Group(group) if is_elsewhere(group) && is(past.last(), "#") => {
                // The item that is not compiled: to its end, which is a semicolon or a brace.
                at += tokens[at..].iter().position(|t| is(Some(t), ";") || braces(t)).unwrap_or(tokens.len());
            }
            TokenTree::Group(group) => {
                // Part of a slice, or a count of what it is zipped with.
                let part = ["get", "get_mut"].iter().any(|name| is(past.last(), name));
                let count = is(next, ".") && is(tokens.get(at + 2), "zip");
                look(group.stream(), part || count, fault);
            }
            TokenTree::Ident(word) => match word.to_string().as_str() {
                name @ ("while" | "loop") => fault(line, name, OPEN),
                name @ ("Iterator" | "DoubleEndedIterator") if is(next, "for") => fault(line, name, OPEN),
                name @ ("cycle" | "successors" | "repeat_with") if called(next) => fault(line, name, OPEN),
                name @ "repeat" if called(next) && !is(past.last(), ".") => fault(line, name, OPEN),
                name @ "from_fn" if !of_an_array(past) => fault(line, name, OPEN),
                name @ "RangeFrom" => fault(line, name, OPEN),
                name @ ("chunks" | "chunks_mut" | "chunks_exact" | "chunks_exact_mut" | "windows" | "rchunks"
                | "rchunks_mut" | "rchunks_exact" | "rchunks_exact_mut" | "chunk_by")
                    if called(next) =>
                {
                    fault(line, name, DIVIDES);
                }
                _ => {}
            },
            TokenTree::Punct(_) if is(Some(token), ".") && is(next, ".") && past.last().is_some_and(is_value) => {
                let rest = &tokens[at + 2..];
                let open = match rest {
                    [] => !bounded,
                    [end, ..] => [",", ";"].iter().any(|text| is(Some(end), text)) || braces(end),
                };
                let last = if is(rest.first(), "=") { &rest[1..] } else { rest };
                if open || is(last.get(3), "MAX") {
                    fault(line, "..", OPEN);
                }
                at += 1;
            }
            _ => {}
        }
        at += 1;
    }
}

fn is(token: Option<&TokenTree>, text: &str) -> bool {
    token.is_some_and(|token| !matches!(token, TokenTree::Group(_)) && token.to_string() == text)
}

fn braces(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

fn called(next: Option<&TokenTree>) -> bool {
    matches!(next, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
}

/// `#[cfg(..)]` of what is not compiled for a device: tests, and the vector units of a desktop.
fn is_elsewhere(group: &Group) -> bool {
    ["cfg (test)", "cfg (feature = \"simd\")"].contains(&group.stream().to_string().as_str())
}

/// Whether a range may start behind it: not so the `..` of a pattern.
fn is_value(token: &TokenTree) -> bool {
    !matches!(token, TokenTree::Punct(_))
}

/// `array::from_fn` and `Type::from_fn`, but not `iter::from_fn`.
fn of_an_array(past: &[TokenTree]) -> bool {
    let [.., TokenTree::Ident(of), colon, _] = past else { return false };
    let of = of.to_string();
    is(Some(colon), ":") && (of == "array" || of.starts_with(char::is_uppercase))
}

#[cfg(test)]
mod tests {
    use super::faults;

    /// Ways to write a loop that does not end.
    const OPEN: [&str; 21] = [
        "while black_box(false) {}",
        "while at < n {}",
        "while let Some(x) = stack.pop() { stack.push(x); }",
        "loop { if done() { break } }",
        "'rows: loop { continue 'rows }",
        "macro_rules! forever { () => { loop {} } }",
        "vec![while true {}]",
        "core::iter::repeat(1).take_while(|x| *x > 0).count();",
        "core::iter::repeat_with(|| 1).find(|x| *x > 1);",
        "core::iter::from_fn(|| Some(1)).count();",
        "use core::iter::from_fn; from_fn(|| Some(1)).count();",
        "core::iter::successors(Some(1), |x| Some(*x)).count();",
        "[1, 2].iter().cycle().find(|x| **x > 2);",
        "(0..).find(|x| *x < 0);",
        "(start..).map(f).for_each(drop);",
        "for x in 0.. { f(x) }",
        "let numbers = first()..; numbers.for_each(drop);",
        "f(0.., 1);",
        "numbers.iter().zip(0..).zip((0..).map(f));",
        "for x in 0..u64::MAX { f(x) }",
        "impl Iterator for Mine { fn next(&mut self) -> Option<u8> { Some(1) } }",
    ];

    /// Loops that end.
    const CLOSED: [&str; 12] = [
        "for x in values { f(x) }",
        "for x in 0..n { f(x) }",
        "values.get(start..).and_then(|values| values.get_mut(f(1)..));",
        "for (at, x) in (0_u32..).zip(values) { f(x) }",
        "let [first, rest @ ..] = values; let Pair { from, .. } = pair; let (a, ..) = b; let c = Pair { from, ..pair };",
        "match n { 0..=512 => 1, 513.. => 2 }",
        "// loop {}\n/* while */ let text = \"while\"; /// loop\nfn f() {}",
        "#[cfg(test)]\nmod tests { fn f() { loop {} } }",
        "#[cfg(feature = \"simd\")]\nlet rows = values.chunks(size);",
        "core::array::from_fn(|x| x); DMatrix::from_fn(2, 2, f); text.repeat(3); mod repeat; repeat::Repeat;",
        "// Ends: a word of\n// explanation.\nwhile at < n { at += 1 }",
        "fn f() {\n    let x = values\n        .iter()\n        // Ends: with the rows.\n        .cycle();\n}",
    ];

    #[test]
    fn open_loops_are_found() {
        for source in OPEN {
            assert!(!faults(source).is_empty(), "{source}");
            assert!(!faults(&format!("/// Ends: not here.\n\nfn f() {{\n{source}\n}}")).is_empty(), "{source}");
        }
    }

    #[test]
    fn closed_loops_are_not() {
        for source in CLOSED {
            assert_eq!(faults(source), [""; 0], "{source}");
        }
    }

    #[test]
    fn sizes_that_may_be_0_are_found() {
        for source in ["values.chunks(n);", "values.chunks_exact_mut(n);", "// Ends: no excuse.\nvalues.windows(n);"] {
            assert_eq!(faults(source).len(), 1, "{source}");
        }
        assert_eq!(faults("#[cfg(feature = \"std\")]\nfn f() { values.chunks(2); }").len(), 1);
    }

    #[test]
    fn what_follows_a_test_is_looked_at() {
        assert_eq!(faults("#[cfg(test)]\nuse a::b;\nfn f() { loop {} }").len(), 1);
        assert_eq!(faults("#[cfg(test)]\nmod tests {}\nfn f() { loop {} }").len(), 1);
        assert_eq!(faults("#[cfg(any(test, not(feature = \"simd\")))]\nfn f() { loop {} }").len(), 1);
    }
}
