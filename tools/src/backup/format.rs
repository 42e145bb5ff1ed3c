//! The format of a backup file, as `docs/operating.md` describes it.
//!
//! ```text
//! "ITAMBKUP"  format (u32)
//! frame …     kind (u8), length (u32), that many bytes
//! checksum    SHA-256 of everything before it (32 bytes)
//! ```
//!
//! All numbers are big-endian. Frames come in this order: one header, the messages by position, the
//! people, the tokens, one end.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use itam_event_log::{StoredMessage, Subject, TransferRecord};
use itam_vault::{PersonDetails, TokenRecord};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The first bytes of every backup.
pub(super) const MAGIC: &[u8; 8] = b"ITAMBKUP";
/// The format that this build writes, and the newest that it reads. In format 1 no token has an end: a
/// build that knows that alone would restore one without it, so it must refuse format 2.
pub const FORMAT: u32 = 2;
/// The bytes of the checksum.
pub(super) const CHECKSUM_BYTES: usize = 32;
/// The longest frame: a message of the largest body with room to spare.
pub(super) const MAX_FRAME: u32 = 4 * 1024 * 1024;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum FrameKind {
    Header = b'H',
    Message = b'M',
    Person = b'P',
    Token = b'T',
    End = b'E',
}

impl FrameKind {
    pub(super) fn of(byte: u8) -> Option<Self> {
        [Self::Header, Self::Message, Self::Person, Self::Token, Self::End]
            .into_iter()
            .find(|kind| *kind as u8 == byte)
    }
}

/// What a backup says of itself at its beginning.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BackupHeader {
    pub(crate) tenant: String,
    /// When it was begun, RFC 3339.
    pub(crate) created_at: DateTime<Utc>,
    /// The version of itam that wrote it.
    pub(crate) itam_version: String,
    /// The last position; every position from 1 on is there.
    pub(crate) head: u64,
    /// SHA-256 of the body at the last position, in hexadecimal; none if the log is empty.
    pub(crate) head_hash: Option<String>,
}

/// What a backup says of itself at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BackupEnd {
    pub(crate) messages: u64,
    pub(crate) people: u64,
    pub(crate) tokens: u64,
    /// The hash over all messages.
    pub(crate) history_hash: String,
}

/// A person with what the vault knows of her.
#[derive(Serialize, Deserialize)]
pub(super) struct PersonEntry {
    pub(super) id: Uuid,
    pub(super) details: PersonDetails,
}

/// One frame, read.
pub(super) enum Frame {
    Header(BackupHeader),
    Message(TransferRecord),
    Person(PersonEntry),
    Token(TokenRecord),
    End(BackupEnd),
}

/// Lays out a frame.
pub(super) fn write_frame(kind: FrameKind, payload: &[u8], to: &mut Vec<u8>) {
    let length = u32::try_from(payload.len()).expect("frames are shorter than 4 GiB");
    to.push(kind as u8);
    to.extend_from_slice(&length.to_be_bytes());
    to.extend_from_slice(payload);
}

/// Lays out a message: position, seconds and nanoseconds of the time it was stored, whether it
/// ends its commit, the length of the subject, the subject, the body.
pub(super) fn encode_message(record: &TransferRecord) -> Vec<u8> {
    let message = &record.message;
    let subject = message.subject.as_str().as_bytes();
    let length = u16::try_from(subject.len()).expect("subjects are shorter than 64 KiB");
    let mut payload = Vec::with_capacity(23 + subject.len() + message.body.len());
    payload.extend_from_slice(&message.position.to_be_bytes());
    payload.extend_from_slice(&message.stored_at.timestamp().to_be_bytes());
    payload.extend_from_slice(&message.stored_at.timestamp_subsec_nanos().to_be_bytes());
    payload.push(u8::from(record.ends_commit));
    payload.extend_from_slice(&length.to_be_bytes());
    payload.extend_from_slice(subject);
    payload.extend_from_slice(&message.body);
    payload
}

/// Reads a message back.
pub(super) fn decode_message(payload: &[u8]) -> Option<TransferRecord> {
    let (head, rest) = payload.split_at_checked(23)?;
    let length = u16::from_be_bytes(head[21..23].try_into().ok()?);
    let (subject, body) = rest.split_at_checked(usize::from(length))?;
    let seconds = i64::from_be_bytes(head[8..16].try_into().ok()?);
    let nanoseconds = u32::from_be_bytes(head[16..20].try_into().ok()?);
    let message = StoredMessage {
        position: u64::from_be_bytes(head[..8].try_into().ok()?),
        subject: Subject::try_new(std::str::from_utf8(subject).ok()?).ok()?,
        stored_at: DateTime::from_timestamp(seconds, nanoseconds)?,
        body: Bytes::copy_from_slice(body),
    };
    Some(TransferRecord { message, ends_commit: head[20] == 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        for ends_commit in [true, false] {
            let message = StoredMessage {
                position: u64::MAX,
                subject: Subject::try_new("itam.main.key.tag.ABC").expect("literal"),
                stored_at: "2026-03-02T07:00:00.123456789Z".parse().expect("a time"),
                body: Bytes::from_static(&[0, 255, b'{']),
            };
            let record = TransferRecord { message, ends_commit };
            assert_eq!(decode_message(&encode_message(&record)), Some(record));
        }
    }

    #[test]
    fn a_cut_message_is_none() {
        let message = StoredMessage {
            position: 1,
            subject: Subject::try_new("itam.main.guard.seats").expect("literal"),
            stored_at: DateTime::UNIX_EPOCH,
            body: Bytes::new(),
        };
        let whole = encode_message(&TransferRecord { message, ends_commit: true });
        for length in 0..whole.len() {
            assert_eq!(decode_message(&whole[..length]), None, "{length}");
        }
    }
}
