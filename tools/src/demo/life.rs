//! The life of one of the demo's assets, from stock to its end or to the present.

mod closing;

use chrono::{DateTime, Duration, Utc};
use itam_domain::vocabulary::HardwareKind;
use serde_json::{Value, json};
use uuid::Uuid;

use super::catalog::{RECYCLER, REPAIRER};
use super::organization::Organization;
use super::purchasing::DemoPiece;
use super::script::{ANALYST, DemoActor, MANAGER, Script};

/// How many days before the present the long story ends and [`closing`] begins.
const CLOSING_DAYS: i64 = 25;
/// The most things that happen to one asset.
const MAX_STEPS: usize = 40;

/// Where an asset is in its life, as far as the story needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StoryStage {
    InStock,
    Deployed,
    /// Nothing more is told of it.
    Done,
}

pub(super) struct Life<'a> {
    pub(super) script: &'a mut Script,
    pub(super) organization: &'a Organization,
    pub(super) id: Uuid,
    kind: HardwareKind,
    pub(super) site: usize,
    pub(super) at: DateTime<Utc>,
    until: DateTime<Utc>,
    pub(super) stage: StoryStage,
    /// Who has it, or had it last.
    custodian: Value,
}

impl<'a> Life<'a> {
    pub(super) fn new(script: &'a mut Script, organization: &'a Organization, piece: &DemoPiece) -> Self {
        Self {
            script,
            organization,
            id: piece.id,
            kind: piece.product.kind,
            site: piece.site,
            at: piece.since,
            until: piece.until,
            stage: StoryStage::InStock,
            custodian: Value::Null,
        }
    }

    /// Writes the whole life down.
    pub(super) fn tell(mut self) {
        for _ in 0..MAX_STEPS {
            let stage = self.stage;
            let told = match stage {
                StoryStage::InStock => self.in_stock(),
                StoryStage::Deployed => self.deployed(),
                StoryStage::Done => return,
            };
            // The moment of the next thing lies beyond the long story.
            if told.is_none() {
                break;
            }
        }
        if self.stage != StoryStage::Done {
            closing::tell(&mut self);
        }
    }

    /// Lets days pass. `None`, and nothing passes, if that leads out of the long story.
    fn wait(&mut self, least_days: u64, most_days: u64) -> Option<()> {
        let next = self.script.dice.later(self.at, least_days, most_days);
        let end = self.script.now - Duration::days(CLOSING_DAYS);
        if next >= end {
            return None;
        }
        self.at = next;
        Some(())
    }

    pub(super) fn say(&mut self, actor: DemoActor, name: &'static str, mut data: Value) {
        data["asset"] = json!(self.id);
        self.script.say(actor, self.at, name, data);
    }

    /// Who speaks about the thing itself: the person who has it, or an analyst where nobody does.
    pub(super) fn holder(&self) -> DemoActor {
        let is_held = self.stage == StoryStage::Deployed;
        let person = self.custodian.get("person").filter(|_| is_held).and_then(Value::as_str);
        let person = person.and_then(|person| Uuid::try_parse(person).ok());
        person.map_or(ANALYST, DemoActor::requester)
    }

    pub(super) fn stockroom(&self) -> Uuid {
        self.organization.sites[self.site].stockroom
    }

    fn in_stock(&mut self) -> Option<()> {
        if self.at > self.until {
            return self.retire("end_of_life");
        }
        match self.script.dice.between(0, 99) {
            0..=74 => {
                self.wait(0, 40)?;
                self.deploy();
            }
            75..=79 => {
                self.wait(1, 20)?;
                self.travel()?;
            }
            80..=84 => {
                self.wait(5, 60)?;
                self.say(ANALYST, "start-maintenance", json!({"kind": "preventive"}));
                self.stage = StoryStage::Done;
                self.wait(2, 12)?;
                self.say(
                    ANALYST,
                    "complete-maintenance",
                    json!({"outcome": "serviced", "condition": "good"}),
                );
                self.stage = StoryStage::InStock;
            }
            85..=86 => {
                self.wait(10, 60)?;
                self.lose("not_found")?;
            }
            87..=89 => {
                self.wait(1, 10)?;
                let person = self.person();
                let until = (self.at + Duration::days(30)).date_naive();
                self.say(
                    ANALYST,
                    "reserve-asset",
                    json!({"reserved_for": {"person": person}, "until": until}),
                );
                self.wait(1, 20)?;
                self.custodian = json!({ "person": person });
                self.say(ANALYST, "deploy-asset", json!({ "custodian": self.custodian }));
                self.stage = StoryStage::Deployed;
            }
            90..=91 => return self.retire("surplus"),
            _ => {
                self.wait(20, 90)?;
                self.verify();
            }
        }
        Some(())
    }

