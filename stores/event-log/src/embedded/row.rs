//! The row of a message: a short header, then subject and body, compressed.
//!
//! Every message is compressed by itself, so that one can be loaded without its neighbors. What
//! they have in common, the names and the frame of an event, is in a dictionary that belongs to the
//! format and never changes: it was made by `zstd --train --maxdict=16384` from some fifty variants
//! of every golden sample in `schemas/samples/events`, with ids, digests, times and amounts drawn at
//! random, and of key records. It helps with whatever looks like them and knows no rules.

use std::cell::RefCell;
use std::sync::LazyLock;

use bytes::{Buf, Bytes};
use chrono::DateTime;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use crate::{Commit, LogError, StoredMessage, Subject};

/// The version byte at the start of each row: as it is, of format 1, and compressed.
const PLAIN: u8 = 1;
const COMPRESSED: u8 = 2;

/// Previous position, stored at, writes left and length of the subject in a plain row.
const PLAIN_HEADER_BYTES: usize = 8 + 8 + 2 + 2;

/// The longest subject and body that a row may claim to hold: what damage says is not believed.
const MAX_TEXT_BYTES: usize = Commit::MAX_BODY_BYTES + u16::MAX as usize;

/// Higher levels gain nothing on so little text.
const LEVEL: i32 = 1;
const DICTIONARY: &[u8] = include_bytes!("message.dictionary");

static ENCODER: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, LEVEL));
static DECODER: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(DICTIONARY));

thread_local! {
    /// Making one costs more than a hundred uses.
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// One message as it is to be stored.
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

/// Lays rows out.
pub(super) struct RowWriter {
    compressor: Compressor<'static>,
    text: Vec<u8>,
    row: Vec<u8>,
}

impl RowWriter {
    /// A writer with the format's dictionary.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub(super) fn try_new() -> std::io::Result<Self> {
        let mut compressor = Compressor::with_prepared_dictionary(&ENCODER)?;
        compressor.include_checksum(false)?;
        compressor.include_contentsize(false)?;
        compressor.include_dictid(false)?;
        Ok(Self { compressor, text: Vec::new(), row: Vec::new() })
    }

    /// The bytes of a row.
    ///
    /// # Errors
    /// If there is no memory for them.
    pub(super) fn encode(&mut self, message: &MessageRow<'_>) -> std::io::Result<&[u8]> {
        self.text.clear();
        self.text.extend_from_slice(message.subject.as_bytes());
        self.text.extend_from_slice(message.body);
        self.row.clear();
        self.row.push(COMPRESSED);
        let subject = message.subject.len() as u64;
        let numbers =
            [message.previous, message.stored_at_ms.cast_unsigned(), u64::from(message.writes_left), subject];
        for number in numbers.into_iter().chain([self.text.len() as u64]) {
            push_number(&mut self.row, number);
        }
        let header = self.row.len();
        self.row.resize(header + zstd::zstd_safe::compress_bound(self.text.len()), 0);
        let compressed = self.compressor.compress_to_buffer(&self.text, &mut self.row[header..])?;
        self.row.truncate(header + compressed);
        Ok(&self.row)
    }
}

/// One message as it was stored.
pub(super) struct StoredRow {
    stored_at_ms: i64,
    /// As in [`MessageRow`].
    pub(super) writes_left: u16,
    subject_len: usize,
    /// The subject, then the body.
    text: Bytes,
}

impl StoredRow {
    /// The position of the message before it on the same subject: it stands at the row's beginning, and is read
    /// without the rest.
    pub(super) fn previous(position: u64, row: &[u8]) -> Result<u64, LogError> {
        let read = || match row.split_first()? {
            (&PLAIN, rest) => Some(u64::from_be_bytes(rest.get(..8)?.try_into().ok()?)),
            (&COMPRESSED, mut rest) => take_number(&mut rest),
            _ => None,
        };
        read().ok_or_else(|| unreadable(position))
    }

    /// Reads a row back.
    pub(super) fn decode(position: u64, row: &[u8]) -> Result<Self, LogError> {
        Self::parse(row).ok_or_else(|| unreadable(position))
    }

    fn parse(row: &[u8]) -> Option<Self> {
        match row.split_first()? {
            (&PLAIN, rest) => Self::parse_plain(rest),
            (&COMPRESSED, rest) => Self::parse_compressed(rest),
            _ => None,
        }
    }

    fn parse_plain(rest: &[u8]) -> Option<Self> {
        let (header, text) = rest.split_at_checked(PLAIN_HEADER_BYTES)?;
        let row = Self {
            stored_at_ms: i64::from_be_bytes(header[8..16].try_into().ok()?),
            writes_left: u16::from_be_bytes(header[16..18].try_into().ok()?),
            subject_len: u16::from_be_bytes(header[18..20].try_into().ok()?).into(),
            text: Bytes::copy_from_slice(text),
        };
        row.checked()
    }

