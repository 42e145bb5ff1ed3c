//! A small organization in a log, a read model and a vault, with the reading room in front.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use itam_domain::{Envelope, EnvelopeError};
use itam_event_log::{
    Commit, EmbeddedLog, EmbeddedOptions, EventLog as _, LogReader as _, StoredMessage, Tenant, Write,
};
use itam_proof::{
    KeyError, KeyFolder, Leaf, LedgerWriter, Origin, SignedCheckpoint, TreeCheckpoint, TreeWriter,
};
use itam_query_service::{QueryDesk, QueryLimits, QueryParts, SealFiles, routes};
use itam_read_model::{LogContent, LogEntry, Opened, ReadModel, ReadModelOptions, ReadModelWriter};
use itam_service_kit::{ActorKind, HttpKit, Identity, Metrics, Role, SettableClock};
use itam_vault::embedded::EmbeddedPeople;
use itam_vault::{PersonDetails, PersonVault as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use uuid::Uuid;

pub(crate) const BERLIN: u32 = 21;
pub(crate) const ROOM: u32 = 22;
pub(crate) const IT: u32 = 31;
pub(crate) const ADA: u32 = 41;
pub(crate) const GRACE: u32 = 42;
/// A token that is tied to nobody.
pub(crate) const TOKEN: u32 = 71;
pub(crate) const T14: u32 = 11;
pub(crate) const MONITOR: u32 = 12;
pub(crate) const ACME: u32 = 1;
/// The laptops LT-1 to LT-5 are 101 to 105, the monitor MON-1 is 201.
pub(crate) const LT1: u32 = 101;
pub(crate) const MON1: u32 = 201;
pub(crate) const ADAS_REQUISITION: u32 = 51;
pub(crate) const ORDER: u32 = 61;
/// How many events the small organization begins with.
pub(crate) const EVENTS: u64 = 24;
/// What time it is in the beginning, when all that the small organization begins with was stored.
pub(crate) const BEGINNING: &str = "2026-11-21T10:00:00Z";

pub(crate) struct World {
    pub(crate) router: Router,
    pub(crate) people: EmbeddedPeople,
    pub(crate) clock: Arc<SettableClock>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) log: Arc<EmbeddedLog>,
    pub(crate) sealed: SealFiles,
    register: Mutex<RegisterWriter>,
    _dir: TempDir,
}

struct RegisterWriter {
    writer: ReadModelWriter,
    last_by_subject: HashMap<String, (u64, u64)>,
}

pub(crate) fn id(number: u32) -> Uuid {
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 | u128::from(number))
}

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("instant")
}

pub(crate) fn limits() -> QueryLimits {
    QueryLimits { default_wait: Duration::from_millis(50), ..QueryLimits::default() }
}

impl World {
    /// The small organization.
    pub(crate) async fn new() -> Self {
        let world = Self::empty(limits()).await;
        world.master_data().await;
        world.lives().await;
        world.seal().await;
        world
    }

    pub(crate) async fn empty(limits: QueryLimits) -> Self {
        let dir = tempfile::tempdir().expect("temp dir");
        let clock = Arc::new(SettableClock::new(instant(BEGINNING)));
        let tenant = Tenant::try_new("main").expect("tenant");
        let options = EmbeddedOptions::new(|| instant(BEGINNING));
        let log = EmbeddedLog::open(&dir.path().join("log.redb"), tenant, options).expect("log");
        let log = Arc::new(log);
        let model = ReadModel::in_process(&dir.path().join("model"), ReadModelOptions::default());
        let (Opened::New(writer) | Opened::Current(writer)) =
            ReadModelWriter::open(&model, "main").expect("writer")
        else {
            panic!("outdated")
        };
        let people = EmbeddedPeople::open(dir.path()).await.expect("people");
        let shutdown = CancellationToken::new();
        let path = |name: &str| dir.path().join(name);
        let sealed = SealFiles {
            tree: path("merkle.redb"),
            checkpoints: path("checkpoints.redb"),
            keys: path("keys"),
        };
        let register = RegisterWriter { writer, last_by_subject: HashMap::new() };
        let register = Mutex::new(register);
        let router = Router::new();
        let mut world = Self { router, people, clock, shutdown, log, sealed, register, _dir: dir };
        world.serve(model, limits);
        world
    }

