//! The NATS door: the same commands by request and reply on `itam.<tenant>.command.<command>`.
//!
//! It is a NATS service (ADR-32), so `nats micro` lists it. A request carries the headers
//! `Authorization: Bearer …` and `Idempotency-Key`; the reply is the JSON of the HTTP answer, with
//! `Idempotency-Replayed` beside a repeated one, and `Nats-Service-Error` and
//! `Nats-Service-Error-Code` beside a problem.

use std::sync::Arc;

use async_nats::HeaderMap;
use async_nats::service::endpoint::Endpoint;
use async_nats::service::{NATS_SERVICE_ERROR, NATS_SERVICE_ERROR_CODE, Request, Service, ServiceExt};
use bytes::Bytes;
use futures_util::StreamExt;
use itam_domain::Command;
use itam_service_kit::trace::{self, TraceId};
use itam_service_kit::{Authenticator, Caller, Problem, ProblemCode, Rates};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::answer::Answer;
use crate::desk::CommandDesk;
use crate::submission::{Circumstances, Submission};

/// How many requests run side by side; more wait in their subscriptions.
const MAX_CONCURRENT: usize = 1024;

/// The NATS door could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot offer the commands on NATS")]
pub struct NatsDoorError(#[source] async_nats::Error);

/// The open NATS door.
pub struct NatsDoor {
    client: async_nats::Client,
    service: Service,
    tasks: TaskTracker,
}

impl NatsDoor {
    /// Opens it: one endpoint for each command, in one queue group, so that many command services
    /// share the work.
    ///
    /// # Errors
    /// [`NatsDoorError`] if the server refuses.
    pub async fn open(
        client: &async_nats::Client,
        desk: Arc<CommandDesk>,
        authenticator: Arc<dyn Authenticator>,
        rates: Rates,
        shutdown: CancellationToken,
    ) -> Result<Self, NatsDoorError> {
        let service = client
            .service_builder()
            .description("Takes the commands of itam")
            .start("itam-command-service", env!("CARGO_PKG_VERSION"))
            .await
            .map_err(NatsDoorError)?;
        let group = service.group(format!("itam.{}.command", desk.tenant()));
        let tasks = TaskTracker::new();
        let places = Arc::new(Semaphore::new(MAX_CONCURRENT));
        let porter = Arc::new(Porter { desk, authenticator, rates, places });
        for name in Command::NAMES {
            let endpoint = group.endpoint_builder().name(*name).add(*name).await.map_err(NatsDoorError)?;
            tasks.spawn(Arc::clone(&porter).serve(endpoint, name, tasks.clone(), shutdown.clone()));
        }
        tasks.close();
        Ok(Self { client: client.clone(), service, tasks })
    }

    /// Waits until everything that was taken is answered, after the shutdown was asked for.
    pub async fn closed(self) {
        self.tasks.wait().await;
        // An answer is on its way only once it has left this process.
        if let Err(error) = self.client.flush().await {
            tracing::debug!(%error, "the connection was gone before the last answers were sent");
        }
        if let Err(error) = self.service.stop().await {
            tracing::debug!(%error, "the NATS service was gone before it was stopped");
        }
    }
}

struct Porter {
    desk: Arc<CommandDesk>,
    authenticator: Arc<dyn Authenticator>,
    rates: Rates,
    places: Arc<Semaphore>,
}

impl Porter {
    async fn serve(
        self: Arc<Self>,
        mut endpoint: Endpoint,
        name: &'static str,
        tasks: TaskTracker,
        shutdown: CancellationToken,
    ) {
        loop {
            let request = tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                request = endpoint.next() => request,
            };
            let Some(request) = request else { return };
            self.take_in(request, name, &tasks).await;
        }
        // No new requests from here on; those that arrived already are still answered.
        if let Err(error) = endpoint.stop().await {
            tracing::debug!(%error, command = name, "the connection was gone before the endpoint was closed");
        }
        while let Some(request) = endpoint.next().await {
            self.take_in(request, name, &tasks).await;
        }
    }

    /// Starts on a request as soon as there is a place.
    async fn take_in(self: &Arc<Self>, request: Request, name: &'static str, tasks: &TaskTracker) {
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
            return;
        };
        let porter = Arc::clone(self);
        tasks.spawn(trace::scope(TraceId::random(), async move {
            porter.answer(&request, name).await;
            drop(place);
        }));
    }

    async fn answer(&self, request: &Request, name: &'static str) {
        let outcome = self.take(request, name).await;
        let (payload, headers) = match outcome {
            Ok(answer) => (json(&answer), answer_headers(&answer)),
            Err(problem) => (json(&problem.to_value()), error_headers(&problem)),
        };
        if let Err(error) = request.respond_with_headers(Ok(payload), headers).await {
            tracing::debug!(%error, command = name, "the sender of a command could not be answered");
        }
    }

    async fn take(&self, request: &Request, name: &str) -> Result<Answer, Problem> {
        let authorization = header(request, "Authorization");
        let caller = self.caller(authorization.as_deref()).await;
        let caller = caller.inspect_err(|problem| self.desk.note_refusal(problem, name, None))?;
        let taken = self.take_from(&caller, request, name).await;
        taken.inspect_err(|problem| self.desk.note_refusal(problem, name, Some(&caller.0)))
    }

    async fn take_from(&self, caller: &Caller, request: &Request, name: &str) -> Result<Answer, Problem> {
        self.rates.admit(caller)?;
        let text = |name: &str| header(request, name);
        let circumstances = Circumstances {
            idempotency_key: text("Idempotency-Key"),
            expected_version: version(text("If-Match").as_deref())?,
            correlation_id: text("Itam-Correlation-Id"),
            causation_id: text("Itam-Causation-Id"),
        };
        let tenant = self.desk.tenant().as_str();
        let body = &request.message.payload;
        let fresh_id = || self.desk.fresh_id();
        let submission = Submission::read(tenant, name, body, circumstances, caller, fresh_id)?;
        Ok(self.desk.execute(&submission).await?)
    }

    async fn caller(&self, authorization: Option<&str>) -> Result<Caller, Problem> {
        let unauthenticated = || {
            let detail = "Send a valid token in the header `Authorization: Bearer <token>`.";
            Problem::new(ProblemCode::Unauthenticated, detail)
        };
        let bearer = authorization
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(unauthenticated)?;
        let identity = self.authenticator.authenticate(bearer).await.map_err(|fault| {
            Problem::fault(ProblemCode::NotReady, "The token cannot be checked now.", &fault)
        })?;
        Ok(Caller(Arc::new(identity.ok_or_else(unauthenticated)?)))
    }
}

/// A header of a request, if it has it.
fn header(request: &Request, name: &str) -> Option<String> {
    let headers = request.message.headers.as_ref()?;
    headers.get(name).map(|value| value.as_str().to_owned())
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
