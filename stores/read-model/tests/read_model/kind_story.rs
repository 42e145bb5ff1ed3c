//! Random histories of every kind of record: any event on any thing, since facts cannot be refused.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use itam_domain::asset::AcquisitionCosts;
use itam_domain::asset_model::{AssetModelDefined, AssetModelEvent};
use itam_domain::audit_campaign::{
    AuditCampaignEvent, AuditCancelled, AuditClosed, AuditPlanned, AuditScope, AuditStarted,
};
use itam_domain::department::{DepartmentDefined, DepartmentEvent};
use itam_domain::location::{LocationDefined, LocationEvent};
use itam_domain::person::{PersonAdded, PersonDeactivated, PersonErased, PersonEvent};
use itam_domain::project::{ProjectDefined, ProjectEvent};
use itam_domain::purchase_order::{
    AmendedLine, DeliveryReceived, DeliveryRejected, PurchaseOrderAmended, PurchaseOrderCancelled,
    PurchaseOrderClosed, PurchaseOrderEvent, PurchaseOrderIssued, PurchaseOrderLine, RequisitionLineRef,
};
use itam_domain::requisition::{
    LineQuantity, RequisitionApproved, RequisitionCancelled, RequisitionEvent, RequisitionLine,
    RequisitionOrdered, RequisitionRejected, RequisitionSubmitted,
};
use itam_domain::vendor::{VendorDefined, VendorEvent};
use itam_domain::vocabulary::{AssetKind, HardwareKind, LocationKind, Standing};
use itam_domain::{
    Aggregate, AggregateKind, Currency, DepartmentId, Envelope, Event, LocationId, ModelId, Money, Note,
    PersonId, ProjectId, PurchaseOrderId, RequisitionId, ShortText, VendorId, evolve,
};
use uuid::Uuid;

use crate::history::Dice;
use crate::kind_corrections::as_correction;
use crate::support::{asset, envelope, id, noon, text};

/// Names that have words, beginnings and each other in common.
pub(crate) const NAMES: [&str; 8] =
    ["ThinkPad T14", "Think tank", "tank 14", "Ärzte & Co", "ärzte", "North-West 7", "north", "#7"];

/// How many things of each kind there are.
const THINGS: u32 = 6;

/// The id of a thing.
pub(crate) fn thing(kind: AggregateKind, number: u32) -> Uuid {
    let kinds = AggregateKind::ALL.iter().position(|other| *other == kind).expect("a kind");
    id(100_000 * (1 + u32::try_from(kinds).expect("few")) + number)
}

/// A history of `length` events, some entered late, some corrections.
pub(crate) fn story(seed: u64, length: u64) -> Vec<Envelope> {
    let mut dice = Dice(seed);
    let mut things: BTreeMap<Uuid, Aggregate> = BTreeMap::new();
    let dated = (1..=length).map(|position| {
        let kinds = u32::try_from(AggregateKind::ALL.len()).expect("few");
        let (kind, event) = loop {
            let kind = AggregateKind::ALL[dice.roll(kinds) as usize];
            if let Some(event) = event(kind, &mut dice) {
                break (kind, event);
            }
        };
        let id = thing(kind, dice.roll(THINGS));
        let before = things.remove(&id);
        let event = match &before {
            Some(before) if dice.roll(3) == 0 => as_correction(before, event, &mut dice),
            _ => event,
        };
        things.extend(evolve(id, before, &event, "somebody").map(|after| (id, after)));
        let mut envelope = envelope(position, id, event);
        if dice.roll(3) == 0 {
            envelope.effective_at = noon(0) + TimeDelta::minutes(i64::from(dice.roll(120)));
        }
        envelope.actor = match dice.roll(3) {
            0 => "requester-1".to_owned(),
            number => thing(AggregateKind::Person, number).to_string(),
        };
        envelope
    });
    dated.collect()
}

/// Some event of a kind; `None` of what is no record.
fn event(kind: AggregateKind, dice: &mut Dice) -> Option<Event> {
    Some(match kind {
        AggregateKind::Asset | AggregateKind::AuditFinding => return None,
        AggregateKind::AssetModel => model(dice).into(),
        AggregateKind::Location => location(dice).into(),
        AggregateKind::Vendor => vendor(dice).into(),
        AggregateKind::Department => department(dice).into(),
        AggregateKind::Project => project(dice).into(),
        AggregateKind::Person => person(dice).into(),
        AggregateKind::Requisition => requisition(dice).into(),
        AggregateKind::PurchaseOrder => order(dice).into(),
        AggregateKind::AuditCampaign => audit(dice).into(),
    })
}

