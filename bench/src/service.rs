//! The program under measurement: real processes, on the embedded log or on a real nats-server.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use itam_tests::nats::{NatsOptions, NatsServer};
use itam_tests::{Service, admin_token};
use tempfile::TempDir;

use crate::generate;
use crate::load::{Connection, Target};
use crate::machine::Process;
use crate::measure::{Outcome, failure, float, ratio};

/// Which log stands under the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// One redb file, in `itam up`.
    Embedded,
    /// One nats-server with `sync_interval: always`.
    JetStream,
}

impl Backend {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Embedded, Self::JetStream];

    /// Its name in the tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::JetStream => "jetstream",
        }
    }
}

/// The program, running.
pub(crate) struct Program {
    /// Where commands go.
    pub(crate) commands: Target,
    /// Where queries go; nowhere if no query service runs.
    pub(crate) queries: Option<Target>,
    /// The folder of its data.
    pub(crate) data: PathBuf,
    /// The server under it, if there is one.
    pub(crate) nats: Option<NatsServer>,
    services: Vec<Service>,
    _folder: TempDir,
}

/// Which processes run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What takes commands. On the embedded log that is everything.
    Commands,
    /// Commands, projector and queries.
    Everything,
}

const QUIET: [&str; 2] = ["--log", "warn"];

impl Program {
    /// Starts it on an empty log, and defines what must exist before any asset.
    pub(crate) async fn start(backend: Backend, extent: Extent) -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("itam-bench-").tempdir()?;
        let data = folder.path().join("data");
        let nats = match backend {
            Backend::Embedded => None,
            Backend::JetStream => Some(NatsServer::start(NatsOptions::default()).await?),
        };
        let mut args: Vec<String> = QUIET.map(String::from).to_vec();
        if let Some(server) = &nats {
            args.extend(["--nats".to_owned(), server.url()]);
            args.extend(["--nats-monitoring".to_owned(), server.monitoring_url()]);
            args.push("--production".to_owned());
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let names: &[&str] = match (backend, extent) {
            (Backend::Embedded, _) => &["up"],
            (Backend::JetStream, Extent::Commands) => &["command-service"],
            (Backend::JetStream, Extent::Everything) => &["command-service", "projector", "query-service"],
        };
        let mut services = Vec::new();
        for name in names {
            services.push(Service::start(name, &data, &args).await);
        }
        for service in &services {
            service.ready().await;
        }
        let token = admin_token(&data).await;
        let target = |service: &Service| Target::new(&service.url, &token);
        let commands = services.first().map(&target);
        let serves_queries = backend == Backend::Embedded || extent == Extent::Everything;
        let program = Self {
            commands: commands.ok_or_else(|| failure("no service was started"))?,
            queries: services.last().filter(|_| serves_queries).map(&target),
            data,
            nats,
            services,
            _folder: folder,
        };
        program.found().await?;
        Ok(program)
    }

    async fn found(&self) -> Outcome<()> {
        let mut connection = Connection::open(&self.commands).await?;
        for thing in generate::founding() {
            let request = self.commands.command(thing.command, &thing.id.to_string(), &thing.fields);
            connection.succeed(&request).await?;
        }
        Ok(())
    }

    /// Stops the processes and starts them again, on the same addresses and data.
    pub(crate) async fn restart(&mut self) {
        for service in &mut self.services {
            service.stop().await;
            service.restart().await;
            service.ready().await;
        }
    }

    /// Stops the processes, but not the server under them.
    pub(crate) async fn stop(&mut self) {
        for service in &mut self.services {
            service.stop().await;
        }
        self.services.clear();
    }

    /// The processes whose time is measured, by name.
    pub(crate) fn processes(&self) -> Vec<(&'static str, Process)> {
        let mut found = vec![("client", Process::own())];
        found.extend(Process::find(&self.commands.address).map(|process| ("service", process)));
        if let Some(server) = &self.nats {
            let folder = server.store_folder();
            let configuration = folder.with_file_name("nats.conf").display().to_string();
            found.extend(Process::find(&configuration).map(|process| ("server", process)));
        }
        found
    }
}

/// Who used how much of the processor during a run.
pub(crate) struct CpuMeter {
    begun: Vec<(&'static str, Process, Duration)>,
    since: Instant,
}

impl CpuMeter {
    /// Begins.
    pub(crate) fn start(processes: &[(&'static str, Process)]) -> Self {
        let begun = processes.iter().map(|(name, process)| (*name, *process, process.cpu()));
        Self { begun: begun.collect(), since: Instant::now() }
    }

    /// Processor time per operation and process in microseconds, and how busy the machine was
    /// with them, in cores.
    pub(crate) fn per_operation(&self, count: u64) -> String {
        let mut parts = Vec::new();
        let mut sum = Duration::ZERO;
        for (name, process, before) in &self.begun {
            let used = process.cpu().saturating_sub(*before);
            sum += used;
            let each = ratio(used.as_secs_f64() * 1e6, float(count));
            parts.push(format!("{name} {each:.0}"));
        }
        let cores = ratio(sum.as_secs_f64(), self.since.elapsed().as_secs_f64());
        format!("{} µs ({cores:.1} cores)", parts.join(" + "))
    }
}
