//! Answers to tools that list services: `$SRV.PING`, `$SRV.INFO` and `$SRV.STATS` (ADR-32).
//!
//! The client library would answer these by itself, on whatever subject the question names.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::{Message, Subscriber};
use futures_util::StreamExt as _;
use itam_domain::Command;
use itam_nats::NatsClient;
use itam_service_kit::Problem;
use serde_json::{Value, json};

use super::{QUEUE_GROUP, ReplySubjects};
use crate::desk::CommandDesk;

const NAME: &str = "itam-command-service";
const VERBS: [&str; 3] = ["PING", "INFO", "STATS"];

/// What one endpoint has done.
#[derive(Default)]
pub(super) struct EndpointCounts {
    requests: AtomicU64,
    errors: AtomicU64,
    nanoseconds: AtomicU64,
    last_error: Mutex<String>,
}

impl EndpointCounts {
    /// Counts a request that was answered.
    pub(super) fn count(&self, took: Duration, problem: Option<&Problem>) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        let Some(problem) = problem else { return };
        self.errors.fetch_add(1, Ordering::Relaxed);
        let code = problem.code();
        let text = format!("{}:{}", code.status().as_str(), code.code());
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }

    fn tell(&self) -> Value {
        let requests = self.requests.load(Ordering::Relaxed);
        let nanoseconds = self.nanoseconds.load(Ordering::Relaxed);
        json!({
            "num_requests": requests,
            "num_errors": self.errors.load(Ordering::Relaxed),
            "last_error": *self.last_error.lock().unwrap_or_else(PoisonError::into_inner),
            "processing_time": nanoseconds,
            "average_processing_time": nanoseconds.checked_div(requests).unwrap_or(0),
        })
    }
}

/// Tells what this service is.
pub(super) struct Discovery {
    desk: Arc<CommandDesk>,
    id: String,
    started: String,
    endpoint_counts: Vec<(&'static str, Arc<EndpointCounts>)>,
}

impl Discovery {
    pub(super) fn of(desk: &Arc<CommandDesk>) -> Self {
        Self {
            id: desk.fresh_id().simple().to_string(),
            started: desk.clock.now().to_rfc3339(),
            endpoint_counts: Command::NAMES.iter().map(|name| (*name, Arc::default())).collect(),
            desk: Arc::clone(desk),
        }
    }

    /// The endpoints, each with its counts.
    pub(super) fn endpoint_counts(&self) -> impl Iterator<Item = (&'static str, Arc<EndpointCounts>)> {
        self.endpoint_counts.iter().map(|(name, counts)| (*name, Arc::clone(counts)))
    }

    /// Where it is asked.
    pub(super) fn subjects(&self) -> Vec<String> {
        let of_verb = |verb: &str| {
            let all = format!("$SRV.{verb}");
            let (named, this) = (format!("{all}.{NAME}"), format!("{all}.{NAME}.{}", self.id));
            [all, named, this]
        };
        VERBS.into_iter().flat_map(of_verb).collect()
    }

    /// Answers what comes.
    pub(super) async fn serve(
        self: Arc<Self>,
        client: NatsClient,
        mut questions: Subscriber,
        replies: Arc<ReplySubjects>,
    ) {
        while let Some(Message { subject, reply, .. }) = questions.next().await {
            let Some(reply) = reply else { continue };
            if !replies.admit(&reply) {
                self.desk.note_misdirected("a question about the service");
                continue;
            }
            let answer = self.answer(subject.split('.').nth(1).unwrap_or_default());
            if let Err(error) = client.publish(reply, answer.to_string().into()).await {
                tracing::debug!(%error, "a question about the service could not be answered");
            }
        }
    }

    fn answer(&self, verb: &str) -> Value {
        let mut answer = json!({
            "type": format!("io.nats.micro.v1.{}_response", verb.to_lowercase()),
            "name": NAME,
            "id": self.id,
            "version": env!("CARGO_PKG_VERSION"),
            "metadata": {},
        });
        match verb {
            "INFO" => {
                answer["description"] = json!("Takes the commands of itam");
                answer["endpoints"] = self.endpoints(|_, endpoint| endpoint["metadata"] = json!({}));
            }
            "STATS" => {
                answer["started"] = json!(self.started);
                answer["endpoints"] = self.endpoints(|counts, endpoint| {
                    let told = counts.tell();
                    for (name, value) in told.as_object().into_iter().flatten() {
                        endpoint[name] = value.clone();
                    }
                });
            }
            _ => {}
        }
        answer
    }

    fn endpoints(&self, more: impl Fn(&EndpointCounts, &mut Value)) -> Value {
        let endpoints = self.endpoint_counts.iter().map(|(name, counts)| {
            let subject = format!("itam.{}.command.{name}", self.desk.tenant());
            let mut endpoint = json!({ "name": name, "subject": subject, "queue_group": QUEUE_GROUP });
            more(counts, &mut endpoint);
            endpoint
        });
        endpoints.collect()
    }
}
