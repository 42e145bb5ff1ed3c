//! One organization and its assets, the same on every run: what every measurement feeds.

use bytes::Bytes;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use itam_domain::asset::{
    AcquisitionCosts, AssetDeployed, AssetEvent, AssetFacts, AssetMaintenanceStarted, AssetReassigned,
    AssetRegistered, AssetReturned, Custodian,
};
use itam_domain::asset_model::{AssetModelDefined, AssetModelEvent};
use itam_domain::department::{DepartmentDefined, DepartmentEvent};
use itam_domain::location::{LocationDefined, LocationEvent};
use itam_domain::person::{PersonAdded, PersonEvent};
use itam_domain::vocabulary::{
    AcceptanceRule, AssetKind, Condition, HardwareKind, LocationKind, MaintenanceKind, Standing,
};
use itam_domain::{
    ActorKind, AggregateKind, AggregateRef, CommandId, Currency, DepartmentId, Envelope, Event, KeyRecord,
    LocationId, ModelId, Money, PersonId, Serial, ShortText, Tag, UniqueLabel,
};
use itam_event_log::{Tenant, Write};
use serde_json::{Value, json};
use uuid::Uuid;

const LOCATIONS: u64 = 12;
const DEPARTMENTS: u64 = 20;
const PEOPLE: u64 = 300;
const MODELS: [(&str, &str, HardwareKind); 8] = [
    ("Lenovo", "ThinkPad T14 Gen 5", HardwareKind::Laptop),
    ("Dell", "Latitude 7450", HardwareKind::Laptop),
    ("Apple", "MacBook Pro 14", HardwareKind::Laptop),
    ("HP", "EliteDesk 800 G9", HardwareKind::Desktop),
    ("Dell", "UltraSharp U2724D", HardwareKind::Monitor),
    ("Samsung", "Galaxy S24", HardwareKind::Phone),
    ("HPE", "ProLiant DL380 Gen11", HardwareKind::Server),
    ("Cisco", "Catalyst 9200", HardwareKind::Network),
];
/// The start of the generated history: 2024-01-01.
const START_MS: u64 = 1_704_067_200_000;
/// The events of one asset's generated life.
pub(crate) const EVENTS_PER_ASSET: u64 = 3;

/// Something that exists before any asset: how it is made by a command and as an event.
pub(crate) struct Founding {
    /// Its id, and the idempotency key of the command that makes it.
    pub(crate) id: Uuid,
    /// The command that makes it.
    pub(crate) command: &'static str,
    /// That command's fields.
    pub(crate) fields: Value,
    kind: AggregateKind,
    event: Event,
}

/// The id of the `number`-th thing of a sort: a `UUIDv7`, ascending with the number.
fn id(sort: u8, number: u64) -> Uuid {
    let mut random = [sort; 10];
    random[2..].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(START_MS + number, &random).into_uuid()
}

fn short(text: &str) -> ShortText {
    ShortText::try_new(text).expect("generated texts are short and plain")
}

/// An instant, so many seconds after the first asset was registered.
pub(crate) fn instant(offset_s: u64) -> DateTime<Utc> {
    let start = DateTime::from_timestamp_millis(START_MS.cast_signed()).expect("2024 exists");
    start + Duration::seconds(offset_s.cast_signed())
}

fn day(offset: u64) -> NaiveDate {
    instant(offset % 1000 * 86_400).date_naive()
}

fn location(number: u64) -> LocationId {
    LocationId(id(2, number % LOCATIONS))
}

fn department(number: u64) -> DepartmentId {
    DepartmentId(id(3, number % DEPARTMENTS))
}

fn person(number: u64) -> PersonId {
    PersonId(id(4, number % PEOPLE))
}

