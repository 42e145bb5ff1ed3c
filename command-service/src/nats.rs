//! Commands over NATS: the same ones by request and reply on `itam.<tenant>.command.<command>`.
//!
//! It is a NATS service (ADR-32), so `nats micro` lists it. A request carries the headers
//! `Authorization: Bearer …` and `Idempotency-Key`; the reply is the JSON of the HTTP answer, with
//! `Idempotency-Replayed` beside a repeated one, and `Nats-Service-Error` and
//! `Nats-Service-Error-Code` beside a problem.
//!
//! Where an answer goes is the sender's word, and it goes with the rights of this connection. So it
//! has a connection of its own, whose user may publish answers and nothing else, and looks at
//! each reply subject itself before anything is carried out: servers may know no users at all.

mod discovery;
mod reply;

use std::sync::Arc;

use async_nats::service::{NATS_SERVICE_ERROR, NATS_SERVICE_ERROR_CODE};
use async_nats::{HeaderMap, Message, SubscribeError, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt;
use itam_nats::NatsClient;
use itam_service_kit::trace::{self, TraceId};
use itam_service_kit::{Authenticator, Caller, Problem, ProblemCode, Rates, bearer_in, unauthenticated};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::answer::Answer;
use crate::desk::CommandDesk;
use crate::submission::{Submission, SubmissionHeaders};
use discovery::{Discovery, EndpointCounts};

pub use reply::ReplySubjects;

/// How many requests run side by side; more wait in their subscriptions.
const MAX_CONCURRENT: usize = 1024;

/// The group in which command services share the requests.
const QUEUE_GROUP: &str = "q";

/// Why commands cannot be taken over NATS.
#[derive(Debug, thiserror::Error)]
#[error("cannot offer the commands on NATS")]
pub struct NatsDoorError(#[source] SubscribeError);

/// The taking of commands over NATS, until it is closed.
pub struct NatsDoor {
    client: NatsClient,
    tasks: TaskTracker,
}

impl NatsDoor {
    /// Opens it: one subscription for each command, in one queue group, so that many command services
    /// share the work. Only requests whose reply subject is among `replies` are carried out.
    ///
    /// # Errors
    /// [`NatsDoorError`] if the connection is gone.
    pub async fn open(
        client: impl Into<NatsClient>,
        desk: Arc<CommandDesk>,
        authenticator: Arc<dyn Authenticator>,
        rates: Rates,
        replies: ReplySubjects,
        shutdown: CancellationToken,
    ) -> Result<Self, NatsDoorError> {
        let client = client.into();
        let tasks = TaskTracker::new();
        let places = Arc::new(Semaphore::new(MAX_CONCURRENT));
        let replies = Arc::new(replies);
        let discovery = Arc::new(Discovery::of(&desk));
        for subject in discovery.subjects() {
            let requests = client.subscribe(subject).await.map_err(NatsDoorError)?;
            let answering = Arc::clone(&discovery).serve(client.clone(), requests, Arc::clone(&replies));
            tasks.spawn(until(shutdown.clone(), answering));
        }
        let porter = Arc::new(Porter { client: client.clone(), desk, authenticator, rates, replies, places });
        for (name, counts) in discovery.endpoint_counts() {
            let subject = format!("itam.{}.command.{name}", porter.desk.tenant());
            let requests = client.queue_subscribe(subject, QUEUE_GROUP.to_owned()).await;
            let requests = requests.map_err(NatsDoorError)?;
            let porter = Arc::clone(&porter);
            tasks.spawn(porter.serve(requests, name, counts, tasks.clone(), shutdown.clone()));
        }
        tasks.close();
        Ok(Self { client, tasks })
    }

    /// Waits until everything that was taken is answered, after the shutdown was asked for.
    pub async fn closed(self) {
        self.tasks.wait().await;
        // An answer is on its way only once it has left this process.
        if let Err(error) = self.client.flush().await {
            tracing::debug!(%error, "the connection was gone before the last answers were sent");
        }
    }
}

/// Works until the shutdown.
async fn until(shutdown: CancellationToken, work: impl Future<Output = ()>) {
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = work => {}
    }
}

struct Porter {
    client: NatsClient,
    desk: Arc<CommandDesk>,
    authenticator: Arc<dyn Authenticator>,
    rates: Rates,
    replies: Arc<ReplySubjects>,
    places: Arc<Semaphore>,
}

impl Porter {
    async fn serve(
        self: Arc<Self>,
        mut requests: Subscriber,
        name: &'static str,
        counts: Arc<EndpointCounts>,
        tasks: TaskTracker,
        shutdown: CancellationToken,
    ) {
        loop {
            let request = tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                request = requests.next() => request,
            };
            let Some(request) = request else { return };
            self.take_in(request, name, &counts, &tasks).await;
        }
        // No new requests from here on; those that arrived already are still answered.
        if let Err(error) = requests.unsubscribe().await {
            tracing::debug!(%error, command = name, "the connection was gone before the endpoint was closed");
        }
        while let Some(request) = requests.next().await {
            self.take_in(request, name, &counts, &tasks).await;
        }
    }

    /// Starts on a request as soon as there is a place, unless it wants its answer where none belongs.
    async fn take_in(
        self: &Arc<Self>,
        request: Message,
        name: &'static str,
        counts: &Arc<EndpointCounts>,
        tasks: &TaskTracker,
    ) {
        if let Some(reply) = &request.reply
            && !self.replies.admit(reply)
        {
            self.desk.note_misdirected(name);
            return;
        }
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
            return;
        };
        let (porter, counts) = (Arc::clone(self), Arc::clone(counts));
        tasks.spawn(trace::scope(TraceId::random(), async move {
            porter.answer(request, name, &counts).await;
            drop(place);
        }));
    }

    async fn answer(&self, request: Message, name: &'static str, counts: &EndpointCounts) {
        let begun = std::time::Instant::now();
        let outcome = self.take(&request, name).await;
        counts.count(begun.elapsed(), outcome.as_ref().err());
        // Whoever names no reply subject wants no answer.
        let Some(reply) = request.reply else { return };
        let (payload, headers) = match outcome {
            Ok(answer) => (json(&answer), answer_headers(&answer)),
            Err(problem) => (json(&problem.to_value()), error_headers(&problem)),
        };
        if let Err(error) = self.client.publish_with_headers(reply, headers, payload).await {
            tracing::debug!(%error, command = name, "the sender of a command could not be answered");
        }
    }

    async fn take(&self, request: &Message, name: &str) -> Result<Answer, Problem> {
        let caller = match header(request, "Authorization") {
            Ok(authorization) => self.caller(authorization.as_deref()).await,
            Err(problem) => Err(problem),
        };
        let caller = caller.inspect_err(|problem| self.desk.note_refusal(problem, name, None))?;
        let taken = self.take_from(&caller, request, name).await;
        taken.inspect_err(|problem| self.desk.note_refusal(problem, name, Some(&caller.0)))
    }

    async fn take_from(&self, caller: &Caller, request: &Message, name: &str) -> Result<Answer, Problem> {
        let _place = self.rates.begin(caller)?;
        self.rates.admit(caller)?;
        let text = |name: &str| header(request, name);
        let circumstances = SubmissionHeaders {
            idempotency_key: text("Idempotency-Key")?,
            expected_version: version(text("If-Match")?.as_deref())?,
            correlation_id: text("Itam-Correlation-Id")?,
            causation_id: text("Itam-Causation-Id")?,
        };
        let tenant = self.desk.tenant().as_str();
        let body = &request.payload;
        let fresh_id = || self.desk.fresh_id();
        let submission = Submission::read(tenant, name, body, circumstances, caller, fresh_id)?;
        Ok(self.desk.execute(&submission).await?)
    }

    async fn caller(&self, authorization: Option<&str>) -> Result<Caller, Problem> {
        let bearer = bearer_in(authorization.ok_or_else(unauthenticated)?)?;
        Ok(Caller(Arc::new(self.authenticator.identify(bearer).await?)))
    }
}

