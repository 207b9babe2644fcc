//! No more than five files of a package depend on each other in a circle: what several share is below them.
//!
//! A file depends on another where it names what that one defines. Names that a module only hands on lead to where they are defined.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use super::house::files;

const FILES_MAX: usize = 5;

/// Circles that are larger still, by the package and a file of each, with how many files they have: they may only become smaller.
const LARGER: [(&str, &str, usize); 2] = [
    // A document's fields, the bodies of events and what patches do to both name each other.
    ("core", "core/src/patch/meaning.rs", 13),
    // The store has the projections beside it, which are asked through it.
    ("projections", "projections/src/store.rs", 26),
];

/// A module: where it is written, what it defines, what it hands on (to whom it leads, where that is here), and what it names.
#[derive(Default)]
struct Module {
    file: String,
    defines: BTreeSet<String>,
    uses: Vec<(String, Option<Names>, bool)>,
    names: Vec<Names>,
}

/// A path of names, from the root of the package.
type Names = Vec<String>;
type Modules = BTreeMap<Names, Module>;

fn flat(stream: TokenStream, into: &mut Vec<String>) {
    let mut tokens = stream.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(name) => into.push(name.to_string()),
            TokenTree::Punct(sign) if sign.as_char() == ':' && sign.spacing() == Spacing::Joint => {
                // Both are `::`.
                let _second = tokens.next();
                into.push("::".to_owned());
            }
            TokenTree::Punct(sign) => into.push(sign.as_char().to_string()),
            TokenTree::Literal(_) => into.push("\"".to_owned()),
            TokenTree::Group(group) => {
                let [open, close] = match group.delimiter() {
                    Delimiter::Brace => ["{", "}"],
                    Delimiter::Parenthesis => ["(", ")"],
                    Delimiter::Bracket => ["[", "]"],
                    Delimiter::None => ["", ""],
                };
                into.push(open.to_owned());
                flat(group.stream(), into);
                into.push(close.to_owned());
            }
        }
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
}

/// Where the group that opens at `at` closes.
fn end_of(tokens: &[String], at: usize) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    tokens.len()
}

/// Takes out what is for tests alone; returns the modules among it that have files of their own.
fn without_tests(tokens: Vec<String>) -> (Vec<String>, Vec<String>) {
    let (mut kept, mut modules, mut at) = (Vec::new(), Vec::new(), 0);
    let for_tests = ["#", "[", "cfg", "(", "test", ")", "]"];
    while at < tokens.len() {
        if !tokens[at..].iter().take(7).eq(for_tests) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let mut end = at + 7;
        while end < tokens.len() && !matches!(tokens[end].as_str(), "{" | ";") {
            end = if matches!(tokens[end].as_str(), "(" | "[") { end_of(&tokens, end) } else { end } + 1;
        }
        if tokens.get(end).is_some_and(|token| token == ";") && tokens[end - 2] == "mod" {
            modules.push(tokens[end - 1].clone());
        }
        at = end_of(&tokens, end) + 1;
    }
    (kept, modules)
}

/// The paths of a `use` that begins at `at`, each with the name that it is known by, and where it ends.
fn used(tokens: &[String], at: usize, before: &Names, into: &mut Vec<(Names, String)>) -> usize {
    let (mut path, mut at) = (before.clone(), at);
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("::") => at += 1,
            Some("{") => {
                let end = end_of(tokens, at);
                at += 1;
                while at < end {
                    at = used(tokens, at, &path, into);
                    at += usize::from(tokens[at] == ",");
                }
                return end + 1;
            }
            Some("as") => {
                into.push((path, tokens[at + 1].clone()));
                return at + 2;
            }
            Some(name) if is_name(name) || name == "*" => {
                if name != "self" || path.is_empty() {
                    path.push(name.to_owned());
                }
                at += 1;
            }
            _ => {
                let name = path.last().cloned().unwrap_or_default();
                into.push((path, name));
                return at;
            }
        }
    }
}

/// Where a path leads that is written in a module; `None` where it leads out of the package.
fn absolute(module: &Names, path: &[String], known: &BTreeSet<Names>) -> Option<Names> {
    let ups = path.iter().take_while(|name| *name == "super").count();
    match path.first()?.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([module, &path[1..]].concat()),
        "super" => Some([&module[..module.len().checked_sub(ups)?], &path[ups..]].concat()),
        first => {
            let child = [module.as_slice(), &[first.to_owned()]].concat();
            known.contains(&child).then(|| [module, path].concat())
        }
    }
}

