//! The tables of the embedded log.
//!
//! There is no index by subject and position. Each message holds the position of the message
//! before it on the same subject, so a load walks that chain back from the head: it costs as many
//! point gets as there are messages, less where they stand near one another, while an append saves
//! one insertion into a third tree.

use redb::{ReadableTable, TableDefinition};

/// The format of the file that this build writes and the newest that it reads. 1 kept bodies as
/// they are and heads by the subject's text.
pub(super) const FORMAT: u32 = 2;

/// Position to message: every message of the log, from 1 without gaps. The row is
/// [`super::row::MessageRow`]. Written by the committer, read by every reader.
pub(super) const MESSAGE_BY_POSITION: TableDefinition<'static, u64, &'static [u8]> =
    TableDefinition::new("message_by_position");

/// Subject, as [`super::subject_key`] packs it, to the position of its last message: what
/// expectations are checked against and where a load begins. Written by the committer, read by
/// both.
pub(super) const HEAD_BY_SUBJECT_KEY: TableDefinition<'static, &'static [u8], u64> =
    TableDefinition::new("head_by_subject_key");

/// The heads of format 1, by the subject's text. Read once, when such a file is opened.
pub(super) const HEAD_BY_SUBJECT: TableDefinition<'static, &'static str, u64> =
    TableDefinition::new("head_by_subject");

/// `format` and `tenant`, written when the file is made or brought up to date, and checked at
/// every opening.
pub(super) const META: TableDefinition<'static, &'static str, &'static str> = TableDefinition::new("meta");

/// The position of the last message; 0 if there is none.
pub(super) fn last_position(
    messages: &impl ReadableTable<u64, &'static [u8]>,
) -> Result<u64, redb::StorageError> {
    Ok(messages.last()?.map_or(0, |(position, _)| position.value()))
}
