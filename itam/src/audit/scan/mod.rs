//! `itam audit scan`: sends the scans of a file to a running physical audit, through the API like
//! everyone else. It can be repeated: what was sent before changes nothing.

mod row;
mod server;

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::failure::Failure;
use row::{Numbered, Rows};
use server::{Outcome, Server};

/// Some rows were refused, all others are in.
const SOME_REFUSED: u8 = 2;
/// How many rows go in one request.
const ROWS_A_REQUEST: usize = 500;

/// The arguments of `itam audit scan`.
///
/// Exit status: 0 all rows are in, 2 some were refused, 1 the file or the service cannot be used.
#[derive(Args, Debug)]
pub(crate) struct ScanArgs {
    /// The file: CSV with a line of column names, or NDJSON. Columns: `tag`, or `asset_id`, or `serial`
    /// with `manufacturer`; `location_id`, or `location`; `condition`; `scanned_by`; `scanned_at`.
    file: PathBuf,
    /// The audit.
    #[arg(long)]
    campaign: Uuid,
    /// The address of the service.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    server: String,
    /// The address of the command service, if it is another.
    #[arg(long)]
    commands_server: Option<String>,
    /// The token under which to scan.
    #[arg(long, env = "ITAM_TOKEN", hide_env_values = true)]
    token: String,
}

/// What became of the rows.
#[derive(Default)]
struct Tally {
    scanned: u64,
    repeated: u64,
    refused: u64,
}

/// Runs `itam audit scan`.
pub(crate) async fn run(args: ScanArgs) -> Result<ExitCode, Failure> {
    let commands = args.commands_server.as_deref().unwrap_or(&args.server);
    let mut server = Server::new(&args.server, commands, &args.token);
    let unusable = |source| Failure::File { path: args.file.clone(), source };
    let input = BufReader::new(File::open(&args.file).map_err(unusable)?);
    let mut rows = Rows::open(&args.file, input)?;
    let mut tally = Tally::default();
    // Ends with the file.
    loop {
        let chunk = rows.take(ROWS_A_REQUEST).map_err(unusable)?;
        if chunk.is_empty() {
            break;
        }
        send(&args, &mut server, chunk, &mut tally).await?;
    }
    let Tally { scanned, repeated, refused } = tally;
    println!("{scanned} scanned, {repeated} sent before, {refused} refused");
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(SOME_REFUSED) })
}

async fn send(
    args: &ScanArgs,
    server: &mut Server,
    rows: Vec<Numbered>,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let mut commands = Vec::with_capacity(rows.len());
    let mut sent = Vec::with_capacity(rows.len());
    for Numbered { line, label, row } in rows {
        let data = match row {
            Ok(row) => server.data_of(row, args.campaign).await?,
            Err(reason) => Err(reason),
        };
        match data {
            Ok(data) => {
                commands.push(command(args.campaign, &data));
                sent.push((line, label));
            }
            Err(reason) => refuse(&args.file, line, &label, &reason, tally),
        }
    }
    for ((line, label), outcome) in sent.into_iter().zip(server.submit(&commands).await?) {
        match outcome {
            Outcome::Scanned => tally.scanned += 1,
            Outcome::Repeated => tally.repeated += 1,
            Outcome::Refused(reason) => refuse(&args.file, line, &label, &reason, tally),
        }
    }
    Ok(())
}

/// A scan as the NDJSON door takes it. Its key is derived from what it says, so the same row of
/// the same audit is carried out once.
fn command(campaign: Uuid, data: &Value) -> Value {
    let key = Uuid::new_v5(&campaign, data.to_string().as_bytes());
    json!({"command": "scan-asset", "idempotency_key": format!("scan-{key}"), "data": data})
}

fn refuse(file: &Path, line: u64, label: &str, reason: &str, tally: &mut Tally) {
    tally.refused += 1;
    let _ = writeln!(std::io::stderr(), "{}:{line}: {label:?}: {reason}", file.display());
}
