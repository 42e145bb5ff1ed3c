//! The projections beside the register: what they answer at any moment, how their files are made, and what
//! becomes of them when files are lost, older, newer, damaged or taken back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;
use itam_domain::Envelope;
use itam_domain::asset::AssetFacts;
use itam_read_model::{
    AssetQuery, AssetRecord, CostStatus, Moment, PreparedProjection, Projection, ProjectionView,
    PurchaseOrderRecord, PurchaseOrderStatus, ReadModel, ReadModelError, ReadModelWriter, RecordQuery,
    RegisterView, SanitizationStatus, Total,
};
use proptest::prelude::*;
use redb::Database;
use tempfile::TempDir;
use uuid::Uuid;

use crate::history::Dice;
use crate::kind_story::story;
use crate::past_laws::late_history;
use crate::support::walk;
use crate::support::{META, Register, TENANT, apply, current_file, id, noon, open_at, options};

/// Assets, with corrections and late entries, and orders.
fn any_history(seed: u64, length: u64) -> Vec<Envelope> {
    let (assets, records) = (late_history(seed, length), story(seed, length / 2));
    let mut records = records.into_iter();
    let mut mixed = Vec::new();
    for (index, asset) in assets.into_iter().enumerate() {
        mixed.push(asset);
        mixed.extend(records.next().filter(|_| index % 2 == 0));
    }
    mixed
}

fn pointer_of(dir: &Path, projection: Projection) -> PathBuf {
    dir.join(projection.as_str().to_uppercase())
}

fn file_of(dir: &Path, projection: Projection) -> PathBuf {
    let pointer = fs::read_to_string(pointer_of(dir, projection)).expect("pointer");
    let generation = pointer.split_whitespace().next().expect("a generation");
    dir.join(format!("{}.{generation}.redb", projection.as_str()))
}

fn write(writer: &mut ReadModelWriter, events: &[Envelope], dice: &mut Dice) {
    for event in events {
        apply(writer, event.clone());
        match dice.roll(6) {
            0 => writer.flush().expect("flush"),
            1 => writer.show().expect("show"),
            _ => {}
        }
    }
    writer.flush().expect("flush");
}

fn hashes(writer: &ReadModelWriter) -> [[u8; 32]; 2] {
    Projection::ALL.map(|projection| writer.projection_hash(projection).expect("read").expect("attached"))
}

/// The hashes of files that are derived from the register's versions.
fn derived(model: &ReadModel) -> [[u8; 32]; 2] {
    let dir = tempfile::tempdir().expect("temp dir");
    Projection::ALL.map(|projection| {
        let mut copy = copy_of(model, dir.path());
        let built = PreparedProjection::build(&copy.0, projection, TENANT).expect("build");
        copy.1.attach(built).expect("attach");
        copy.1.projection_hash(projection).expect("read").expect("attached")
    })
}

/// The same register in another folder, open for writing.
fn copy_of(model: &ReadModel, dir: &Path) -> (ReadModel, ReadModelWriter) {
    drop(model.snapshot().expect("snapshot"));
    for entry in fs::read_dir(model.folder()).expect("folder") {
        let entry = entry.expect("entry");
        fs::copy(entry.path(), dir.join(entry.file_name())).expect("copy");
    }
    open_at(dir)
}

/// The assets of which a projection's first filter says one of some words.
fn filtered(view: ProjectionView<'_>, projection: Projection, places: &[u32]) -> Vec<AssetRecord> {
    let filters = [(projection.filters()[0], places.to_vec())];
    walk(|cursor| view.assets_by(&filters, cursor, 2).expect("list"))
}

type Counted<T> = BTreeMap<Option<Uuid>, BTreeMap<u32, T>>;

