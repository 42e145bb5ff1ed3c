//! What a command makes happen to an asset: which rule decides, and what all of them check.

use super::command::CustodianName;
use super::event::AssetEvent;
use super::facts::Custodian;
use super::name::AssetName;
use super::state::Asset;
use super::transition::{allowed_commands, states_allowing};
use super::{decide_custody as custody, decide_facts as facts, decide_life as life};
use crate::aggregate::AggregateKind;
use crate::command::Command;
use crate::context::Context;
use crate::decision::{Outcome, one};
use crate::rejection::Rejection;
use crate::vocabulary::{AssetState, HoldKind};
use crate::world::{Stop, World};

/// Decides an asset's command.
pub(crate) fn decide(world: &World, command: &Command, context: &Context<'_>) -> Outcome {
    let desk = Desk {
        world,
        command: command.name(),
        context,
    };
    match command {
        Command::OrderAsset(body) => facts::order(&desk, body),
        Command::RegisterAsset(body) => facts::register(&desk, body),
        Command::TagAsset(body) => facts::tag(&desk, body),
        Command::CorrectAsset(body) => facts::correct(&desk, body),
        Command::VerifyAsset(body) => facts::verify(&desk, body),
        Command::ReserveAsset(body) => custody::reserve(&desk, body),
        Command::ReleaseReservation(body) => custody::release_reservation(&desk, body),
        Command::DeployAsset(body) => custody::deploy(&desk, body),
        Command::AcceptCustody(body) => custody::accept(&desk, body),
        Command::DeclineCustody(body) => custody::decline(&desk, body),
        Command::ReassignAsset(body) => custody::reassign(&desk, body),
        Command::ReturnAsset(body) => custody::take_back(&desk, body),
        Command::ReceiveAsset(body) => life::receive(&desk, body),
        Command::CancelAsset(body) => life::cancel(&desk, body),
        Command::ShipAsset(body) => life::ship(&desk, body),
        Command::ArriveAsset(body) => life::arrive(&desk, body),
        Command::StartMaintenance(body) => life::start_maintenance(&desk, body),
        Command::CompleteMaintenance(body) => life::complete_maintenance(&desk, body),
        Command::ReportMissing(body) => life::report_missing(&desk, body),
        Command::RecoverAsset(body) => life::recover(&desk, body),
        Command::WriteOffAsset(body) => life::write_off(&desk, body),
        Command::PlaceHold(body) => life::place_hold(&desk, body),
        Command::ReleaseHold(body) => life::release_hold(&desk, body),
        Command::RetireAsset(body) => life::retire(&desk, body),
        Command::ReinstateAsset(body) => life::reinstate(&desk, body),
        Command::RecordSanitization(body) => life::sanitize(&desk, body),
        Command::DisposeAsset(body) => life::dispose(&desk, body),
        Command::VoidAsset(body) => life::void(&desk, body),
        other => unreachable!("{} is no command of an asset", other.name()),
    }
}

/// What every rule about an asset has before it.
pub(super) struct Desk<'a> {
    pub(super) world: &'a World,
    pub(super) command: &'static str,
    pub(super) context: &'a Context<'a>,
}

impl<'a> Desk<'a> {
    /// The named asset, if its state takes this command.
    pub(super) fn asset(&self, name: &AssetName) -> Result<&'a Asset, Stop> {
        let asset = self.world.asset(name, "/asset")?;
        let state = asset.state();
        if allowed_commands(state).contains(&self.command) {
            return Ok(asset);
        }
        Err(self.invalid_transition(asset, state).into())
    }

    fn invalid_transition(&self, asset: &Asset, state: AssetState) -> Rejection {
        let label = asset
            .facts
            .tag
            .as_ref()
            .map_or_else(|| asset.id.to_string(), ToString::to_string);
        let states: Vec<&str> = states_allowing(self.command)
            .iter()
            .map(|state| state.as_str())
            .collect();
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
                self.world.check_person(*id, &format!("{pointer}/person"))?;
                Ok(Custodian::Person(*id))
            }
            CustodianName::Department(id) => {
                self.world
                    .check_department(Some(*id), &format!("{pointer}/department"))?;
                Ok(Custodian::Department(*id))
            }
            CustodianName::Location(id) => {
                self.world
                    .check_location(Some(*id), &format!("{pointer}/location"))?;
                Ok(Custodian::Location(*id))
            }
            CustodianName::Asset(name) => self.carrier(name, asset, &format!("{pointer}/asset")),
        }
    }

    /// Another asset as custodian: a live one that is not, through any number of others, in the
    /// custody of the asset itself.
    fn carrier(&self, name: &AssetName, asset: &Asset, pointer: &str) -> Result<Custodian, Stop> {
        let carrier = self.world.asset(name, pointer)?;
        if carrier.is_ended() {
            let detail = format!("asset {name} is {}: it can hold nothing", carrier.state());
            return Err(Rejection::unknown_reference(pointer, detail).into());
        }
        let mut above = carrier;
        loop {
            if above.id == asset.id {
                let detail = format!("asset {name} is itself in the custody of this asset");
                return Err(Rejection::invalid(pointer, "custody-circle", detail).into());
            }
            let Some(Custodian::Asset(id)) = above.custodian() else {
                return Ok(Custodian::Asset(carrier.id));
            };
            above = self.world.asset_by_id(id, pointer)?;
        }
    }
}

/// One event of one asset.
pub(super) fn happens(asset: &Asset, event: AssetEvent) -> Outcome {
    Ok(one(AggregateKind::Asset, asset.id.0, event))
}
