//! The read model is built anew from the log, by a tool and by a running service.

use std::path::Path;

use itam_tests::eventually;

use crate::installation::{Installation, PROJECTOR, assert_problem, number, sum_by_state};
use crate::load::Load;
use crate::organization::{Organization, define_laptop, laptop};

#[tokio::test]
async fn the_tool_builds_a_read_model_equal_to_the_one_it_replaces() {
    let mut itam = Installation::embedded().await;
    let org = Organization::define(&itam.commands).await;
    for number in 0..25 {
        let tag = format!("LT-{number}");
        itam.commands.done("register-asset", laptop(&org.laptop, &tag)).await;
        let custodian = serde_json::json!({"asset": tag, "custodian": {"person": org.ada}});
        itam.commands.done("deploy-asset", custodian).await;
    }
    let (before, head) = (itam.summary().await, itam.head().await);
    assert!(itam.up().stop().await.success());

    let said = itam.tool(&["rebuild"]).await;
    assert!(said.contains("equal to the one it replaces") && !said.contains("NOT equal"), "{said}");
    assert!(said.contains(&format!("position {head}, 0 parked")), "{said}");
    for name in ["inventory", "compliance", "tco"] {
        let said = itam.tool(&["rebuild", "--only", name]).await;
        let line = format!("rebuilt {name} up to position {head}, 0 parked");
        assert!(said.contains(&line) && said.contains("equal to the one it replaces"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    itam.up().restart().await;
    itam.up().ready().await;
    assert_eq!(itam.summary().await, before);
    let counted = itam.queries.get("/v1/tco/assets?limit=100").await.json();
    assert_eq!(counted["items"].as_array().map(Vec::len), Some(25), "{counted}");
}

#[tokio::test]
async fn a_read_model_is_rebuilt_alone_by_its_name_and_by_no_other() {
    let itam = Installation::embedded().await;
    define_laptop(&itam.commands).await;
    let up = itam_tests::Client::new(&itam.services[0].url, &itam.admin);
    let pointer = || std::fs::read_to_string(itam.folder().join("read-model").join("TCO")).expect("pointer");
    let before = pointer();
    let ask = |query: &str| up.request(reqwest::Method::POST, &format!("/v1/projector/rebuild{query}"));
    for query in ["?only=finance", "?only=", "?all=tco", "?only=tco&only=inventory"] {
        let refused = up.send(ask(query)).await;
        assert_problem(&refused, 400, "malformed-request");
        assert!(refused.text.contains("inventory, compliance, tco"), "{}", refused.text);
    }
    assert_eq!(up.send(ask("?only=tco")).await.status, 202);
    eventually("the projection is another file", || async { (pointer() != before).then_some(()) }).await;
    assert_eq!(itam.queries.get("/v1/tco/assets").await.status, 200);
}

#[tokio::test]
async fn a_rebuild_while_one_process_runs_interrupts_no_query() {
    rebuild_online(&Installation::embedded().await, 0).await;
}

#[tokio::test]
async fn a_rebuild_by_a_projector_is_followed_by_the_query_service() {
    rebuild_online(&Installation::three_processes().await, PROJECTOR).await;
}

async fn rebuild_online(itam: &Installation, projector: usize) {
    let model = define_laptop(&itam.commands).await;
    let projector = itam_tests::Client::new(&itam.services[projector].url, &itam.admin);
    let generation = generation(itam.folder());
    let load = Load::start(&itam.commands, &model, "", 2);
    let rebuild = projector.request(reqwest::Method::POST, "/v1/projector/rebuild");
    let begun = projector.send(rebuild).await;
    assert_eq!(begun.status, 202, "{}", begun.text);

    eventually("the rebuilt file is read", || async {
        let answer = itam.queries.get("/v1/inventory/summary").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let summary = answer.json();
        assert_eq!(sum_by_state(&summary), number(&summary, "assets"), "{summary}");
        (self::generation(itam.folder()) != generation).then_some(())
    })
    .await;
    let attempts = load.end().await;
    let summary = itam.summary().await;
    assert_eq!(number(&summary, "assets"), attempts.len() as u64, "{summary}");
    let status = projector.fetch("/v1/projector").await;
    assert!(status["rebuild"].is_null() && status["trouble"].is_null(), "{status}");

    let auditor = itam.token("auditor", "auditor", None).await;
    let auditor = itam_tests::Client::new(&itam.services[0].url, &auditor);
    if itam.services.len() == 1 {
        let rebuild = auditor.request(reqwest::Method::POST, "/v1/projector/rebuild");
        assert_problem(&auditor.send(rebuild).await, 403, "forbidden");
    }
}

/// Which file of the read model is the current one.
fn generation(data: &Path) -> String {
    let pointer = data.join("read-model").join("CURRENT");
    std::fs::read_to_string(pointer).expect("the read model has a current file")
}
