//! Laws of the two times, for any history: what a moment answers is what a plain telling of the
//! rule answers, which keeps every version of every asset and looks at all of them.

use std::collections::BTreeMap;
use std::fmt::Debug;

use chrono::{DateTime, TimeDelta, Utc};
use itam_domain::asset::{Acceptance, AssetEvent, AssetFacts, Stage};
use itam_domain::vocabulary::AssetState;
use itam_domain::{AggregateKind, Envelope, Event};
use itam_read_model::{
    AssetFilters, AssetQuery, AssetRecord, AssetSort, DepartmentRecord, Direction, LocationRecord,
    ModelRecord, Moment, PersonRecord, PurchaseOrderRecord, ReadModelWriter, RecordQuery, RecordSort,
    RecordType, RegisterView, RequisitionRecord, SearchTerm, Snapshot, SummaryFilters, VendorRecord,
    Worklist,
};
use proptest::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use crate::asset_totals::compare_asset_totals;
use crate::history::{Dice, correction, history};
use crate::laws::{all_assets, ids, random_filters, recount};
use crate::support::{Register, TENANT, apply, id, location, noon, walk};

/// What an asset was after one of its events, as it was recorded.
struct Told {
    position: u64,
    effective: DateTime<Utc>,
    record: AssetRecord,
    /// How far back the event says how things were.
    since: Option<DateTime<Utc>>,
}

/// Every asset with everything that was told of it.
type Telling = Vec<(Uuid, Vec<Told>)>;

/// Events as they come in, some late, some out of order, many of them corrections.
pub(crate) fn late_history(seed: u64, length: u64) -> Vec<Envelope> {
    let mut dice = Dice(seed ^ 7);
    let mut events = history(seed, length);
    for envelope in &mut events {
        if dice.roll(5) == 0 {
            envelope.aggregate = itam_domain::AggregateRef::new(AggregateKind::Asset, id(dice.roll(30)));
            envelope.event = correction(&mut dice).into();
        }
        if dice.roll(3) == 0 {
            envelope.effective_at -= TimeDelta::minutes(i64::from(dice.roll(150)));
        }
    }
    events
}

/// Applies each event by itself and looks what the present makes of it.
fn tell(register: &mut Register, events: &[Envelope]) -> Telling {
    let mut telling: Telling = Vec::new();
    for (position, envelope) in (1..).zip(events) {
        apply(&mut register.writer, envelope.clone());
        register.writer.show().expect("show");
        let Event::Asset(event) = &envelope.event else { continue };
        let found =
            register.snapshot().now().asset(itam_domain::AssetId(envelope.aggregate.id)).expect("read");
        let index = telling.iter().position(|(id, _)| *id == envelope.aggregate.id).unwrap_or_else(|| {
            telling.push((envelope.aggregate.id, Vec::new()));
            telling.len() - 1
        });
        let told = &mut telling[index].1;
        let Some(record) = found else { continue };
        let own = envelope.effective_at;
        let since = match event {
            AssetEvent::Corrected(_) if own == envelope.recorded_at => Some(DateTime::<Utc>::MIN_UTC),
            AssetEvent::Corrected(_) => Some(own),
            _ => None,
        };
        let effective = told.last().map_or(own, |last| last.effective.max(own));
        told.push(Told { position, effective, record, since });
    }
    telling
}

fn fields(facts: &AssetFacts) -> BTreeMap<String, Value> {
    let Value::Object(map) = serde_json::to_value(facts).expect("json") else { panic!("facts are fields") };
    map.into_iter().collect()
}

/// The plain telling: every version up to the moment's knowledge, with corrections carried back
/// field by field.
fn plainly(told: &[Told], moment: Moment) -> Option<AssetRecord> {
    let mut course: Vec<(DateTime<Utc>, BTreeMap<String, Value>, &AssetRecord)> = Vec::new();
    let mut last: Option<&Told> = None;
    for told in told.iter().filter(|told| told.position <= moment.known_at) {
        let right = fields(&told.record.asset.facts);
        if let (Some(since), Some(last)) = (told.since, last) {
            let wrong = fields(&last.record.asset.facts);
            if let Some(index) = course.iter().rposition(|(from, ..)| *from < since) {
                let (_, facts, record) = course[index].clone();
                course.insert(index + 1, (since, facts, record));
            }
            let names: Vec<_> = wrong.keys().chain(right.keys()).cloned().collect();
            for name in names.iter().filter(|name| wrong.get(*name) != right.get(*name)) {
                for (from, facts, _) in course.iter_mut().rev() {
                    if *from < since || facts.get(name) != wrong.get(name) {
                        break;
                    }
                    match right.get(name) {
                        Some(value) => facts.insert(name.clone(), value.clone()),
                        None => facts.remove(name),
                    };
                }
            }
        }
        course.push((told.effective, right, &told.record));
        last = Some(told);
    }
    let (_, facts, record) = course.into_iter().rev().find(|(from, ..)| *from <= moment.as_of)?;
    let mut record = record.clone();
    record.asset.facts = serde_json::from_value(Value::Object(facts.into_iter().collect())).expect("facts");
    Some(record)
}