/// Compares all that is asked of the projections at a moment with a look at everything in the register.
fn compare(
    register: RegisterView<'_>,
    compliance: ProjectionView<'_>,
    tco: ProjectionView<'_>,
) -> Result<(), TestCaseError> {
    let all = walk(|cursor| register.list(&AssetQuery::default(), cursor, 5).expect("list"));
    let mut totals = Counted::<u64>::new();
    for record in &all {
        if let Some(status) = SanitizationStatus::of(record) {
            let department = record.asset.facts.department_id.map(|id| id.0);
            *totals.entry(department).or_default().entry(status as u32).or_default() += 1;
        }
    }
    for places in [&[0][..], &[1, 2], &[0, 1, 2]] {
        let is_in = |record: &&AssetRecord| {
            SanitizationStatus::of(record).is_some_and(|status| places.contains(&(status as u32)))
        };
        let wanted: Vec<_> = all.iter().filter(is_in).cloned().collect();
        prop_assert_eq!(filtered(compliance, Projection::Compliance, places), wanted);
    }
    let classified = [(Projection::Compliance.filters()[1], vec![1, 2])];
    let found = walk(|cursor| compliance.assets_by(&classified, cursor, 2).expect("list"));
    let is_in = |record: &&AssetRecord| {
        let classification = record.asset.facts.data_classification;
        SanitizationStatus::of(record).is_some()
            && classification.is_some_and(|word| [1, 2].contains(&(word as u32)))
    };
    prop_assert_eq!(found, all.iter().filter(is_in).cloned().collect::<Vec<_>>());
    let mut outstanding: Vec<_> = all
        .iter()
        .filter(|record| SanitizationStatus::of(record) == Some(SanitizationStatus::Outstanding))
        .collect();
    outstanding.sort_by_key(|record| record.retirement.as_ref().map(|retired| retired.since.date_naive()));
    let worklist = Projection::Compliance.worklists()[0];
    let found = walk(|cursor| compliance.worklist(worklist, cursor, 2).expect("worklist"));
    prop_assert_eq!(found, outstanding.into_iter().cloned().collect::<Vec<_>>());
    let found = compliance.totals(&Projection::Compliance.totals()[0]).expect("totals").into_iter();
    prop_assert_eq!(found.map(|(id, total)| (id, total.counts)).collect::<BTreeMap<_, _>>(), totals);
    for status in CostStatus::ALL {
        let is_in = |record: &&AssetRecord| CostStatus::of(record) == Some(*status);
        let wanted: Vec<_> = all.iter().filter(is_in).cloned().collect();
        prop_assert_eq!(filtered(tco, Projection::Tco, &[*status as u32]), wanted);
    }
    let mut unknown: Vec<_> = all
        .iter()
        .filter(|record| CostStatus::of(record) == Some(CostStatus::Unknown) && !record.asset.is_ended())
        .collect();
    unknown.sort_by_key(|record| record.registered.effective_at.date_naive());
    let found = walk(|cursor| tco.worklist(Projection::Tco.worklists()[0], cursor, 3).expect("worklist"));
    prop_assert_eq!(found, unknown.into_iter().cloned().collect::<Vec<_>>());
    compare_ownership(&all, tco, 0, |facts| facts.department_id.map(|id| id.0))?;
    compare_ownership(&all, tco, 1, |facts| facts.project_id.map(|id| id.0))?;
    compare_orders(register, tco)
}

fn compare_ownership(
    all: &[AssetRecord],
    tco: ProjectionView<'_>,
    place: usize,
    group: fn(&AssetFacts) -> Option<Uuid>,
) -> Result<(), TestCaseError> {
    let mut wanted: BTreeMap<Option<Uuid>, Total> = BTreeMap::new();
    for record in all {
        let Some(status) = CostStatus::of(record) else { continue };
        let total = wanted.entry(group(&record.asset.facts)).or_default();
        *total.counts.entry(status as u32).or_default() += 1;
        for (currency, minor) in record.acquisition_cost() {
            *total.sums.entry((0, currency)).or_default() += minor;
        }
        if let Some(paid) = record.disposal.as_ref().and_then(|disposal| disposal.proceeds) {
            *total.sums.entry((1, paid.currency())).or_default() += i128::from(paid.minor());
        }
    }
    for total in wanted.values_mut() {
        total.sums.retain(|_, minor| *minor != 0);
    }
    let found = tco.totals(&Projection::Tco.totals()[place]).expect("totals");
    prop_assert_eq!(found.into_iter().collect::<BTreeMap<_, _>>(), wanted);
    Ok(())
}

