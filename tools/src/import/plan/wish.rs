//! What an asset's row asks for: first as it stands in the file, then as the commands that are
//! still needed, given what there is. A blank cell says nothing and changes nothing.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::checkout::Checkout;
use super::own_facts::{check_single, home, own_facts, status};
use super::{ASSETS, CUSTODY, FactDifference, Plan, PlannedCommand, Planner, RowOutcome, STATUS};
use crate::import::field::Field;
use crate::import::master_kind::Fields;
use crate::import::master_kind::MasterKind;
use crate::import::reading::{RowReading, coded, department_of, named, put};
use crate::import::register::{AssetView, PastEvent};
use crate::import::status::{Status, StatusStep};
use crate::import::table::Flaw;

/// Facts that change in the course of a life. Where a file says another value it holds from the day
/// of the import on; of all others it was recorded wrongly.
const MOVES: [&str; 5] = ["location_id", "department_id", "project_id", "name", "notes"];

/// What an asset's row asks for.
#[derive(Debug)]
pub(crate) struct AssetWish {
    pub(crate) tag: String,
    /// The facts by the names that `register-asset` gives them.
    facts: Fields,
    /// Who shall have it, as `deploy-asset` names her, and since when.
    custodian: Option<Value>,
    since: Option<NaiveDate>,
    /// The column that says who shall have it.
    custodian_column: Field,
    status: Status,
}

impl AssetWish {
    pub(crate) fn read(
        planner: &mut Planner<'_>,
        reading: RowReading<'_>,
        plan: &mut Plan,
    ) -> Result<Self, Flaw> {
        let tag = reading.identifier(Field::Tag)?;
        let tag =
            tag.ok_or_else(|| reading.missing(Field::Tag, "the tag is blank: an asset is known by its tag"))?;
        check_single(reading)?;
        let mut facts = own_facts(planner, reading)?;
        let (model, model_label) = (reading.short(Field::Model)?, reading.label(Field::ModelNumber)?);
        let model = model.or(model_label);
        let model = model.ok_or_else(|| reading.missing(Field::Model, "the model is blank"))?;
        let model = planner.model_fields(reading, model)?;
        let checkout = Checkout::read(reading)?;
        let supplier = reading.short(Field::Supplier)?;
        let department = department_of(reading)?;
        let project = reading.identifier(Field::Project)?;
        let home = home(planner, reading)?;
        let status = status(reading)?;
        let since = reading.past_date(Field::CheckoutDate, 0)?;
        planner.labels.check(reading)?;

        let mut refer = |field: Field, kind, fields| {
            let flaw = |reason: String| reading.missing(field, &reason);
            planner.mention(plan, kind, fields, flaw).map(|id| id.to_string())
        };
        let model_id = refer(Field::Model, MasterKind::Model, model)?;
        put(&mut facts, "model_id", Some(model_id));
        if let Some(name) = supplier {
            let id = refer(Field::Supplier, MasterKind::Vendor, named(name))?;
            put(&mut facts, "vendor_id", Some(id));
        }
        if let Some((field, name)) = department {
            let id = refer(field, MasterKind::Department, named(name))?;
            put(&mut facts, "department_id", Some(id));
        }
        if let Some(code) = project {
            let id = refer(Field::Project, MasterKind::Project, coded(code))?;
            put(&mut facts, "project_id", Some(id));
        }
        let mut location_id = None;
        if let Some((field, name)) = home {
            location_id = Some(refer(field, MasterKind::Location, named(name))?);
        }
        // Checked out to a location, it is there and not where it usually is.
        if let Some(Checkout::Location(name)) = &checkout {
            let place = named(name.clone());
            location_id = Some(refer(Field::CheckoutLocation, MasterKind::Location, place)?);
        }
        put(&mut facts, "location_id", location_id.clone());
        let (custodian_column, custodian) = match checkout {
            None => (Field::CheckoutType, None),
            Some(Checkout::Location(_)) => {
                (Field::CheckoutLocation, Some(json!({ "location": location_id })))
            }
            Some(Checkout::Person(fields)) => {
                let id = refer(Field::Username, MasterKind::Person, fields)?;
                (Field::Username, Some(json!({ "person": id })))
            }
            Some(Checkout::Called(field, word)) => {
                let meant = planner.directory.person_meant(&word);
                let entry = meant.map_err(|reason| reading.missing(field, &reason))?;
                plan.rests_on.push(entry);
                (field, Some(json!({ "person": planner.directory.id(entry).to_string() })))
            }
        };
        if custodian.is_some() && status == Status::Retired {
            let reason = "it is out of service and checked out at once";
            return Err(reading.missing(Field::Status, reason));
        }
        Ok(Self { tag, facts, custodian, since, custodian_column, status })
    }

