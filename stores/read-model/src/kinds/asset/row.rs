//! The stored form of an asset: postcard, with ordinals for ids and day numbers for dates.
//!
//! It is a form of its own and not the domain types' serialization, because theirs is JSON-shaped
//! (absent fields are left out) and three times as long.

mod read;
mod write;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use itam_domain::asset::AcquisitionCosts;
use itam_domain::vocabulary::{
    AssetKind, Condition, Criticality, DataClassification, DisposalMethod, HardwareKind, HoldKind, LossKind,
    MaintenanceKind, Ownership, RetirementCause, SanitizationMethod,
};
use itam_domain::{AggregateKind, Currency, Money, Note, Serial, ShortText, Tag};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kinds::asset::record::AssetRecord;
use crate::kinds::revision::Stamp;
use crate::register::heading::Heading;
use crate::register::version::Version;
use crate::store::error::{ReadModelError, Result};
use crate::store::key::Ordinal;
use read::AssetRowReader;
use write::AssetRowWriter;

const VERSION: u8 = 1;

/// Gives an id's ordinal. Every id of a record was given one when its event was applied.
pub(crate) type OrdinalOf<'a> = &'a dyn Fn(AggregateKind, Uuid) -> Result<Ordinal>;
/// Gives an ordinal's id.
pub(crate) type IdOf<'a> = &'a dyn Fn(AggregateKind, Ordinal) -> Result<Uuid>;

#[derive(Serialize, Deserialize)]
struct StoredAsset {
    id: [u8; 16],
    facts: StoredFacts,
    stage: StoredStage,
    reservation: Option<(StoredCustodian, Option<i32>, i64)>,
    sanitization: Option<SanitizationMethod>,
    custody_since: Option<i64>,
    expected_on: Option<i32>,
    holds: Vec<(HoldKind, i64, Option<ShortText>)>,
    transit: Option<(i64, Option<ShortText>, Option<ShortText>)>,
    maintenance: Option<StoredMaintenance>,
    loss: Option<(LossKind, i64, Option<StoredCustodian>, Option<ShortText>)>,
    retirement: Option<(RetirementCause, i64)>,
    disposal: Option<StoredDisposal>,
    sanitized: Option<StoredSanitized>,
    verified_at: Option<i64>,
    registered: (i64, i64, u64),
    changed: (i64, i64, u64),
    version: u64,
}

#[derive(Serialize, Deserialize)]
struct StoredFacts {
    model: Ordinal,
    kind: AssetKind,
    hardware_kind: Option<HardwareKind>,
    manufacturer: Option<ShortText>,
    data_bearing: bool,
    tag: Option<Tag>,
    serial: Option<Serial>,
    name: Option<ShortText>,
    ownership: Ownership,
    condition: Option<Condition>,
    criticality: Option<Criticality>,
    data_classification: Option<DataClassification>,
    costs: Option<(StoredMoney, [Option<StoredMoney>; 3])>,
    acquired_on: Option<i32>,
    order_number: Option<ShortText>,
    order_line: Option<(Ordinal, u32)>,
    vendor: Option<Ordinal>,
    warranty_until: Option<i32>,
    end_of_life_on: Option<i32>,
    location: Option<Ordinal>,
    department: Option<Ordinal>,
    project: Option<Ordinal>,
    notes: Option<Note>,
}

/// Minor units and the currency's code.
type StoredMoney = (i64, [u8; 3]);
type StoredMaintenance =
    (MaintenanceKind, i64, Option<StoredCustodian>, Option<Ordinal>, Option<i32>, Option<Note>);
type StoredDisposal = (i64, Option<DisposalMethod>, Option<Ordinal>, Option<StoredMoney>, Option<ShortText>);
type StoredSanitized = (SanitizationMethod, i64, Option<ShortText>, Option<ShortText>, Option<Ordinal>);

