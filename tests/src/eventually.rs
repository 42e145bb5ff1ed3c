//! Waiting for a condition, with a bound: what tests do instead of sleeping.

use std::time::{Duration, Instant};

/// How long [`eventually`] waits. It ends what hangs, and says nothing of how fast a machine is: the
/// machines that tests share may be many times slower than one that has nothing else to do.
const PATIENCE: Duration = Duration::from_mins(2);

/// The time within which tests want to see what is promised within `span`. Four times as long, for the
/// machines that they share; on one that has nothing else to do, the soak holds to the promise itself.
#[must_use]
pub fn promised_within(span: Duration) -> Duration {
    span * 4
}

/// Waits until `probe` gives a value, and returns it.
///
/// # Panics
/// After two minutes, saying `what` did not happen.
pub async fn eventually<T, F>(what: &str, probe: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    eventually_within(PATIENCE, what, probe).await
}

/// As [`eventually`], with another bound.
///
/// # Panics
/// When `patience` is over, saying `what` did not happen.
pub async fn eventually_within<T, F>(patience: Duration, what: &str, mut probe: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let start = Instant::now();
    let mut pause = Duration::from_millis(2);
    loop {
        // One look may hang as well.
        let look = tokio::time::timeout(patience.saturating_sub(start.elapsed()), probe()).await;
        if let Ok(Some(value)) = look {
            return value;
        }
        assert!(start.elapsed() < patience, "waited {patience:?} in vain until {what}");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}
