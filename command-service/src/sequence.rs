//! Many submissions of one process, carried out side by side where they may be, as if one after another.

use std::sync::Arc;

use futures_util::{Stream, StreamExt};

use crate::answer::Answer;
use crate::desk::CommandDesk;
use crate::refusal::Refusal;
use crate::submission::Submission;
use crate::waits::Waits;

/// How many submissions pass before what is done is forgotten.
const SWEEP_EVERY: usize = 4096;

/// Carries submissions out in their order as far as they touch the same things, up to `concurrency`
/// at once, and gives each one's outcome in order.
///
/// # Panics
/// If a command's task panics: a defect.
pub fn execute_in_order(
    desk: Arc<CommandDesk>,
    submissions: impl Stream<Item = Submission> + Send,
    concurrency: usize,
) -> impl Stream<Item = (Submission, Result<Answer, Refusal>)> + Send {
    let mut waits = Waits::default();
    let start = move |(index, submission): (usize, Submission)| {
        if index % SWEEP_EVERY == 0 {
            waits.sweep();
        }
        let mut dependencies = waits.enter(&submission.touches);
        let desk = Arc::clone(&desk);
        let task = tokio::spawn(async move {
            let _left = dependencies.left_when_dropped();
            dependencies.wait().await;
            let mut outcome = desk.execute(&submission).await;
            while dependencies.wait_if_refused(&outcome).await {
                outcome = desk.execute(&submission).await;
            }
            (submission, outcome)
        });
        async move { task.await.expect("carrying out a command does not panic") }
    };
    submissions.enumerate().map(start).buffered(concurrency)
}
