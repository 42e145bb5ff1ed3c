//! The organization of our own making, and what the first start says of it.

use std::process::{Command, Stdio};

use itam_tests::sources::root;
use serde_json::json;

use crate::installation::{Installation, number, sum_by_state};

#[tokio::test]
async fn the_demo_is_loaded_once_and_its_lines_work_as_they_are_printed() {
    let mut itam = Installation::embedded_with(&["--demo"]).await;
    let summary = itam.summary().await;
    let assets = number(&summary, "assets");
    assert!((1_800..=2_400).contains(&assets), "{summary}");
    assert_eq!(sum_by_state(&summary), assets, "{summary}");
    let currencies = summary["acquisition_cost"].as_array().expect("costs").len();
    assert_eq!(currencies, 3, "{summary}");
    for state in ["in_stock", "deployed", "in_maintenance", "missing", "retired", "disposed"] {
        assert!(number(&summary["by_state"], state) > 0, "nothing is {state}: {summary}");
    }
    audits_are_there(&itam).await;
    lines_work(&itam.up().log());
    let head = itam.head().await;
    assert!(itam.up().stop().await.success());
    itam.up().restart().await;
    itam.up().ready().await;
    assert_eq!(itam.head().await, head, "the demo was loaded twice");
    assert_eq!(itam.summary().await, summary);
    the_tour_of_the_readme_works(&itam);
}

/// One is closed, and what was stated of it is what the read model counts; another one runs.
async fn audits_are_there(itam: &Installation) {
    let audits = itam.seen("/v1/audits", itam.head().await).await;
    let [closed, running] = &audits["items"].as_array().expect("audits")[..] else { panic!("{audits}") };
    assert_eq!((&closed["stage"], &closed["is_contradicted"]), (&json!("closed"), &json!(false)), "{closed}");
    let accuracy = closed["accuracy"].as_f64().expect("a share");
    assert!((0.8..1.0).contains(&accuracy), "{closed}");
    for verdict in ["found", "found_elsewhere", "missing", "unexpected"] {
        assert!(number(&closed["counts"], verdict) > 0, "nothing is {verdict}: {closed}");
    }
    assert_eq!(running["stage"], "running", "{running}");
    assert!(number(&running["counts"], "unresolved") > number(&running["counts"], "found"), "{running}");
}

/// Runs the README's tour as it is printed, but for the address, the folder, and that an error status of
/// the server is an error of curl.
fn the_tour_of_the_readme_works(itam: &Installation) {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("the README");
    let (_, tour) = readme.split_once("## A tour").expect("a tour");
    let (tour, _) = tour.split_once("\n## ").expect("something after the tour");
    let blocks: Vec<&str> =
        tour.split("```sh\n").skip(1).filter_map(|block| Some(block.split_once("```")?.0)).collect();
    assert!(blocks.len() >= 4, "the tour has only {} blocks", blocks.len());
    let folder = tempfile::tempdir().expect("a folder");
    let script = blocks
        .concat()
        .replace("http://127.0.0.1:8080", &itam.services[0].url)
        .replace("itam-data/", &format!("{}/", itam.folder().display()))
        .replace("curl -s ", "curl --fail-with-body --no-progress-meter --max-time 20 ");
    let shell = Command::new("bash").args(["-euc", &script]).current_dir(folder.path()).output();
    let output = shell.expect("a shell");
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complaint}");
    assert!(said.contains("\"asset.deployed\""), "nothing was handed over: {said}");
    assert!(!said.contains("/problems/"), "{said}");
    for file in ["assets.csv", "history.ndjson"] {
        assert!(std::fs::metadata(folder.path().join(file)).is_ok_and(|about| about.len() > 1_000), "{file}");
    }
}

/// Runs the printed lines in a shell, each after the line that sets the token.
fn lines_work(log: &str) {
    let lines = |start: &'static str| log.lines().map(str::trim).filter(move |line| line.starts_with(start));
    let token = lines("TOKEN=").next().unwrap_or_else(|| panic!("no line sets the token: {log}"));
    let tour: Vec<&str> = lines("curl ").collect();
    assert!(tour.len() >= 2, "there are only {tour:?} in {log}");
    for line in tour {
        // As printed, but an error status of the server is an error of curl.
        let script =
            format!("{token}\n{}", line.replacen("curl ", "curl --fail-with-body --max-time 20 ", 1));
        let output = Command::new("sh").arg("-c").arg(&script).stdin(Stdio::null()).output();
        let output = output.expect("a shell");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{line}: {text}");
        assert!(!text.trim().is_empty(), "{line} shows nothing");
    }
}
