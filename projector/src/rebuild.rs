//! Building read models anew beside those that are read: from the log, or from the register.

use std::sync::Arc;

use itam_event_log::LogReader;
use itam_read_model::{Opened, PreparedProjection, Projection, ReadModel, ReadModelError, ReadModelWriter};
use serde::Serialize;

use crate::blocking::blocking;
use crate::error::ProjectorError;
use crate::feed::{Fed, Feed};
use crate::options::ProjectorOptions;
use crate::status::Progress;

/// What is built anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebuildScope {
    /// The register and all projections, from the log.
    Everything,
    /// The register, from the log. Projections stay if it comes out the same.
    Register,
    /// One projection, from the register.
    Projection(Projection),
}

/// The name of the register among the read models.
const REGISTER: &str = "inventory";

impl RebuildScope {
    /// The scope that is meant by the name of a read model.
    #[must_use]
    pub fn only(name: &str) -> Option<Self> {
        let projection = Projection::ALL.into_iter().find(|projection| projection.as_str() == name);
        let register = (name == REGISTER).then_some(Self::Register);
        projection.map(Self::Projection).or(register)
    }

    /// The names that [`Self::only`] takes.
    pub fn names() -> impl Iterator<Item = &'static str> {
        std::iter::once(REGISTER).chain(Projection::ALL.map(Projection::as_str))
    }
}

/// What a rebuild came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RebuildReport {
    /// How far the new files got before the switch.
    pub applied: u64,
    /// Events that could not be applied.
    pub parked: u64,
    /// The files that were built.
    pub files: Vec<RebuiltFile>,
}

/// A file that was built anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RebuiltFile {
    /// The read model that it is of.
    pub name: &'static str,
    /// Its canonical hash.
    #[serde(skip)]
    pub hash: [u8; 32],
    /// Whether the file it replaces held the same; `None` if that one had another position.
    pub is_same: Option<bool>,
}

/// What was built, and is not read yet.
pub(crate) enum Built {
    /// A register, with or without its projections.
    Register(Box<ReadModelWriter>),
    /// A projection of the register that is read.
    Projection(PreparedProjection),
}

/// Builds files in `model`'s folder anew and switches to them, telling `progress` how far the register
/// got. For when no projector runs; a running one is asked by
/// [`crate::ProjectorHandle::rebuild`]. Readers are served throughout.
///
/// # Errors
/// [`ProjectorError`]; the files that were read before are read still.
pub async fn rebuild(
    log: Arc<dyn LogReader>,
    model: ReadModel,
    tenant: &str,
    scope: RebuildScope,
    options: &ProjectorOptions,
    progress: impl FnMut(Progress) + Send,
) -> Result<RebuildReport, ProjectorError> {
    let (opening, name) = (model.clone(), tenant.to_owned());
    let opened =
        blocking("opening the read model", move || Ok(ReadModelWriter::open(&opening, &name)?)).await?;
    let (live, scope) = match opened {
        Opened::Current(writer) | Opened::New(writer) => (Some(writer), scope),
        // There is no register that anything could be built from.
        Opened::Outdated => (None, RebuildScope::Everything),
    };
    let built = build(log, model.clone(), tenant.to_owned(), scope, options, progress).await?;
    let Switched { mut writer, outcome } = finish(model.clone(), live, built).await?;
    let name = tenant.to_owned();
    blocking("preparing projections", move || {
        for projection in writer.missing_projections() {
            writer.attach(PreparedProjection::prepare(&model, projection, &name)?)?;
        }
        Ok(())
    })
    .await?;
    outcome
}

/// Builds what is in `scope` beside what is read: from the log, up to its head, or from the register.
pub(crate) async fn build(
    log: Arc<dyn LogReader>,
    model: ReadModel,
    tenant: String,
    scope: RebuildScope,
    options: &ProjectorOptions,
    progress: impl FnMut(Progress) + Send,
) -> Result<Built, ProjectorError> {
    let begin = match scope {
        RebuildScope::Everything => ReadModelWriter::build_apart,
        RebuildScope::Register => ReadModelWriter::build_register_apart,
        RebuildScope::Projection(projection) => {
            let derive = move || Ok(PreparedProjection::build(&model, projection, &tenant)?);
            return blocking("building a projection", derive).await.map(Built::Projection);
        }
    };
    let built = build_from_log(log, model, tenant, begin, options, u64::MAX, progress).await?;
    Ok(Built::Register(Box::new(built)))
}

/// Begins files apart and applies the log to them, up to its head or `until`.
pub(crate) async fn build_from_log(
    log: Arc<dyn LogReader>,
    model: ReadModel,
    tenant: String,
    begin: fn(&ReadModel, &str) -> Result<ReadModelWriter, ReadModelError>,
    options: &ProjectorOptions,
    until: u64,
    progress: impl FnMut(Progress) + Send,
) -> Result<ReadModelWriter, ProjectorError> {
    let apart = model.clone();
    let begin = move || Ok(begin(&apart, &tenant)?);
    let writer = blocking("beginning a new read model", begin).await?;
    let built = extend(log, writer, options, until, progress).await;
    if built.is_err() {
        let sweep = move || Ok(ReadModelWriter::remove_unread(&model)?);
        blocking("removing an unfinished read model", sweep).await?;
    }
    built
}

