//! Whole exports: CSV and NDJSON.

use itam_service_kit::Role;
use serde_json::Value;

use crate::world::{ADA, World, id, laptop, text_of};

#[tokio::test]
async fn csv_has_a_header_and_disarms_formulas() {
    let world = World::new().await;
    let text = world.export("/v1/assets?sort=tag", "text/csv").await;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let column = |name: &str| headers.iter().position(|header| header == name).expect("a column");
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 6);
    assert_eq!(&rows[0][column("custodian_name")], "Ada Lovelace");
    assert_eq!(&rows[0][column("acquisition_cost")], "1010.50");
    assert_eq!(&rows[5][column("notes")], "'=cmd|' /C calc'!A0");
}

#[tokio::test]
async fn an_export_is_whole_and_from_one_moment() {
    let world = World::new().await;
    for number in 6..=1_300 {
        world.append("asset.registered", 1_000 + number, laptop(number)).await;
    }
    let response = world.ask(Role::Auditor, "/v1/assets", &[("accept", "application/x-ndjson")]).await;
    let position: u64 = response.headers()["itam-position"].to_str().unwrap().parse().unwrap();
    // What is appended while the export runs is not in it.
    world.append("asset.registered", 9_999, laptop(9_999)).await;
    let text = text_of(response).await;
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("json")).collect();
    assert_eq!(rows.len(), 1_301);
    assert!(rows.iter().all(|row| row["changed"]["position"].as_u64() <= Some(position)));
    let few = world.export("/v1/assets?limit=3", "application/x-ndjson").await;
    assert_eq!(few.lines().count(), 3);
}

#[tokio::test]
async fn every_list_is_exported_in_both_forms() {
    let world = World::new().await;
    for (path, rows) in [
        ("/v1/models".to_owned(), 2),
        ("/v1/locations".to_owned(), 2),
        ("/v1/departments".to_owned(), 1),
        ("/v1/vendors".to_owned(), 1),
        ("/v1/people".to_owned(), 2),
        ("/v1/requisitions".to_owned(), 2),
        ("/v1/purchase-orders".to_owned(), 1),
        ("/v1/worklists/missing".to_owned(), 1),
        (format!("/v1/people/{}/assets", id(ADA)), 1),
        ("/v1/assets/LT-1/history".to_owned(), 3),
        ("/v1/assets?kind=software".to_owned(), 0),
    ] {
        let ndjson = world.export(&path, "application/x-ndjson").await;
        assert!(ndjson.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{path}");
        assert_eq!(ndjson.lines().count(), rows, "{path}");
        let text = world.export(&path, "text/csv").await;
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.records().flatten().count(), rows, "{path}: {text}");
        let first = reader.headers().expect("a header").get(0).map(str::to_owned);
        assert!(matches!(first.as_deref(), Some("id" | "days" | "position")), "{path}: {first:?}");
    }
}
