//! How the demo's assets come: from the time before itam, and by request, order and delivery.

use chrono::{DateTime, Duration, Utc};
use itam_domain::vocabulary::HardwareKind;
use serde_json::{Value, json};
use uuid::Uuid;

use super::catalog::{Product, SELLERS, quantities};
use super::organization::Organization;
use super::script::{ADMINISTRATOR, ANALYST, BUYER, DemoActor, FINANCE, MANAGER, REQUESTER, Script};

/// How many assets were there before, and how many are ordered in all.
const LEGACY: usize = 400;
const ORDERED: u64 = 1_590;
/// How many requests come to nothing, one after another in each of three ways.
const IN_VAIN: usize = 9;

/// An asset that can be given out.
pub(super) struct DemoPiece {
    pub(super) id: Uuid,
    pub(super) product: &'static Product,
    pub(super) site: usize,
    /// Since when it is in stock.
    pub(super) since: DateTime<Utc>,
    /// When it is to be retired.
    pub(super) until: DateTime<Utc>,
}

pub(super) struct Purchasing<'a> {
    pub(super) script: &'a mut Script,
    pub(super) organization: &'a Organization,
    pub(super) pieces: Vec<DemoPiece>,
    labels: u64,
    orders: u64,
}

/// What is asked for together.
struct DemoRequest {
    at: DateTime<Utc>,
    site: usize,
    department: Uuid,
    project: Option<Uuid>,
    /// Model and quantity of each line.
    lines: Vec<(usize, u64)>,
}

impl<'a> Purchasing<'a> {
    pub(super) fn new(script: &'a mut Script, organization: &'a Organization) -> Self {
        Self { script, organization, pieces: Vec::new(), labels: 0, orders: 0 }
    }

    /// Writes down how everything comes; gives the pieces that reached stock.
    pub(super) fn run(mut self) -> Vec<DemoPiece> {
        for _ in 0..LEGACY {
            self.register();
        }
        let span = (self.script.now - self.script.start).num_days().unsigned_abs();
        let mut ordered = 0;
        while ordered < ORDERED {
            let at = self.script.dice.later(self.script.start, 5, span.saturating_sub(20));
            ordered += self.buy(at);
        }
        // One delivery has just come and is not unpacked yet; another is still awaited.
        let just_now = self.script.now - Duration::days(21);
        self.deliver_at(just_now, self.script.now - Duration::hours(30));
        self.deliver_at(just_now, self.script.now + Duration::days(1));
        for number in 0..IN_VAIN {
            self.ask_in_vain(number);
        }
        for number in 0..12 {
            self.order_alone(number);
        }
        self.pieces
    }

    /// A piece from the time before, found and entered at the start.
    fn register(&mut self) {
        let dice = &mut self.script.dice;
        let (model, site) =
            (dice.index(self.organization.models.len()), dice.index(self.organization.sites.len()));
        let product = self.organization.models[model].product;
        let at = dice.later(self.script.start, 1, 25);
        let bought = at.date_naive() - Duration::days(dice.between(60, 900).cast_signed());
        let ownership = *dice.pick(&["owned", "owned", "owned", "owned", "leased", "owned", "byod"]);
        let classification = *dice.pick(&["internal", "internal", "confidential"]);
        let condition = *dice.pick(&["good", "good", "fair", "poor"]);
        let department = *dice.pick(&self.organization.departments);
        let vendor = *dice.pick(&self.organization.vendors[..SELLERS]);
        let (tag, serial) = (self.label(product.kind), self.serial(product));
        let mut data = json!({
            "model_id": self.organization.models[model].id,
            "tag": tag,
            "serial": serial,
            "ownership": ownership,
            "condition": condition,
            "data_classification": classification,
            "acquired_on": bought,
            "warranty_until": bought + Duration::days(3 * 365),
            "location_id": self.organization.sites[site].stockroom,
            "department_id": department,
        });
        if ownership == "owned" {
            data["costs"] = json!({ "price": self.price(product, site) });
            data["vendor_id"] = json!(vendor);
        }
        let Some(command) = self.script.say(ANALYST, at, "register-asset", data) else {
            return;
        };
        let id = command.created_id();
        if let Some(project) = self.organization.project(&mut self.script.dice, at) {
            let data = json!({"asset": id, "project_id": project});
            self.script.say(ANALYST, at, "charge-asset", data);
        }
        if self.labels.is_multiple_of(100) {
            let at = self.script.dice.later(at, 1, 3);
            let data = json!({"asset": id, "reason": "entered twice"});
            self.script.say(MANAGER, at, "void-asset", data);
            return;
        }
        let until = self.script.dice.later(at, 200, 1_300);
        self.pieces.push(DemoPiece { id, product, site, since: at, until });
    }