#[derive(Serialize, Deserialize)]
enum StoredStage {
    OnOrder,
    Received,
    InStock,
    Deployed(StoredCustodian, u8, Option<i32>),
    InTransit(Box<StoredStage>, Ordinal),
    InMaintenance,
    Missing,
    Retired,
    Disposed,
    Voided,
    Cancelled,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum StoredCustodian {
    Person(Ordinal),
    Department(Ordinal),
    Location(Ordinal),
    /// Assets have no way back from ordinal to id but their row, hence the id.
    Asset([u8; 16]),
}

/// The bytes of a record.
pub(crate) fn encode(record: &AssetRecord, ordinal_of: OrdinalOf<'_>) -> Result<Vec<u8>> {
    let row = AssetRowWriter(ordinal_of).row(record)?;
    let mut buffer = Vec::with_capacity(256);
    buffer.push(VERSION);
    postcard::to_extend(&row, buffer)
        .map_err(|error| ReadModelError::Damaged(format!("an asset row: {error}")))
}

/// The bytes of a version of a record: the row without what made it so.
pub(crate) fn encode_version(
    heading: Heading,
    record: &AssetRecord,
    ordinal_of: OrdinalOf<'_>,
) -> Result<Version> {
    let mut row = AssetRowWriter(ordinal_of).row(record)?;
    let (own, recorded, _) = std::mem::take(&mut row.changed);
    let number = std::mem::take(&mut row.version);
    let row = postcard::to_extend(&row, vec![VERSION])
        .map_err(|error| ReadModelError::Damaged(format!("an asset row: {error}")))?;
    Ok(Version { heading, own, recorded, number, row })
}

/// The record of a version.
pub(crate) fn decode_version(version: &Version, id_of: IdOf<'_>) -> Result<AssetRecord> {
    let mut row = parse(&version.row)?;
    row.changed = (version.own, version.recorded, version.heading.position);
    row.version = version.number;
    AssetRowReader(id_of).record(row)
}

/// The record of some bytes.
pub(crate) fn decode(bytes: &[u8], id_of: IdOf<'_>) -> Result<AssetRecord> {
    AssetRowReader(id_of).record(parse(bytes)?)
}

fn parse(bytes: &[u8]) -> Result<StoredAsset> {
    let damaged = |reason: String| ReadModelError::Damaged(format!("an asset row: {reason}"));
    let Some((&VERSION, row)) = bytes.split_first() else {
        return Err(damaged("its version is not known".to_owned()));
    };
    postcard::from_bytes(row).map_err(|error| damaged(error.to_string()))
}

fn write_costs(costs: AcquisitionCosts) -> (StoredMoney, [Option<StoredMoney>; 3]) {
    let extras = [costs.non_recoverable_tax, costs.freight, costs.set_up];
    (write_money(costs.price), extras.map(|part| part.map(write_money)))
}

fn read_costs(row: (StoredMoney, [Option<StoredMoney>; 3])) -> Result<AcquisitionCosts> {
    let (price, [tax, freight, set_up]) = row;
    Ok(AcquisitionCosts {
        price: read_money(price)?,
        non_recoverable_tax: tax.map(read_money).transpose()?,
        freight: freight.map(read_money).transpose()?,
        set_up: set_up.map(read_money).transpose()?,
    })
}

/// A currency's three letters.
pub(crate) fn write_currency(currency: Currency) -> [u8; 3] {
    currency.code().as_bytes().first_chunk().copied().unwrap_or(*b"XXX")
}

/// A currency by its three letters.
pub(crate) fn read_currency(code: [u8; 3]) -> Result<Currency> {
    let currency = std::str::from_utf8(&code).ok().and_then(|code| Currency::try_new(code).ok());
    currency.ok_or_else(|| ReadModelError::Damaged(format!("the currency {code:?}")))
}

fn write_money(money: Money) -> StoredMoney {
    (money.minor(), write_currency(money.currency()))
}

fn read_money((minor, code): StoredMoney) -> Result<Money> {
    Money::from_minor(minor, read_currency(code)?).map_err(|error| ReadModelError::Damaged(error.to_string()))
}

fn write_stamp(stamp: Stamp) -> (i64, i64, u64) {
    (millis(stamp.effective_at), millis(stamp.recorded_at), stamp.position)
}

fn read_stamp((effective, recorded, position): (i64, i64, u64)) -> Result<Stamp> {
    Ok(Stamp { effective_at: instant(effective)?, recorded_at: instant(recorded)?, position })
}

fn day(date: NaiveDate) -> i32 {
    date.num_days_from_ce()
}

fn date(day: i32) -> Result<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(day).ok_or_else(|| ReadModelError::Damaged(format!("the day {day}")))
}

fn millis(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_millis()
}

fn instant(millis: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis)
        .ok_or_else(|| ReadModelError::Damaged(format!("the instant {millis}")))
}