    /// Whether it takes the asset's past to tell if the file or the register is older.
    pub(crate) fn needs_past(&self, asset: &AssetView) -> bool {
        let is_elsewhere = self.custodian.is_some() && self.custodian.as_ref() != asset.custodian();
        is_elsewhere || self.status_step(asset).is_some()
    }

    /// What the status asks for, if the asset is not so.
    fn status_step(&self, asset: &AssetView) -> Option<StatusStep> {
        self.status.step().filter(|step| step.state != asset.state())
    }

    /// Adds the commands that are needed to the plan, given the asset of this tag as it is, and what is
    /// known to have happened to it, if [`Self::needs_past`].
    pub(crate) fn settle(
        self,
        planner: &Planner<'_>,
        plan: &mut Plan,
        asset: Option<&AssetView>,
        past: &[PastEvent],
    ) -> Result<(), RefusedWish> {
        let Some(asset) = asset else {
            self.enter(planner, plan);
            return Ok(());
        };
        if matches!(asset.state(), "disposed" | "voided" | "cancelled") {
            let reason = format!("the asset of this tag is {}: its life is over", asset.state());
            return Err(RefusedWish(Field::Tag, reason));
        }
        let handover = self.handover(planner, asset, past)?;
        let step = self.status_step(asset);
        if let Some(known) = step.and_then(|step| past.iter().rev().find(|event| event.name == step.event)) {
            let reason = format!(
                "the register knows that it was so from {} on and is {} now: the file is older",
                known.day,
                asset.state()
            );
            return Err(RefusedWish(Field::Status, reason));
        }
        let (moved, mistaken): (Vec<_>, Vec<_>) =
            self.corrections(asset, plan).into_iter().partition(|(field, _)| MOVES.contains(&field.as_str()));
        // Without a time of its own a correction says that it was never otherwise.
        for (corrections, since) in [(mistaken, None), (moved, Some(planner.day.beginning()))] {
            if corrections.is_empty() {
                continue;
            }
            let corrections: Vec<Value> =
                corrections.into_iter().map(|(field, new)| json!({ field: new })).collect();
            let mut data = Fields::new();
            put(&mut data, "asset", Some(self.tag.clone()));
            put(&mut data, "corrections", Some(corrections));
            put(&mut data, "effective_time", since);
            push(planner, plan, ASSETS, "correct-asset", data);
        }
        if let Some(command) = handover {
            plan.changes.push(FactDifference {
                field: "custodian".to_owned(),
                old: asset.custodian().cloned().unwrap_or_default(),
                new: self.custodian.clone().unwrap_or_default(),
            });
            self.hand_over(planner, plan, command);
        }
        if let Some(step) = step {
            plan.changes.push(FactDifference {
                field: "state".to_owned(),
                old: asset.state().into(),
                new: step.state.into(),
            });
            self.take_step(planner, plan, step);
        }
        if !plan.changes.is_empty() {
            plan.outcome = RowOutcome::Updated;
        }
        Ok(())
    }

    /// The commands for an asset that is not in the register.
    fn enter(self, planner: &Planner<'_>, plan: &mut Plan) {
        let mut data = self.facts.clone();
        let acquired_on = data.get("acquired_on").and_then(Value::as_str).and_then(|day| day.parse().ok());
        put(&mut data, "tag", Some(self.tag.clone()));
        let since: Option<NaiveDate> = self.since.filter(|_| self.custodian.is_some());
        // It cannot be handed out before it was there.
        let entered = since.map(|since| acquired_on.map_or(since, |day: NaiveDate| day.min(since)));
        put(&mut data, "effective_time", entered.and_then(|day| planner.day.moment(day)));
        push(planner, plan, ASSETS, "register-asset", data);
        if self.custodian.is_some() {
            self.hand_over(planner, plan, "deploy-asset");
        }
        if let Some(step) = self.status.step() {
            self.take_step(planner, plan, step);
        }
        plan.outcome = RowOutcome::Created;
    }