    /// The same world with a read model that no projector has built yet.
    pub(crate) fn without_read_model(self) -> Self {
        self.with_read_model(ReadModel::in_process(Path::new("nowhere"), ReadModelOptions::default()))
    }

    /// The same world with another read model.
    pub(crate) fn with_read_model(mut self, read_model: ReadModel) -> Self {
        self.serve(read_model, limits());
        self
    }

    /// Opens the reading room.
    fn serve(&mut self, read_model: ReadModel, limits: QueryLimits) {
        let parts = QueryParts {
            tenant: Tenant::try_new("main").expect("tenant"),
            seal: Some(self.sealed.clone()),
            read_model,
            log: self.log.clone(),
            people: self.people.directory(),
            tokens: Arc::new(token_name),
            clock: self.clock.clone(),
            projector: Some(Arc::new(|| Some(json!({"phase": "following"})))),
            replicas: Some(Arc::new(|| Some(Vec::new()))),
            released: Arc::new(|_| 0),
            historic: None,
            mode: "embedded".to_owned(),
            limits,
            shutdown: self.shutdown.clone(),
        };
        let kit = HttpKit::new(Metrics::new(), Arc::new(authenticate));
        self.router = kit.wrap(routes(QueryDesk::new(parts)), Router::new());
    }

    /// Seals what is in the log, and signs a checkpoint, which is given.
    pub(crate) async fn seal(&self) -> SignedCheckpoint {
        let mut tree = TreeWriter::open(&self.sealed.tree, "main").expect("a tree");
        let page = self.log.read(tree.size() + 1, NonZeroUsize::MAX).await.expect("read");
        let leaf = |message: &StoredMessage| {
            let (position, subject) = (message.position, message.subject.as_str());
            Leaf { position, subject, body: &message.body }.hash()
        };
        let size = tree.append(page.messages.iter().map(leaf)).expect("leaves");
        let first = tree.reader().snapshot().and_then(|tree| tree.leaf(1)).expect("a first leaf");
        let origin = Origin::of_log("main", first);
        let made_at = instant("2026-11-21T10:00:00Z");
        let keys = KeyFolder::new(&self.sealed.keys);
        if matches!(keys.load(), Err(KeyError::Missing(_))) {
            keys.create(&origin, &[7; 32]).expect("made");
        }
        let keys = keys.load_for(&origin).expect("keys");
        let checkpoint = TreeCheckpoint { origin, size, root: tree.root(), made_at };
        let signed = SignedCheckpoint::sign(checkpoint, &[&keys.key]).expect("signed");
        let ledger = LedgerWriter::open(&self.sealed.checkpoints).expect("a ledger");
        ledger.add(size, &signed.encode()).expect("newer");
        signed
    }

    /// Appends an event to the log and applies it to the register.
    pub(crate) async fn append(&self, name: &str, number: u32, data: Value) -> u64 {
        self.append_at("2026-11-01T08:00:00.000Z", "service-1", name, number, data).await
    }

    pub(crate) async fn append_at(&self, at: &str, actor: &str, name: &str, number: u32, data: Value) -> u64 {
        self.store((at, at, BEGINNING), actor, name, number, data).await
    }

    /// Appends an event that happened at one time and was recorded, and stored, at another.
    pub(crate) async fn record(
        &self,
        (effective, recorded): (&str, &str),
        name: &str,
        number: u32,
        data: Value,
    ) -> u64 {
        self.store((effective, recorded, recorded), "service-1", name, number, data).await
    }

