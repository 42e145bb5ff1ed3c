//! The events of one flush, folded in memory: rows are read through to the file once, changed any
//! number of times, and written back once. Live, catching up and building anew go this one way.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use itam_domain::asset::{AssetEvent, Custodian};
use itam_domain::audit_campaign::AuditCampaignEvent;
use itam_domain::audit_finding::{AuditFindingEvent, FindingSubject};
use itam_domain::course::EffectiveReach;
use itam_domain::{AggregateKind, Envelope, Event};

use crate::kinds::asset::change::{change, concerned};
use crate::kinds::asset::course as asset_course;
use crate::kinds::asset::features::features;
use crate::kinds::asset::index::{AssetEntries, left_by};
use crate::kinds::asset::record::AssetRecord;
use crate::kinds::asset::row as asset_row;
use crate::kinds::audit::batch::{AuditBatch, all_assets};
use crate::kinds::record::change::{self as record_change, book_receipt, receipt};
use crate::kinds::record::course as record_course;
use crate::kinds::record::definition::Record;
use crate::kinds::record::describe::Description;
use crate::kinds::record::index::{
    RecordEntries, describe, features as record_features, left_by as record_left_by,
};
use crate::kinds::record::row as record_row;
use crate::primitive::dated::{List, Mark};
use crate::projection::declaration::Thing;
use crate::projection::marks::ProjectedMarks;
use crate::register::base::Base;
use crate::register::chronicle::ChronicleLine;
use crate::register::correction_marks::marks_of_correction;
use crate::register::features::{Features, Value, marks_forward, marks_forward_unresolved, resolve};
use crate::register::heading::Heading;
use crate::register::moment::Moment;
use crate::register::plain_versions::HeldVersion;
use crate::register::version::Version;
use crate::store::error::{During, Result};
use crate::store::key::{Facet, Ordinal, record_key, subject_key};
use crate::store::ordinals::Ordinals;
use crate::store::parked::Parked;

const READING: &str = "reading rows to change";

/// An asset that the batch touched.
pub(crate) struct TouchedAsset {
    /// What the indexes of the file hold of it; `None` if the file does not know it.
    pub(crate) before: Option<AssetEntries>,
    /// What it is now; `None` if it was only mentioned.
    pub(crate) record: Option<AssetRecord>,
    /// From when on its last version holds.
    latest: Option<i64>,
    /// What dated lists keep of its last version.
    features: Option<Features>,
    /// The versions that the batch added.
    pub(crate) versions: Vec<Version>,
}

/// A record that the batch touched.
pub(crate) struct TouchedRecord {
    pub(crate) before: Option<RecordEntries>,
    /// The values that the file's lists have it under.
    pub(crate) values: Vec<(Facet, u32)>,
    pub(crate) record: Option<Record>,
    /// From when on its last version holds.
    latest: Option<i64>,
    /// The versions that the batch added.
    pub(crate) versions: Vec<HeldVersion>,
}

/// What the events since the last flush made of the rows.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) assets: HashMap<Ordinal, TouchedAsset>,
    pub(crate) records: HashMap<(AggregateKind, Ordinal), TouchedRecord>,
    /// What stands at each position.
    pub(crate) chronicle: Vec<ChronicleLine>,
    /// The marks that events leave in dated lists.
    pub(crate) marks: Vec<(List, Mark)>,
    /// The marks that they leave in those of the projections.
    pub(crate) projected: ProjectedMarks,
    /// The keys that events took out of indexes.
    pub(crate) past_keys: Vec<Vec<u8>>,
    /// When the first thing of the batch happened.
    pub(crate) earliest: Option<i64>,
    pub(crate) positions: Vec<[u8; 13]>,
    pub(crate) audits: AuditBatch,
    pub(crate) parked: Vec<(u64, Parked)>,
}

/// Where an event stands.
#[derive(Clone, Copy)]
pub(crate) struct EventPlace {
    pub(crate) position: u64,
    pub(crate) stored_at: DateTime<Utc>,
}

impl Batch {
    /// Counts a message that changes nothing, for the position's sake.
    pub(crate) fn pass(&mut self, place: EventPlace) {
        self.enter(place, None);
    }

