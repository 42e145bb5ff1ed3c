//! An organization of our own making, to look at: three years of its assets, as the commands that
//! its people would have sent. The same for the same seed and present.

mod audits;
mod catalog;
#[cfg(test)]
pub(crate) mod court;
mod dice;
mod life;
mod load;
mod organization;
mod places;
mod purchasing;
mod script;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Duration, Utc};

pub use self::load::load;

use self::life::Life;
use self::organization::Organization;
use self::purchasing::Purchasing;
use self::script::{DemoCommand, Script};

/// How long the organization has kept its assets here.
const DAYS: i64 = 3 * 365;

/// Everything that happened in the three years before `now`, in the order of business time.
///
/// Ids are known beforehand: each key is a `UUIDv7`, which the register takes as the id of what
/// the command creates.
fn commands(seed: u64, now: DateTime<Utc>) -> impl ExactSizeIterator<Item = DemoCommand> {
    let mut script = script(seed, now);
    if let Some(organization) = Organization::found(&mut script) {
        let pieces = Purchasing::new(&mut script, &organization).run();
        for piece in &pieces {
            Life::new(&mut script, &organization, piece).tell();
        }
    }
    script.take_commands().into_iter()
}

fn script(seed: u64, now: DateTime<Utc>) -> Script {
    Script::new(seed, now - Duration::days(DAYS), now)
}
