//! A checkpoint on paper: one self-contained page of HTML, with the note as text and as a QR code.
//!
//! Paper in a safe is a place that nobody can rewrite over a network. What is printed is the signed
//! note itself, byte for byte, so that it can be checked years later with the public key alone.

mod qr;
mod sheet;

use itam_proof::{SignedCheckpoint, Trust};

pub use qr::QrError;

/// A page of a checkpoint, with what is known of its signatures by these keys.
///
/// # Errors
/// If no QR code holds the note.
pub fn checkpoint_page(signed: &SignedCheckpoint, keys: &Trust) -> Result<String, QrError> {
    let image = qr::svg(&qr::code_of(&signed.encode())?);
    Ok(sheet::sheet(signed, keys, &image))
}
