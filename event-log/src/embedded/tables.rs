//! The tables of the embedded log and the row of a message.
//!
//! There is no index by subject and position. Each message holds the position of the message
//! before it on the same subject, so a load walks that chain back from the head: it costs as many
//! point gets as there are messages, while an append saves one insertion into a third tree.

use bytes::Bytes;
use chrono::DateTime;
use redb::{ReadableTable, TableDefinition};

use crate::{LogError, StoredMessage, Subject};

/// The format of the file that this build writes and the newest that it reads.
pub(super) const FORMAT: u32 = 1;

/// Position to message: every message of the log, from 1 without gaps. The row is
/// [`MessageRow`]. Written by the committer, read by every reader.
pub(super) const MESSAGE_BY_POSITION: TableDefinition<'static, u64, &'static [u8]> =
    TableDefinition::new("message_by_position");

/// Subject to the position of its last message: what expectations are checked against and where
/// a load begins. Written by the committer, read by both.
pub(super) const HEAD_BY_SUBJECT: TableDefinition<'static, &'static str, u64> =
    TableDefinition::new("head_by_subject");

/// `format` and `tenant`, written once when the file is made and checked at every opening.
pub(super) const META: TableDefinition<'static, &'static str, &'static str> = TableDefinition::new("meta");

/// The version byte at the start of each row.
const ROW_VERSION: u8 = 1;
/// Version, previous position, stored at, writes left, length of the subject.
const HEADER_BYTES: usize = 1 + 8 + 8 + 2 + 2;

/// One message as it is stored: a header of fixed length, the subject, the body.
pub(super) struct MessageRow<'a> {
    /// The position of the message before it on the same subject; 0 if there is none.
    pub(super) previous: u64,
    /// When it was stored, in milliseconds since 1970.
    pub(super) stored_at_ms: i64,
    /// How many writes of the same commit come after it; 0 marks the commit's end.
    pub(super) writes_left: u16,
    /// Where it lives.
    pub(super) subject: &'a str,
    /// The stored bytes.
    pub(super) body: &'a [u8],
}

impl<'a> MessageRow<'a> {
    /// Lays the row out in `buffer`, which is emptied first.
    pub(super) fn encode(&self, buffer: &mut Vec<u8>) {
        let length = u16::try_from(self.subject.len()).expect("subjects are shorter than 64 KiB");
        buffer.clear();
        buffer.push(ROW_VERSION);
        buffer.extend_from_slice(&self.previous.to_be_bytes());
        buffer.extend_from_slice(&self.stored_at_ms.to_be_bytes());
        buffer.extend_from_slice(&self.writes_left.to_be_bytes());
        buffer.extend_from_slice(&length.to_be_bytes());
        buffer.extend_from_slice(self.subject.as_bytes());
        buffer.extend_from_slice(self.body);
    }

    /// Reads a row back.
    pub(super) fn decode(position: u64, row: &'a [u8]) -> Result<Self, LogError> {
        Self::parse(row)
            .ok_or_else(|| LogError::Corrupt(format!("the row at position {position} is unreadable")))
    }

    fn parse(row: &'a [u8]) -> Option<Self> {
        let (header, rest) = row.split_at_checked(HEADER_BYTES)?;
        if header[0] != ROW_VERSION {
            return None;
        }
        let length = u16::from_be_bytes(header[19..21].try_into().ok()?);
        let (subject, body) = rest.split_at_checked(usize::from(length))?;
        Some(Self {
            previous: u64::from_be_bytes(header[1..9].try_into().ok()?),
            stored_at_ms: i64::from_be_bytes(header[9..17].try_into().ok()?),
            writes_left: u16::from_be_bytes(header[17..19].try_into().ok()?),
            subject: std::str::from_utf8(subject).ok()?,
            body,
        })
    }

    /// The message that the row holds.
    pub(super) fn to_message(&self, position: u64) -> Result<StoredMessage, LogError> {
        let unreadable = || LogError::Corrupt(format!("the row at position {position} is unreadable"));
        Ok(StoredMessage {
            position,
            subject: Subject::try_new(self.subject).map_err(|_| unreadable())?,
            stored_at: DateTime::from_timestamp_millis(self.stored_at_ms).ok_or_else(unreadable)?,
            body: Bytes::copy_from_slice(self.body),
        })
    }
}

/// The position of the last message; 0 if there is none.
pub(super) fn last_position(
    messages: &impl ReadableTable<u64, &'static [u8]>,
) -> Result<u64, redb::StorageError> {
    Ok(messages.last()?.map_or(0, |(position, _)| position.value()))
}
