//! Exports: a run of stored messages with what proves them, one JSON object a line.

mod line;

use crate::body::Body;
use crate::checkpoint::{Origin, SignedCheckpoint};
use crate::statement::KeyStatement;
use crate::{Frontier, Hash, Leaf};

pub(crate) use line::{EndLine, EventLine, ExportLine, FORMAT, HeaderLine, SealedLine};

/// Writes the lines of an export into a buffer, in the order in which its functions are called:
/// the events, with key statements anywhere between them, and checkpoints where they belong.
pub struct ExportWriter {
    events: u64,
    frontier: Frontier,
}

/// What is exported is not what was sealed: the export would be refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ExportError {
    /// A position is missing or came twice.
    #[error("position {expected} should come, not {found}")]
    Gap {
        /// The position that has to follow.
        expected: u64,
        /// The position given.
        found: u64,
    },
    /// The log does not hold what the checkpoint says.
    #[error("the log up to position {size} is not what the checkpoint says")]
    Differs {
        /// How many positions it covers.
        size: u64,
    },
}

impl ExportWriter {
    /// Begins an export of the positions after those of `before`, which is the empty frontier for a
    /// whole export and [`crate::TreeSnapshot::frontier`] for others.
    pub fn begin(origin: &Origin, before: Frontier, out: &mut Vec<u8>) -> Self {
        let header = HeaderLine {
            format: FORMAT,
            origin: origin.as_str().into(),
            from: before.size() + 1,
            peaks: before.peaks().to_vec(),
        };
        write(out, &ExportLine::Export(header));
        Self { events: 0, frontier: before }
    }

    /// The last position that was written, or the one before the first.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.frontier.size()
    }

    /// Writes the next message.
    ///
    /// # Errors
    /// [`ExportError::Gap`] if it is not the next.
    pub fn event(&mut self, leaf: &Leaf<'_>, out: &mut Vec<u8>) -> Result<(), ExportError> {
        let expected = self.position() + 1;
        if leaf.position != expected {
            return Err(ExportError::Gap { expected, found: leaf.position });
        }
        let hash = leaf.hash();
        self.frontier.push(hash);
        self.events += 1;
        let event = EventLine {
            position: leaf.position,
            subject: leaf.subject.into(),
            body: Body::of(leaf.body),
            leaf: hash,
        };
        write(out, &ExportLine::Event(event));
        Ok(())
    }

    /// Writes a key statement; before the first checkpoint that the new key signed.
    pub fn statement(&self, statement: &KeyStatement, out: &mut Vec<u8>) {
        write(out, &ExportLine::Statement(statement.encode().into()));
    }

    /// Writes a checkpoint: of the positions so far, or of more with the proof
    /// ([`crate::TreeSnapshot::prove_consistency`]) that it continues them.
    ///
    /// # Errors
    /// [`ExportError::Differs`] if it does not.
    pub fn checkpoint(
        &self,
        signed: &SignedCheckpoint,
        consistency: Vec<Hash>,
        out: &mut Vec<u8>,
    ) -> Result<(), ExportError> {
        let checkpoint = signed.checkpoint();
        if !self.frontier.is_continued_by(checkpoint.size, checkpoint.root, &consistency) {
            return Err(ExportError::Differs { size: checkpoint.size });
        }
        write(out, &ExportLine::Checkpoint(SealedLine { note: signed.encode().into(), consistency }));
        Ok(())
    }

    /// Writes the last line.
    pub fn end(self, out: &mut Vec<u8>) {
        write(out, &ExportLine::End(EndLine { events: self.events, to: self.frontier.size() }));
    }
}

fn write(out: &mut Vec<u8>, line: &ExportLine<'_>) {
    serde_json::to_writer(&mut *out, line).expect("plain values always serialize, into memory");
    out.push(b'\n');
}
