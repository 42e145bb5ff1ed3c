//! Cursors on the wire: opaque, and bound to the query that gave them out.

use data_encoding::BASE64URL_NOPAD;
use itam_read_model::Cursor;
use itam_service_kit::{Problem, ProblemCode};

/// The longest cursor that is looked at.
const MAX_LENGTH: usize = 2_048;

/// What identifies a list: a hash of its path, filters and sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueryHash(pub(crate) [u8; 8]);

/// Where a page begins: in which of the list's sources, and behind what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) source: u8,
    pub(crate) cursor: Option<Cursor>,
}

impl Place {
    /// Reads a cursor of the list `query`.
    pub(crate) fn read(text: &str, query: QueryHash) -> Result<Self, Problem> {
        let bytes =
            (text.len() <= MAX_LENGTH).then(|| BASE64URL_NOPAD.decode(text.as_bytes()).ok()).flatten();
        let rest = bytes.as_deref().and_then(|bytes| bytes.strip_prefix(&query.0));
        let (source, cursor) = rest.and_then(<[u8]>::split_first).ok_or_else(invalid)?;
        Ok(Self {
            source: *source,
            cursor: (!cursor.is_empty()).then(|| Cursor::from_bytes(cursor.to_vec())),
        })
    }

    /// The cursor's text.
    pub(crate) fn write(&self, query: QueryHash) -> String {
        let cursor = self.cursor.as_ref().map_or(&[][..], Cursor::as_bytes);
        BASE64URL_NOPAD.encode(&[&query.0, &[self.source][..], cursor].concat())
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
        for cursor in [None, Some(Cursor::from_bytes(vec![1, 2, 3]))] {
            let place = Place { source: 3, cursor };
            let text = place.write(QUERY);
            assert_eq!(Place::read(&text, QUERY).unwrap(), place);
            let refused = Place::read(&text, QueryHash([8; 8])).unwrap_err();
            assert_eq!(refused.code(), ProblemCode::CursorInvalid);
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "!", "AAAA", &"A".repeat(4_000), &BASE64URL_NOPAD.encode(&[7; 8])] {
            assert_eq!(Place::read(text, QUERY).unwrap_err().code(), ProblemCode::CursorInvalid);
        }
    }
}
