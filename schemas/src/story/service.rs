//! A query service that was told the story.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use chrono::{DateTime, Utc};
use itam_domain::Envelope;
use itam_event_log::{Commit, EmbeddedLog, EmbeddedOptions, EventLog as _, Tenant, Write};
use itam_proof::{Hash, KeyFolder, Leaf, LedgerWriter, Origin, SignedCheckpoint, TreeCheckpoint, TreeWriter};
use itam_query_service::{QueryDesk, QueryLimits, QueryParts, SealFiles, routes};
use itam_read_model::{LogContent, LogEntry, Opened, ReadModel, ReadModelOptions, ReadModelWriter};
use itam_service_kit::{ActorKind, HttpKit, Identity, Metrics, Role, SettableClock};
use itam_vault::embedded::EmbeddedPeople;
use itam_vault::{PersonDetails, PersonVault as _};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{NOW, story};
use crate::samples::{envelope, sample_uuid};

/// Who can be seen in the story: number, name, user name.
const PEOPLE: [(u32, &str, &str); 3] =
    [(41, "Bob Miller", "bob"), (42, "Eve Smith", "eve"), (900, "Mary Jones", "mary")];

/// A query service that was told the story.
pub(crate) struct StoryService {
    runtime: Runtime,
    router: Router,
    _dir: TempDir,
}

impl StoryService {
    /// Tells it the story.
    ///
    /// # Panics
    /// If it cannot: nothing can be generated then.
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let runtime = Runtime::new().expect("a runtime");
        let router = runtime.block_on(begin(dir.path()));
        Self { runtime, router, _dir: dir }
    }

    /// What it answers an auditor.
    ///
    /// # Panics
    /// If it refuses: then the story is not what the question takes it for.
    pub(crate) fn ask(&self, path: &str, media_type: &str) -> String {
        let (status, body) = self.send(path, media_type);
        assert!(status.is_success(), "{path}: {body}");
        body
    }

    /// What it answers, or why it refuses.
    pub(crate) fn send(&self, path: &str, media_type: &str) -> (StatusCode, String) {
        let request = Request::get(path).header("authorization", "Bearer x").header("accept", media_type);
        let request = request.body(Body::empty()).expect("a request");
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.expect("an answer");
            let status = response.status();
            let body = to_bytes(response.into_body(), usize::MAX).await.expect("a whole body");
            (status, String::from_utf8(body.to_vec()).expect("text"))
        })
    }
}

fn now() -> DateTime<Utc> {
    NOW.parse().expect("an instant")
}

async fn begin(dir: &Path) -> Router {
    let tenant = Tenant::try_new("main").expect("a tenant");
    let log = EmbeddedLog::open(&dir.join("log.redb"), tenant.clone(), EmbeddedOptions::new(now));
    let log = Arc::new(log.expect("a log"));
    let read_model = ReadModel::in_process(&dir.join("model"), ReadModelOptions::default());
    let opened = ReadModelWriter::open(&read_model, "main").expect("a read model");
    let (Opened::New(mut writer) | Opened::Current(mut writer)) = opened else { panic!("an old read model") };
    let seal = SealFiles {
        tree: dir.join("merkle.redb"),
        checkpoints: dir.join("checkpoints.redb"),
        keys: dir.join("keys"),
    };
    let leaves = tell(&log, &tenant, &mut writer).await;
    sign(&seal, &leaves);
    let people = EmbeddedPeople::open(dir).await.expect("a vault");
    for (number, name, username) in PEOPLE {
        let mut details = PersonDetails::new(name);
        details.username = Some(username.to_owned());
        details.email = Some(format!("{username}@example.com"));
        people.put(sample_uuid(number), details).await.expect("a vault");
    }
    let parts = QueryParts {
        tenant,
        seal: Some(seal),
        read_model,
        log,
        people: people.directory(),
        tokens: Arc::new(|_| None),
        clock: Arc::new(SettableClock::new(now())),
        projector: None,
        replicas: None,
        released: Arc::new(|_| 0),
        historic: None,
        mode: "embedded".to_owned(),
        limits: QueryLimits::default(),
        shutdown: CancellationToken::new(),
    };
    let auditor = Identity {
        actor: sample_uuid(900).to_string(),
        actor_kind: ActorKind::Person,
        name: "story".to_owned(),
        role: Role::Auditor,
    };
    let kit = HttpKit::new(Metrics::new(), Arc::new(move |_: &str| Some(auditor.clone())));
    kit.wrap(routes(QueryDesk::new(parts)), Router::new())
}

/// Appends the story to the log and applies it; gives the leaves of what was stored.
async fn tell(log: &EmbeddedLog, tenant: &Tenant, writer: &mut ReadModelWriter) -> Vec<Hash> {
    let (mut last, mut leaves) = (HashMap::<String, (u64, u32)>::new(), Vec::new());
    for (told, number) in story().into_iter().zip(1..) {
        let mut event = told.event;
        let (aggregate, _) = event.name.split_once('.').expect("a type names its aggregate first");
        let subject = tenant.event_subject(aggregate, sample_uuid(event.aggregate));
        let (expected, version) = last.get(subject.as_str()).copied().unwrap_or_default();
        event.version = version + 1;
        let stored_at = format!("{}T09:30:00.250Z", told.day).parse().expect("an instant");
        let envelope = envelope(&event, number, told.day);
        let body = envelope.encode();
        let write = Write { subject: subject.clone(), expected, body: body.clone().into() };
        let position = log.append(Commit::of(vec![write])).await.expect("an append").last;
        let content = LogContent::Event(Box::new(Envelope::decode(&body).expect("an event")));
        writer
            .apply(LogEntry { position, stored_at, body: &body, content })
            .expect("an event of the register");
        leaves.push(Leaf { position, subject: subject.as_str(), body: &body }.hash());
        last.insert(subject.as_str().to_owned(), (position, version + 1));
    }
    writer.flush().expect("a flush");
    leaves
}

/// Seals what was told, and signs a checkpoint.
fn sign(files: &SealFiles, leaves: &[Hash]) {
    let mut tree = TreeWriter::open(&files.tree, "main").expect("a tree");
    let size = tree.append(leaves.iter().copied()).expect("leaves");
    let origin = Origin::of_log("main", leaves[0]);
    let keys = KeyFolder::new(&files.keys);
    keys.create(&origin, &[7; 32]).expect("keys");
    let keys = keys.load_for(&origin).expect("keys");
    let checkpoint = TreeCheckpoint { origin, size, root: tree.root(), made_at: now() };
    let signed = SignedCheckpoint::sign(checkpoint, &[&keys.key]).expect("a checkpoint");
    let ledger = LedgerWriter::open(&files.checkpoints).expect("a ledger");
    ledger.add(size, &signed.encode()).expect("a checkpoint");
}
