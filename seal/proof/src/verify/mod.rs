//! Checking exports, evidence and checkpoints, with nothing but public keys.

mod error;
mod evidence;
mod export;
mod known;

pub use error::{Reason, VerifyError};
pub use evidence::{EvidenceReport, verify_evidence};
pub use export::{ExportReport, verify_export};
pub use known::Known;

use crate::checkpoint::SignedCheckpoint;
use crate::statement::KeyStatement;
use crate::trust::{Attested, Trust};

/// Checks a checkpoint that somebody kept, and remembers it for the exports that come after. Whether
/// witnesses countersigned it is for [`Trust::check_countersigned`]: one that an export is compared
/// with needs none of its own.
///
/// # Errors
/// [`VerifyError`] if its signatures do not hold, or if another of the same size says otherwise.
pub fn verify_checkpoint(note: &str, trust: &Trust, known: &mut Known) -> Result<Attested, VerifyError> {
    attest(note, trust, known).map_err(VerifyError::of_file)
}

/// Checks a key statement on its own, and trusts the key that it names if it trusts the other.
///
/// # Errors
/// [`VerifyError`] if it is none, or its signatures do not hold.
pub fn verify_statement(note: &str, trust: &mut Trust) -> Result<KeyStatement, VerifyError> {
    let statement = KeyStatement::parse(note).map_err(|_| VerifyError::of_file(Reason::Statement))?;
    trust.follow(&statement).map_err(|error| VerifyError::of_file(error.into()))?;
    Ok(statement)
}

/// Whether a text looks like a key statement rather than a checkpoint.
#[must_use]
pub fn is_statement(note: &str) -> bool {
    KeyStatement::parse(note).is_ok()
}

fn attest(note: &str, trust: &Trust, known: &mut Known) -> Result<Attested, Reason> {
    let signed = SignedCheckpoint::parse(note)?;
    let attestation = signed.verify(trust)?;
    let checkpoint = signed.checkpoint().clone();
    known.see(&checkpoint.origin, checkpoint.size, checkpoint.root)?;
    Ok(Attested { checkpoint, attestation })
}
