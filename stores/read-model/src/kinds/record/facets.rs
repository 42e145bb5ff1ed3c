//! What records are filtered by.

use itam_domain::AggregateKind;
use uuid::Uuid;

use crate::kinds::asset::row::OrdinalOf;
use crate::kinds::record::definition::Record;
use crate::store::error::Result;
use crate::store::key::Facet;

/// The lists that a record is in.
pub(crate) fn facet_values(record: &Record, ordinal_of: OrdinalOf<'_>) -> Result<Vec<(Facet, u32)>> {
    let mut values = match record {
        Record::Person(record) => vec![(Facet::PersonStanding, record.item.standing as u32)],
        Record::Requisition(record) => vec![(Facet::RequisitionStatus, record.status() as u32)],
        Record::PurchaseOrder(record) => vec![(Facet::OrderStatus, record.status() as u32)],
        Record::Audit(record) => vec![(Facet::AuditStatus, record.status() as u32)],
        Record::Defined(_) => Vec::new(),
    };
    for (facet, kind, id) in referring(record) {
        values.push((facet, ordinal_of(kind, id)?));
    }
    Ok(values)
}

/// What a record is found by the ids of.
pub(crate) fn references(record: &Record) -> impl Iterator<Item = (AggregateKind, Uuid)> {
    referring(record).into_iter().map(|(_, kind, id)| (kind, id))
}

fn referring(record: &Record) -> Vec<(Facet, AggregateKind, Uuid)> {
    match record {
        Record::Person(record) => {
            let department = record.item.department_id;
            let department = department.map(|id| (Facet::PersonDepartment, AggregateKind::Department, id.0));
            let location = record.item.location_id;
            let location = location.map(|id| (Facet::PersonLocation, AggregateKind::Location, id.0));
            department.into_iter().chain(location).collect()
        }
        Record::PurchaseOrder(record) => {
            vec![(Facet::OrderVendor, AggregateKind::Vendor, record.order.vendor_id.0)]
        }
        Record::Defined(_) | Record::Requisition(_) | Record::Audit(_) => Vec::new(),
    }
}
