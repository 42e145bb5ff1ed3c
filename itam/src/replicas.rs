//! What is wrong with the copies of our streams on the servers: watched, and told to whoever asks.

use std::collections::BTreeMap;
use std::time::Instant;

use chrono::{DateTime, Utc};
use itam_event_log::{LastingFault, ReplicaFault, ReplicaFaultKind, ReplicaWatch, Tenant};
use itam_service_kit::{Clock, Metrics, Readiness, SystemClock};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use serde::Serialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::args::NatsArgs;
use crate::backend::Backend;

/// What is wrong now, as a watch sees it; nothing ever where there are no servers.
#[derive(Clone)]
pub(crate) struct Replicas {
    log: String,
    faults: Option<watch::Receiver<Vec<FaultRow>>>,
}

/// A fault as `/v1/status` shows it.
#[derive(Clone, Serialize)]
struct FaultRow {
    #[serde(flatten)]
    fault: ReplicaFault,
    /// When it was seen to be right for the last time.
    since: DateTime<Utc>,
}

impl Replicas {
    /// Watches until the shutdown.
    pub(crate) fn start(
        backend: &Backend,
        nats: &NatsArgs,
        tenant: &Tenant,
        metrics: &Metrics,
        shutdown: &CancellationToken,
    ) -> Self {
        let log = tenant.stream_name();
        let Some(client) = &backend.nats else { return Self { log, faults: None } };
        let (tell, faults) = watch::channel(Vec::new());
        let replicas = ReplicaWatch::new(client.clone(), tenant, &nats.nats_monitoring);
        let gauges = Gauges::register(metrics);
        tokio::spawn(shutdown.clone().run_until_cancelled_owned(run(replicas, gauges, tell)));
        Self { log, faults: Some(faults) }
    }

    /// Says what is wrong beside whether a service is ready. One that takes commands is not while nobody
    /// leads the log; a copy in trouble takes nobody out of service, since the others serve.
    pub(crate) fn readiness(&self, readiness: Readiness, takes_commands: bool) -> Readiness {
        let (noted, checked) = (self.clone(), self.clone());
        let readiness =
            readiness.note(move || noted.rows().iter().map(|row| row.fault.to_string()).collect());
        if !takes_commands {
            return readiness;
        }
        readiness.check("leader", move || {
            let leaderless = |row: &&FaultRow| {
                row.fault.kind == ReplicaFaultKind::Leaderless && row.fault.stream == checked.log
            };
            checked.rows().iter().find(leaderless).map_or(Ok(()), |row| Err(row.fault.to_string()))
        })
    }

    /// What is wrong, as `/v1/status` shows it; `None` where there are no servers.
    pub(crate) fn shown(&self) -> Option<serde_json::Value> {
        self.faults.as_ref().and_then(|faults| serde_json::to_value(&*faults.borrow()).ok())
    }

    fn rows(&self) -> Vec<FaultRow> {
        self.faults.as_ref().map(|faults| faults.borrow().clone()).unwrap_or_default()
    }
}

/// Looks again and again.
async fn run(mut replicas: ReplicaWatch, gauges: Gauges, tell: watch::Sender<Vec<FaultRow>>) {
    let mut told = BTreeMap::new();
    loop {
        let lasting = replicas.look().await;
        gauges.set(&replicas, &lasting);
        told = say(told, &lasting);
        tell.send_replace(lasting.into_iter().map(FaultRow::of).collect());
        replicas.pause().await;
    }
}

/// Writes into the process's log what began and what is over, each once. Gives what is wrong now.
fn say(
    before: BTreeMap<(String, String), Instant>,
    lasting: &[LastingFault],
) -> BTreeMap<(String, String), Instant> {
    let copy = |fault: &ReplicaFault| (fault.stream.clone(), fault.server.clone());
    for LastingFault { fault, .. } in lasting {
        if !before.contains_key(&copy(fault)) {
            let ReplicaFault { stream, server, .. } = fault;
            tracing::warn!(stream, server, "a copy of a stream is in trouble: {fault}");
        }
    }
    let now = lasting.iter().map(|lasting| (copy(&lasting.fault), lasting.since)).collect();
    for ((stream, server), since) in before {
        let is_over = !BTreeMap::contains_key(&now, &(stream.clone(), server.clone()));
        if is_over {
            let lasted_s = since.elapsed().as_secs();
            tracing::warn!(stream, server, lasted_s, "the copy of the stream is right again");
        }
    }
    now
}

impl FaultRow {
    fn of(lasting: LastingFault) -> Self {
        let age = chrono::Duration::from_std(lasting.since.elapsed()).unwrap_or_default();
        Self { fault: lasting.fault, since: SystemClock.now() - age }
    }
}

type Labels = Vec<(&'static str, String)>;

/// What Prometheus is told.
struct Gauges {
    faults: Family<Labels, Gauge>,
    leaderless: Family<Labels, Gauge>,
}

impl Gauges {
    fn register(metrics: &Metrics) -> Self {
        let gauges = Self { faults: Family::default(), leaderless: Family::default() };
        metrics.register(
            "replica_fault",
            "1 where a server's copy of a stream is not heard, behind, empty or broken for 5 s and more",
            gauges.faults.clone(),
        );
        metrics.register(
            "stream_leaderless",
            "1 where no server leads a stream that hears from a majority, for 5 s and more",
            gauges.leaderless.clone(),
        );
        gauges
    }

    fn set(&self, replicas: &ReplicaWatch, lasting: &[LastingFault]) {
        let is_wrong = |stream: &str, server: &str| {
            let is_it =
                |lasting: &LastingFault| lasting.fault.stream == stream && lasting.fault.server == server;
            i64::from(lasting.iter().any(is_it))
        };
        for (stream, server) in replicas.copies() {
            let wrong = is_wrong(&stream, &server);
            self.faults.get_or_create(&vec![("stream", stream), ("server", server)]).set(wrong);
        }
        for stream in replicas.streams() {
            let wrong = is_wrong(stream, "");
            self.leaderless.get_or_create(&vec![("stream", stream.clone())]).set(wrong);
        }
    }
}
