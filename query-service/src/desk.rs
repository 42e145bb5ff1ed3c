//! The state that all query endpoints share: what they read from, and the limits they keep.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use itam_event_log::{LogReader, Tenant};
use itam_read_model::{Moment, Projection, ProjectionSnapshot, ReadModel, ReadModelError, Snapshot};
use itam_service_kit::{Caller, Clock, Problem, ProblemCode, SharePermit, Shares};
use itam_vault::PersonDirectory;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::historic::Historic;
use crate::inquiry::Inquiry;
use crate::moment::{AskedTimes, FutureMoment};
use crate::names::NameBook;
use crate::read_problem::read_problem;
use crate::row::replica_fault::ReplicaFaultRow;
use crate::row::summary::SummaryRow;
use crate::seal::{Seal, SealFiles, SealedLog};
use crate::view::{Actors, AnswerView, TokenNames};

/// Tells how the projector is doing, as `/v1/status` shows it; `None` where it runs elsewhere.
pub type ProjectorProbe = dyn Fn() -> Option<serde_json::Value> + Send + Sync;

/// Tells what is wrong with the copies of the streams, as `/v1/status` shows it; `None` where there are no
/// servers.
pub type ReplicaProbe = dyn Fn() -> Option<Vec<ReplicaFaultRow>> + Send + Sync;

/// Tells how many parked events of a snapshot somebody has released.
pub type ReleasedCount = dyn Fn(&Snapshot) -> u64 + Send + Sync;

/// What the desk reads from.
pub struct QueryParts {
    /// The organization.
    pub tenant: Tenant,
    /// The register.
    pub read_model: ReadModel,
    /// The log: for the bodies of events only.
    pub log: Arc<dyn LogReader>,
    /// The names of persons.
    pub people: Arc<PersonDirectory>,
    /// The names of tokens, for actors that are no persons.
    pub tokens: Arc<TokenNames>,
    /// The clock, which days are counted by.
    pub clock: Arc<dyn Clock>,
    /// How the projector is doing.
    pub projector: Option<Arc<ProjectorProbe>>,
    /// What is wrong with the copies of the streams.
    pub replicas: Option<Arc<ReplicaProbe>>,
    /// How many of the parked events are released.
    pub released: Arc<ReleasedCount>,
    /// Which past is shown, if it is not the present.
    pub historic: Option<Historic>,
    /// What is sealed, if it can be read here.
    pub seal: Option<SealFiles>,
    /// How the program runs, such as `embedded` or `jetstream`.
    pub mode: String,
    /// The limits.
    pub limits: QueryLimits,
    /// Ends the live streams.
    pub shutdown: CancellationToken,
}

/// How long and how many.
#[derive(Clone, Copy, Debug)]
pub struct QueryLimits {
    /// How long `min_position` waits unless the request says.
    pub default_wait: Duration,
    /// The longest that `wait_ms` may ask for.
    pub max_wait: Duration,
    /// How often a silent live stream says that it lives.
    pub heartbeat: Duration,
    /// How long a reader of a stream may leave a chunk before it is given up.
    pub stall: Duration,
    /// How many exports run at once, half of them for one caller: each holds a view of the register,
    /// whose space cannot be used again before it ends.
    pub exports: usize,
    /// How many live streams are open at once, half of them for one caller.
    pub live_streams: usize,
}

impl Default for QueryLimits {
    fn default() -> Self {
        Self {
            default_wait: Duration::from_secs(5),
            max_wait: Duration::from_secs(25),
            heartbeat: Duration::from_secs(15),
            stall: Duration::from_secs(30),
            exports: 16,
            live_streams: 256,
        }
    }
}

/// The summary of the whole register, and the position that it speaks of.
type KeptSummary = (u64, Arc<SummaryRow>);

/// The state that all query endpoints share. Cheap to clone.
#[derive(Clone)]
pub struct QueryDesk {
    pub(crate) parts: Arc<QueryParts>,
    pub(crate) started_at: DateTime<Utc>,
    seal: Arc<Option<Seal>>,
    names: Arc<NameBook>,
    summary: Arc<Mutex<Option<KeptSummary>>>,
    exports: StreamPlaces,
    live_streams: StreamPlaces,
}

impl QueryDesk {
    /// A desk that reads from `parts`.
    #[must_use]
    pub fn new(parts: QueryParts) -> Self {
        Self {
            started_at: parts.clock.now(),
            seal: Arc::new(parts.seal.clone().map(Seal::new)),
            names: Arc::default(),
            summary: Arc::default(),
            exports: StreamPlaces::new(parts.limits.exports),
            live_streams: StreamPlaces::new(parts.limits.live_streams),
            parts: Arc::new(parts),
        }
    }

