//! The leaf of a position: what of a stored message is proven.
//!
//! Leaf `i` (counted from 1, as positions are) is the RFC 6962 leaf hash of a record: the position
//! as eight bytes, the subject's length as four, both big-endian, the subject, and the stored body
//! to the end. So a hole, a swap, and an edited subject or body all change a leaf.
//!
//! The time at which the log stored a message is not covered: a server keeps it in nanoseconds, a
//! file in milliseconds, and a copied log takes it from a header. The recorded time that counts is
//! in the body. The ends of commits are not covered either: they belong to the transport.

use crate::Hash;

/// What of a stored message is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf<'a> {
    /// Its position, from 1.
    pub position: u64,
    /// Where it is stored.
    pub subject: &'a str,
    /// The stored bytes.
    pub body: &'a [u8],
}

impl Leaf<'_> {
    /// The leaf's hash.
    ///
    /// # Panics
    /// If the subject is longer than 4 GiB, which no log takes.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let length = u32::try_from(self.subject.len()).expect("a subject is shorter than 4 GiB");
        let mut record = Vec::with_capacity(12 + self.subject.len() + self.body.len());
        record.extend_from_slice(&self.position.to_be_bytes());
        record.extend_from_slice(&length.to_be_bytes());
        record.extend_from_slice(self.subject.as_bytes());
        record.extend_from_slice(self.body);
        tlog_tiles::record_hash(&record).into()
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    const LEAF: Leaf<'_> = Leaf { position: 258, subject: "itam.main.guard.a", body: b"{\"a\":1}" };

    #[test]
    fn the_record_is_as_it_is_documented() {
        let record = b"\0\0\0\0\0\0\0\x01\x02\0\0\0\x11itam.main.guard.a{\"a\":1}";
        let expected: [u8; 32] = Sha256::digest(record).into();
        assert_eq!(LEAF.hash(), Hash::from_bytes(expected));
    }

    #[test]
    fn a_byte_that_moves_from_the_subject_to_the_body_makes_another_leaf() {
        let moved = Leaf { subject: "itam.main.guard.", body: b"a{\"a\":1}", ..LEAF };
        assert_ne!(moved.hash(), LEAF.hash());
        assert_ne!(Leaf { position: 257, ..LEAF }.hash(), LEAF.hash());
    }
}
