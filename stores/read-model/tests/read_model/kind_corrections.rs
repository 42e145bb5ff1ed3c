//! Corrections of records: random ones, and what they set right, told a second time and plainly: fact by fact, by hand.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use itam_domain::asset_model::AssetModelEvent;
use itam_domain::audit_campaign::{AuditCampaign, AuditCampaignEvent, AuditCorrected, AuditFact};
use itam_domain::department::DepartmentEvent;
use itam_domain::location::LocationEvent;
use itam_domain::person::{PersonCorrected, PersonEvent, PersonFact};
use itam_domain::project::ProjectEvent;
use itam_domain::purchase_order::{
    PurchaseOrder, PurchaseOrderCorrected, PurchaseOrderEvent, PurchaseOrderFact, PurchaseOrderIssued,
};
use itam_domain::requisition::{
    Requisition, RequisitionCorrected, RequisitionEvent, RequisitionFact, RequisitionSubmitted,
};
use itam_domain::vendor::VendorEvent;
use itam_domain::{Aggregate, Corrected, CorrectedLine, Definition, DefinitionEvent, Envelope, Event};
use itam_read_model::{AuditRecord, Moment, PurchaseOrderRecord, Record, RequisitionRecord, Revised};
use serde_json::{Map, Value};

use crate::history::Dice;

/// What a record was after one of the events that changed it.
pub(crate) struct Told {
    pub(crate) position: u64,
    pub(crate) held_from: DateTime<Utc>,
    /// From when on it sets right what was wrong, if it is a correction.
    pub(crate) corrects_from: Option<DateTime<Utc>>,
    pub(crate) record: Record,
}

impl Told {
    pub(crate) fn new(before: Option<&Self>, position: u64, envelope: &Envelope, record: Record) -> Self {
        let own = envelope.effective_at;
        let held_from = before.map_or(own, |before| before.held_from.max(own));
        let is_correction = envelope.event.event_type().name.ends_with(".corrected");
        let from = if own == envelope.recorded_at { DateTime::<Utc>::MIN_UTC } else { own };
        Self { position, held_from, corrects_from: is_correction.then_some(from), record }
    }
}

/// The record as it stood at a moment, by all that was told of it.
pub(crate) fn stood(told: &[Told], moment: Option<Moment>) -> Option<Record> {
    let Some(moment) = moment else { return told.last().map(|told| told.record.clone()) };
    let known = told.iter().take_while(|told| told.position <= moment.known_at).collect::<Vec<_>>();
    let mut record = known.iter().rev().find(|told| told.held_from <= moment.as_of)?.record.clone();
    for fact in facts(&record) {
        let course = course(&known, &fact);
        let (_, right) = course.iter().rev().find(|(from, _)| *from <= moment.as_of)?;
        (fact.copy)(&mut record, right);
    }
    Some(record)
}

/// From when on a fact reads as it does in which record.
fn course<'a>(known: &[&'a Told], fact: &Fact) -> Vec<(DateTime<Utc>, &'a Record)> {
    let mut course: Vec<(DateTime<Utc>, &Record)> = Vec::new();
    let mut before: Option<&Told> = None;
    for told in known {
        if let (Some(since), Some(before)) = (told.corrects_from, before)
            && (fact.differs)(&before.record, &told.record)
        {
            let stood = course.iter().rev().find(|(from, _)| *from <= since).map(|(_, record)| *record);
            if let Some(stood) = stood {
                let behind = course.iter().filter(|(from, _)| *from <= since).count();
                course.insert(behind, (since, stood));
            }
            for (from, read) in course.iter_mut().rev() {
                if *from < since || (fact.differs)(read, &before.record) {
                    break;
                }
                *read = &told.record;
            }
        }
        course.push((told.held_from, &told.record));
        before = Some(told);
    }
    course
}

type Differs = Box<dyn Fn(&Record, &Record) -> bool>;
type CopyFact = Box<dyn Fn(&mut Record, &Record)>;

/// A fact of a record that can be corrected.
struct Fact {
    differs: Differs,
    copy: CopyFact,
}

/// The fields of a part of a record, which the patterns find.
macro_rules! fields {
    ($pattern:pat => $part:ident: $($field:ident)+) => {
        vec![$(Fact {
            differs: Box::new(|one, other| {
                let read = |record: &Record| match record {
                    $pattern => $part.$field.clone(),
                    other => panic!("{other:?} is of another kind"),
                };
                read(one) != read(other)
            }),
            copy: Box::new(|to, from| {
                let right = match from {
                    $pattern => $part.$field.clone(),
                    other => panic!("{other:?} is of another kind"),
                };
                match to {
                    $pattern => $part.$field = right,
                    other => panic!("{other:?} is of another kind"),
                }
            }),
        }),+]
    };
}

