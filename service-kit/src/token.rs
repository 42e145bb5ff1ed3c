//! Bearer tokens: made once, shown once, kept only as hashes.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};

use crate::Secret;

/// What every token starts with, so that secret scanners and people recognize one.
pub const TOKEN_PREFIX: &str = "itam_";

/// A new token: the prefix and 256 random bits in base64url.
///
/// # Panics
/// If the operating system gives no random numbers.
#[must_use]
pub fn generate_token() -> Secret {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
    Secret::new(format!("{TOKEN_PREFIX}{}", BASE64URL_NOPAD.encode(&bytes)))
}

/// The SHA-256 of a token in lower-case hexadecimal: what is stored. A plain hash is enough, as
/// nobody can guess 256 random bits.
#[must_use]
pub fn hash_token(token: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_recognizable_and_never_the_same() {
        let (one, other) = (generate_token(), generate_token());
        assert!(one.expose().starts_with(TOKEN_PREFIX));
        assert_eq!(one.expose().len(), TOKEN_PREFIX.len() + 43);
        assert_ne!(one.expose(), other.expose());
    }

    #[test]
    fn the_hash_is_sha_256() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hash_token(""), empty);
    }
}
