//! The file as it was after the last flush: what a batch reads through to.

use itam_domain::AggregateKind;
use redb::{ReadOnlyTable, ReadTransaction};

use crate::kinds::audit::batch::AuditTables;
use crate::register::plain_versions::{self, HeldVersion, VersionTable};
use crate::register::version::Versions;
use crate::store::error::{During, READING, Result};
use crate::store::key::{Ordinal, subject_key};
use crate::store::ordinals::OrdinalTables;
use crate::store::tables::{ASSET_BY_ORDINAL, RECORD_BY_ORDINAL, VERSION_BY_RECORD};

/// The file as it was after the last flush.
pub(crate) struct Base {
    pub(crate) ordinals: OrdinalTables,
    pub(crate) assets: ReadOnlyTable<u32, &'static [u8]>,
    pub(crate) records: ReadOnlyTable<&'static [u8; 5], &'static [u8]>,
    pub(crate) versions: Versions,
    record_versions: VersionTable<13>,
    pub(crate) audits: AuditTables,
}

impl Base {
    pub(crate) fn open(transaction: &ReadTransaction) -> Result<Self> {
        Ok(Self {
            ordinals: OrdinalTables::open(transaction)?,
            assets: transaction.open_table(ASSET_BY_ORDINAL).during(READING)?,
            records: transaction.open_table(RECORD_BY_ORDINAL).during(READING)?,
            versions: Versions::open(transaction)?,
            audits: AuditTables::open(transaction)?,
            record_versions: transaction.open_table(VERSION_BY_RECORD).during(READING)?,
        })
    }

    /// From when on the last version of a record holds.
    pub(crate) fn latest_of_record(&self, kind: AggregateKind, ordinal: Ordinal) -> Result<Option<i64>> {
        let (low, high) = (subject_key(kind, ordinal, 0), subject_key(kind, ordinal, u64::MAX));
        plain_versions::latest(&self.record_versions, (&low, &high))
    }

    /// All versions of a record, oldest first.
    pub(crate) fn versions_of_record(
        &self,
        kind: AggregateKind,
        ordinal: Ordinal,
    ) -> Result<Vec<HeldVersion>> {
        let (low, high) = (subject_key(kind, ordinal, 0), subject_key(kind, ordinal, u64::MAX));
        plain_versions::all(&self.record_versions, (&low, &high))
    }
}