    /// A request, its approval, the order and its deliveries; gives how many pieces are ordered.
    fn buy(&mut self, at: DateTime<Utc>) -> u64 {
        let request = self.request(at);
        let Some(order) = self.order(&request) else {
            return 0;
        };
        let mut at = order.at;
        for line in 0..request.lines.len() {
            let (_, quantity) = request.lines[line];
            // What is ordered in numbers often comes in two parts.
            let parts = if quantity > 6 && self.script.dice.chance(30) {
                vec![quantity / 2, quantity - quantity / 2]
            } else {
                vec![quantity]
            };
            for part in parts {
                at = self.script.dice.later(at, 4, 24);
                self.deliver(&request, &order, line, part, at);
            }
        }
        let at = self.script.dice.later(at, 1, 5);
        let data = json!({ "purchase_order_id": order.id });
        self.script.say(BUYER, at, "close-purchase-order", data);
        request.lines.iter().map(|(_, quantity)| quantity).sum()
    }

    /// A purchase whose first line is delivered at a set moment.
    fn deliver_at(&mut self, at: DateTime<Utc>, delivered_at: DateTime<Utc>) {
        let request = self.request(at);
        if let Some(order) = self.order(&request) {
            let (_, quantity) = request.lines[0];
            self.deliver(&request, &order, 0, quantity, delivered_at);
        }
    }

    fn request(&mut self, at: DateTime<Utc>) -> DemoRequest {
        let dice = &mut self.script.dice;
        let site = dice.index(self.organization.sites.len());
        let department = *dice.pick(&self.organization.departments);
        let mut lines: Vec<(usize, u64)> = Vec::new();
        for _ in 0..dice.between(1, 3) {
            let model = dice.index(self.organization.models.len());
            let (low, high) = quantities(self.organization.models[model].product.kind);
            if lines.iter().all(|(other, _)| *other != model) {
                lines.push((model, dice.between(low, high)));
            }
        }
        let project = self.organization.project(dice, at);
        DemoRequest { at, site, department, project, lines }
    }

    fn submit(&mut self, request: &DemoRequest) -> Option<Uuid> {
        let lines: Vec<Value> = request
            .lines
            .iter()
            .map(|(model, quantity)| {
                let model = &self.organization.models[*model];
                json!({
                    "model_id": model.id,
                    "quantity": quantity,
                    "estimated_unit_price": self.price(model.product, request.site),
                    "needed_by": request.at.date_naive() + Duration::days(45),
                    "cost_center_id": request.department,
                    "project_id": request.project,
                })
            })
            .collect();
        let reasons =
            ["New colleagues", "Replacement of old devices", "A new project", "Stock is running low"];
        let justification = *self.script.dice.pick(&reasons);
        let data = json!({"lines": lines, "justification": justification});
        let command = self.script.say(REQUESTER, request.at, "submit-requisition", data)?;
        Some(command.created_id())
    }

    /// Asks, has it approved by whoever may, and orders.
    fn order(&mut self, request: &DemoRequest) -> Option<PlacedOrder> {
        let requisition = self.submit(request)?;
        let at = self.script.dice.later(request.at, 0, 4);
        let approver = self.approver(request);
        let data = json!({ "requisition_id": requisition });
        self.script.say(approver, at, "approve-requisition", data)?;
        let at = self.script.dice.later(at, 1, 5);
        let vendor = *self.script.dice.pick(&self.organization.vendors[..SELLERS]);
        self.orders += 1;
        let lines: Vec<Value> = (1..)
            .zip(&request.lines)
            .map(|(number, (model, quantity))| {
                let model = &self.organization.models[*model];
                json!({
                    "model_id": model.id,
                    "quantity": quantity,
                    "unit_price": self.price(model.product, request.site),
                    "requisition_line": {"requisition_id": requisition, "line": number},
                    "cost_center_id": request.department,
                })
            })
            .collect();
        let data = json!({
            "number": format!("PO-{:05}", 20_000 + self.orders),
            "vendor_id": vendor,
            "lines": lines,
            "expected_on": at.date_naive() + Duration::days(21),
        });
        let id = self.script.say(BUYER, at, "issue-purchase-order", data)?.created_id();
        Some(PlacedOrder { id, at })
    }

    fn deliver(
        &mut self,
        request: &DemoRequest,
        order: &PlacedOrder,
        line: usize,
        quantity: u64,
        at: DateTime<Utc>,
    ) {
        let (model, _) = request.lines[line];
        let product = self.organization.models[model].product;
        let site = &self.organization.sites[request.site];
        let serials: Vec<String> = (0..quantity).map(|_| self.serial(product)).collect();
        let freight = self.script.dice.between(150, 2_500);
        let data = json!({
            "purchase_order_id": order.id,
            "line": line + 1,
            "quantity": quantity,
            "location_id": site.stockroom,
            "costs": {
                "price": self.price(product, request.site),
                "freight": money(freight, site.spec.currency),
            },
            "serials": serials,
            "delivery_note": format!("DN-{}", self.script.dice.between(100_000, 999_999)),
            "warranty_until": at.date_naive() + Duration::days(3 * 365),
        });
        let Some(command) = self.script.say(ANALYST, at, "receive-delivery", data) else {
            return;
        };
        for index in 0..serials.len() {
            let id = command.derived_id("asset", index);
            self.unpack(id, product, request.site, at);
        }
    }