    fn parse_compressed(mut rest: &[u8]) -> Option<Self> {
        let _previous = take_number(&mut rest)?;
        let stored_at_ms = take_number(&mut rest)?.cast_signed();
        let writes_left = take_number(&mut rest)?.try_into().ok()?;
        let subject_len = take_number(&mut rest)?.try_into().ok()?;
        let text_len = take_number(&mut rest)?.try_into().ok()?;
        let text = Bytes::from(decompress(rest, text_len)?);
        Self { stored_at_ms, writes_left, subject_len, text }.checked()
    }

    fn checked(self) -> Option<Self> {
        (self.subject_len <= self.text.len()).then_some(self)
    }

    /// Where the message lives.
    pub(super) fn subject(&self) -> &[u8] {
        &self.text[..self.subject_len]
    }

    /// The message that the row holds.
    pub(super) fn into_message(self, position: u64) -> Result<StoredMessage, LogError> {
        let subject = std::str::from_utf8(self.subject()).map_err(|_| unreadable(position))?;
        let subject = Subject::try_new(subject).map_err(|_| unreadable(position))?;
        self.into_message_on(subject, position)
    }

    /// The message that the row holds, whose subject was found to be this one.
    pub(super) fn into_message_on(
        mut self,
        subject: Subject,
        position: u64,
    ) -> Result<StoredMessage, LogError> {
        let stored_at =
            DateTime::from_timestamp_millis(self.stored_at_ms).ok_or_else(|| unreadable(position))?;
        self.text.advance(self.subject_len);
        Ok(StoredMessage { position, subject, stored_at, body: self.text })
    }
}

fn unreadable(position: u64) -> LogError {
    LogError::Corrupt(format!("the row at position {position} is unreadable"))
}

/// Exactly `length` bytes, or nothing.
fn decompress(compressed: &[u8], length: usize) -> Option<Vec<u8>> {
    if length > MAX_TEXT_BYTES {
        return None;
    }
    DECOMPRESSOR.with_borrow_mut(|kept| {
        let decompressor = match kept {
            Some(decompressor) => decompressor,
            None => kept.insert(Decompressor::with_prepared_dictionary(&DECODER).ok()?),
        };
        let text = decompressor.decompress(compressed, length).ok()?;
        (text.len() == length).then_some(text)
    })
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow (LEB128).
fn push_number(row: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        row.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    row.push(number.to_le_bytes()[0]);
}

fn take_number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(subject: &str, body: &[u8]) -> Vec<u8> {
        let message =
            MessageRow { previous: 7, stored_at_ms: 1_767_225_600_123, writes_left: 2, subject, body };
        RowWriter::try_new().unwrap().encode(&message).unwrap().to_vec()
    }

    #[test]
    fn every_body_is_restored_byte_for_byte() {
        let noise: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        for body in [b"".as_slice(), b"{\"a\":1}", &[0xff; 3], &noise] {
            let row = encoded("itam.main.event.asset.1", body);
            assert_eq!(StoredRow::previous(9, &row).unwrap(), 7);
            let row = StoredRow::decode(9, &row).unwrap();
            assert_eq!(row.writes_left, 2);
            let message = row.into_message(9).unwrap();
            assert_eq!(message.body, body);
            assert_eq!(message.subject.as_str(), "itam.main.event.asset.1");
            assert_eq!(message.stored_at.timestamp_millis(), 1_767_225_600_123);
        }
    }

    #[test]
    fn an_event_takes_a_third_of_its_length_or_less() {
        let event = include_bytes!("../../../../schemas/samples/events/asset.deployed.v1.json");
        let row = encoded("itam.main.event.asset.019a5c3e-8000-7000-8000-000000000101", event);
        assert!(row.len() * 3 < event.len(), "{} of {}", row.len(), event.len());
    }

    #[test]
    fn a_row_that_was_cut_or_changed_is_refused_or_differs_but_does_not_panic() {
        let whole = encoded("itam.main.event.asset.1", b"a body of some length, of some length");
        for length in 0..whole.len() {
            assert!(StoredRow::decode(9, &whole[..length]).is_err(), "{length}");
        }
        for index in 0..whole.len() {
            let mut changed = whole.clone();
            changed[index] ^= 0x55;
            let _ = StoredRow::decode(9, &changed).map(|row| row.into_message(9));
        }
    }

    /// Rows are read with the dictionary that they were written with, or not at all.
    #[test]
    fn the_dictionary_never_changes() {
        use sha2::Digest;
        let hash = data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(DICTIONARY));
        assert_eq!(hash, "de993e86435c38474f4f97b3e96a6b80fe32e83f3abdc3f59c95ec3d4876c5b7");
    }
}