    /// Adds the command by which the asset comes to its custodian, on the day that the file names.
    fn hand_over(&self, planner: &Planner<'_>, plan: &mut Plan, command: &'static str) {
        let mut data = Fields::new();
        put(&mut data, "asset", Some(self.tag.clone()));
        put(&mut data, "custodian", self.custodian.clone());
        put(&mut data, "effective_time", self.since.and_then(|day| planner.day.moment(day)));
        push(planner, plan, CUSTODY, command, data);
    }

    /// Adds the command of a status, which holds from the day of the import on.
    fn take_step(&self, planner: &Planner<'_>, plan: &mut Plan, step: StatusStep) {
        let mut data = Fields::new();
        put(&mut data, "asset", Some(self.tag.clone()));
        match self.status {
            Status::InMaintenance => put(&mut data, "kind", Some("repair")),
            Status::Missing(loss) => put(&mut data, "loss", Some(loss.as_str())),
            Status::Retired => put(&mut data, "cause", Some("other")),
            Status::InUse | Status::Ignored => {}
        }
        push(planner, plan, STATUS, step.command, data);
    }

    /// The command by which the asset comes to its custodian, if it is not with her. Where the register
    /// knows that she had it once, or what happened after the day that the file names, the file is older.
    fn handover(
        &self,
        planner: &Planner<'_>,
        asset: &AssetView,
        past: &[PastEvent],
    ) -> Result<Option<&'static str>, RefusedWish> {
        let Some(custodian) = &self.custodian else {
            return Ok(None);
        };
        // Who had what is being repaired or missing is told by its past.
        if self.status.step().is_some_and(|step| step.state == asset.state()) {
            return Ok(None);
        }
        if asset.custodian() != Some(custodian)
            && let Some(last) = past.iter().rev().find(|event| event.changes_hands())
        {
            let had_it = past.iter().any(|event| event.custodian.as_ref() == Some(custodian));
            let is_newer = self.since.map_or(!had_it, |since| planner.day.recorded(since) > last.day);
            if !is_newer {
                let reason = format!(
                    "the register knows what happened later ({} on {}): the file is older",
                    last.name, last.day
                );
                return Err(RefusedWish(self.custodian_column, reason));
            }
        }
        match asset.state() {
            "deployed" if asset.custodian() == Some(custodian) => Ok(None),
            "deployed" => Ok(Some("reassign-asset")),
            "in_stock" => Ok(Some("deploy-asset")),
            state => {
                let reason = format!("the asset is {state}: it cannot be handed to anybody");
                Err(RefusedWish(self.custodian_column, reason))
            }
        }
    }

    fn corrections(&self, asset: &AssetView, plan: &mut Plan) -> Vec<(String, Value)> {
        let mut corrections = Vec::new();
        for (field, wished) in &self.facts {
            let old = asset.fact(field);
            let new = match (field.as_str(), old) {
                ("costs", Some(Value::Object(old))) => {
                    let mut costs = old.clone();
                    costs.retain(|_, value| !value.is_null());
                    costs.insert("price".to_owned(), wished["price"].clone());
                    costs.remove("total");
                    if old.get("price") == wished.get("price") {
                        continue;
                    }
                    Value::Object(costs)
                }
                _ => wished.clone(),
            };
            if old == Some(&new) {
                continue;
            }
            plan.changes.push(FactDifference {
                field: field.clone(),
                old: old.cloned().unwrap_or_default(),
                new: new.clone(),
            });
            corrections.push((field.clone(), new));
        }
        corrections
    }
}

/// The present of the asset forbids what the row asks for: the column that asks, and why.
#[derive(Debug)]
pub(crate) struct RefusedWish(pub(crate) Field, pub(crate) String);

fn push(planner: &Planner<'_>, plan: &mut Plan, stage: u32, name: &'static str, data: Fields) {
    plan.steps.push(PlannedCommand { stage, command: planner.command(name, data), entry: None });
}
