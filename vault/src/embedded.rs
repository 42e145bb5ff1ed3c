//! The vault in files of the data directory: `vault.redb` for people, `tokens.json` for tokens.

mod file;
mod people;
mod place;
#[cfg(test)]
mod power_cuts;
mod store;
mod tokens;

pub use people::EmbeddedPeople;
pub use tokens::FileTokens;
