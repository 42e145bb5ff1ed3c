//! Single cells as the values that commands take. What does not fit is a flaw of the row.

use chrono::{Months, NaiveDate};
use itam_domain::{Note, ShortText, TextError};
use serde_json::Value;

use super::artefact::is_power_of_ten;
use super::field::Field;
use super::master_kind::Fields;
use super::measure::TimeSpan;
use super::survey::Conventions;
use super::table::{FileCell, FileLayout, FileRow, Flaw};
use super::{amount, date};

/// A row, with what is needed to read it.
#[derive(Clone, Copy)]
pub(crate) struct RowReading<'a> {
    pub(crate) layout: &'a FileLayout,
    pub(crate) conventions: &'a Conventions,
    pub(crate) row: &'a FileRow,
}

impl<'a> RowReading<'a> {
    pub(crate) fn cell(&self, field: Field) -> Result<Option<FileCell<'a>>, Flaw> {
        self.layout.cell(self.row, field)
    }

    /// The flaw that a value is missing.
    pub(crate) fn missing(&self, field: Field, reason: &str) -> Flaw {
        self.layout.pointed(self.row, field).flaw(reason)
    }

    /// A name or label.
    pub(crate) fn short(&self, field: Field) -> Result<Option<String>, Flaw> {
        self.text(field, |text| ShortText::try_new(text).map(|text| text.to_string()))
    }

    /// The name of the thing that the row is about.
    pub(crate) fn own_name(&self) -> Result<String, Flaw> {
        let name = self.short(Field::Name)?;
        name.ok_or_else(|| self.missing(Field::Name, "the name is blank"))
    }

    /// A longer text.
    pub(crate) fn note(&self, field: Field) -> Result<Option<String>, Flaw> {
        self.text(field, |text| Note::try_new(text).map(|text| text.to_string()))
    }

    /// The notes, of one column or of several.
    pub(crate) fn notes(&self) -> Result<Option<String>, Flaw> {
        let Some(notes) = self.layout.notes(self.row) else { return Ok(None) };
        let notes = Note::try_new(&notes).map_err(|error| self.missing(Field::Notes, &error.to_string()))?;
        Ok(Some(notes.to_string()))
    }

    fn text(
        &self,
        field: Field,
        check: impl Fn(&str) -> Result<String, TextError>,
    ) -> Result<Option<String>, Flaw> {
        let Some(cell) = self.cell(field)? else {
            return Ok(None);
        };
        let text = check(cell.text).map_err(|error| cell.flaw(error.to_string()))?;
        Ok(Some(text))
    }

    /// A number that names something and is needed. A spreadsheet that took it for a quantity has lost
    /// digits.
    pub(crate) fn identifier(&self, field: Field) -> Result<Option<String>, Flaw> {
        let text = self.short(field)?;
        if let (Some(text), Some(cell)) = (&text, self.cell(field)?)
            && is_power_of_ten(text)
        {
            let reason = "a spreadsheet turned this identifier into a power of ten: digits are lost; format the \
                          column as text";
            return Err(cell.flaw(reason));
        }
        Ok(text)
    }

    /// A number that names something and that the row can do without: where its digits are lost, it is
    /// blank, as the notes of the survey say.
    pub(crate) fn label(&self, field: Field) -> Result<Option<String>, Flaw> {
        Ok(self.short(field)?.filter(|text| !is_power_of_ten(text)))
    }

    pub(crate) fn date(&self, field: Field) -> Result<Option<NaiveDate>, Flaw> {
        let Some(cell) = self.cell(field)?.filter(|cell| !date::is_blank(cell.text)) else {
            return Ok(None);
        };
        let order = self.conventions.date_orders.get(&field).copied();
        let order = order.unwrap_or(date::DateOrder::Mdy);
        let day = date::parse(cell.text, order).and_then(|day| date::believe(day, self.conventions.today));
        day.map(Some).map_err(|reason| cell.flaw(reason))
    }

    /// The day of something that has happened or, by `months_ahead`, is about to.
    pub(crate) fn past_date(&self, field: Field, months_ahead: u32) -> Result<Option<NaiveDate>, Flaw> {
        let today = self.conventions.today;
        let last = today.checked_add_months(Months::new(months_ahead)).unwrap_or(today);
        let day = self.date(field)?;
        if day.is_some_and(|day| day > last) {
            let reason = format!("the day lies in the future: today is {today}");
            return Err(self.missing(field, &reason));
        }
        Ok(day)
    }

    /// A span of time.
    pub(crate) fn span(&self, field: Field) -> Result<Option<TimeSpan>, Flaw> {
        let Some(cell) = self.cell(field)? else {
            return Ok(None);
        };
        let span = TimeSpan::parse(cell.text).map_err(|reason| cell.flaw(reason))?;
        Ok((!span.is_zero()).then_some(span))
    }

    /// A number of months.
    pub(crate) fn months(&self, field: Field) -> Result<Option<u32>, Flaw> {
        match self.span(field)? {
            None => Ok(None),
            Some(TimeSpan::Months(months)) => Ok(Some(months)),
            Some(TimeSpan::Days(_)) => Err(self.missing(field, "is no number of months")),
        }
    }

    pub(crate) fn money(&self, field: Field) -> Result<Option<itam_domain::Money>, Flaw> {
        let Some(cell) = self.cell(field)? else {
            return Ok(None);
        };
        let currency = match self.cell(Field::Currency)? {
            Some(code) => {
                let currency = itam_domain::Currency::try_new(&code.text.to_ascii_uppercase());
                Some(currency.map_err(|error| code.flaw(error.to_string()))?)
            }
            None => self.conventions.currency,
        };
        let money = amount::parse(cell.text, self.conventions.decimal, currency);
        money.map(Some).map_err(|reason| cell.flaw(reason))
    }

    /// A yes or no.
    pub(crate) fn flag(&self, field: Field) -> Result<Option<bool>, Flaw> {
        let Some(cell) = self.cell(field)? else {
            return Ok(None);
        };
        match cell.text.to_lowercase().as_str() {
            "1" | "y" | "yes" | "true" => Ok(Some(true)),
            "0" | "n" | "no" | "false" => Ok(Some(false)),
            _ => Err(cell.flaw("is neither yes nor no")),
        }
    }
}

