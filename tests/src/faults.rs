//! The faults that the promises are held against, each a trial of its own.

mod process;

use crate::trial::Report;

/// A fault that can be injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `itam up` on the embedded log is killed (SIGKILL) under load.
    EmbeddedKilled,
}

impl Fault {
    /// Every fault.
    pub const ALL: &[Self] = &[Self::EmbeddedKilled];

    /// What happens, in a few words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EmbeddedKilled => "embedded: process killed",
        }
    }

    /// Runs a trial in which the fault happens several times.
    ///
    /// # Panics
    /// If the installation does not recover, or cannot be started.
    pub async fn run(self, seed: u64, times: u64) -> Report {
        match self {
            Self::EmbeddedKilled => process::embedded_killed(seed, times).await,
        }
    }
}
