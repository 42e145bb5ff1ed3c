//! Files that another build has written: an older one that knew less, a newer one that knew more.

use std::fs;
use std::path::Path;
use std::time::Instant;

use itam_read_model::{
    LogContent, LogEntry, Opened, POINTER_LOOK, ReadModel, ReadModelError, ReadModelWriter, SCHEMA_VERSION,
};
use redb::{Database, ReadableDatabase};

use crate::support::{
    META, Register, TENANT, apply, asset, closed, current_file, envelope, id, noon, open_at, options,
    registered, set_meta, tagged,
};

/// What a file of another schema may say where this build's files say how far ordinals were given and
/// which events are known: as many sorts as its builder knew, in its own way, or nothing.
const OTHER_WAYS: [&[u8]; 4] = [&[0; 40], &[7; 48], b"", b"another way altogether"];

fn of_schema(schema: u32, other: &[u8]) -> tempfile::TempDir {
    let dir = closed();
    for name in ["ordinals", "catalog", "checkpoint"] {
        set_meta(dir.path(), name, other);
    }
    set_meta(dir.path(), "schema", &schema.to_be_bytes());
    dir
}

#[test]
fn a_file_of_a_newer_schema_is_refused_and_left_alone() {
    for (schema, other) in [SCHEMA_VERSION + 1, u32::MAX].into_iter().zip(OTHER_WAYS) {
        let dir = of_schema(schema, other);
        let before = current_file(dir.path());
        let model = ReadModel::in_process(dir.path(), options());
        let refused = ReadModelWriter::open(&model, TENANT).expect_err("newer");
        assert!(matches!(refused, ReadModelError::NewerSchema { found, .. } if found == schema), "{refused}");
        let follower = ReadModel::open(dir.path(), options()).snapshot();
        assert!(matches!(follower, Err(ReadModelError::NewerSchema { .. })));
        assert!(before.exists() && current_file(dir.path()) == before);
    }
}

#[test]
fn a_file_of_an_older_schema_is_not_read_at_all_and_stays_until_a_new_one_is_built() {
    for (schema, other) in [0, 1, SCHEMA_VERSION - 1, SCHEMA_VERSION - 1].into_iter().zip(OTHER_WAYS) {
        let dir = of_schema(schema, other);
        let before = current_file(dir.path());
        let model = ReadModel::in_process(dir.path(), options());
        assert!(matches!(ReadModelWriter::open(&model, TENANT).expect("open"), Opened::Outdated));
        // Never as if there were nothing in the register.
        assert!(matches!(model.snapshot(), Err(ReadModelError::NotBuilt(_))));
        let follower = ReadModel::open(dir.path(), options());
        assert!(matches!(follower.snapshot(), Err(ReadModelError::NotBuilt(_))));
        assert!(before.exists() && current_file(dir.path()) == before);
        let mut built = ReadModelWriter::build_apart(&model, TENANT).expect("apart");
        apply(&mut built, envelope(1, id(1), registered(tagged("LT-001"))));
        let _writer = built.switch().expect("switch");
        for model in [model, follower] {
            assert!(model.snapshot().expect("snapshot").now().asset(asset(1)).expect("read").is_some());
        }
    }
}

/// Looks at the pointer at least once.
fn look(model: &ReadModel) {
    let begun = Instant::now();
    while begun.elapsed() <= POINTER_LOOK * 2 {
        model.snapshot().expect("it goes on answering");
    }
}

#[test]
fn who_follows_goes_on_with_what_it_has_when_another_build_takes_over() {
    for (schema, other) in [SCHEMA_VERSION - 1, SCHEMA_VERSION + 1].into_iter().zip(OTHER_WAYS) {
        let dir = closed();
        let follower = ReadModel::open(dir.path(), options());
        assert!(follower.snapshot().expect("snapshot").now().asset(asset(2)).expect("read").is_some());
        let another = of_schema(schema, other);
        fs::copy(current_file(another.path()), dir.path().join("inventory.9.redb")).expect("copy");
        let old = current_file(dir.path());
        fs::write(dir.path().join("CURRENT"), "9\n").expect("pointer");
        fs::remove_file(old).expect("remove");
        look(&follower);
        assert!(follower.snapshot().expect("snapshot").now().asset(asset(2)).expect("read").is_some());
    }
}

