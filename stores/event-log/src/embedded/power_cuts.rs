//! The power is cut, again and again, at any moment: while the file is made, opened, repaired,
//! written and closed. What was acknowledged is there afterwards, whole and in order.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;

use bytes::Bytes;
use chrono::DateTime;
use futures_util::future::join_all;
use itam_tests::dice::Dice;
use itam_tests::power::Disk;
use redb::{Builder, Database, DatabaseError};
use uuid::Uuid;

use super::place::LogPlace;
use super::{EmbeddedLog, EmbeddedOptions, simulated_disk};
use crate::{
    AppendError, Appended, Commit, EventLog, LogError, LogExport, LogReader, Subject, Tenant, TransferRecord,
    Write,
};

/// How many disks, each with a log of its own that grows from life to life.
const DISKS: u64 = 10;
/// How many more there are at most. Which thread is how far when the power goes is not in the dice, so a few disks
/// may happen to show no write that survived without an acknowledgement.
const MORE_DISKS: u64 = 90;
/// How often each loses its power.
const CUTS: u64 = 30;
/// After how many operations at most: while the file is opened, or while it is worked with. A commit
/// takes about ten.
const LONGEST_LIVES: [u64; 3] = [10, 60, 300];
const APPENDERS: u64 = 6;

/// Opens the log's file on a simulated disk. If there is none it is made first, as on a real one.
pub(super) fn open(
    disk: &Disk,
    builder: &Builder,
    prepare: impl FnOnce(Result<Database, DatabaseError>) -> Result<(), LogError>,
) -> Result<Result<Database, DatabaseError>, LogError> {
    const NAMES: [&str; 2] = ["log.redb", "log.unfinished"];
    let failed =
        |error: std::io::Error| LogError::Unavailable { operation: "making it", source: error.into() };
    let create = |name: &str| simulated_disk::open(disk, builder, name);
    if !disk.has(NAMES[0]) {
        disk.remove_if_there(NAMES[1]).map_err(failed)?;
        prepare(create(NAMES[1]))?;
        disk.rename(NAMES[1], NAMES[0]).map_err(failed)?;
    }
    Ok(create(NAMES[0]))
}

/// What was tried over all lives, and what came of it.
#[derive(Default)]
struct Attempts {
    acknowledged: Vec<(Appended, Commit)>,
    /// Nobody was told: they are in the log, whole, or they are not.
    unknown: Vec<Commit>,
}

#[tokio::test]
async fn what_was_acknowledged_is_there_whole_and_in_order_after_every_power_cut() {
    let (mut acknowledged, mut survived, mut cut_while_opening) = (0, 0, 0);
    let (mut disks, mut is_shown) = (0, false);
    while disks < DISKS || !is_shown && disks < DISKS + MORE_DISKS {
        let seed = disks;
        let disk = Disk::default();
        let mut attempts = Attempts::default();
        for cut in 0..CUTS {
            let mut dice = Dice::of(seed, "life", &[cut]);
            let longest = *dice.pick(&LONGEST_LIVES);
            disk.cut_after(1 + dice.below(longest));
            match open_log(&disk) {
                Ok(log) => live(&log, &mut dice, &mut attempts).await,
                Err(error) => {
                    assert!(disk.is_off(), "disk {seed}, life {cut}: {error:?}");
                    cut_while_opening += 1;
                }
            }
            disk.cut();
            disk.restore_power(&mut dice);
            let log = open_log(&disk).unwrap_or_else(|error| panic!("disk {seed}, cut {cut}: {error:?}"));
            survived += attempts.check(&log).await;
            // A closed file is no excuse either: half of the logs are not closed in order.
            if dice.is_within(50) {
                disk.cut();
                drop(log);
                disk.restore_power(&mut dice);
            }
        }
        acknowledged += attempts.acknowledged.len();
        is_shown = acknowledged > 1000 && survived > 0 && cut_while_opening > 0;
        disks += 1;
    }
    println!("{} cuts, {cut_while_opening} while opening: {acknowledged} acknowledged", disks * CUTS);
    println!("{survived} without an acknowledgement were stored, counted after each cut");
    assert!(is_shown, "the trial proves little");
}

fn open_log(disk: &Disk) -> Result<EmbeddedLog, LogError> {
    let options = EmbeddedOptions::new(|| DateTime::UNIX_EPOCH);
    EmbeddedLog::open_at(LogPlace::Simulated(disk.clone()), tenant(), options)
}

