//! Pages stay right while the data changes under them.

use std::collections::HashSet;

use itam_domain::asset::{AssetEvent, AssetFacts, AssetVerified};
use itam_domain::vocabulary::{AssetState, HardwareKind};
use itam_read_model::{
    AssetFilters, AssetQuery, AssetRecord, AssetSort, Cursor, Direction, LocationRecord, ReadModelError,
    RecordQuery, RecordSort, Worklist,
};

use crate::support::{Register, asset, id, location, location_named, registered, tagged};

fn seen() -> AssetEvent {
    AssetEvent::Verified(AssetVerified { location_id: None, condition: None, campaign_id: None })
}

#[test]
fn walking_in_any_order_while_assets_come_and_change_meets_every_unchanged_one_once() {
    for sort in [AssetSort::Age, AssetSort::Tag, AssetSort::Changed] {
        for direction in [Direction::Ascending, Direction::Descending] {
            for states in [Vec::new(), vec![AssetState::InStock]] {
                let mut register = Register::new();
                register.apply(
                    (1..=40).map(|number| (id(number), registered(tagged(&format!("LT-{:03}", number * 2))))),
                );
                let filters = AssetFilters { states, ..AssetFilters::default() };
                let query = AssetQuery { filters, sort, direction };
                let (mut met, mut cursor) = (Vec::new(), None);
                let mut round = 0;
                loop {
                    let page = register.snapshot().now().list(&query, cursor.as_ref(), 3).expect("list");
                    met.extend(page.items.iter().map(AssetRecord::id));
                    // Between pages the first asset changes again and a new one appears.
                    round += 1;
                    register.apply([
                        (id(1), seen()),
                        (id(100 + round), registered(tagged(&format!("LT-{:03}", round * 2 + 1)))),
                    ]);
                    cursor = page.next;
                    if cursor.is_none() || round > 60 {
                        break;
                    }
                }
                let unchanged: Vec<_> =
                    met.iter().copied().filter(|id| (2..=40).any(|number| asset(number) == *id)).collect();
                let distinct: HashSet<_> = unchanged.iter().copied().collect();
                assert_eq!((unchanged.len(), distinct.len()), (39, 39), "{query:?}");
            }
        }
    }
}

#[test]
fn two_filters_meet_what_passes_both_and_nothing_else_in_every_order_and_across_blocks() {
    const ASSETS: u32 = 9_000;
    // Both values are common; together they are in the first and the last block only.
    let is_here = |number: u32| number.is_multiple_of(3) || number == 7;
    let is_laptop = |number: u32| !number.is_multiple_of(3) || number == 8_997;
    let mut register = Register::new();
    let facts = |number: u32| AssetFacts {
        location_id: is_here(number).then(|| location(1)),
        hardware_kind: Some(if is_laptop(number) { HardwareKind::Laptop } else { HardwareKind::Monitor }),
        ..tagged(&format!("LT-{number:05}"))
    };
    let snapshot = register.apply((1..=ASSETS).map(|number| (id(number), registered(facts(number)))));
    let filters = AssetFilters {
        hardware_kinds: vec![HardwareKind::Laptop],
        locations: vec![location(1)],
        ..AssetFilters::default()
    };
    let all_laptops = AssetFilters { locations: Vec::new(), ..filters.clone() };
    for sort in [AssetSort::Age, AssetSort::Tag, AssetSort::Changed] {
        for direction in [Direction::Ascending, Direction::Descending] {
            let walk = |filters: &AssetFilters| {
                let query = AssetQuery { filters: filters.clone(), sort, direction };
                let (mut met, mut cursor) = (Vec::new(), None);
                loop {
                    let page = snapshot.now().list(&query, cursor.as_ref(), 700).expect("list");
                    met.extend(page.items.iter().map(AssetRecord::id));
                    cursor = page.next;
                    if cursor.is_none() {
                        return met;
                    }
                }
            };
            let expected = |passes: &dyn Fn(u32) -> bool| {
                let mut ids: Vec<_> = (1..=ASSETS).filter(|number| passes(*number)).map(asset).collect();
                if direction == Direction::Descending {
                    ids.reverse();
                }
                ids
            };
            assert_eq!(walk(&filters), expected(&|number| is_here(number) && is_laptop(number)));
            assert_eq!(walk(&all_laptops), expected(&is_laptop), "{sort:?} {direction:?}");
        }
    }
}

#[test]
fn a_cursor_of_another_list_is_refused() {
    let mut register = Register::new();
    let snapshot =
        register.apply((1..=3).map(|number| (id(number), registered(tagged(&format!("LT-{number}"))))));
    let by_age = AssetQuery::default();
    let by_tag = AssetQuery { sort: AssetSort::Tag, ..AssetQuery::default() };
    let next = snapshot.now().list(&by_age, None, 1).expect("list").next.expect("more");
    assert!(matches!(snapshot.now().list(&by_tag, Some(&next), 1), Err(ReadModelError::Cursor)));
    let cut = Cursor::from_bytes(next.as_bytes()[..3].to_vec());
    assert!(matches!(snapshot.now().list(&by_age, Some(&cut), 1), Err(ReadModelError::Cursor)));
    assert!(matches!(
        snapshot.now().worklist(Worklist::Missing, Some(&next), 1),
        Err(ReadModelError::Cursor)
    ));
    let sent = Cursor::from_bytes(next.as_bytes().to_vec());
    assert_eq!(snapshot.now().list(&by_age, Some(&sent), 5).expect("list").items.len(), 2);
}

#[test]
fn worklists_and_names_page_to_their_end() {
    let mut register = Register::new();
    register.apply((1..=7).map(|number| (id(number), registered(tagged(&format!("LT-{number}"))))));
    let names = ["Lyon", "berlin", "Zürich", "Oslo"];
    let defined = names.iter().zip(1..).map(|(name, number)| (location(number).0, location_named(name)));
    let snapshot = register.apply(defined);
    let (mut count, mut cursor) = (0, None);
    loop {
        let page = snapshot
            .now()
            .worklist(
                Worklist::Unverified { until: chrono::DateTime::<chrono::Utc>::MAX_UTC },
                cursor.as_ref(),
                2,
            )
            .expect("worklist");
        count += page.items.len();
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(count, 7);
    let query = RecordQuery { sort: RecordSort::Name, ..RecordQuery::default() };
    let page = |cursor| snapshot.now().records::<LocationRecord>(&query, cursor, 3).expect("list");
    let first = page(None);
    let rest = page(first.next.as_ref());
    let sorted: Vec<_> =
        first.items.iter().chain(&rest.items).map(|record| record.item.definition.name.to_string()).collect();
    assert_eq!(sorted, ["berlin", "Lyon", "Oslo", "Zürich"]);
}

#[test]
fn an_empty_register_has_empty_pages() {
    let register = Register::new();
    let snapshot = register.snapshot();
    for sort in [AssetSort::Age, AssetSort::Tag, AssetSort::Changed] {
        let page =
            snapshot.now().list(&AssetQuery { sort, ..AssetQuery::default() }, None, 10).expect("list");
        assert!(page.items.is_empty() && page.next.is_none());
    }
    let filters = AssetFilters { locations: vec![location(1)], ..AssetFilters::default() };
    let page = snapshot.now().list(&AssetQuery { filters, ..AssetQuery::default() }, None, 10).expect("list");
    assert!(page.items.is_empty() && page.next.is_none());
    assert_eq!(
        snapshot.now().summary(&itam_read_model::SummaryFilters::default()).expect("summary").assets,
        0
    );
}
