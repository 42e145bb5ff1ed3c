//! How labels are compared, and how words are searched for: below the law and the vault, which both hold labels that
//! are unique, and may not know of each other.
//!
//! *Comparing* decides whether two labels are the same thing's. *Searching* is more lenient: it finds `Müller` by
//! `muller`, and whoever searches sees what was found.

mod form;
mod word;

pub use form::{former_form, is_ignorable, normalize};
pub use word::{search_form, words};
