//! Why a tool could not do what it was asked to.

use std::path::PathBuf;

/// Why a tool could not do what it was asked to. Shown with its causes, on one line.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A data directory cannot be used.
    #[error(transparent)]
    DataDir(#[from] crate::data_dir::DataDirError),
    /// Nothing, or not everything, was moved.
    #[error(transparent)]
    Transfer(#[from] crate::transfer::TransferError),
    /// The log cannot be opened or read.
    #[error("cannot open the log")]
    Log(#[source] itam_event_log::LogError),
    /// The person vault or the tokens cannot be opened or used.
    #[error("cannot open the person vault or the tokens")]
    Vault(#[source] itam_vault::VaultError),
    /// A read model cannot be built.
    #[error("the projector stopped")]
    Projector(#[source] itam_projector::ProjectorError),
    /// The log cannot be sealed.
    #[error("the sealer stopped")]
    Sealer(#[source] itam_sealer::SealerError),
    /// The releases of parked events cannot be used.
    #[error("cannot use the releases of parked events")]
    Releases(#[from] itam_projector::ReleaseError),
    /// No connection can be made to the servers.
    #[error(transparent)]
    Nats(itam_nats::ConnectError),
    /// Logging cannot be started.
    #[error("cannot start logging")]
    Logging(#[from] itam_service_kit::TelemetryError),
    /// Signals cannot be watched.
    #[error("cannot watch for signals")]
    Signals(#[source] std::io::Error),
    /// A file cannot be used.
    #[error("cannot use {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A message is not the one that was sealed.
    #[error("position {position} of the log is not what was sealed: {found}")]
    NotAsSealed {
        /// Where.
        position: u64,
        /// What was found.
        found: String,
    },
    /// An export cannot be proven.
    #[error("the log was rewritten after it was sealed")]
    Export(#[from] itam_proof::ExportError),
    /// The keys of checkpoints cannot be used.
    #[error("cannot use the keys of checkpoints")]
    Key(#[from] itam_proof::KeyError),
    /// The Merkle tree cannot be used.
    #[error("cannot use the Merkle tree")]
    Tree(#[from] itam_proof::TreeError),
    /// The stream of checkpoints cannot be read.
    #[error(
        "cannot read the checkpoints in the stream {stream}: give the user the right to, or name a file with \
         --checkpoints"
    )]
    CheckpointStream {
        /// Its name.
        stream: String,
        /// Why.
        #[source]
        source: itam_event_log::LogError,
    },
    /// The checkpoints that are kept cannot be used.
    #[error("cannot use the checkpoints")]
    Ledger(#[from] itam_proof::LedgerError),
    /// A checkpoint is not signed as it must be.
    #[error("the checkpoint is not printed")]
    Untrue(#[source] itam_proof::TrustError),
    /// A checkpoint fits no QR code.
    #[error("the checkpoint cannot be printed")]
    Qr(#[from] crate::checkpoint_page::QrError),
    /// What was asked for cannot be meant, or cannot be done as things are; says what to do.
    #[error("{0}")]
    Usage(String),
    /// The demo organization cannot be loaded.
    #[error("cannot load the demo data: {0}")]
    Demo(String),
}
