//! Physical audits: what they counted and what they found.

use itam_service_kit::Role;
use serde_json::{Value, json};

use crate::world::{ADA, BERLIN, EVENTS, LT1, ROOM, World, fields, id};

const AUDIT: u32 = 71;

/// An audit of all laptops runs: LT-1 was found, LT-2 elsewhere, and something without a known tag.
async fn counted() -> World {
    let world = World::new().await;
    let scope = json!({"hardware_kinds": ["laptop"]});
    let plan = json!({"name": "Autumn count", "scope": scope, "lead_id": id(ADA)});
    world.append("audit_campaign.planned", AUDIT, plan).await;
    world.append("audit_campaign.started", AUDIT, json!({"scope": scope})).await;
    let scanned = |subject: Value, verdict: &str, place: u32| {
        json!({"campaign_id": id(AUDIT), "subject": subject, "verdict": verdict, "location_id": id(place),
               "condition": "good"})
    };
    let found = scanned(json!({"asset": id(LT1)}), "found", BERLIN);
    world.append("audit_finding.scanned", 801, found).await;
    let elsewhere = scanned(json!({"asset": id(LT1 + 1)}), "found_elsewhere", ROOM);
    world.append("audit_finding.scanned", 802, elsewhere).await;
    let unknown = scanned(json!({"tag": "=WHO"}), "unexpected", ROOM);
    world.append("audit_finding.scanned", 803, unknown).await;
    world
}

fn path(rest: &str) -> String {
    format!("/v1/audits/{}{rest}", id(AUDIT))
}

#[tokio::test]
async fn an_audit_shows_what_it_counted_and_what_is_left_to_settle() {
    let world = counted().await;
    let audit = world.get(&path("")).await;
    let expected = audit["counts"]["expected"].as_u64().expect("a count");
    assert!(expected >= 2, "{audit}");
    let counts = json!({"expected": expected, "found": 1, "found_elsewhere": 1, "missing": expected - 2,
                        "unexpected": 1, "unresolved": expected});
    assert_eq!(audit["counts"], counts);
    assert_eq!((&audit["stage"], &audit["lead_name"]), (&json!("running"), &json!("Ada Lovelace")));
    let accuracy = audit["accuracy"].as_f64().expect("a share");
    assert!((0.0..=1.0).contains(&accuracy), "{accuracy}");
    assert_eq!(audit.get("is_contradicted"), None, "nobody stated a result");
    let listed = world.get("/v1/audits?stage=running").await;
    assert_eq!(listed["items"], json!([audit]));
    assert_eq!(world.listed("/v1/audits?stage=closed", "id").await, Vec::<String>::new());
}

#[tokio::test]
async fn findings_come_by_urgency_and_are_picked_by_verdict_status_and_place() {
    let world = counted().await;
    let all = world.get(&path("/findings")).await;
    let verdicts = fields(&all, "verdict");
    assert_eq!(verdicts.last().map(String::as_str), Some("found"));
    assert_eq!(verdicts.first().map(String::as_str), Some("missing"));
    let elsewhere = world.get(&path("/findings?verdict=found_elsewhere")).await;
    let row = &elsewhere["items"][0];
    assert_eq!((&row["tag"], &row["status"]), (&json!("LT-2"), &json!("open")));
    assert_eq!(row["scan"]["location_id"], json!(id(ROOM)));
    let of = async |query: &str| world.listed(&path(&format!("/findings?{query}")), "verdict").await;
    assert_eq!(of("status=settled").await, ["found"]);
    assert_eq!(of("verdict=found&status=open").await, Vec::<String>::new());
    let in_room = of(&format!("location_id={}&verdict=unexpected&verdict=found", id(ROOM))).await;
    assert_eq!(in_room, ["unexpected"]);
    let mut paged = Vec::new();
    let mut next = path("/findings?limit=1");
    loop {
        let page = world.get(&next).await;
        paged.extend(fields(&page, "id"));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        next = path(&format!("/findings?limit=1&cursor={cursor}"));
    }
    assert_eq!(paged, fields(&all, "id"));
}

#[tokio::test]
async fn findings_are_exported_and_no_label_is_taken_for_a_formula() {
    let world = counted().await;
    let count = world.get(&path("/findings")).await["items"].as_array().expect("a list").len();
    let csv = world.export(&path("/findings?limit=1000"), "text/csv").await;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let tag = reader.headers().expect("a header").iter().position(|name| name == "tag").expect("a column");
    let tags: Vec<String> = reader.records().flatten().map(|row| row[tag].to_owned()).collect();
    assert_eq!(tags.len(), count);
    assert!(tags.iter().all(|tag| !tag.starts_with('=')), "{tags:?}");
    let ndjson = world.export(&path("/findings"), "application/x-ndjson").await;
    assert_eq!(ndjson.lines().count(), count);
    let audits = world.export("/v1/audits", "text/csv").await;
    assert_eq!(audits.lines().count(), 2);
}

