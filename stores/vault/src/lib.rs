//! What is kept beside the log because it must be erasable or revocable: the names behind person
//! ids, and the hashes of bearer tokens.
//!
//! Two ports, [`PersonVault`] and [`TokenStore`], each with two implementations: [`embedded`]
//! (files in the data directory) and [`jetstream`] (key-value buckets). Both pass the same
//! contract suite (`tests/`).

mod directory;
pub mod embedded;
mod error;
mod fold;
mod format;
pub mod jetstream;
mod person;
mod port;
mod token;

pub use directory::PersonDirectory;
pub use error::{Cause, VaultError};
pub use person::PersonDetails;
pub use port::{PersonVault, TokenStore, USE_NOTED_EVERY};
pub use token::TokenRecord;
