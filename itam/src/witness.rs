//! `itam witness`: countersigns the checkpoints of logs that somebody else keeps.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use clap::Args;
use itam_proof::{KeyPurpose, SigningKey, VerifierKey};
use itam_service_kit::{Clock, SystemClock, random_seed, shutdown_on_signal};
use itam_tools::Failure as ToolFailure;
use itam_tools::args::LoggingArgs;
use itam_tools::data_dir::DataDirError;
use itam_tools::output::announce;
use itam_witness::{Memory, Witness, routes};

use crate::args::HttpArgs;
use crate::failure::Failure;
use crate::service;

/// More than any checkpoint with its proof has.
const MAX_BODY: usize = 64 * 1024;

/// The arguments of `itam witness`.
#[derive(Args, Debug)]
pub(crate) struct WitnessArgs {
    /// The witness's own directory, with its key and what it has seen; made if it is not there.
    #[arg(long, env = "ITAM_WITNESS_DATA", default_value = "itam-witness")]
    data: PathBuf,
    /// The witness's name, which its key bears from the first start on: a domain, best of all.
    #[arg(long, env = "ITAM_WITNESS_NAME", default_value = "itam-witness")]
    name: String,
    /// The public key of a log that is watched, as its operator has handed it over; may be repeated.
    #[arg(long = "log-key", env = "ITAM_WITNESS_LOG_KEY", value_delimiter = ',', required = true)]
    log_keys: Vec<String>,
    #[command(flatten)]
    logging: LoggingArgs,
    #[command(flatten)]
    http: HttpArgs,
}

/// Runs `itam witness`.
pub(crate) async fn run(args: WitnessArgs) -> Result<(), Failure> {
    args.logging.start()?;
    let shutdown = shutdown_on_signal().map_err(ToolFailure::Signals)?;
    let logs: Result<Vec<VerifierKey>, _> = args.log_keys.iter().map(|key| key.parse()).collect();
    let logs = logs.map_err(ToolFailure::Key)?;
    if let Some(wrong) = logs.iter().find(|key| key.kind() != KeyPurpose::Log) {
        let usage = format!("{} is the key of a witness, not of a log", wrong.short());
        return Err(ToolFailure::Usage(usage).into());
    }
    let (key, memory) = open(&args.data, &args.name)?;
    let listener = service::listen(&args.http).await?;
    announce(format_args!("public key of this witness: {}", key.public()));
    let witness = Arc::new(Witness::new(key, &logs, memory));
    let router = routes(witness, || SystemClock.now()).layer(DefaultBodyLimit::max(MAX_BODY));
    listener.serve(router, shutdown).await
}

/// The key and what was seen. Both are made together: a key without its memory could sign a second
/// history.
fn open(data: &Path, name: &str) -> Result<(SigningKey, Memory), Failure> {
    itam_files::make_folder(data).map_err(|source| Failure::WitnessData { path: data.to_owned(), source })?;
    itam_files::check_folder(data).map_err(DataDirError::NotPrivate)?;
    itam_files::check_way_to(data).map_err(DataDirError::NotPrivate)?;
    let (key_file, memory_file) = (data.join("witness.key"), data.join("witness.json"));
    if key_file.exists() {
        let memory = Memory::open(&memory_file).map_err(Failure::WitnessMemory)?;
        return Ok((SigningKey::load(&key_file).map_err(ToolFailure::Key)?, memory));
    }
    let memory = Memory::create(&memory_file).map_err(Failure::WitnessMemory)?;
    let key = SigningKey::from_seed(name, KeyPurpose::Witness, &random_seed()).map_err(ToolFailure::Key)?;
    key.save_new(&key_file).map_err(ToolFailure::Key)?;
    Ok((key, memory))
}
