//! `itam audit checkpoint`: seals a log that no sealer watches, and signs what it is now.
//!
//! It is the sealer that does it, for as long as one checkpoint takes. So there is one rule by which
//! checkpoints are signed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use itam_event_log::LogReader;
use itam_proof::{KeptCheckpoint, LedgerError, SignedCheckpoint, TreeError};
use itam_sealer::{NotSigned, Sealer, SealerError, SealerHandle, SealerOptions, SealerPhase};
use itam_service_kit::{Clock, SystemClock};
use tokio_util::sync::CancellationToken;

use super::place::PlaceArgs;
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::sealing;
use crate::transfer::positions_bar;

/// The arguments of `itam audit checkpoint`.
#[derive(Args, Debug)]
pub(crate) struct CheckpointArgs {
    #[command(flatten)]
    place: PlaceArgs,
}

/// Runs `itam audit checkpoint`.
pub(crate) async fn run(args: CheckpointArgs) -> Result<(), Failure> {
    args.place.logging().start()?;
    let log = args.place.open_log().await?;
    let dir = DataDir::open(&args.place.process.data, args.place.tenant())?;
    let bar = positions_bar("sealed", log.head().await.map_err(Failure::Log)?);
    // What an operator asks for is answered at once: nothing is waited for that may come back.
    let options = SealerOptions {
        scrub_rate: 0,
        shortfall_patience: Duration::ZERO,
        ..SealerOptions::new(|| SystemClock.now())
    };
    let (files, keys) = (sealing::files(&dir), Arc::new(sealing::keys(&dir)));
    let sealer = Sealer::new(log as Arc<dyn LogReader>, files, args.place.tenant().as_str(), keys, options);
    let (handle, shutdown) = (sealer.handle(), CancellationToken::new());
    let mut sealing = Box::pin(sealer.run(shutdown.clone()));
    let signed = tokio::select! {
        // Why it stopped says more than that it gave no answer.
        biased;
        stopped = &mut sealing => return Err(stopped.map_or_else(of_sealer, |()| cut_short())),
        trouble = trouble(&handle, &bar) => return Err(Failure::Usage(trouble)),
        signed = handle.checkpoint() => signed,
    };
    bar.finish_and_clear();
    shutdown.cancel();
    sealing.await.map_err(of_sealer)?;
    match signed {
        Ok(kept) => print!("{}", kept.note),
        Err(NotSigned::Empty) => {
            return Err(Failure::Usage("the log is empty: there is nothing to sign".to_owned()));
        }
        Err(reason) => return Err(Failure::Usage(reason.to_string())),
    }
    Ok(())
}

/// Shows how far it is, until it would wait for the disk or the log to come back; then says why.
async fn trouble(handle: &SealerHandle, bar: &ProgressBar) -> String {
    let mut changes = handle.subscribe();
    loop {
        let status = changes.borrow_and_update().clone();
        bar.set_position(status.sealed);
        if status.phase == SealerPhase::Waiting {
            return status.trouble.unwrap_or_default();
        }
        if changes.changed().await.is_err() {
            return NotSigned::Stopped.to_string();
        }
    }
}

/// Reads a checkpoint that is kept.
pub(super) fn parse_kept(kept: &KeptCheckpoint) -> Result<SignedCheckpoint, Failure> {
    let size = kept.size;
    SignedCheckpoint::parse(&kept.note)
        .map_err(|error| Failure::Usage(format!("the checkpoint of {size} that is kept: {error}")))
}

fn of_sealer(error: SealerError) -> Failure {
    match error {
        SealerError::Tree(TreeError::InUse(path)) | SealerError::Ledger(LedgerError::InUse(path)) => {
            is_sealed(&path)
        }
        other => Failure::Sealer(other),
    }
}

fn is_sealed(path: &Path) -> Failure {
    let path = path.display();
    Failure::Usage(format!("{path} is kept by a running sealer: ask that, by GET /v1/audit/checkpoint"))
}

fn cut_short() -> Failure {
    Failure::Sealer(SealerError::Broken("signing"))
}