#[tokio::test]
async fn a_closed_audit_says_whether_its_result_is_what_was_counted() {
    let world = counted().await;
    let closed = json!({"expected": 1, "found": 1, "found_elsewhere": 0, "missing": 0, "unexpected": 0});
    world.append("audit_campaign.closed", AUDIT, closed.clone()).await;
    let audit = world.get(&path("")).await;
    assert_eq!((&audit["result"], &audit["is_contradicted"]), (&closed, &json!(true)));
}

#[tokio::test]
async fn the_history_of_an_audit_holds_its_scans() {
    let world = counted().await;
    let types = fields(&world.get(&path("/history")).await, "type");
    assert_eq!(types.iter().filter(|name| *name == "audit_finding.scanned").count(), 3, "{types:?}");
    assert_eq!(types[0], "audit_campaign.planned");
}

#[tokio::test]
async fn what_an_audit_counted_is_answered_as_of_every_moment() {
    let world = counted().await;
    let closed = json!({"expected": 1, "found": 1, "found_elsewhere": 0, "missing": 0, "unexpected": 0});
    let end = world.append("audit_campaign.closed", AUDIT, closed).await;
    let audit = world.get(&path("")).await;
    let findings = world.get(&path("/findings?limit=1000")).await["items"].clone();
    // What is renamed later is shown as it was called.
    world.append("asset.tagged", LT1, json!({"tag": "LT-NEW"})).await;
    let at_end = world.get(&path(&format!("?known_at={end}"))).await;
    assert_eq!((&at_end["counts"], &at_end["result"]), (&audit["counts"], &audit["result"]));
    assert_eq!(at_end["known_at"]["position"], json!(end));
    let then = world.get(&path(&format!("/findings?limit=1000&known_at={end}"))).await;
    assert_eq!((&then["items"], &then["known_at"]["position"]), (&findings, &json!(end)));
    let csv = world.export(&path(&format!("/findings?known_at={end}")), "text/csv").await;
    assert!(csv.contains("LT-1,") && !csv.contains("LT-NEW"), "{csv}");
    assert!(world.export(&path("/findings"), "text/csv").await.contains("LT-NEW"));
    // Planned, started, then a scan each; LT-1 was seen first.
    let counts_at =
        async |position: u64| world.get(&path(&format!("?known_at={position}"))).await["counts"].clone();
    let expected = audit["counts"]["expected"].as_u64().expect("a count");
    let counts = |found: u64, elsewhere: u64, unexpected: u64| {
        let missing = expected - found - elsewhere;
        json!({"expected": expected, "found": found, "found_elsewhere": elsewhere, "missing": missing,
               "unexpected": unexpected, "unresolved": missing + elsewhere + unexpected})
    };
    let nothing = json!({"expected": 0, "found": 0, "found_elsewhere": 0, "missing": 0, "unexpected": 0,
                         "unresolved": 0});
    let wanted = [nothing, counts(0, 0, 0), counts(1, 0, 0), counts(1, 1, 0), counts(1, 1, 1)];
    for (position, wanted) in (EVENTS + 1..).zip(wanted) {
        assert_eq!(counts_at(position).await, wanted, "{position}");
    }
    let found = async |position: u64, rest: &str| {
        fields(&world.get(&path(&format!("/findings?known_at={position}{rest}"))).await, "verdict")
    };
    assert_eq!(found(EVENTS + 1, "").await, Vec::<String>::new());
    assert!(found(EVENTS + 2, "").await.iter().all(|verdict| verdict == "missing"));
    assert_eq!(found(EVENTS + 3, "&status=settled").await, ["found"]);
    assert_eq!(found(EVENTS + 4, "&verdict=unexpected").await, Vec::<String>::new());
    assert_eq!(found(EVENTS + 5, "&verdict=unexpected").await, ["unexpected"]);
    for rest in ["", "/findings"] {
        let before = world.refused(&path(&format!("{rest}?known_at=5"))).await;
        assert_eq!(before.0, 404, "there was no such audit: {}", before.1);
    }
    for (position, running, closed) in [(5, 0, 0), (end - 1, 1, 0), (end, 0, 1)] {
        for (stage, count) in [("running", running), ("closed", closed)] {
            let list = world.get(&format!("/v1/audits?stage={stage}&known_at={position}")).await;
            assert_eq!(list["items"].as_array().map(Vec::len), Some(count), "{list}");
        }
    }
    let csv = world.export(&format!("/v1/audits?known_at={}", end - 1), "text/csv").await;
    assert!(csv.contains(",running,") && !csv.contains(",closed,"), "{csv}");
}

#[tokio::test]
async fn what_is_asked_wrongly_is_said() {
    let world = counted().await;
    for wrong in
        ["/findings?verdict=lost", "/findings?status=done", "/findings?location_id=x", "/findings?colour=red"]
    {
        assert_eq!(world.refused(&path(wrong)).await.0, 400, "{wrong}");
    }
    for unknown in ["", "/findings", "/history"] {
        assert_eq!(world.refused(&format!("/v1/audits/{}{unknown}", id(7))).await.0, 404, "{unknown}");
    }
    assert_eq!(world.ask(Role::Requester, &path(""), &[]).await.status(), 403);
    assert_eq!(world.ask(Role::Auditor, &path(""), &[]).await.status(), 200);
}
