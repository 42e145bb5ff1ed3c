//! Every table of the read model: the one place that says what lies where.
//!
//! Things are named by *ordinals*: small numbers, given to each id at its first mention in the
//! log, counted by sort of thing. They never change within a file, ascend with age and make index
//! keys a fifth as long as ids would. All multi-byte numbers in keys are big-endian, so that the
//! order of the bytes is the order of the values; [`crate::store::key`] builds and reads the keys. Every
//! row begins with a version byte. A table is written by the projector's flush alone.

use itam_domain::AggregateKind;
use redb::TableDefinition;

use crate::store::layout::Layout;
use crate::store::table::Table;

/// A set of keys of `N` bytes: an index.
pub(crate) type KeySet<const N: usize> = TableDefinition<'static, &'static [u8; N], ()>;
/// A set of keys of any length: an index over text.
pub(crate) type TextSet = TableDefinition<'static, &'static [u8], ()>;

/// The version of this file's tables, keys and rows. A file of another version is built anew.
pub const SCHEMA_VERSION: u32 = 11;

/// Key: a name. Value: `schema` (u32), `catalog` (the known event types), `tenant`, `checkpoint`
/// (position, hash of the message there), `ordinals` (of each sort, its code and the next one),
/// `earliest` (when the first thing happened, ms), `projected` (for each projection, the last position at
/// which something changed for it). Of a file of another schema only `schema` is read.
/// Because rows and checkpoint commit together. Read when opening and on every snapshot.
pub(crate) const META_BY_NAME: TableDefinition<'static, &'static str, &'static [u8]> =
    TableDefinition::new("meta_by_name");

/// Key: sort, id. Value: ordinal. The way in from outside, where everything has an id.
pub(crate) const ORDINAL_BY_ID: TableDefinition<'static, &'static [u8; 17], u32> =
    TableDefinition::new("ordinal_by_id");

/// Key: sort, ordinal. Value: id. The way out, for ids in asset rows; assets themselves are not
/// in it, since their row holds the id.
pub(crate) const ID_BY_ORDINAL: TableDefinition<'static, &'static [u8; 5], &'static [u8; 16]> =
    TableDefinition::new("id_by_ordinal");

/// Key: the asset's ordinal. Value: the asset row (postcard). Everything that an asset's page,
/// a list and an export show.
pub(crate) const ASSET_BY_ORDINAL: TableDefinition<'static, u32, &'static [u8]> =
    TableDefinition::new("asset_by_ordinal");

/// Key: facet, value, block. Value: which of the block's 4,096 neighbors have the value (see
/// [`crate::primitive::block`]). The filters: a posting list of each value, ascending by age, that is compared
/// with others 64 assets at a time.
pub(crate) const BLOCK_BY_FACET: TableDefinition<'static, &'static [u8; 9], &'static [u8]> =
    TableDefinition::new("block_by_facet");

/// Key: order, sort value, asset. The order of the last change, and the worklists, which hold
/// only their present members in the order that matters to whoever works them off.
pub(crate) const ASSET_BY_ORDER: KeySet<13> = TableDefinition::new("asset_by_order");

/// Key: normalized tag, 0, asset. The asset of a tag, and the order of tags; assets without one
/// stand at the end, under a byte that no text begins with.
pub(crate) const ASSET_BY_TAG: TextSet = TableDefinition::new("asset_by_tag");

/// Key: normalized serial number, 0, asset. The asset of a serial number.
pub(crate) const ASSET_BY_SERIAL: TextSet = TableDefinition::new("asset_by_serial");

/// Key: token, 0, asset. Full text over name and notes, and the inner parts of tag and serial
/// number (their beginnings are found in the two tables above).
pub(crate) const ASSET_BY_TOKEN: TextSet = TableDefinition::new("asset_by_token");

/// Key: sort, ordinal. Value: the row (JSON) of anything but an asset: there are few, and they
/// are read whole.
pub(crate) const RECORD_BY_ORDINAL: TableDefinition<'static, &'static [u8; 5], &'static [u8]> =
    TableDefinition::new("record_by_ordinal");

/// Key: sort, order, place in it, ordinal. The orders of records: by name (normalized, 0), by age (effective
/// time), by last change (position), and their worklists, which hold only their present members (day or
/// instant; where single lines wait, also ordinal and line). The purchase order of a number is in the first.
pub(crate) const RECORD_BY_ORDER: TextSet = TableDefinition::new("record_by_order");

/// Key: sort, token, 0, ordinal. Full text over records. Assets are found through the facet of a model or
/// location that has a word, so that a change of name touches one row and not a hundred thousand.
pub(crate) const RECORD_BY_TOKEN: TextSet = TableDefinition::new("record_by_token");

/// Key: sort, ordinal, position. Which events concern a thing; their bodies stay in the log.
pub(crate) const POSITION_BY_SUBJECT: KeySet<13> = TableDefinition::new("position_by_subject");