/// Enters a value unless it is absent.
pub(crate) fn put(fields: &mut Fields, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        fields.insert(name.to_owned(), value.into());
    }
}

/// The fields of a thing that is known by its name only.
pub(crate) fn named(name: String) -> Fields {
    Fields::from_iter([("name".to_owned(), Value::from(name))])
}

/// The fields of a project that is known by its code only, which is its name until somebody says another.
pub(crate) fn coded(code: String) -> Fields {
    let mut fields = named(code.clone());
    put(&mut fields, "code", Some(code));
    fields
}

/// The department: itam knows no companies, so where no department is named, the company stands
/// for it.
pub(crate) fn department_of(reading: RowReading<'_>) -> Result<Option<(Field, String)>, Flaw> {
    for field in [Field::Department, Field::Company] {
        if let Some(name) = reading.short(field)? {
            return Ok(Some((field, name)));
        }
    }
    Ok(None)
}

/// The name of a person in a row, and the column that says it.
pub(crate) fn person_name(reading: RowReading<'_>) -> Result<Option<(Field, String)>, Flaw> {
    let parts = [reading.short(Field::FirstName)?, reading.short(Field::LastName)?];
    let joined = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if !joined.is_empty() {
        return Ok(Some((Field::LastName, joined)));
    }
    Ok(reading.short(Field::FullName)?.map(|name| (Field::FullName, name)))
}

/// Name, user name and mail address of the person that a row names; none if nothing tells her
/// from others.
pub(crate) fn person_fields(reading: RowReading<'_>) -> Result<Option<Fields>, Flaw> {
    let username = reading.identifier(Field::Username)?;
    let email = reading.short(Field::Email)?;
    let name = person_name(reading)?.map(|(_, name)| name);
    let Some(label) = username.clone().or(email.clone()) else {
        return Ok(None);
    };
    let mut fields = named(name.unwrap_or(label));
    put(&mut fields, "username", username);
    put(&mut fields, "email", email);
    Ok(Some(fields))
}