/// When an asset came onto a worklist, if it is on it.
fn waits(record: &AssetRecord, worklist: Worklist) -> Option<(i64, i64)> {
    let at = |since: DateTime<Utc>| (since.timestamp_millis(), 0);
    let entered = record.registered.effective_at;
    match (worklist, &record.asset.stage) {
        (Worklist::OverdueReturns { before }, Stage::Deployed(custody)) => {
            let due = custody.due_back_on.filter(|due| *due < before)?;
            Some(((due - noon(0).date_naive()).num_days(), 0))
        }
        (Worklist::PendingAcceptances, Stage::Deployed(custody)) => {
            (custody.acceptance == Acceptance::Pending).then(|| at(record.custody_since.unwrap_or(entered)))
        }
        (Worklist::DeclinedCustody, Stage::Deployed(custody)) => {
            (custody.acceptance == Acceptance::Declined).then(|| at(record.custody_since.unwrap_or(entered)))
        }
        (Worklist::InMaintenance, Stage::InMaintenance) => record.maintenance.as_ref().map(|it| at(it.since)),
        (Worklist::Missing, Stage::Missing) => record.loss.as_ref().map(|it| at(it.since)),
        (Worklist::Reserved, _) => {
            record.asset.reservation.as_ref().map(|_| at(record.reserved_since.unwrap_or(entered)))
        }
        (Worklist::OnHold, stage) => {
            let is_over = matches!(stage, Stage::Disposed | Stage::Voided | Stage::Cancelled);
            record.holds.iter().map(|hold| at(hold.since)).min().filter(|_| !is_over)
        }
        (Worklist::Unverified { until }, Stage::InStock | Stage::Deployed(_)) => {
            let seen = record.verified_at.unwrap_or(entered);
            (seen <= until).then(|| at(seen))
        }
        (Worklist::NeverVerified, Stage::InStock | Stage::Deployed(_)) => {
            record.verified_at.is_none().then(|| at(entered))
        }
        (Worklist::WarrantyEnding { from, before }, _) => {
            let until = record.asset.facts.warranty_until.filter(|day| (from..before).contains(day))?;
            is_in_service(record).then(|| ((until - noon(0).date_naive()).num_days(), 0))
        }
        (Worklist::EndOfLife { before }, _) => {
            let end = record.asset.facts.end_of_life_on.filter(|day| *day < before)?;
            is_in_service(record).then(|| ((end - noon(0).date_naive()).num_days(), 0))
        }
        _ => None,
    }
}

fn is_in_service(record: &AssetRecord) -> bool {
    use AssetState::{Cancelled, Disposed, Retired, Voided};
    !matches!(record.state(), Retired | Disposed | Voided | Cancelled)
}

/// Asks a moment everything, and compares.
fn compare(past: RegisterView<'_>, telling: &Telling, dice: &mut Dice) -> Result<(), TestCaseError> {
    let moment = past.moment().expect("a moment");
    let mut there = Vec::new();
    for (id, told) in telling {
        let wanted = plainly(told, moment);
        prop_assert_eq!(&past.asset(itam_domain::AssetId(*id)).expect("read"), &wanted);
        there.extend(wanted);
    }
    for sort in [AssetSort::Age, AssetSort::Tag, AssetSort::Changed] {
        for direction in [Direction::Ascending, Direction::Descending] {
            let filters = random_filters(dice);
            let query = AssetQuery { filters: filters.clone(), sort, direction };
            let mut wanted: Vec<_> = there.iter().filter(|asset| filters.admits(asset)).cloned().collect();
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
            let found = walk(|cursor| past.list(&query, cursor, 4).expect("list"));
            prop_assert_eq!(ids(&found), ids(&wanted));
            prop_assert_eq!(found, wanted);
        }
    }
    compare_worklists(past, &there)?;
    compare_summaries(past, &there)?;
    compare_asset_totals(past, &there, dice)?;
    for record in &there {
        let Some(tag) = &record.asset.facts.tag else { continue };
        let bearers: Vec<_> = there
            .iter()
            .filter(|other| {
                other.asset.facts.tag.as_ref().is_some_and(|it| it.normalized() == tag.normalized())
            })
            .collect();
        let live = bearers.iter().rev().find(|other| !other.asset.is_ended());
        let wanted = live.or(bearers.last()).map(|record| record.id());
        let found = past.asset_by_tag(tag.0.as_str()).expect("read").map(|record| record.id());
        prop_assert_eq!(found, wanted);
    }
    Ok(())
}

