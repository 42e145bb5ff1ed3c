//! Who acts: what everybody learns about herself, and whom histories name.

use itam_tests::{Client, eventually};
use serde_json::{Value, json};

use crate::installation::{Installation, admitted, assert_problem, id_of, position_of};
use crate::organization::Organization;

#[tokio::test]
async fn everybody_learns_who_she_is_and_what_she_may_do() {
    let itam = Installation::three_processes().await;
    let org = Organization::define(&itam.commands).await;
    let requester = itam.token("app", "requester", Some(&org.ada)).await;
    for service in &itam.services {
        let me = admitted(service, &requester).await.fetch("/v1/me").await;
        assert_eq!((&me["actor"], &me["actor_kind"]), (&json!(org.ada), &json!("person")), "{me}");
        assert_eq!((&me["role"], &me["token"]["name"]), (&json!("requester"), &json!("app")));
        assert!(me["token"]["expires_at"].is_string() && me["token"]["state"] == "active", "{me}");
        let reach = |list: &str, kind: &str, name: &str| {
            let entries = me[list].as_array().expect("a list");
            entries.iter().find(|entry| entry[kind] == name).map(|entry| entry["about"].clone())
        };
        assert_eq!(reach("commands", "command", "accept-custody"), Some(json!("own")));
        assert_eq!(reach("commands", "command", "submit-requisition"), Some(json!("all")));
        assert_eq!(reach("commands", "command", "void-asset"), None);
        assert_eq!(reach("queries", "query", "holdings"), Some(json!("own")));
        assert_eq!(me["sees_personal_data"], false);
        assert!(!me.to_string().contains(&requester), "it tells the token");
        let stranger = Client::new(&service.url, "itam_nothing");
        assert_problem(&stranger.get("/v1/me").await, 401, "unauthenticated");
    }
    let service = itam.token("ci", "service", None).await;
    let me = Client::new(&itam.services[0].url, &service).fetch("/v1/me").await;
    assert_eq!((&me["actor"], &me["person"]), (&me["token"]["id"], &Value::Null));
}

#[tokio::test]
async fn histories_name_who_acted_and_forget_who_is_erased() {
    histories_name_who_acted(&Installation::embedded().await).await;
}

#[tokio::test]
async fn histories_on_nats_name_who_acted_and_forget_who_is_erased() {
    histories_name_who_acted(&Installation::three_processes().await).await;
}

async fn histories_name_who_acted(itam: &Installation) {
    let org = Organization::define(&itam.commands).await;
    let ada = itam.colleague("asset-manager", Some(&org.ada)).await;
    let by_ada = id_of(&ada.done("define-vendor", json!({"name": "Hers"})).await);
    let import = Client::new(&itam.services[0].url, &itam.token("nightly import", "service", None).await);
    let done = import.done("define-vendor", json!({"name": "Its"})).await;
    let by_import = id_of(&done);
    let position = position_of(&done);
    for (vendor, name) in [(&by_ada, "Ada Byron"), (&by_import, "nightly import")] {
        let history = itam.seen(&format!("/v1/vendors/{vendor}/history"), position).await;
        assert_eq!(history["items"][0]["actor_name"], name, "{history}");
    }
    itam.commands.done("deactivate-person", json!({"person_id": org.ada})).await;
    itam.commands.done("erase-person", json!({"person_id": org.ada})).await;
    eventually("her name is gone", || async {
        let history = itam.queries.get(&format!("/v1/vendors/{by_ada}/history")).await;
        assert_eq!(history.json()["items"][0]["actor"], json!(org.ada));
        (!history.text.contains("Ada Byron")).then_some(())
    })
    .await;
}
