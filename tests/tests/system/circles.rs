//! Files of one package that need one another in a circle: none can be read, or changed, without the others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use itam_tests::sources::{packages, rust_files};

/// A module, as the names that lead to it; empty for the root of its package.
type Module = Vec<String>;

/// Which modules each module names. A module and those within it are one thing told in several files: what
/// is within may name what is around it.
type Needs = BTreeMap<Module, BTreeSet<Module>>;

#[test]
fn no_files_of_a_package_need_one_another() {
    let mut found = Vec::new();
    for package in packages() {
        let needs = needs(&package);
        for circle in circles(&needs) {
            let files: Vec<String> = circle.iter().map(|module| module.join("::")).collect();
            found.push(format!("{}: {}", package.display(), files.join(", ")));
        }
    }
    assert!(found.is_empty(), "files that need one another:\n{}", found.join("\n"));
}

#[test]
fn a_circle_is_found_however_it_is_written() {
    let module = |name: &str| vec![name.to_owned()];
    let needs = |texts: &[(&str, &str)]| {
        let files: BTreeMap<Module, String> =
            texts.iter().map(|(name, text)| (module(name), (*text).to_owned())).collect();
        needs_of(&files)
    };
    let one =
        needs(&[("a", "use crate::{b::B, c};"), ("b", "fn f() { super::a::g() }"), ("c", "// crate::a")]);
    assert_eq!(circles(&one), [BTreeSet::from([module("a"), module("b")])]);
    let none =
        needs(&[("a", "use crate::b::{self, B};"), ("b", "#[cfg(test)]\nmod tests { use crate::a; }")]);
    assert_eq!(circles(&none), [] as [BTreeSet<Module>; 0]);
}

fn needs(package: &Path) -> Needs {
    let source = package.join("src");
    let files = rust_files(&source).into_iter().map(|path| {
        let name = path.strip_prefix(&source).expect("it is in there").with_extension("");
        let mut module: Module = name.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
            module.pop();
        }
        (module, std::fs::read_to_string(&path).expect("a source file"))
    });
    needs_of(&files.collect())
}

fn needs_of(files: &BTreeMap<Module, String>) -> Needs {
    let tests: BTreeSet<Module> =
        files.iter().flat_map(|(module, text)| test_modules(module, text)).collect();
    let is_of_tests = |module: &Module| tests.iter().any(|test| module.starts_with(test));
    let mut needs = Needs::new();
    for (module, text) in files.iter().filter(|(module, _)| !is_of_tests(module)) {
        let named = paths(&code(text)).into_iter().filter_map(|path| {
            let path = resolved(module, &path);
            (0..=path.len())
                .rev()
                .map(|length| path[..length].to_vec())
                .find(|found| files.contains_key(found))
        });
        let others = named.filter(|other| !module.starts_with(other) && !is_of_tests(other));
        needs.insert(module.clone(), others.collect());
    }
    needs
}

/// The modules in files of their own that are there for tests alone.
fn test_modules(module: &Module, text: &str) -> Vec<Module> {
    let after = text.split("#[cfg(test)]\nmod ").skip(1);
    let names = after.filter_map(|rest| rest.split_once(';').map(|(name, _)| name));
    let is_name = |name: &&str| name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    names.filter(is_name).map(|name| [module.as_slice(), &[name.to_owned()]].concat()).collect()
}

/// What of a file is no comment and no test.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned() + "\n").collect()
}

/// The paths that begin at the package's root or at a module around, with all that a group names.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut tokens = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let length = if is_letter(first) {
            rest.find(|letter| !is_letter(letter)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let (token, behind) = rest.split_at(length);
        if !token.trim().is_empty() {
            tokens.push(token);
        }
        rest = behind;
    }
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let is_start = ["crate", "super", "self"].contains(token) && tokens.get(index + 1) == Some(&"::");
        if is_start && tokens.get(index.wrapping_sub(1)) != Some(&"::") {
            collect(&mut tokens[index..].iter().copied(), &[], &mut found);
        }
    }
    found
}

/// Reads one path, or the paths of a group up to its end.
fn collect<'a>(tokens: &mut impl Iterator<Item = &'a str>, before: &[String], found: &mut Vec<Vec<String>>) {
    let mut path = before.to_vec();
    let mut is_open = true;
    for token in tokens.by_ref() {
        match token {
            "::" => is_open = true,
            "{" if is_open && path.len() > before.len() => return groups(tokens, &path, found),
            "," | "}" | ";" => break,
            name if is_open => {
                path.push(name.to_owned());
                is_open = false;
            }
            _ => break,
        }
    }
    found.push(path);
}

fn groups<'a>(tokens: &mut impl Iterator<Item = &'a str>, before: &[String], found: &mut Vec<Vec<String>>) {
    let mut path = before.to_vec();
    let mut prefixes: Vec<usize> = Vec::new();
    let mut start = before.len();
    for token in tokens {
        match token {
            "::" => {}
            "{" => {
                prefixes.push(start);
                start = path.len();
            }
            "," | "}" => {
                if path.len() > start {
                    found.push(path.clone());
                }
                path.truncate(start);
                if token == "}" {
                    let Some(outer) = prefixes.pop() else { return };
                    start = outer;
                    path.truncate(start);
                }
            }
            name => path.push(name.to_owned()),
        }
    }
}

/// The path from the package's root.
fn resolved(module: &Module, path: &[String]) -> Module {
    let mut base = match path.first().map(String::as_str) {
        Some("crate") => Vec::new(),
        _ => module.clone(),
    };
    for name in path {
        match name.as_str() {
            "crate" | "self" => {}
            "super" => drop(base.pop()),
            other => base.push(other.to_owned()),
        }
    }
    base
}

/// The modules that can be reached from one another.
fn circles(needs: &Needs) -> Vec<BTreeSet<Module>> {
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        needs.keys().map(|module| (module, reached(needs, module))).collect();
    let mut found: Vec<BTreeSet<Module>> = Vec::new();
    for (module, there) in &reached {
        let back =
            there.iter().filter(|other| reached.get(**other).is_some_and(|there| there.contains(module)));
        let circle: BTreeSet<Module> = back.map(|other| (*other).clone()).collect();
        if circle.len() > 1 && !found.contains(&circle) {
            found.push(circle);
        }
    }
    found
}

fn reached<'a>(needs: &'a Needs, from: &'a Module) -> BTreeSet<&'a Module> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(module) = open.pop() {
        for next in needs.get(module).into_iter().flatten() {
            if found.insert(next) {
                open.push(next);
            }
        }
    }
    found
}