/// The fields of master data of a kind.
macro_rules! defined {
    ($kind:ident: $($field:ident)+) => {
        vec![$(Fact {
            differs: Box::new(|one, other| {
                let (Record::Defined(one), Record::Defined(other)) = (one, other) else { panic!("other kinds") };
                let (Aggregate::$kind(one), Aggregate::$kind(other)) = (&one.item, &other.item) else {
                    panic!("other kinds")
                };
                one.definition.$field != other.definition.$field
            }),
            copy: Box::new(|to, from| {
                let (Record::Defined(to), Record::Defined(from)) = (to, from) else { panic!("other kinds") };
                let (Aggregate::$kind(to), Aggregate::$kind(from)) = (&mut to.item, &from.item) else {
                    panic!("other kinds")
                };
                to.definition.$field.clone_from(&from.definition.$field);
            }),
        }),+]
    };
}

/// A field of a line of the records of a kind.
macro_rules! line_field {
    ($kind:ident, $part:ident, $line:expr, $field:ident) => {{
        let line = $line;
        let read = move |record: &Record| {
            let Record::$kind(record) = record else { panic!("{record:?} is of another kind") };
            record.$part.lines.get(&line).and_then(|progress| progress.line.$field.clone())
        };
        Fact {
            differs: Box::new(move |one, other| read(one) != read(other)),
            copy: Box::new(move |to, from| {
                let Record::$kind(to) = to else { panic!("{to:?} is of another kind") };
                to.$part.lines.get_mut(&line).expect("a line").line.$field = read(from);
            }),
        }
    }};
}

fn facts(record: &Record) -> Vec<Fact> {
    match record {
        Record::Defined(record) => defined_facts(&record.item),
        Record::Person(_) => {
            fields!(Record::Person(Revised { item, .. }) => item: department_id location_id)
        }
        Record::PurchaseOrder(record) => {
            let mut facts = fields!(Record::PurchaseOrder(PurchaseOrderRecord { order, .. }) => order:
                number expected_on notes);
            for line in record.order.lines.keys().copied() {
                facts.push(line_field!(PurchaseOrder, order, line, cost_center_id));
                facts.push(line_field!(PurchaseOrder, order, line, project_id));
            }
            facts
        }
        Record::Requisition(record) => {
            let mut facts = fields!(Record::Requisition(RequisitionRecord { requisition, .. }) => requisition:
                requested_for justification);
            for line in record.requisition.lines.keys().copied() {
                facts.push(line_field!(Requisition, requisition, line, description));
                facts.push(line_field!(Requisition, requisition, line, needed_by));
                facts.push(line_field!(Requisition, requisition, line, cost_center_id));
                facts.push(line_field!(Requisition, requisition, line, project_id));
            }
            facts
        }
        Record::Audit(_) => {
            fields!(Record::Audit(AuditRecord { campaign: AuditCampaign { plan, .. }, .. }) => plan: name lead_id)
        }
    }
}

fn defined_facts(item: &Aggregate) -> Vec<Fact> {
    match item {
        Aggregate::AssetModel(_) => defined!(AssetModel: name kind hardware_kind manufacturer model_number
            data_bearing end_of_life_months notes standing),
        Aggregate::Location(_) => defined!(Location: name kind parent_id address country notes standing),
        Aggregate::Vendor(_) => defined!(Vendor: name account_number website notes standing),
        Aggregate::Department(_) => defined!(Department: name cost_center parent_id notes standing),
        Aggregate::Project(_) => {
            defined!(Project: code name department_id active_from active_until notes standing)
        }
        other => panic!("{other:?} is no master data"),
    }
}