fn compare_orders(register: RegisterView<'_>, tco: ProjectionView<'_>) -> Result<(), TestCaseError> {
    let mut wanted: BTreeMap<Option<Uuid>, Total> = BTreeMap::new();
    let orders = walk(|cursor| register.records(&RecordQuery::default(), cursor, 3).expect("list"));
    for order in orders {
        let order: PurchaseOrderRecord = order;
        let total = wanted.entry(Some(order.order.vendor_id.0)).or_default();
        *total.counts.entry(order.status() as u32).or_default() += 1;
        let is_open = !matches!(order.status(), PurchaseOrderStatus::Cancelled | PurchaseOrderStatus::Closed);
        for progress in order.order.lines.values().filter(|_| is_open) {
            let price = progress.line.unit_price;
            let pieces = progress.line.quantity.saturating_sub(progress.received);
            let amount = i128::from(price.minor()) * i128::from(pieces);
            *total.sums.entry((0, price.currency())).or_default() += amount;
        }
    }
    for total in wanted.values_mut() {
        total.sums.retain(|_, minor| *minor != 0);
    }
    let found = tco.totals(&Projection::Tco.totals()[2]).expect("totals");
    prop_assert_eq!(found.into_iter().collect::<BTreeMap<_, _>>(), wanted);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_projection_answers_every_moment_as_a_look_at_the_register_does(seed: u64, length in 1_u64..160) {
        let mut register = Register::new();
        let mut dice = Dice(seed);
        write(&mut register.writer, &any_history(seed, length), &mut dice);
        let [compliance, tco] = Projection::ALL.map(|it| register.model.projection(it).expect("snapshot"));
        let snapshot = register.snapshot();
        prop_assert_eq!(compliance.position(), snapshot.applied().position);
        compare(snapshot.now(), compliance.now(), tco.now())?;
        for _ in 0..6 {
            let as_of = noon(0) + TimeDelta::minutes(i64::from(dice.roll(250)));
            let moment = Moment { as_of, known_at: u64::from(dice.roll(250)) };
            compare(snapshot.at(moment), compliance.at(moment), tco.at(moment))?;
        }
    }

    #[test]
    fn live_built_with_the_register_and_derived_from_it_are_the_same_byte_for_byte(
        seed: u64, length in 1_u64..200,
    ) {
        let events = any_history(seed, length);
        let mut live = Register::alone();
        write(&mut live.writer, &events, &mut Dice(seed));
        let mut apart = ReadModelWriter::build_apart(&live.model, TENANT).expect("apart");
        for event in &events {
            apply(&mut apart, event.clone());
        }
        apart.flush().expect("flush");
        prop_assert_eq!(hashes(&apart), hashes(&live.writer));
        prop_assert_eq!(derived(&live.model), hashes(&live.writer));
        apart.abandon().expect("abandon");
    }

    /// A crash may leave the files of the projections behind the register's, or before it.
    #[test]
    fn a_crash_between_the_files_loses_and_doubles_nothing(seed: u64, length in 2_u64..120, cut in 1_usize..100) {
        let events = any_history(seed, length);
        let (first, rest) = events.split_at(cut.min(events.len() - 1));
        let mut register = Register::new();
        write(&mut register.writer, first, &mut Dice(seed));
        let early = tempfile::tempdir().expect("temp dir");
        drop(copy_of(&register.model, early.path()));
        write(&mut register.writer, rest, &mut Dice(seed ^ 1));
        let wanted = hashes(&register.writer);
        let late = tempfile::tempdir().expect("temp dir");
        drop(copy_of(&register.model, late.path()));
        // The register is whole, the projections are as they were.
        let behind = tempfile::tempdir().expect("temp dir");
        assemble(behind.path(), late.path(), early.path());
        let (_, writer) = open_at(behind.path());
        prop_assert_eq!(writer.missing_projections(), vec![]);
        prop_assert_eq!(hashes(&writer), wanted);
        // The projections are whole, the register is as it was, and the log brings it the rest again.
        let before = tempfile::tempdir().expect("temp dir");
        assemble(before.path(), early.path(), late.path());
        let (model, mut writer) = open_at(before.path());
        let register = model.snapshot().expect("snapshot").applied().position;
        prop_assert_eq!(model.projection(Projection::Tco).expect("snapshot").position(), register);
        write(&mut writer, rest, &mut Dice(seed ^ 2));
        prop_assert_eq!(hashes(&writer), wanted);
    }
}