    async fn store(
        &self,
        (effective, recorded, stored): (&str, &str, &str),
        actor: &str,
        name: &str,
        number: u32,
        data: Value,
    ) -> u64 {
        let aggregate = name.split('.').next().expect("a type");
        let tenant = Tenant::try_new("main").expect("tenant");
        let subject = tenant.event_subject(aggregate, id(number));
        let last = self.register.lock().expect("unpoisoned").last_by_subject.get(subject.as_str()).copied();
        let (expected, version) = last.unwrap_or_default();
        let command = id(900_000 + number);
        let body = json!({
            "specversion": "1.0", "id": id(800_000 + number), "source": "/itam/main", "type": name,
            "datacontenttype": "application/json",
            "dataschema": format!("https://schemas.itam.dev/events/{name}.v1.json"),
            "subject": format!("{aggregate}/{}", id(number)), "time": recorded, "tenant": "main",
            "effectivetime": effective, "actor": actor, "actorkind": "person", "commandid": command,
            "commanddigest": "d", "correlationid": "c", "aggregateversion": version + 1,
            "reason": "as planned", "data": data,
        });
        let body = serde_json::to_vec(&body).expect("json");
        let write = Write { subject: subject.clone(), expected, body: body.clone().into() };
        let position = self.log.append(Commit::of(vec![write])).await.expect("append").last;
        let mut register = self.register.lock().expect("unpoisoned");
        register.last_by_subject.insert(subject.as_str().to_owned(), (position, version + 1));
        let content = content_of(&body);
        let entry = LogEntry { position, stored_at: instant(stored), body: &body, content };
        register.writer.apply(entry).expect("apply");
        register.writer.flush().expect("flush");
        position
    }

    async fn master_data(&self) {
        let active = "active";
        self.append("vendor.defined", ACME, json!({"name": "Acme", "standing": active})).await;
        let laptop = json!({"name": "ThinkPad T14", "kind": "hardware", "hardware_kind": "laptop",
            "manufacturer": "Lenovo", "data_bearing": true, "standing": active});
        self.append("asset_model.defined", T14, laptop).await;
        let monitor = json!({"name": "U2723", "kind": "hardware", "hardware_kind": "monitor",
            "manufacturer": "Dell", "data_bearing": false, "standing": active});
        self.append("asset_model.defined", MONITOR, monitor).await;
        let berlin = json!({"name": "Berlin", "kind": "site", "standing": active});
        self.append("location.defined", BERLIN, berlin).await;
        let room = json!({"name": "Room 1", "kind": "room", "parent_id": id(BERLIN), "standing": active});
        self.append("location.defined", ROOM, room).await;
        self.append(
            "department.defined",
            IT,
            json!({"name": "IT", "cost_center": "4711", "standing": active}),
        )
        .await;
        for (number, name, username) in [(ADA, "Ada Lovelace", "ada"), (GRACE, "Grace Hopper", "grace")] {
            let data = json!({"department_id": id(IT), "location_id": id(BERLIN)});
            self.append("person.added", number, data).await;
            let mut details = PersonDetails::new(name);
            details.username = Some(username.to_owned());
            details.email = Some(format!("{username}@example.org"));
            self.people.put(id(number), details).await.expect("put");
        }
    }

    async fn lives(&self) {
        for number in 1..=5 {
            self.append("asset.registered", 100 + number, laptop(number)).await;
        }
        let monitor = json!({"facts": {"model_id": id(MONITOR), "kind": "hardware", "hardware_kind": "monitor",
            "manufacturer": "Dell", "data_bearing": false, "tag": "MON-1", "ownership": "leased",
            "location_id": id(ROOM), "notes": "=cmd|' /C calc'!A0",
            "costs": {"price": {"amount": "250.00", "currency": "USD"}}}});
        self.append("asset.registered", MON1, monitor).await;
        let deployed = json!({"custodian": {"person": id(ADA)}, "acceptance": "required",
            "due_back_on": "2026-11-11"});
        self.append("asset.deployed", LT1, deployed).await;
        let deployed = json!({"custodian": {"location": id(ROOM)}, "acceptance": "not_required"});
        self.append("asset.deployed", 102, deployed).await;
        self.append("asset.maintenance_started", 103, json!({"kind": "repair", "vendor_id": id(ACME)})).await;
        self.append("asset.hold_placed", 104, json!({"hold": "legal", "case_number": "C-1"})).await;
        self.append("asset.reported_missing", 105, json!({"loss": "stolen"})).await;
        self.append("asset.reserved", MON1, json!({"reserved_for": {"person": id(GRACE)}})).await;
        let line = json!({"lines": [{"model_id": id(T14), "quantity": 2,
            "estimated_unit_price": {"amount": "1000.00", "currency": "EUR"}}]});
        let ada = id(ADA).to_string();
        let at = "2026-10-01T08:00:00.000Z";
        self.append_at(at, &ada, "requisition.submitted", ADAS_REQUISITION, line.clone()).await;
        self.append("requisition.submitted", 52, line).await;
        let order = json!({"number": "PO-1", "vendor_id": id(ACME), "lines": [{"model_id": id(T14),
            "quantity": 2, "unit_price": {"amount": "900.00", "currency": "EUR"}}]});
        self.append("purchase_order.issued", ORDER, order).await;
        let later = self.append("asset.teleported", LT1, json!({"to": "the future"})).await;
        assert_eq!(later, EVENTS);
    }

