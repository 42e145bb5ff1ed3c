//! Where the checkpoints of a report come from.

use std::io;
use std::num::NonZeroUsize;
use std::path::Path;

use itam_event_log::{CheckpointStream, StoredMessage};
use itam_proof::{KeptCheckpoint, LedgerError, LedgerReader, SignedCheckpoint};

use super::findings::Findings;
use super::written;
use crate::audit::place::PlaceArgs;
use crate::backend;
use crate::data_dir::DataDir;
use crate::failure::Failure;

/// How many notes of the stream are read at once.
const PAGE: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

/// Checkpoints, and where they lie.
pub(super) struct Ledger {
    pub(super) notes: LedgerReader,
    pub(super) place: String,
}

impl Ledger {
    /// The checkpoints of a file; without one, those of the data directory; and without those, for a
    /// log on servers, those of the stream beside it. `None` if there are none.
    pub(super) async fn find(
        file: Option<&Path>,
        dir: &DataDir,
        place: &PlaceArgs,
        findings: &mut Findings,
    ) -> Result<Option<Self>, Failure> {
        let path = file.map_or_else(|| dir.ledger(), Path::to_path_buf);
        match LedgerReader::open(&path) {
            Ok(notes) => Ok(Some(Self { notes, place: path.display().to_string() })),
            Err(LedgerError::NotBuilt(_)) if file.is_none() => Self::of_stream(place, findings).await,
            Err(error) => Err(Failure::File { path, source: io::Error::other(error) }),
        }
    }

    async fn of_stream(place: &PlaceArgs, findings: &mut Findings) -> Result<Option<Self>, Failure> {
        if place.nats.nats.is_none() {
            return Ok(None);
        }
        let client = backend::connected(&place.nats).await?;
        let name = place.tenant().checkpoint_stream_name();
        let unreadable = |source| Failure::CheckpointStream { stream: name.clone(), source };
        let Some(stream) = CheckpointStream::find(client, place.tenant()).await.map_err(unreadable)? else {
            return Ok(None);
        };
        let (mut kept, mut from) = (Vec::new(), 1);
        loop {
            let messages = stream.read(from, PAGE).await.map_err(unreadable)?;
            let Some(last) = messages.last() else { break };
            from = last.position + 1;
            for message in messages {
                if let Some(checkpoint) = checkpoint(&message) {
                    kept.push(checkpoint);
                } else {
                    let what = format!("the stream {name} holds something else than a checkpoint");
                    findings.add(message.position, what).map_err(written)?;
                }
            }
        }
        let notes = LedgerReader::of(kept).map_err(Failure::Ledger)?;
        Ok(Some(Self { notes, place: format!("the stream {name}") }))
    }

    /// What went wrong while they were read.
    pub(super) fn unreadable(&self, error: LedgerError) -> Failure {
        Failure::File { path: self.place.clone().into(), source: io::Error::other(error) }
    }
}

fn checkpoint(message: &StoredMessage) -> Option<KeptCheckpoint> {
    let note = str::from_utf8(&message.body).ok()?;
    let size = SignedCheckpoint::size_of(note)?;
    Some(KeptCheckpoint { size, note: note.to_owned() })
}
