//! The raw engine of the embedded log: bare grouped redb commits of given bytes.

use std::path::Path;
use std::time::Instant;

use itam_event_log::Commit;
use redb::{Database, Durability, ReadableTable, TableDefinition};

use crate::measure::{Outcome, Sample, failure};

const BODY_BY_POSITION: TableDefinition<'static, u64, &'static [u8]> =
    TableDefinition::new("body_by_position");
const HEAD_BY_SUBJECT: TableDefinition<'static, &'static str, u64> = TableDefinition::new("head_by_subject");

/// A file with what a log needs at least: the bytes by position, and each subject's head.
pub(crate) struct RawFile {
    database: Database,
    last: u64,
}

impl RawFile {
    /// Makes the file.
    pub(crate) fn create(path: &Path) -> Outcome<Self> {
        let mut builder = Database::builder();
        builder.set_cache_size(64 * 1024 * 1024);
        let database = builder.create(path)?;
        let transaction = database.begin_write()?;
        transaction.open_table(BODY_BY_POSITION)?;
        transaction.open_table(HEAD_BY_SUBJECT)?;
        transaction.commit()?;
        Ok(Self { database, last: 0 })
    }

    /// Stores the commits, `group` of them in a transaction, each transaction to the disk before
    /// the next. A subject's head is looked up as an expectation would be.
    pub(crate) fn store(&mut self, commits: &[Commit], group: usize) -> Outcome<Sample> {
        let mut sample = Sample::empty();
        let begun = Instant::now();
        for group in commits.chunks(group) {
            let sent = Instant::now();
            let mut transaction = self.database.begin_write()?;
            transaction.set_durability(Durability::Immediate)?;
            {
                let mut bodies = transaction.open_table(BODY_BY_POSITION)?;
                let mut heads = transaction.open_table(HEAD_BY_SUBJECT)?;
                for write in group.iter().flat_map(|commit| &commit.writes) {
                    let head = heads.get(write.subject.as_str())?.map_or(0, |head| head.value());
                    if head > self.last {
                        return Err(failure("a head lies beyond the last position"));
                    }
                    self.last += 1;
                    bodies.insert(self.last, write.body.as_ref())?;
                    heads.insert(write.subject.as_str(), self.last)?;
                }
            }
            transaction.commit()?;
            sample.record(sent.elapsed(), group.len() as u64);
        }
        sample.elapsed = begun.elapsed();
        Ok(sample)
    }
}