    /// A piece that arrived is tagged within days, unless it is sent back.
    fn unpack(&mut self, id: Uuid, product: &'static Product, site: usize, at: DateTime<Utc>) {
        if self.script.dice.next().is_multiple_of(160) {
            let at = self.script.dice.later(at, 2, 3);
            let data = json!({"asset": id, "reason": "damaged on the way"});
            self.script.say(BUYER, at, "cancel-asset", data);
            return;
        }
        let since = self.script.dice.later(at, 2, 5);
        let data = json!({"asset": id, "tag": self.label(product.kind)});
        if self.script.say(ANALYST, since, "tag-asset", data).is_some() {
            let until = self.script.dice.later(since, 500, 1_700);
            self.pieces.push(DemoPiece { id, product, site, since, until });
        }
    }

    /// A request that is refused, withdrawn or not decided yet.
    fn ask_in_vain(&mut self, number: usize) {
        let days = if number % 3 == 2 { (2, 15) } else { (40, 600) };
        let ago = self.script.dice.between(days.0, days.1).cast_signed();
        let request = self.request(self.script.now - Duration::days(ago));
        let Some(requisition) = self.submit(&request) else {
            return;
        };
        let at = self.script.dice.later(request.at, 1, 6);
        match number % 3 {
            0 => {
                let data = json!({"requisition_id": requisition, "reason": "not in this year's budget"});
                self.script.say(MANAGER, at, "reject-requisition", data);
            }
            1 => {
                let data = json!({"requisition_id": requisition, "reason": "no longer needed"});
                self.script.say(MANAGER, at, "cancel-requisition", data);
            }
            _ => {}
        }
    }

    /// A single piece that is ordered outside a purchase order.
    fn order_alone(&mut self, number: u64) {
        let days_ago = if number < 5 { 2 + number } else { 100 + 40 * number };
        let at = self.script.now - Duration::days(days_ago.cast_signed());
        let dice = &mut self.script.dice;
        let (model, site) =
            (dice.index(self.organization.models.len()), dice.index(self.organization.sites.len()));
        let vendor = *dice.pick(&self.organization.vendors[..SELLERS]);
        let model = &self.organization.models[model];
        let data = json!({
            "model_id": model.id,
            "costs": {"price": self.price(model.product, site)},
            "order_number": format!("W-{}", 7_000 + number),
            "vendor_id": vendor,
            "expected_on": at.date_naive() + Duration::days(14),
        });
        // Nobody approved it, which an administrator alone may leave out.
        let Some(command) = self.script.say(ADMINISTRATOR, at, "order-asset", data) else {
            return;
        };
        let id = command.created_id();
        if number < 5 {
            return;
        }
        let at = self.script.dice.later(at, 6, 20);
        if number < 7 {
            let data = json!({"asset": id, "reason": "the vendor cannot deliver"});
            self.script.say(MANAGER, at, "cancel-asset", data);
            return;
        }
        let data = json!({"asset": id, "location_id": self.organization.sites[site].stockroom});
        self.script.say(ANALYST, at, "receive-asset", data);
        self.unpack(id, model.product, site, at);
    }

    /// Whoever's limit covers the total, as a person: the first of the organization, each with a role.
    fn approver(&self, request: &DemoRequest) -> DemoActor {
        let rate = self.organization.sites[request.site].spec.rate;
        let price = |model: usize| self.organization.models[model].product.price * rate / 100;
        let total: u64 = request.lines.iter().map(|(model, quantity)| (price(*model) + 1) * quantity).sum();
        let (number, role) = match total {
            0..=5_000 => (0, MANAGER),
            5_001..=50_000 => (1, BUYER),
            50_001..=250_000 => (2, FINANCE),
            _ => (3, ADMINISTRATOR),
        };
        role.as_person(self.organization.people[number].id)
    }

    fn price(&self, product: &Product, site: usize) -> Value {
        let spec = self.organization.sites[site].spec;
        money(product.price * spec.rate, spec.currency)
    }

    fn label(&mut self, kind: HardwareKind) -> String {
        self.labels += 1;
        format!("{}-{:05}", prefix(kind), 10_000 + self.labels)
    }

    fn serial(&mut self, product: &Product) -> String {
        let maker: String = product.maker.chars().take(2).collect();
        format!("{}{:09X}", maker.to_uppercase(), self.script.dice.next() >> 28)
    }
}

/// An order that was placed.
struct PlacedOrder {
    id: Uuid,
    at: DateTime<Utc>,
}

fn money(cents: u64, currency: &str) -> Value {
    json!({"amount": format!("{}.{:02}", cents / 100, cents % 100), "currency": currency})
}

fn prefix(kind: HardwareKind) -> &'static str {
    match kind {
        HardwareKind::Laptop => "LT",
        HardwareKind::Desktop => "DT",
        HardwareKind::Monitor => "MO",
        HardwareKind::Phone => "PH",
        HardwareKind::Server => "SV",
        HardwareKind::Network => "NW",
        HardwareKind::Printer => "PR",
        HardwareKind::Other => "OT",
    }
}