/// A header of a request, if it has it: of two, nobody knows which one is meant.
fn header(request: &Message, name: &str) -> Result<Option<String>, Problem> {
    let mut values = request.headers.iter().flat_map(|headers| headers.get_all(name));
    let value = values.next().map(|value| value.as_str().to_owned());
    if values.next().is_some() {
        let detail = format!("The header {name} stands there more than once.");
        return Err(Problem::new(ProblemCode::MalformedRequest, detail));
    }
    Ok(value)
}

fn version(if_match: Option<&str>) -> Result<Option<u64>, Problem> {
    let Some(text) = if_match else { return Ok(None) };
    text.trim_matches('"').parse().map(Some).map_err(|_| {
        let detail = "If-Match names the one version that the command is meant for, such as \"3\".";
        Problem::new(ProblemCode::MalformedRequest, detail)
    })
}

fn answer_headers(answer: &Answer) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if answer.replayed {
        headers.insert("Idempotency-Replayed", "true");
    }
    headers
}

fn error_headers(problem: &Problem) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(NATS_SERVICE_ERROR, problem.code().code());
    headers.insert(NATS_SERVICE_ERROR_CODE, problem.code().status().as_str());
    headers
}

fn json(value: &impl serde::Serialize) -> Bytes {
    Bytes::from(serde_json::to_vec(value).expect("answers and problems have only JSON values"))
}
