//! To whom an asset's row says that it is checked out.

use crate::import::field::Field;
use crate::import::master_kind::Fields;
use crate::import::reading::{RowReading, person_fields, person_name};
use crate::import::table::Flaw;

/// To whom an asset is checked out.
#[derive(Debug)]
pub(super) enum Checkout {
    Person(Fields),
    /// Somebody who is known already, by a word in a column.
    Called(Field, String),
    Location(String),
}

impl Checkout {
    pub(super) fn read(reading: RowReading<'_>) -> Result<Option<Self>, Flaw> {
        let kind = reading.cell(Field::CheckoutType)?;
        let location = reading.short(Field::CheckoutLocation)?;
        let word = reading.short(Field::CheckedOutTo)?.map(|word| (Field::CheckedOutTo, word));
        let person = match person_fields(reading)? {
            Some(fields) => Some(Self::Person(fields)),
            None => word.clone().or(person_name(reading)?).map(|(field, word)| Self::Called(field, word)),
        };
        let location = location.map(Self::Location);
        let Some(kind) = kind else {
            return Ok(person.or(location));
        };
        match kind.text.to_lowercase().as_str() {
            "user" | "person" => {
                let reason = "it is checked out to a user, but nothing says to whom";
                Ok(Some(person.ok_or_else(|| kind.flaw(reason))?))
            }
            "location" => {
                let reason = "it is checked out to a location, but the location is blank";
                let location = location.or(word.map(|(_, word)| Self::Location(word)));
                Ok(Some(location.ok_or_else(|| kind.flaw(reason))?))
            }
            _ => Err(kind.flaw("is neither User nor Location: assets in assets are not imported")),
        }
    }
}
