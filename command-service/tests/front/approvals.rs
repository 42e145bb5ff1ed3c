//! What was approved is what is ordered, tried by those who would rather it were not.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::test_server::{Api, Furniture, Reply, TestServer};

/// Somebody with a token: a role, and the person whom it is tied to.
struct Somebody<'a> {
    api: &'a Api,
    bearer: String,
}

impl<'a> Somebody<'a> {
    fn new(api: &'a Api, role: &str, person: &str) -> Self {
        Self { api, bearer: format!("Bearer {role}@{person}") }
    }

    async fn sends(&self, command: &str, key: &str, fields: Value) -> Reply {
        let headers = [("authorization", self.bearer.as_str()), ("idempotency-key", key)];
        self.api.post(&format!("/v1/commands/{command}"), &headers, fields.to_string()).await
    }
}

fn euros(amount: &str) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

fn asked(it: &Furniture, quantity: u32, amount: &str) -> Value {
    json!({"lines": [{"model_id": it.model, "quantity": quantity, "estimated_unit_price": euros(amount)}]})
}

fn order(it: &Furniture, number: &str, requisition: &str, quantity: u32, price: Value) -> Value {
    let mut order = it.order(number, quantity);
    order["lines"][0]["unit_price"] = price;
    order["lines"][0]["requisition_line"] = json!({"requisition_id": requisition, "line": 1});
    order
}

/// A requisition that somebody asked for and another approved.
async fn approved(api: &Api, it: &Furniture, key: &str, quantity: u32, amount: &str) -> String {
    let asks = Somebody::new(api, "requester", &it.person);
    let reply = asks.sends("submit-requisition", key, asked(it, quantity, amount)).await;
    let id = reply.body["id"].as_str().unwrap().to_owned();
    let approver = Somebody::new(api, "procurement-manager", &another_person(api, key).await);
    let approval = json!({"requisition_id": id});
    let reply = approver.sends("approve-requisition", &format!("approve {key}"), approval).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    id
}

async fn another_person(api: &Api, key: &str) -> String {
    api.did("add-person", &format!("another {key}"), json!({"name": "Grace Hopper"})).await
}

fn is_refused(reply: &Reply, reason: &str) {
    reply.is_problem(409, "rejected-by-rule");
    assert_eq!(reply.body["reason"], reason, "{}", reply.body);
}

#[tokio::test]
async fn an_approval_binds_every_order_of_it_over_http() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    let requisition = approved(&api, &it, "r-1", 1, "200.00").await;
    let buyer = Somebody::new(&api, "procurement-manager", &it.person);
    let head = server.head().await;

    let dear = order(&it, "PO-1", &requisition, 1, euros("99999.00"));
    let reply = buyer.sends("issue-purchase-order", "1", dear).await;
    is_refused(&reply, "beyond-approved-price");
    reply.points_to("/lines/0/unit_price");
    assert_eq!(reply.body["line"], 1);
    assert_eq!(reply.body["approved"], euros("200.00"));
    assert_eq!(reply.body["ordered"], euros("99999.00"));
    let dollars = json!({"amount": "200.00", "currency": "USD"});
    let reply = buyer.sends("issue-purchase-order", "2", order(&it, "PO-1", &requisition, 1, dollars)).await;
    is_refused(&reply, "currency-not-approved");
    let many = order(&it, "PO-1", &requisition, 2, euros("200.00"));
    is_refused(&buyer.sends("issue-purchase-order", "3", many).await, "beyond-requisition");
    let without = buyer.sends("issue-purchase-order", "4", it.order("PO-1", 1)).await;
    is_refused(&without, "beyond-direct-limit");
    let mut padded = order(&it, "PO-1", &requisition, 1, euros("200.00"));
    padded["lines"].as_array_mut().unwrap().push(it.order("x", 300)["lines"][0].clone());
    is_refused(&buyer.sends("issue-purchase-order", "5", padded).await, "beyond-direct-limit");
    let alone = json!({"model_id": it.model, "costs": {"price": euros("99999.00")}});
    is_refused(&buyer.sends("order-asset", "6", alone).await, "beyond-direct-limit");
    assert_eq!(server.head().await, head, "nothing of it is stored");

    let fair = order(&it, "PO-1", &requisition, 1, euros("200.00"));
    let issued = buyer.sends("issue-purchase-order", "7", fair).await;
    assert_eq!(issued.status, 201, "{}", issued.body);
    let amend = |more: Value| {
        let mut fields = more;
        fields["purchase_order_id"] = issued.body["id"].clone();
        fields
    };
    let raised = amend(json!({"changed": [{"line": 1, "unit_price": euros("999999999.00")}]}));
    is_refused(&buyer.sends("amend-purchase-order", "8", raised).await, "beyond-approved-price");
    let more = amend(json!({"changed": [{"line": 1, "quantity": 2}]}));
    is_refused(&buyer.sends("amend-purchase-order", "9", more).await, "beyond-requisition");
    let line = json!({"model_id": it.model, "quantity": 300, "unit_price": euros("5000.00")});
    let added = amend(json!({"added": [line]}));
    is_refused(&buyer.sends("amend-purchase-order", "10", added).await, "beyond-direct-limit");
}

#[tokio::test]
async fn nobody_approves_for_herself_through_any_token() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    let other = another_person(&api, "other").await;
    let asks = Somebody::new(&api, "requester", &it.person);
    let own = asks.sends("submit-requisition", "own", asked(&it, 1, "200.00")).await;
    let mut wish = asked(&it, 1, "200.00");
    wish["requested_for"] = json!(it.person);
    let for_her =
        Somebody::new(&api, "asset-analyst", &other).sends("submit-requisition", "hers", wish).await;
    let approves = async |bearer: String, key: &str, id: &Value| {
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", key)];
        let fields = json!({"requisition_id": id}).to_string();
        api.post("/v1/commands/approve-requisition", &headers, fields).await
    };
    for role in ["asset-manager", "procurement-manager", "financial-analyst", "administrator"] {
        let second_token = format!("Bearer {role}@{}", it.person);
        let reply = approves(second_token.clone(), &format!("a {role}"), &own.body["id"]).await;
        is_refused(&reply, "approver-is-requester");
        let reply = approves(second_token, &format!("b {role}"), &for_her.body["id"]).await;
        is_refused(&reply, "approver-is-beneficiary");
        let reply = approves(format!("Bearer {role}"), &format!("c {role}"), &own.body["id"]).await;
        is_refused(&reply, "approver-is-nobody");
    }
    let by_other = approves(format!("Bearer asset-manager@{other}"), "d", &own.body["id"]).await;
    assert_eq!(by_other.status, 201, "{}", by_other.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_race_for_one_requisition_take_no_more_together_than_was_approved() {
    let server = TestServer::open().await;
    let apis = [server.api(), server.api()];
    let it = apis[0].furnish().await;
    for round in 0..20 {
        let requisition = approved(&apis[0], &it, &format!("r {round}"), 3, "200.00").await;
        let sends = (0..4).map(|n| {
            let fields = order(&it, &format!("PO-{round}-{n}"), &requisition, 2, euros("200.00"));
            let buyer = Somebody::new(&apis[n % 2], "procurement-manager", &it.person);
            async move { buyer.sends("issue-purchase-order", &format!("{round} {n}"), fields).await }
        });
        let replies = join_all(sends).await;
        let issued = replies.iter().filter(|reply| reply.status == 201).count();
        assert_eq!(issued, 1, "{replies:?}");
        for refused in replies.iter().filter(|reply| reply.status != 201) {
            is_refused(refused, "beyond-requisition");
        }
    }
}