    fn enter(&mut self, place: EventPlace, change: Option<(Ordinal, i64)>) {
        let stored = place.stored_at.timestamp_millis();
        self.chronicle.push(ChronicleLine { position: place.position, stored, change });
    }

    /// Applies one event. An event of a thing that never came to be is parked.
    pub(crate) fn apply(
        &mut self,
        base: &Base,
        ordinals: &mut Ordinals,
        place: EventPlace,
        envelope: &Envelope,
    ) -> Result<()> {
        let kind = envelope.aggregate.kind;
        if kind != envelope.event.aggregate_kind() {
            self.pass(place);
            self.park(place, envelope, "its subject is another sort of thing than its type says");
            return Ok(());
        }
        let ordinal = ordinals.give(&base.ordinals, kind, envelope.aggregate.id)?;
        if self.parks_copy(base, ordinals, ordinal, place, envelope)? {
            return Ok(());
        }
        self.positions.push(subject_key(kind, ordinal, place.position));
        let held_from = match &envelope.event {
            Event::Asset(event) => self.apply_asset(base, ordinals, ordinal, place, envelope, event)?,
            Event::AuditFinding(event) => {
                self.apply_finding(base, ordinals, ordinal, place, (envelope, event))?
            }
            _ => self.apply_record(base, ordinals, ordinal, place, envelope)?,
        };
        let is_asset = kind == AggregateKind::Asset;
        self.enter(place, held_from.filter(|_| is_asset).map(|held_from| (ordinal, held_from)));
        match held_from {
            None => self.park(place, envelope, "nothing before it brought the thing into being"),
            Some(held_from) => {
                let first = self.earliest.map_or(held_from, |first| first.min(held_from));
                self.earliest = Some(first);
            }
        }
        Ok(())
    }

    pub(crate) fn park(&mut self, place: EventPlace, envelope: &Envelope, reason: &str) {
        let event_type = envelope.event.event_type().name.to_owned();
        let parked = Parked { event_type, reason: reason.to_owned(), seen_at: place.stored_at };
        self.parked.push((place.position, parked));
    }

    /// Says from when on the version holds that the event made; `None` if there is nothing that it
    /// could change.
    fn apply_asset(
        &mut self,
        base: &Base,
        ordinals: &mut Ordinals,
        ordinal: Ordinal,
        place: EventPlace,
        envelope: &Envelope,
        event: &AssetEvent,
    ) -> Result<Option<i64>> {
        let touched = self.asset(base, ordinals, ordinal)?;
        let before = touched.record.clone();
        touched.record = change(touched.record.take(), envelope, event, place.position);
        let Some(record) = &touched.record else {
            return Ok(None);
        };
        ordinals.give_all(&base.ordinals, record)?;
        let heading = Heading::of(envelope, place.position, touched.latest);
        let ordinal_of = |kind, id| ordinals.known(&base.ordinals, kind, id);
        touched.versions.push(asset_row::encode_version(heading, record, &ordinal_of)?);
        touched.latest = Some(heading.effective);
        let (after, mut marks, mut projected) =
            (features(record, &ordinal_of)?, Vec::new(), ProjectedMarks::default());
        if heading.reach == EffectiveReach::Own {
            let since = (heading.effective, heading.position);
            marks_forward(touched.features.as_ref(), &after, ordinal, since, &mut marks);
            let change = (before.as_ref().map(Thing::Asset), Thing::Asset(record));
            projected.add_forward(AggregateKind::Asset, change, ordinal, since, &ordinal_of)?;
        } else {
            let mut versions = base.versions.between(ordinal, 0, u64::MAX)?;
            versions.extend_from_slice(&touched.versions);
            let id_of = |kind, ordinal| ordinals.id(&base.ordinals, kind, ordinal);
            let courses = asset_course::courses(&versions, &id_of)?;
            let of = |record: &AssetRecord| features(record, &ordinal_of);
            marks_of_correction(&courses, ordinal, place.position, of, &mut marks)?;
            projected.add_correction(AggregateKind::Asset, &courses, ordinal, place.position, &ordinal_of)?;
        }
        touched.features = Some(after);
        let left = before.as_ref().map(|before| left_by(before, record, ordinal));
        self.past_keys.extend(left.into_iter().flatten());
        self.marks.extend(marks);
        self.projected.append(projected);
        let held_by = before.and_then(|before| before.asset.custodian());
        for custodian in concerned(event, held_by).into_iter().flatten() {
            self.note(base, ordinals, custodian, place.position)?;
        }
        Ok(Some(heading.effective))
    }

