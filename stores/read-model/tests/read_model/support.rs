//! What the tests build their histories with.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use itam_domain::asset::{AssetEvent, AssetFacts, AssetRegistered};
use itam_domain::asset_model::{AssetModelDefined, AssetModelEvent};
use itam_domain::location::{LocationDefined, LocationEvent};
use itam_domain::vocabulary::{AssetKind, HardwareKind, LocationKind, Standing};
use itam_domain::{
    ActorKind, AggregateRef, AssetId, CommandId, Currency, Envelope, Event, EventId, LocationId, ModelId,
    Money, PersonId, ProjectId, Serial, ShortText, Tag,
};
use itam_read_model::{
    AssetRecord, LogContent, LogEntry, Opened, ReadModel, ReadModelOptions, ReadModelWriter, Sharing,
    Snapshot,
};
use redb::{Database, TableDefinition};
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) const TENANT: &str = "main";

pub(crate) fn id(number: u32) -> Uuid {
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 | u128::from(number))
}

pub(crate) fn asset(number: u32) -> AssetId {
    AssetId(id(number))
}

pub(crate) fn person(number: u32) -> PersonId {
    PersonId(id(500_000 + number))
}

pub(crate) fn text(text: &str) -> ShortText {
    ShortText::try_new(text).expect("text")
}

pub(crate) fn euro(minor: i64) -> Money {
    Money::from_minor(minor, Currency::try_new("EUR").expect("code")).expect("money")
}

pub(crate) fn noon(day: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-01-01T12:00:00Z".parse().expect("instant");
    start + TimeDelta::days(day)
}

/// Facts of a laptop without tag, serial, price or place.
pub(crate) fn facts() -> AssetFacts {
    AssetFacts {
        hardware_kind: Some(HardwareKind::Laptop),
        manufacturer: Some(text("Lenovo")),
        data_bearing: true,
        ..AssetFacts::new(ModelId(id(900_001)), AssetKind::Hardware)
    }
}

pub(crate) fn tagged(tag: &str) -> AssetFacts {
    AssetFacts { tag: Some(Tag(text(tag))), ..facts() }
}

pub(crate) fn with_serial(facts: AssetFacts, serial: &str) -> AssetFacts {
    AssetFacts { serial: Some(Serial(text(serial))), ..facts }
}

pub(crate) fn registered(facts: AssetFacts) -> AssetEvent {
    AssetEvent::Registered(AssetRegistered { facts: Box::new(facts) })
}

pub(crate) fn model_named(name: &str) -> AssetModelEvent {
    AssetModelEvent::Defined(AssetModelDefined {
        name: text(name),
        kind: AssetKind::Hardware,
        hardware_kind: Some(HardwareKind::Laptop),
        manufacturer: Some(text("Lenovo")),
        model_number: None,
        data_bearing: true,
        end_of_life_months: None,
        notes: None,
        standing: Standing::Active,
    })
}

pub(crate) fn location_named(name: &str) -> LocationEvent {
    LocationEvent::Defined(LocationDefined {
        name: text(name),
        kind: LocationKind::Site,
        parent_id: None,
        address: None,
        country: None,
        notes: None,
        standing: Standing::Active,
    })
}

pub(crate) fn project(number: u32) -> ProjectId {
    ProjectId(id(750_000 + number))
}

pub(crate) fn location(number: u32) -> LocationId {
    LocationId(id(800_000 + number))
}

/// An event as the log has it; `number` is its position.
pub(crate) fn envelope(number: u64, id: Uuid, event: impl Into<Event>) -> Envelope {
    let event = event.into();
    let at = noon(0) + TimeDelta::minutes(i64::try_from(number).expect("small"));
    Envelope {
        id: EventId(Uuid::from_u128(u128::from(number))),
        tenant: TENANT.to_owned(),
        aggregate: AggregateRef::new(event.aggregate_kind(), id),
        aggregate_version: number,
        recorded_at: at,
        effective_at: at,
        actor: "requester-1".to_owned(),
        actor_kind: ActorKind::Person,
        command_id: CommandId(Uuid::from_u128(u128::from(number))),
        command_digest: String::new(),
        correlation_id: String::new(),
        causation_id: None,
        reason: None,
        event,
    }
}

