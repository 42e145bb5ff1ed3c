//! The facts of an asset that stand in its row itself.

use serde_json::json;

use super::Planner;
use crate::import::field::Field;
use crate::import::master_kind::Fields;
use crate::import::measure::is_one_piece;
use crate::import::reading::{RowReading, put};
use crate::import::status::Status;
use crate::import::table::Flaw;

/// Where an asset is: where it usually is, if nothing else is said.
pub(super) fn home(
    planner: &mut Planner<'_>,
    reading: RowReading<'_>,
) -> Result<Option<(Field, String)>, Flaw> {
    let usual = reading.short(Field::DefaultLocation)?;
    let Some(now) = reading.short(Field::Location)? else {
        return Ok(usual.map(|usual| (Field::DefaultLocation, usual)));
    };
    if usual.is_some_and(|usual| usual != now) {
        planner.note(
            "the default location is left out where the location is another: an asset is in one place"
                .to_owned(),
        );
    }
    Ok(Some((Field::Location, now)))
}

pub(super) fn status(reading: RowReading<'_>) -> Result<Status, Flaw> {
    let Some(cell) = reading.cell(Field::Status)? else {
        return Ok(Status::Ignored);
    };
    let unexplained = || cell.flaw("is a status that nobody has explained: say --status");
    reading.conventions.statuses.of(cell.text).ok_or_else(unexplained)
}

/// The facts that stand in the row itself.
pub(super) fn own_facts(planner: &mut Planner<'_>, reading: RowReading<'_>) -> Result<Fields, Flaw> {
    let mut facts = Fields::new();
    put(&mut facts, "serial", reading.identifier(Field::Serial)?);
    put(&mut facts, "name", reading.short(Field::Name)?);
    put(&mut facts, "order_number", reading.label(Field::OrderNumber)?);
    put(&mut facts, "notes", reading.notes()?);
    let price = reading.money(Field::PurchaseCost)?;
    put(&mut facts, "costs", price.map(|price| json!({ "price": price })));
    // What is ordered may have its day already.
    let bought = reading.past_date(Field::PurchaseDate, 12)?;
    put(&mut facts, "acquired_on", bought.map(|day| day.to_string()));
    let span = reading.span(Field::WarrantyMonths)?;
    let until = reading.date(Field::WarrantyDate)?;
    // A span counts from the purchase; without its day it tells no date.
    if span.is_some() && bought.is_none() && until.is_none() {
        planner.note(format!(
            "row {}: the warranty is left out, since no purchase date says from when",
            reading.row.number
        ));
    }
    let until = until.or_else(|| bought.zip(span).and_then(|(day, span)| span.from(day)));
    put(&mut facts, "warranty_until", until.map(|day| day.to_string()));
    let end = reading.date(Field::EndOfLifeDate)?;
    put(&mut facts, "end_of_life_on", end.map(|day| day.to_string()));
    if reading.flag(Field::Byod)? == Some(true) {
        put(&mut facts, "ownership", Some("byod"));
    }
    Ok(facts)
}

/// Each asset is a row of its own.
pub(super) fn check_single(reading: RowReading<'_>) -> Result<(), Flaw> {
    match reading.cell(Field::Quantity)? {
        Some(cell) if !is_one_piece(cell.text) => {
            Err(cell
                .flaw("is no quantity of an asset: each piece is a row of its own, with a tag of its own"))
        }
        _ => Ok(()),
    }
}
