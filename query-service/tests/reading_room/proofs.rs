//! Checkpoints, proofs, sealed exports and evidence, checked as auditors check them.

use itam_event_log::LogReader as _;
use itam_proof::{
    Hash, KeyFolder, Known, SignedCheckpoint, Trust, check_consistency, check_inclusion, verify_evidence,
    verify_export,
};
use itam_service_kit::Role;
use serde_json::{Value, json};

use crate::world::{EVENTS, World, id, json_of, limits, text_of};

/// What an auditor brings along.
fn trust(world: &World) -> Trust {
    KeyFolder::new(&world.sealed.keys).load().expect("keys").trust()
}

fn hashes(value: &Value) -> Vec<Hash> {
    serde_json::from_value(value.clone()).expect("hashes")
}

#[tokio::test]
async fn a_checkpoint_is_the_signed_note_the_newest_or_one_of_a_size() {
    let world = World::new().await;
    world.append("asset.verified", 102, json!({})).await;
    let newest = world.seal().await;
    for (query, size) in [("", EVENTS + 1), ("?size=24", EVENTS)] {
        let answer = world.ask(Role::Auditor, &format!("/v1/audit/checkpoint{query}"), &[]).await;
        assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
        assert_eq!(answer.headers()["itam-position"], size.to_string().as_str());
        let signed = SignedCheckpoint::parse(&text_of(answer).await).expect("a note");
        assert_eq!(signed.checkpoint().size, size);
        signed.verify(&trust(&world)).expect("verified");
    }
    assert_eq!(newest.checkpoint().size, EVENTS + 1);
    for (query, status, code) in [
        ("?size=23", 404, "not-found"),
        ("?size=0", 400, "malformed-request"),
        ("?size=x", 400, "malformed-request"),
        ("?at=3", 400, "malformed-request"),
    ] {
        let (found, problem) = world.refused(&format!("/v1/audit/checkpoint{query}")).await;
        assert_eq!((found, &problem["code"]), (status, &json!(code)), "{query}");
    }
}

#[tokio::test]
async fn every_position_is_proven_to_be_in_the_checkpoint() {
    let world = World::new().await;
    for position in 1..=EVENTS {
        let proof = world.get(&format!("/v1/audit/proof/inclusion?position={position}")).await;
        let signed = SignedCheckpoint::parse(proof["checkpoint"].as_str().expect("a note")).expect("a note");
        let checkpoint = signed.checkpoint();
        let leaf: Hash = serde_json::from_value(proof["leaf"].clone()).expect("a hash");
        let path = hashes(&proof["inclusion"]);
        check_inclusion(&path, position, leaf, checkpoint.size, checkpoint.root).expect("proven");
    }
    for (query, status, code) in [
        ("position=25", 409, "proof-beyond-checkpoint"),
        ("position=0", 400, "malformed-request"),
        ("position=-1", 400, "malformed-request"),
        ("", 400, "malformed-request"),
        ("position=1&size=7", 404, "not-found"),
        ("position=1&tree=7", 400, "malformed-request"),
    ] {
        let (found, problem) = world.refused(&format!("/v1/audit/proof/inclusion?{query}")).await;
        assert_eq!((found, &problem["code"]), (status, &json!(code)), "{query}: {problem}");
    }
    let (_, problem) = world.refused("/v1/audit/proof/inclusion?position=25").await;
    assert_eq!((&problem["position"], &problem["checkpoint_size"]), (&json!(25), &json!(24)));
}

#[tokio::test]
async fn a_history_is_proven_to_continue_an_older_one() {
    let world = World::new().await;
    let hash = |value: &Value| -> Hash { serde_json::from_value(value.clone()).expect("a hash") };
    for from in 1..=EVENTS {
        let proof = world.get(&format!("/v1/audit/proof/consistency?from={from}&to=24")).await;
        let (old, new) = (hash(&proof["from_root"]), hash(&proof["to_root"]));
        check_consistency(&hashes(&proof["consistency"]), (from, old), (EVENTS, new)).expect("proven");
    }
    for (query, status, code) in [
        ("from=25", 409, "proof-beyond-checkpoint"),
        ("from=3&to=25", 409, "proof-beyond-checkpoint"),
        ("from=3&to=2", 400, "malformed-request"),
        ("from=0&to=2", 400, "malformed-request"),
        ("to=2", 400, "malformed-request"),
    ] {
        let (found, problem) = world.refused(&format!("/v1/audit/proof/consistency?{query}")).await;
        assert_eq!((found, &problem["code"]), (status, &json!(code)), "{query}: {problem}");
    }
}

