//! Proof that a history was not edited: a Merkle log over it, signed checkpoints of that log, and
//! everything needed to check them somewhere else.
//!
//! The tree is that of RFC 6962; checkpoints are C2SP `tlog-checkpoint` notes with Ed25519
//! signatures and `tlog-cosignature` countersignatures. Nothing here reads a clock, a log or the
//! network: positions, subjects and bytes come in, and so do times and the seeds of keys.

mod body;
mod checkpoint;
mod evidence;
mod export;
mod frontier;
mod hash;
mod inclusion;
mod key;
mod key_folder;
mod leaf;
mod ledger;
mod note;
mod statement;
mod tree;
mod trust;
mod trust_error;
mod verdict;
mod verify;

pub use checkpoint::{CheckpointError, Origin, SignedCheckpoint, TreeCheckpoint};
pub use evidence::{EvidenceWriter, FoldError};
pub use export::{ExportError, ExportWriter};
pub use frontier::Frontier;
pub use hash::{Hash, HashError};
pub use inclusion::{ProofError, check_consistency, check_inclusion};
pub use key::{KeyError, KeyPurpose, SigningKey, VerifierKey};
pub use key_folder::{HeldKeyFolder, KeyFolder, LogKeys};
pub use leaf::Leaf;
pub use ledger::{KeptCheckpoint, LedgerError, LedgerReader, LedgerWriter};
pub use note::NoteError;
pub use statement::{KeyStatement, KeySuccession};
pub use tree::{TreeError, TreeReader, TreeSnapshot, TreeWriter};
pub use trust::{Attestation, Attested, Countersignature, Trust};
pub use trust_error::TrustError;
pub use verdict::{JudgedSignature, SignatureVerdict};
pub use verify::{
    EvidenceReport, ExportReport, Known, Reason, VerifyError, is_statement, verify_checkpoint,
    verify_evidence, verify_export, verify_statement,
};
