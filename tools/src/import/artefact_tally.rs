//! What spreadsheets spoilt in the columns of a file, told once a column.

use std::collections::BTreeMap;

use super::artefact::{is_error_value, is_power_of_ten};
use super::field::Field;
use super::table::{FileLayout, FileRow};

/// Numbers that name something and that a row can do without.
const DISPENSABLE: [Field; 3] = [Field::ModelNumber, Field::OrderNumber, Field::EmployeeNumber];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Spoilt {
    ErrorValue,
    PowerOfTen,
}

/// How many cells of one column are spoilt in one way.
#[derive(Debug)]
struct SpoiltCells {
    count: u64,
    row: u64,
    first: String,
}

/// The cells that are left blank because a spreadsheet spoilt them.
#[derive(Debug, Default)]
pub(crate) struct ArtefactTally(BTreeMap<(String, Spoilt), SpoiltCells>);

impl ArtefactTally {
    /// Looks at the columns of a row that are read.
    pub(crate) fn note(&mut self, layout: &FileLayout, fields: &[Field], row: &FileRow) {
        for field in fields {
            for (column, text) in layout.written(row, *field) {
                let spoilt = if is_error_value(text) {
                    Spoilt::ErrorValue
                } else if DISPENSABLE.contains(field) && is_power_of_ten(text.trim()) {
                    Spoilt::PowerOfTen
                } else {
                    continue;
                };
                let cells = self.0.entry((column.to_owned(), spoilt));
                let first = || SpoiltCells { count: 0, row: row.number, first: text.trim().to_owned() };
                cells.or_insert_with(first).count += 1;
            }
        }
    }

    /// As sentences.
    pub(crate) fn notes(&self) -> Vec<String> {
        let note = |((column, spoilt), cells): (&(String, Spoilt), &SpoiltCells)| {
            let SpoiltCells { count, row, first } = cells;
            let what = match spoilt {
                Spoilt::ErrorValue => "say that a formula failed",
                Spoilt::PowerOfTen => "lost digits in a spreadsheet",
            };
            format!(
                "{count} cells of {column:?} {what}, such as {first:?} in row {row}: they are taken for blank; \
                 --skip-column {column:?} leaves the column out"
            )
        };
        self.0.iter().map(note).collect()
    }
}