#[tokio::test]
async fn an_export_is_verified_whole_in_part_and_in_pieces() {
    let world = World::new().await;
    for _ in 0..3 {
        world.append("asset.verified", 102, json!({})).await;
    }
    world.seal().await;
    // What is not sealed yet is not exported.
    world.append("asset.verified", 102, json!({})).await;
    let trust = trust(&world);
    for (query, events) in [
        ("", EVENTS + 3),
        ("?from=1&to=10", 10),
        ("?from=11", EVENTS - 7),
        ("?from=20&to=24", 5),
        ("?from=27", 1),
    ] {
        let text = world.export(&format!("/v1/audit/export{query}"), "application/x-ndjson").await;
        let report = verify_export(text.as_bytes(), &mut trust.clone(), &mut Known::default()).expect(query);
        assert_eq!(report.to - report.from + 1, events, "{query}");
        let cut = text.rsplit_once("{\"end\"").expect("a last line").0;
        verify_export(cut.as_bytes(), &mut trust.clone(), &mut Known::default()).expect_err("it was cut off");
    }
    for (query, status, code) in [
        ("from=28", 409, "proof-beyond-checkpoint"),
        ("to=28", 409, "proof-beyond-checkpoint"),
        ("from=3&to=2", 400, "malformed-request"),
        ("from=0", 400, "malformed-request"),
    ] {
        let (found, problem) = world.refused(&format!("/v1/audit/export?{query}")).await;
        assert_eq!((found, &problem["code"]), (status, &json!(code)), "{query}: {problem}");
    }
}

#[tokio::test]
async fn the_evidence_of_an_asset_is_one_file_that_is_verified_offline() {
    let world = World::new().await;
    let trust = trust(&world);
    for name in ["LT-3".to_owned(), id(103).to_string()] {
        let answer = world.ask(Role::Auditor, &format!("/v1/assets/{name}/evidence"), &[]).await;
        let disposition = answer.headers()["content-disposition"].to_str().expect("text").to_owned();
        assert_eq!(disposition, format!("attachment; filename=\"evidence-{}-24.json\"", id(103)));
        let text = text_of(answer).await;
        let verify = |text: &str| verify_evidence(text.as_bytes(), &mut trust.clone(), &mut Known::default());
        let report = verify(&text).expect("verified");
        assert_eq!(report.asset, id(103));
        verify(&text.replace("S-3", "S-4")).expect_err("it was edited");
    }
    // LT-1 holds an event that this build cannot read.
    assert_eq!(world.refused("/v1/assets/LT-1/evidence").await.1["code"], "history-unreadable");
    assert_eq!(world.refused("/v1/assets/LT-99/evidence").await.0, 404);
    let registered = world.append("asset.registered", 199, crate::world::laptop(99)).await;
    let (status, problem) = world.refused("/v1/assets/LT-99/evidence").await;
    assert_eq!((status, &problem["position"]), (409, &json!(registered)));
    world.seal().await;
    let sealed = world.ask(Role::Auditor, "/v1/assets/LT-99/evidence", &[]).await;
    assert_eq!(json_of(sealed).await["evidence"]["events"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn before_anything_is_sealed_there_is_nothing_to_prove() {
    let world = World::empty(limits()).await;
    assert_eq!(world.log.head().await.expect("a head"), 0);
    for path in [
        "/v1/audit/checkpoint",
        "/v1/audit/proof/inclusion?position=1",
        "/v1/audit/proof/consistency?from=1",
        "/v1/audit/export",
    ] {
        let (status, problem) = world.refused(path).await;
        assert_eq!((status, &problem["code"]), (503, &json!("not-ready")), "{path}: {problem}");
    }
}
