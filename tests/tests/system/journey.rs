//! A laptop's whole life, from the request to the disposal, on both logs.

use itam_tests::Client;
use serde_json::{Value, json};

use crate::installation::{Installation, assert_problem, id_of, number, position_of};
use crate::organization::Organization;

/// What the laptop's history says in the end.
const LIFE: [&str; 15] = [
    "asset.delivered",
    "asset.tagged",
    "asset.deployed",
    "asset.custody_accepted",
    "asset.reassigned",
    "asset.maintenance_started",
    "asset.maintenance_completed",
    "asset.deployed",
    "asset.returned",
    "asset.verified",
    "asset.hold_placed",
    "asset.retired",
    "asset.hold_released",
    "asset.sanitized",
    "asset.disposed",
];

#[tokio::test]
async fn a_laptop_lives_its_whole_life_on_the_embedded_log() {
    live(&Installation::embedded().await).await;
}

#[tokio::test]
async fn a_laptop_lives_its_whole_life_through_three_processes_on_jetstream() {
    live(&Installation::three_processes().await).await;
}

/// Lets a laptop live.
pub(crate) async fn live(itam: &Installation) {
    let journey = Journey::begin(itam).await;
    let requisition = journey.is_asked_for().await;
    let order = journey.is_ordered(&requisition).await;
    let asset = journey.arrives(&requisition, &order).await;
    journey.is_handed_over().await;
    journey.changes_hands_and_is_repaired().await;
    journey.comes_back_and_is_held().await;
    journey.leaves(&asset).await;
    journey.is_remembered(&asset).await;
}

/// Who takes part.
struct Journey<'a> {
    itam: &'a Installation,
    org: Organization,
    /// Ada, who asks for the laptop and has it first.
    ada: Client,
    asset_manager: Client,
    buyer: Client,
    analyst: Client,
    compliance: Client,
}

const TAG: &str = "LT-0001";

impl<'a> Journey<'a> {
    async fn begin(itam: &'a Installation) -> Self {
        let org = Organization::define(&itam.commands).await;
        Self {
            ada: itam.colleague("requester", Some(&org.ada)).await,
            asset_manager: itam.colleague("asset-manager", Some(&org.ben)).await,
            buyer: itam.colleague("procurement-manager", None).await,
            analyst: itam.colleague("asset-analyst", None).await,
            compliance: itam.colleague("compliance-officer", None).await,
            itam,
            org,
        }
    }

    async fn is_asked_for(&self) -> String {
        let price = json!({"amount": "1200.00", "currency": "EUR"});
        let line = json!({"model_id": self.org.laptop, "quantity": 1, "estimated_unit_price": price,
                          "cost_center_id": self.org.department});
        let wish = json!({"lines": [line], "justification": "the old one is slow"});
        let requisition = id_of(&self.ada.done("submit-requisition", wish.clone()).await);

        let approval = |id: &str| json!({"requisition_id": id});
        let by_herself = self.ada.command("approve-requisition", approval(&requisition)).await;
        assert_problem(&by_herself, 403, "forbidden");
        let own = id_of(&self.asset_manager.done("submit-requisition", wish).await);
        let own = self.asset_manager.command("approve-requisition", approval(&own)).await;
        assert_problem(&own, 409, "rejected-by-rule");

        let approved = self.asset_manager.done("approve-requisition", approval(&requisition)).await;
        let path = format!("/v1/requisitions/{requisition}");
        let shown = self.itam.seen(&path, position_of(&approved)).await;
        assert_eq!(shown["stage"], "approved", "{shown}");
        assert_eq!(shown["requester"], json!(self.org.ada), "{shown}");
        requisition
    }

