//! How the keys of the tables are built and read.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use itam_domain::AggregateKind;
use itam_domain::asset::Custodian;
use itam_domain::vocabulary::{AssetKind, AuditVerdict, HardwareKind};
use uuid::Uuid;

pub(crate) use crate::primitive::Ordinal;
use crate::primitive::block::block_of;

/// The byte that stands for a sort of thing.
pub(crate) fn sort_code(kind: AggregateKind) -> u8 {
    kind.code()
}

/// What things are filtered by. Each is of one kind of thing, whose ordinals its lists hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Facet {
    State = 1,
    Kind = 2,
    Model = 3,
    Location = 4,
    Department = 5,
    HeldByPerson = 6,
    HeldByDepartment = 7,
    HeldByLocation = 8,
    HeldByAsset = 9,
    Vendor = 10,
    PurchaseOrder = 11,
    /// Every asset, from its first event on; its value is 0. Only in dated lists, as the next two.
    InRegister = 12,
    /// The worklists; the value is the [`AssetOrder`].
    Worklist = 13,
    /// What an asset that is counted cost; the value is the currency.
    Cost = 14,
    Project = 15,
    /// What persons, requisitions, orders and audits are filtered by.
    PersonStanding = 32,
    PersonDepartment = 33,
    PersonLocation = 34,
    RequisitionStatus = 35,
    OrderStatus = 36,
    OrderVendor = 37,
    AuditStatus = 38,
    AuditLead = 39,
    RequisitionRequester = 40,
    RequisitionPerson = 41,
    RequisitionDepartment = 42,
    RequisitionModel = 43,
    OrderDepartment = 44,
    OrderModel = 45,
    OrderRequisition = 46,
    ModelStanding = 47,
    ModelKind = 48,
    ModelHardwareKind = 49,
    LocationStanding = 50,
    LocationKind = 51,
    LocationParent = 52,
    VendorStanding = 53,
    DepartmentStanding = 54,
    DepartmentParent = 55,
    ProjectStanding = 56,
    ProjectDepartment = 57,
    RequisitionProject = 58,
    OrderProject = 59,
    /// Every record of a sort, from its first event on; the value is the sort's code. Only in dated lists,
    /// as the next three.
    RecordInRegister = 64,
    /// The worklists of records; the value is the [`RecordOrder`].
    RecordWorklist = 65,
    /// The records whose lines have different values; the value is the sort's code.
    RecordMixed = 67,
    /// The amounts of records; the value is the measure and the currency.
    RecordSum = 66,
    /// What only projections keep lists of.
    Sanitization = 96,
    SanitizationDue = 97,
    SanitizationMissed = 104,
    DataClassification = 98,
    CostStatus = 99,
    CostUnknown = 100,
    /// What assets cost and what was paid for them when they left, by currency.
    Acquisition = 102,
    Proceeds = 103,
    /// What is on order and did not arrive yet, by currency.
    OnOrder = 101,
}

/// The orders in which the records of a sort stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum RecordOrder {
    Name = 1,
    Created = 2,
    Changed = 3,
    OpenLine = 16,
    OverdueOrder = 17,
    PendingRequisition = 18,
    RequisitionToOrder = 19,
    Leaver = 20,
}

/// The orders in which assets stand, apart from age and tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum AssetOrder {
    Changed = 1,
    DueBack = 2,
    PendingAcceptance = 3,
    InMaintenance = 4,
    Missing = 5,
    Reserved = 6,
    OnHold = 7,
    Unverified = 8,
    DeclinedCustody = 9,
    NeverVerified = 10,
    WarrantyEnd = 11,
    EndOfLife = 12,
}

/// The facet and the sort and id of the thing that has an asset.
pub(crate) fn custody_facet(custodian: Custodian) -> (Facet, AggregateKind, Uuid) {
    match custodian {
        Custodian::Person(id) => (Facet::HeldByPerson, AggregateKind::Person, id.0),
        Custodian::Department(id) => (Facet::HeldByDepartment, AggregateKind::Department, id.0),
        Custodian::Location(id) => (Facet::HeldByLocation, AggregateKind::Location, id.0),
        Custodian::Asset(id) => (Facet::HeldByAsset, AggregateKind::Asset, id.0),
    }
}