/// Key: dimensions, kind, location, department, state. Value: the number of assets there and what
/// they cost (postcard), for every choice of dimensions, so that a summary adds up a dozen rows
/// and never counts assets.
pub(crate) const TOTAL_BY_GROUP: TableDefinition<'static, &'static [u8; 11], &'static [u8]> =
    TableDefinition::new("total_by_group");

/// Key: position. Value: why the event there was not applied (JSON). Nothing is skipped silently.
pub(crate) const PARKED_BY_POSITION: TableDefinition<'static, u64, &'static [u8]> =
    TableDefinition::new("parked_by_position");

/// Key: asset, position of the first version in the row; of the last row of an asset the greatest
/// position. Value: a chapter of versions (see [`crate::register::version`]). What an asset was at any moment. Written by the flush, read by questions
/// about a moment and for the sake of corrections.
pub(crate) const VERSIONS_BY_ASSET: TableDefinition<'static, &'static [u8; 12], &'static [u8]> =
    TableDefinition::new("versions_by_asset");

/// Key: sort, ordinal, position. Value: from when on it holds (ms, big-endian), how far back it speaks (see
/// [`crate::register::plain_versions`]), and the row as in `RECORD_BY_ORDINAL`. What anything but an asset was at any moment.
pub(crate) const VERSION_BY_RECORD: TableDefinition<'static, &'static [u8; 13], &'static [u8]> =
    TableDefinition::new("version_by_record");

/// Key: number of a run of 256 positions. Value: when each of them was stored, and which asset's
/// event it is (see [`crate::register::chronicle`]). What was known at an instant, and the order of changes as
/// it was at a moment.
pub(crate) const CHRONICLE_BY_RUN: TableDefinition<'static, u64, &'static [u8]> =
    TableDefinition::new("chronicle_by_run");

/// Key: index, a key that it once held. What bore a tag, a serial number, a word, a name, or stood
/// on a worklist, and does no more (see [`crate::register::past_keys`]). Lists and searches at a moment.
pub(crate) const FORMER_KEY: TextSet = TableDefinition::new("former_key");

/// Key: facet, value, block, and from the second segment of a list on the effective time and the
/// position with which it begins. Value: a segment of the list (see [`crate::primitive::dated`]). Who had a
/// value at any moment, and what assets cost and records amount to: lists, worklists and
/// summaries at a moment; totals of records now, too.
pub(crate) const DATED_BY_FACET: TableDefinition<'static, &'static [u8], &'static [u8]> =
    TableDefinition::new("dated_by_facet");

/// Key: audit, sort, ordinal of the asset or of the finding itself. Value: the finding (postcard).
/// What an audit expects and found. Written by the flush: all expected assets at the audit's start, as
/// they were at its position.
pub(crate) const FINDING_BY_AUDIT: TableDefinition<'static, &'static [u8; 9], &'static [u8]> =
    TableDefinition::new("finding_by_audit");

/// Key: as in `FINDING_BY_AUDIT`, then a position. Value: as in `VERSION_BY_RECORD`, with the
/// finding as an event made it. What an audit had found at any moment; a finding without a version that
/// counts then is as the start expected it.
pub(crate) const VERSION_BY_FINDING: TableDefinition<'static, &'static [u8; 17], &'static [u8]> =
    TableDefinition::new("version_by_finding");

/// Key: audit, verdict, whether nothing is left to do about it, sort, ordinal. The list of what is
/// left to settle.
pub(crate) const FINDING_BY_VERDICT: KeySet<11> = TableDefinition::new("finding_by_verdict");

/// Key: audit. Value: how many findings there are by verdict, and what is missing has cost (postcard),
/// so that nothing is counted when it is asked.
pub(crate) const COUNTS_BY_AUDIT: TableDefinition<'static, u32, &'static [u8]> =
    TableDefinition::new("counts_by_audit");

/// The read model that every kind of thing is in, with all that it is found by.
pub(crate) static REGISTER: Layout = Layout {
    name: "inventory",
    pointer: "CURRENT",
    schema: SCHEMA_VERSION,
    reads: AggregateKind::ALL,
    tables: TABLES,
};

const TABLES: &[&dyn Table] = &[
    &META_BY_NAME,
    &ORDINAL_BY_ID,
    &ID_BY_ORDINAL,
    &ASSET_BY_ORDINAL,
    &BLOCK_BY_FACET,
    &ASSET_BY_ORDER,
    &ASSET_BY_TAG,
    &ASSET_BY_SERIAL,
    &ASSET_BY_TOKEN,
    &RECORD_BY_ORDINAL,
    &RECORD_BY_ORDER,
    &RECORD_BY_TOKEN,
    &POSITION_BY_SUBJECT,
    &TOTAL_BY_GROUP,
    &PARKED_BY_POSITION,
    &VERSIONS_BY_ASSET,
    &VERSION_BY_RECORD,
    &CHRONICLE_BY_RUN,
    &FORMER_KEY,
    &DATED_BY_FACET,
    &FINDING_BY_AUDIT,
    &VERSION_BY_FINDING,
    &FINDING_BY_VERDICT,
    &COUNTS_BY_AUDIT,
];