    fn deployed(&mut self) -> Option<()> {
        if self.at > self.until {
            self.wait(1, 20)?;
            self.take_back();
            return self.retire("end_of_life");
        }
        match self.script.dice.between(0, 99) {
            0..=39 => {
                self.wait(60, 340)?;
                self.verify();
            }
            40..=61 => {
                self.wait(90, 500)?;
                let custodian = self.other_custodian();
                self.say(ANALYST, "reassign-asset", json!({ "custodian": custodian }));
            }
            62..=81 => {
                self.wait(90, 500)?;
                self.take_back();
            }
            82..=95 => {
                self.wait(30, 300)?;
                self.repair()?;
            }
            _ => {
                self.wait(30, 400)?;
                let loss = if self.script.dice.chance(40) { "stolen" } else { "lost" };
                self.lose(loss)?;
            }
        }
        Some(())
    }

    fn person(&mut self) -> Uuid {
        let site = self.site;
        let near: Vec<Uuid> = self
            .organization
            .people
            .iter()
            .filter(|person| person.site == site)
            .map(|person| person.id)
            .collect();
        *self.script.dice.pick(&near)
    }

    /// To whom such a thing is given.
    fn custodian(&mut self) -> Value {
        let is_personal = match self.kind {
            HardwareKind::Laptop | HardwareKind::Phone => true,
            HardwareKind::Desktop | HardwareKind::Monitor => self.script.dice.chance(85),
            HardwareKind::Server | HardwareKind::Network | HardwareKind::Printer => false,
            HardwareKind::Other => self.script.dice.chance(40),
        };
        if is_personal {
            json!({ "person": self.person() })
        } else if self.kind == HardwareKind::Other && self.script.dice.chance(50) {
            json!({ "department": self.script.dice.pick(&self.organization.departments) })
        } else {
            json!({ "location": self.organization.sites[self.site].room })
        }
    }

    /// Another than the one who has it now.
    pub(super) fn other_custodian(&mut self) -> Value {
        let mut other = self.custodian();
        if other == self.custodian {
            other = json!({ "department": self.script.dice.pick(&self.organization.departments) });
        }
        if other == self.custodian {
            other = json!({ "location": self.organization.sites[self.site].id });
        }
        self.custodian = other.clone();
        other
    }

    fn deploy(&mut self) {
        let custodian = self.custodian();
        self.custodian = custodian.clone();
        let is_personal = custodian.get("person").is_some();
        let room = self.organization.sites[self.site].room;
        if is_personal && self.script.dice.chance(9) {
            self.lend(&custodian);
            return;
        }
        let asks = is_personal && matches!(self.kind, HardwareKind::Laptop | HardwareKind::Phone);
        let site = self.organization.sites[self.site].id;
        let data = json!({
            "custodian": custodian,
            "acceptance": asks.then_some("required"),
            "location_id": if is_personal { site } else { room },
        });
        self.say(ANALYST, "deploy-asset", data);
        self.stage = StoryStage::Deployed;
        if asks && self.wait(1, 4).is_some() {
            if self.script.dice.chance(97) {
                self.say(self.holder(), "accept-custody", json!({}));
            } else {
                self.say(self.holder(), "decline-custody", json!({"reason": "it never reached me"}));
            }
        }
    }

    /// A loan is due back on a day; most come back about then.
    fn lend(&mut self, custodian: &Value) {
        let days = self.script.dice.between(10, 60).cast_signed();
        let due = (self.at + Duration::days(days)).date_naive();
        self.say(ANALYST, "deploy-asset", json!({"custodian": custodian, "due_back_on": due}));
        self.stage = StoryStage::Deployed;
        if self.script.dice.chance(12) {
            self.stage = StoryStage::Done;
            return;
        }
        let days = days.unsigned_abs();
        if self.wait(days - 8, days + 6).is_some() {
            self.take_back();
        }
    }

    fn take_back(&mut self) {
        let condition = *self.script.dice.pick(&["good", "good", "fair", "poor"]);
        let data = json!({"location_id": self.stockroom(), "condition": condition});
        self.say(ANALYST, "return-asset", data);
        self.stage = StoryStage::InStock;
    }

    fn verify(&mut self) {
        let condition = *self.script.dice.pick(&["good", "good", "fair"]);
        self.say(ANALYST, "verify-asset", json!({ "condition": condition }));
    }

