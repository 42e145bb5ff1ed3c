//! Why the program could not do what it was asked to.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the program could not do what it was asked to. Shown with its causes, on one line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    DataDir(#[from] crate::data_dir::DataDirError),
    #[error(transparent)]
    Transfer(#[from] crate::transfer::TransferError),
    #[error("cannot open the log")]
    Log(#[source] itam_event_log::LogError),
    #[error(
        "the log's history was rewritten: this process had seen position {position}, {found}; restore the log, \
         or start again if the log is right"
    )]
    HistoryRewritten { position: u64, found: String },
    #[error(
        "the log's history was rewritten: the read model rests on position {position}, {found}; restore the log, \
         or delete the read model's folder if the log is right"
    )]
    ForeignReadModel { position: u64, found: String },
    #[error("cannot open the person vault or the tokens")]
    Vault(#[source] itam_vault::VaultError),
    #[error("the projector stopped")]
    Projector(#[source] itam_projector::ProjectorError),
    #[error("the sealer stopped")]
    Sealer(#[source] itam_sealer::SealerError),
    #[error("cannot use the witness's directory {path}")]
    WitnessData {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot be a witness")]
    WitnessMemory(#[source] itam_witness::MemoryError),
    #[error("cannot use the releases of parked events")]
    Releases(#[from] itam_projector::ReleaseError),
    #[error(transparent)]
    Nats(itam_nats::ConnectError),
    #[error("cannot open the NATS door of the commands")]
    NatsDoor(#[source] itam_command_service::NatsDoorError),
    #[error("cannot start logging")]
    Logging(#[from] itam_service_kit::TelemetryError),
    #[error("cannot use the policies")]
    Policies(#[from] itam_command_service::PolicyFileError),
    #[error("cannot listen on {address}: choose another with --listen")]
    Listen {
        address: SocketAddr,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot use TLS")]
    Tls(#[source] itam_service_kit::TlsError),
    #[error("cannot serve HTTP")]
    Serve(#[source] std::io::Error),
    #[error("cannot keep the security journal")]
    Journal(#[source] std::io::Error),
    #[error("cannot watch for signals")]
    Signals(#[source] std::io::Error),
    #[error("cannot settle erasures and departures that were cut short")]
    CutShort(#[source] itam_command_service::Refusal),
    #[error("cannot see whether the person is known")]
    Register(#[source] itam_command_service::Refusal),
    #[error("itam {0} needs --nats: an embedded log is for one process only; use `itam up`")]
    NeedsNats(&'static str),
    #[error("cannot use {path}")]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("position {position} of the log is not what was sealed: {found}")]
    NotAsSealed { position: u64, found: String },
    #[error("the log was rewritten after it was sealed")]
    Export(#[from] itam_proof::ExportError),
    #[error("cannot use the keys of checkpoints")]
    Key(#[from] itam_proof::KeyError),
    #[error("cannot use the Merkle tree")]
    Tree(#[from] itam_proof::TreeError),
    #[error(
        "cannot read the checkpoints in the stream {stream}: give the user the right to, or name a file with \
         --checkpoints"
    )]
    CheckpointStream {
        stream: String,
        #[source]
        source: itam_event_log::LogError,
    },
    #[error("cannot use the checkpoints")]
    Ledger(#[from] itam_proof::LedgerError),
    #[error("the checkpoint is not printed")]
    Untrue(#[source] itam_proof::TrustError),
    #[error("the checkpoint cannot be printed")]
    Qr(#[from] crate::checkpoint_page::QrError),
    #[error("{0}")]
    Usage(String),
    #[error("cannot load the demo data: {0}")]
    Demo(String),
}
