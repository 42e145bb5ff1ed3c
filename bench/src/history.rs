//! A generated history of many assets, stored in a log without the command service.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use itam_event_log::{
    Commit, EmbeddedLog, EmbeddedOptions, EventLog, JetStreamLog, JetStreamOptions, Tenant, Write,
};
use itam_projector::{Progress, ProjectorOptions, RebuildReport, RebuildScope, rebuild};
use itam_read_model::{ReadModel, ReadModelOptions, SCHEMA_VERSION};
use itam_service_kit::{Clock, SystemClock};
use itam_tests::nats::{NatsOptions, NatsServer};

use crate::generate::{Asset, EVENTS_PER_ASSET, founding};
use crate::measure::Outcome;
use crate::service::Backend;

/// Assets that are registered together: three full commits, then one for each later event.
const ASSETS_AT_ONCE: u64 = 990;
/// Registrations in one commit: each is an event and two keys.
const REGISTRATIONS: usize = Commit::MAX_WRITES / 3;

/// The organization whose history it is.
pub(crate) fn tenant() -> Outcome<Tenant> {
    Ok(Tenant::try_new("main")?)
}

/// Opens the embedded log of a data folder, as the program does.
pub(crate) fn open_embedded(data: &Path) -> Outcome<EmbeddedLog> {
    std::fs::create_dir_all(data)?;
    let options = EmbeddedOptions::new(|| SystemClock.now());
    Ok(EmbeddedLog::open(&data.join("log.redb"), tenant()?, options)?)
}

/// Opens a log of either sort: in a data folder, or on a server of its own, which must be kept as long as the log.
pub(crate) async fn open(backend: Backend, data: &Path) -> Outcome<(Arc<dyn EventLog>, Option<NatsServer>)> {
    if backend == Backend::Embedded {
        return Ok((Arc::new(open_embedded(data)?), None));
    }
    let server = NatsServer::start(NatsOptions::default()).await?;
    let client = async_nats::connect(server.url()).await?;
    let log = JetStreamLog::connect(client, tenant()?, JetStreamOptions::default()).await?;
    Ok((Arc::new(log), Some(server)))
}

/// Stores the whole lives of `assets` assets and gives the number of events.
pub(crate) async fn store(log: &dyn EventLog, assets: u64) -> Outcome<u64> {
    let tenant = tenant()?;
    let founding: Vec<Write> = founding().iter().map(|thing| thing.write(&tenant)).collect();
    let mut events = founding.len() as u64;
    log.append(Commit::of(founding)).await?;
    let mut next = 0;
    while next < assets {
        let some: Vec<Asset> = (next..assets.min(next + ASSETS_AT_ONCE)).map(Asset).collect();
        next += some.len() as u64;
        let mut positions = register(log, &tenant, &some).await?;
        for step in 1..EVENTS_PER_ASSET {
            let writes = some.iter().zip(&positions);
            let writes = writes.flat_map(|(asset, expected)| asset.writes(&tenant, step, *expected));
            let writes = writes.collect();
            let appended = log.append(Commit::of(writes)).await?;
            positions = (appended.first..=appended.last).collect();
        }
        events += EVENTS_PER_ASSET * some.len() as u64;
    }
    Ok(events)
}

/// Stores the registrations and gives the positions of their events.
async fn register(log: &dyn EventLog, tenant: &Tenant, assets: &[Asset]) -> Outcome<Vec<u64>> {
    let commits = assets
        .chunks(REGISTRATIONS)
        .map(|some| Commit::of(some.iter().flat_map(|asset| asset.writes(tenant, 0, 0)).collect()));
    let appended = try_join_all(commits.map(|commit| log.append(commit))).await?;
    let positions = appended.iter().zip(assets.chunks(REGISTRATIONS));
    let positions = positions
        .flat_map(|(appended, some)| (0..some.len() as u64).map(move |index| appended.first + 3 * index));
    Ok(positions.collect())
}

/// The folder of the read model within a data folder, as the program has it.
pub(crate) fn read_model_folder(data: &Path) -> PathBuf {
    data.join("read-model")
}

/// What a rebuild took.
pub(crate) struct Rebuilt {
    /// What the projector says of it.
    pub(crate) report: RebuildReport,
    /// From the beginning until every event was applied.
    pub(crate) applying: Duration,
    /// The whole, with the last flush, the canonical hash and the switch.
    pub(crate) whole: Duration,
}

/// Builds a read model from the log at once.
pub(crate) async fn build(log: Arc<dyn EventLog>, folder: &Path) -> Outcome<Rebuilt> {
    std::fs::create_dir_all(folder)?;
    let model = ReadModel::in_process(folder, ReadModelOptions::default());
    let options = ProjectorOptions::new(|| SystemClock.now());
    let begun = Instant::now();
    let mut applying = Duration::ZERO;
    let tell = |_: Progress| applying = begun.elapsed();
    let everything = RebuildScope::Everything;
    let report = rebuild(log, model, tenant()?.as_str(), everything, &options, tell).await?;
    Ok(Rebuilt { report, applying, whole: begun.elapsed() })
}

/// A data folder with the log and the read model of `assets` assets, made unless it is there.
pub(crate) async fn prepare(scratch: &Path, assets: u64) -> Outcome<PathBuf> {
    let data = scratch.join(format!("itam-bench-{assets}-v{SCHEMA_VERSION}"));
    let mark = data.join("complete");
    if mark.exists() {
        return Ok(data);
    }
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    let log = Arc::new(open_embedded(&data)?);
    let begun = Instant::now();
    let events = store(log.as_ref(), assets).await?;
    eprintln!("  {events} events stored in {:.1} s", begun.elapsed().as_secs_f64());
    let built = build(log, &read_model_folder(&data)).await?;
    eprintln!("  read model built in {:.1} s", built.whole.as_secs_f64());
    std::fs::write(mark, "")?;
    Ok(data)
}
