//! The vault in files of the data directory: `vault.redb` for people, `tokens.json` for tokens,
//! `token-uses.json` for when they were used last.

mod file;
mod people;
mod place;
#[cfg(test)]
mod power_cuts;
#[cfg(test)]
#[path = "../../simulated_disk.rs"]
mod simulated_disk;
mod store;
mod token_lock;
mod token_uses;
mod tokens;

pub use people::EmbeddedPeople;
pub use tokens::FileTokens;