    /// What counts as now: in a register of the past, then.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.parts.historic.as_ref().map_or_else(|| self.parts.clock.now(), |historic| historic.until)
    }

    /// The sealer's files.
    pub(crate) fn seal(&self) -> Result<&Seal, Problem> {
        (*self.seal).as_ref().ok_or_else(|| match &self.parts.historic {
            Some(historic) => historic.refuse("Proofs are of the log as it is now."),
            None => Problem::new(ProblemCode::NotReady, "Nothing is sealed where this service runs."),
        })
    }

    /// A view of what is sealed.
    pub(crate) fn sealed(&self) -> Result<SealedLog, Problem> {
        self.seal()?.view()
    }

    /// Refuses what needs the bodies of events, where there is no log to read them from.
    pub(crate) fn require_log(&self) -> Result<(), Problem> {
        match &self.parts.historic {
            Some(historic) if !historic.has_log => {
                Err(historic.refuse("The bodies of events are in the log, and none was given."))
            }
            _ => Ok(()),
        }
    }

    /// A view of the register at the moment that is asked for, not older than the request's
    /// `min_position`.
    pub(crate) async fn view(&self, inquiry: &Inquiry) -> Result<AnswerView, Problem> {
        self.view_into(inquiry, FutureMoment::Refused).await
    }

    /// As [`Self::view`], where a moment to come may make sense.
    pub(crate) async fn view_into(
        &self,
        inquiry: &Inquiry,
        future: FutureMoment,
    ) -> Result<AnswerView, Problem> {
        let (asked, pin) = (AskedTimes::read(&inquiry.parameters)?, inquiry.pin()?);
        let view = self.present(inquiry, pin).await?;
        at_moment(asked, view, pin, future)
    }

    /// A view of a projection, and of the register that it was made from, at the moment that is asked for;
    /// neither is older than the request's `min_position`.
    pub(crate) async fn projection(
        &self,
        inquiry: &Inquiry,
        projection: Projection,
    ) -> Result<(AnswerView, ProjectionSnapshot), Problem> {
        self.find_projection(inquiry, projection).await?.map_err(|error| read_problem(&error))
    }

    /// The same; `None` while the projection is being prepared.
    pub(crate) async fn ready_projection(
        &self,
        inquiry: &Inquiry,
        projection: Projection,
    ) -> Result<Option<(AnswerView, ProjectionSnapshot)>, Problem> {
        match self.find_projection(inquiry, projection).await? {
            Ok(found) => Ok(Some(found)),
            Err(ReadModelError::NotBuilt(_)) => Ok(None),
            Err(error) => Err(read_problem(&error)),
        }
    }

    async fn find_projection(
        &self,
        inquiry: &Inquiry,
        projection: Projection,
    ) -> Result<Result<(AnswerView, ProjectionSnapshot), ReadModelError>, Problem> {
        let (asked, pin) = (AskedTimes::read(&inquiry.parameters)?, inquiry.pin()?);
        let (position, patience) = self.wanted(inquiry, pin.map_or(0, |pin| pin.known_at))?;
        let found = match self.parts.read_model.projection_at(projection, position, patience).await {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        if found.position() < position {
            return Err(not_reached(projection.as_str(), found.position(), position, patience));
        }
        let view = self.view_of(inquiry, found.register()).up_to(found.position());
        Ok(Ok((at_moment(asked, view, pin, FutureMoment::Refused)?, found)))
    }

    /// A view of the present, that holds what the moment of a cursor rests on.
    pub(crate) async fn present(
        &self,
        inquiry: &Inquiry,
        pin: Option<Moment>,
    ) -> Result<AnswerView, Problem> {
        self.wait(inquiry, pin.map_or(0, |pin| pin.known_at)).await?;
        let snapshot = self.parts.read_model.snapshot().map_err(|error| read_problem(&error))?;
        Ok(self.view_of(inquiry, Arc::new(snapshot)))
    }

    fn view_of(&self, inquiry: &Inquiry, snapshot: Arc<Snapshot>) -> AnswerView {
        let actors =
            Actors { people: Arc::clone(&self.parts.people), tokens: Arc::clone(&self.parts.tokens) };
        let names = Arc::clone(&self.names);
        AnswerView::new(snapshot, self.now(), inquiry.sees_personal_data(), actors, names)
    }

    /// Waits for the request's `min_position`, and at least for `known_at`.
    async fn wait(&self, inquiry: &Inquiry, known_at: u64) -> Result<(), Problem> {
        let (position, patience) = self.wanted(inquiry, known_at)?;
        if position == 0 {
            return Ok(());
        }
        let waited = self.parts.read_model.wait_for(position, patience).await;
        let applied = waited.map_err(|error| read_problem(&error))?;
        if applied >= position { Ok(()) } else { Err(not_reached("read model", applied, position, patience)) }
    }

    /// The position that an answer may not be older than, 0 for any, and how long to wait for it.
    fn wanted(&self, inquiry: &Inquiry, known_at: u64) -> Result<(u64, Duration), Problem> {
        let limits = &self.parts.limits;
        let max_ms = u64::try_from(limits.max_wait.as_millis()).unwrap_or(u64::MAX);
        let patience = inquiry.parameters.number("wait_ms", 0..=max_ms)?;
        let patience = patience.map_or(limits.default_wait, Duration::from_millis);
        let position = inquiry.parameters.number("min_position", 0..=u64::MAX)?.unwrap_or(0).max(known_at);
        if let Some(historic) = self.parts.historic.as_ref().filter(|historic| historic.position < position) {
            let why = format!("Position {position} will never be applied here.");
            return Err(historic.refuse(&why).with("min_position", position));
        }
        Ok((position, patience))
    }

    /// The summary of the whole register at `position`, made by `summarize` unless it was asked for
    /// at that position before: every dashboard asks for it, and it only changes with the position.
    pub(crate) fn whole_summary(
        &self,
        position: u64,
        summarize: impl FnOnce() -> Result<SummaryRow, Problem>,
    ) -> Result<Arc<SummaryRow>, Problem> {
        let kept = self.summary.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, row)) = kept.filter(|(at, _)| *at == position) {
            return Ok(row);
        }
        let row = Arc::new(summarize()?);
        *self.summary.lock().unwrap_or_else(PoisonError::into_inner) = Some((position, Arc::clone(&row)));
        Ok(row)
    }

    /// A place among the exports.
    pub(crate) fn begin_export(&self, caller: &Caller) -> Result<StreamPlace, Problem> {
        self.exports.take(caller, "exports")
    }

    /// A place among the live streams.
    pub(crate) fn begin_live(&self, caller: &Caller) -> Result<StreamPlace, Problem> {
        self.live_streams.take(caller, "live streams")
    }
}

