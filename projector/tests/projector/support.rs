//! A log, a read model and a projector between them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use itam_domain::asset::{AssetEvent, AssetFacts, AssetRegistered, AssetVerified};
use itam_domain::vocabulary::AssetKind;
use itam_domain::{
    ActorKind, AggregateKind, AggregateRef, AssetId, CommandId, Envelope, EventId, ModelId, ShortText, Tag,
};
use itam_event_log::{LogReader, Subject, Tenant};
use itam_projector::{Projector, ProjectorError, ProjectorHandle, ProjectorOptions, ProjectorStatus};
use itam_read_model::{ReadModel, ReadModelOptions};
use itam_tests::eventually;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::fake_log::FakeLog;

pub(crate) fn noon() -> DateTime<Utc> {
    "2026-01-01T12:00:00Z".parse().expect("instant")
}

pub(crate) fn tenant() -> Tenant {
    Tenant::try_new("main").expect("tenant")
}

pub(crate) fn asset(number: u32) -> AssetId {
    AssetId(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 | u128::from(number)))
}

pub(crate) fn subject(number: u32) -> Subject {
    tenant().event_subject("asset", asset(number).0)
}

/// The stored bytes of a registration.
pub(crate) fn registration(number: u32) -> Vec<u8> {
    let facts = AssetFacts {
        tag: Some(Tag(ShortText::try_new(&format!("LT-{number:04}")).expect("text"))),
        ..AssetFacts::new(ModelId(Uuid::from_u128(9)), AssetKind::Hardware)
    };
    stored(number, 1, AssetEvent::Registered(AssetRegistered { facts: Box::new(facts) }))
}

pub(crate) fn verification(number: u32, version: u64) -> Vec<u8> {
    stored(
        number,
        version,
        AssetEvent::Verified(AssetVerified { location_id: None, condition: None, campaign_id: None }),
    )
}

fn stored(number: u32, version: u64, event: AssetEvent) -> Vec<u8> {
    let envelope = Envelope {
        id: EventId(Uuid::from_u128(u128::from(number))),
        tenant: "main".to_owned(),
        aggregate: AggregateRef::new(AggregateKind::Asset, asset(number).0),
        aggregate_version: version,
        recorded_at: noon(),
        effective_at: noon(),
        actor: "somebody".to_owned(),
        actor_kind: ActorKind::Person,
        command_id: CommandId(Uuid::from_u128(1)),
        command_digest: String::new(),
        correlation_id: String::new(),
        causation_id: None,
        reason: None,
        event: event.into(),
    };
    envelope.encode()
}

pub(crate) fn options() -> ProjectorOptions {
    ProjectorOptions {
        page: 7,
        catch_up_batch: 20,
        rebuild_batch: 30,
        tail_patience: Duration::from_millis(200),
        first_pause: Duration::from_millis(5),
        longest_pause: Duration::from_millis(20),
        ..ProjectorOptions::new(noon)
    }
}

/// A running projector.
pub(crate) struct Running {
    pub(crate) model: ReadModel,
    pub(crate) handle: ProjectorHandle,
    pub(crate) shutdown: CancellationToken,
    task: JoinHandle<Result<(), ProjectorError>>,
}

impl Running {
    pub(crate) fn start(log: Arc<dyn LogReader>, dir: &Path) -> Self {
        Self::start_with(log, dir, 8 * 1024 * 1024)
    }

    /// With so much of the file in memory.
    pub(crate) fn start_with(log: Arc<dyn LogReader>, dir: &Path, cache_bytes: usize) -> Self {
        let model =
            ReadModel::in_process(dir, ReadModelOptions { cache_bytes, ..ReadModelOptions::default() });
        let projector = Projector::new(log, model.clone(), "main", options());
        let (handle, shutdown) = (projector.handle(), CancellationToken::new());
        let task = tokio::spawn(projector.run(shutdown.clone()));
        Self { model, handle, shutdown, task }
    }

    pub(crate) async fn until(
        &self,
        what: &str,
        is_so: impl Fn(&ProjectorStatus) -> bool,
    ) -> ProjectorStatus {
        let probe = || {
            let status = self.handle.status();
            let found = is_so(&status).then_some(status);
            async move { found }
        };
        eventually(what, probe).await
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.ended().await.expect("ends in order");
    }

    /// Waits for the end that it comes to by itself.
    pub(crate) async fn ended(self) -> Result<(), ProjectorError> {
        self.task.await.expect("no panic")
    }
}

/// A log of `count` registered assets.
pub(crate) fn log_of(count: u32) -> Arc<FakeLog> {
    let log = Arc::new(FakeLog::default());
    for number in 1..=count {
        log.append(&subject(number), registration(number));
    }
    log
}