    fn note(
        &mut self,
        base: &Base,
        ordinals: &mut Ordinals,
        custodian: Custodian,
        position: u64,
    ) -> Result<()> {
        let (kind, ordinal) = ordinals.give_custodian(&base.ordinals, custodian)?;
        self.positions.push(subject_key(kind, ordinal, position));
        Ok(())
    }

    fn apply_record(
        &mut self,
        base: &Base,
        ordinals: &mut Ordinals,
        ordinal: Ordinal,
        place: EventPlace,
        envelope: &Envelope,
    ) -> Result<Option<i64>> {
        let kind = envelope.aggregate.kind;
        let touched = self.record(base, ordinals, kind, ordinal)?;
        let before = touched.record.clone();
        touched.record = record_change::change(touched.record.take(), envelope, place.position);
        let arrived = match (&touched.record, &envelope.event) {
            (Some(Record::PurchaseOrder(order)), Event::PurchaseOrder(event)) => receipt(order, event),
            (Some(Record::Audit(audit)), Event::AuditCampaign(AuditCampaignEvent::Started(_))) => {
                let campaign = audit.campaign.clone();
                let moment = campaign.as_of().map(|day| Moment::at_end_of(day, place.position));
                let id_of = |kind, ordinal| ordinals.id(&base.ordinals, kind, ordinal);
                let assets = all_assets(&base.assets, &base.versions, id_of, moment)?;
                self.audits.freeze(ordinal, &campaign, assets)?;
                None
            }
            (Some(_), _) => None,
            (None, _) => return Ok(None),
        };
        let held_from =
            self.keep_version((base, ordinals), (kind, ordinal), place, envelope, before.as_ref())?;
        if let Some((line, pieces)) = arrived {
            let id = line.requisition_id.0;
            let requisition = ordinals.give(&base.ordinals, AggregateKind::Requisition, id)?;
            let touched = self.record(base, ordinals, AggregateKind::Requisition, requisition)?;
            let before = touched.record.clone();
            if let Some(Record::Requisition(record)) = &mut touched.record {
                book_receipt(record, line.line, pieces);
                let key = (AggregateKind::Requisition, requisition);
                self.keep_version((base, ordinals), key, place, envelope, before.as_ref())?;
            }
        }
        Ok(Some(held_from))
    }

    /// Says when it happened; `None` if there is no audit that it could belong to.
    fn apply_finding(
        &mut self,
        base: &Base,
        ordinals: &mut Ordinals,
        ordinal: Ordinal,
        place: EventPlace,
        (envelope, event): (&Envelope, &AuditFindingEvent),
    ) -> Result<Option<i64>> {
        let (campaign, subject, _) = event.finding();
        let (kind, id) = (AggregateKind::AuditCampaign, campaign.0);
        let audit = ordinals.give(&base.ordinals, kind, id)?;
        let touched = self.record(base, ordinals, kind, audit)?;
        if !matches!(&touched.record, Some(Record::Audit(audit)) if audit.started.is_some()) {
            return Ok(None);
        }
        self.positions.push(subject_key(kind, audit, place.position));
        let about = match subject {
            FindingSubject::Asset(id) => {
                (AggregateKind::Asset, ordinals.give(&base.ordinals, AggregateKind::Asset, id.0)?)
            }
            FindingSubject::Tag(_) | FindingSubject::Serial(_) => (AggregateKind::AuditFinding, ordinal),
        };
        self.audits.apply(&base.audits, audit, about, (envelope, event), place.position)?;
        Ok(Some(envelope.effective_at.timestamp_millis()))
    }

