//! The read model's file is damaged while nobody writes it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::dice::Dice;
use crate::stand::{PROJECTOR, QUERY_SERVICE, Stand};
use crate::trial::{Report, Trial};

const BETWEEN: usize = 200;

/// What is done to the file.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Truncated,
    Emptied,
    Overwritten,
    Removed,
    PointerGone,
}

const DAMAGES: [Damage; 5] =
    [Damage::Truncated, Damage::Emptied, Damage::Overwritten, Damage::Removed, Damage::PointerGone];

/// Projector and query service are killed, the file is damaged, and both are started again.
pub(super) async fn damaged(seed: u64, times: u64) -> Report {
    let mut dice = Dice::of(seed, "damage", &[]);
    let mut trial = Trial::begin(Stand::on_nats().await.expect("a server"), seed).await;
    let first = dice.below(DAMAGES.len() as u64);
    for time in 0..times {
        trial.work(BETWEEN).await;
        trial.stand.services[PROJECTOR].kill();
        trial.stand.services[QUERY_SERVICE].kill();
        let index = usize::try_from((first + time) % DAMAGES.len() as u64).unwrap_or(0);
        damage(&trial.stand.folder().join("read-model"), DAMAGES[index]);
        trial.injected();
        trial.stand.services[PROJECTOR].restart().await;
        trial.stand.services[QUERY_SERVICE].restart().await;
        trial.recovered().await;
    }
    trial.work(BETWEEN).await;
    trial.end().await
}

fn damage(folder: &Path, damage: Damage) {
    for file in files(folder) {
        let bytes = fs::read(&file).expect("a file of the read model");
        let done = match damage {
            Damage::Truncated => fs::write(&file, &bytes[..bytes.len() / 3]),
            Damage::Emptied => fs::write(&file, []),
            Damage::Overwritten => fs::write(&file, vec![0xA5; bytes.len()]),
            Damage::Removed => fs::remove_file(&file),
            Damage::PointerGone => Ok(()),
        };
        done.expect("it can be damaged");
    }
    if matches!(damage, Damage::PointerGone) {
        fs::remove_file(folder.join("CURRENT")).expect("it can be removed");
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the read model's folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "redb")).collect()
}
