//! One word, one thing: a type that other files can name has its name alone.

use std::collections::BTreeMap;

use itam_tests::sources::{packages, root, rust_files};

/// Names that several types have since they are the same thing, and why it is there more than once.
const SAME_THING: &[(&str, &str)] = &[
    ("Cause", "what an error of the log, of the vault, or of a place for checkpoints comes from"),
    ("Clock", "what tells the time: a trait, and functions where a package knows no other"),
    ("Committer", "what stores the commits that wait, of either log"),
    ("Failure", "why the program, or a tool, could not do what it was asked to"),
    ("Sampled", "what contracts need to know of a definition, with their feature and without"),
    ("Witness", "a witness, as it is itself and as the sealer has it"),
];

/// Packages that are programs of their own, whose words nobody else uses.
const APART: [&str; 2] = ["bench", "tests"];

#[test]
fn no_two_things_have_one_name() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let packages = packages();
    for package in packages.iter().filter(|package| !APART.iter().any(|name| package.ends_with(name))) {
        for file in rust_files(&package.join("src")) {
            let text = std::fs::read_to_string(&file).expect("a source file");
            let shown = file.strip_prefix(root()).expect("it is in there").display().to_string();
            for name in text.lines().filter_map(named_type) {
                places.entry(name.to_owned()).or_default().push(shown.clone());
            }
        }
    }
    places.retain(|_, files| files.len() > 1);
    let is_known = |name: &str| SAME_THING.iter().any(|(known, _)| *known == name);
    let found: Vec<_> = places.iter().filter(|(name, _)| !is_known(name)).collect();
    assert!(found.is_empty(), "different things have one name; let each say which it is: {found:#?}");
    let idle: Vec<_> = SAME_THING.iter().filter(|(name, _)| !places.contains_key(*name)).collect();
    assert!(idle.is_empty(), "only one thing has this name now, so it needs no reason: {idle:?}");
}

#[test]
fn a_type_is_found_however_it_is_seen() {
    assert_eq!(named_type("pub struct Tag(pub ShortText);"), Some("Tag"));
    assert_eq!(named_type("    pub(super) enum Stage<'a> {"), Some("Stage"));
    assert_eq!(named_type("struct OfThisFile;"), None);
    assert_eq!(named_type("    type Item = Event;"), None);
    assert_eq!(named_type("pub fn type_of() {}"), None);
    assert_eq!(named_type("        pub enum $name {"), None);
}

/// The type that a line defines, if other files can name it.
fn named_type(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("pub")?;
    let rest = match rest.strip_prefix('(') {
        Some(seen) => seen.split_once(')')?.1,
        None => rest,
    };
    let mut words = rest.strip_prefix(' ')?.split(' ');
    let is_type = words.next().is_some_and(|word| ["struct", "enum", "trait", "type"].contains(&word));
    let name = words.next().filter(|_| is_type)?;
    let end = name.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(name.len());
    // A macro's definition has no name of its own.
    (end > 0).then(|| &name[..end])
}