/// Applies the log from where `writer` is up to the log's head, or up to `until`.
pub(crate) async fn extend(
    log: Arc<dyn LogReader>,
    mut writer: ReadModelWriter,
    options: &ProjectorOptions,
    until: u64,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<ReadModelWriter, ProjectorError> {
    let mut feed = Feed::start(log, writer.expected(), options);
    let mut events = 0;
    while writer.expected() <= until {
        let pages = match feed.next().await? {
            Fed::Pages(pages) => pages,
            Fed::Failed(error) => return Err(ProjectorError::Log(error)),
            Fed::Back => continue,
            Fed::Unavailable(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the log is away; the rebuild waits"
                );
                continue;
            }
        };
        let head = pages.last().map_or(0, |page| page.head);
        events += pages.iter().map(|page| page.events(until)).sum::<u64>();
        let batch = options.rebuild_batch;
        writer = blocking("building the read model", move || {
            for page in pages {
                page.apply(&mut writer, until)?;
                if writer.pending() >= batch {
                    writer.flush()?;
                }
            }
            Ok(writer)
        })
        .await?;
        progress(Progress { applied: writer.expected() - 1, head, events });
        if writer.expected() > head {
            break;
        }
    }
    blocking("building the read model", move || {
        writer.flush()?;
        Ok(writer)
    })
    .await
}

/// What became of a switch.
pub(crate) struct Switched {
    /// Writes the new file, or the old one if that is read still.
    pub(crate) writer: ReadModelWriter,
    pub(crate) outcome: Result<RebuildReport, ProjectorError>,
}

/// Compares the new files with those they replace, if they stand at one position, and switches.
/// Fails only if there is no file to go on with.
pub(crate) async fn finish(
    model: ReadModel,
    live: Option<ReadModelWriter>,
    built: Built,
) -> Result<Switched, ProjectorError> {
    blocking("switching to the new read model", move || match (built, live) {
        (Built::Register(built), None) => {
            let (writer, report, _) = switch(&model, None, *built)?;
            Ok(Switched { writer, outcome: Ok(report) })
        }
        (Built::Register(built), Some(live)) => match switch(&model, Some(&live), *built) {
            Ok((mut writer, report, stay)) => {
                if stay {
                    writer.adopt_projections(live);
                }
                Ok(Switched { writer, outcome: Ok(report) })
            }
            Err(error) => Ok(Switched { writer: live, outcome: Err(error) }),
        },
        (Built::Projection(prepared), Some(mut live)) => {
            let outcome = replace(&mut live, prepared);
            Ok(Switched { writer: live, outcome })
        }
        (Built::Projection(_), None) => Err(ProjectorError::Broken("building a projection of no register")),
    })
    .await
}

/// Switches to a new register, and says whether the projections of the old one are the new one's, too.
fn switch(
    model: &ReadModel,
    live: Option<&ReadModelWriter>,
    built: ReadModelWriter,
) -> Result<(ReadModelWriter, RebuildReport, bool), ProjectorError> {
    let applied = built.checkpoint();
    let live = live.filter(|live| live.checkpoint() == applied);
    let before = live.map(|_| Ok::<_, ProjectorError>(model.snapshot()?.dump_hash()?)).transpose()?;
    let hash = built.dump_hash()?;
    let is_same = before.map(|before| before == hash);
    let mut files = vec![RebuiltFile { name: REGISTER, hash, is_same }];
    for projection in Projection::ALL {
        let Some(hash) = built.projection_hash(projection)? else { continue };
        let before = live.map(|live| live.projection_hash(projection)).transpose()?.flatten();
        let is_same = before.map(|before| before == hash);
        files.push(RebuiltFile { name: projection.as_str(), hash, is_same });
    }
    let stay = files.len() == 1 && is_same == Some(true);
    let writer = built.switch()?;
    let report = RebuildReport { applied: applied.position, parked: writer.parked(), files };
    report.tell();
    Ok((writer, report, stay))
}

/// Goes over to a projection that was built anew.
fn replace(
    live: &mut ReadModelWriter,
    prepared: PreparedProjection,
) -> Result<RebuildReport, ProjectorError> {
    let projection = prepared.projection();
    live.flush()?;
    let before = live.projection_hash(projection)?;
    live.attach(prepared)?;
    let gone = ProjectorError::Broken("building a projection of a register that was replaced");
    let hash = live.projection_hash(projection)?.ok_or(gone)?;
    let is_same = before.map(|before| before == hash);
    let files = vec![RebuiltFile { name: projection.as_str(), hash, is_same }];
    let report = RebuildReport { applied: live.checkpoint().position, parked: live.parked(), files };
    report.tell();
    Ok(report)
}

impl RebuildReport {
    fn tell(&self) {
        for file in &self.files {
            tracing::info!(applied = self.applied, name = file.name, "the read model was built anew");
            if file.is_same == Some(false) {
                tracing::warn!(name = file.name, "the rebuilt read model differs from the old one");
            }
        }
    }
}