    /// From one site's stockroom to another's.
    fn travel(&mut self) -> Option<()> {
        let sites = self.organization.sites.len();
        let step = self.script.dice.index(sites - 1) + 1;
        self.site = (self.site + step) % sites;
        let number = self.script.dice.between(100_000, 999_999);
        let data = json!({
            "destination_id": self.stockroom(),
            "carrier": "Gull Freight",
            "tracking_number": format!("GF{number}"),
        });
        self.say(ANALYST, "ship-asset", data);
        self.stage = StoryStage::Done;
        self.wait(2, 9)?;
        self.say(ANALYST, "arrive-asset", json!({}));
        self.stage = StoryStage::InStock;
        Some(())
    }

    fn repair(&mut self) -> Option<()> {
        let vendor = self.organization.vendors[REPAIRER];
        let back = (self.at + Duration::days(14)).date_naive();
        let faults = ["does not start", "broken screen", "battery fails", "liquid damage", "unreliable"];
        let fault = *self.script.dice.pick(&faults);
        let data =
            json!({"kind": "repair", "vendor_id": vendor, "expected_back_on": back, "description": fault});
        self.say(ANALYST, "start-maintenance", data);
        self.stage = StoryStage::Done;
        self.wait(3, 25)?;
        let is_beyond_repair = self.script.dice.chance(12);
        let currency = self.organization.sites[self.site].spec.currency;
        let cost = format!("{}.00", self.script.dice.between(40, 320));
        let data = if is_beyond_repair {
            json!({"outcome": "not_repairable", "condition": "broken", "location_id": self.stockroom()})
        } else {
            let cost = json!({"amount": cost, "currency": currency});
            json!({"outcome": "repaired", "cost": cost, "condition": "good", "location_id": self.stockroom()})
        };
        self.say(ANALYST, "complete-maintenance", data);
        self.stage = StoryStage::InStock;
        if is_beyond_repair {
            return self.retire("damaged");
        }
        Some(())
    }

    fn lose(&mut self, loss: &str) -> Option<()> {
        let number = self.script.dice.between(1_000, 9_999);
        let report = (loss == "stolen").then(|| format!("R-{number}"));
        self.say(self.holder(), "report-missing", json!({"loss": loss, "report_number": report}));
        self.stage = StoryStage::Done;
        match self.script.dice.between(0, 99) {
            0..=54 => {
                self.wait(2, 40)?;
                let data = json!({"location_id": self.stockroom(), "condition": "fair"});
                self.say(ANALYST, "recover-asset", data);
                self.stage = StoryStage::InStock;
            }
            55..=84 => {
                self.wait(30, 90)?;
                self.say(MANAGER, "write-off-asset", json!({"reason": "searched for without success"}));
            }
            _ => {}
        }
        Some(())
    }

    /// Out of service, cleaned of data and away.
    fn retire(&mut self, cause: &str) -> Option<()> {
        self.wait(1, 20)?;
        self.say(MANAGER, "retire-asset", json!({ "cause": cause }));
        self.stage = StoryStage::Done;
        if cause == "surplus" && self.script.dice.chance(30) {
            self.wait(5, 40)?;
            self.say(MANAGER, "reinstate-asset", json!({ "location_id": self.stockroom() }));
            self.stage = StoryStage::InStock;
            return Some(());
        }
        self.wait(2, 30)?;
        let number = self.script.dice.between(10_000, 99_999);
        let recycler = self.organization.vendors[RECYCLER];
        if bears_data(self.kind) {
            let data =
                json!({"method": "purge", "tool": "Eraser 4", "certificate_number": format!("S-{number}")});
            self.say(ANALYST, "record-sanitization", data);
        }
        self.wait(3, 60)?;
        let method = *self.script.dice.pick(&["recycled", "recycled", "sold", "donated", "destroyed"]);
        let currency = self.organization.sites[self.site].spec.currency;
        let proceeds = (method == "sold").then(|| json!({"amount": "85.00", "currency": currency}));
        let data = json!({
            "method": method,
            "vendor_id": recycler,
            "proceeds": proceeds,
            "certificate_number": format!("D-{number}"),
        });
        self.say(MANAGER, "dispose-asset", data);
        Some(())
    }
}

/// Whether such a thing holds data, as the register takes it if nobody says otherwise.
fn bears_data(kind: HardwareKind) -> bool {
    !matches!(kind, HardwareKind::Monitor | HardwareKind::Other)
}
