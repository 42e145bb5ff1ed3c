//! Totals of assets by any of their facets, told naively: each asset looked at.

use std::collections::BTreeMap;

use itam_domain::asset::Custodian;
use itam_read_model::{
    ASSETS, AssetRecord, FacetValue, RecordFacet, RecordFilters, RecordTotals, RegisterView, counted_states,
};
use proptest::prelude::*;

use crate::history::Dice;

/// What an asset has of a facet.
fn value_of(record: &AssetRecord, facet: &str) -> Option<FacetValue> {
    let facts = &record.asset.facts;
    let thing = |id: Option<uuid::Uuid>| id.map(FacetValue::Thing);
    match facet {
        "state" => Some(FacetValue::Word(record.state().as_str())),
        "kind" => Some(FacetValue::Word(facts.kind.as_str())),
        "hardware_kind" => facts.hardware_kind.map(|kind| FacetValue::Word(kind.as_str())),
        "model_id" => thing(Some(facts.model_id.0)),
        "location_id" => thing(facts.location_id.map(|id| id.0)),
        "department_id" => thing(facts.department_id.map(|id| id.0)),
        "project_id" => thing(facts.project_id.map(|id| id.0)),
        "person_id" => match record.asset.custodian() {
            Some(Custodian::Person(id)) => thing(Some(id.0)),
            _ => None,
        },
        "vendor_id" => thing(facts.vendor_id.map(|id| id.0)),
        "purchase_order_id" => thing(facts.order_line.map(|line| line.purchase_order_id.0)),
        other => panic!("{other} is a facet that is not told here"),
    }
}

/// Counts an asset, and what it cost unless it never was.
fn add(totals: &mut RecordTotals, record: &AssetRecord) {
    totals.count += 1;
    let costs = if record.is_counted() { record.acquisition_cost() } else { Vec::new() };
    for (currency, minor) in costs {
        *totals.sums.entry(("acquisition_cost", currency)).or_default() += minor;
    }
}

/// Asks for totals by some facets, among assets with some values of a facet, and compares.
pub(crate) fn compare_asset_totals(
    view: RegisterView<'_>,
    there: &[AssetRecord],
    dice: &mut Dice,
) -> Result<(), TestCaseError> {
    for _ in 0..3 {
        let sides = u32::try_from(ASSETS.facets.len()).expect("few");
        let some = |dice: &mut Dice| ASSETS.facets[dice.roll(sides) as usize];
        let (filtered, chosen) = (some(dice), dice.roll(3));
        let values: Vec<FacetValue> = match chosen {
            0 => Vec::new(),
            1 => there.iter().filter_map(|record| value_of(record, filtered.name)).take(2).collect(),
            _ => counted_states().collect(),
        };
        let filtered = if chosen == 2 { ASSETS.facet("state").expect("a facet") } else { filtered };
        let mut group_by: Vec<&'static RecordFacet> = Vec::new();
        for _ in 0..dice.roll(4) {
            let facet = some(dice);
            if !group_by.iter().any(|known| known.name == facet.name) {
                group_by.push(facet);
            }
        }
        let filters = RecordFilters::default().with(filtered, values.clone());
        let found = view.totals(&ASSETS, &filters, &group_by).expect("totals");
        let (mut total, mut groups) = (RecordTotals::default(), BTreeMap::new());
        for record in there {
            let has = value_of(record, filtered.name);
            if !values.is_empty() && !has.is_some_and(|value| values.contains(&value)) {
                continue;
            }
            add(&mut total, record);
            let path: Vec<_> = group_by.iter().map(|facet| value_of(record, facet.name)).collect();
            add(groups.entry(path).or_default(), record);
        }
        prop_assert_eq!(found.total, total);
        if group_by.is_empty() {
            groups.clear();
        }
        let found = found.groups.expect("few").into_iter().map(|group| (group.values, group.totals));
        prop_assert_eq!(found.collect::<BTreeMap<_, _>>(), groups, "by {:?}", group_by);
    }
    Ok(())
}