fn read(module: &Names, file: &str, tokens: &[String], known: &BTreeSet<Names>, into: &mut Modules) {
    const DEFINES: [&str; 10] =
        ["fn", "struct", "enum", "trait", "const", "static", "type", "union", "mod", "macro_rules"];
    let mut found = Module { file: file.to_owned(), ..Module::default() };
    let mut at = 0;
    while at < tokens.len() {
        let next = tokens.get(at + 1).map_or("", String::as_str);
        match tokens[at].as_str() {
            "mod" if tokens.get(at + 2).is_some_and(|token| token == "{") => {
                let end = end_of(tokens, at + 2);
                let inner = [module.as_slice(), &[next.to_owned()]].concat();
                found.defines.insert(next.to_owned());
                read(&inner, file, &tokens[at + 3..end], known, into);
                at = end + 1;
            }
            "use" if next != "<" => {
                let is_public = at > 0 && matches!(tokens[at - 1].as_str(), "pub" | ")");
                let mut paths = Vec::new();
                at = used(tokens, at + 1, &Vec::new(), &mut paths);
                for (path, name) in paths {
                    found.uses.push((name, absolute(module, &path, known), is_public));
                }
            }
            // Who sees it is not what it needs.
            "pub" if next == "(" => at = end_of(tokens, at + 1) + 1,
            word if DEFINES.contains(&word) => {
                let name = if next == "!" { tokens.get(at + 2).map_or("", String::as_str) } else { next };
                found.defines.insert(name.to_owned());
                at += 1;
            }
            word if is_name(word) && next == "::" && (at == 0 || tokens[at - 1] != "::") => {
                let mut path = vec![word.to_owned()];
                at += 1;
                while tokens[at..].len() > 1 && tokens[at] == "::" && is_name(&tokens[at + 1]) {
                    path.push(tokens[at + 1].clone());
                    at += 2;
                }
                if path.len() > 1 {
                    found.names.extend(absolute(module, &path, known));
                }
            }
            _ => at += 1,
        }
    }
    into.insert(module.clone(), found);
}

/// The file of what a path leads to; `None` where that is of another package.
fn file_of<'m>(modules: &'m Modules, path: &[String], steps: usize) -> Option<&'m str> {
    let length = (0..=path.len()).rev().find(|length| modules.contains_key(&path[..*length]))?;
    let (module, rest) = (&modules[&path[..length]], &path[length..]);
    let Some(name) = rest.first().filter(|name| *name != "*") else { return Some(&module.file) };
    if steps == 0 {
        return None;
    }
    let follow = |to: &Names| file_of(modules, &[to, &rest[1..]].concat(), steps - 1);
    let mut handed_on = module.uses.iter().filter(|(known, _, _)| known == name);
    if let Some((_, to, _)) = handed_on.next() {
        return to.as_ref().and_then(follow);
    }
    if module.defines.contains(name) {
        return Some(&module.file);
    }
    let mut globs = module.uses.iter().filter(|(known, _, is_public)| known == "*" && *is_public);
    globs.find_map(|(_, to, _)| {
        let to = to.as_ref()?;
        let inner = [&to[..to.len() - 1], rest].concat();
        let defined = modules.get(&to[..to.len() - 1])?;
        (defined.defines.contains(name) || defined.uses.iter().any(|(known, ..)| known == name))
            .then(|| file_of(modules, &inner, steps - 1))
            .flatten()
    })
}

