//! What Prometheus is told, and what it is told to wake people for.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use itam_tests::{Client, eventually};
use saphyr::{LoadableYamlNode as _, Yaml};
use serde_json::json;

use crate::installation::{Installation, assert_problem};
use crate::organization::{Organization, laptop};

fn repository(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What is exported where several servers hold the log: `replicas.rs` sees it there.
pub(crate) const OF_CLUSTERS: [&str; 2] = ["itam_replica_fault", "itam_stream_leaderless"];

/// The names of itam's metrics in a text.
fn names(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c: char| !is_part(c));
    words.filter(|word| word.starts_with("itam_")).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_alert_rule_rests_on_metrics_that_are_exported_and_described() {
    let itam = Installation::embedded().await;
    let org = Organization::define(&itam.commands).await;
    let first = itam.commands.command("register-asset", laptop(&org.laptop, "LT-1")).await;
    assert_eq!(first.status, 201, "{}", first.text);
    assert_problem(
        &itam.commands.command("register-asset", laptop(&org.laptop, "LT-1")).await,
        409,
        "already-held",
    );
    itam.summary().await;
    let page = Client::new(&itam.services[0].url, "").get("/metrics").await.text;
    let exported: BTreeSet<String> =
        page.lines().filter(|line| !line.starts_with('#')).flat_map(names).collect();
    assert!(page.contains("itam_commands_refused_total{code=\"already-held\"} 1"), "{page}");
    assert!(!page.contains("itam_itam"), "a name has its prefix twice: {page}");

    let rules = repository("deploy/prometheus-alerts.yml");
    let documents = Yaml::load_from_str(&rules).expect("valid YAML");
    let groups = documents[0]["groups"].as_vec().expect("groups");
    let mut alerts = 0;
    for rule in groups.iter().flat_map(|group| group["rules"].as_vec().expect("rules")) {
        let alert = rule["alert"].as_str().expect("an alert has a name");
        let expression = rule["expr"].as_str().unwrap_or_else(|| panic!("{alert} has no expression"));
        assert!(rule["annotations"]["summary"].as_str().is_some(), "{alert} has no summary");
        assert!(rule["labels"]["severity"].as_str().is_some(), "{alert} has no severity");
        for name in names(expression).iter().filter(|name| !OF_CLUSTERS.contains(&name.as_str())) {
            assert!(exported.contains(name), "{alert}: {name} is not exported: {exported:?}");
        }
        alerts += 1;
    }
    assert!(alerts > 10, "only {alerts} alerts");

    let guide = names(&repository("docs/operating.md"));
    for name in exported.iter().cloned().chain(OF_CLUSTERS.map(str::to_owned)) {
        let is_described = guide.contains(&name)
            || ["_bucket", "_sum", "_count"]
                .iter()
                .any(|end| name.strip_suffix(end).is_some_and(|base| guide.contains(base)));
        assert!(is_described, "docs/operating.md does not say what {name} is");
    }
}

#[tokio::test]
async fn an_erasure_an_append_and_an_applied_event_are_counted() {
    let itam = Installation::embedded().await;
    let org = Organization::define(&itam.commands).await;
    itam.commands.done("deactivate-person", json!({"person_id": org.ben})).await;
    itam.commands.done("erase-person", json!({"person_id": org.ben})).await;
    let head = itam.head().await;
    let metrics = Client::new(&itam.services[0].url, "");
    let lines = [
        format!("itam_head_position {head}"),
        format!("itam_applied_position {head}"),
        "itam_lag 0".to_owned(),
        "itam_read_model_age_seconds 0".to_owned(),
        "itam_vault_erasures_total 1".to_owned(),
        "itam_vault_erasures_pending 0".to_owned(),
        "itam_parked_events 0".to_owned(),
        "itam_append_conflicts_total 0".to_owned(),
        "itam_commands_accepted_total 9".to_owned(),
        "itam_append_duration_seconds_count 9".to_owned(),
    ];
    eventually("everything is counted", || async {
        let page = metrics.get("/metrics").await.text;
        lines.iter().all(|line| page.lines().any(|found| found == line)).then_some(())
    })
    .await;
    let page = metrics.get("/metrics").await.text;
    let applied = page.lines().find_map(|line| line.strip_prefix("itam_apply_duration_seconds_count "));
    assert!(applied.and_then(|count| count.parse::<u64>().ok()).is_some_and(|count| count > 0), "{page}");
}