fn some<T>(dice: &mut Dice, value: T) -> Option<T> {
    (dice.roll(3) > 0).then_some(value)
}

fn name(dice: &mut Dice) -> ShortText {
    text(NAMES[dice.roll(8) as usize])
}

fn note(dice: &mut Dice) -> Option<Note> {
    let words = NAMES[dice.roll(8) as usize];
    some(dice, Note::try_new(&format!("for {words}")).expect("a note"))
}

fn standing(dice: &mut Dice) -> Standing {
    Standing::ALL[dice.roll(2) as usize]
}

fn refer(dice: &mut Dice, kind: AggregateKind) -> Uuid {
    thing(kind, dice.roll(3))
}

fn money(dice: &mut Dice) -> Money {
    let currency = Currency::try_new(["EUR", "USD"][dice.roll(2) as usize]).expect("a code");
    Money::from_minor(i64::from(dice.roll(5)) * 100, currency).expect("money")
}

fn day(dice: &mut Dice) -> NaiveDate {
    noon(i64::from(dice.roll(4))).date_naive()
}

fn model(dice: &mut Dice) -> AssetModelEvent {
    let (maker, number) = (name(dice), name(dice));
    AssetModelEvent::Defined(AssetModelDefined {
        name: name(dice),
        kind: AssetKind::ALL[dice.roll(2) as usize],
        hardware_kind: some(dice, HardwareKind::Laptop),
        manufacturer: some(dice, maker),
        model_number: some(dice, number),
        data_bearing: true,
        end_of_life_months: None,
        notes: None,
        standing: standing(dice),
    })
}

fn location(dice: &mut Dice) -> LocationEvent {
    let parent = LocationId(refer(dice, AggregateKind::Location));
    LocationEvent::Defined(LocationDefined {
        name: name(dice),
        kind: LocationKind::ALL[dice.roll(2) as usize],
        parent_id: some(dice, parent),
        address: None,
        country: None,
        notes: None,
        standing: standing(dice),
    })
}

fn vendor(dice: &mut Dice) -> VendorEvent {
    let account = name(dice);
    VendorEvent::Defined(VendorDefined {
        name: name(dice),
        account_number: some(dice, account),
        website: None,
        notes: None,
        standing: standing(dice),
    })
}

fn department(dice: &mut Dice) -> DepartmentEvent {
    let (center, parent) = (name(dice), DepartmentId(refer(dice, AggregateKind::Department)));
    DepartmentEvent::Defined(DepartmentDefined {
        name: name(dice),
        cost_center: some(dice, center),
        parent_id: some(dice, parent),
        notes: None,
        standing: standing(dice),
    })
}

fn project(dice: &mut Dice) -> ProjectEvent {
    let department = DepartmentId(refer(dice, AggregateKind::Department));
    ProjectEvent::Defined(ProjectDefined {
        code: name(dice),
        name: name(dice),
        department_id: some(dice, department),
        active_from: None,
        active_until: None,
        notes: None,
        standing: standing(dice),
    })
}

fn person(dice: &mut Dice) -> PersonEvent {
    let department = DepartmentId(refer(dice, AggregateKind::Department));
    let location = LocationId(refer(dice, AggregateKind::Location));
    match dice.roll(6) {
        0 => PersonEvent::Deactivated(PersonDeactivated {}),
        1 => PersonEvent::Erased(PersonErased {}),
        _ => PersonEvent::Added(PersonAdded {
            department_id: some(dice, department),
            location_id: some(dice, location),
        }),
    }
}

fn requisition(dice: &mut Dice) -> RequisitionEvent {
    let order = PurchaseOrderId(refer(dice, AggregateKind::PurchaseOrder));
    match dice.roll(8) {
        0 => RequisitionEvent::Rejected(RequisitionRejected {}),
        1 => RequisitionEvent::Cancelled(RequisitionCancelled {}),
        2 | 3 => {
            RequisitionEvent::Approved(RequisitionApproved { role: "manager".to_owned(), totals: vec![] })
        }
        4 | 5 => RequisitionEvent::Ordered(RequisitionOrdered {
            purchase_order_id: order,
            lines: vec![LineQuantity { line: 1 + dice.roll(2), quantity: dice.roll(3) }],
        }),
        _ => {
            let person = PersonId(refer(dice, AggregateKind::Person));
            RequisitionEvent::Submitted(RequisitionSubmitted {
                lines: (0..=dice.roll(2)).map(|_| requisition_line(dice)).collect(),
                requested_for: some(dice, person),
                justification: note(dice),
            })
        }
    }
}

