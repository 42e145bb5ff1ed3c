//! `CONTRACT.md` names tests that there are, and shows a table without a broken promise.

use std::collections::BTreeSet;

use itam_tests::faults::Fault;
use itam_tests::sources::{packages, root, rust_files};

#[test]
fn every_test_that_the_contract_names_exists() {
    let functions = functions();
    let contract = contract();
    let named: BTreeSet<&str> = contract.split('`').skip(1).step_by(2).filter(|text| is_test(text)).collect();
    assert!(named.len() > 30, "only {} tests are named", named.len());
    let missing: Vec<&&str> = named.iter().filter(|name| !functions.contains(**name)).collect();
    assert!(missing.is_empty(), "no such tests: {missing:?}");
}

#[test]
fn the_contracts_table_has_every_fault_and_no_finding() {
    let contract = contract();
    for fault in Fault::ALL {
        let row = contract.lines().find(|line| line.starts_with(&format!("| {} |", fault.name)));
        let row = row.unwrap_or_else(|| panic!("no evidence for {:?}: run the soak", fault.name));
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert_eq!(cells[7..11], ["0"; 4], "{row}");
    }
}

fn contract() -> String {
    std::fs::read_to_string(root().join("CONTRACT.md")).expect("the contract")
}

/// A sentence in the form of a function's name.
fn is_test(text: &str) -> bool {
    let is_plain = text.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
    is_plain && text.matches('_').count() >= 4
}

/// The names of all functions in the tests of all packages.
fn functions() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let folders = packages().into_iter().flat_map(|package| [package.join("src"), package.join("tests")]);
    for path in folders.filter(|folder| folder.is_dir()).flat_map(|folder| rust_files(&folder)) {
        let text = std::fs::read_to_string(&path).expect("a source file");
        names.extend(text.split("fn ").skip(1).filter_map(|rest| rest.split('(').next()).map(str::to_owned));
    }
    names
}
