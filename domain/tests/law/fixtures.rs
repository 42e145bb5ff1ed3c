//! The organization in which the scenes play, and assets in every state.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::scene::{Scene, id};

pub(crate) const LAPTOP_MODEL: u128 = 1;
pub(crate) const MONITOR_MODEL: u128 = 2;
pub(crate) const OLD_MODEL: u128 = 3;
pub(crate) const BERLIN: u128 = 11;
pub(crate) const STORE: u128 = 12;
pub(crate) const CLOSED_SITE: u128 = 13;
pub(crate) const SALES: u128 = 21;
pub(crate) const CLOSED_DEPARTMENT: u128 = 22;
pub(crate) const VENDOR: u128 = 31;
pub(crate) const CLOSED_VENDOR: u128 = 32;
/// It runs from the 15th of January to the end of 2026.
pub(crate) const PROJECT: u128 = 51;
/// It runs on any day.
pub(crate) const OTHER_PROJECT: u128 = 52;
pub(crate) const CLOSED_PROJECT: u128 = 53;
pub(crate) const BOB: u128 = 41;
pub(crate) const EVE: u128 = 42;
pub(crate) const GONE: u128 = 43;
/// The asset that most scenes are about.
pub(crate) const ASSET: u128 = 100;
pub(crate) const OTHER: u128 = 101;
pub(crate) const REQUISITION: u128 = 200;
pub(crate) const ORDER: u128 = 300;
/// An id that nothing has.
pub(crate) const NOBODY: u128 = 999;

impl Scene {
    /// A scene with models, locations, departments, vendors, projects and persons, active and inactive.
    pub(crate) fn with_organization() -> Self {
        let mut scene = Self::empty();
        let model = |name: &str, kind: &str, data_bearing: bool, standing: &str| {
            json!({"name": name, "kind": "hardware", "hardware_kind": kind, "manufacturer": "Lenovo",
                   "data_bearing": data_bearing, "standing": standing})
        };
        let named = |name: &str, standing: &str| json!({"name": name, "standing": standing});
        let project = |code: &str, standing: &str| json!({"code": code, "name": code, "standing": standing});
        let dated = with(
            project("MOVE", "active"),
            json!({"active_from": "2026-01-15", "active_until": "2026-12-31"}),
        );
        let site = |name: &str, standing: &str| json!({"name": name, "kind": "site", "standing": standing});
        let defined = "asset_model.defined";
        scene
            .given("asset_model", id(LAPTOP_MODEL), defined, model("T14", "laptop", true, "active"))
            .given("asset_model", id(MONITOR_MODEL), defined, model("P27", "monitor", false, "active"))
            .given("asset_model", id(OLD_MODEL), defined, model("T60", "laptop", true, "inactive"))
            .given("location", id(BERLIN), "location.defined", site("Berlin", "active"))
            .given("location", id(STORE), "location.defined", site("Store", "active"))
            .given("location", id(CLOSED_SITE), "location.defined", site("Bonn", "inactive"))
            .given("department", id(SALES), "department.defined", named("Sales", "active"))
            .given("department", id(CLOSED_DEPARTMENT), "department.defined", named("Telex", "inactive"))
            .given("vendor", id(VENDOR), "vendor.defined", named("Bechtle", "active"))
            .given("vendor", id(CLOSED_VENDOR), "vendor.defined", named("Escom", "inactive"))
            .given("project", id(PROJECT), "project.defined", dated)
            .given("project", id(OTHER_PROJECT), "project.defined", project("LAB", "active"))
            .given("project", id(CLOSED_PROJECT), "project.defined", project("Y2K", "inactive"))
            .given("person", id(BOB), "person.added", json!({}))
            .given("person", id(EVE), "person.added", json!({}))
            .given("person", id(GONE), "person.added", json!({}))
            .given("person", id(GONE), "person.deactivated", json!({}));
        scene
    }

    /// Something happened to the asset.
    pub(crate) fn asset(&mut self, event: &str, data: Value) -> &mut Self {
        self.given("asset", id(ASSET), event, data)
    }

    /// The asset was ordered on its own.
    pub(crate) fn on_order(&mut self) -> &mut Self {
        self.asset("asset.ordered", json!({"facts": laptop(json!({}))}))
    }

    /// The asset arrived and has no tag.
    pub(crate) fn received(&mut self) -> &mut Self {
        self.asset("asset.registered", json!({"facts": laptop(json!({}))}))
    }

    /// The asset is in stock, with tag LT-1 and serial PF1.
    pub(crate) fn in_stock(&mut self) -> &mut Self {
        self.in_stock_with(json!({}))
    }

    /// The asset is in stock, and these facts differ from the usual ones.
    pub(crate) fn in_stock_with(&mut self, differing: Value) -> &mut Self {
        let facts = with(laptop(json!({"tag": "LT-1", "serial": "PF1"})), differing);
        self.asset("asset.registered", json!({"facts": facts}))
    }

    /// The asset is in Bob's custody.
    pub(crate) fn deployed(&mut self) -> &mut Self {
        self.in_stock()
            .asset("asset.deployed", json!({"custodian": {"person": id(BOB)}, "acceptance": "not_required"}))
    }

    /// The asset is in Bob's custody, who has not confirmed it.
    pub(crate) fn pending(&mut self) -> &mut Self {
        self.in_stock()
            .asset("asset.deployed", json!({"custodian": {"person": id(BOB)}, "acceptance": "required"}))
    }

