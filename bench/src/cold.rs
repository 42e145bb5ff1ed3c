//! `cold`: the first command about a thing, by a command service that remembers nothing of it, against reading and
//! parsing the thing's messages. There are no snapshots, so a thing is folded from all its events.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use itam_command_service::{CommandDesk, DeskSettings, Submission};
use itam_domain::{AggregateKind, CommandId, Policies};
use itam_event_log::EventLog;
use itam_service_kit::{ActorKind, Identity, Metrics, Role, SystemClock, SystemIds};
use itam_tests::nats::NatsServer;
use itam_vault::embedded::EmbeddedPeople;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::history;
use crate::measure::{Outcome, Sample, failure, ratio};
use crate::report::Table;
use crate::service::Backend;

/// How often each is measured: each time with a new desk, in turns with the raw reading.
const RUNS: u64 = 20;
/// What a cold command may take, in milliseconds.
const TARGET_MS: u32 = 20;

/// Measures a first command about an asset of each number of events.
pub(crate) async fn measure(scratch: &Path, lengths: &[u64], backends: &[Backend]) -> Outcome<Vec<Table>> {
    let columns = [
        "log",
        "events",
        "cold p50 ms",
        "cold p99 ms",
        "raw p50 ms",
        "ratio",
        "beyond one event, µs each",
        "target ms",
    ];
    let mut table = Table::new("cold: the first command about a thing", &columns);
    for backend in backends {
        let bench = Bench::open(scratch, *backend).await?;
        let mut shortest = None;
        for length in lengths {
            let (cold, raw) = bench.run(*length).await?;
            let (cold_ms, raw_ms) = (cold.percentile_ms(50.0), raw.percentile_ms(50.0));
            let (first, first_ms) = *shortest.get_or_insert((*length, cold_ms));
            let each =
                ratio((cold_ms - first_ms) * 1000.0, crate::measure::float(length.saturating_sub(first)));
            table.push(vec![
                json!(backend.name()),
                json!(length),
                json!(cold_ms),
                json!(cold.percentile_ms(99.0)),
                json!(raw_ms),
                json!(ratio(cold_ms, raw_ms)),
                if *length == first { Value::Null } else { json!(each) },
                json!(TARGET_MS),
            ]);
        }
    }
    Ok(vec![table])
}

/// A log and a vault, over which desks are made.
struct Bench {
    log: Arc<dyn EventLog>,
    _server: Option<NatsServer>,
    vault: Arc<EmbeddedPeople>,
    model: String,
}

impl Bench {
    async fn open(scratch: &Path, backend: Backend) -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("itam-cold-").tempdir_in(scratch)?.keep();
        let vault = Arc::new(EmbeddedPeople::open(&folder).await?);
        let (log, server) = history::open(backend, &folder).await?;
        let mut bench = Self { log, _server: server, vault, model: String::new() };
        let fields = json!({"name": "T14", "kind": "hardware", "hardware_kind": "laptop"});
        bench.model = send(&bench.desk()?, "define-model", fields, "model").await?;
        Ok(bench)
    }

    fn desk(&self) -> Outcome<CommandDesk> {
        let settings = DeskSettings {
            tenant: history::tenant()?,
            policies: Policies::default(),
            cache_capacity: 100_000,
        };
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
        Ok(CommandDesk::new(self.log.clone(), self.vault.clone(), clock, ids, settings, &Metrics::new()))
    }

    /// An asset with so many events, and what a cold command about it and a raw reading of it take.
    async fn run(&self, length: u64) -> Outcome<(Sample, Sample)> {
        let warm = self.desk()?;
        let key = format!("asset {length}");
        let asset = send(&warm, "register-asset", json!({"model_id": self.model}), &key).await?;
        let verification = json!({"asset": asset});
        for number in 1..length {
            send(&warm, "verify-asset", verification.clone(), &format!("{key} {number}")).await?;
        }
        let id = CommandId::from_key(history::tenant()?.as_str(), &key).created_id();
        let subject = history::tenant()?.event_subject(AggregateKind::Asset.as_str(), id);
        let (mut cold, mut raw) = (Sample::empty(), Sample::empty());
        for run in 0..RUNS {
            let desk = self.desk()?;
            // What the first command of a process looks up once is no matter of its thing.
            send(&desk, "define-vendor", json!({"name": format!("{key} {run}")}), &format!("{key} v {run}"))
                .await?;
            let begun = Instant::now();
            send(&desk, "verify-asset", verification.clone(), &format!("{key} cold {run}")).await?;
            take(&mut cold, begun.elapsed());
            let begun = Instant::now();
            for message in self.log.load(&subject).await? {
                serde_json::from_slice::<IgnoredAny>(&message.body)?;
            }
            take(&mut raw, begun.elapsed());
        }
        Ok((cold, raw))
    }
}

fn take(sample: &mut Sample, elapsed: Duration) {
    sample.record(elapsed, 1);
}

/// Carries a command out and gives the id of what it is about.
async fn send(desk: &CommandDesk, name: &str, fields: Value, key: &str) -> Outcome<String> {
    let sender = Identity {
        actor: "bench".to_owned(),
        actor_kind: ActorKind::Service,
        name: "bench".to_owned(),
        role: Role::Administrator,
    };
    let submission = Submission::try_new(desk.tenant().as_str(), name, &fields, key, sender);
    let submission = submission.map_err(|problem| failure(format!("{name}: {}", problem.to_value())))?;
    let answer =
        desk.execute(&submission).await.map_err(|refusal| failure(format!("{name}: {refusal:?}")))?;
    Ok(answer.id.to_string())
}