fn tenant() -> Tenant {
    Tenant::try_new("main").expect("a name")
}

/// Appends from all sides until the power is cut.
async fn live(log: &EmbeddedLog, dice: &mut Dice, attempts: &mut Attempts) {
    let seeds: Vec<u64> = (0..APPENDERS).map(|_| dice.throw()).collect();
    let lives = join_all((0..).zip(seeds).map(|(appender, seed)| append_on_and_on(log, appender, seed)));
    for life in lives.await {
        attempts.acknowledged.extend(life.acknowledged);
        attempts.unknown.extend(life.unknown);
    }
}

async fn append_on_and_on(log: &EmbeddedLog, number: u64, seed: u64) -> Attempts {
    let mut dice = Dice::of(seed, "appender", &[number]);
    let mut attempts = Attempts::default();
    let own = tenant().event_subject("asset", Uuid::from_u128(u128::from(number) + 1));
    let Ok(last) = log.load_last(&own).await else { return attempts };
    let mut expected = last.map_or(0, |message| message.position);
    // Ends with the power.
    loop {
        let mut writes = vec![write(&own, expected, &mut dice)];
        for _ in 0..dice.below(5) {
            let id = Uuid::from_u128(u128::from(dice.throw()) << 64 | 1);
            writes.push(write(&tenant().event_subject("asset", id), 0, &mut dice));
        }
        let commit = Commit::of(writes);
        match log.append(commit.clone()).await {
            Ok(appended) => {
                expected = appended.first;
                attempts.acknowledged.push((appended, commit));
            }
            Err(AppendError::Unknown { .. }) => {
                attempts.unknown.push(commit);
                return attempts;
            }
            Err(AppendError::Unavailable { .. }) => return attempts,
            Err(error) => panic!("appender {number}: {error:?}"),
        }
    }
}

/// A write whose body is unlike any other's, and not easily compressed.
fn write(subject: &Subject, expected: u64, dice: &mut Dice) -> Write {
    let words = 2 + dice.below(80);
    let body: Vec<u8> = (0..words).flat_map(|_| dice.throw().to_be_bytes()).collect();
    Write { subject: subject.clone(), expected, body: Bytes::from(body) }
}

impl Attempts {
    /// Holds the log to what was acknowledged; gives how many commits are in it of which nobody
    /// was told.
    async fn check(&self, log: &EmbeddedLog) -> usize {
        let all = log.export(1, NonZeroUsize::MAX).await.expect("the log can be read");
        let commits: Vec<&[TransferRecord]> = all.split_inclusive(|record| record.ends_commit).collect();
        assert!(all.last().is_none_or(|last| last.ends_commit), "the last commit is torn");
        let by_first: HashMap<u64, &[TransferRecord]> =
            commits.iter().map(|stored| (stored[0].message.position, *stored)).collect();
        let mut first = 1;
        let mut told = HashSet::new();
        for (appended, commit) in &self.acknowledged {
            let Appended { first, last } = appended;
            let stored = by_first.get(first);
            let stored = stored.unwrap_or_else(|| panic!("what was acknowledged at {first} is lost"));
            assert_eq!(stored[stored.len() - 1].message.position, *last);
            assert!(is_same(stored, commit), "another commit stands at {first}");
            told.insert(*first);
        }
        for stored in &commits {
            assert_eq!(stored[0].message.position, first, "positions have no gap");
            first += stored.len() as u64;
            let is_told = told.contains(&stored[0].message.position);
            assert!(
                is_told || self.unknown.iter().any(|commit| is_same(stored, commit)),
                "nobody tried what stands at {}",
                stored[0].message.position
            );
        }
        check_subjects(log, &all).await;
        commits.len() - told.len()
    }
}

fn is_same(stored: &[TransferRecord], commit: &Commit) -> bool {
    let stored = stored.iter().map(|record| (&record.message.subject, &record.message.body));
    stored.eq(commit.writes.iter().map(|write| (&write.subject, &write.body)))
}

/// The heads and chains of the appenders' subjects say what the messages say.
async fn check_subjects(log: &EmbeddedLog, all: &[TransferRecord]) {
    for appender in 0..APPENDERS {
        let own = tenant().event_subject("asset", Uuid::from_u128(u128::from(appender) + 1));
        let loaded = log.load(&own).await.expect("a subject can be loaded");
        let stored = all.iter().map(|record| &record.message).filter(|message| message.subject == own);
        assert!(loaded.iter().eq(stored), "the chain of {own} is not what is stored");
    }
}
