//! How a sealer is told to work.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, value_parser};
use itam_proof::{KeyPurpose, VerifierKey};
use itam_sealer::SealerOptions;
use itam_tools::Failure;

use crate::args::span;

/// When checkpoints are signed, and where they go.
#[derive(Args, Clone, Debug)]
pub(crate) struct SealArgs {
    /// After how many new positions a checkpoint is signed, whatever the time.
    #[arg(long, env = "ITAM_CHECKPOINT_EVERY", default_value_t = 10_000, value_parser = value_parser!(u64).range(1..))]
    checkpoint_every: u64,
    /// After how long a checkpoint is signed if anything is new.
    #[arg(long, env = "ITAM_CHECKPOINT_INTERVAL", default_value = "60s", value_parser = span)]
    checkpoint_interval: Duration,
    /// A file outside the data directory to which every checkpoint is appended, one JSON object a line;
    /// may be repeated.
    #[arg(long = "checkpoint-file", env = "ITAM_CHECKPOINT_FILE", value_delimiter = ',')]
    pub(super) checkpoint_files: Vec<PathBuf>,
    /// An address to which every checkpoint is posted; may be repeated.
    #[arg(long = "checkpoint-webhook", env = "ITAM_CHECKPOINT_WEBHOOK", value_delimiter = ',')]
    pub(super) checkpoint_webhooks: Vec<String>,
    /// A file that holds a printable page of the newest checkpoint, replaced each time; may be repeated.
    #[arg(long = "checkpoint-page", env = "ITAM_CHECKPOINT_PAGE", value_delimiter = ',')]
    pub(super) checkpoint_pages: Vec<PathBuf>,
    /// A witness that shall countersign checkpoints, such as <https://witness.example>; may be repeated.
    #[arg(long = "witness", env = "ITAM_WITNESS", value_delimiter = ',', requires = "witness_keys")]
    witness_urls: Vec<String>,
    /// The public key of the witness, one for each in the same order.
    #[arg(long = "witness-key", env = "ITAM_WITNESS_KEY", value_delimiter = ',', requires = "witness_urls")]
    witness_keys: Vec<String>,
    /// How many positions a second are read again and compared with what was sealed; 0 for none.
    #[arg(long, env = "ITAM_SCRUB_RATE", default_value_t = 20_000)]
    scrub_rate: u64,
    /// The least time from one such pass over the whole log to the next.
    #[arg(long, env = "ITAM_SCRUB_INTERVAL", default_value = "10s", value_parser = span)]
    scrub_interval: Duration,
}

/// Whether a process that can seals.
#[derive(Args, Clone, Debug)]
pub(crate) struct SealSwitch {
    /// Does not seal here: `itam sealer` does, or a sealer elsewhere.
    #[arg(long, env = "ITAM_NO_SEALER")]
    pub(crate) no_sealer: bool,
    #[command(flatten)]
    pub(crate) seal: SealArgs,
}

impl SealArgs {
    pub(super) fn options(&self, usual: SealerOptions) -> SealerOptions {
        SealerOptions {
            checkpoint_every: self.checkpoint_every.max(1),
            checkpoint_interval: self.checkpoint_interval,
            scrub_rate: self.scrub_rate,
            scrub_interval: self.scrub_interval,
            ..usual
        }
    }

    /// The witnesses with their keys.
    pub(super) fn witnesses(&self) -> Result<Vec<(&str, VerifierKey)>, Failure> {
        if self.witness_urls.len() != self.witness_keys.len() {
            return Err(Failure::Usage("name one --witness-key for each --witness".to_owned()));
        }
        let mut witnesses = Vec::new();
        for (url, key) in self.witness_urls.iter().zip(&self.witness_keys) {
            let key: VerifierKey = key.parse().map_err(Failure::Key)?;
            if key.kind() != KeyPurpose::Witness {
                return Err(Failure::Usage(format!("{} is the key of a log, not of a witness", key.short())));
            }
            witnesses.push((url.as_str(), key));
        }
        Ok(witnesses)
    }
}
