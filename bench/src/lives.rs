//! Lives of ten events, in the order in which they happened over two years: what the past is asked
//! of. One event in fifty is recorded late, one asset in a hundred is corrected.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use itam_domain::asset::{
    AcquisitionCosts, AssetCorrected, AssetCustodyAccepted, AssetDeployed, AssetEvent, AssetFacts,
    AssetMaintenanceCompleted, AssetMaintenanceStarted, AssetReassigned, AssetRegistered, AssetReturned,
    AssetVerified, Custodian, FactChange,
};
use itam_domain::vocabulary::{
    AcceptanceRule, AssetKind, Condition, HardwareKind, MaintenanceKind, MaintenanceOutcome,
};
use itam_domain::{
    ActorKind, AggregateKind, AggregateRef, AssetId, CommandId, Currency, DepartmentId, Envelope, Event,
    EventId, LocationId, ModelId, Money, PersonId, Serial, ShortText, Tag,
};
use uuid::Uuid;

/// The events of one life.
pub(crate) const EVENTS: u64 = 10;
/// The time that all lives take.
const SPAN_S: u64 = 2 * 365 * 86_400;
/// The time from one event of a life to the next.
const STEP_S: u64 = 20 * 86_400;
const LOCATIONS: u64 = 200;
const DEPARTMENTS: u64 = 100;
const MODELS: u64 = 200;
/// One person has so many assets on average.
const ASSETS_PER_PERSON: u64 = 10;

/// All lives of some assets.
pub(crate) struct Lives {
    assets: u64,
    /// Second, asset and step, in the order of time.
    order: Vec<(u32, u32, u8)>,
}

/// A number that tells nothing of its neighbors' (the finish of `SplitMix64`).
pub(crate) fn mixed(number: u64) -> u64 {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn id(sort: u16, number: u64) -> Uuid {
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 | u128::from(sort) << 48 | u128::from(number))
}

/// The `number`-th asset.
pub(crate) fn asset(number: u64) -> AssetId {
    AssetId(id(1, number))
}

/// The tag of the `number`-th asset.
pub(crate) fn tag(number: u64) -> String {
    format!("LT-{number:07}")
}

/// An instant, so many thousandths into the span of all lives.
pub(crate) fn instant(thousandths: u64) -> DateTime<Utc> {
    start() + TimeDelta::seconds((SPAN_S / 1000 * thousandths).cast_signed())
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_704_067_200, 0).expect("2024 exists")
}

fn short(text: &str) -> ShortText {
    ShortText::try_new(text).expect("generated texts are short and plain")
}

fn day(number: u64) -> NaiveDate {
    start().date_naive() + Days::new(number % 1_500)
}

/// One of the locations.
pub(crate) fn location(number: u64) -> LocationId {
    LocationId(id(2, mixed(number) % LOCATIONS))
}

impl Lives {
    pub(crate) fn of(assets: u64) -> Self {
        let mut order = Vec::new();
        for number in 0..assets {
            let born = (SPAN_S - EVENTS * STEP_S) * number / assets;
            for step in 0..EVENTS {
                let at =
                    born + step * STEP_S + if step == 0 { 0 } else { mixed(number * EVENTS + step) % STEP_S };
                let small = |number: u64| u32::try_from(number).expect("fits 32 bits");
                order.push((small(at), small(number), u8::try_from(step).expect("ten steps")));
            }
        }
        order.sort_unstable();
        Self { assets, order }
    }

    pub(crate) fn len(&self) -> u64 {
        self.order.len() as u64
    }

