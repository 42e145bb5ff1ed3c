//! Random histories: any event on any thing, since facts cannot be refused.

use chrono::{Days, NaiveDate};
use itam_domain::asset::{
    AcquisitionCosts, AssetArrived, AssetCancelled, AssetCharged, AssetCorrected, AssetCustodyAccepted,
    AssetDeployed, AssetDisposed, AssetEvent, AssetFacts, AssetHoldPlaced, AssetHoldReleased,
    AssetMaintenanceStarted, AssetReassigned, AssetRelocated, AssetReportedMissing, AssetReserved,
    AssetRetired, AssetReturned, AssetSanitized, AssetShipped, AssetVerified, AssetVoided, Custodian,
    FactChange,
};
use itam_domain::vocabulary::{
    AcceptanceRule, Condition, DataClassification, DisposalMethod, HoldKind, LossKind, MaintenanceKind,
    RetirementCause, SanitizationMethod,
};
use itam_domain::{DepartmentId, Envelope, Event, ModelId, Note, Tag};
use uuid::Uuid;

use crate::support::{
    envelope, euro, facts, id, location, location_named, model_named, person, project, registered, tagged,
    text, with_serial,
};

/// A small generator of numbers (`SplitMix64`), so that a seed names a history.
pub(crate) struct Dice(pub u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((mixed >> 32) % u64::from(sides)).expect("fits")
    }

    fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.roll(u32::try_from(list.len()).expect("small")) as usize]
    }
}

/// A history of `length` events on a handful of things.
pub(crate) fn history(seed: u64, length: u64) -> Vec<Envelope> {
    let mut dice = Dice(seed);
    (1..=length)
        .map(|position| {
            let (id, event) = event(&mut dice);
            envelope(position, id, event)
        })
        .collect()
}

fn event(dice: &mut Dice) -> (Uuid, Event) {
    match dice.roll(20) {
        0 => (
            id(900_000 + dice.roll(4)),
            model_named(dice.one_of(&["ThinkPad T14", "MacBook Pro", "OptiPlex"])).into(),
        ),
        1 => (location(dice.roll(4)).0, location_named(dice.one_of(&["Berlin", "Lyon", "Store"])).into()),
        2 => procurement(dice),
        _ => (id(dice.roll(30)), asset_event(dice).into()),
    }
}

fn procurement(dice: &mut Dice) -> (Uuid, Event) {
    crate::procurement::random_event(dice.roll(12))
}

fn asset_event(dice: &mut Dice) -> AssetEvent {
    let day = NaiveDate::from_ymd_opt(2026, 3, 1).expect("day") + Days::new(u64::from(dice.roll(60)));
    let place = Some(location(dice.roll(4))).filter(|_| dice.roll(3) > 0);
    let custodian = custodian(dice);
    let (acceptance, due_back_on) =
        (dice.one_of(AcceptanceRule::ALL), Some(day).filter(|_| dice.roll(2) == 0));
    match dice.roll(24) {
        0..=4 => registered(random_facts(dice)),
        5 | 6 => {
            AssetEvent::Deployed(AssetDeployed { custodian, acceptance, location_id: place, due_back_on })
        }
        7 => {
            let from = self::custodian(dice);
            AssetEvent::Reassigned(AssetReassigned {
                from,
                to: custodian,
                acceptance,
                location_id: place,
                due_back_on,
            })
        }
        8 => AssetEvent::Returned(AssetReturned {
            from: custodian,
            location_id: place,
            condition: Some(Condition::Good),
        }),
        9 => AssetEvent::Reserved(AssetReserved { reserved_for: custodian, until: due_back_on }),
        10 => AssetEvent::Shipped(AssetShipped {
            destination_id: location(1),
            carrier: None,
            tracking_number: Some(text("1Z")),
        }),
        11 => AssetEvent::Arrived(AssetArrived { location_id: place }),
        12 => AssetEvent::MaintenanceStarted(AssetMaintenanceStarted {
            kind: MaintenanceKind::Repair,
            from: Some(custodian),
            vendor_id: None,
            expected_back_on: due_back_on,
            description: None,
        }),
        13 => AssetEvent::ReportedMissing(AssetReportedMissing {
            loss: LossKind::Stolen,
            from: Some(custodian),
            report_number: None,
        }),
        14 => AssetEvent::Verified(AssetVerified { location_id: place, condition: None, campaign_id: None }),
        15 => AssetEvent::HoldPlaced(AssetHoldPlaced { hold: dice.one_of(HoldKind::ALL), case_number: None }),
        16 => AssetEvent::HoldReleased(AssetHoldReleased { hold: dice.one_of(HoldKind::ALL) }),
        18 => AssetEvent::Relocated(AssetRelocated { location_id: location(dice.roll(3)) }),
        17 => AssetEvent::Charged(AssetCharged {
            project_id: Some(project(dice.roll(3))).filter(|_| dice.roll(4) > 0),
        }),
        _ => life_event(dice),
    }
}

