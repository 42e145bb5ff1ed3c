//! What a log asks: `old <size>`, the lines of a consistency proof, a blank line, the checkpoint.

use itam_proof::{Hash, SignedCheckpoint};

/// The most lines that the protocol allows in a proof.
const MAX_PROOF: usize = 63;

/// A checkpoint to be countersigned.
#[derive(Clone, Debug, PartialEq)]
pub struct AddCheckpoint {
    /// How many positions the checkpoint covers that the witness saw last, as the log believes.
    pub old_size: u64,
    /// The proof that the new checkpoint continues it.
    pub proof: Vec<Hash>,
    /// The new one.
    pub checkpoint: SignedCheckpoint,
}

/// A request that is none.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the request cannot be read: {0}")]
pub struct MalformedRequest(String);

impl AddCheckpoint {
    /// Reads a request.
    ///
    /// # Errors
    /// [`MalformedRequest`].
    pub fn parse(text: &str) -> Result<Self, MalformedRequest> {
        let wrong = |what: &str| MalformedRequest(what.to_owned());
        let (head, note) = text.split_once("\n\n").ok_or_else(|| wrong("no blank line after the proof"))?;
        let mut lines = head.lines();
        let size = lines.next().and_then(|line| line.strip_prefix("old ")).unwrap_or_default();
        let old_size = size.parse().ok().filter(|number: &u64| number.to_string() == size);
        let old_size = old_size.ok_or_else(|| wrong("the first line is not \"old\" and a size"))?;
        let proof: Result<Vec<Hash>, _> = lines.map(str::parse).collect();
        let proof = proof.map_err(|error| MalformedRequest(error.to_string()))?;
        if proof.len() > MAX_PROOF {
            return Err(wrong("the proof has more than 63 hashes"));
        }
        let checkpoint =
            SignedCheckpoint::parse(note).map_err(|error| MalformedRequest(error.to_string()))?;
        Ok(Self { old_size, proof, checkpoint })
    }

    /// The request as it is sent.
    #[must_use]
    pub fn encode(old_size: u64, proof: &[Hash], note: &str) -> String {
        let mut request = format!("old {old_size}\n");
        for hash in proof {
            request.push_str(&hash.to_string());
            request.push('\n');
        }
        request.push('\n');
        request.push_str(note);
        request
    }
}