    async fn is_ordered(&self, requisition: &str) -> String {
        let line = json!({"model_id": self.org.laptop, "quantity": 1,
                          "unit_price": {"amount": "1149.00", "currency": "EUR"},
                          "requisition_line": {"requisition_id": requisition, "line": 1},
                          "cost_center_id": self.org.department});
        let order = json!({"number": "PO-2026-001", "vendor_id": self.org.vendor, "lines": [line]});
        let issued = self.buyer.done("issue-purchase-order", order).await;
        let shown = self.itam.seen(&format!("/v1/requisitions/{requisition}"), position_of(&issued)).await;
        assert_eq!(shown["stage"], "ordered", "{shown}");
        id_of(&issued)
    }

    async fn arrives(&self, requisition: &str, order: &str) -> String {
        let costs = json!({"price": {"amount": "1149.00", "currency": "EUR"},
                           "freight": {"amount": "11.00", "currency": "EUR"}});
        let delivery = json!({"purchase_order_id": order, "line": 1, "quantity": 1,
                              "location_id": self.org.stockroom, "serials": ["SN-4711"], "costs": costs});
        let received = self.analyst.done("receive-delivery", delivery.clone()).await;
        let position = position_of(&received);
        let too_much = self.analyst.command("receive-delivery", delivery).await;
        assert_eq!(too_much.status, 409, "{}", too_much.text);

        let list = self.itam.seen(&format!("/v1/assets?purchase_order_id={order}"), position).await;
        let items = list["items"].as_array().expect("a list");
        assert_eq!(items.len(), 1, "{list}");
        assert_eq!((&items[0]["state"], &items[0]["serial"]), (&json!("received"), &json!("SN-4711")));
        for path in [format!("/v1/requisitions/{requisition}"), format!("/v1/purchase-orders/{order}")] {
            assert_eq!(self.itam.seen(&path, position).await["stage"], "received", "{path}");
        }
        let asset = id_of(&items[0]);
        let tagged = self.analyst.done("tag-asset", json!({"asset": asset, "tag": TAG})).await;
        self.shown(&tagged, "in_stock").await;
        asset
    }

    async fn is_handed_over(&self) {
        let to_ada = json!({"asset": TAG, "custodian": {"person": self.org.ada},
                            "acceptance": "required", "location_id": self.org.office});
        let shown = self.step(&self.analyst, "deploy-asset", to_ada, "deployed").await;
        assert_eq!(shown["custodian"], json!({"person": self.org.ada}), "{shown}");
        assert_eq!(self.worklist("pending-acceptances").await, [TAG]);
        self.step(&self.ada, "accept-custody", json!({"asset": TAG}), "deployed").await;
        assert!(self.worklist("pending-acceptances").await.is_empty());
        assert_eq!(self.holdings(&self.org.ada).await, [TAG]);
    }

    async fn changes_hands_and_is_repaired(&self) {
        let to_ben = json!({"asset": TAG, "custodian": {"person": self.org.ben}});
        self.step(&self.analyst, "reassign-asset", to_ben.clone(), "deployed").await;
        assert!(self.holdings(&self.org.ada).await.is_empty());
        assert_eq!(self.holdings(&self.org.ben).await, [TAG]);

        let repair = json!({"asset": TAG, "kind": "repair", "vendor_id": self.org.vendor});
        self.step(&self.analyst, "start-maintenance", repair, "in_maintenance").await;
        assert_eq!(self.worklist("in-maintenance").await, [TAG]);
        assert!(self.holdings(&self.org.ben).await.is_empty());
        let repaired = json!({"asset": TAG, "outcome": "repaired", "condition": "good",
                              "location_id": self.org.stockroom});
        self.step(&self.analyst, "complete-maintenance", repaired, "in_stock").await;
        self.step(&self.analyst, "deploy-asset", to_ben, "deployed").await;
    }

    async fn comes_back_and_is_held(&self) {
        let back = json!({"asset": TAG, "location_id": self.org.stockroom, "condition": "fair"});
        let shown = self.step(&self.analyst, "return-asset", back, "in_stock").await;
        assert_eq!(shown["condition"], "fair", "{shown}");
        self.step(&self.analyst, "verify-asset", json!({"asset": TAG}), "in_stock").await;
        let hold = json!({"asset": TAG, "hold": "legal", "case_number": "C-77"});
        self.step(&self.compliance, "place-hold", hold, "in_stock").await;
        assert_eq!(self.worklist("on-hold").await, [TAG]);
    }