fn compare_worklists(past: RegisterView<'_>, there: &[AssetRecord]) -> Result<(), TestCaseError> {
    let before = "2026-04-01".parse().expect("day");
    for worklist in [
        Worklist::OverdueReturns { before },
        Worklist::PendingAcceptances,
        Worklist::DeclinedCustody,
        Worklist::NeverVerified,
        Worklist::WarrantyEnding { from: noon(2).date_naive(), before },
        Worklist::EndOfLife { before },
        Worklist::InMaintenance,
        Worklist::Missing,
        Worklist::Reserved,
        Worklist::OnHold,
        Worklist::Unverified { until: DateTime::<Utc>::MAX_UTC },
        Worklist::Unverified { until: noon(1) },
    ] {
        let mut wanted: Vec<_> =
            there.iter().filter_map(|record| Some((waits(record, worklist)?, record))).collect();
        wanted.sort_by_key(|(since, _)| *since);
        let wanted: Vec<_> = wanted.into_iter().map(|(_, record)| record.clone()).collect();
        let found = walk(|cursor| past.worklist(worklist, cursor, 3).expect("worklist"));
        prop_assert_eq!(ids(&found), ids(&wanted), "{:?}", worklist);
        let length = past.worklist_length(worklist).expect("length");
        prop_assert_eq!((length.count, length.is_exact), (wanted.len() as u64, true), "{:?}", worklist);
    }
    Ok(())
}

fn compare_summaries(past: RegisterView<'_>, there: &[AssetRecord]) -> Result<(), TestCaseError> {
    let summary = |filters| past.summary(&filters).expect("summary");
    prop_assert_eq!(summary(SummaryFilters::default()), recount(there));
    let states = vec![AssetState::Deployed, AssetState::Voided];
    let some: Vec<_> = there.iter().filter(|asset| states.contains(&asset.state())).cloned().collect();
    prop_assert_eq!(summary(SummaryFilters { states, ..SummaryFilters::default() }), recount(&some));
    let is_here = |record: &&AssetRecord| record.asset.facts.location_id == Some(location(2));
    let here: Vec<_> = there.iter().filter(is_here).cloned().collect();
    let filters = SummaryFilters { locations: vec![location(2)], ..SummaryFilters::default() };
    prop_assert_eq!(summary(filters), recount(&here));
    compare_breakdowns(past, there)
}

pub(crate) fn compare_breakdowns(view: RegisterView<'_>, there: &[AssetRecord]) -> Result<(), TestCaseError> {
    let states = vec![AssetState::Deployed, AssetState::InStock];
    let locations = vec![location(1), location(2)];
    for filters in [
        SummaryFilters::default(),
        SummaryFilters { states: states.clone(), ..SummaryFilters::default() },
        SummaryFilters { states, locations, ..SummaryFilters::default() },
    ] {
        let is_wanted = |record: &&AssetRecord| {
            let is_here = |id| filters.locations.contains(&id);
            (filters.states.is_empty() || filters.states.contains(&record.state()))
                && (filters.locations.is_empty() || record.asset.facts.location_id.is_some_and(is_here))
        };
        let wanted: Vec<_> = there.iter().filter(is_wanted).cloned().collect();
        let found = view.breakdown(&filters).expect("breakdown");
        prop_assert_eq!(&found.total, &recount(&wanted));
        let mut places: BTreeMap<_, Vec<AssetRecord>> = BTreeMap::new();
        for record in &wanted {
            places.entry(record.asset.facts.location_id).or_default().push(record.clone());
        }
        prop_assert_eq!(found.by_location.len(), places.len());
        for group in found.by_location {
            prop_assert_eq!(&group.summary, &recount(&places[&group.value]));
        }
        let kinds: u64 = found.by_kind.iter().map(|group| group.summary.assets).sum();
        let departments: u64 = found.by_department.iter().map(|group| group.summary.assets).sum();
        prop_assert_eq!((kinds, departments), (found.total.assets, found.total.assets));
    }
    Ok(())
}

