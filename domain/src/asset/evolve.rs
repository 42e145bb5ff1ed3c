//! How an asset changes by what has happened. Never refuses: facts cannot be refused.

use std::collections::BTreeSet;

use super::event::{AssetDeployed, AssetEvent, AssetReassigned, AssetShipped, AssetTagged};
use super::facts::{AssetFacts, Custodian, FactChange};
use super::state::{Acceptance, Asset, Custody, Reservation, Sanitization, Stage};
use crate::aggregate::AggregateState;
use crate::ids::AssetId;
use crate::key::KeyKind;
use crate::master::LocationId;
use crate::unique_label::UniqueLabel;
use crate::vocabulary::{AcceptanceRule, Condition, SanitizationMethod};

impl AggregateState for Asset {
    type Id = AssetId;
    type Event = AssetEvent;

    const NOUN: &'static str = "asset";
    const KEYS: &'static [KeyKind] = &[KeyKind::TAG, KeyKind::SERIAL];

    /// An event before the asset's first leaves it unknown.
    fn evolve(id: AssetId, asset: Option<Self>, event: &AssetEvent, _actor: &str) -> Option<Self> {
        if let Some((facts, stage)) = entrance(event) {
            return Some(enter(id, facts, stage));
        }
        let mut asset = asset?;
        change(&mut asset, event);
        Some(asset)
    }

    fn labels(&self) -> BTreeSet<UniqueLabel> {
        if self.is_ended() {
            return BTreeSet::new();
        }
        let maker = self.facts.manufacturer.as_ref().map(crate::text::Text::as_str);
        let tag = self.facts.tag.as_ref().map(UniqueLabel::tag);
        let serial = self.facts.serial.as_ref().and_then(|serial| UniqueLabel::serial(maker, serial));
        tag.into_iter().chain(serial).collect()
    }
}

impl AssetEvent {
    /// Whether the asset holds nothing from then on: it is out of service, gone, or never was.
    pub(crate) fn ends_holding(&self) -> bool {
        matches!(self, Self::Retired(_) | Self::WrittenOff(_) | Self::Voided(_) | Self::Cancelled(_))
    }

    /// Who has the asset from now on, if the event hands it over.
    pub(crate) fn new_custodian(&self) -> Option<Custodian> {
        if let Self::Deployed(data) = self {
            return Some(data.custodian);
        }
        if let Self::Reassigned(data) = self { Some(data.to) } else { None }
    }
}

/// The facts and stage with which an event lets an asset enter the register, if it does.
fn entrance(event: &AssetEvent) -> Option<(&AssetFacts, Stage)> {
    if let AssetEvent::Ordered(data) = event {
        return Some((&data.facts, Stage::OnOrder));
    }
    if let AssetEvent::Delivered(data) = event {
        return Some((&data.facts, Stage::Received));
    }
    let AssetEvent::Registered(data) = event else {
        return None;
    };
    Some((&data.facts, untouched(&data.facts)))
}

/// What an asset is that nobody uses: what is in stock has a tag.
fn untouched(facts: &AssetFacts) -> Stage {
    if facts.tag.is_some() { Stage::InStock } else { Stage::Received }
}

fn enter(id: AssetId, facts: &AssetFacts, stage: Stage) -> Asset {
    Asset { id, facts: facts.clone(), stage, holds: BTreeSet::new(), reservation: None, sanitization: None }
}

fn change(asset: &mut Asset, event: &AssetEvent) {
    match event {
        AssetEvent::Ordered(_) | AssetEvent::Delivered(_) | AssetEvent::Registered(_) => {}
        AssetEvent::Received(data) => go(asset, Stage::Received, data.location_id),
        AssetEvent::Cancelled(_) => go(asset, Stage::Cancelled, None),
        AssetEvent::Tagged(data) => tag(asset, data),
        AssetEvent::Reserved(data) => {
            asset.reservation = Some(Reservation { reserved_for: data.reserved_for, until: data.until });
        }
        AssetEvent::ReservationReleased(_) => asset.reservation = None,
        AssetEvent::Deployed(data) => deploy(asset, data),
        AssetEvent::Reassigned(data) => reassign(asset, data),
        AssetEvent::CustodyAccepted(_) => answer(asset, Acceptance::Accepted),
        AssetEvent::CustodyDeclined(_) => answer(asset, Acceptance::Declined),
        AssetEvent::Returned(data) => {
            see(asset, data.condition);
            go(asset, Stage::InStock, data.location_id);
        }
        AssetEvent::Shipped(data) => ship(asset, data),
        AssetEvent::Arrived(data) => arrive(asset, data.location_id),
        AssetEvent::MaintenanceStarted(_) => go(asset, Stage::InMaintenance, None),
        AssetEvent::MaintenanceCompleted(data) => {
            see(asset, data.condition);
            go(asset, Stage::InStock, data.location_id);
        }
        AssetEvent::ReportedMissing(_) => go(asset, Stage::Missing, None),
        AssetEvent::Recovered(data) => {
            see(asset, data.condition);
            go(asset, untouched(&asset.facts), Some(data.location_id));
        }
        AssetEvent::WrittenOff(_) | AssetEvent::Disposed(_) => go(asset, Stage::Disposed, None),
        AssetEvent::Verified(data) => {
            see(asset, data.condition);
            locate(asset, data.location_id);
        }
        AssetEvent::Relocated(data) => locate(asset, Some(data.location_id)),
        AssetEvent::Charged(data) => asset.facts.project_id = data.project_id,
        AssetEvent::HoldPlaced(data) => {
            asset.holds.insert(data.hold);
        }
        AssetEvent::HoldReleased(data) => {
            asset.holds.remove(&data.hold);
        }
        AssetEvent::Corrected(data) => data.changes.iter().for_each(|fact| correct(&mut asset.facts, fact)),
        AssetEvent::Retired(_) => {
            asset.reservation = None;
            go(asset, Stage::Retired, None);
        }
        AssetEvent::Reinstated(data) => go(asset, Stage::InStock, data.location_id),
        AssetEvent::Sanitized(data) => sanitize(asset, data.method),
        AssetEvent::Voided(_) => go(asset, Stage::Voided, None),
    }
}