    /// The asset is on its way to Berlin.
    pub(crate) fn in_transit(&mut self) -> &mut Self {
        self.in_stock().asset("asset.shipped", json!({"destination_id": id(BERLIN)}))
    }

    /// The asset is being repaired.
    pub(crate) fn in_maintenance(&mut self) -> &mut Self {
        self.in_stock().asset("asset.maintenance_started", json!({"kind": "repair"}))
    }

    /// The asset is lost.
    pub(crate) fn missing(&mut self) -> &mut Self {
        self.in_stock().asset("asset.reported_missing", json!({"loss": "lost"}))
    }

    /// The asset is out of service.
    pub(crate) fn retired(&mut self) -> &mut Self {
        self.in_stock().asset("asset.retired", json!({"cause": "obsolete"}))
    }

    /// The asset left for good.
    pub(crate) fn disposed(&mut self) -> &mut Self {
        self.retired()
            .asset("asset.sanitized", json!({"method": "destroy"}))
            .asset("asset.disposed", json!({"method": "recycled"}))
    }

    /// The asset was registered in error.
    pub(crate) fn voided(&mut self) -> &mut Self {
        self.in_stock().asset("asset.voided", json!({}))
    }

    /// The asset's order was cancelled.
    pub(crate) fn cancelled(&mut self) -> &mut Self {
        self.on_order().asset("asset.cancelled", json!({}))
    }

    /// The asset is under a hold.
    pub(crate) fn held(&mut self, hold: &str) -> &mut Self {
        self.asset("asset.hold_placed", json!({"hold": hold}))
    }

    /// Another asset is in stock, with tag LT-2 and serial PF2.
    pub(crate) fn other_in_stock(&mut self) -> &mut Self {
        let facts = laptop(json!({"tag": "LT-2", "serial": "PF2"}));
        self.given("asset", id(OTHER), "asset.registered", json!({"facts": facts}))
    }

    /// Carl submitted a requisition of ten laptops at 1,000 euros each.
    pub(crate) fn submitted(&mut self) -> &mut Self {
        let lines = json!([requisition_line(10)]);
        self.given("requisition", id(REQUISITION), "requisition.submitted", json!({"lines": lines}))
    }

    /// That requisition was approved.
    pub(crate) fn approved(&mut self) -> &mut Self {
        self.submitted().given(
            "requisition",
            id(REQUISITION),
            "requisition.approved",
            json!({"role": "administrator", "totals": [euros("10000.00")]}),
        )
    }

    /// An order of five laptops without a requisition.
    pub(crate) fn ordered(&mut self) -> &mut Self {
        self.given(
            "purchase_order",
            id(ORDER),
            "purchase_order.issued",
            json!({"number": "PO-1", "vendor_id": id(VENDOR), "lines": [order_line(5)]}),
        )
    }

    /// An order of six of the ten laptops that were approved.
    pub(crate) fn ordered_for_requisition(&mut self) -> &mut Self {
        let line = with(order_line(6), json!({"requisition_line": first_requisition_line()}));
        self.approved()
            .given(
                "purchase_order",
                id(ORDER),
                "purchase_order.issued",
                json!({"number": "PO-1", "vendor_id": id(VENDOR), "lines": [line]}),
            )
            .given(
                "requisition",
                id(REQUISITION),
                "requisition.ordered",
                json!({"purchase_order_id": id(ORDER), "lines": [{"line": 1, "quantity": 6}]}),
            )
    }

    /// Two pieces of the order arrived, the first of which is the asset.
    pub(crate) fn two_delivered(&mut self) -> &mut Self {
        let costs = json!({"price": euros("1000.00")});
        self.given(
            "purchase_order",
            id(ORDER),
            "purchase_order.delivery_received",
            json!({"line": 1, "quantity": 2, "location_id": id(STORE), "costs": costs}),
        );
        for piece in [ASSET, OTHER] {
            let facts = laptop(json!({"order_line": {"purchase_order_id": id(ORDER), "line": 1}}));
            self.given("asset", id(piece), "asset.delivered", json!({"facts": facts}));
        }
        self
    }
}

/// What is known of a laptop, with these facts beside.
pub(crate) fn laptop(more: Value) -> Value {
    let facts = json!({"model_id": id(LAPTOP_MODEL), "kind": "hardware", "hardware_kind": "laptop",
                       "manufacturer": "Lenovo", "data_bearing": true, "ownership": "owned"});
    with(facts, more)
}

/// An object with the members of another over its own.
pub(crate) fn with(mut object: Value, more: Value) -> Value {
    let Value::Object(more) = more else {
        panic!("{more} is no object");
    };
    for (name, value) in more {
        object[name] = value;
    }
    object
}

/// An amount of euros.
pub(crate) fn euros(amount: &str) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

/// A line that asks for laptops at 1,000 euros each.
pub(crate) fn requisition_line(quantity: u32) -> Value {
    json!({"model_id": id(LAPTOP_MODEL), "quantity": quantity, "estimated_unit_price": euros("1000.00")})
}

/// A line that orders laptops at 1,000 euros each.
pub(crate) fn order_line(quantity: u32) -> Value {
    json!({"model_id": id(LAPTOP_MODEL), "quantity": quantity, "unit_price": euros("1000.00")})
}

/// The first line of the requisition.
pub(crate) fn first_requisition_line() -> Value {
    json!({"requisition_id": id(REQUISITION), "line": 1})
}

/// A person as custodian.
pub(crate) fn person(n: u128) -> Value {
    json!({"person": id(n)})
}

/// The asset, as a command names it.
pub(crate) fn asset_id() -> Uuid {
    id(ASSET)
}
