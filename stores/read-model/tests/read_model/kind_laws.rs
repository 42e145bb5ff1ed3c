//! Every kind answers every question at every moment as a plain fold does: one record, lists by every filter,
//! search and order, worklists, totals by every facet; whatever was entered late, and however the events came
//! into the file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use chrono::TimeDelta;
use itam_domain::{AggregateKind, Envelope, Event};
use itam_read_model::{
    AuditRecord, DepartmentRecord, Direction, FacetValue, FacetValues, LocationRecord, ModelRecord, Moment,
    PersonRecord, ProjectRecord, PurchaseOrderRecord, ReadModelWriter, Record, RecordFacet, RecordFilters,
    RecordGroup, RecordKind, RecordQuery, RecordSort, RecordTotals, RecordType, RegisterView,
    RequisitionRecord, Snapshot, VendorRecord, WaitingRecord,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::history::Dice;
use crate::kind_corrections::{Told, stood};
use crate::kind_oracle::{Share, is_found, name, shares, waits};
use crate::kind_story::{NAMES, story, thing};
use crate::support::walk;
use crate::support::{Register, TENANT, apply, noon};

/// Everything that was told, and which thing the register met first.
#[derive(Default)]
struct Telling {
    told: BTreeMap<(AggregateKind, Uuid), Vec<Told>>,
    met: Vec<(AggregateKind, Uuid)>,
}

impl Telling {
    fn meet(&mut self, kind: AggregateKind, id: Uuid) {
        if !self.met.contains(&(kind, id)) {
            self.met.push((kind, id));
        }
    }

    /// Takes what the present makes of a record after an event.
    fn take(&mut self, key: (AggregateKind, Uuid), position: u64, envelope: &Envelope, record: Record) {
        for share in shares(&record) {
            for facet in RecordKind::of(key.0).expect("a record").facets {
                match (&facet.values, share.values.get(facet.name)) {
                    (FacetValues::Things(kind), Some(FacetValue::Thing(id))) => self.meet(*kind, *id),
                    (_, Some(FacetValue::Actor(actor))) => {
                        if let Ok(id) = Uuid::try_parse(actor) {
                            self.meet(AggregateKind::Person, id);
                        }
                    }
                    _ => {}
                }
            }
        }
        let told = self.told.entry(key).or_default();
        told.push(Told::new(told.last(), position, envelope, record));
    }

    /// The records of a kind as they stood at a moment, in the order in which the register met them.
    fn at(&self, kind: AggregateKind, moment: Option<Moment>) -> Vec<Record> {
        let met = self.met.iter().filter(|key| key.0 == kind);
        met.filter_map(|key| stood(self.told.get(key)?, moment)).collect()
    }
}

fn find(view: RegisterView<'_>, kind: AggregateKind, id: Uuid) -> Option<Record> {
    RecordKind::of(kind).and_then(|_| view.record(kind, id).expect("read"))
}

/// The requisition whose pieces an event of an order brought or sent back.
fn requisition_of(record: &Record, event: &Event) -> Option<Uuid> {
    use itam_domain::purchase_order::PurchaseOrderEvent::{DeliveryReceived, DeliveryRejected};
    let line = match event {
        Event::PurchaseOrder(DeliveryReceived(data)) => data.line,
        Event::PurchaseOrder(DeliveryRejected(data)) => data.line,
        _ => return None,
    };
    let Record::PurchaseOrder(order) = record else { return None };
    Some(order.order.lines.get(&line)?.line.requisition_line?.requisition_id.0)
}

/// Applies each event by itself and looks what the present makes of it.
fn tell(register: &mut Register, events: &[Envelope]) -> Telling {
    let mut telling = Telling::default();
    for (position, envelope) in (1..).zip(events) {
        let key = (envelope.aggregate.kind, envelope.aggregate.id);
        apply(&mut register.writer, envelope.clone());
        register.writer.show().expect("show");
        let snapshot = register.snapshot();
        telling.meet(key.0, key.1);
        let Some(record) = find(snapshot.now(), key.0, key.1) else { continue };
        let other = requisition_of(&record, &envelope.event);
        telling.take(key, position, envelope, record);
        if let Some(id) = other {
            let kind = AggregateKind::Requisition;
            if let Some(record) = find(snapshot.now(), kind, id) {
                telling.take((kind, id), position, envelope, record);
            }
        }
    }
    telling
}

/// Asks every kind every question, and compares.
fn compare(view: RegisterView<'_>, telling: &Telling, dice: &mut Dice) -> Result<(), TestCaseError> {
    for kind in AggregateKind::ALL.iter().copied() {
        let there = telling.at(kind, view.moment());
        match kind {
            // Assets and what audits find are held to laws of their own.
            AggregateKind::Asset | AggregateKind::AuditFinding => Ok(()),
            AggregateKind::AssetModel => compare_kind::<ModelRecord>(view, &there, dice),
            AggregateKind::Location => compare_kind::<LocationRecord>(view, &there, dice),
            AggregateKind::Vendor => compare_kind::<VendorRecord>(view, &there, dice),
            AggregateKind::Department => compare_kind::<DepartmentRecord>(view, &there, dice),
            AggregateKind::Project => compare_kind::<ProjectRecord>(view, &there, dice),
            AggregateKind::Person => compare_kind::<PersonRecord>(view, &there, dice),
            AggregateKind::Requisition => compare_kind::<RequisitionRecord>(view, &there, dice),
            AggregateKind::PurchaseOrder => compare_kind::<PurchaseOrderRecord>(view, &there, dice),
            AggregateKind::AuditCampaign => compare_kind::<AuditRecord>(view, &there, dice),
        }?;
        for number in 0..8 {
            let id = thing(kind, number);
            let told = telling.told.get(&(kind, id));
            prop_assert_eq!(find(view, kind, id), told.and_then(|told| stood(told, view.moment())));
        }
    }
    Ok(())
}

fn compare_kind<R: RecordType + Debug + PartialEq>(
    view: RegisterView<'_>,
    there: &[Record],
    dice: &mut Dice,
) -> Result<(), TestCaseError> {
    let kind = RecordKind::of(R::KIND).expect("a record");
    let typed = |records: &[&Record]| -> Vec<R> {
        records.iter().map(|record| R::of((*record).clone()).expect("of the kind")).collect()
    };
    for sort in [RecordSort::Name, RecordSort::Created, RecordSort::Changed] {
        for direction in [Direction::Ascending, Direction::Descending] {
            let asked = Asked::random(kind, there, dice);
            let search = (dice.roll(2) == 0).then(|| typed_words(dice));
            let mut wanted: Vec<&Record> = there
                .iter()
                .filter(|record| asked.admits(record))
                .filter(|record| search.as_ref().is_none_or(|typed| is_found(record, typed)))
                .filter(|record| sort != RecordSort::Name || name(record).is_some())
                .collect();
            match sort {
                RecordSort::Name => wanted.sort_by_key(|record| name(record)),
                RecordSort::Changed => wanted.sort_by_key(|record| record.revision().changed.position),
                RecordSort::Created if R::KIND == AggregateKind::Person => {}
                RecordSort::Created => wanted.sort_by_key(|record| record.revision().created.effective_at),
            }
            if direction == Direction::Descending {
                wanted.reverse();
            }
            let query =
                RecordQuery { filters: asked.filters(), search, sort, direction, ..RecordQuery::default() };
            let found = walk(|cursor| view.records::<R>(&query, cursor, 2).expect("list"));
            prop_assert_eq!(found, typed(&wanted), "{:?} {:?} {:?}", R::KIND, asked, query);
        }
    }
    compare_worklists::<R>(view, there, kind, dice)?;
    compare_totals(view, there, kind, dice)
}

fn compare_worklists<R: RecordType + Debug + PartialEq>(
    view: RegisterView<'_>,
    there: &[Record],
    kind: &'static RecordKind,
    dice: &mut Dice,
) -> Result<(), TestCaseError> {
    for worklist in kind.worklists {
        let asked = Asked::random(kind, there, dice);
        let before = Some(noon(i64::from(dice.roll(4))).date_naive()).filter(|_| worklist.ends_before);
        let mut wanted = Vec::new();
        for record in there.iter().filter(|record| asked.admits(record)) {
            for (since, line) in waits(record, worklist.name, before) {
                wanted.push((
                    since,
                    WaitingRecord { record: R::of(record.clone()).expect("of the kind"), line },
                ));
            }
        }
        wanted.sort_by_key(|(since, _)| *since);
        let wanted: Vec<_> = wanted.into_iter().map(|(_, waiting)| waiting).collect();
        let page = |cursor: Option<&itam_read_model::Cursor>| {
            view.waiting::<R>(worklist, &asked.filters(), before, cursor, 2).expect("worklist")
        };
        prop_assert_eq!(walk(page), wanted, "{}", worklist.name);
    }
    Ok(())
}

fn compare_totals(
    view: RegisterView<'_>,
    there: &[Record],
    kind: &'static RecordKind,
    dice: &mut Dice,
) -> Result<(), TestCaseError> {
    for _ in 0..3 {
        let asked = Asked::random(kind, there, dice);
        let mut group_by: Vec<&'static RecordFacet> = kind.facets.to_vec();
        group_by.retain(|_| dice.roll(2) == 0);
        let found = view.totals(kind, &asked.filters(), &group_by).expect("totals");
        let mut total = RecordTotals::default();
        let mut groups: BTreeMap<Vec<Option<FacetValue>>, RecordTotals> = BTreeMap::new();
        for record in there.iter().filter(|record| asked.admits(record)) {
            total.count += 1;
            let mut paths = BTreeSet::new();
            for share in shares(record) {
                let path: Vec<_> =
                    group_by.iter().map(|facet| as_told(share.values.get(facet.name))).collect();
                let group = groups.entry(path.clone()).or_default();
                for (sum, minor) in &share.sums {
                    *group.sums.entry(*sum).or_default() += minor;
                    *total.sums.entry(*sum).or_default() += minor;
                }
                if paths.insert(path) {
                    group.count += 1;
                }
            }
        }
        total.sums.retain(|_, minor| *minor != 0);
        prop_assert_eq!(found.total, total, "{:?} {:?}", kind.kind, asked);
        for group in groups.values_mut() {
            group.sums.retain(|_, minor| *minor != 0);
        }
        if group_by.is_empty() {
            groups.clear();
        }
        let known = |group: RecordGroup| {
            let values = group.values.into_iter().map(|value| value.filter(|value| !is_nobody(value)));
            (values.collect::<Vec<_>>(), group.totals)
        };
        let found: BTreeMap<_, _> = found.groups.expect("few").into_iter().map(known).collect();
        prop_assert_eq!(found, groups, "{:?} by {:?}", kind.kind, group_by);
    }
    Ok(())
}

/// How a group tells a value: an actor by her id, and one who is no person by an id that nobody else has.
fn as_told(value: Option<&FacetValue>) -> Option<FacetValue> {
    match value? {
        FacetValue::Actor(actor) => Uuid::try_parse(actor).ok().map(FacetValue::Thing),
        other => Some(other.clone()),
    }
}

fn is_nobody(value: &FacetValue) -> bool {
    matches!(value, FacetValue::Thing(id) if id.get_version_num() == 5)
}

/// The beginning of some words, or of a name.
fn typed_words(dice: &mut Dice) -> String {
    let name = NAMES[dice.roll(8) as usize];
    let length = 1 + dice.roll(u32::try_from(name.chars().count()).expect("short")) as usize;
    let typed: String = name.chars().take(length).collect();
    match dice.roll(3) {
        0 => format!("PO {typed}"),
        1 => typed.split(' ').rev().collect::<Vec<_>>().join(" "),
        _ => typed,
    }
}

/// Some filters.
#[derive(Debug, Default)]
struct Asked(Vec<(&'static RecordFacet, Vec<FacetValue>)>);

impl Asked {
    /// Values that some record has, or none.
    fn random(kind: &'static RecordKind, there: &[Record], dice: &mut Dice) -> Self {
        let mut asked = Vec::new();
        for facet in kind.facets.iter().copied() {
            if dice.roll(3) > 0 {
                continue;
            }
            let had = |share: &Share| share.values.get(facet.name).cloned();
            let mut values: Vec<_> = there.iter().flat_map(shares).filter_map(|share| had(&share)).collect();
            values.extend(match &facet.values {
                FacetValues::Words(words) => words.all().first().map(|word| FacetValue::Word(word)),
                FacetValues::Things(kind) => Some(FacetValue::Thing(thing(*kind, 99))),
                FacetValues::Actors => Some(FacetValue::Actor("nobody".to_owned())),
            });
            let count = u32::try_from(values.len()).expect("few");
            let chosen = (0..=dice.roll(2)).map(|_| values[dice.roll(count) as usize].clone()).collect();
            asked.push((facet, chosen));
        }
        Self(asked)
    }

    fn filters(&self) -> RecordFilters {
        let with = |filters: RecordFilters, (facet, values): &(&'static RecordFacet, Vec<FacetValue>)| {
            filters.with(facet, values.clone())
        };
        self.0.iter().fold(RecordFilters::default(), with)
    }

    fn admits(&self, record: &Record) -> bool {
        let shares = shares(record);
        self.0.iter().all(|(facet, wanted)| {
            let mut values = shares.iter().filter_map(|share| share.values.get(facet.name));
            values.any(|value| wanted.contains(value))
        })
    }
}

fn rebuilt(register: &Register, events: &[Envelope]) -> [u8; 32] {
    let mut writer = ReadModelWriter::build_apart(&register.model, TENANT).expect("apart");
    for envelope in events {
        apply(&mut writer, envelope.clone());
    }
    writer.flush().expect("flush");
    writer.dump_hash().expect("dump")
}

fn at_random_moments(
    snapshot: &Snapshot,
    telling: &Telling,
    length: u64,
    dice: &mut Dice,
) -> Result<(), TestCaseError> {
    for _ in 0..6 {
        let as_of = noon(0) + TimeDelta::minutes(i64::from(dice.roll(150)) - 10);
        let known_at =
            if dice.roll(3) == 0 { u64::MAX } else { u64::from(dice.roll(10)) + dice_up_to(dice, length) };
        compare(snapshot.at(Moment { as_of, known_at }), telling, dice)?;
    }
    Ok(())
}

fn dice_up_to(dice: &mut Dice, length: u64) -> u64 {
    u64::from(dice.roll(u32::try_from(length).expect("small")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_kind_answers_every_question_at_every_moment_as_a_naive_fold_does(
        seed: u64,
        length in 1_u64..150,
    ) {
        let events = story(seed, length);
        let mut register = Register::alone();
        let telling = tell(&mut register, &events);
        register.writer.flush().expect("flush");
        let (snapshot, mut dice) = (register.snapshot(), Dice(seed));
        prop_assert_eq!(snapshot.dump_hash().expect("dump"), rebuilt(&register, &events), "anew as live");
        compare(snapshot.now(), &telling, &mut dice)?;
        at_random_moments(&snapshot, &telling, length, &mut dice)?;
    }
}
