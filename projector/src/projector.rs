//! The projector: opens, proves, catches up, follows.

use std::sync::Arc;

use itam_event_log::{LogError, LogReader};
use itam_read_model::{Checkpoint, Opened, PreparedProjection, Projection, ReadModel, ReadModelWriter};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::blocking::blocking;
use crate::checkpoint::prove;
use crate::error::ProjectorError;
use crate::feed::{DecodedPage, Fed, Feed};
use crate::flush_timing::FlushTiming;
use crate::handle::{ProjectorHandle, RebuildAnswer, RebuildRequest};
use crate::options::ProjectorOptions;
use crate::preparing::Preparing;
use crate::rebuild::{Built, RebuildScope, Switched, build, extend, finish};
use crate::reopening::Reopening;
use crate::status::{Phase, Progress, ProjectionStatus, ProjectorStatus};

/// Rebuilds that may wait; one runs at a time.
const MAX_REBUILDS: usize = 1;

type Building = JoinHandle<Result<Built, ProjectorError>>;

/// A rebuild that is going on.
struct Rebuild {
    task: Building,
    answer: RebuildAnswer,
}

/// Carries the log into the read model.
pub struct Projector {
    log: Arc<dyn LogReader>,
    model: ReadModel,
    tenant: String,
    options: ProjectorOptions,
    status: Arc<watch::Sender<ProjectorStatus>>,
    requests: mpsc::Receiver<RebuildRequest>,
    ask: mpsc::Sender<RebuildRequest>,
}

impl Projector {
    /// A projector that will carry `log` into `model`, a reader [`ReadModel::in_process`].
    #[must_use]
    pub fn new(log: Arc<dyn LogReader>, model: ReadModel, tenant: &str, options: ProjectorOptions) -> Self {
        let (ask, requests) = mpsc::channel(MAX_REBUILDS);
        let status = Arc::new(watch::Sender::new(ProjectorStatus::new((options.clock)())));
        Self { log, model, tenant: tenant.to_owned(), options, status, requests, ask }
    }

    /// The handle by which others see and ask it.
    #[must_use]
    pub fn handle(&self) -> ProjectorHandle {
        ProjectorHandle::new(self.status.subscribe(), self.ask.clone())
    }

    /// Works until `shutdown`, then writes what it applied and ends.
    ///
    /// # Errors
    /// [`ProjectorError`] if it cannot go on: the history was rewritten, the log is not usable, or
    /// the read model cannot be opened. That the log is away is waited for, and so is a disk that
    /// failed under a read model which was open before. One that turns out to be damaged is built anew.
    pub async fn run(mut self, shutdown: CancellationToken) -> Result<(), ProjectorError> {
        let mut mishaps = Reopening::default();
        let worked = loop {
            let worked = self.work(&mut mishaps, &shutdown).await;
            let applied = self.status.borrow().progress.applied;
            match worked {
                Err(error) if mishaps.is_mendable(&error, applied) => self.wait_for_disk(&error),
                worked => break worked,
            }
            tokio::select! {
                () = shutdown.cancelled() => break Ok(()),
                () = tokio::time::sleep(self.options.longest_pause) => {}
            }
        };
        let trouble = worked.as_ref().err().map(describe);
        let now = (self.options.clock)();
        self.status.send_modify(|status| status.enter(Phase::Stopped, now, trouble));
        worked
    }

