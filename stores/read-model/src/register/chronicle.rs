//! The chronicle: when the message at each position was stored, and which asset it changed. It says what
//! was known at an instant, and in what order assets changed.
//!
//! A log's clock may be set back; the latest time so far stands for a time that would descend.

use chrono::{DateTime, Utc};
use redb::{ReadOnlyTable, ReadableTable, WriteTransaction};

use crate::primitive::varint;
use crate::store::error::{During, READING, ReadModelError, Result};
use crate::store::key::Ordinal;
use crate::store::snapshot::Snapshot;
use crate::store::tables::CHRONICLE_BY_RUN;

/// The form of a run.
const FORM: u8 = 1;
/// The number of positions in a run.
pub(crate) const RUN: u64 = 256;

const WRITING: &str = "writing what stands at each position";

/// What stands at one position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChronicleLine {
    pub(crate) position: u64,
    /// When it was stored (ms).
    pub(crate) stored: i64,
    /// Which asset it changed, and from when on (ms).
    pub(crate) change: Option<(Ordinal, i64)>,
}

/// Appends lines, which go on where the table ends.
pub(crate) fn write(transaction: &WriteTransaction, lines: &[ChronicleLine]) -> Result<()> {
    let Some(first) = lines.first() else {
        return Ok(());
    };
    let mut table = transaction.open_table(CHRONICLE_BY_RUN).during(WRITING)?;
    let last = table.last().during(WRITING)?;
    let last = last.map(|(run, row)| (run.value(), row.value().to_vec()));
    let mut latest = i64::MIN;
    let mut open = Vec::new();
    if let Some((run, row)) = last {
        each(run, &row, |line| latest = line.stored)?;
        if run == first.position / RUN {
            open = row;
        }
    }
    for lines in lines.chunk_by(|one, other| one.position / RUN == other.position / RUN) {
        for line in lines {
            let stored = line.stored.max(latest);
            append(&mut open, latest, ChronicleLine { stored, ..*line });
            latest = stored;
        }
        let run = lines.first().map_or(0, |line| line.position / RUN);
        table.insert(run, open.as_slice()).during(WRITING)?;
        open.clear();
    }
    Ok(())
}

fn append(row: &mut Vec<u8>, latest: i64, line: ChronicleLine) {
    if row.is_empty() {
        row.push(FORM);
        varint::write(row, line.position % RUN);
        varint::write_signed(row, line.stored);
    } else {
        varint::write_signed(row, line.stored.wrapping_sub(latest));
    }
    match line.change {
        None => varint::write(row, 0),
        Some((ordinal, effective)) => {
            varint::write(row, u64::from(ordinal) + 1);
            varint::write_signed(row, effective.wrapping_sub(line.stored));
        }
    }
}

/// Takes what stands in a run, line by line.
fn each(run: u64, row: &[u8], mut take: impl FnMut(ChronicleLine)) -> Result<()> {
    let mut rest = open(row)?;
    let mut position = run * RUN + varint::read(&mut rest)?;
    let mut stored = 0_i64;
    while !rest.is_empty() {
        stored = stored.wrapping_add(varint::read_signed(&mut rest)?);
        let mut change = None;
        if let Some(ordinal) = varint::read(&mut rest)?.checked_sub(1) {
            let ordinal =
                Ordinal::try_from(ordinal).map_err(|error| ReadModelError::Damaged(error.to_string()))?;
            change = Some((ordinal, stored.wrapping_add(varint::read_signed(&mut rest)?)));
        }
        take(ChronicleLine { position, stored, change });
        position += 1;
    }
    Ok(())
}

fn open(row: &[u8]) -> Result<&[u8]> {
    match row.split_first() {
        Some((&FORM, rest)) => Ok(rest),
        _ => Err(ReadModelError::Damaged("a run of positions of unknown form".to_owned())),
    }
}

impl Snapshot {
    /// The position of the last message that was stored by an instant; 0 if none was. What a
    /// reader knew then, if it was not behind.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn position_at(&self, instant: DateTime<Utc>) -> Result<u64> {
        let instant = instant.timestamp_millis();
        let runs = self.table(CHRONICLE_BY_RUN)?;
        let (mut low, mut high) = (0, self.applied().position / RUN + 1);
        // The run that may hold it is the last one that begins by the instant.
        while low + 1 < high {
            let middle = low.midpoint(high);
            let begins = begin_of(&runs, middle)?;
            if begins <= instant { low = middle } else { high = middle }
        }
        let lines = self.run(low)?;
        let known = lines.iter().rev().find(|line| line.stored <= instant);
        Ok(known.map_or(0, |line| line.position))
    }

    /// When the message at a position was stored; `None` if there is none.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn stored_at(&self, position: u64) -> Result<Option<DateTime<Utc>>> {
        let lines = self.run(position / RUN)?;
        let found = lines.iter().find(|line| line.position == position);
        Ok(found.and_then(|line| DateTime::from_timestamp_millis(line.stored)))
    }

    /// What stands at the positions of a run; nothing where it is not there.
    pub(crate) fn run(&self, run: u64) -> Result<Vec<ChronicleLine>> {
        let row = self.table(CHRONICLE_BY_RUN)?.get(run).during(READING)?;
        let mut lines = Vec::new();
        if let Some(row) = row {
            each(run, row.value(), |line| lines.push(line))?;
        }
        Ok(lines)
    }
}

/// When the first message of a run was stored; never, where the run is not there.
fn begin_of(runs: &ReadOnlyTable<u64, &'static [u8]>, run: u64) -> Result<i64> {
    let row = runs.get(run).during(READING)?;
    let Some(row) = row else { return Ok(i64::MAX) };
    let mut rest = open(row.value())?;
    varint::read(&mut rest)?;
    varint::read_signed(&mut rest)
}
