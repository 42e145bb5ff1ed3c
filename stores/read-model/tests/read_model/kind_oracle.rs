//! What a record is found by, told a second time and plainly.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use itam_domain::person::PersonStanding;
use itam_domain::requisition::RequisitionLine;
use itam_domain::{Aggregate, Currency, Money, ShortText, normalize};
use itam_read_model::{
    FacetValue, PurchaseOrderRecord, PurchaseOrderStatus, Record, RequisitionRecord, RequisitionStatus,
};
use uuid::Uuid;

/// A line of a record with what is said of the whole, or the whole where it has no lines.
#[derive(Clone, Default)]
pub(crate) struct Share {
    pub(crate) values: BTreeMap<&'static str, FacetValue>,
    pub(crate) sums: BTreeMap<(&'static str, Currency), i128>,
}

impl Share {
    fn word(mut self, name: &'static str, word: &'static str) -> Self {
        self.values.insert(name, FacetValue::Word(word));
        self
    }

    fn thing(mut self, name: &'static str, id: Option<Uuid>) -> Self {
        if let Some(id) = id {
            self.values.insert(name, FacetValue::Thing(id));
        }
        self
    }

    fn amount(mut self, name: &'static str, price: Money, pieces: u32) -> Self {
        let minor = i128::from(price.minor()) * i128::from(pieces);
        *self.sums.entry((name, price.currency())).or_default() += minor;
        self
    }
}

pub(crate) fn shares(record: &Record) -> Vec<Share> {
    let one = Share::default();
    match record {
        Record::Defined(record) => vec![defined_share(&record.item)],
        Record::Person(record) => {
            let one = one.word("standing", record.item.standing.as_str());
            let one = one.thing("department_id", record.item.department_id.map(|id| id.0));
            vec![one.thing("location_id", record.item.location_id.map(|id| id.0))]
        }
        Record::Requisition(record) => requisition_shares(record),
        Record::PurchaseOrder(record) => order_shares(record),
        Record::Audit(record) => {
            let lead = record.campaign.plan.lead_id.map(|id| id.0);
            vec![one.word("stage", record.status().as_str()).thing("lead_id", lead)]
        }
    }
}

fn defined_share(item: &Aggregate) -> Share {
    let one = Share::default();
    match item {
        Aggregate::AssetModel(item) => {
            let it = &item.definition;
            let one = one.word("standing", it.standing.as_str()).word("kind", it.kind.as_str());
            match it.hardware_kind {
                Some(hardware) => one.word("hardware_kind", hardware.as_str()),
                None => one,
            }
        }
        Aggregate::Location(item) => {
            let it = &item.definition;
            let one = one.word("standing", it.standing.as_str()).word("kind", it.kind.as_str());
            one.thing("parent_id", it.parent_id.map(|id| id.0))
        }
        Aggregate::Vendor(item) => one.word("standing", item.definition.standing.as_str()),
        Aggregate::Department(item) => {
            let it = &item.definition;
            let one = one.word("standing", it.standing.as_str());
            one.thing("parent_id", it.parent_id.map(|id| id.0))
        }
        Aggregate::Project(item) => {
            let it = &item.definition;
            let one = one.word("standing", it.standing.as_str());
            one.thing("department_id", it.department_id.map(|id| id.0))
        }
        other => panic!("{other:?} is no master data"),
    }
}

fn requisition_shares(record: &RequisitionRecord) -> Vec<Share> {
    let it = &record.requisition;
    let mut whole = Share::default().word("stage", record.status().as_str());
    whole = whole.thing("requested_for", it.requested_for.map(|id| id.0));
    whole.values.insert("requester", FacetValue::Actor(it.requester.clone()));
    let share = |line: &RequisitionLine| {
        let share = whole.clone().thing("department_id", line.cost_center_id.map(|id| id.0));
        let share = share.thing("project_id", line.project_id.map(|id| id.0));
        let share = share.thing("model_id", line.model_id.map(|id| id.0));
        share.amount("estimated", line.estimated_unit_price, line.quantity)
    };
    it.lines.values().map(|progress| share(&progress.line)).collect()
}

fn order_shares(record: &PurchaseOrderRecord) -> Vec<Share> {
    let (status, vendor) = (record.status(), record.order.vendor_id.0);
    let whole = Share::default().word("stage", status.as_str()).thing("vendor_id", Some(vendor));
    let is_cancelled = status == PurchaseOrderStatus::Cancelled;
    let is_awaited = !is_cancelled && status != PurchaseOrderStatus::Closed;
    let lines = record.order.lines.values().map(|progress| {
        let line = &progress.line;
        let share = whole.clone().thing("department_id", line.cost_center_id.map(|id| id.0));
        let share = share.thing("project_id", line.project_id.map(|id| id.0));
        let share = share.thing("model_id", Some(line.model_id.0));
        let mut share =
            share.thing("requisition_id", line.requisition_line.map(|line| line.requisition_id.0));
        if !is_cancelled {
            share = share.amount("ordered", line.unit_price, line.quantity);
            share = share.amount("received", line.unit_price, progress.received);
        }
        if is_awaited {
            let left = line.quantity.saturating_sub(progress.received);
            share = share.amount("awaited", line.unit_price, left);
        }
        share
    });
    lines.collect()
}

/// What a record is called, if anything.
pub(crate) fn name(record: &Record) -> Option<String> {
    let name = match record {
        Record::Defined(record) => defined_texts(&record.item).0,
        Record::PurchaseOrder(record) => &record.order.number,
        Record::Audit(record) => &record.campaign.plan.name,
        Record::Person(_) | Record::Requisition(_) => return None,
    };
    Some(normalize(name.as_str()))
}

/// What master data is called, and the texts whose words find it.
fn defined_texts(item: &Aggregate) -> (&ShortText, Vec<Option<&ShortText>>) {
    match item {
        Aggregate::AssetModel(item) => {
            let it = &item.definition;
            (&it.name, vec![it.manufacturer.as_ref(), it.model_number.as_ref()])
        }
        Aggregate::Location(item) => (&item.definition.name, Vec::new()),
        Aggregate::Vendor(item) => {
            let it = &item.definition;
            (&it.name, vec![it.account_number.as_ref()])
        }
        Aggregate::Department(item) => {
            let it = &item.definition;
            (&it.name, vec![it.cost_center.as_ref()])
        }
        Aggregate::Project(item) => {
            let it = &item.definition;
            (&it.name, vec![Some(&it.code)])
        }
        other => panic!("{other:?} is no master data"),
    }
}

/// The texts whose words find it, beside its name.
fn texts(record: &Record) -> Vec<String> {
    let mut found: Vec<Option<String>> = Vec::new();
    match record {
        Record::Defined(record) => {
            let texts = defined_texts(&record.item).1.into_iter();
            found.extend(texts.map(|text| text.map(ToString::to_string)));
        }
        Record::Requisition(record) => {
            found.push(record.requisition.justification.as_ref().map(ToString::to_string));
            let lines = record.requisition.lines.values();
            found.extend(lines.map(|line| line.line.description.as_ref().map(ToString::to_string)));
        }
        Record::PurchaseOrder(record) => found.push(record.order.notes.as_ref().map(ToString::to_string)),
        Record::Person(_) | Record::Audit(_) => {}
    }
    found.push(name(record));
    if let Record::Defined(record) = record
        && let Aggregate::AssetModel(item) = &record.item
    {
        found.push(Some(item.definition.kind.as_str().replace('_', " ")));
        found.push(item.definition.hardware_kind.map(|kind| kind.as_str().replace('_', " ")));
    }
    found.into_iter().flatten().map(|text| itam_labels::search_form(&text)).collect()
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

/// Whether what somebody typed finds a record.
pub(crate) fn is_found(record: &Record, typed: &str) -> bool {
    let typed = normalize(typed);
    if name(record).is_some_and(|name| name.starts_with(&typed)) {
        return true;
    }
    if let Record::PurchaseOrder(record) = record
        && typed.chars().count() >= 4
        && normalize(record.order.number.as_str()).ends_with(&typed)
    {
        return true;
    }
    let typed = itam_labels::search_form(&typed);
    let texts = texts(record);
    let has = |wanted: &str| {
        texts.iter().flat_map(|text| words(text)).any(|word| word.to_owned().starts_with(wanted))
    };
    let wanted = words(&typed);
    !wanted.is_empty() && wanted.iter().all(|word| has(word))
}

/// When a record, or lines of it, came onto a worklist.
pub(crate) fn waits(
    record: &Record,
    worklist: &str,
    before: Option<NaiveDate>,
) -> Vec<(DateTime<Utc>, Option<u32>)> {
    match record {
        Record::Requisition(record) => {
            let created = record.revision.created.effective_at;
            let since = match (worklist, record.status()) {
                ("pending-requisitions", RequisitionStatus::Submitted) => Some(created),
                (
                    "requisitions-to-order",
                    RequisitionStatus::Approved | RequisitionStatus::PartiallyOrdered,
                ) => Some(record.settlement.as_ref().map_or(created, |settled| settled.at)),
                _ => None,
            };
            since.map(|since| (since, None)).into_iter().collect()
        }
        Record::PurchaseOrder(record) => {
            let midnight = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc();
            let issued = record.revision.created.effective_at.date_naive();
            let open = record.open_lines();
            match worklist {
                "open-order-lines" => {
                    let due = midnight(record.order.expected_on.unwrap_or(issued));
                    open.iter().map(|(line, _)| (due, Some(*line))).collect()
                }
                "overdue-orders" if !open.is_empty() => {
                    let due =
                        record.order.expected_on.filter(|due| before.is_none_or(|before| *due < before));
                    due.map(|due| (midnight(due), None)).into_iter().collect()
                }
                _ => Vec::new(),
            }
        }
        Record::Person(record) if record.item.standing != PersonStanding::Active => {
            vec![(record.revision.changed.effective_at, None)]
        }
        Record::Defined(_) | Record::Person(_) | Record::Audit(_) => Vec::new(),
    }
}
