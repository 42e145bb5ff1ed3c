//! Signed notes (C2SP signed-note): a text, and signature lines under it.

use signed_note::{Note, Signature};

use crate::key::{KeyError, SigningKey};

/// A text with signatures. Its form was checked; its signatures were not.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SignedNote {
    text: String,
    signatures: Vec<Signature>,
}

/// A text that is no signed note.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a signed note")]
pub struct NoteError;

impl SignedNote {
    /// A note that nobody has signed.
    pub(crate) fn new(text: String) -> Self {
        Self { text, signatures: Vec::new() }
    }

    /// Reads a note. There is one form only of each, so that a changed byte never goes unnoticed.
    pub(crate) fn parse(note: &str) -> Result<Self, NoteError> {
        Note::from_bytes(note.as_bytes()).map_err(|_| NoteError)?;
        let end = note.rfind("\n\n").ok_or(NoteError)?;
        let (text, lines) = (&note[..=end], &note[end + 2..]);
        let signatures = lines.lines().map(|line| Signature::from_bytes(line.as_bytes()));
        let mut read = Self::new(text.to_owned());
        for signature in signatures {
            read.put(signature.map_err(|_| NoteError)?);
        }
        // Also refuses two signatures of one key.
        if read.encode() == note { Ok(read) } else { Err(NoteError) }
    }

    /// The note as it is kept and sent.
    pub(crate) fn encode(&self) -> String {
        let mut note = format!("{}\n", self.text);
        for signature in &self.signatures {
            note.push_str(&String::from_utf8_lossy(&signature.to_bytes()));
        }
        note
    }

    /// What is signed.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, whoever made them.
    pub(crate) fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Puts a signature under the note, in the place of an earlier one of the same key.
    pub(crate) fn add(&mut self, key: &SigningKey, time_s: u64) -> Result<(), KeyError> {
        let signed = key.sign(&self.text, time_s);
        let signature = Signature::new(key.name().to_owned(), key.id(), signed);
        self.put(signature.map_err(|_| KeyError::Name(key.name().to_owned()))?);
        Ok(())
    }

    /// Takes over the signatures of another copy.
    pub(crate) fn merge(&mut self, other: &Self) {
        for signature in &other.signatures {
            self.put(signature.clone());
        }
    }

    fn put(&mut self, signature: Signature) {
        let is_same = |other: &Signature| other.name() == signature.name() && other.id() == signature.id();
        self.signatures.retain(|other| !is_same(other));
        self.signatures.push(signature);
    }
}
