//! What an asset is, as evidence shows it: the domain's state in JSON.

use itam_domain::asset::{Asset, AssetFacts, Custodian, Stage};
use itam_domain::vocabulary::{AssetState, HoldKind, SanitizationMethod};
use serde::Serialize;

use chrono::NaiveDate;
use itam_domain::{AssetId, LocationId};

/// The state of an asset, as evidence shows it.
#[derive(Serialize)]
pub(super) struct StateView<'a> {
    id: AssetId,
    state: AssetState,
    #[serde(skip_serializing_if = "Option::is_none")]
    custody: Option<CustodyView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transit: Option<TransitView>,
    holds: Vec<HoldKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reservation: Option<ReservationView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sanitization: Option<SanitizationMethod>,
    facts: &'a AssetFacts,
}

/// Who has the asset.
#[derive(Serialize)]
struct CustodyView {
    custodian: Custodian,
    acceptance: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_back_on: Option<NaiveDate>,
}

/// Where the asset is going, and what it will be there.
#[derive(Serialize)]
struct TransitView {
    destination_id: LocationId,
    then: AssetState,
    #[serde(skip_serializing_if = "Option::is_none")]
    custody: Option<CustodyView>,
}

/// For whom the asset is reserved.
#[derive(Serialize)]
struct ReservationView {
    reserved_for: Custodian,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<NaiveDate>,
}

impl<'a> StateView<'a> {
    /// Shows an asset.
    pub(super) fn of(asset: &'a Asset) -> Self {
        let transit = match &asset.stage {
            Stage::InTransit { origin, destination_id } => Some(TransitView {
                destination_id: *destination_id,
                then: origin.state(),
                custody: custody_of(origin),
            }),
            _ => None,
        };
        let reservation = asset.reservation.as_ref();
        Self {
            id: asset.id,
            state: asset.state(),
            custody: custody_of(&asset.stage),
            transit,
            holds: asset.holds.iter().copied().collect(),
            reservation: reservation
                .map(|kept| ReservationView { reserved_for: kept.reserved_for, until: kept.until }),
            sanitization: asset.sanitization.map(|sanitization| sanitization.method),
            facts: &asset.facts,
        }
    }
}

fn custody_of(stage: &Stage) -> Option<CustodyView> {
    let Stage::Deployed(custody) = stage else { return None };
    let acceptance = custody.acceptance.as_str();
    Some(CustodyView { custodian: custody.custodian, acceptance, due_back_on: custody.due_back_on })
}