/// A folder with the register of one folder and the projections of another.
fn assemble(to: &Path, register: &Path, projections: &Path) {
    fs::copy(current_file(register), to.join(current_file(register).file_name().expect("name")))
        .expect("copy");
    fs::copy(register.join("CURRENT"), to.join("CURRENT")).expect("copy");
    for projection in Projection::ALL {
        let file = file_of(projections, projection);
        fs::copy(&file, to.join(file.file_name().expect("name"))).expect("copy");
        fs::copy(pointer_of(projections, projection), pointer_of(to, projection)).expect("copy");
    }
}

/// A folder with a register and its projections, closed.
fn closed() -> TempDir {
    let mut register = Register::new();
    write(&mut register.writer, &any_history(7, 120), &mut Dice(7));
    let Register { dir, model, writer } = register;
    drop((model, writer));
    dir
}

fn set_schema(file: &Path, schema: u32) {
    let database = Database::create(file).expect("file");
    let transaction = database.begin_write().expect("transaction");
    transaction.open_table(META).expect("table").insert("schema", &schema.to_be_bytes()[..]).expect("insert");
    transaction.commit().expect("commit");
}

#[test]
fn a_projection_that_does_not_fit_is_built_from_the_register_while_the_others_answer() {
    let spoil: [fn(&Path); 5] = [
        |dir| fs::remove_file(pointer_of(dir, Projection::Tco)).expect("remove"),
        |dir| fs::remove_file(file_of(dir, Projection::Tco)).expect("remove"),
        |dir| fs::write(file_of(dir, Projection::Tco), "no file of redb").expect("write"),
        |dir| set_schema(&file_of(dir, Projection::Tco), 0),
        // Of another register than the one that is read.
        |dir| fs::write(pointer_of(dir, Projection::Tco), "1 99\n").expect("write"),
    ];
    for (number, spoil) in spoil.into_iter().enumerate() {
        let dir = closed();
        let wanted = hashes(&open_at(dir.path()).1);
        spoil(dir.path());
        let (model, mut writer) = open_at(dir.path());
        assert_eq!(writer.missing_projections(), [Projection::Tco], "{number}");
        let missing = model.projection(Projection::Tco).expect_err("it is not there");
        assert!(matches!(missing, ReadModelError::NotBuilt(_)), "{number}: {missing}");
        assert!(model.projection(Projection::Compliance).is_ok() && model.snapshot().is_ok(), "{number}");
        let prepared = PreparedProjection::prepare(&model, Projection::Tco, TENANT).expect("prepare");
        assert!(prepared.is_new());
        // What comes meanwhile is in it, too.
        let more = any_history(8, 30);
        write(&mut writer, &more, &mut Dice(8));
        writer.attach(prepared).expect("attach");
        assert_eq!(writer.missing_projections(), [], "{number}");
        let applied = model.snapshot().expect("snapshot").applied().position;
        assert_eq!(model.projection(Projection::Tco).expect("snapshot").position(), applied, "{number}");
        assert_eq!(hashes(&writer), derived(&model), "{number}");
        assert_ne!(hashes(&writer), wanted, "{number}: more came");
        let files = fs::read_dir(dir.path()).expect("folder").count();
        assert_eq!(files, 6, "{number}: a file and a pointer each, and nothing else");
    }
}

