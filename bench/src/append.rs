//! `append`: commands through the HTTP API against the raw engine, with the same bytes, the same
//! expectations and the same durability.

use std::sync::Arc;

use itam_event_log::{
    Commit, EmbeddedLog, EmbeddedOptions, JetStreamLog, JetStreamOptions, LogReader, Tenant,
};
use itam_service_kit::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::generate::Asset;
use crate::load::{drive, send_lines};
use crate::measure::{Outcome, Sample, failure, ratio};
use crate::raw::{Path, Raw};
use crate::recorded::commits_of;
use crate::report::Table;
use crate::service::{Backend, CpuMeter, Extent, Program};

/// Operations of one run for each client, so that a run with few clients ends.
const OPERATIONS_EACH: usize = 400;

/// How much is done.
#[derive(Clone, Debug)]
pub(crate) struct AppendSettings {
    /// How many clients send at once, one run each.
    pub(crate) clients: Vec<usize>,
    /// Operations of one run at most.
    pub(crate) operations: usize,
    /// Rows of the NDJSON import.
    pub(crate) rows: usize,
}

/// One run over HTTP, to be compared with the raw engine.
struct Run {
    what: &'static str,
    clients: usize,
    sample: Sample,
    cpu: String,
    /// Which commits of the log it caused.
    commits: std::ops::Range<usize>,
}

const COLUMNS: [&str; 9] =
    ["log", "what", "clients", "path", "ops/s", "p50 ms", "p99 ms", "ratio to raw", "cpu per op"];

/// Measures both logs.
pub(crate) async fn measure(settings: &AppendSettings, backends: &[Backend]) -> Outcome<Vec<Table>> {
    let mut commands = Table::new("append: one command a request", &COLUMNS);
    let mut import = Table::new(
        "append: NDJSON import of register-asset",
        &["log", "rows", "path", "rows/s", "seconds", "ratio to raw", "cpu per row"],
    );
    for backend in backends {
        let mut program = Program::start(*backend, Extent::Commands).await?;
        let (runs, imported) = run_all(&program, settings).await?;
        program.stop().await;
        let client = match &program.nats {
            Some(server) => Some(async_nats::connect(server.url()).await?),
            None => None,
        };
        let stored = stored(&program, client.as_ref()).await?;
        let total: usize = runs.iter().map(|run| run.commits.len()).sum();
        // What was founded before the runs comes first in the log.
        let before = (stored.len().checked_sub(total + settings.rows))
            .ok_or_else(|| failure("the log holds less than was answered"))?;
        let mut raw = Raw::create(client).await?;
        for run in &runs {
            let commits = &stored[before + run.commits.start..before + run.commits.end];
            compare(&mut commands, *backend, run, &raw.run(run.clients, commits).await?);
        }
        let commits = &stored[before + total..];
        let grouped = raw.import(commits).await?;
        compare_import(&mut import, *backend, &imported, &grouped);
    }
    Ok(vec![commands, import])
}

async fn run_all(program: &Program, settings: &AppendSettings) -> Outcome<(Vec<Run>, Run)> {
    let target = &program.commands;
    let mut runs: Vec<Run> = Vec::new();
    let (mut next_asset, mut next_commit) = (0u64, 0);
    for clients in &settings.clients {
        let count = (clients * OPERATIONS_EACH).min(settings.operations).max(*clients);
        let assets: Vec<Asset> = (next_asset..next_asset + count as u64).map(Asset).collect();
        next_asset += count as u64;
        let register = |asset: &Asset| {
            target.command("register-asset", &asset.id().to_string(), &asset.register_fields())
        };
        let deploy = |asset: &Asset| {
            let key = format!("deploy-{}", asset.0);
            target.command("deploy-asset", &key, &asset.deploy_fields())
        };
        let registers: Vec<Vec<u8>> = assets.iter().map(register).collect();
        let deploys: Vec<Vec<u8>> = assets.iter().map(deploy).collect();
        for (what, requests) in [("register", registers), ("deploy", deploys)] {
            let meter = CpuMeter::start(&program.processes());
            let sample = drive(target, *clients, count, Arc::new(requests)).await?;
            runs.push(Run {
                what,
                clients: *clients,
                cpu: meter.per_operation(sample.count),
                sample,
                commits: next_commit..next_commit + count,
            });
            next_commit += count;
        }
    }
    let assets = (next_asset..next_asset + settings.rows as u64).map(Asset);
    let imported = import(program, assets, next_commit).await?;
    Ok((runs, imported))
}

async fn import(program: &Program, assets: impl Iterator<Item = Asset>, first: usize) -> Outcome<Run> {
    let mut body = Vec::new();
    let mut rows = 0;
    for asset in assets {
        let line = json!({
            "command": "register-asset", "idempotency_key": asset.id(), "data": asset.register_fields()
        });
        serde_json::to_writer(&mut body, &line)?;
        body.push(b'\n');
        rows += 1;
    }
    let meter = CpuMeter::start(&program.processes());
    let (sample, refused) = send_lines(&program.commands, body).await?;
    if refused > 0 || sample.count != rows as u64 {
        return Err(failure(format!("{refused} of {rows} lines were refused")));
    }
    Ok(Run {
        what: "import",
        clients: 1,
        cpu: meter.per_operation(sample.count),
        sample,
        commits: first..first + rows,
    })
}

/// What the service stored.
async fn stored(program: &Program, client: Option<&async_nats::Client>) -> Outcome<Vec<Commit>> {
    let tenant = Tenant::try_new("main")?;
    let log: Arc<dyn LogReader> = if let Some(client) = client {
        let options = JetStreamOptions::default();
        Arc::new(JetStreamLog::connect(client.clone(), tenant, options).await?)
    } else {
        let options = EmbeddedOptions::new(|| SystemClock.now());
        Arc::new(EmbeddedLog::open(&program.data.join("log.redb"), tenant, options)?)
    };
    commits_of(log.as_ref()).await
}

/// Adds what a run came to, and what the raw engine and the log's port came to with the same
/// commits.
fn compare(table: &mut Table, backend: Backend, run: &Run, others: &[Path]) {
    let reference = others.iter().find(|path| path.is_reference).map(|path| &path.sample);
    let mut add = |path: &str, sample: &Sample, cpu: Value| {
        let share = reference.map_or(0.0, |raw| ratio(sample.rate(), raw.rate()));
        table.push(vec![
            json!(backend.name()),
            json!(run.what),
            json!(run.clients),
            json!(path),
            json!(sample.rate()),
            json!(sample.percentile_ms(50.0)),
            json!(sample.percentile_ms(99.0)),
            json!(share),
            cpu,
        ]);
    };
    add("itam over HTTP", &run.sample, json!(run.cpu));
    for path in others {
        add(path.name, &path.sample, Value::Null);
    }
}

fn compare_import(table: &mut Table, backend: Backend, run: &Run, raw: &Path) {
    for (path, sample, cpu) in
        [("itam over HTTP", &run.sample, json!(run.cpu)), (raw.name, &raw.sample, Value::Null)]
    {
        table.push(vec![
            json!(backend.name()),
            json!(sample.count),
            json!(path),
            json!(sample.rate()),
            json!(sample.elapsed.as_secs_f64()),
            json!(ratio(sample.rate(), raw.sample.rate())),
            cpu,
        ]);
    }
}
