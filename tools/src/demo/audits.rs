//! The demo's two physical audits, one closed and one that runs. They are not told in the past like
//! the rest: an audit starts when it is started, and expects what the register holds then. So they
//! happen when the demo is loaded, on what the story has made of the assets.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use itam_domain::asset::{Asset, allowed_commands};
use itam_domain::audit_campaign::AuditScope;
use itam_domain::{AssetId, CommandId, LocationId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::organization::{Organization, Site};
use super::script::{ANALYST, DemoCommand, MANAGER, Script};

/// The sites that are audited.
const COUNTED: usize = 0;
const BEING_COUNTED: usize = 1;
/// Of so many expected assets, one is found elsewhere and another one is not found.
const ODD_ONE_OUT: usize = 20;
const ELSEWHERE: usize = 6;
const NOT_FOUND: usize = 13;

/// Both audits, after a story of the same seed and present that made these assets: how they begin, and
/// what happens then. What happens to an asset says nothing of an audit, so only one after the other
/// is certain that it comes after the start.
pub(super) fn commands(
    seed: u64,
    now: DateTime<Utc>,
    assets: &BTreeMap<AssetId, Asset>,
) -> [Vec<DemoCommand>; 2] {
    let mut script = super::script(seed, now);
    let Some(organization) = Organization::found(&mut script) else { return [Vec::new(), Vec::new()] };
    // That was said before. The dice go on where those of the organization stopped.
    script.take_commands();
    Audits { script: &mut script, organization: &organization, assets }.run()
}

/// An audit that has begun.
struct Begun {
    id: Option<Uuid>,
    expected: Vec<Asset>,
}

struct Audits<'a> {
    script: &'a mut Script,
    organization: &'a Organization,
    assets: &'a BTreeMap<AssetId, Asset>,
}

impl Audits<'_> {
    fn run(mut self) -> [Vec<DemoCommand>; 2] {
        let [counted, being_counted] = [COUNTED, BEING_COUNTED].map(|site| &self.organization.sites[site]);
        let stores = [counted.stockroom, counted.room];
        let first = self.begin(&format!("{} stock, yearly count", counted.spec.name), &stores);
        let all = [being_counted.id, being_counted.stockroom, being_counted.room];
        let second = self.begin(&format!("{}, everything", being_counted.spec.name), &all);
        let beginning = self.script.take_commands();
        self.counted(counted, &stores, &first);
        self.being_counted(being_counted, &second);
        [beginning, self.script.take_commands()]
    }

    /// An audit of which every finding was seen to.
    fn counted(&mut self, site: &Site, places: &[Uuid], Begun { id, expected }: &Begun) {
        let audit = *id;
        let mut is_reported = false;
        for (index, asset) in expected.iter().enumerate() {
            match index % ODD_ONE_OUT {
                ELSEWHERE => {
                    self.scan(audit, &json!(asset.id), site.id);
                    let reason = "lent to the reception, and entered so";
                    self.resolve(audit, &json!(asset.id), "relocated", reason);
                }
                NOT_FOUND => {
                    is_reported = !is_reported && allowed_commands(asset.state()).contains(&"report-missing");
                    if is_reported {
                        let lost = json!({"asset": asset.id, "loss": "not_found"});
                        self.script.say_now(ANALYST, "report-missing", lost);
                        self.resolve(audit, &json!(asset.id), "reported_missing", "searched for two days");
                    } else {
                        self.waive(audit, asset, "in the crate for the recycler, which stays sealed");
                    }
                }
                _ => self.scan(audit, &json!(asset.id), place_of(asset, site)),
            }
        }
        if let Some(stranger) = self.other_than(places, site.id) {
            self.scan(audit, &json!(stranger), site.stockroom);
            self.resolve(audit, &json!(stranger), "explained", "waits here for its new keyboard");
        }
        self.scan(audit, &json!("CATERING-7"), site.room);
        self.resolve(audit, &json!("CATERING-7"), "not_ours", "the caterer's own");
        let result = json!({"campaign_id": audit, "expected": expected.len()});
        self.script.say_now(MANAGER, "close-audit", result);
    }

    /// An audit of which a third was seen.
    fn being_counted(&mut self, site: &Site, Begun { id, expected }: &Begun) {
        let audit = *id;
        for (index, asset) in expected.iter().enumerate().filter(|(index, _)| index % 3 == 0) {
            let is_elsewhere = index % ODD_ONE_OUT == ELSEWHERE;
            let home = place_of(asset, site);
            let place = match is_elsewhere {
                true if home == site.stockroom => site.room,
                true => site.stockroom,
                false => home,
            };
            self.scan(audit, &json!(asset.id), place);
        }
        if let Some(asset) = expected.get(1) {
            self.waive(audit, asset, "at the trade fair until Friday");
        }
        self.scan(audit, &json!("OLD-0417"), site.stockroom);
        self.scan(audit, &json!("OLD-0421"), site.stockroom);
    }

    /// Plans and starts an audit of some places.
    fn begin(&mut self, name: &str, places: &[Uuid]) -> Begun {
        let location_ids = places.iter().copied().map(LocationId).collect();
        let scope = AuditScope { location_ids, ..AuditScope::default() };
        let lead = self.person();
        let plan = json!({"name": name, "scope": scope, "lead_id": lead});
        let id = self.script.say_now(MANAGER, "plan-audit", plan).map(CommandId::created_id);
        self.script.say_now(MANAGER, "start-audit", json!({"campaign_id": id}));
        let expected = self.assets.values().filter(|asset| scope.admits(asset)).cloned().collect();
        Begun { id, expected }
    }

    fn scan(&mut self, audit: Option<Uuid>, asset: &Value, place: Uuid) {
        let condition = if self.script.dice.chance(85) { "good" } else { "fair" };
        let data = json!({"campaign_id": audit, "asset": asset, "location_id": place, "condition": condition,
                          "scanned_by": self.person()});
        self.script.say_now(ANALYST, "scan-asset", data);
    }

    fn resolve(&mut self, audit: Option<Uuid>, asset: &Value, resolution: &str, reason: &str) {
        let data = json!({"campaign_id": audit, "finding": {"asset": asset}, "resolution": resolution,
                          "reason": reason});
        self.script.say_now(ANALYST, "resolve-finding", data);
    }

    fn waive(&mut self, audit: Option<Uuid>, asset: &Asset, reason: &str) {
        let data = json!({"campaign_id": audit, "finding": {"asset": asset.id}, "reason": reason});
        self.script.say_now(MANAGER, "waive-finding", data);
    }

    fn person(&mut self) -> Uuid {
        self.script.dice.pick(&self.organization.people).id
    }

    /// An asset at a place that can be seen, and is not at any of these.
    fn other_than(&self, places: &[Uuid], place: Uuid) -> Option<AssetId> {
        let scope = AuditScope { location_ids: vec![LocationId(place)], ..AuditScope::default() };
        let is_other = |asset: &&Asset| {
            scope.admits(asset) && asset.facts.location_id.is_none_or(|id| !places.contains(&id.0))
        };
        self.assets.values().find(is_other).map(|asset| asset.id)
    }
}

fn place_of(asset: &Asset, site: &Site) -> Uuid {
    asset.facts.location_id.map_or(site.stockroom, |id| id.0)
}