/// Which files of a package name what each file of it does not define itself.
fn edges(package: &str, all: &[(String, String)]) -> BTreeMap<String, BTreeSet<String>> {
    let source = format!("{package}/src/");
    let mut read_files = Vec::new();
    let mut tests = Vec::new();
    for (path, text) in all {
        let Some(below) = path.strip_prefix(&source).and_then(|path| path.strip_suffix(".rs")) else {
            continue;
        };
        let mut module: Names = below.split('/').map(str::to_owned).collect();
        if module[0] == "bin" || module == ["main"] {
            continue;
        }
        if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
            module.pop();
        }
        let mut tokens = Vec::new();
        flat(text.parse().unwrap_or_else(|error| panic!("{path}: {error}")), &mut tokens);
        let (tokens, for_tests) = without_tests(tokens);
        tests.extend(for_tests.into_iter().map(|name| [module.clone(), vec![name]].concat()));
        read_files.push((module, path.clone(), tokens));
    }
    read_files.retain(|(module, ..)| !tests.iter().any(|test| module.starts_with(test)));
    let known: BTreeSet<Names> = read_files.iter().map(|(module, ..)| module.clone()).collect();
    let mut modules = Modules::new();
    for (module, path, tokens) in &read_files {
        read(module, path, tokens, &known, &mut modules);
    }
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for module in modules.values() {
        let private = module.uses.iter().filter(|(_, _, is_public)| !is_public);
        let named = private.filter_map(|(_, to, _)| to.as_ref()).chain(&module.names);
        let files = named.filter_map(|path| file_of(&modules, path, 16)).filter(|file| *file != module.file);
        edges.entry(module.file.clone()).or_default().extend(files.map(str::to_owned));
    }
    edges
}

/// The circles of more than one file.
fn circles(edges: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<BTreeSet<&str>> {
    let reach: BTreeMap<&str, BTreeSet<&str>> = edges
        .keys()
        .map(|from| {
            let (mut seen, mut to_see) = (BTreeSet::new(), vec![from.as_str()]);
            while let Some(file) = to_see.pop() {
                let next = edges.get(file).into_iter().flatten().map(String::as_str);
                to_see.extend(next.filter(|file| seen.insert(*file)));
            }
            (from.as_str(), seen)
        })
        .collect();
    let circle_of = |file: &str| {
        reach[file].iter().copied().filter(|other| reach[other].contains(file)).collect::<BTreeSet<&str>>()
    };
    reach.keys().map(|file| circle_of(file)).filter(|circle| circle.len() > 1).collect()
}

#[test]
fn no_more_than_five_files_of_a_package_depend_on_each_other_in_a_circle() {
    let all = files(".rs");
    let packages: BTreeSet<&str> = all
        .iter()
        .filter_map(|(path, _)| path.strip_suffix("/src/lib.rs"))
        .filter(|path| !path.contains('/'))
        .collect();
    assert!(packages.contains("core") && packages.contains("cli"), "{packages:?}");
    let mut larger = Vec::new();
    for package in packages {
        let edges = edges(package, &all);
        for circle in circles(&edges) {
            let known = LARGER.iter().find(|(of, file, _)| *of == package && circle.contains(file));
            let most = known.map_or(FILES_MAX, |(.., most)| *most);
            if circle.len() > most {
                let among = |file: &&str| {
                    let to: Vec<&str> =
                        edges[*file].iter().map(String::as_str).filter(|to| circle.contains(to)).collect();
                    format!("  {file} -> {}", to.join(", "))
                };
                let lines: Vec<String> = circle.iter().map(among).collect();
                larger.push(format!("{} files, at most {most}:\n{}", circle.len(), lines.join("\n")));
            }
        }
    }
    assert!(larger.is_empty(), "move what is shared below those that share it\n{}", larger.join("\n"));
}

#[test]
fn a_circle_is_found_through_names_that_are_handed_on() {
    let file = |path: &str, text: &str| (format!("p/src/{path}"), text.to_owned());
    let all = [
        file("lib.rs", "mod a; mod b; mod c; pub use c::Low; #[cfg(test)] mod tests;"),
        file("a.rs", "use crate::b::Both; pub(crate) struct A(crate::Low);"),
        file("b/mod.rs", "mod inner; pub(crate) use inner::Both;"),
        file("b/inner.rs", "pub(crate) struct Both; fn back(_: super::super::a::A) {}"),
        file("c.rs", "pub struct Low; #[cfg(test)] mod tests { use crate::a::A; }"),
        file("tests.rs", "use crate::a::A; use crate::c::Low;"),
    ];
    let edges = edges("p", &all);
    let found = circles(&edges);
    assert_eq!(found, BTreeSet::from([BTreeSet::from(["p/src/a.rs", "p/src/b/inner.rs"])]));
    assert!(edges["p/src/a.rs"].contains("p/src/c.rs"));
}
