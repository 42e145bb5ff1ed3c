//! Cursors on the wire: opaque, and bound to the query that gave them out.

use chrono::DateTime;
use data_encoding::BASE64URL_NOPAD;
use itam_read_model::{Cursor, Moment};
use itam_service_kit::{Problem, ProblemCode};

/// The longest cursor that is looked at.
const MAX_LENGTH: usize = 2_048;
/// What stands in a cursor before the place.
const OF_THE_PRESENT: u8 = 0;
/// A moment follows: milliseconds and position, eight bytes each.
const OF_A_MOMENT: u8 = 1;

/// What identifies a list: a hash of its path, filters and sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueryHash(pub(crate) [u8; 8]);

/// Where a page begins: in which of the list's sources, and behind what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PageStart {
    pub(crate) source: u8,
    pub(crate) cursor: Option<Cursor>,
}

/// What a cursor holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bookmark {
    /// Where the next page begins.
    pub(crate) place: PageStart,
    /// The moment of the page before, so that all pages of a list are of one.
    pub(crate) pin: Option<Moment>,
}

impl Bookmark {
    /// Reads a cursor of the list `query`.
    pub(crate) fn read(text: &str, query: QueryHash) -> Result<Self, Problem> {
        let bytes =
            (text.len() <= MAX_LENGTH).then(|| BASE64URL_NOPAD.decode(text.as_bytes()).ok()).flatten();
        let rest = bytes.as_deref().and_then(|bytes| bytes.strip_prefix(&query.0));
        let (pin, rest) = rest.and_then(read_pin).ok_or_else(invalid)?;
        let (source, cursor) = rest.split_first().ok_or_else(invalid)?;
        let cursor = (!cursor.is_empty()).then(|| Cursor::from_bytes(cursor.to_vec()));
        Ok(Self { place: PageStart { source: *source, cursor }, pin })
    }

    /// The cursor's text.
    pub(crate) fn write(&self, query: QueryHash) -> String {
        let mut bytes = query.0.to_vec();
        match self.pin {
            None => bytes.push(OF_THE_PRESENT),
            Some(pin) => {
                bytes.push(OF_A_MOMENT);
                bytes.extend_from_slice(&pin.as_of.timestamp_millis().to_be_bytes());
                bytes.extend_from_slice(&pin.known_at.to_be_bytes());
            }
        }
        bytes.push(self.place.source);
        bytes.extend_from_slice(self.place.cursor.as_ref().map_or(&[][..], Cursor::as_bytes));
        BASE64URL_NOPAD.encode(&bytes)
    }
}

/// The moment that stands first, and what is behind it.
fn read_pin(bytes: &[u8]) -> Option<(Option<Moment>, &[u8])> {
    match bytes.split_first()? {
        (&OF_THE_PRESENT, rest) => Some((None, rest)),
        (&OF_A_MOMENT, rest) => {
            let (as_of, rest) = rest.split_first_chunk()?;
            let (known_at, rest) = rest.split_first_chunk()?;
            let as_of = DateTime::from_timestamp_millis(i64::from_be_bytes(*as_of))?;
            Some((Some(Moment { as_of, known_at: u64::from_be_bytes(*known_at) }), rest))
        }
        _ => None,
    }
}

/// The refusal of a cursor.
pub(crate) fn invalid() -> Problem {
    Problem::new(
        ProblemCode::CursorInvalid,
        "The cursor was not given out for this query: begin again without it.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: QueryHash = QueryHash([7; 8]);

    #[test]
    fn a_cursor_reads_back_for_its_own_query_only() {
        let moment = Moment { as_of: "2026-03-31T23:59:59.999Z".parse().unwrap(), known_at: 4711 };
        for cursor in [None, Some(Cursor::from_bytes(vec![1, 2, 3]))] {
            for pin in [None, Some(moment)] {
                let bookmark = Bookmark { place: PageStart { source: 3, cursor: cursor.clone() }, pin };
                let text = bookmark.write(QUERY);
                assert_eq!(Bookmark::read(&text, QUERY).unwrap(), bookmark);
                let refused = Bookmark::read(&text, QueryHash([8; 8])).unwrap_err();
                assert_eq!(refused.code(), ProblemCode::CursorInvalid);
            }
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let far = [&[7; 8][..], &[OF_A_MOMENT], &[0x7f; 16], &[0]].concat();
        for bytes in [&[7; 8][..], &[7; 9], &[[7; 8], [0; 8]].concat()[..9], &far] {
            let text = BASE64URL_NOPAD.encode(bytes);
            assert_eq!(Bookmark::read(&text, QUERY).unwrap_err().code(), ProblemCode::CursorInvalid);
        }
        for text in ["", "!", "AAAA", &"A".repeat(4_000)] {
            assert_eq!(Bookmark::read(text, QUERY).unwrap_err().code(), ProblemCode::CursorInvalid);
        }
    }
}