fn go(asset: &mut Asset, stage: Stage, location_id: Option<LocationId>) {
    asset.stage = stage;
    locate(asset, location_id);
    if asset.is_ended() || matches!(asset.stage, Stage::Missing) {
        asset.reservation = None;
    }
}

fn locate(asset: &mut Asset, location_id: Option<LocationId>) {
    asset.facts.location_id = location_id.or(asset.facts.location_id);
}

fn see(asset: &mut Asset, condition: Option<Condition>) {
    asset.facts.condition = condition.or(asset.facts.condition);
}

fn tag(asset: &mut Asset, data: &AssetTagged) {
    asset.facts.tag = Some(data.tag.clone());
    if data.serial.is_some() {
        asset.facts.serial.clone_from(&data.serial);
    }
    go(asset, Stage::InStock, data.location_id);
}

fn deploy(asset: &mut Asset, data: &AssetDeployed) {
    let custody = Custody {
        custodian: data.custodian,
        acceptance: asked(data.acceptance),
        due_back_on: data.due_back_on,
    };
    hand_over(asset, custody, data.location_id);
}

fn reassign(asset: &mut Asset, data: &AssetReassigned) {
    let custody =
        Custody { custodian: data.to, acceptance: asked(data.acceptance), due_back_on: data.due_back_on };
    hand_over(asset, custody, data.location_id);
}

fn asked(rule: AcceptanceRule) -> Acceptance {
    match rule {
        AcceptanceRule::NotRequired => Acceptance::NotRequired,
        AcceptanceRule::Required => Acceptance::Pending,
    }
}

fn hand_over(asset: &mut Asset, custody: Custody, location_id: Option<LocationId>) {
    asset.stage = Stage::Deployed(custody);
    asset.reservation = None;
    // Whoever uses it writes new data on it, so an earlier removal no longer counts.
    asset.sanitization = None;
    locate(asset, location_id);
}

fn answer(asset: &mut Asset, acceptance: Acceptance) {
    if let Stage::Deployed(custody) = &mut asset.stage {
        custody.acceptance = acceptance;
    }
}

fn ship(asset: &mut Asset, data: &AssetShipped) {
    let origin = Box::new(std::mem::replace(&mut asset.stage, Stage::InStock));
    asset.stage = Stage::InTransit { origin, destination_id: data.destination_id };
}

fn arrive(asset: &mut Asset, location_id: Option<LocationId>) {
    if let Stage::InTransit { origin, destination_id } = &asset.stage {
        let (stage, location_id) = ((**origin).clone(), location_id.unwrap_or(*destination_id));
        go(asset, stage, Some(location_id));
    }
}

/// A weaker removal after a stronger one does not undo it.
fn sanitize(asset: &mut Asset, method: SanitizationMethod) {
    let before = asset.sanitization.map(|record| record.method);
    asset.sanitization = Some(Sanitization { method: before.map_or(method, |before| before.max(method)) });
}

fn correct(facts: &mut AssetFacts, change: &FactChange) {
    match change {
        FactChange::Tag { new, .. } => facts.tag.clone_from(new),
        FactChange::Serial { new, .. } => facts.serial.clone_from(new),
        FactChange::Model { new, kind, hardware_kind, manufacturer, .. } => {
            facts.model_id = *new;
            facts.kind = *kind;
            facts.hardware_kind = *hardware_kind;
            facts.manufacturer.clone_from(manufacturer);
        }
        FactChange::Name { new, .. } => facts.name.clone_from(new),
        FactChange::DataBearing { new, .. } => facts.data_bearing = *new,
        FactChange::Ownership { new, .. } => facts.ownership = *new,
        FactChange::Condition { new, .. } => facts.condition = *new,
        FactChange::Criticality { new, .. } => facts.criticality = *new,
        FactChange::DataClassification { new, .. } => facts.data_classification = *new,
        FactChange::Costs { new, .. } => facts.costs = *new,
        FactChange::AcquiredOn { new, .. } => facts.acquired_on = *new,
        FactChange::OrderNumber { new, .. } => facts.order_number.clone_from(new),
        FactChange::Vendor { new, .. } => facts.vendor_id = *new,
        FactChange::WarrantyUntil { new, .. } => facts.warranty_until = *new,
        FactChange::EndOfLifeOn { new, .. } => facts.end_of_life_on = *new,
        FactChange::Location { new, .. } => facts.location_id = *new,
        FactChange::Department { new, .. } => facts.department_id = *new,
        FactChange::Project { new, .. } => facts.project_id = *new,
        FactChange::Notes { new, .. } => facts.notes.clone_from(new),
    }
}
