//! Laws that hold for any history: a file is a function of the log alone, indexes and counters
//! are functions of the rows.

use std::collections::BTreeMap;

use itam_domain::asset::Custodian;
use itam_domain::vocabulary::AssetState;
use itam_read_model::{
    AssetFilters, AssetQuery, AssetRecord, AssetSort, Direction, ReadModelWriter, Snapshot, Summary,
    SummaryFilters,
};
use proptest::prelude::*;

use crate::asset_totals::compare_asset_totals;
use crate::history::{Dice, history};
use crate::past_laws::compare_breakdowns;
use crate::support::{Register, TENANT, apply, location, project};

/// Every asset, by walking the register.
pub(crate) fn all_assets(snapshot: &Snapshot) -> Vec<AssetRecord> {
    walk(snapshot, &AssetQuery::default(), 7)
}

pub(crate) fn walk(snapshot: &Snapshot, query: &AssetQuery, limit: usize) -> Vec<AssetRecord> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = snapshot.now().list(query, cursor.as_ref(), limit).expect("list");
        found.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            return found;
        }
    }
}

pub(crate) fn recount(assets: &[AssetRecord]) -> Summary {
    let mut summary = Summary { assets: 0, by_state: BTreeMap::new(), acquisition_cost: BTreeMap::new() };
    for record in assets {
        *summary.by_state.entry(record.state()).or_default() += 1;
        if !matches!(record.state(), AssetState::Voided | AssetState::Cancelled) {
            summary.assets += 1;
            for (currency, minor) in record.acquisition_cost().into_iter().filter(|(_, minor)| *minor != 0) {
                *summary.acquisition_cost.entry(currency).or_default() += minor;
            }
        }
    }
    summary
}

pub(crate) fn ids(assets: &[AssetRecord]) -> Vec<itam_domain::AssetId> {
    assets.iter().map(AssetRecord::id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_batching_and_a_rebuild_give_the_same_file(seed: u64, length in 1_u64..400) {
        let events = history(seed, length);
        let mut dice = Dice(seed ^ 1);
        let mut one_by_some = Register::new();
        for envelope in events.clone() {
            apply(&mut one_by_some.writer, envelope);
            if dice.roll(5) == 0 {
                one_by_some.writer.flush().expect("flush");
            }
        }
        one_by_some.writer.flush().expect("flush");
        let before = one_by_some.snapshot().dump_hash().expect("dump");
        let mut rebuilt = ReadModelWriter::build_apart(&one_by_some.model, TENANT).expect("apart");
        for envelope in events {
            apply(&mut rebuilt, envelope);
        }
        let held = one_by_some.snapshot();
        let writer = rebuilt.switch().expect("switch");
        prop_assert_eq!(writer.checkpoint(), held.applied());
        prop_assert_eq!(one_by_some.snapshot().dump_hash().expect("dump"), before);
        // The snapshot taken before the switch still answers, from the old file.
        prop_assert_eq!(held.dump_hash().expect("dump"), before);
    }

    #[test]
    fn counters_equal_a_recount(seed: u64, length in 1_u64..400) {
        let mut register = Register::new();
        for envelope in history(seed, length) {
            apply(&mut register.writer, envelope);
            if envelope_is_odd(&register) {
                register.writer.flush().expect("flush");
            }
        }
        register.writer.flush().expect("flush");
        let snapshot = register.snapshot();
        let assets = all_assets(&snapshot);
        let summary = |filters| snapshot.now().summary(&filters).expect("summary");
        prop_assert_eq!(summary(SummaryFilters::default()), recount(&assets));
        for number in 0..4 {
            let here: Vec<_> = assets.iter().filter(|asset| asset.asset.facts.location_id == Some(location(number))).cloned().collect();
            let filters = SummaryFilters { locations: vec![location(number)], ..SummaryFilters::default() };
            prop_assert_eq!(summary(filters), recount(&here));
        }
        compare_breakdowns(snapshot.now(), &assets)?;
        compare_asset_totals(snapshot.now(), &assets, &mut Dice(seed))?;
    }

    #[test]
    fn every_filter_and_every_order_gives_what_a_look_at_all_rows_gives(seed: u64, length in 1_u64..300) {
        let mut register = Register::new();
        for envelope in history(seed, length) {
            apply(&mut register.writer, envelope);
        }
        register.writer.flush().expect("flush");
        let snapshot = register.snapshot();
        let assets = all_assets(&snapshot);
        let mut dice = Dice(seed);
        for sort in [AssetSort::Age, AssetSort::Tag, AssetSort::Changed] {
            for direction in [Direction::Ascending, Direction::Descending] {
                let filters = random_filters(&mut dice);
                let query = AssetQuery { filters: filters.clone(), sort, direction };
                let mut wanted: Vec<_> = assets.iter().filter(|asset| filters.admits(asset)).cloned().collect();
                match sort {
                    AssetSort::Age => {}
                    AssetSort::Changed => wanted.sort_by_key(|asset| asset.changed.position),
                    AssetSort::Tag => wanted.sort_by_key(|asset| {
                        let tag = asset.asset.facts.tag.as_ref().map(itam_domain::Tag::normalized);
                        (tag.is_none(), tag)
                    }),
                }
                if direction == Direction::Descending {
                    wanted.reverse();
                }
                let found = walk(&snapshot, &query, 4);
                prop_assert_eq!(ids(&found), ids(&wanted));
            }
        }
    }
}

fn envelope_is_odd(register: &Register) -> bool {
    register.writer.expected() % 3 == 1
}

pub(crate) fn random_filters(dice: &mut Dice) -> AssetFilters {
    let mut filters = AssetFilters::default();
    if dice.roll(2) == 0 {
        filters.states = vec![AssetState::InStock, AssetState::Deployed];
    }
    if dice.roll(2) == 0 {
        filters.locations = vec![location(dice.roll(5)), location(1)];
    }
    if dice.roll(3) == 0 {
        filters.custodians = (0..3).map(|number| Custodian::Person(crate::support::person(number))).collect();
    }
    if dice.roll(3) == 0 {
        filters.projects = vec![project(dice.roll(4)), project(0)];
    }
    if dice.roll(3) == 0 {
        filters.kinds = vec![itam_domain::vocabulary::AssetKind::Hardware];
    }
    filters
}
