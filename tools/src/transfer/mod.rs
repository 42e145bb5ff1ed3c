//! Moving what a tenant has, log, people and tokens, from one place to another: into a backup, out
//! of one, or from one log to the other.

mod census;
mod error;
mod history_hash;
mod intake;
mod source;
mod target;

pub(crate) use census::Census;
pub use error::TransferError;
pub(crate) use history_hash::HistoryHash;
pub(crate) use intake::{Barred, Intake};
pub use source::TransferSource;
pub(crate) use target::TransferTarget;

use std::num::NonZeroUsize;

use indicatif::{ProgressBar, ProgressStyle};

/// How many records are handed over at once: a fsync or a few batches.
pub(crate) const CHUNK: NonZeroUsize = NonZeroUsize::new(4096).expect("not zero");

/// A bar over positions of the log.
pub(crate) fn positions_bar(what: &'static str, to: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} positions, {per_sec}, {eta} left");
    let bar = ProgressBar::new(to).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.with_message(what)
}