    /// Opens the read model and carries on until the shutdown or an error.
    async fn work(
        &mut self,
        mishaps: &mut Reopening,
        shutdown: &CancellationToken,
    ) -> Result<(), ProjectorError> {
        let writer = tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            opened = self.open() => opened?,
        };
        mishaps.opened();
        Box::pin(self.follow(writer, shutdown.clone())).await
    }

    async fn follow(
        &mut self,
        mut writer: ReadModelWriter,
        shutdown: CancellationToken,
    ) -> Result<(), ProjectorError> {
        let mut feed = Feed::start(Arc::clone(&self.log), writer.expected(), &self.options);
        let mut timing = FlushTiming::new(&self.options);
        let mut rebuild: Option<Rebuild> = None;
        let mut preparing = Preparing::new(self.options.longest_pause);
        loop {
            if rebuild.is_none() {
                preparing.begin(&writer, &self.tenant);
            }
            tokio::select! {
                () = shutdown.cancelled() => break,
                news = feed.next() => match news? {
                    Fed::Pages(pages) => writer = self.take(writer, pages, &mut timing).await?,
                    Fed::Unavailable(error) => self.wait_for_log(&error),
                    Fed::Back => self.prove_patiently(writer.checkpoint()).await?,
                    Fed::Failed(error) => return Err(ProjectorError::Log(error)),
                },
                () = until(timing.next()) => writer = self.take(writer, Vec::new(), &mut timing).await?,
                Some((scope, answer)) = self.requests.recv(), if rebuild.is_none() && preparing.is_idle() => {
                    rebuild = Some(Rebuild { task: self.begin_rebuild(scope), answer });
                }
                prepared = preparing.ended() => writer = self.attach(writer, prepared, &mut preparing).await?,
                built = ended(&mut rebuild) => {
                    drop(feed);
                    writer = self.flush(writer).await?;
                    timing = FlushTiming::new(&self.options);
                    writer = Box::pin(self.end_rebuild(writer, built)).await?;
                    feed = Feed::start(Arc::clone(&self.log), writer.expected(), &self.options);
                }
            }
        }
        if let Some(rebuild) = rebuild {
            // Its file is removed when the read model is opened next.
            rebuild.task.abort();
        }
        self.flush(writer).await.map(drop)
    }

    /// Opens the read model and proves its checkpoint; builds it anew first if an older build made it.
    async fn open(&self) -> Result<ReadModelWriter, ProjectorError> {
        let (model, tenant) = (self.model.clone(), self.tenant.clone());
        let opened =
            blocking("opening the read model", move || Ok(ReadModelWriter::open(&model, &tenant)?)).await?;
        let writer = match opened {
            Opened::New(writer) => writer,
            Opened::Current(writer) => {
                self.prove_patiently(writer.checkpoint()).await?;
                writer
            }
            Opened::Outdated => {
                let built = self
                    .begin_rebuild(RebuildScope::Everything)
                    .await
                    .map_err(|_| ProjectorError::Broken("rebuilding"))??;
                finish(self.model.clone(), None, built).await?.writer
            }
        };
        // Asked for, since a file that was just opened knows of no more than what is in it.
        let log = &*self.log;
        let head = self.patiently(|| async move { log.head().await.map_err(ProjectorError::Log) }).await?;
        self.note(&writer, Some(head));
        Ok(writer)
    }

    async fn prove_patiently(&self, checkpoint: Checkpoint) -> Result<(), ProjectorError> {
        let log = &*self.log;
        self.patiently(|| prove(log, checkpoint)).await
    }

    /// Asks the log again for as long as it is away.
    async fn patiently<T, F: Future<Output = Result<T, ProjectorError>>>(
        &self,
        ask: impl Fn() -> F,
    ) -> Result<T, ProjectorError> {
        let mut pause = self.options.first_pause;
        loop {
            match ask().await {
                Err(ProjectorError::Log(error)) if error.may_pass() => self.wait_for_log(&error),
                answered => return answered,
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(self.options.longest_pause);
        }
    }

    /// Applies all pages that wait, and writes what is due or if enough has gathered.
    async fn take(
        &self,
        mut writer: ReadModelWriter,
        pages: Vec<DecodedPage>,
        timing: &mut FlushTiming,
    ) -> Result<ReadModelWriter, ProjectorError> {
        let head = pages.last().map(|page| page.head);
        let begun = Instant::now();
        if let Some(last) = pages.iter().filter_map(DecodedPage::last).next_back() {
            timing.expect(begun, head.is_none_or(|head| last >= head));
        }
        let due = timing.due(begun);
        let batch = self.options.catch_up_batch;
        writer = blocking("applying events", move || {
            for page in pages {
                page.apply(&mut writer, u64::MAX)?;
                if writer.pending() >= batch {
                    writer.flush()?;
                }
            }
            due.carry_out(&mut writer)?;
            Ok(writer)
        })
        .await?;
        (self.options.on_applied)(begun.elapsed());
        timing.observe(&writer, due, begun);
        self.note(&writer, head);
        Ok(writer)
    }

    async fn flush(&self, mut writer: ReadModelWriter) -> Result<ReadModelWriter, ProjectorError> {
        let writer = blocking("writing the read model", move || {
            writer.flush()?;
            Ok(writer)
        })
        .await?;
        self.note(&writer, None);
        Ok(writer)
    }

    fn begin_rebuild(&self, scope: RebuildScope) -> Building {
        let (log, model, tenant) = (Arc::clone(&self.log), self.model.clone(), self.tenant.clone());
        let (options, status) = (self.options.clone(), Arc::clone(&self.status));
        status.send_modify(|status| status.rebuild = Some(Progress::default()));
        tokio::spawn(async move {
            let tell = |progress| status.send_modify(|status| status.rebuild = Some(progress));
            build(log, model, tenant, scope, &options, tell).await
        })
    }

    /// Goes over to the new file, or goes on with the one it has if that failed, and answers.
    async fn end_rebuild(
        &self,
        live: ReadModelWriter,
        (built, answer): (Result<Built, ProjectorError>, RebuildAnswer),
    ) -> Result<ReadModelWriter, ProjectorError> {
        let Switched { writer, outcome } = match built {
            Ok(built) => self.go_over(live, built).await?,
            Err(error) => Switched { writer: live, outcome: Err(error) },
        };
        self.status.send_modify(|status| status.rebuild = None);
        self.note(&writer, None);
        if let Err(error) = &outcome {
            tracing::error!(
                error = error as &dyn std::error::Error,
                "the rebuild failed; the read model stays as it is"
            );
        }
        // Whoever asked may have gone; the log says what came of it.
        let _ = answer.send(outcome);
        Ok(writer)
    }

    /// Brings whichever of the two files is behind up to the other, so that nobody sees the
    /// position go back and the two can be compared; then switches.
    async fn go_over(&self, live: ReadModelWriter, built: Built) -> Result<Switched, ProjectorError> {
        let built = match built {
            Built::Register(built) => *built,
            built @ Built::Projection(_) => return finish(self.model.clone(), Some(live), built).await,
        };
        let (log, until) = (Arc::clone(&self.log), built.checkpoint().position);
        let live = extend(log, live, &self.options, until, |_| {}).await?;
        let (log, until) = (Arc::clone(&self.log), live.checkpoint().position);
        match extend(log, built, &self.options, until, |_| {}).await {
            Ok(built) => finish(self.model.clone(), Some(live), Built::Register(Box::new(built))).await,
            Err(error) => Ok(Switched { writer: live, outcome: Err(error) }),
        }
    }

    /// Writes a projection along with the register from now on. One that cannot be is tried again.
    async fn attach(
        &self,
        mut writer: ReadModelWriter,
        prepared: Result<PreparedProjection, ProjectorError>,
        preparing: &mut Preparing,
    ) -> Result<ReadModelWriter, ProjectorError> {
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(ProjectorError::ReadModel(error)) if error.is_newer() => return Err(error.into()),
            Err(error) => {
                preparing.failed(&error);
                return Ok(writer);
            }
        };
        let (writer, attached) = blocking("attaching a projection", move || {
            let attached = writer.attach(prepared);
            Ok((writer, attached))
        })
        .await?;
        match attached {
            Ok(()) => self.note(&writer, None),
            Err(error) => preparing.failed(&error.into()),
        }
        Ok(writer)
    }

    fn wait_for_log(&self, error: &LogError) {
        tracing::warn!(
            error = error as &dyn std::error::Error,
            "the log cannot be read now; it is tried again"
        );
        let now = (self.options.clock)();
        self.status.send_modify(|status| status.enter(Phase::LogUnavailable, now, Some(describe(error))));
    }

    /// Lets go of the file: redb takes nothing more after the disk has failed it once.
    fn wait_for_disk(&self, error: &ProjectorError) {
        tracing::error!(
            error = error as &dyn std::error::Error,
            "the read model cannot be used; it is checked and opened again"
        );
        self.model.let_go();
        let now = (self.options.clock)();
        self.status.send_modify(|status| status.enter(Phase::Starting, now, Some(describe(error))));
    }

    /// How many parked events are released. What cannot be looked at counts as not seen to.
    fn released(&self, writer: &ReadModelWriter) -> u64 {
        if self.options.releases.is_empty() {
            return 0;
        }
        let snapshot = writer.reader().snapshot();
        let counted = snapshot.and_then(|snapshot| self.options.releases.count_in(&snapshot));
        counted.unwrap_or_else(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "the parked events cannot be counted");
            0
        })
    }

    fn note(&self, writer: &ReadModelWriter, head: Option<u64>) {
        let released = self.released(writer);
        let now = (self.options.clock)();
        self.status.send_modify(|status| {
            status.parked = writer.parked().saturating_sub(released);
            status.released = released;
            let missing = writer.missing_projections();
            let is_following = |projection: Projection| ProjectionStatus {
                name: projection.as_str(),
                is_following: !missing.contains(&projection),
            };
            status.projections = Projection::ALL.map(is_following).to_vec();
            let applied = writer.checkpoint().position;
            let head = head.unwrap_or(status.progress.head).max(applied);
            status.progress = Progress { applied, head, events: 0 };
            let phase = if applied >= head { Phase::Following } else { Phase::CatchingUp };
            status.has_caught_up |= phase == Phase::Following;
            status.enter(phase, now, None);
        });
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Waits for a rebuild, if one is going on.
async fn ended(rebuild: &mut Option<Rebuild>) -> (Result<Built, ProjectorError>, RebuildAnswer) {
    let Some(going_on) = rebuild else {
        return std::future::pending().await;
    };
    let built = (&mut going_on.task).await.unwrap_or(Err(ProjectorError::Broken("rebuilding")));
    let Some(Rebuild { answer, .. }) = rebuild.take() else {
        return std::future::pending().await;
    };
    (built, answer)
}

fn describe(error: &(impl std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
