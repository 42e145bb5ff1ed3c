//! Whether a conflict that the log reports is one.
//!
//! After a partition two servers of a cluster may both take themselves for the leader for a moment, and
//! both get the append. The one that is wrong calls it a conflict at once, by the older state that it
//! knows, while the other one stores it. So a conflict is believed when the log shows what was in the way.

use std::time::Duration;

use itam_event_log::{Commit, EventLog, Subject};
use tokio::time::Instant;

use crate::refusal::Refusal;
use crate::replay::{Relation, relation};
use crate::submission::Submission;

/// How long what was in the way may take to be shown. It may be on its way to the log itself.
const SHOWN_WITHIN: Duration = Duration::from_secs(2);
/// The pauses between two looks, each twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// What a conflict was with.
pub(crate) enum InTheWay {
    Another,
    /// The command was stored, by this append or by a repetition elsewhere.
    Itself,
    /// Another sender's command under the same key.
    Namesake,
}

/// What an append expected: of each subject the last position.
pub(crate) struct Expectations(Vec<(Subject, u64)>);

impl Expectations {
    pub(crate) fn of(commit: &Commit) -> Self {
        let written = commit.writes.iter().map(|write| (write.subject.clone(), write.expected));
        let fence = commit.fence.iter().filter_map(|fence| Some((fence.lanes.first()?.clone(), fence.first)));
        Self(written.chain(fence).collect())
    }

    /// Waits until the log shows what stands where nothing was expected. If that is another command,
    /// the append was not stored, and never will be.
    ///
    /// # Errors
    /// [`Refusal::KeyReused`] if it is another command of the same sender under the same key;
    /// [`Refusal::OutcomeUnknown`] if nothing is shown, or the log cannot be asked.
    pub(crate) async fn in_the_way(
        &self,
        log: &dyn EventLog,
        submission: &Submission,
    ) -> Result<InTheWay, Refusal> {
        let unknown = |error| Refusal::OutcomeUnknown(Box::new(error));
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            for (subject, expected) in &self.0 {
                let last = log.load_last(subject).await.map_err(unknown)?;
                let Some(last) = last.filter(|last| last.position > *expected) else { continue };
                return match relation(log, submission, &last).await.map_err(unknown)? {
                    Relation::Itself => Ok(InTheWay::Itself),
                    Relation::OtherBody => Err(Refusal::KeyReused),
                    Relation::Namesake => Ok(InTheWay::Namesake),
                    Relation::Stranger => Ok(InTheWay::Another),
                };
            }
            if begun.elapsed() > SHOWN_WITHIN {
                return Err(Refusal::OutcomeUnknown("a conflict with nothing that the log shows".into()));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