/// Everything that exists before any asset, in an order in which it can be made.
pub(crate) fn founding() -> Vec<Founding> {
    let mut all = Vec::new();
    for number in 0..LOCATIONS {
        let name = format!("Office {number}");
        all.push(Founding {
            id: location(number).0,
            command: "define-location",
            fields: json!({"name": name, "kind": "site", "country": "DE"}),
            kind: AggregateKind::Location,
            event: Event::Location(LocationEvent::Defined(LocationDefined {
                name: short(&name),
                kind: LocationKind::Site,
                parent_id: None,
                address: None,
                country: Some(short("DE")),
                notes: None,
                standing: Standing::Active,
            })),
        });
    }
    for number in 0..DEPARTMENTS {
        let name = format!("Department {number}");
        all.push(Founding {
            id: department(number).0,
            command: "define-department",
            fields: json!({"name": name}),
            kind: AggregateKind::Department,
            event: Event::Department(DepartmentEvent::Defined(DepartmentDefined {
                name: short(&name),
                cost_center: None,
                parent_id: None,
                notes: None,
                standing: Standing::Active,
            })),
        });
    }
    all.extend((0..PEOPLE).map(found_person));
    all.extend((0..MODELS.len() as u64).map(found_model));
    all
}

fn found_person(number: u64) -> Founding {
    let (place, unit) = (location(number), department(number));
    Founding {
        id: person(number).0,
        command: "add-person",
        fields: json!({"name": format!("Person {number}"), "department_id": unit, "location_id": place}),
        kind: AggregateKind::Person,
        event: Event::Person(PersonEvent::Added(PersonAdded {
            department_id: Some(unit),
            location_id: Some(place),
        })),
    }
}

fn model(number: u64) -> (ModelId, (&'static str, &'static str, HardwareKind)) {
    let index = number % MODELS.len() as u64;
    let model = MODELS.iter().cycle().nth(usize::try_from(index).unwrap_or(0));
    (ModelId(id(1, index)), *model.expect("there are models"))
}

fn found_model(number: u64) -> Founding {
    let (id, (maker, name, kind)) = model(number);
    Founding {
        id: id.0,
        command: "define-model",
        fields: json!({
            "name": name, "manufacturer": maker, "kind": "hardware", "hardware_kind": kind,
            "data_bearing": true
        }),
        kind: AggregateKind::AssetModel,
        event: Event::AssetModel(AssetModelEvent::Defined(AssetModelDefined {
            name: short(name),
            kind: AssetKind::Hardware,
            hardware_kind: Some(kind),
            manufacturer: Some(short(maker)),
            model_number: None,
            data_bearing: true,
            end_of_life_months: None,
            notes: None,
            standing: Standing::Active,
        })),
    }
}

impl Founding {
    /// The event that makes it, as it stands in a log.
    pub(crate) fn write(&self, tenant: &Tenant) -> Write {
        let aggregate = AggregateRef::new(self.kind, self.id);
        write(tenant, aggregate, 1, 0, 0, CommandId(self.id), self.event.clone())
    }
}

/// One asset of the organization.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asset(pub(crate) u64);

impl Asset {
    /// Its id, and the idempotency key of the command that registers it.
    pub(crate) fn id(self) -> Uuid {
        id(9, 1000 + self.0)
    }

    /// Its tag.
    pub(crate) fn tag(self) -> String {
        format!("LT-{:07}", self.0)
    }

    /// Its serial number: like a maker's, it tells nothing of its neighbors'.
    pub(crate) fn serial(self) -> String {
        format!("{:012X}", self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16)
    }

    fn price(self) -> Money {
        let currency = if self.0.is_multiple_of(5) { "USD" } else { "EUR" };
        let currency = Currency::try_new(currency).expect("these currencies exist");
        let minor = (60_000 + self.0 * 37 % 240_000).cast_signed();
        Money::from_minor(minor, currency).expect("prices are positive")
    }

    /// The fields of `register-asset`.
    pub(crate) fn register_fields(self) -> Value {
        json!({
            "model_id": model(self.0).0, "tag": self.tag(), "serial": self.serial(), "condition": "new",
            "costs": {"price": self.price()}, "acquired_on": day(self.0),
            "order_number": format!("PO-{}", self.0 / 40), "warranty_until": day(self.0 + 700),
            "location_id": location(self.0), "department_id": department(self.0)
        })
    }

    /// The fields of `deploy-asset`.
    pub(crate) fn deploy_fields(self) -> Value {
        json!({"asset": self.id(), "custodian": {"person": person(self.0)}, "location_id": location(self.0 + 1)})
    }

