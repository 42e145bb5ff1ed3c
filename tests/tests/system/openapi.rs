//! The served contract: what it lists is there.

use itam_tests::Client;
use serde_json::{Value, json};

use crate::installation::{Installation, PROJECTOR, id_of, position_of};
use crate::organization::{Organization, laptop};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

#[tokio::test]
async fn every_operation_of_the_one_process_is_answered() {
    every_operation_is_answered(&Installation::embedded().await).await;
}

#[tokio::test]
async fn every_operation_of_the_three_services_is_answered_by_its_own() {
    every_operation_is_answered(&Installation::three_processes().await).await;
}

async fn every_operation_is_answered(itam: &Installation) {
    let known = Known::make(itam).await;
    let mut operations = 0;
    // The projector is asked nothing but how it does; `itam up` describes that too.
    let described = itam.services.iter().enumerate().filter(|(index, _)| *index != PROJECTOR);
    for (_, service) in described {
        let client = Client::new(&service.url, &itam.admin);
        let document = client.fetch("/openapi.json").await;
        assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
        let paths = document["paths"].as_object().expect("paths");
        for (path, item) in paths {
            for method in METHODS.iter().filter(|method| item.get(**method).is_some()) {
                let status = known.ask(&client, method, path).await;
                let is_there = ![404, 405, 500].contains(&status);
                assert!(is_there, "{method} {path} of {} is answered with {status}", service.url);
                operations += 1;
            }
        }
    }
    assert!(operations > 50, "only {operations} operations are listed");
}

/// Ids that there are, by the paths in which they stand.
struct Known {
    ids: Vec<(&'static str, String)>,
}

impl Known {
    async fn make(itam: &Installation) -> Self {
        let client = &itam.commands;
        let org = Organization::define(client).await;
        let price = json!({"amount": "10.00", "currency": "EUR"});
        let line = json!({"model_id": org.laptop, "quantity": 1, "estimated_unit_price": price});
        let requisition = client.done("submit-requisition", json!({"lines": [line]})).await;
        let line = json!({"model_id": org.laptop, "quantity": 1, "unit_price": price});
        let order = json!({"number": "PO-1", "vendor_id": org.vendor, "lines": [line]});
        let order = client.done("issue-purchase-order", order).await;
        let project = client.done("define-project", json!({"code": "P-1", "name": "Move"})).await;
        let asset = client.done("register-asset", laptop(&org.laptop, "LT-1")).await;
        let audit = client.done("plan-audit", json!({"name": "All", "scope": {}})).await;
        itam.seen("/v1/assets/LT-1", position_of(&asset).max(position_of(&audit))).await;
        let token = json!({"name": "to be revoked", "role": "auditor"});
        let token = client.send(client.request(reqwest::Method::POST, "/v1/tokens").json(&token)).await;
        let token = id_of(&token.json());
        let ids = vec![
            ("/v1/assets/", "LT-1".to_owned()),
            ("/v1/people/", org.ada),
            ("/v1/locations/", org.office),
            ("/v1/departments/", org.department),
            ("/v1/vendors/", org.vendor),
            ("/v1/models/", org.laptop),
            ("/v1/projects/", id_of(&project)),
            ("/v1/requisitions/", id_of(&requisition)),
            ("/v1/purchase-orders/", id_of(&order)),
            ("/v1/audits/", id_of(&audit)),
            ("/v1/tokens/", token),
            ("/v1/worklists/", "missing".to_owned()),
            ("/v1/commands/", "define-vendor".to_owned()),
            ("/problems/", "not-found".to_owned()),
        ];
        Self { ids }
    }

    /// Asks with as little as can be said; what streams is not read to its end.
    async fn ask(&self, client: &Client, method: &str, path: &str) -> u16 {
        let path = self.fill(path);
        let method = method.to_uppercase().parse().expect("a method");
        let mut request = client.request(method, &path);
        if path.starts_with("/v1/commands/") {
            request = request.json(&json!({}));
        } else if path == "/v1/commands" {
            request = request.header("content-type", "application/x-ndjson");
        }
        request.send().await.expect("an answer").status().as_u16()
    }

    /// The path with an id that there is in the place of each parameter.
    fn fill(&self, path: &str) -> String {
        let Some((start, rest)) = path.split_once('{') else {
            return path.to_owned();
        };
        let (_, rest) = rest.split_once('}').expect("a parameter ends");
        let known = self.ids.iter().find(|(prefix, _)| start.ends_with(prefix));
        let (_, id) = known.unwrap_or_else(|| panic!("{path} has a parameter that the test does not know"));
        self.fill(&format!("{start}{id}{rest}"))
    }
}

#[tokio::test]
async fn the_api_page_and_every_problem_page_stand_without_a_token() {
    let itam = Installation::embedded().await;
    let stranger = Client::new(&itam.services[0].url, "");
    for path in ["/docs", "/openapi.json", "/asyncapi.json", "/livez", "/readyz", "/metrics"] {
        assert_eq!(stranger.get(path).await.status, 200, "{path}");
    }
    let problem: Value = stranger.get("/v1/assets").await.json();
    let page = problem["type"].as_str().expect("a problem has a type");
    let path = page.find("/problems/").map_or(page, |start| &page[start..]);
    assert_eq!(stranger.get(path).await.status, 200, "{page}");
}

#[tokio::test]
async fn every_service_has_the_document_of_nats_with_its_servers() {
    let itam = Installation::three_processes().await;
    for service in &itam.services {
        let stranger = Client::new(&service.url, "");
        let answer = stranger.get("/asyncapi.json").await;
        let openapi = stranger.get("/openapi.json").await;
        for header in ["content-type", "cache-control", "x-content-type-options"] {
            assert_eq!(answer.header(header), openapi.header(header), "{header} of {}", service.url);
        }
        let document: Value = answer.json();
        assert_eq!(document["asyncapi"], "3.0.0", "{}", service.url);
        assert_eq!(document["servers"]["nats"]["protocol"], "nats", "{}", service.url);
    }
}
