//! `itam backup`: log, people and tokens of a tenant in one file, while the services run.

mod format;
mod reader;
mod route;
mod writer;

pub use format::FORMAT;
pub(crate) use reader::{Backup, BackupPiece};
pub use route::routes;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use futures_util::{Stream, StreamExt as _};
use indicatif::{ProgressBar, ProgressStyle};
use itam_files::Temporary;
use reqwest::Method;

use crate::args::TargetArgs;
use crate::backend::Backend;
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::server::ServiceClient;
use crate::transfer::{TransferError, TransferSource};

/// How often the bar moves by itself.
const TICK: Duration = Duration::from_millis(200);

/// The arguments of `itam backup`.
#[derive(Args, Debug)]
pub struct BackupArgs {
    /// The file to write, which must not exist; or a directory, for a file named after tenant and
    /// position.
    #[arg(long)]
    into: PathBuf,
    #[command(flatten)]
    target: TargetArgs,
}

/// Runs `itam backup`.
///
/// # Errors
/// If the history cannot be read, or the backup cannot be written.
pub async fn run(args: BackupArgs) -> Result<(), Failure> {
    let backup = match args.target.server.named() {
        Some(server) => {
            let (name, pieces) = ask(server).await?;
            keep(&args.into, &name, pieces).await?
        }
        None => here(&args).await?,
    };
    let (end, header) = (&backup.1.end, &backup.1.header);
    println!(
        "backed up tenant {} to {}: {} messages up to position {}, {} people, {} tokens, history {}",
        header.tenant,
        backup.0.display(),
        end.messages,
        header.head,
        end.people,
        end.tokens,
        end.history_hash
    );
    Ok(())
}

/// Without a server: nobody else may have the embedded log open.
async fn here(args: &BackupArgs) -> Result<(PathBuf, Backup), Failure> {
    let tenant = &args.target.process.tenant;
    let source = if args.target.nats.nats.is_some() {
        TransferSource::on_nats(&args.target.nats, tenant).await?
    } else {
        embedded(args).await?
    };
    let (header, pieces) = writer::pieces(source, tenant).await?;
    keep(&args.into, &file_name(tenant.as_str(), header.head), pieces.boxed()).await
}

async fn embedded(args: &BackupArgs) -> Result<TransferSource, Failure> {
    let (data, tenant) = (&args.target.process.data, &args.target.process.tenant);
    let dir = DataDir::open_used(data, tenant)?;
    let opened = Backend::embedded(&dir, tenant).await;
    let backend = opened.map_err(|failure| match failure {
        Failure::Log(itam_event_log::LogError::InUse(path)) => Failure::Usage(format!(
            "the log {path} is in use: let the running service write the backup, with --server URL and its \
             administrator's token in ITAM_TOKEN"
        )),
        other => other,
    })?;
    Ok(TransferSource::of(&backend))
}

fn file_name(tenant: &str, head: u64) -> String {
    format!("itam-{tenant}-{head}.backup")
}

type Pieces = futures_util::stream::BoxStream<'static, Result<Bytes, Failure>>;

/// Asks a running service, and gives the name for the file with its pieces.
async fn ask(server: ServiceClient) -> Result<(String, Pieces), Failure> {
    let response = server.send(server.request(Method::GET, "/v1/backup")).await?;
    let disposition = response.headers().get("content-disposition").and_then(|value| value.to_str().ok());
    let name = disposition.and_then(|text| text.split('"').nth(1)).unwrap_or("itam.backup").to_owned();
    let pieces = response.bytes_stream().map(move |piece| {
        let cut =
            |error: reqwest::Error| TransferError::CutOff(server.address().to_owned(), error.to_string());
        piece.map_err(|error| cut(error).into())
    });
    // A server names a file, never a path.
    let name = Path::new(&name).file_name().map_or_else(|| "itam.backup".into(), ToOwned::to_owned);
    Ok((name.to_string_lossy().into_owned(), pieces.boxed()))
}

/// Writes the pieces beside the wanted name, proves what was written, and gives it the name.
async fn keep(
    into: &Path,
    name: &str,
    pieces: impl Stream<Item = Result<Bytes, Failure>> + Unpin,
) -> Result<(PathBuf, Backup), Failure> {
    let path = if into.is_dir() { into.join(name) } else { into.to_owned() };
    if path.exists() {
        return Err(TransferError::Exists(path).into());
    }
    let failed = |source| TransferError::File { path: path.clone(), source };
    // Gone when this fails: what is there is no backup.
    let mut partial = Temporary::beside(&path).map_err(failed)?;
    write(&mut partial, pieces).await?;
    let backup = Backup::open(partial.path())?;
    partial.name(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => TransferError::Exists(path.clone()),
        _ => failed(error),
    })?;
    Ok((path, backup))
}

async fn write(
    partial: &mut Temporary,
    mut pieces: impl Stream<Item = Result<Bytes, Failure>> + Unpin,
) -> Result<(), Failure> {
    let path = partial.path().to_owned();
    let failed = |source| TransferError::File { path: path.clone(), source };
    let file = partial.file_mut();
    let style = ProgressStyle::with_template("backing up {spinner} {bytes}, {bytes_per_sec}, {elapsed}");
    let bar = ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(TICK);
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        file.write_all(&piece).map_err(failed)?;
        bar.inc(piece.len() as u64);
    }
    bar.finish_and_clear();
    Ok(file.sync_all().map_err(failed)?)
}