fn requisition_line(dice: &mut Dice) -> RequisitionLine {
    let model = ModelId(refer(dice, AggregateKind::AssetModel));
    let (department, description) = (DepartmentId(refer(dice, AggregateKind::Department)), name(dice));
    let (project, due) = (ProjectId(refer(dice, AggregateKind::Project)), day(dice));
    RequisitionLine {
        model_id: some(dice, model),
        description: some(dice, description),
        quantity: 1 + dice.roll(2),
        estimated_unit_price: money(dice),
        needed_by: some(dice, due),
        cost_center_id: some(dice, department),
        project_id: some(dice, project),
    }
}

fn order(dice: &mut Dice) -> PurchaseOrderEvent {
    let line = 1 + dice.roll(2);
    match dice.roll(10) {
        0 => PurchaseOrderEvent::Cancelled(PurchaseOrderCancelled {}),
        1 => PurchaseOrderEvent::Closed(PurchaseOrderClosed {}),
        2 => PurchaseOrderEvent::DeliveryRejected(DeliveryRejected { line, asset_id: asset(1) }),
        3 => {
            let (price, due) = (money(dice), day(dice));
            let project = ProjectId(refer(dice, AggregateKind::Project));
            let (unit_price, project_id) = (some(dice, price), some(dice, project));
            let changed = vec![AmendedLine { line: 1, quantity: Some(3), unit_price, project_id }];
            let added = (0..dice.roll(2)).map(|_| order_line(dice)).collect();
            let expected_on = some(dice, due);
            PurchaseOrderEvent::Amended(PurchaseOrderAmended { changed, added, expected_on })
        }
        4 | 5 => PurchaseOrderEvent::DeliveryReceived(DeliveryReceived {
            line,
            quantity: 1,
            location_id: LocationId(refer(dice, AggregateKind::Location)),
            costs: AcquisitionCosts::of_price(money(dice)),
            delivery_note: None,
        }),
        _ => {
            let due = day(dice);
            PurchaseOrderEvent::Issued(PurchaseOrderIssued {
                number: text(&format!("PO {}", NAMES[dice.roll(8) as usize])),
                vendor_id: VendorId(refer(dice, AggregateKind::Vendor)),
                lines: (0..=dice.roll(2)).map(|_| order_line(dice)).collect(),
                expected_on: some(dice, due),
                notes: note(dice),
            })
        }
    }
}

fn order_line(dice: &mut Dice) -> PurchaseOrderLine {
    let requisition_id = RequisitionId(refer(dice, AggregateKind::Requisition));
    let requisition = RequisitionLineRef { requisition_id, line: 1 + dice.roll(2) };
    let department = DepartmentId(refer(dice, AggregateKind::Department));
    let project = ProjectId(refer(dice, AggregateKind::Project));
    PurchaseOrderLine {
        model_id: ModelId(refer(dice, AggregateKind::AssetModel)),
        quantity: 1 + dice.roll(2),
        unit_price: money(dice),
        requisition_line: some(dice, requisition),
        cost_center_id: some(dice, department),
        project_id: some(dice, project),
    }
}

fn audit(dice: &mut Dice) -> AuditCampaignEvent {
    let result = AuditClosed { expected: 0, found: 0, found_elsewhere: 0, missing: 0, unexpected: 0 };
    match dice.roll(6) {
        0 => AuditCampaignEvent::Started(AuditStarted { scope: Box::default(), as_of: None }),
        1 => AuditCampaignEvent::Closed(result),
        2 => AuditCampaignEvent::Cancelled(AuditCancelled {}),
        _ => {
            let lead = PersonId(refer(dice, AggregateKind::Person));
            AuditCampaignEvent::Planned(AuditPlanned {
                name: name(dice),
                scope: Box::<AuditScope>::default(),
                as_of: None,
                lead_id: some(dice, lead),
            })
        }
    }
}
