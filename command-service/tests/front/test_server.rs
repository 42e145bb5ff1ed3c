//! A command service for tests: a log, a vault, a clock, and the API over them.

use std::num::NonZeroUsize;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use axum::response::Response;
use chrono::DateTime;
use itam_command_service::{BatchSettings, CommandDesk, DeskSettings, HttpSettings, routes};
use itam_domain::{Envelope, Policies};
use itam_event_log::{EmbeddedLog, EmbeddedOptions, EventLog, LogReader, StoredMessage, Tenant};
use itam_service_kit::{
    ActorKind, Authenticator, Clock, HttpKit, Identity, Limits, Metrics, Role, SeededIds, SettableClock,
};
use itam_vault::embedded::EmbeddedPeople;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::faulty_log::FaultyLog;

/// The largest body that the API takes.
pub(super) const BODY_BYTES: usize = 64 * 1024;

/// Everything below the API.
pub(super) struct TestServer {
    pub(super) log: Arc<FaultyLog>,
    pub(super) vault: Arc<EmbeddedPeople>,
    pub(super) clock: Arc<SettableClock>,
    ids: Arc<SeededIds>,
    _folder: tempfile::TempDir,
}

impl TestServer {
    pub(super) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let start = DateTime::parse_from_rfc3339("2026-03-02T08:00:00Z").unwrap();
        let clock = Arc::new(SettableClock::new(start.to_utc()));
        let now = Arc::clone(&clock);
        let log = EmbeddedLog::open(
            &folder.path().join("log.redb"),
            Tenant::try_new("main").unwrap(),
            EmbeddedOptions::new(move || now.now()),
        );
        Self {
            log: Arc::new(FaultyLog::new(log.unwrap())),
            vault: Arc::new(EmbeddedPeople::open(folder.path()).await.unwrap()),
            clock,
            ids: Arc::new(SeededIds::new(7)),
            _folder: folder,
        }
    }

    /// A new desk, which remembers nothing.
    pub(super) fn desk(&self) -> Arc<CommandDesk> {
        self.desk_on(self.log.clone())
    }

    /// A new desk over another log.
    fn desk_on(&self, log: Arc<dyn EventLog>) -> Arc<CommandDesk> {
        let settings = DeskSettings {
            tenant: Tenant::try_new("main").unwrap(),
            policies: Policies::default(),
            cache_capacity: 10_000,
        };
        Arc::new(CommandDesk::new(
            log,
            self.vault.clone(),
            self.clock.clone(),
            self.ids.clone(),
            settings,
            &Metrics::new(),
        ))
    }

    /// The HTTP API of a new desk.
    pub(super) fn api(&self) -> Api {
        self.api_with(BatchSettings::default())
    }

    pub(super) fn api_with(&self, batch: BatchSettings) -> Api {
        api_to(self.desk(), batch)
    }

    /// The HTTP API of a new desk over another log.
    pub(super) fn api_on(&self, log: Arc<dyn EventLog>) -> Api {
        api_to(self.desk_on(log), BatchSettings::default())
    }

    /// Everything in the log.
    pub(super) async fn stored(&self) -> Vec<StoredMessage> {
        stored_in(self.log.as_ref()).await
    }

    /// Every event in the log with its position.
    pub(super) async fn events(&self) -> Vec<(u64, Envelope)> {
        events_in(self.log.as_ref()).await
    }

    pub(super) async fn head(&self) -> u64 {
        self.log.head().await.unwrap()
    }
}

fn api_to(desk: Arc<CommandDesk>, batch: BatchSettings) -> Api {
    let kit = HttpKit::new(Metrics::new(), authenticator())
        .limits(Limits { body_bytes: BODY_BYTES, ..Limits::default() });
    let protected = routes(desk, HttpSettings { batch });
    Api(kit.wrap(protected, Router::new()))
}

async fn stored_in(log: &dyn EventLog) -> Vec<StoredMessage> {
    let mut messages = Vec::new();
    loop {
        let from = messages.len() as u64 + 1;
        let limit = NonZeroUsize::new(10_000).unwrap();
        let page = log.read(from, limit).await.unwrap();
        if page.messages.is_empty() {
            return messages;
        }
        messages.extend(page.messages);
    }
}