    /// The events in the order of the log.
    pub(crate) fn events(&self) -> impl Iterator<Item = Envelope> + '_ {
        (1..).zip(&self.order).map(|(position, (second, number, step))| {
            self.envelope(position, u64::from(*second), u64::from(*number), u64::from(*step))
        })
    }

    fn envelope(&self, position: u64, second: u64, number: u64, step: u64) -> Envelope {
        let recorded_at = start() + TimeDelta::seconds(second.cast_signed());
        let event = self.event(number, step);
        let is_late = mixed(position).is_multiple_of(50) && !matches!(event, AssetEvent::Corrected(_));
        // Late by less than what lies between two events of a life, mostly.
        let late_s = if is_late { mixed(position + 1) % (STEP_S / 4) } else { 0 };
        Envelope {
            id: EventId(id(9, position)),
            tenant: "main".to_owned(),
            aggregate: AggregateRef::new(AggregateKind::Asset, asset(number).0),
            aggregate_version: step + 1,
            recorded_at,
            effective_at: recorded_at - TimeDelta::seconds(late_s.cast_signed()),
            actor: "018cc251-f400-7000-8000-000000000001".to_owned(),
            actor_kind: ActorKind::Service,
            command_id: CommandId(id(9, position)),
            command_digest: String::new(),
            correlation_id: String::new(),
            causation_id: None,
            reason: None,
            event: Event::Asset(event),
        }
    }

    fn person(&self, number: u64) -> Custodian {
        let people = (self.assets / ASSETS_PER_PERSON).max(1);
        Custodian::Person(PersonId(id(4, mixed(number) % people)))
    }

    fn event(&self, number: u64, step: u64) -> AssetEvent {
        let (one, other) = (self.person(number), self.person(number + 1));
        let deployed = |custodian, acceptance| {
            let (location_id, due_back_on) = (Some(location(number + step)), None);
            AssetEvent::Deployed(AssetDeployed { custodian, acceptance, location_id, due_back_on })
        };
        match step {
            0 => AssetEvent::Registered(AssetRegistered { facts: Box::new(facts(number)) }),
            1 => deployed(one, AcceptanceRule::Required),
            2 => AssetEvent::CustodyAccepted(AssetCustodyAccepted {}),
            4 => AssetEvent::Reassigned(AssetReassigned {
                from: one,
                to: other,
                acceptance: AcceptanceRule::NotRequired,
                location_id: None,
                due_back_on: Some(day(number + 700)),
            }),
            5 => AssetEvent::Returned(AssetReturned {
                from: other,
                location_id: Some(location(number)),
                condition: Some(Condition::Good),
            }),
            6 => AssetEvent::MaintenanceStarted(AssetMaintenanceStarted {
                kind: MaintenanceKind::Repair,
                from: None,
                vendor_id: None,
                expected_back_on: Some(day(number + 30)),
                description: None,
            }),
            7 => AssetEvent::MaintenanceCompleted(AssetMaintenanceCompleted {
                outcome: MaintenanceOutcome::Repaired,
                cost: None,
                location_id: Some(location(number + 3)),
                condition: None,
            }),
            8 if number.is_multiple_of(100) => AssetEvent::Corrected(AssetCorrected {
                changes: vec![FactChange::Costs { old: None, new: Some(price(number + 1)) }],
            }),
            9 => deployed(other, AcceptanceRule::NotRequired),
            _ => AssetEvent::Verified(AssetVerified {
                location_id: None,
                condition: Some(Condition::Good),
                campaign_id: None,
            }),
        }
    }
}

fn price(number: u64) -> AcquisitionCosts {
    let currency = if number.is_multiple_of(5) { "USD" } else { "EUR" };
    let currency = Currency::try_new(currency).expect("these currencies exist");
    let minor = (60_000 + mixed(number) % 240_000).cast_signed();
    AcquisitionCosts::of_price(Money::from_minor(minor, currency).expect("prices are positive"))
}

fn facts(number: u64) -> AssetFacts {
    AssetFacts {
        hardware_kind: Some(if mixed(number).is_multiple_of(3) {
            HardwareKind::Monitor
        } else {
            HardwareKind::Laptop
        }),
        manufacturer: Some(short("Lenovo")),
        data_bearing: true,
        tag: Some(Tag(short(&tag(number)))),
        serial: Some(Serial(short(&format!("{:012X}", mixed(number) >> 16)))),
        condition: Some(Condition::New),
        costs: Some(price(number)),
        acquired_on: Some(day(number)),
        order_number: Some(short(&format!("PO-{}", number / 40))),
        warranty_until: Some(day(number + 700)),
        location_id: Some(location(number)),
        department_id: Some(DepartmentId(id(3, mixed(number) % DEPARTMENTS))),
        ..AssetFacts::new(ModelId(id(5, mixed(number) % MODELS)), AssetKind::Hardware)
    }
}
