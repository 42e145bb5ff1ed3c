//! What all rules about an asset check.

use super::command::CustodianName;
use super::event::AssetEvent;
use super::facts::Custodian;
use super::name::AssetName;
use super::state::Asset;
use super::transition::{allowed_commands, states_allowing};
use crate::aggregate::{AggregateRef, Event};
use crate::desk::Desk;
use crate::outcome::one;
use crate::rejection::Rejection;
use crate::vocabulary::HoldKind;
use crate::world::Stop;

/// How deep assets may be in other assets' custody: a card in a blade in a chassis in a rack.
const MAX_CUSTODY_DEPTH: usize = 16;

impl<'a> Desk<'a> {
    /// The named asset, if its state takes this command.
    pub(super) fn asset(&self, name: &AssetName) -> Result<&'a Asset, Stop> {
        let asset = self.world.asset(name, "/asset")?;
        if allowed_commands(asset.state()).contains(&self.command) {
            return Ok(asset);
        }
        Err(self.invalid_transition(asset).into())
    }

    /// Says what the asset is and what it would take.
    pub(super) fn invalid_transition(&self, asset: &Asset) -> Rejection {
        let state = asset.state();
        let label = asset.facts.tag.as_ref().map_or_else(|| asset.id.to_string(), ToString::to_string);
        let states: Vec<&str> = states_allowing(self.command).iter().map(|state| state.as_str()).collect();
        let detail = format!(
            "asset {label} is {state}; {} takes an asset that is {}",
            self.command,
            states.join(" or ")
        );
        Rejection::rule("invalid-transition", detail)
            .fact("current_state", state.as_str())
            .fact("allowed_commands", allowed_commands(state))
    }

    /// Refuses what a hold forbids.
    pub(super) fn check_not_held(&self, asset: &Asset, hold: HoldKind) -> Result<(), Stop> {
        if !asset.holds.contains(&hold) {
            return Ok(());
        }
        let detail = format!("the asset is under {hold} hold, which forbids {}", self.command);
        Err(Rejection::rule("held", detail).fact("hold", hold.as_str()).into())
    }

    /// Refuses a command without a reason where the rules ask for one.
    pub(super) fn check_reason(&self) -> Result<(), Stop> {
        if self.context.reason.is_some() {
            return Ok(());
        }
        let detail = format!("{} asks for a reason", self.command);
        Err(Rejection::invalid("/reason", "reason-required", detail).into())
    }

    /// The custodian that the command names, if she may be given something.
    pub(super) fn custodian(
        &self,
        name: &CustodianName,
        asset: &Asset,
        pointer: &str,
    ) -> Result<Custodian, Stop> {
        match name {
            CustodianName::Person(id) => {
                self.world.check_active(Some(*id), &format!("{pointer}/person"))?;
                Ok(Custodian::Person(*id))
            }
            CustodianName::Department(id) => {
                self.world.check_active(Some(*id), &format!("{pointer}/department"))?;
                Ok(Custodian::Department(*id))
            }
            CustodianName::Location(id) => {
                self.world.check_active(Some(*id), &format!("{pointer}/location"))?;
                Ok(Custodian::Location(*id))
            }
            CustodianName::Asset(name) => self.carrier(name, asset, &format!("{pointer}/asset")),
        }
    }

    /// Another asset as custodian: one that is in service and is not, through any number of others,
    /// in the custody of the asset itself. What it holds is asked for before the asset is seen:
    /// whoever takes it out of service in between has written there, and the append notices.
    fn carrier(&self, name: &AssetName, asset: &Asset, pointer: &str) -> Result<Custodian, Stop> {
        self.world.contents(self.world.asset_id(name, pointer)?)?;
        let carrier = self.world.asset(name, pointer)?;
        if !carrier.may_hold() {
            let detail = format!("asset {name} is {}: it can hold nothing", carrier.state());
            return Err(Rejection::unknown_reference(pointer, detail).into());
        }
        let mut above = carrier;
        for _ in 0..MAX_CUSTODY_DEPTH {
            if above.id == asset.id {
                let detail = format!("asset {name} is itself in the custody of this asset");
                return Err(Rejection::invalid(pointer, "custody-circle", detail).into());
            }
            let Some(Custodian::Asset(id)) = above.custodian() else {
                return Ok(Custodian::Asset(carrier.id));
            };
            above = self.world.known(id, pointer)?;
        }
        let detail = format!("assets are in other assets' custody at most {MAX_CUSTODY_DEPTH} deep");
        Err(Rejection::invalid(pointer, "too-deep", detail).into())
    }
}

/// One event of one asset.
pub(super) fn happens(asset: &Asset, event: AssetEvent) -> Vec<(AggregateRef, Event)> {
    one(asset.id, event)
}