/// A view at the moment that is asked for.
fn at_moment(
    asked: AskedTimes,
    view: AnswerView,
    pin: Option<Moment>,
    future: FutureMoment,
) -> Result<AnswerView, Problem> {
    if !asked.says_anything() {
        return Ok(view);
    }
    let then = asked.resolve(&view.snapshot, view.position(), view.now(), pin, future)?;
    Ok(view.at(then))
}

fn not_reached(what: &str, applied: u64, position: u64, patience: Duration) -> Problem {
    let detail = format!("The {what} has applied position {applied} of the log, not yet {position}.");
    Problem::new(ProblemCode::PositionNotReached, detail)
        .with("min_position", position)
        .with("applied_position", applied)
        .with("waited_ms", u64::try_from(patience.as_millis()).unwrap_or(u64::MAX))
        .retry_after(Duration::from_secs(1))
}

/// The places for one kind of streams. Half of them are the most that one caller gets.
#[derive(Clone)]
struct StreamPlaces {
    all: Arc<Semaphore>,
    of_caller: Shares,
}

/// A place that a stream has, until it is dropped.
pub(crate) struct StreamPlace {
    _all: OwnedSemaphorePermit,
    _of_caller: SharePermit,
}

impl StreamPlaces {
    fn new(places: usize) -> Self {
        let half = NonZeroUsize::new(places.div_ceil(2)).unwrap_or(NonZeroUsize::MIN);
        Self { all: Arc::new(Semaphore::new(places)), of_caller: Shares::new(half) }
    }

    fn take(&self, caller: &Caller, kind: &str) -> Result<StreamPlace, Problem> {
        let refuse = |code, detail: String| Problem::new(code, detail).retry_after(Duration::from_secs(1));
        let all = Arc::clone(&self.all).try_acquire_owned();
        let all = all.map_err(|_| refuse(ProblemCode::NotReady, format!("Too many {kind} are open.")))?;
        let of_caller = self.of_caller.take(&caller.0.actor).ok_or_else(|| {
            let limit = self.of_caller.limit();
            refuse(
                ProblemCode::TooManyRequests,
                format!("You have {limit} {kind} open, which is all you may."),
            )
        })?;
        Ok(StreamPlace { _all: all, _of_caller: of_caller })
    }
}

impl std::fmt::Debug for QueryDesk {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("QueryDesk").field("started_at", &self.started_at).finish_non_exhaustive()
    }
}