/// Kind and sub-kind in one byte.
pub(crate) fn kind_code(kind: AssetKind, hardware: Option<HardwareKind>) -> u8 {
    (kind as u8) << 4 | hardware.map_or(0, |hardware| hardware as u8 + 1)
}

/// The byte of kind and sub-kind, read.
pub(crate) fn read_kind_code(code: u8) -> Option<(AssetKind, Option<HardwareKind>)> {
    let kind = AssetKind::ALL.get(usize::from(code >> 4))?;
    let hardware = match code & 0x0f {
        0 => None,
        index => Some(*HardwareKind::ALL.get(usize::from(index - 1))?),
    };
    Some((*kind, hardware))
}

/// A signed number so that the order of bytes is the order of numbers.
pub(crate) fn sortable(number: i64) -> u64 {
    (number ^ i64::MIN).cast_unsigned()
}

/// An instant as a sort value.
pub(crate) fn sort_instant(instant: DateTime<Utc>) -> u64 {
    sortable(instant.timestamp_millis())
}

/// A day as a sort value.
pub(crate) fn sort_day(day: NaiveDate) -> u64 {
    sortable(i64::from(day.num_days_from_ce()))
}

pub(crate) fn id_key(kind: AggregateKind, id: Uuid) -> [u8; 17] {
    let mut key = [sort_code(kind); 17];
    key[1..].copy_from_slice(id.as_bytes());
    key
}

pub(crate) fn record_key(kind: AggregateKind, ordinal: Ordinal) -> [u8; 5] {
    let mut key = [sort_code(kind); 5];
    key[1..].copy_from_slice(&ordinal.to_be_bytes());
    key
}

/// Facet, value, and an asset or a block of them.
pub(crate) fn facet_key(facet: Facet, value: u32, member: u32) -> [u8; 9] {
    let mut key = [facet as u8; 9];
    key[1..5].copy_from_slice(&value.to_be_bytes());
    key[5..].copy_from_slice(&member.to_be_bytes());
    key
}

/// The key of the block that the asset of a key with this facet and value is in.
pub(crate) fn block_key(member: [u8; 9]) -> [u8; 9] {
    let mut key = member;
    key[5..].copy_from_slice(&block_of(trailing_ordinal(&member)).to_be_bytes());
    key
}

pub(crate) fn order_key(order: AssetOrder, sort: u64, ordinal: Ordinal) -> [u8; 13] {
    let mut key = [order as u8; 13];
    key[1..9].copy_from_slice(&sort.to_be_bytes());
    key[9..].copy_from_slice(&ordinal.to_be_bytes());
    key
}

pub(crate) fn subject_key(kind: AggregateKind, ordinal: Ordinal, position: u64) -> [u8; 13] {
    let mut key = [sort_code(kind); 13];
    key[1..5].copy_from_slice(&ordinal.to_be_bytes());
    key[5..].copy_from_slice(&position.to_be_bytes());
    key
}

/// An asset and the position of one of its versions.
pub(crate) fn version_key(ordinal: Ordinal, position: u64) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&ordinal.to_be_bytes());
    key[4..].copy_from_slice(&position.to_be_bytes());
    key
}

/// Sort, order, place in it, ordinal.
pub(crate) fn record_order_key(
    kind: AggregateKind,
    order: RecordOrder,
    place: &[u8],
    ordinal: Ordinal,
) -> Vec<u8> {
    [&[sort_code(kind), order as u8], place, &ordinal.to_be_bytes()].concat()
}

/// Audit, sort, ordinal: of the asset, or of the finding itself if it is about an unknown label.
pub(crate) fn finding_key(audit: Ordinal, kind: AggregateKind, ordinal: Ordinal) -> [u8; 9] {
    let mut key = [sort_code(kind); 9];
    key[..4].copy_from_slice(&audit.to_be_bytes());
    key[5..].copy_from_slice(&ordinal.to_be_bytes());
    key
}

