//! Building the read model anew, from position 1, beside the one that is read.

use std::sync::Arc;

use itam_event_log::LogReader;
use itam_read_model::{Opened, ReadModel, ReadModelWriter};
use serde::Serialize;

use crate::blocking::blocking;
use crate::error::ProjectorError;
use crate::feed::{Fed, Feed};
use crate::options::ProjectorOptions;
use crate::status::Progress;

/// What a rebuild came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RebuildReport {
    /// How far the new file got before the switch.
    pub applied: u64,
    /// Events that could not be applied.
    pub parked: u64,
    /// The new file's canonical hash.
    #[serde(skip)]
    pub hash: [u8; 32],
    /// Whether the file it replaces held the same; `None` if that one had another position.
    pub is_same: Option<bool>,
}

/// Builds the read model in `model`'s folder anew and switches to it, telling `progress` how far
/// it got. For when no projector runs; a running one is asked by
/// [`crate::ProjectorHandle::rebuild`]. Readers are served throughout.
///
/// # Errors
/// [`ProjectorError`]; the file that was read before is read still.
pub async fn rebuild(
    log: Arc<dyn LogReader>,
    model: ReadModel,
    tenant: &str,
    options: &ProjectorOptions,
    progress: impl FnMut(Progress) + Send,
) -> Result<RebuildReport, ProjectorError> {
    let (opening, name) = (model.clone(), tenant.to_owned());
    let opened =
        blocking("opening the read model", move || Ok(ReadModelWriter::open(&opening, &name)?)).await?;
    let live = match opened {
        Opened::Current(writer) | Opened::New(writer) => Some(writer),
        Opened::Outdated => None,
    };
    let built = build(log, model.clone(), tenant.to_owned(), options, u64::MAX, progress).await?;
    finish(model, live, built).await?.outcome
}

/// Builds a new file apart, up to the log's head or `until`.
pub(crate) async fn build(
    log: Arc<dyn LogReader>,
    model: ReadModel,
    tenant: String,
    options: &ProjectorOptions,
    until: u64,
    progress: impl FnMut(Progress) + Send,
) -> Result<ReadModelWriter, ProjectorError> {
    let apart = model.clone();
    let begin = move || Ok(ReadModelWriter::build_apart(&apart, &tenant)?);
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

/// Compares the new file with the one it replaces, if they stand at one position, and switches.
/// Fails only if there is no file to go on with.
pub(crate) async fn finish(
    model: ReadModel,
    live: Option<ReadModelWriter>,
    built: ReadModelWriter,
) -> Result<Switched, ProjectorError> {
    blocking("switching to the new read model", move || match (switch(&model, live.as_ref(), built), live) {
        (Ok((writer, report)), _) => Ok(Switched { writer, outcome: Ok(report) }),
        (Err(error), Some(writer)) => Ok(Switched { writer, outcome: Err(error) }),
        (Err(error), None) => Err(error),
    })
    .await
}

fn switch(
    model: &ReadModel,
    live: Option<&ReadModelWriter>,
    built: ReadModelWriter,
) -> Result<(ReadModelWriter, RebuildReport), ProjectorError> {
    let applied = built.checkpoint();
    let is_comparable = live.is_some_and(|live| live.checkpoint() == applied);
    let before = if is_comparable { Some(model.snapshot()?.dump_hash()?) } else { None };
    let hash = built.dump_hash()?;
    let is_same = before.map(|before| before == hash);
    let writer = built.switch()?;
    tracing::info!(applied = applied.position, "the read model was built anew");
    if is_same == Some(false) {
        tracing::warn!("the rebuilt read model differs from the old one");
    }
    let report = RebuildReport { applied: applied.position, parked: writer.parked(), hash, is_same };
    Ok((writer, report))
}
