//! `itam audit page`: a checkpoint to be printed and put away.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use itam_proof::{KeptCheckpoint, LedgerError, LedgerReader, SignedCheckpoint, Trust, VerifierKey};
use reqwest::Method;

use super::checkpoint::parse_kept;
use super::export::nothing_sealed;
use crate::args::ProcessArgs;
use crate::checkpoint_page::checkpoint_page;
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::server::{ServerArgs, ServiceClient};

/// The arguments of `itam audit page`.
#[derive(Args, Debug)]
pub(crate) struct PageArgs {
    /// The new file, of HTML.
    #[arg(long)]
    out: PathBuf,
    /// A checkpoint that was kept, and not one of the data directory.
    #[arg(long, conflicts_with_all = ["size", "server"])]
    file: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArgs,
    /// How many positions the checkpoint covers; the newest if not given.
    #[arg(long)]
    size: Option<u64>,
    /// A public key of the log or of a witness by which signatures are checked before; may be repeated.
    #[arg(long = "key", value_name = "VKEY")]
    keys: Vec<VerifierKey>,
    #[command(flatten)]
    process: ProcessArgs,
}

/// Runs `itam audit page`.
pub(crate) async fn run(args: PageArgs) -> Result<(), Failure> {
    let signed = match (&args.file, args.server.named()) {
        (Some(file), _) => of_file(file)?,
        (None, Some(server)) => ask(&server, args.size).await?,
        (None, None) => parse_kept(&of_directory(&args.process, args.size)?)?,
    };
    let mut keys = Trust::new();
    args.keys.iter().for_each(|key| keys.add(key.clone()));
    if !args.keys.is_empty() {
        signed.verify(&keys).map_err(Failure::Untrue)?;
    }
    let page = checkpoint_page(&signed, &keys)?;
    let written = itam_files::create_new(&args.out);
    let written = written.and_then(|mut file| file.write_all(page.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|source| Failure::File { path: args.out.clone(), source })?;
    eprintln!("the checkpoint of {} is in {}", signed.checkpoint().size, args.out.display());
    Ok(())
}

/// The checkpoint of a file.
fn of_file(path: &Path) -> Result<SignedCheckpoint, Failure> {
    let note = fs::read_to_string(path);
    let note = note.map_err(|source| Failure::File { path: path.to_owned(), source })?;
    SignedCheckpoint::parse(&note).map_err(|error| Failure::File {
        path: path.to_owned(),
        source: io::Error::new(io::ErrorKind::InvalidData, error),
    })
}

/// The checkpoint that a data directory holds, beside a running sealer too.
fn of_directory(process: &ProcessArgs, size: Option<u64>) -> Result<KeptCheckpoint, Failure> {
    let dir = DataDir::unchecked(&process.data);
    let ledger = LedgerReader::open(&dir.ledger()).map_err(|error| match error {
        LedgerError::NotBuilt(_) => nothing_sealed(),
        other => other.into(),
    })?;
    let Some(size) = size else { return ledger.newest()?.ok_or_else(nothing_sealed) };
    let none = || Failure::Usage(format!("there is no checkpoint of {size} positions"));
    ledger.find(size)?.ok_or_else(none)
}

/// The checkpoint that a running service shows.
async fn ask(server: &ServiceClient, size: Option<u64>) -> Result<SignedCheckpoint, Failure> {
    let wanted = size.map(|size| format!("?size={size}")).unwrap_or_default();
    let request = server.request(Method::GET, &format!("/v1/audit/checkpoint{wanted}"));
    let answer = server.send(request).await?;
    let note = answer.text().await.map_err(|error| server.silent(&error))?;
    let address = server.address();
    SignedCheckpoint::parse(&note)
        .map_err(|error| Failure::Usage(format!("{address} answered with no checkpoint: {error}")))
}
