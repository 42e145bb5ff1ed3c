//! The raw engine of either log, and the log's port on it, each on files of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use itam_event_log::{
    Commit, EmbeddedLog, EmbeddedOptions, EventLog, JetStreamLog, JetStreamOptions, Tenant,
};
use itam_service_kit::{Clock, SystemClock};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::ledger::Ledger;
use crate::measure::{Outcome, Sample};
use crate::raw_jetstream::RawStream;
use crate::raw_redb::RawFile;

/// How many messages a batch holds when as many as wanted are there.
const FULL_BATCH: usize = Commit::MAX_WRITES;

/// How many commits are tried as a batch each: every one of them waits for the disk.
const BATCHES_EACH: usize = 400;

/// What commits came to on one way.
pub(crate) struct Path {
    /// Which way.
    pub(crate) name: &'static str,
    /// What it came to.
    pub(crate) sample: Sample,
    /// Whether the others are measured by it.
    pub(crate) is_reference: bool,
}

impl Path {
    fn reference(name: &'static str, sample: Sample) -> Self {
        Self { name, sample, is_reference: true }
    }

    fn other(name: &'static str, sample: Sample) -> Self {
        Self { name, sample, is_reference: false }
    }
}

/// The engine and the port.
pub(crate) struct Raw {
    engine: Engine,
    port: Arc<dyn EventLog>,
    port_ledger: Ledger,
    // Goes last: the files are open until then.
    _folder: TempDir,
}

enum Engine {
    JetStream(Box<Streams>),
    Embedded(RawFile),
}

/// One stream for each grouping: what is published one by one, and what is published in groups.
struct Streams {
    plain: RawStream,
    grouped: RawStream,
}

impl Raw {
    /// On the server of `client`, or embedded.
    pub(crate) async fn create(client: Option<async_nats::Client>) -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("itam-bench-raw-").tempdir()?;
        let tenant = Tenant::try_new("port")?;
        let (engine, port): (Engine, Arc<dyn EventLog>) = if let Some(client) = client {
            let engine = Engine::JetStream(Box::new(Streams {
                plain: RawStream::create(&client, "raw-plain").await?,
                grouped: RawStream::create(&client, "raw-grouped").await?,
            }));
            let options = JetStreamOptions::default();
            let port = JetStreamLog::connect(client, tenant.clone(), options).await?;
            (engine, Arc::new(port))
        } else {
            let engine = Engine::Embedded(RawFile::create(&folder.path().join("raw.redb"))?);
            let options = EmbeddedOptions::new(|| SystemClock.now());
            let port = EmbeddedLog::open(&folder.path().join("port.redb"), tenant.clone(), options)?;
            (engine, Arc::new(port))
        };
        Ok(Self { engine, port, port_ledger: Ledger::new(tenant), _folder: folder })
    }

    /// Stores the commits in every way, `clients` at a time.
    pub(crate) async fn run(&mut self, clients: usize, commits: &[Commit]) -> Outcome<Vec<Path>> {
        let is_single = commits.iter().all(|commit| commit.writes.len() == 1);
        let mut paths = Vec::new();
        match &mut self.engine {
            Engine::JetStream(streams) => {
                let Streams { plain, grouped } = streams.as_mut();
                let some = if is_single { commits } else { &commits[..commits.len().min(BATCHES_EACH)] };
                let alone = plain.one_by_one(some, clients).await?;
                let together = grouped.in_groups(commits, clients, 1).await?;
                if is_single {
                    paths.push(Path::reference("raw plain publishes", alone));
                    paths.push(Path::other("raw batches of all clients", together));
                } else {
                    paths.push(Path::reference("raw batches of all clients", together));
                    paths.push(Path::other("raw batch for each", alone));
                }
            }
            Engine::Embedded(file) => {
                let sample = tokio::task::block_in_place(|| file.store(commits, clients))?;
                paths.push(Path::reference("bare redb commits of all clients", sample));
            }
        }
        paths.push(Path::other("log port without HTTP", self.through_port(commits, clients).await?));
        Ok(paths)
    }

    /// Stores the commits as fast as full batches allow.
    pub(crate) async fn import(&mut self, commits: &[Commit]) -> Outcome<Path> {
        let writes = commits.first().map_or(1, |commit| commit.writes.len());
        let group = FULL_BATCH / writes;
        let sample = match &mut self.engine {
            Engine::JetStream(streams) => streams.grouped.in_groups(commits, group, 2).await?,
            Engine::Embedded(file) => tokio::task::block_in_place(|| file.store(commits, group))?,
        };
        Ok(Path::reference("raw batches of 990", sample))
    }

    async fn through_port(&mut self, commits: &[Commit], clients: usize) -> Outcome<Sample> {
        let commits = Arc::new(self.port_ledger.adopt(commits)?);
        let next = Arc::new(AtomicUsize::new(0));
        let mut workers = JoinSet::new();
        let begun = Instant::now();
        for _ in 0..clients {
            let (commits, next, log) = (Arc::clone(&commits), Arc::clone(&next), Arc::clone(&self.port));
            workers.spawn(async move {
                let mut sample = Sample::empty();
                let mut firsts = Vec::new();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(commit) = commits.get(index) else {
                        return Ok::<_, Box<dyn std::error::Error + Send + Sync>>((sample, firsts));
                    };
                    let sent = Instant::now();
                    let appended = log.append(commit.clone()).await?;
                    sample.record(sent.elapsed(), 1);
                    firsts.push((index, appended.first));
                }
            });
        }
        let mut sample = Sample::empty();
        while let Some(worker) = workers.join_next().await {
            let (part, firsts) = worker??;
            sample.merge(&part);
            for (index, first) in firsts {
                self.port_ledger.note(&commits[index..=index], first);
            }
        }
        sample.elapsed = begun.elapsed();
        Ok(sample)
    }
}
