//! Under which keys an asset stands in the indexes: a function of its record alone, so that an
//! index is right exactly if it equals what this gives for every row.

use chrono::{DateTime, Utc};
use itam_domain::asset::{Acceptance, Stage};
use itam_domain::vocabulary::AssetState;
use itam_domain::{AggregateKind, normalize};

use crate::kinds::asset::record::AssetRecord;
use crate::kinds::asset::row::OrdinalOf;
use crate::primitive::token::{clip, ending, inner_tokens, tokens};
use crate::primitive::totals::{CellTotal, TotalsCell};
use crate::register::past_keys::{Index, past_key};
use crate::store::error::Result;
use crate::store::key::{
    AssetOrder, Facet, Ordinal, custody_facet, facet_key, kind_code, order_key, sort_day, sort_instant,
    text_key, untagged_key,
};

/// Everything that the indexes hold of one asset.
#[derive(Debug, PartialEq)]
pub(crate) struct AssetEntries {
    pub(crate) facets: Vec<[u8; 9]>,
    pub(crate) orders: Vec<[u8; 13]>,
    pub(crate) tag: Vec<u8>,
    pub(crate) serial: Option<Vec<u8>>,
    pub(crate) tokens: Vec<Vec<u8>>,
    pub(crate) cell: TotalsCell,
    pub(crate) tally: CellTotal,
}

impl AssetEntries {
    /// The entries of the asset with this ordinal.
    pub(crate) fn of(record: &AssetRecord, ordinal: Ordinal, ordinal_of: OrdinalOf<'_>) -> Result<Self> {
        let facts = &record.asset.facts;
        let refer = |kind, id: Option<uuid::Uuid>| id.map(|id| ordinal_of(kind, id)).transpose();
        let location = refer(AggregateKind::Location, facts.location_id.map(|id| id.0))?;
        let department = refer(AggregateKind::Department, facts.department_id.map(|id| id.0))?;
        let values = facet_values(record, ordinal_of)?;
        Ok(Self {
            facets: values.into_iter().map(|(facet, value)| facet_key(facet, value, ordinal)).collect(),
            orders: orders(record).into_iter().map(|(order, sort)| order_key(order, sort, ordinal)).collect(),
            tag: tag_key(record, ordinal),
            serial: facts
                .serial
                .as_ref()
                .map(|serial| text_key(clip(&normalize(serial.0.as_str())), ordinal)),
            tokens: asset_tokens(record).iter().map(|token| text_key(token, ordinal)).collect(),
            cell: TotalsCell::of(record, location, department),
            tally: CellTotal::of(record),
        })
    }
}

/// The values by which an asset is filtered.
pub(crate) fn facet_values(record: &AssetRecord, ordinal_of: OrdinalOf<'_>) -> Result<Vec<(Facet, u32)>> {
    let facts = &record.asset.facts;
    let mut found = vec![
        (Facet::State, record.state() as u32),
        (Facet::Kind, u32::from(kind_code(facts.kind, facts.hardware_kind))),
    ];
    let referred = [
        Some((Facet::Model, AggregateKind::AssetModel, facts.model_id.0)),
        facts.location_id.map(|id| (Facet::Location, AggregateKind::Location, id.0)),
        facts.department_id.map(|id| (Facet::Department, AggregateKind::Department, id.0)),
        facts.project_id.map(|id| (Facet::Project, AggregateKind::Project, id.0)),
        record.asset.custodian().map(custody_facet),
        facts.vendor_id.map(|id| (Facet::Vendor, AggregateKind::Vendor, id.0)),
        facts
            .order_line
            .map(|line| (Facet::PurchaseOrder, AggregateKind::PurchaseOrder, line.purchase_order_id.0)),
    ];
    for (facet, kind, id) in referred.into_iter().flatten() {
        found.push((facet, ordinal_of(kind, id)?));
    }
    Ok(found)
}