fn life_event(dice: &mut Dice) -> AssetEvent {
    match dice.roll(5) {
        0 => correction(dice),
        1 => AssetEvent::Retired(AssetRetired { cause: RetirementCause::Surplus }),
        2 if dice.roll(2) == 0 => AssetEvent::CustodyDeclined(itam_domain::asset::AssetCustodyDeclined {}),
        2 => AssetEvent::CustodyAccepted(AssetCustodyAccepted {}),
        3 => AssetEvent::Sanitized(AssetSanitized {
            method: SanitizationMethod::Purge,
            tool: None,
            certificate_number: None,
            vendor_id: None,
        }),
        _ => match dice.roll(4) {
            0 => AssetEvent::Disposed(AssetDisposed {
                method: DisposalMethod::Sold,
                vendor_id: None,
                proceeds: Some(euro(5)),
                certificate_number: None,
            }),
            1 => AssetEvent::Voided(AssetVoided {}),
            2 => AssetEvent::Cancelled(AssetCancelled {}),
            _ => AssetEvent::ReservationReleased(itam_domain::asset::AssetReservationReleased {}),
        },
    }
}

fn random_facts(dice: &mut Dice) -> AssetFacts {
    let base = match dice.roll(3) {
        0 => facts(),
        _ => tagged(&format!("LT-{:03}", dice.roll(40))),
    };
    let base = if dice.roll(2) == 0 { with_serial(base, &format!("SN{}", dice.roll(50))) } else { base };
    AssetFacts {
        model_id: ModelId(id(900_000 + dice.roll(4))),
        costs: Some(AcquisitionCosts::of_price(euro(i64::from(dice.roll(100_000)))))
            .filter(|_| dice.roll(4) > 0),
        location_id: Some(location(dice.roll(4))).filter(|_| dice.roll(4) > 0),
        department_id: Some(DepartmentId(id(700_000 + dice.roll(3)))).filter(|_| dice.roll(2) == 0),
        project_id: Some(project(dice.roll(3))).filter(|_| dice.roll(2) == 0),
        name: Some(text(dice.one_of(&["web server", "front desk", "Büro 7"]))).filter(|_| dice.roll(2) == 0),
        notes: Note::try_new("bought second hand").ok().filter(|_| dice.roll(5) == 0),
        data_classification: Some(dice.one_of(DataClassification::ALL)).filter(|_| dice.roll(4) > 0),
        warranty_until: Some(day(dice)).filter(|_| dice.roll(2) == 0),
        end_of_life_on: Some(day(dice)).filter(|_| dice.roll(3) == 0),
        ..base
    }
}

fn day(dice: &mut Dice) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 1).expect("day") + Days::new(u64::from(dice.roll(60)))
}

pub(crate) fn correction(dice: &mut Dice) -> AssetEvent {
    let change = match dice.roll(9) {
        0 => FactChange::Tag { old: None, new: Some(Tag(text(&format!("NEW-{}", dice.roll(9))))) },
        1 => FactChange::Costs {
            old: None,
            new: Some(AcquisitionCosts::of_price(euro(i64::from(dice.roll(900))))),
        },
        2 => FactChange::Location { old: None, new: Some(location(dice.roll(4))) },
        3 => FactChange::Model {
            old: ModelId(id(900_000)),
            new: ModelId(id(900_000 + dice.roll(4))),
            kind: itam_domain::vocabulary::AssetKind::Hardware,
            hardware_kind: Some(itam_domain::vocabulary::HardwareKind::Laptop),
            manufacturer: Some(text("Lenovo")),
        },
        4 => FactChange::Department { old: None, new: Some(DepartmentId(id(700_000 + dice.roll(3)))) },
        5 => FactChange::Project { old: None, new: Some(project(dice.roll(3))).filter(|_| dice.roll(4) > 0) },
        6 => FactChange::WarrantyUntil { old: None, new: Some(day(dice)).filter(|_| dice.roll(3) > 0) },
        7 => FactChange::EndOfLifeOn { old: None, new: Some(day(dice)).filter(|_| dice.roll(3) > 0) },
        _ => FactChange::Name { old: None, new: Some(text("renamed host")) },
    };
    AssetEvent::Corrected(AssetCorrected { changes: vec![change] })
}

fn custodian(dice: &mut Dice) -> Custodian {
    match dice.roll(6) {
        0 => Custodian::Department(DepartmentId(id(700_000 + dice.roll(3)))),
        1 => Custodian::Location(location(dice.roll(4))),
        2 => Custodian::Asset(itam_domain::AssetId(id(dice.roll(30)))),
        _ => Custodian::Person(person(dice.roll(5))),
    }
}