    /// Asks as a role; `requester` is Ada, any other no person.
    pub(crate) async fn ask(&self, role: Role, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::get(path).header("authorization", format!("Bearer {role}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).expect("a request");
        self.router.clone().oneshot(request).await.expect("an answer")
    }

    /// Asks as an auditor for JSON, and gets it.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let response = self.ask(Role::Auditor, path, &[]).await;
        let status = response.status();
        let body = json_of(response).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Asks as an auditor for what is refused: the status and the problem.
    pub(crate) async fn refused(&self, path: &str) -> (u16, Value) {
        let response = self.ask(Role::Auditor, path, &[]).await;
        let status = response.status().as_u16();
        assert!(
            response.headers()["content-type"].to_str().expect("text").contains("problem+json"),
            "{path}"
        );
        (status, json_of(response).await)
    }

    /// What a list holds, by one of its fields.
    pub(crate) async fn listed(&self, path: &str, field: &str) -> Vec<String> {
        fields(&self.get(path).await, field)
    }

    /// What an export holds.
    pub(crate) async fn export(&self, path: &str, media_type: &str) -> String {
        let response = self.ask(Role::Auditor, path, &[("accept", media_type)]).await;
        assert_eq!(response.status(), 200, "{path}");
        text_of(response).await
    }
}

pub(crate) fn laptop(number: u32) -> Value {
    json!({"facts": {"model_id": id(T14), "kind": "hardware", "hardware_kind": "laptop",
        "manufacturer": "Lenovo", "data_bearing": true, "tag": format!("LT-{number}"),
        "serial": format!("S-{number}"), "ownership": "owned", "location_id": id(BERLIN),
        "department_id": id(IT), "vendor_id": id(ACME),
        "costs": {"price": {"amount": "1000.00", "currency": "EUR"},
                  "freight": {"amount": "10.50", "currency": "EUR"}}}})
}

/// What a message of the log says.
pub(crate) fn content_of(body: &[u8]) -> LogContent {
    match Envelope::decode(body) {
        Ok(envelope) => LogContent::Event(Box::new(envelope)),
        Err(EnvelopeError::UnknownType { name, .. }) => {
            LogContent::Unreadable { event_type: name, reason: "unknown".to_owned() }
        }
        Err(error) => panic!("{error:?}"),
    }
}

/// The items of a list, by one of their fields.
pub(crate) fn fields(list: &Value, field: &str) -> Vec<String> {
    let items = list["items"].as_array().unwrap_or_else(|| panic!("no list: {list}"));
    let text = |item: &Value| match &item[field] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    items.iter().map(text).collect()
}

pub(crate) async fn text_of(response: Response) -> String {
    let body = to_bytes(response.into_body(), usize::MAX).await.expect("a whole body");
    String::from_utf8(body.to_vec()).expect("text")
}

pub(crate) async fn json_of(response: Response) -> Value {
    let text = text_of(response).await;
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub(crate) fn seconds(number: i64) -> TimeDelta {
    TimeDelta::seconds(number)
}

/// The one token of this world that acts in its own name.
fn token_name(id: Uuid) -> Option<Arc<str>> {
    (id == self::id(TOKEN)).then(|| Arc::from("nightly import"))
}

fn authenticate(bearer: &str) -> Option<Identity> {
    let role: Role = bearer.trim_end_matches("-of-nobody").parse().ok()?;
    let is_requester = role == Role::Requester;
    let is_person = is_requester && !bearer.ends_with("-of-nobody");
    Some(Identity {
        actor: if is_requester { id(ADA).to_string() } else { "token-1".to_owned() },
        actor_kind: if is_person { ActorKind::Person } else { ActorKind::Service },
        name: bearer.to_owned(),
        role,
    })
}
