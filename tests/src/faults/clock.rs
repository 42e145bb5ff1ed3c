//! Clocks that jump: each command service has a time of its own.

use crate::dice::Dice;
use crate::stand::Stand;
use crate::trial::{Report, Trial};

const BETWEEN: usize = 200;
/// The longest jump, forth or back, in seconds.
const FARTHEST: u64 = 7200;

/// One command service is started again with its clock an hour or two off, again and again, while
/// the other has the right time.
pub(super) async fn jumps(seed: u64, times: u64) -> Report {
    let mut dice = Dice::of(seed, "clock", &[]);
    let mut trial = Trial::begin(Stand::on_nats().await.expect("a server"), seed).await;
    for _ in 0..times {
        trial.work(BETWEEN).await;
        let sign = *dice.pick(&["", "-"]);
        let offset = format!("{sign}{}", dice.below(FARTHEST));
        trial.stand.services[0].kill();
        trial.stand.services[0].set_environment("ITAM_CLOCK_OFFSET_S", &offset);
        trial.injected();
        trial.stand.services[0].restart().await;
        trial.recovered().await;
    }
    trial.work(BETWEEN).await;
    trial.end().await
}