#[test]
fn a_projection_of_a_newer_build_is_refused_and_left_alone() {
    let dir = closed();
    let file = file_of(dir.path(), Projection::Compliance);
    set_schema(&file, Projection::Compliance.schema() + 1);
    let before = fs::read_to_string(pointer_of(dir.path(), Projection::Compliance)).expect("pointer");
    let model = ReadModel::in_process(dir.path(), options());
    let refused = ReadModelWriter::open(&model, TENANT).expect_err("newer");
    assert!(matches!(&refused, ReadModelError::NewerSchema { path, .. } if *path == file), "{refused}");
    let follower = ReadModel::open(dir.path(), options()).projection(Projection::Compliance);
    assert!(matches!(follower, Err(ReadModelError::NewerSchema { .. })));
    let after = fs::read_to_string(pointer_of(dir.path(), Projection::Compliance)).expect("pointer");
    assert!(file.exists() && after == before);
}

#[test]
fn a_rebuild_of_the_register_takes_its_projections_along_or_adopts_those_that_hold_the_same() {
    let events = any_history(9, 100);
    let mut register = Register::new();
    write(&mut register.writer, &events, &mut Dice(9));
    let wanted = hashes(&register.writer);
    let follower = ReadModel::open(register.dir.path(), options());
    assert!(follower.projection(Projection::Tco).is_ok());
    let build = |mut apart: ReadModelWriter| {
        for event in &events {
            apply(&mut apart, event.clone());
        }
        apart.switch().expect("switch")
    };
    let whole = build(ReadModelWriter::build_apart(&register.model, TENANT).expect("apart"));
    assert_eq!(hashes(&whole), wanted);
    let mut alone = build(ReadModelWriter::build_register_apart(&register.model, TENANT).expect("apart"));
    assert_eq!(alone.missing_projections(), Projection::ALL);
    alone.adopt_projections(whole);
    assert_eq!(hashes(&alone), wanted);
    assert!(register.model.projection(Projection::Tco).is_ok());
}

#[test]
fn one_that_was_prepared_from_a_register_that_is_not_read_any_more_is_not_attached() {
    let mut register = Register::new();
    write(&mut register.writer, &any_history(3, 40), &mut Dice(3));
    let prepared = PreparedProjection::build(&register.model, Projection::Tco, TENANT).expect("build");
    let apart = ReadModelWriter::build_register_apart(&register.model, TENANT).expect("apart");
    let mut writer = apart.switch().expect("switch");
    writer.attach(prepared).expect("nothing is done");
    assert_eq!(writer.missing_projections(), Projection::ALL);
}

#[tokio::test]
async fn a_reader_in_another_process_waits_for_the_projection_that_it_asks() {
    let mut register = Register::new();
    let follower = ReadModel::open(register.dir.path(), options());
    write(&mut register.writer, &any_history(4, 60), &mut Dice(4));
    let applied = register.writer.checkpoint().position;
    let patience = Duration::from_mins(1);
    let found = follower.projection_at(Projection::Tco, applied, patience).await.expect("snapshot");
    assert_eq!(found.position(), applied);
    // An event that changes nothing for a projection is not written to its file, and is in its position.
    let before = fs::metadata(file_of(register.dir.path(), Projection::Compliance)).expect("file");
    register.apply([(id(900_001), crate::support::model_named("X1"))]);
    let found =
        follower.projection_at(Projection::Compliance, applied + 1, patience).await.expect("snapshot");
    assert_eq!(found.position(), applied + 1);
    let after = fs::metadata(file_of(register.dir.path(), Projection::Compliance)).expect("file");
    assert_eq!(before.modified().expect("time"), after.modified().expect("time"));
    let found = follower.projection_at(Projection::Tco, applied + 2, Duration::ZERO).await;
    assert_eq!(found.expect("what is there").position(), applied + 1);
}
