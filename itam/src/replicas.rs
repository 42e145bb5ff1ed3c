//! What is wrong with the copies of our streams on the servers: watched, and told to whoever asks.

use std::collections::BTreeMap;

use itam_event_log::{LastingFault, ReplicaFault, ReplicaFaultKind, ReplicaWatch, Tenant};
use itam_query_service::ReplicaFaultRow;
use itam_service_kit::{Clock, Metrics, Readiness, SystemClock};
use itam_tools::args::NatsArgs;
use itam_tools::backend::Backend;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What is wrong now, as a watch sees it; nothing ever where there are no servers.
#[derive(Clone)]
pub(crate) struct Replicas {
    log: String,
    faults: Option<watch::Receiver<Vec<ReplicaFaultRow>>>,
}

/// By stream and server.
type Rows = BTreeMap<(String, String), ReplicaFaultRow>;

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
            let leaderless = |row: &&ReplicaFaultRow| {
                row.fault.kind == ReplicaFaultKind::Leaderless && row.fault.stream == checked.log
            };
            checked.rows().iter().find(leaderless).map_or(Ok(()), |row| Err(row.fault.to_string()))
        })
    }

    /// What is wrong, as `/v1/status` shows it; `None` where there are no servers.
    pub(crate) fn shown(&self) -> Option<Vec<ReplicaFaultRow>> {
        self.faults.as_ref().map(|faults| faults.borrow().clone())
    }

    fn rows(&self) -> Vec<ReplicaFaultRow> {
        self.shown().unwrap_or_default()
    }
}

/// Looks again and again.
async fn run(mut replicas: ReplicaWatch, gauges: Gauges, tell: watch::Sender<Vec<ReplicaFaultRow>>) {
    let mut told = Rows::new();
    loop {
        let lasting = replicas.look().await;
        gauges.set(&replicas, &lasting);
        told = say(told, lasting);
        tell.send_replace(told.values().cloned().collect());
        replicas.pause().await;
    }
}

/// Writes into the process's log what began and what is over, each once. Gives what is wrong now.
fn say(before: Rows, lasting: Vec<LastingFault>) -> Rows {
    let now = carried(&before, lasting);
    for (copy, row) in &now {
        if !before.contains_key(copy) {
            let ReplicaFaultRow { fault, .. } = row;
            let ReplicaFault { stream, server, .. } = fault;
            if fault.kind == ReplicaFaultKind::Leaderless {
                tracing::warn!(stream, "a stream has no leader: {fault}");
            } else {
                tracing::warn!(stream, server, "a copy of a stream is in trouble: {fault}");
            }
        }
    }
    for ((stream, server), row) in before {
        if now.contains_key(&(stream.clone(), server.clone())) {
            continue;
        }
        let lasted_s = row.begun.elapsed().as_secs();
        if row.fault.kind == ReplicaFaultKind::Leaderless {
            tracing::warn!(stream, lasted_s, "the stream has a leader again");
        } else {
            tracing::warn!(stream, server, lasted_s, "the copy of the stream is right again");
        }
    }
    now
}

/// What is wrong now. What was wrong before keeps the instant since when.
fn carried(before: &Rows, lasting: Vec<LastingFault>) -> Rows {
    let row = |LastingFault { fault, since: begun }| {
        let copy = (fault.stream.clone(), fault.server.clone());
        let known = before.get(&copy).filter(|row| row.begun == begun).map(|row| row.since);
        let since = known.unwrap_or_else(|| {
            SystemClock.now() - chrono::Duration::from_std(begun.elapsed()).unwrap_or_default()
        });
        (copy, ReplicaFaultRow { fault, since, begun })
    };
    lasting.into_iter().map(row).collect()
}

type Labels = Vec<(&'static str, String)>;

/// Metrics of what is wrong with the replicas.
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use chrono::{DateTime, Utc};

    use super::*;

    fn lasting(kind: ReplicaFaultKind, since: Instant) -> Vec<LastingFault> {
        let (stream, server, detail) = ("ITAM_main".to_owned(), "n2".to_owned(), "not heard".to_owned());
        vec![LastingFault { fault: ReplicaFault { stream, server, kind, detail }, since }]
    }

    fn since(rows: &Rows) -> DateTime<Utc> {
        rows.values().next().unwrap().since
    }

    #[test]
    fn a_fault_keeps_its_instant_until_it_is_over() {
        let begun = Instant::now();
        let first = carried(&Rows::new(), lasting(ReplicaFaultKind::Unheard, begun));
        let later = carried(&first, lasting(ReplicaFaultKind::Behind, begun));
        assert_eq!(since(&later), since(&first));
        assert_eq!(later.values().next().unwrap().fault.kind, ReplicaFaultKind::Behind);
        let another = carried(&later, lasting(ReplicaFaultKind::Unheard, begun + Duration::from_secs(9)));
        assert_ne!(since(&another), since(&first));
    }
}
