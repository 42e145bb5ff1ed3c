//! The law once more, told from outside: folds the log's events and says where they break it.
//!
//! It knows nothing of itam's own rules but what its documents promise, so that a fault in them
//! shows.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::evidence::{Evidence, LoggedEvent};
use crate::verdict::{Defect, RunVerdict};

/// An asset, as far as the laws speak of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asset {
    version: u64,
    state: &'static str,
    tag: Option<String>,
    custodian: Option<String>,
}

/// What was ordered and received, by line.
#[derive(Default)]
struct FoldedOrder {
    ordered: Vec<u64>,
    received: Vec<u64>,
}

#[derive(Default)]
struct Fold {
    assets: BTreeMap<String, Asset>,
    orders: HashMap<String, FoldedOrder>,
    /// Live holders of tags, compared without case.
    holders: HashMap<String, String>,
}

/// Folds the log and compares the register with it.
pub(crate) fn check_laws(evidence: &Evidence, verdict: &mut RunVerdict) {
    let mut fold = Fold::default();
    for event in &evidence.events {
        if let Err(broken) = fold.apply(event) {
            let at = event.position;
            verdict.find(Defect::Unlawful, format!("position {at}, {}: {broken}", event.text("type")));
        }
    }
    fold.compare(&evidence.assets, verdict);
}

impl Fold {
    fn apply(&mut self, event: &LoggedEvent) -> Result<(), String> {
        let Some((kind, id)) = event.text("subject").split_once('/') else { return Ok(()) };
        let data = &event.event["data"];
        match kind {
            "asset" => self.apply_asset(id, event.text("type"), data),
            "purchase_order" => self.apply_order(id, event.text("type"), data),
            _ => Ok(()),
        }
    }

    fn apply_asset(&mut self, id: &str, name: &str, data: &Value) -> Result<(), String> {
        let asset = self.assets.entry(id.to_owned()).or_default();
        asset.version += 1;
        let before = asset.state;
        let (allowed, after): (&[&str], &'static str) = match name {
            "asset.registered" => (&[""], "in_stock"),
            "asset.delivered" => (&[""], "received"),
            "asset.deployed" => (&["in_stock"], "deployed"),
            "asset.reassigned" => (&["deployed"], "deployed"),
            "asset.returned" => (&["deployed"], "in_stock"),
            "asset.retired" => (&["in_stock"], "retired"),
            "asset.voided" => (&["in_stock", "received", "retired"], "voided"),
            other => return Err(format!("this run never asks for {other}")),
        };
        asset.state = after;
        let had = asset.custodian.take();
        match name {
            "asset.deployed" => asset.custodian = Some(data["custodian"].to_string()),
            "asset.reassigned" => asset.custodian = Some(data["to"].to_string()),
            _ => {}
        }
        if name == "asset.reassigned" && had != Some(data["from"].to_string()) {
            return Err(format!("asset {id} was with {had:?}, not with {}", data["from"]));
        }
        if name == "asset.registered" {
            asset.tag = data["facts"]["tag"].as_str().map(str::to_owned);
        }
        let tag = asset.tag.as_deref().map(str::to_lowercase);
        if after == "voided"
            && let Some(tag) = &tag
        {
            self.holders.remove(tag);
        }
        if !allowed.contains(&before) {
            return Err(format!("asset {id} was {before:?}"));
        }
        if name == "asset.registered"
            && let Some(tag) = tag
            && let Some(other) = self.holders.insert(tag.clone(), id.to_owned())
        {
            return Err(format!("{other} and {id} both hold the tag {tag}"));
        }
        Ok(())
    }

    fn apply_order(&mut self, id: &str, name: &str, data: &Value) -> Result<(), String> {
        let order = self.orders.entry(id.to_owned()).or_default();
        match name {
            "purchase_order.issued" if !order.ordered.is_empty() => Err(format!("{id} was issued twice")),
            "purchase_order.issued" => {
                let lines = data["lines"].as_array().map(Vec::as_slice).unwrap_or_default();
                order.ordered = lines.iter().map(|line| line["quantity"].as_u64().unwrap_or(0)).collect();
                order.received = vec![0; order.ordered.len()];
                Ok(())
            }
            "purchase_order.delivery_received" => {
                let line = usize::try_from(data["line"].as_u64().unwrap_or(0)).unwrap_or(0);
                let index = line.checked_sub(1).filter(|index| *index < order.ordered.len());
                let index = index.ok_or_else(|| format!("{id} has no line {line}"))?;
                order.received[index] += data["quantity"].as_u64().unwrap_or(0);
                let (received, ordered) = (order.received[index], order.ordered[index]);
                if received > ordered {
                    return Err(format!("{received} of {ordered} were received on line {line} of {id}"));
                }
                Ok(())
            }
            other => Err(format!("this run never asks for {other}")),
        }
    }

    /// Holds the register to the log: the same assets, each as its history says.
    fn compare(&self, rows: &[Value], verdict: &mut RunVerdict) {
        let mut shown: BTreeMap<&str, &Value> = BTreeMap::new();
        for row in rows {
            let id = row["id"].as_str().unwrap_or_default();
            if shown.insert(id, row).is_some() {
                verdict.find(Defect::Diverged, format!("the register shows {id} twice"));
            }
        }
        for (id, asset) in &self.assets {
            let Some(row) = shown.remove(id.as_str()) else {
                if !["voided", "cancelled"].contains(&asset.state) {
                    verdict.find(Defect::Diverged, format!("the register does not show {id}, {asset:?}"));
                }
                continue;
            };
            let said = (
                row["version"].as_u64().unwrap_or(0),
                row["state"].as_str().unwrap_or_default(),
                row["tag"].as_str(),
                Some(row["custodian"].to_string()).filter(|_| row["custodian"].is_object()),
            );
            let folded = (asset.version, asset.state, asset.tag.as_deref(), asset.custodian.clone());
            if said != folded {
                verdict.find(
                    Defect::Diverged,
                    format!("the register says {said:?} of {id}, the log {folded:?}"),
                );
            }
        }
        for id in shown.keys() {
            verdict.find(Defect::Diverged, format!("the register shows {id}, which is not in the log"));
        }
    }
}