/// The least and the greatest key of the findings of an audit.
pub(crate) fn audit_bounds(audit: Ordinal) -> ([u8; 9], [u8; 9]) {
    let [mut low, mut high] = [[0; 9], [0xff; 9]];
    for key in [&mut low, &mut high] {
        key[..4].copy_from_slice(&audit.to_be_bytes());
    }
    (low, high)
}

/// A finding and the position of one of its versions, read.
pub(crate) fn split_finding_version(key: &[u8; 17]) -> ([u8; 9], u64) {
    let mut finding = [0; 9];
    finding.copy_from_slice(&key[..9]);
    (finding, number_at(key, 9))
}

/// A finding and the position of one of its versions.
pub(crate) fn finding_version_key(finding: [u8; 9], position: u64) -> [u8; 17] {
    let mut key = [0; 17];
    key[..9].copy_from_slice(&finding);
    key[9..].copy_from_slice(&position.to_be_bytes());
    key
}

/// Audit, verdict, whether it is resolved, sort, ordinal.
pub(crate) fn verdict_key(finding: [u8; 9], verdict: AuditVerdict, is_resolved: bool) -> [u8; 11] {
    let mut key = [verdict as u8; 11];
    key[..4].copy_from_slice(&finding[..4]);
    key[5] = u8::from(is_resolved);
    key[6..].copy_from_slice(&finding[4..]);
    key
}

/// The least and the greatest key of a verdict and standing.
pub(crate) fn verdict_bounds(
    audit: Ordinal,
    verdict: AuditVerdict,
    is_resolved: bool,
) -> ([u8; 11], [u8; 11]) {
    let (low, high) = audit_bounds(audit);
    (verdict_key(low, verdict, is_resolved), verdict_key(high, verdict, is_resolved))
}

/// The finding that a key of its verdict names.
pub(crate) fn finding_of_verdict(key: [u8; 11]) -> [u8; 9] {
    let mut finding = [0; 9];
    finding[..4].copy_from_slice(&key[..4]);
    finding[4..].copy_from_slice(&key[6..]);
    finding
}

/// A text, 0, ordinal. No text that is indexed holds a 0.
pub(crate) fn text_key(text: &str, ordinal: Ordinal) -> Vec<u8> {
    let mut key = Vec::with_capacity(text.len() + 5);
    key.extend_from_slice(text.as_bytes());
    key.push(0);
    key.extend_from_slice(&ordinal.to_be_bytes());
    key
}

/// The place of an asset without a tag, behind all tags: no UTF-8 begins with this byte.
pub(crate) fn untagged_key(ordinal: Ordinal) -> Vec<u8> {
    let mut key = vec![UNTAGGED];
    key.extend_from_slice(&ordinal.to_be_bytes());
    key
}

/// The byte before an asset without a tag.
pub(crate) const UNTAGGED: u8 = 0xff;

/// Sort, text, 0, ordinal.
pub(crate) fn record_text_key(kind: AggregateKind, text: &str, ordinal: Ordinal) -> Vec<u8> {
    let mut key = Vec::with_capacity(text.len() + 6);
    key.push(sort_code(kind));
    key.extend_from_slice(text.as_bytes());
    key.push(0);
    key.extend_from_slice(&ordinal.to_be_bytes());
    key
}

/// The ordinal at the end of any key that ends with one.
pub(crate) fn trailing_ordinal(key: &[u8]) -> Ordinal {
    key.last_chunk().map_or(0, |bytes| Ordinal::from_be_bytes(*bytes))
}

/// The eight bytes from `start`, as a number.
pub(crate) fn number_at(key: &[u8], start: usize) -> u64 {
    key.get(start..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_numbers_sort_as_bytes() {
        let numbers = [i64::MIN, -5, -1, 0, 1, 7, i64::MAX];
        assert!(numbers.map(|number| sortable(number).to_be_bytes()).is_sorted());
    }

    #[test]
    fn every_kind_fits_its_byte_and_comes_back() {
        for kind in AssetKind::ALL {
            let hardware = HardwareKind::ALL.iter().copied().map(Some).chain([None]);
            for hardware in hardware {
                assert_eq!(read_kind_code(kind_code(*kind, hardware)), Some((*kind, hardware)));
            }
        }
        assert_eq!(read_kind_code(0xff), None);
    }
}