    fn facts(self) -> AssetFacts {
        let (model_id, (maker, _, hardware_kind)) = model(self.0);
        AssetFacts {
            hardware_kind: Some(hardware_kind),
            manufacturer: Some(short(maker)),
            data_bearing: true,
            tag: Some(Tag(short(&self.tag()))),
            serial: Some(Serial(short(&self.serial()))),
            condition: Some(Condition::New),
            costs: Some(AcquisitionCosts::of_price(self.price())),
            acquired_on: Some(day(self.0)),
            order_number: Some(short(&format!("PO-{}", self.0 / 40))),
            warranty_until: Some(day(self.0 + 700)),
            location_id: Some(location(self.0)),
            department_id: Some(department(self.0)),
            ..AssetFacts::new(model_id, AssetKind::Hardware)
        }
    }

    /// The `step`-th event of its life, from 0: registered, deployed, then one of three things.
    fn event(self, step: u64) -> AssetEvent {
        let holder = Custodian::Person(person(self.0));
        match (step, self.0 % 10) {
            (0, _) => AssetEvent::Registered(AssetRegistered { facts: Box::new(self.facts()) }),
            (1, _) => AssetEvent::Deployed(AssetDeployed {
                custodian: holder,
                acceptance: AcceptanceRule::NotRequired,
                location_id: Some(location(self.0 + 1)),
                due_back_on: None,
            }),
            (_, 0..=3) => AssetEvent::Returned(AssetReturned {
                from: holder,
                location_id: Some(location(self.0)),
                condition: Some(Condition::Good),
            }),
            (_, 4..=8) => AssetEvent::Reassigned(AssetReassigned {
                from: holder,
                to: Custodian::Person(person(self.0 + 7)),
                acceptance: AcceptanceRule::NotRequired,
                location_id: None,
                due_back_on: None,
            }),
            _ => AssetEvent::MaintenanceStarted(AssetMaintenanceStarted {
                kind: MaintenanceKind::Repair,
                from: Some(holder),
                vendor_id: None,
                expected_back_on: Some(day(self.0 + 30)),
                description: None,
            }),
        }
    }

    /// The writes of the `step`-th event; `expected` is the position of the event before it.
    pub(crate) fn writes(self, tenant: &Tenant, step: u64, expected: u64) -> Vec<Write> {
        let aggregate = AggregateRef::new(AggregateKind::Asset, self.id());
        let command = CommandId(if step == 0 { self.id() } else { id(10 + step.to_le_bytes()[0], self.0) });
        let event = Event::Asset(self.event(step));
        let offset = self.0 + step * 60;
        let mut writes = vec![write(tenant, aggregate, step + 1, expected, offset, command, event)];
        if step > 0 {
            return writes;
        }
        let facts = self.facts();
        let keys = [
            facts.tag.as_ref().map(UniqueLabel::tag),
            UniqueLabel::serial(
                facts.manufacturer.as_ref().map(ShortText::as_str),
                facts.serial.as_ref().expect("it has a serial number"),
            ),
        ];
        for key in keys.iter().flatten().flat_map(UniqueLabel::keys) {
            let record = KeyRecord { holder: Some(self.id()), commandid: command };
            writes.push(Write {
                subject: tenant.key_subject(key.kind.token, &key.value),
                expected: 0,
                body: Bytes::from(serde_json::to_vec(&record).expect("a record holds ids only")),
            });
        }
        writes
    }
}

fn write(
    tenant: &Tenant,
    aggregate: AggregateRef,
    version: u64,
    expected: u64,
    offset_s: u64,
    command_id: CommandId,
    event: Event,
) -> Write {
    let at = instant(offset_s);
    let envelope = Envelope {
        id: command_id.event_id(aggregate.id),
        tenant: tenant.as_str().to_owned(),
        aggregate,
        aggregate_version: version,
        recorded_at: at,
        effective_at: at,
        actor: "018cc251-f400-7000-8000-000000000001".to_owned(),
        actor_kind: ActorKind::Service,
        command_id,
        command_digest: format!("{:024}", command_id.0.as_u128() % 1_000_000_007),
        correlation_id: command_id.to_string(),
        causation_id: None,
        reason: None,
        event,
    };
    Write {
        subject: tenant.event_subject(aggregate.kind.as_str(), aggregate.id),
        expected,
        body: Bytes::from(envelope.encode()),
    }
}