/// Makes a random event a correction of the thing that it happens to, if there is one for that.
pub(crate) fn as_correction(before: &Aggregate, event: Event, dice: &mut Dice) -> Event {
    match (before, event) {
        (Aggregate::AssetModel(old), Event::AssetModel(AssetModelEvent::Defined(new))) => {
            mixed(&old.definition, &new, dice).into()
        }
        (Aggregate::Location(old), Event::Location(LocationEvent::Defined(new))) => {
            mixed(&old.definition, &new, dice).into()
        }
        (Aggregate::Vendor(old), Event::Vendor(VendorEvent::Defined(new))) => {
            mixed(&old.definition, &new, dice).into()
        }
        (Aggregate::Department(old), Event::Department(DepartmentEvent::Defined(new))) => {
            mixed(&old.definition, &new, dice).into()
        }
        (Aggregate::Project(old), Event::Project(ProjectEvent::Defined(new))) => {
            mixed(&old.definition, &new, dice).into()
        }
        (Aggregate::Person(old), Event::Person(PersonEvent::Added(new))) => {
            let changes = some_of(
                dice,
                [
                    PersonFact::Department(corrected(&old.department_id, &new.department_id)),
                    PersonFact::Location(corrected(&old.location_id, &new.location_id)),
                ],
            );
            PersonEvent::Corrected(PersonCorrected { changes }).into()
        }
        (Aggregate::PurchaseOrder(old), Event::PurchaseOrder(PurchaseOrderEvent::Issued(new))) => {
            let changes = some_of(dice, order_facts(old, &new));
            PurchaseOrderEvent::Corrected(PurchaseOrderCorrected { changes }).into()
        }
        (Aggregate::Requisition(old), Event::Requisition(RequisitionEvent::Submitted(new))) => {
            let changes = some_of(dice, requisition_facts(old, &new));
            RequisitionEvent::Corrected(RequisitionCorrected { changes }).into()
        }
        (Aggregate::AuditCampaign(old), Event::AuditCampaign(AuditCampaignEvent::Planned(new))) => {
            let changes = some_of(
                dice,
                [
                    AuditFact::Name(corrected(&old.plan.name, &new.name)),
                    AuditFact::Lead(corrected(&old.plan.lead_id, &new.lead_id)),
                ],
            );
            AuditCampaignEvent::Corrected(AuditCorrected { changes }).into()
        }
        (_, event) => event,
    }
}

fn some_of<F>(dice: &mut Dice, facts: impl IntoIterator<Item = F>) -> Vec<F> {
    facts.into_iter().filter(|_| dice.roll(2) == 0).collect()
}

fn corrected<T: Clone>(old: &T, new: &T) -> Corrected<T> {
    Corrected { old: old.clone(), new: new.clone() }
}

fn of_line<T: Clone>(line: u32, old: &T, new: &T) -> CorrectedLine<T> {
    CorrectedLine { line, old: old.clone(), new: new.clone() }
}

fn order_facts(old: &PurchaseOrder, new: &PurchaseOrderIssued) -> Vec<PurchaseOrderFact> {
    let mut facts = vec![
        PurchaseOrderFact::Number(corrected(&old.number, &new.number)),
        PurchaseOrderFact::ExpectedOn(corrected(&old.expected_on, &new.expected_on)),
        PurchaseOrderFact::Notes(corrected(&old.notes, &new.notes)),
    ];
    for ((line, progress), new) in old.lines.iter().zip(&new.lines) {
        let (line, was) = (*line, &progress.line);
        facts.push(PurchaseOrderFact::CostCenter(of_line(line, &was.cost_center_id, &new.cost_center_id)));
        facts.push(PurchaseOrderFact::Project(of_line(line, &was.project_id, &new.project_id)));
    }
    facts
}

fn requisition_facts(old: &Requisition, new: &RequisitionSubmitted) -> Vec<RequisitionFact> {
    let mut facts = vec![
        RequisitionFact::RequestedFor(corrected(&old.requested_for, &new.requested_for)),
        RequisitionFact::Justification(corrected(&old.justification, &new.justification)),
    ];
    for ((line, progress), new) in old.lines.iter().zip(&new.lines) {
        let (line, was) = (*line, &progress.line);
        facts.push(RequisitionFact::Description(of_line(line, &was.description, &new.description)));
        facts.push(RequisitionFact::NeededBy(of_line(line, &was.needed_by, &new.needed_by)));
        facts.push(RequisitionFact::CostCenter(of_line(line, &was.cost_center_id, &new.cost_center_id)));
        facts.push(RequisitionFact::Project(of_line(line, &was.project_id, &new.project_id)));
    }
    facts
}

/// A correction of some of the fields.
fn mixed<D: Definition>(old: &D, new: &D, dice: &mut Dice) -> DefinitionEvent<D> {
    let fields = |definition: &D| -> Map<String, Value> {
        let value = serde_json::to_value(definition).expect("JSON");
        value.as_object().expect("an object").clone()
    };
    let (mut mixed, new) = (fields(old), fields(new));
    let names: BTreeSet<String> = mixed.keys().chain(new.keys()).cloned().collect();
    for name in names.into_iter().filter(|_| dice.roll(3) == 0) {
        match new.get(&name) {
            Some(value) => drop(mixed.insert(name, value.clone())),
            None => drop(mixed.remove(&name)),
        }
    }
    let new = serde_json::from_value(Value::Object(mixed)).expect("a definition");
    DefinitionEvent::Corrected(Box::new(Corrected { old: old.clone(), new }))
}
