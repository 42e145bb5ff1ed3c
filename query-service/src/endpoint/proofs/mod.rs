//! Proofs for auditors: checkpoints, inclusion, consistency, exports and evidence.

pub(crate) mod checkpoint;
pub(crate) mod evidence;
pub(crate) mod export;
pub(crate) mod proof;