    async fn leaves(&self, asset: &str) {
        let retire = json!({"asset": TAG, "cause": "end_of_life"});
        self.step(&self.asset_manager, "retire-asset", retire, "retired").await;
        let wipe = json!({"asset": TAG, "method": "purge", "tool": "vendor erase"});
        let while_held = self.compliance.command("record-sanitization", wipe.clone()).await;
        assert_problem(&while_held, 409, "rejected-by-rule");
        let release = json!({"asset": TAG, "hold": "legal"});
        self.step(&self.compliance, "release-hold", release, "retired").await;

        let recycle = json!({"asset": TAG, "method": "recycled", "vendor_id": self.org.vendor});
        let with_data = self.asset_manager.command("dispose-asset", recycle.clone()).await;
        assert_problem(&with_data, 409, "rejected-by-rule");
        self.step(&self.compliance, "record-sanitization", wipe, "retired").await;
        self.step(&self.asset_manager, "dispose-asset", recycle, "disposed").await;

        // Its tag is free for another now, so it is named by its id.
        let again = json!({"asset": asset, "custodian": {"person": self.org.ben}});
        let gone = self.analyst.command("deploy-asset", again).await;
        assert_eq!(gone.status, 409, "{}", gone.text);
        assert_eq!(gone.json()["current_state"], "disposed", "{}", gone.text);
        assert!(gone.json()["allowed_commands"].is_array(), "{}", gone.text);
    }

    async fn is_remembered(&self, asset: &str) {
        assert_eq!(self.history(&format!("/v1/assets/{TAG}/history")).await, LIFE);
        assert_eq!(self.history(&format!("/v1/assets/{asset}/history")).await, LIFE);
        for person in [&self.org.ada, &self.org.ben] {
            let history = self.history(&format!("/v1/people/{person}/history")).await;
            assert_eq!(history.iter().filter(|name| *name == "asset.reassigned").count(), 1, "{history:?}");
        }
        let summary = self.itam.summary().await;
        assert_eq!(number(&summary, "assets"), 1, "{summary}");
        assert_eq!(summary["by_state"]["disposed"], 1, "{summary}");
        let cost = json!([{"currency": "EUR", "amount": "1160.00"}]);
        assert_eq!(summary["acquisition_cost"], cost, "{summary}");
    }

    /// Sends a command and holds the laptop to the state that it must be in then.
    async fn step(&self, who: &Client, command: &str, fields: Value, state: &str) -> Value {
        let done = who.done(command, fields).await;
        self.shown(&done, state).await
    }

    async fn shown(&self, done: &Value, state: &str) -> Value {
        let shown = self.itam.seen(&format!("/v1/assets/{TAG}"), position_of(done)).await;
        assert_eq!(shown["state"], state, "{shown}");
        assert_eq!(shown["version"], done["version"], "{shown}");
        shown
    }

    async fn worklist(&self, name: &str) -> Vec<String> {
        self.tags(&format!("/v1/worklists/{name}")).await
    }

    async fn holdings(&self, person: &str) -> Vec<String> {
        self.tags(&format!("/v1/people/{person}/assets")).await
    }

    async fn tags(&self, path: &str) -> Vec<String> {
        let list = self.itam.queries.fetch(path).await;
        let items = list["items"].as_array().unwrap_or_else(|| panic!("no list: {list}"));
        items.iter().map(|item| item["tag"].as_str().expect("a tag").to_owned()).collect()
    }

    async fn history(&self, path: &str) -> Vec<String> {
        let list = self.itam.queries.fetch(path).await;
        let items = list["items"].as_array().unwrap_or_else(|| panic!("no list: {list}"));
        items.iter().map(|item| item["type"].as_str().expect("a type").to_owned()).collect()
    }
}