    /// Keeps what a record is after an event, and says from when on it is so.
    fn keep_version(
        &mut self,
        (base, ordinals): (&Base, &mut Ordinals),
        key: (AggregateKind, Ordinal),
        place: EventPlace,
        envelope: &Envelope,
        before: Option<&Record>,
    ) -> Result<i64> {
        let effective = envelope.effective_at.timestamp_millis();
        let Some(touched) = self.records.get_mut(&key) else { return Ok(effective) };
        let Some(record) = &touched.record else { return Ok(effective) };
        let heading = Heading::of(envelope, place.position, touched.latest);
        touched.latest = Some(heading.effective);
        touched.versions.push((heading, record_row::encode(record)?));
        let (was, is) = (before.map(describe), describe(record));
        for (_, value) in is.values() {
            if let Value::Thing(kind, id) = value {
                ordinals.give(&base.ordinals, kind, id)?;
            }
        }
        let ordinal_of = |kind, id| ordinals.known(&base.ordinals, kind, id);
        let left = |was: &Description| record_left_by(key.0, (was, &is), key.1);
        self.past_keys.extend(was.as_ref().map(left).into_iter().flatten());
        let features = |found: &Description| record_features(key.0, found);
        if heading.reach == EffectiveReach::Own {
            let since = (heading.effective, heading.position);
            let change = (before.map(Thing::Record), Thing::Record(record));
            self.projected.add_forward(key.0, change, key.1, since, &ordinal_of)?;
            let was = was.as_ref().map(features).unwrap_or_default();
            marks_forward_unresolved(&was, &features(&is), key.1, since, &ordinal_of, &mut self.marks)?;
            return Ok(heading.effective);
        }
        let mut versions = base.versions_of_record(key.0, key.1)?;
        versions.extend_from_slice(&touched.versions);
        let courses = record_course::courses(&versions)?;
        let of = |record: &Record| features(&describe(record)).resolve(&ordinal_of);
        marks_of_correction(&courses, key.1, heading.position, of, &mut self.marks)?;
        self.projected.add_correction(key.0, &courses, key.1, heading.position, &ordinal_of)?;
        // What was set right may have stood under keys that no version had.
        let [_, course] = &courses;
        for stretch in course.stretches() {
            self.past_keys.extend(left(&describe(&stretch.thing)));
        }
        Ok(heading.effective)
    }

    pub(crate) fn asset(
        &mut self,
        base: &Base,
        ordinals: &Ordinals,
        ordinal: Ordinal,
    ) -> Result<&mut TouchedAsset> {
        use std::collections::hash_map::Entry;
        match self.assets.entry(ordinal) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let row = base.assets.get(ordinal).during(READING)?;
                let id_of = |kind, ordinal| ordinals.id(&base.ordinals, kind, ordinal);
                let record = row.map(|row| asset_row::decode(row.value(), &id_of)).transpose()?;
                let ordinal_of = |kind, id| ordinals.known(&base.ordinals, kind, id);
                let before = record.as_ref().map(|record| AssetEntries::of(record, ordinal, &ordinal_of));
                let (before, versions) = (before.transpose()?, Vec::new());
                let latest = if record.is_some() { base.versions.latest(ordinal)? } else { None };
                let features = record.as_ref().map(|record| features(record, &ordinal_of)).transpose()?;
                Ok(entry.insert(TouchedAsset { before, record, latest, features, versions }))
            }
        }
    }

    pub(crate) fn record(
        &mut self,
        base: &Base,
        ordinals: &Ordinals,
        kind: AggregateKind,
        ordinal: Ordinal,
    ) -> Result<&mut TouchedRecord> {
        use std::collections::hash_map::Entry;
        match self.records.entry((kind, ordinal)) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let key = record_key(kind, ordinal);
                let row = base.records.get(&key).during(READING)?;
                let record = row.map(|row| record_row::decode(row.value())).transpose()?;
                let found = record.as_ref().map(describe);
                let before = found.as_ref().map(|found| RecordEntries::of(kind, found, ordinal));
                let latest = base.latest_of_record(kind, ordinal)?;
                let ordinal_of = |kind, id| ordinals.known(&base.ordinals, kind, id);
                let values = found.map_or(Ok(Vec::new()), |found| resolve(&found.values(), &ordinal_of))?;
                Ok(entry.insert(TouchedRecord { before, values, record, latest, versions: Vec::new() }))
            }
        }
    }
}
