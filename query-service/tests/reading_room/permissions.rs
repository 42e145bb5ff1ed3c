//! Who may ask what, and sees what.

use itam_query_service::{Query, Reach, reach};
use itam_service_kit::Role;
use serde_json::Value;

use crate::world::{ADA, ADAS_REQUISITION, GRACE, World, fields, id, json_of};

#[tokio::test]
async fn every_endpoint_keeps_to_the_table() {
    let world = World::new().await;
    let paths = [
        (Query::Assets, "/v1/assets".to_owned()),
        (Query::Assets, "/v1/assets/LT-1".to_owned()),
        (Query::Assets, format!("/v1/locations/{}/assets", id(21))),
        (Query::Assets, format!("/v1/departments/{}/assets", id(31))),
        (Query::Holdings, format!("/v1/people/{}/assets", id(GRACE))),
        (Query::History, "/v1/assets/LT-1/history".to_owned()),
        (Query::History, format!("/v1/people/{}/history", id(ADA))),
        (Query::Requisitions, "/v1/requisitions".to_owned()),
        (Query::PurchaseOrders, "/v1/purchase-orders".to_owned()),
        (Query::Vendors, "/v1/vendors".to_owned()),
        (Query::Catalog, "/v1/models".to_owned()),
        (Query::Catalog, "/v1/locations".to_owned()),
        (Query::Catalog, "/v1/departments".to_owned()),
        (Query::Catalog, "/v1/projects".to_owned()),
        (Query::People, "/v1/people".to_owned()),
        (Query::Summary, "/v1/inventory/summary".to_owned()),
        (Query::Worklists, "/v1/worklists/missing".to_owned()),
        (Query::Compliance, "/v1/compliance/assets".to_owned()),
        (Query::Compliance, "/v1/compliance/worklists/sanitization-outstanding".to_owned()),
        (Query::Compliance, "/v1/compliance/totals/sanitization".to_owned()),
        (Query::Tco, "/v1/tco/assets".to_owned()),
        (Query::Tco, "/v1/tco/totals/orders".to_owned()),
        (Query::Campaigns, "/v1/audits".to_owned()),
        (Query::Differences, "/v1/diff?from=1&to=24".to_owned()),
        (Query::Events, "/v1/events".to_owned()),
        (Query::Live, "/v1/live".to_owned()),
        (Query::Status, "/v1/status".to_owned()),
        (Query::History, "/v1/assets/LT-3/evidence".to_owned()),
        (Query::Proofs, "/v1/audit/checkpoint".to_owned()),
        (Query::Proofs, "/v1/audit/proof/inclusion?position=1".to_owned()),
        (Query::Proofs, "/v1/audit/proof/consistency?from=1".to_owned()),
        (Query::Proofs, "/v1/audit/export".to_owned()),
    ];
    assert!(Query::ALL.iter().all(|query| paths.iter().any(|(asked, _)| asked == query)));
    for (query, path) in paths {
        for role in Role::ALL {
            // Grace's things are not the requester's own; her list of requisitions is.
            let is_let_in = match reach(role, query) {
                Reach::All => true,
                Reach::Own => query == Query::Requisitions,
                Reach::None => false,
            };
            let status = world.ask(role, &path, &[]).await.status().as_u16();
            assert_eq!(status, if is_let_in { 200 } else { 403 }, "{role} {path}");
        }
    }
}

#[tokio::test]
async fn a_requester_sees_her_own_things_only() {
    let world = World::new().await;
    let own = world.ask(Role::Requester, &format!("/v1/people/{}/assets", id(ADA)), &[]).await;
    assert_eq!(fields(&json_of(own).await, "tag"), ["LT-1"]);
    let list = world.ask(Role::Requester, "/v1/requisitions?requester=token-1", &[]).await;
    assert_eq!(fields(&json_of(list).await, "id"), [id(ADAS_REQUISITION).to_string()]);
    for (number, status) in [(ADAS_REQUISITION, 200), (52, 404)] {
        let response = world.ask(Role::Requester, &format!("/v1/requisitions/{}", id(number)), &[]).await;
        assert_eq!(response.status(), status);
    }
}

#[tokio::test]
async fn a_token_without_a_person_sees_no_requisition_as_its_own() {
    let world = World::new().await;
    // Even what was submitted under its own id is not a person's.
    let ask = async |path: String| {
        let request = axum::http::Request::get(path).header("authorization", "Bearer requester-of-nobody");
        let request = request.body(axum::body::Body::empty()).expect("a request");
        tower::ServiceExt::oneshot(world.router.clone(), request).await.expect("an answer")
    };
    let list = ask("/v1/requisitions".to_owned()).await;
    assert_eq!(fields(&json_of(list).await, "id"), Vec::<String>::new());
    assert_eq!(ask(format!("/v1/requisitions/{}", id(ADAS_REQUISITION))).await.status(), 404);
}

#[tokio::test]
async fn more_than_a_name_is_shown_to_those_who_need_it() {
    let world = World::new().await;
    for role in Role::ALL {
        let person = world.ask(role, &format!("/v1/people/{}", id(ADA)), &[]).await;
        let person = json_of(person).await;
        assert_eq!(person["name"], "Ada Lovelace", "{role}");
        let is_shown = itam_query_service::sees_personal_data(role);
        assert_eq!(person["email"] == "ada@example.org", is_shown, "{role}");
        assert_eq!(person.get("username").is_some(), is_shown, "{role}");
        let search = world.ask(role, "/v1/people?username=ada", &[]).await;
        assert_eq!(search.status() == 200, is_shown, "{role}");
    }
    let find = async |role, words: &str| {
        let response = world.ask(role, &format!("/v1/assets?q={words}"), &[]).await;
        fields(&json_of(response).await, "tag")
    };
    assert_eq!(find(Role::Auditor, "ada%40example").await, ["LT-1"]);
    assert_eq!(find(Role::FinancialAnalyst, "ada%40example").await, Vec::<String>::new());
    assert_eq!(find(Role::FinancialAnalyst, "lovelace").await, ["LT-1"]);
}

#[tokio::test]
async fn without_a_token_nothing_is_shown() {
    let world = World::new().await;
    let request = axum::http::Request::get("/v1/assets").body(axum::body::Body::empty()).expect("a request");
    let response = tower::ServiceExt::oneshot(world.router.clone(), request).await.expect("an answer");
    assert_eq!(response.status(), 401);
    let problem: Value = json_of(response).await;
    assert_eq!(problem["code"], "unauthenticated");
}