/// Histories tried.
const CASES: u32 = 12;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn a_moment_answers_what_a_plain_telling_answers(seed: u64, length in 1_u64..300) {
        let events = late_history(seed, length);
        let mut one_by_one = Register::alone();
        let mut telling = tell(&mut one_by_one, &events);
        let age: Vec<_> = all_assets(&one_by_one.snapshot()).iter().map(|record| record.id().0).collect();
        telling.sort_by_key(|(id, _)| age.iter().position(|other| other == id));
        let mut dice = Dice(seed);
        let mut register = Register::alone();
        for envelope in events.clone() {
            apply(&mut register.writer, envelope);
            if dice.roll(20) == 0 {
                register.writer.show().expect("show");
            }
        }
        register.writer.flush().expect("flush");
        let snapshot = register.snapshot();
        let hash = snapshot.dump_hash().expect("dump");
        prop_assert_eq!(one_by_one.snapshot().dump_hash().expect("dump"), hash, "one by one");
        let mut rebuilt = ReadModelWriter::build_apart(&register.model, TENANT).expect("apart");
        for envelope in events {
            apply(&mut rebuilt, envelope);
        }
        rebuilt.flush().expect("flush");
        prop_assert_eq!(rebuilt.dump_hash().expect("dump"), hash, "at once");
        for _ in 0..6 {
            let minutes = i64::from(dice.roll(u32::try_from(length).expect("small") + 40)) - 20;
            let as_of = noon(0) + TimeDelta::minutes(minutes);
            let known_at = if dice.roll(3) == 0 { u64::MAX } else { u64::from(dice.roll(320)) };
            compare(snapshot.at(Moment { as_of, known_at }), &telling, &mut dice)?;
        }
    }

    #[test]
    fn what_was_known_at_a_position_is_answered_as_a_reader_saw_it_then(seed: u64, length in 2_u64..250) {
        let events = late_history(seed, length);
        let mut dice = Dice(seed);
        let known_at = u64::from(dice.roll(u32::try_from(length).expect("small")));
        let (mut then, mut now) = (Register::alone(), Register::alone());
        for (position, envelope) in (1..).zip(events) {
            if position <= known_at {
                apply(&mut then.writer, envelope.clone());
            }
            apply(&mut now.writer, envelope);
        }
        then.writer.flush().expect("flush");
        now.writer.flush().expect("flush");
        let (then, now) = (then.snapshot(), now.snapshot());
        let past = now.at(Moment { as_of: noon(1_000), known_at });
        same_records(&then, past)?;
        for text in ["thinkpad", "berlin", "lt-0", "new", "SN1", "server", "T14 store", "reno"] {
            let terms = [SearchTerm { text: text.to_owned(), custodians: Vec::new() }];
            let filters = AssetFilters::default();
            let wanted = then.now().search(&terms, &filters, None, 999).expect("search");
            prop_assert_eq!(past.search(&terms, &filters, None, 999).expect("search").assets, wanted.assets);
        }
        let all = SummaryFilters::default();
        prop_assert_eq!(past.breakdown(&all).expect("breakdown"), then.now().breakdown(&all).expect("breakdown"));
        for number in 0..50 {
            let serial = format!("SN{number}");
            let wanted = then.now().assets_by_serial(&serial).expect("read");
            prop_assert_eq!(past.assets_by_serial(&serial).expect("read"), wanted);
        }
    }
}

/// Whether every list of records is as it was.
fn same_records(then: &Snapshot, past: RegisterView<'_>) -> Result<(), TestCaseError> {
    same::<ModelRecord>(then, past)?;
    same::<LocationRecord>(then, past)?;
    same::<VendorRecord>(then, past)?;
    same::<DepartmentRecord>(then, past)?;
    same::<PersonRecord>(then, past)?;
    same::<RequisitionRecord>(then, past)?;
    same::<PurchaseOrderRecord>(then, past)?;
    for order in walk(|cursor| then.now().records(&RecordQuery::default(), cursor, 9).expect("list")) {
        let order: PurchaseOrderRecord = order;
        let number = order.order.number.as_str();
        let wanted = then.now().purchase_order_by_number(number).expect("read");
        prop_assert_eq!(past.purchase_order_by_number(number).expect("read"), wanted);
    }
    Ok(())
}

fn same<R: RecordType + Debug + PartialEq>(
    then: &Snapshot,
    past: RegisterView<'_>,
) -> Result<(), TestCaseError> {
    for sort in [RecordSort::Name, RecordSort::Created, RecordSort::Changed] {
        for search in [None, Some("t".to_owned())] {
            let query =
                RecordQuery { search, sort, direction: Direction::Descending, ..RecordQuery::default() };
            let wanted = walk(|cursor| then.now().records::<R>(&query, cursor, 3).expect("list"));
            let found = walk(|cursor| past.records::<R>(&query, cursor, 3).expect("list"));
            prop_assert_eq!(found, wanted, "{:?} {:?}", R::KIND, query);
        }
    }
    Ok(())
}
