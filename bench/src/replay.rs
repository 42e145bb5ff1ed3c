//! `replay`: a whole history into the read model, against draining and parsing the same stream.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use itam_domain::Envelope;
use itam_event_log::EventLog;
use itam_projector::{Projector, ProjectorOptions};
use itam_read_model::{ReadModel, ReadModelOptions};
use itam_service_kit::{Clock, SystemClock};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::generate::EVENTS_PER_ASSET;
use crate::history::{self, build};
use crate::machine::Process;
use crate::measure::{Outcome, failure, float, ratio};
use crate::report::Table;
use crate::service::{Backend, CpuMeter};

/// As large as the projector's pages.
const PAGE: NonZeroUsize = NonZeroUsize::new(5_000).expect("not zero");
/// Pages that are read ahead of the parsing, as the projector does.
const AHEAD: usize = 4;

/// Measures `events` events, rounded to whole lives, on the given logs.
pub(crate) async fn measure(scratch: &Path, events: u64, backends: &[Backend]) -> Outcome<Vec<Table>> {
    let columns = ["log", "way", "events", "seconds", "events/s", "ratio to drain", "cpu per event"];
    let mut table = Table::new("replay", &columns);
    let assets = (events / EVENTS_PER_ASSET).max(1);
    for backend in backends {
        let folder = tempfile::Builder::new().prefix("itam-bench-replay-").tempdir_in(scratch)?;
        let (log, _server) = history::open(*backend, folder.path()).await?;
        let stored = history::store(log.as_ref(), assets).await?;
        measure_log(&mut table, *backend, &log, stored, folder.path()).await?;
    }
    Ok(vec![table])
}

async fn measure_log(
    table: &mut Table,
    backend: Backend,
    log: &Arc<dyn EventLog>,
    stored: u64,
    folder: &Path,
) -> Outcome<()> {
    let own = [("bench", Process::own())];
    let mut drained_s = 0.0;
    let mut add = |way: &str, took: Duration, cpu: Option<String>| {
        let seconds = took.as_secs_f64();
        if drained_s == 0.0 {
            drained_s = seconds;
        }
        table.push(vec![
            json!(backend.name()),
            json!(way),
            json!(stored),
            json!(seconds),
            json!(ratio(float(stored), seconds)),
            json!(ratio(drained_s, seconds)),
            json!(cpu),
        ]);
    };
    let meter = CpuMeter::start(&own);
    let (events, took) = drain(log).await?;
    if events != stored {
        return Err(failure(format!("{stored} events were stored, {events} were read")));
    }
    add("drain and parse", took, Some(meter.per_operation(stored)));
    let meter = CpuMeter::start(&own);
    let took = catch_up(log, &folder.join("catch-up")).await?;
    add("catch up", took, Some(meter.per_operation(stored)));
    let meter = CpuMeter::start(&own);
    let built = build(Arc::clone(log), &folder.join("rebuild")).await?;
    if built.report.parked > 0 {
        return Err(failure(format!("{} events were parked", built.report.parked)));
    }
    add("rebuild", built.whole, Some(meter.per_operation(stored)));
    add("rebuild, until all was applied", built.applying, None);
    Ok(())
}

/// Reads and parses every event, reading ahead on the other core.
async fn drain(log: &Arc<dyn EventLog>) -> Outcome<(u64, Duration)> {
    let begun = Instant::now();
    let (send, mut pages) = mpsc::channel(AHEAD);
    let reading = Arc::clone(log);
    let reader = tokio::spawn(async move {
        let mut next = 1;
        loop {
            let page = reading.read(next, PAGE).await?;
            let Some(last) = page.messages.last() else {
                return Ok::<_, itam_event_log::LogError>(());
            };
            next = last.position + 1;
            if send.send(page).await.is_err() {
                return Ok(());
            }
        }
    });
    let mut events = 0;
    while let Some(page) = pages.recv().await {
        let parse = move || {
            let messages = page.messages.iter().filter(|message| message.subject.is_event());
            messages.map(|message| Envelope::decode(&message.body)).collect::<Result<Vec<_>, _>>()
        };
        events += tokio::task::spawn_blocking(parse).await??.len() as u64;
    }
    reader.await??;
    Ok((events, begun.elapsed()))
}

async fn catch_up(log: &Arc<dyn EventLog>, folder: &Path) -> Outcome<Duration> {
    std::fs::create_dir_all(folder)?;
    let head = log.head().await?;
    let model = ReadModel::in_process(folder, ReadModelOptions::default());
    let options = ProjectorOptions::new(|| SystemClock.now());
    let tenant = history::tenant()?;
    let begun = Instant::now();
    let reader = Arc::clone(log) as Arc<dyn itam_event_log::LogReader>;
    let projector = Projector::new(reader, model, tenant.as_str(), options);
    let mut status = projector.handle().subscribe();
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(projector.run(shutdown.clone()));
    let reached = status.wait_for(|status| status.progress.applied >= head || status.trouble.is_some());
    let trouble = reached.await?.trouble.clone();
    let took = begun.elapsed();
    shutdown.cancel();
    running.await??;
    match trouble {
        None => Ok(took),
        Some(trouble) => Err(failure(trouble)),
    }
}
