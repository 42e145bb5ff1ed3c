//! What came of an import, for people and for programs.

use std::collections::BTreeMap;
use std::io::{self, Write};

use chrono::NaiveDate;
use serde::Serialize;

use super::amount::Decimal;
use super::date::DateOrder;
use super::field::FileKind;
use super::master_kind::MasterKind;
use super::plan::{FactDifference, RowOutcome};
use super::table::{FileRow, Flaw};

/// The most rejected and the most updated rows that a summary lists for each file; the file of
/// rejected rows holds all of them.
const MAX_LISTED: usize = 100;

/// What came of an import.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ImportSummary {
    /// Nothing was sent: this is what would have come of it.
    pub(crate) dry_run: bool,
    /// The day of the import, in the time zone of the files.
    pub(crate) today: NaiveDate,
    pub(crate) time_zone: &'static str,
    pub(crate) rows: RowCounts,
    /// Things that files mention or define.
    pub(crate) master_data: BTreeMap<MasterKind, Made>,
    /// Events that were stored.
    pub(crate) events: u64,
    /// The position of the log from which all of it can be read; none if nothing was sent.
    pub(crate) position: Option<u64>,
    pub(crate) files: Vec<FileSummary>,
}

/// How many rows came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct RowCounts {
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    pub(crate) rejected: u64,
}

/// How many things were made and changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Made {
    pub(crate) created: u64,
    pub(crate) changed: u64,
}

/// What came of a file.
#[derive(Debug, Serialize)]
pub(crate) struct FileSummary {
    pub(crate) file: String,
    pub(crate) kind: FileKind,
    /// How many rows the file has that say anything: the sum of what came of them.
    pub(crate) rows_in_file: u64,
    pub(crate) rows: RowCounts,
    pub(crate) encoding: &'static str,
    pub(crate) delimiter: char,
    /// The order in which the dates of a column were read, by column.
    pub(crate) date_orders: BTreeMap<String, DateOrder>,
    pub(crate) decimal: Decimal,
    pub(crate) unread_columns: Vec<String>,
    /// What these columns may mean, and what would say so.
    pub(crate) proposals: Vec<String>,
    pub(crate) notes: Vec<String>,
    /// The first of the rows that read differently from the register.
    pub(crate) updates: Vec<Update>,
    /// The first of the rows that were rejected.
    pub(crate) rejections: Vec<RejectedRow>,
    /// Where all rejected rows stand.
    pub(crate) rejects_file: Option<String>,
}

/// A row that reads differently from the register.
#[derive(Debug, Serialize)]
pub(crate) struct Update {
    pub(crate) row: u64,
    pub(crate) changes: Vec<FactDifference>,
}

/// A row that was rejected.
#[derive(Debug, Serialize)]
pub(crate) struct RejectedRow {
    pub(crate) row: u64,
    /// The line of the file on which it begins.
    pub(crate) line: u64,
    #[serde(flatten)]
    pub(crate) flaw: Flaw,
}

impl RowCounts {
    pub(crate) fn count(&mut self, outcome: RowOutcome) {
        match outcome {
            RowOutcome::Created => self.created += 1,
            RowOutcome::Updated => self.updated += 1,
            RowOutcome::Unchanged => self.unchanged += 1,
        }
    }

    /// How many rows they are.
    pub(crate) fn total(self) -> u64 {
        self.created + self.updated + self.unchanged + self.rejected
    }

    fn add(&mut self, other: Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.rejected += other.rejected;
    }
}

impl FileSummary {
    pub(crate) fn reject(&mut self, row: &FileRow, flaw: Flaw) {
        self.rows.rejected += 1;
        if self.rejections.len() < MAX_LISTED {
            self.rejections.push(RejectedRow { row: row.number, line: row.line, flaw });
        }
    }

    pub(crate) fn accept(&mut self, row: u64, outcome: RowOutcome, changes: Vec<FactDifference>) {
        self.rows.count(outcome);
        if !changes.is_empty() && self.updates.len() < MAX_LISTED {
            self.updates.push(Update { row, changes });
        }
    }
}

impl ImportSummary {
    pub(crate) fn add(&mut self, file: FileSummary) {
        self.rows.add(file.rows);
        self.files.push(file);
    }

    pub(crate) fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        writeln!(out)
    }

    pub(crate) fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        for file in &self.files {
            write_file(file, out)?;
        }
        writeln!(out, "Today is {} in {}.", self.today, self.time_zone)?;
        for (kind, made) in &self.master_data {
            let (created, changed) = (made.created, made.changed);
            writeln!(out, "{}: {created} new, {changed} changed", kind.plural())?;
        }
        if self.dry_run {
            writeln!(out, "Nothing was sent: this is what would happen.")
        } else {
            writeln!(out, "{} events were stored.", self.events)?;
            match self.position {
                Some(position) => writeln!(
                    out,
                    "All of it can be read from log position {position} on (min_position={position})."
                ),
                None => Ok(()),
            }
        }
    }
}

fn write_file(file: &FileSummary, out: &mut impl Write) -> io::Result<()> {
    let rows = file.rows;
    writeln!(
        out,
        "{} ({}, {}): {} rows: {} created, {} updated, {} unchanged, {} rejected",
        file.file,
        file.kind.as_str(),
        file.encoding,
        file.rows_in_file,
        rows.created,
        rows.updated,
        rows.unchanged,
        rows.rejected
    )?;
    for (column, order) in &file.date_orders {
        writeln!(out, "  dates of {column:?} are read {}", order.as_str())?;
    }
    if !file.unread_columns.is_empty() {
        writeln!(out, "  columns that are not read: {}", file.unread_columns.join(", "))?;
    }
    for note in file.proposals.iter().chain(&file.notes) {
        writeln!(out, "  {note}")?;
    }
    for update in &file.updates {
        for change in &update.changes {
            let (field, old, new) = (&change.field, &change.old, &change.new);
            writeln!(out, "  row {}: {field} was {old}, is {new}", update.row)?;
        }
    }
    for RejectedRow { row, line, flaw } in &file.rejections {
        let row = if row == line { row.to_string() } else { format!("{row} (line {line})") };
        let place = if flaw.column.is_empty() {
            String::new()
        } else {
            format!(", {} {:?}", flaw.column, flaw.value)
        };
        writeln!(out, "  row {row}{place}: {}", flaw.reason)?;
    }
    if let Some(rejects) = &file.rejects_file {
        writeln!(out, "  the rejected rows stand in {rejects}")?;
    }
    Ok(())
}
