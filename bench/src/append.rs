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
}

/// What is sent in one run: a request for each command, or one for all.
struct AppendRun {
    what: &'static str,
    clients: usize,
    requests: Vec<Vec<u8>>,
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
        let rehearsed = rehearse(*backend, settings).await?;
        let program = Program::start(*backend, Extent::Commands).await?;
        let client = match &program.nats {
            Some(server) => Some(async_nats::connect(server.url()).await?),
            None => None,
        };
        let mut raw = Raw::create(client).await?;
        let mut commits = rehearsed.as_slice();
        // The two sides take turns, so that what else the machine does falls on both.
        for step in steps(&program, settings) {
            let (own, rest) = commits.split_at(step.requests.len());
            commits = rest;
            let run = send(&program, step).await?;
            compare(&mut commands, *backend, &run, &raw.run(run.clients, own).await?);
        }
        let imported = send_import(&program, settings).await?;
        compare_import(&mut import, *backend, &imported, &raw.import(commits).await?);
    }
    Ok(vec![commands, import])
}

/// Sends everything once to a service of its own, and gives the commits that this caused in their
/// order: what the raw engine is given.
async fn rehearse(backend: Backend, settings: &AppendSettings) -> Outcome<Vec<Commit>> {
    let mut program = Program::start(backend, Extent::Commands).await?;
    let mut sent = settings.rows;
    for step in steps(&program, settings) {
        sent += step.requests.len();
        send(&program, step).await?;
    }
    send_import(&program, settings).await?;
    program.stop().await;
    let client = match &program.nats {
        Some(server) => Some(async_nats::connect(server.url()).await?),
        None => None,
    };
    let mut stored = stored(&program, client.as_ref()).await?;
    // What was founded before the runs comes first in the log.
    let founded = stored.len().checked_sub(sent);
    Ok(stored.split_off(founded.ok_or_else(|| failure("the log holds less than was answered"))?))
}

fn operations(settings: &AppendSettings, clients: usize) -> usize {
    (clients * OPERATIONS_EACH).min(settings.operations).max(clients)
}

/// Registrations and deployments of the same assets, for each number of clients.
fn steps(program: &Program, settings: &AppendSettings) -> Vec<AppendRun> {
    let target = &program.commands;
    let register =
        |asset: &Asset| target.command("register-asset", &asset.id().to_string(), &asset.register_fields());
    let deploy = |asset: &Asset| {
        target.command("deploy-asset", &format!("deploy-{}", asset.0), &asset.deploy_fields())
    };
    let mut next = 0;
    let mut steps = Vec::new();
    for clients in settings.clients.iter().copied() {
        let end = next + operations(settings, clients) as u64;
        let assets: Vec<Asset> = (next..end).map(Asset).collect();
        next = end;
        let registrations = assets.iter().map(register).collect();
        steps.push(AppendRun { what: "register", clients, requests: registrations });
        steps.push(AppendRun { what: "deploy", clients, requests: assets.iter().map(deploy).collect() });
    }
    steps
}

async fn send(program: &Program, step: AppendRun) -> Outcome<Run> {
    let AppendRun { what, clients, requests } = step;
    let meter = CpuMeter::start(&program.processes());
    let sample = drive(&program.commands, clients, requests.len(), Arc::new(requests)).await?;
    Ok(Run { what, clients, cpu: meter.per_operation(sample.count), sample })
}

async fn send_import(program: &Program, settings: &AppendSettings) -> Outcome<Run> {
    let first: usize = settings.clients.iter().map(|clients| operations(settings, *clients)).sum();
    let mut body = Vec::new();
    for number in first..first + settings.rows {
        let asset = Asset(number as u64);
        let line = json!({
            "command": "register-asset", "idempotency_key": asset.id(), "data": asset.register_fields()
        });
        serde_json::to_writer(&mut body, &line)?;
        body.push(b'\n');
    }
    let meter = CpuMeter::start(&program.processes());
    let (sample, refused) = send_lines(&program.commands, body).await?;
    if refused > 0 || sample.count != settings.rows as u64 {
        return Err(failure(format!("{refused} of {} lines were refused", settings.rows)));
    }
    Ok(Run { what: "import", clients: 1, cpu: meter.per_operation(sample.count), sample })
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
