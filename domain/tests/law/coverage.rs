//! Every command has a law that shows it accepted and one that shows it refused.

use std::collections::BTreeSet;

use itam_domain::Command;

use crate::scene::{Law, Verdict};
use crate::{
    approved_orders, asset_corrections, asset_custody, asset_end, asset_facts, asset_life, audit_findings,
    audits, charging, contents, definition_corrections, deliveries, labels, organization, purchase_orders,
    record_corrections, requisitions, whereabouts,
};

fn laws() -> impl Iterator<Item = &'static Law> {
    [
        asset_facts::LAWS,
        asset_custody::LAWS,
        asset_corrections::LAWS,
        asset_end::LAWS,
        charging::LAWS,
        contents::LAWS,
        definition_corrections::LAWS,
        deliveries::LAWS,
        labels::LAWS,
        asset_life::LAWS,
        audits::LAWS,
        audit_findings::LAWS,
        record_corrections::LAWS,
        requisitions::LAWS,
        purchase_orders::LAWS,
        approved_orders::LAWS,
        organization::LAWS,
        whereabouts::LAWS,
    ]
    .into_iter()
    .flatten()
}

#[test]
fn every_command_is_shown_accepted_and_refused() {
    let shown: BTreeSet<(&str, Verdict)> = laws().map(|law| (law.command, law.verdict)).collect();
    let expected = Command::NAMES
        .iter()
        .flat_map(|name| [(*name, Verdict::Accepted), (*name, Verdict::Refused)])
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn every_law_is_called_by_a_sentence_of_its_own() {
    let names: Vec<&str> = laws().map(|law| law.name).collect();
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(distinct.len(), names.len());
    for name in names {
        assert!(name.split('_').count() >= 3, "{name} is no sentence");
    }
}