/// What the file says about known events, with these left out or put in.
fn set_catalog(dir: &Path, alter: impl Fn(&str) -> String) {
    let database = Database::create(current_file(dir)).expect("file");
    let transaction = database.begin_read().expect("transaction");
    let table = transaction.open_table(META).expect("table");
    let catalog = table.get("catalog").expect("read").expect("catalog").value().to_vec();
    drop((table, transaction, database));
    set_meta(dir, "catalog", alter(std::str::from_utf8(&catalog).expect("text")).as_bytes());
}

fn without_orders(catalog: &str) -> String {
    catalog
        .lines()
        .filter(|line| !line.starts_with("purchase_order."))
        .map(|line| line.to_owned() + "\n")
        .collect()
}

#[test]
fn a_file_whose_builder_knew_less_kinds_goes_on_if_it_lacks_nothing() {
    let dir = closed();
    // Of assets and of what they refer to, and of no later sort.
    set_meta(dir.path(), "ordinals", &[1, 0, 0, 0, 2, 4, 0, 0, 0, 1]);
    set_catalog(dir.path(), without_orders);
    let before = current_file(dir.path());
    for _ in 0..2 {
        let model = ReadModel::in_process(dir.path(), options());
        let opened = ReadModelWriter::open(&model, TENANT).expect("open");
        let Opened::Current(writer) = opened else { panic!("{opened:?}") };
        assert_eq!(writer.checkpoint().position, 2);
        assert!(model.snapshot().expect("snapshot").now().asset(asset(2)).expect("read").is_some());
        assert_eq!(current_file(dir.path()), before);
    }
    let (model, mut writer) = open_at(dir.path());
    apply(&mut writer, envelope(3, id(3), registered(tagged("LT-003"))));
    writer.flush().expect("flush");
    let mut fresh = Register::new();
    for number in 1..=3 {
        fresh.register(number, tagged(&format!("LT-00{number}")));
    }
    assert_eq!(writer.dump_hash().expect("hash"), fresh.snapshot().dump_hash().expect("hash"));
    drop(model);
}

#[test]
fn a_file_that_lacks_events_is_read_until_a_new_one_is_built() {
    let of_order = LogContent::Unreadable {
        event_type: "purchase_order.issued".to_owned(),
        reason: "an unknown event".to_owned(),
    };
    let parked = LogEntry { position: 3, stored_at: noon(0), body: b"order", content: of_order };
    let older_version = |catalog: &str| catalog.replace("asset.registered 2\n", "asset.registered 1\n");
    let alterations: [&dyn Fn(&str) -> String; 2] = [&without_orders, &older_version];
    for (alter, parked) in alterations.into_iter().zip([Some(parked), None]) {
        let dir = closed();
        let (model, mut writer) = open_at(dir.path());
        if let Some(parked) = parked {
            writer.apply(parked).expect("apply");
            writer.flush().expect("flush");
        }
        drop((model, writer));
        set_catalog(dir.path(), alter);
        let model = ReadModel::in_process(dir.path(), options());
        assert!(matches!(ReadModelWriter::open(&model, TENANT).expect("open"), Opened::Outdated));
        assert!(model.snapshot().expect("snapshot").now().asset(asset(2)).expect("read").is_some());
        let mut built = ReadModelWriter::build_apart(&model, TENANT).expect("apart");
        apply(&mut built, envelope(1, id(1), registered(tagged("LT-001"))));
        built.switch().expect("switch");
        assert_eq!(model.snapshot().expect("snapshot").now().asset(asset(2)).expect("read"), None);
    }
}

#[test]
fn a_file_whose_builder_knew_more_events_is_refused_and_left_alone() {
    for more in ["dream.dreamt 1\n", "asset.registered 3\n"] {
        let dir = closed();
        set_catalog(dir.path(), |catalog| format!("{catalog}{more}"));
        let before = current_file(dir.path());
        let model = ReadModel::in_process(dir.path(), options());
        let refused = ReadModelWriter::open(&model, TENANT).expect_err("newer");
        assert!(matches!(refused, ReadModelError::NewerEvents { .. }), "{refused}");
        assert!(
            refused.to_string().contains(&more.replace(' ', " in version ").replace('\n', ",")),
            "{refused}"
        );
        let follower = ReadModel::open(dir.path(), options()).snapshot();
        assert!(matches!(follower, Err(ReadModelError::NewerEvents { .. })));
        assert!(before.exists() && current_file(dir.path()) == before);
    }
}
