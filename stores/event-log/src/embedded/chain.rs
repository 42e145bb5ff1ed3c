//! The messages of one subject: a chain in the log's file, walked back from its head.

use redb::{AccessGuard, Range, ReadOnlyTable, ReadableDatabase, StorageError};

use super::READING;
use super::fault::fault;
use super::row::StoredRow;
use super::subject_key::subject_key;
use super::tables::{HEAD_BY_SUBJECT_KEY, MESSAGE_BY_POSITION};
use crate::parallel_reads::read_each;
use crate::{LogError, StoredMessage, Subject};

/// How far below a row the next one may stand to be stepped down to: farther down it is cheaper looked up anew.
const NEAR: u64 = 8;

/// The last messages of a subject, `most` of them, ascending.
pub(super) fn load_back(
    database: &impl ReadableDatabase,
    subject: &Subject,
    most: usize,
) -> Result<Vec<StoredMessage>, LogError> {
    let transaction = database.begin_read().map_err(|error| fault(READING, error))?;
    let heads = transaction.open_table(HEAD_BY_SUBJECT_KEY).map_err(|error| fault(READING, error))?;
    let key = subject_key(subject.as_str());
    let head = heads.get(key.as_slice()).map_err(|error| fault(READING, error))?;
    let mut position = head.map_or(0, |head| head.value());
    let rows = transaction.open_table(MESSAGE_BY_POSITION).map_err(|error| fault(READING, error))?;
    let mut descent = Descent { rows: &rows, below: None };
    let breaks = |position| LogError::Corrupt(format!("the chain of {subject} breaks at {position}"));
    let mut chain = Vec::new();
    while position > 0 && chain.len() < most {
        let missing = || LogError::Corrupt(format!("position {position} of {subject} is missing"));
        let row = descent.row_at(position).map_err(|error| fault(READING, error))?.ok_or_else(missing)?;
        let previous = StoredRow::previous(position, row.value())?;
        if previous >= position {
            return Err(breaks(position));
        }
        chain.push((position, row.value().to_vec()));
        position = previous;
    }
    chain.reverse();
    let read = |(position, row): &(u64, Vec<u8>)| {
        let row = StoredRow::decode(*position, row)?;
        if row.subject() != subject.as_str().as_bytes() {
            return Err(breaks(*position));
        }
        row.into_message_on(subject.clone(), *position)
    };
    read_each(&chain, read).into_iter().collect()
}

/// Rows at ever lower positions.
struct Descent<'a> {
    rows: &'a ReadOnlyTable<u64, &'static [u8]>,
    /// The position of the last row that was asked for, and the rows below it.
    below: Option<(u64, Range<'static, u64, &'static [u8]>)>,
}

impl Descent<'_> {
    /// The row at a position below all that were asked for; `None` if there is none.
    fn row_at(&mut self, position: u64) -> Result<Option<AccessGuard<'static, &'static [u8]>>, StorageError> {
        let near = self.below.take().filter(|(last, _)| last - position <= NEAR);
        let mut below = match near {
            Some((_, below)) => below,
            None => self.rows.range(..=position)?,
        };
        let mut found = None;
        // Ends: what is near is a few steps down, and what was looked up is the first.
        while let Some(entry) = below.next_back() {
            let (at, row) = entry?;
            if at.value() <= position {
                found = (at.value() == position).then_some(row);
                break;
            }
        }
        self.below = Some((position, below));
        Ok(found)
    }
}