/// The tokens of the asset itself that are not the beginning of its tag or serial number, and the end of the latter.
fn asset_tokens(record: &AssetRecord) -> Vec<String> {
    let facts = &record.asset.facts;
    let mut found = Vec::new();
    if let Some(tag) = &facts.tag {
        found.extend(inner_tokens(tag.0.as_str()));
    }
    if let Some(serial) = &facts.serial {
        found.extend(inner_tokens(serial.0.as_str()));
        found.extend(ending(serial.0.as_str()));
    }
    if let Some(name) = &facts.name {
        found.extend(tokens(name.as_str()));
    }
    if let Some(notes) = &facts.notes {
        found.extend(tokens(notes.as_str()));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Where the asset stands in the order of tags.
pub(crate) fn tag_key(record: &AssetRecord, ordinal: Ordinal) -> Vec<u8> {
    match &record.asset.facts.tag {
        Some(tag) => text_key(&tag.normalized(), ordinal),
        None => untagged_key(ordinal),
    }
}

/// The keys of an asset in the indexes over text, as [`crate::register::past_keys`] has them.
pub(crate) fn text_keys(record: &AssetRecord, ordinal: Ordinal) -> Vec<Vec<u8>> {
    let mut found = vec![past_key(Index::Tag, &tag_key(record, ordinal))];
    if let Some(serial) = &record.asset.facts.serial {
        let key = text_key(clip(&normalize(serial.0.as_str())), ordinal);
        found.push(past_key(Index::Serial, &key));
    }
    let tokens = asset_tokens(record);
    found.extend(tokens.iter().map(|token| past_key(Index::Token, &text_key(token, ordinal))));
    found
}

/// The last change, and the worklists the asset is on, with what they are sorted by.
pub(crate) fn orders(record: &AssetRecord) -> Vec<(AssetOrder, u64)> {
    let mut found = vec![(AssetOrder::Changed, record.changed.position)];
    let or_first =
        |since: Option<DateTime<Utc>>| sort_instant(since.unwrap_or(record.registered.effective_at));
    if let Stage::Deployed(custody) = &record.asset.stage {
        if let Some(due) = custody.due_back_on {
            found.push((AssetOrder::DueBack, sort_day(due)));
        }
        if custody.acceptance == Acceptance::Pending {
            found.push((AssetOrder::PendingAcceptance, or_first(record.custody_since)));
        }
        if custody.acceptance == Acceptance::Declined {
            found.push((AssetOrder::DeclinedCustody, or_first(record.custody_since)));
        }
    }
    if let (Stage::InMaintenance, Some(maintenance)) = (&record.asset.stage, &record.maintenance) {
        found.push((AssetOrder::InMaintenance, sort_instant(maintenance.since)));
    }
    if let (Stage::Missing, Some(loss)) = (&record.asset.stage, &record.loss) {
        found.push((AssetOrder::Missing, sort_instant(loss.since)));
    }
    if record.asset.reservation.is_some() {
        found.push((AssetOrder::Reserved, or_first(record.reserved_since)));
    }
    let held_since = record.holds.iter().map(|hold| hold.since).min();
    if let (Some(since), false) = (held_since, record.asset.is_ended()) {
        found.push((AssetOrder::OnHold, sort_instant(since)));
    }
    if matches!(record.state(), AssetState::InStock | AssetState::Deployed) {
        found.push((AssetOrder::Unverified, or_first(record.verified_at)));
        if record.verified_at.is_none() {
            found.push((AssetOrder::NeverVerified, or_first(None)));
        }
    }
    if !record.asset.is_ended() && record.state() != AssetState::Retired {
        let facts = &record.asset.facts;
        found.extend(facts.warranty_until.map(|day| (AssetOrder::WarrantyEnd, sort_day(day))));
        found.extend(facts.end_of_life_on.map(|day| (AssetOrder::EndOfLife, sort_day(day))));
    }
    found
}

/// The keys that an event took out of the indexes of assets, in which `before` stood and `after`
/// does not.
pub(crate) fn left_by(before: &AssetRecord, after: &AssetRecord, ordinal: Ordinal) -> Vec<Vec<u8>> {
    let mut left = Vec::new();
    let (old, new) = (&before.asset.facts, &after.asset.facts);
    let is_same_text =
        old.tag == new.tag && old.serial == new.serial && old.name == new.name && old.notes == new.notes;
    if !is_same_text {
        let kept = text_keys(after, ordinal);
        left.extend(text_keys(before, ordinal).into_iter().filter(|key| !kept.contains(key)));
    }
    let kept = orders(after);
    // The order of changes at a moment is told by the chronicle.
    let gone =
        orders(before).into_iter().filter(|entry| entry.0 != AssetOrder::Changed && !kept.contains(entry));
    left.extend(gone.map(|(order, sort)| past_key(Index::Order, &order_key(order, sort, ordinal))));
    left
}