/// A read model of its own, with what is applied to it.
pub(crate) struct Register {
    pub(crate) dir: TempDir,
    pub(crate) model: ReadModel,
    pub(crate) writer: ReadModelWriter,
}

impl Register {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("temp dir");
        let model = ReadModel::in_process(dir.path(), options());
        let writer = open(&model);
        Self { dir, model, writer }
    }

    /// One that no other process reads, so that rows can be shown without waiting for the disk.
    pub(crate) fn alone() -> Self {
        let dir = tempfile::tempdir().expect("temp dir");
        let options = ReadModelOptions { sharing: Sharing::Alone, ..options() };
        let model = ReadModel::in_process(dir.path(), options);
        let writer = open(&model);
        Self { dir, model, writer }
    }

    /// Applies events at the next positions and writes them.
    pub(crate) fn apply<E: Into<Event>>(&mut self, events: impl IntoIterator<Item = (Uuid, E)>) -> Snapshot {
        for (id, event) in events {
            let envelope = envelope(self.writer.expected(), id, event);
            apply(&mut self.writer, envelope);
        }
        self.writer.flush().expect("flush");
        self.snapshot()
    }

    pub(crate) fn register(&mut self, number: u32, facts: AssetFacts) -> Snapshot {
        self.apply([(id(number), registered(facts))])
    }

    pub(crate) fn on_asset(&mut self, number: u32, event: AssetEvent) -> AssetRecord {
        let snapshot = self.apply([(id(number), event)]);
        snapshot.now().asset(asset(number)).expect("read").expect("known")
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.model.snapshot().expect("snapshot")
    }
}

pub(crate) fn options() -> ReadModelOptions {
    ReadModelOptions { cache_bytes: 16 * 1024 * 1024, ..ReadModelOptions::default() }
}

/// Opens the writer, whatever it finds but a file of an older build.
pub(crate) fn open(model: &ReadModel) -> ReadModelWriter {
    match ReadModelWriter::open(model, TENANT).expect("open") {
        Opened::Current(writer) | Opened::New(writer) => writer,
        Opened::Outdated => panic!("outdated"),
    }
}

pub(crate) fn open_at(dir: &Path) -> (ReadModel, ReadModelWriter) {
    let model = ReadModel::in_process(dir, options());
    let writer = open(&model);
    (model, writer)
}

pub(crate) fn apply(writer: &mut ReadModelWriter, envelope: Envelope) {
    let body = envelope.encode();
    let position = writer.expected();
    let stored_at = envelope.recorded_at;
    let content = LogContent::Event(Box::new(envelope));
    writer.apply(LogEntry { position, stored_at, body: &body, content }).expect("apply");
}

/// What a file says about itself.
pub(crate) const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta_by_name");

pub(crate) fn current_file(dir: &Path) -> PathBuf {
    let pointer = fs::read_to_string(dir.join("CURRENT")).expect("pointer");
    dir.join(format!("inventory.{}.redb", pointer.trim()))
}

/// A folder with a read model of two assets, closed.
pub(crate) fn closed() -> tempfile::TempDir {
    let mut register = Register::new();
    register.register(1, tagged("LT-001"));
    register.register(2, tagged("LT-002"));
    let Register { dir, model, writer } = register;
    drop((model, writer));
    dir
}

pub(crate) fn set_meta(dir: &Path, name: &str, value: &[u8]) {
    let database = Database::create(current_file(dir)).expect("file");
    let transaction = database.begin_write().expect("transaction");
    transaction.open_table(META).expect("table").insert(name, value).expect("insert");
    transaction.commit().expect("commit");
}

/// Everything of a list, page by page.
pub(crate) fn walk<T>(
    mut page: impl FnMut(Option<&itam_read_model::Cursor>) -> itam_read_model::Page<T>,
) -> Vec<T> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let next = page(cursor.as_ref());
        found.extend(next.items);
        cursor = next.next;
        if cursor.is_none() {
            return found;
        }
    }
}
