//! Why the program could not do what it was asked to.

use std::path::PathBuf;

use crate::listen::ListenAddress;

/// Why the program could not do what it was asked to. Shown with its causes, on one line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Tool(#[from] itam_tools::Failure),
    #[error(transparent)]
    DataDir(#[from] itam_tools::data_dir::DataDirError),
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
    #[error("cannot use the witness's directory {path}")]
    WitnessData {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot be a witness")]
    WitnessMemory(#[source] itam_witness::MemoryError),
    #[error("cannot open the NATS door of the commands")]
    NatsDoor(#[source] itam_command_service::NatsDoorError),
    #[error("cannot use the policies")]
    Policies(#[from] itam_command_service::PolicyFileError),
    #[error("cannot listen on {address}: choose another with --listen")]
    Listen {
        address: ListenAddress,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot use TLS")]
    Tls(#[source] itam_service_kit::TlsError),
    #[error("cannot serve HTTP")]
    Serve(#[source] std::io::Error),
    #[error("cannot keep the security journal")]
    Journal(#[source] std::io::Error),
    #[error("cannot settle erasures and departures that were cut short")]
    CutShort(#[source] itam_command_service::Refusal),
    #[error("cannot see whether the person is known")]
    Register(#[source] itam_command_service::Refusal),
    #[error("itam {0} needs --nats: an embedded log is for one process only; use `itam up`")]
    NeedsNats(&'static str),
}