/// Every event in a log with its position.
pub(super) async fn events_in(log: &dyn EventLog) -> Vec<(u64, Envelope)> {
    let stored = stored_in(log).await;
    let events = stored.iter().filter(|message| message.subject.is_event());
    events.map(|message| (message.position, Envelope::decode(&message.body).unwrap())).collect()
}

/// A bearer token is the name of its role, with `@` and the person whom it is tied to, if it is.
pub(super) fn authenticator() -> Arc<dyn Authenticator> {
    Arc::new(|bearer: &str| {
        let (name, person) = bearer.split_once('@').map_or((bearer, None), |(name, id)| (name, Some(id)));
        let role = Role::ALL.into_iter().find(|role| role.as_str() == name)?;
        Some(Identity {
            actor: person.map_or_else(|| format!("{name}-1"), str::to_owned),
            actor_kind: if person.is_some() { ActorKind::Person } else { ActorKind::Service },
            name: bearer.to_owned(),
            role,
        })
    })
}

/// The HTTP API.
#[derive(Clone)]
pub(super) struct Api(Router);

impl Api {
    /// Sends a command as the administrator.
    pub(super) async fn send(&self, command: &str, key: &str, fields: Value) -> Reply {
        let headers = [("authorization", "Bearer administrator"), ("idempotency-key", key)];
        self.post(&format!("/v1/commands/{command}"), &headers, fields.to_string()).await
    }

    /// Sends a command that must be accepted, and gives the id of what it is about.
    pub(super) async fn did(&self, command: &str, key: &str, fields: Value) -> String {
        let reply = self.send(command, key, fields).await;
        assert_eq!(reply.status, 201, "{command} {key}: {}", reply.body);
        reply.body["id"].as_str().unwrap().to_owned()
    }

    pub(super) async fn post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Reply {
        Reply::of(self.open(path, headers, body).await).await
    }

    pub(super) async fn open(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Response {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        self.0.clone().oneshot(request).await.unwrap()
    }

    /// A model, a stock room and a desk to work at: what most commands refer to.
    pub(super) async fn furnish(&self) -> Furniture {
        let model =
            json!({"name": "T14", "kind": "hardware", "hardware_kind": "laptop", "manufacturer": "Lenovo"});
        let vendor = json!({"name": "Bechtle"});
        Furniture {
            model: self.did("define-model", "model", model).await,
            stockroom: self.did("define-location", "stockroom", json!({"name": "Stockroom"})).await,
            office: self.did("define-location", "office", json!({"name": "Office"})).await,
            vendor: self.did("define-vendor", "vendor", vendor).await,
            person: self.did("add-person", "person", json!({"name": "Ada Lovelace"})).await,
        }
    }
}

/// Ids of what [`Api::furnish`] made.
#[derive(Clone, Debug)]
pub(super) struct Furniture {
    pub(super) model: String,
    pub(super) stockroom: String,
    pub(super) office: String,
    pub(super) vendor: String,
    pub(super) person: String,
}

impl Furniture {
    pub(super) fn laptop(&self, tag: &str) -> Value {
        json!({"model_id": self.model, "tag": tag, "location_id": self.stockroom})
    }

    pub(super) fn to_person(&self, asset: &str) -> Value {
        json!({"asset": asset, "custodian": {"person": self.person}})
    }

    pub(super) fn order(&self, number: &str, quantity: u32) -> Value {
        let price = json!({"amount": "1200.00", "currency": "EUR"});
        let line = json!({"model_id": self.model, "quantity": quantity, "unit_price": price});
        json!({"number": number, "vendor_id": self.vendor, "lines": [line]})
    }

    pub(super) fn delivery(&self, order: &str, quantity: u32) -> Value {
        json!({"purchase_order_id": order, "line": 1, "quantity": quantity, "location_id": self.stockroom})
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

impl Reply {
    pub(super) async fn of(response: Response) -> Self {
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Self {
            status: head.status.as_u16(),
            headers: head.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    pub(super) fn is_replayed(&self) -> bool {
        self.headers.get("idempotency-replayed").is_some_and(|value| value == "true")
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Checks status and problem code, and that the trace id is there.
    pub(super) fn is_problem(&self, status: u16, code: &str) -> &Self {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert!(self.body["trace_id"].is_string(), "{}", self.body);
        self
    }

    /// Checks that the first offending place is `pointer`.
    pub(super) fn points_to(&self, pointer: &str) -> &Self {
        assert_eq!(self.body["errors"][0]["pointer"], pointer, "{}", self.body);
        self
    }
}
