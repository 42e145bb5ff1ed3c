//! Every problem code has its page, and every reason of the rules stands on one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use itam_schemas::problems::{pages_folder, read_examples};
use itam_service_kit::ProblemCode;

use crate::support::{assert_valid, committed, validator_within};

#[test]
fn there_is_a_page_for_every_code_and_no_other() {
    let pages = fs::read_dir(pages_folder()).expect("a folder");
    let pages: BTreeSet<String> =
        pages.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
    let codes = ProblemCode::ALL.iter().map(|code| format!("{}.md", code.code())).collect();
    assert_eq!(pages, codes);
}

#[test]
fn every_page_shows_its_code_title_and_status_and_a_valid_example() {
    let document = committed("openapi/itam.json");
    let validator = validator_within(&document, &document["components"]["schemas"]["Problem"]);
    for example in read_examples().expect("pages") {
        let (code, answer) = (example.code, &example.answer);
        let status = code.status().as_u16();
        let head = format!("# {}\n\n`{}`, HTTP status {status}\n", code.title(), code.code());
        assert!(example.page.starts_with(&head), "{}", code.code());
        assert_eq!(answer["code"], code.code());
        assert_eq!(answer["title"], code.title(), "{}", code.code());
        assert_eq!(answer["status"], status, "{}", code.code());
        assert_eq!(answer["type"], code.type_reference(), "{}", code.code());
        assert_valid(&validator, answer, code.code());
    }
}

#[test]
fn the_pages_list_exactly_the_reasons_of_the_rules() {
    let pages: [(&[&str], &str); 2] =
        [(&["rule"], "rejected-by-rule"), (&["invalid", "unfit_label"], "invalid-value")];
    for (constructors, page) in pages {
        let reasons = constructors.iter().flat_map(|constructor| reasons_of(constructor)).collect();
        assert_eq!(documented(page), reasons, "{page}.md");
    }
    let held = documented("already-held");
    for kind in ["tag-held", "serial-held", "order-number-held", "name-held", "username-held"] {
        assert!(held.contains(kind), "{kind}");
    }
}

/// The first cells of a page's table.
fn documented(page: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(pages_folder().join(format!("{page}.md"))).expect("a page");
    let cells = text.lines().filter_map(|line| line.strip_prefix("| `"));
    let reasons = cells.filter_map(|cells| cells.split_once('`')).map(|(reason, _)| reason.to_owned());
    reasons.filter(|reason| reason != "reason").collect()
}

/// The reasons that the domain's sources give to `Rejection::<constructor>`.
fn reasons_of(constructor: &str) -> BTreeSet<String> {
    let mut sources = Vec::new();
    collect(&itam_schemas::folder().join("../domain/src"), &mut sources);
    let call = format!("Rejection::{constructor}(");
    let mut reasons = BTreeSet::new();
    for source in &sources {
        for arguments in source.split(&call).skip(1) {
            let mut literals = arguments.split('"').skip(1).step_by(2);
            let is_reason =
                |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            let reason = literals.find(is_reason);
            reasons.insert(reason.unwrap_or_else(|| panic!("a reason after {call}")).to_owned());
        }
    }
    reasons
}

fn collect(folder: &Path, sources: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, sources);
        } else {
            sources.push(fs::read_to_string(&path).expect("a source"));
        }
    }
}
