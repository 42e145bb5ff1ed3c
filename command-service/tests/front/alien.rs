//! Somebody else writes straight to the log what no build of itam would.

use bytes::Bytes;
use itam_domain::asset::AssetEvent;
use itam_domain::{AssetId, CommandId, ContentsChange, Event, GuardName, UniqueLabel};
use itam_event_log::{Commit, EventLog, LogReader, Subject, Tenant, Write};
use serde_json::{Value, json};
use uuid::Uuid;

use super::test_server::{Api, Furniture, TestServer};

fn tenant() -> Tenant {
    Tenant::try_new("main").unwrap()
}

/// Puts bytes behind whatever stands on a subject.
async fn publish(server: &TestServer, subject: Subject, body: impl Into<Bytes>) {
    let last = server.log.load_last(&subject).await.unwrap();
    let expected = last.map_or(0, |message| message.position);
    server.log.append(Commit::of(vec![Write { subject, expected, body: body.into() }])).await.unwrap();
}

fn subject_of(asset: &str) -> Subject {
    tenant().event_subject("asset", asset.parse().unwrap())
}

/// The newest event of an asset, as JSON to be bent.
async fn last_event(server: &TestServer, asset: &str) -> Value {
    let last = server.log.load_last(&subject_of(asset)).await.unwrap().unwrap();
    serde_json::from_slice(&last.body).unwrap()
}

/// Everything that no build would write on the asset's subject.
async fn aliens(server: &TestServer, asset: &str) -> Vec<Bytes> {
    let event = last_event(server, asset).await;
    let bent = |name: &str, value: Value| {
        let mut event = event.clone();
        event[name] = value;
        Bytes::from(event.to_string())
    };
    let mut anonymous = event.clone();
    anonymous.as_object_mut().unwrap().remove("commandid");
    let answer = json!({"id": asset, "version": 1, "position": 7, "events": []});
    vec![
        Bytes::from_static(b""),
        Bytes::from_static(b"\xff\xfe not even text"),
        Bytes::from_static(b"[]"),
        Bytes::from_static(b"{\"specversion\": \"1.0\", \"type\": "),
        Bytes::from(answer.to_string()),
        Bytes::from(anonymous.to_string()),
        Bytes::from(event.to_string()),
        bent("subject", json!(format!("asset/{}", Uuid::nil()))),
        bent("subject", json!(format!("location/{asset}"))),
        bent("tenant", json!("other")),
        bent("specversion", json!("2.0")),
        bent("dataschema", json!("https://example.org/schema.json")),
        bent("commandid", json!("no id")),
        bent("time", json!("yesterday")),
    ]
}

async fn scene() -> (TestServer, Api, Furniture, String) {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    let asset = api.did("register-asset", "register", it.laptop("LT-1")).await;
    (server, api, it, asset)
}

#[tokio::test]
async fn an_asset_goes_on_from_what_is_readable_whatever_strangers_wrote_to_it() {
    let (server, api, it, asset) = scene().await;
    let aliens = aliens(&server, &asset).await;
    for (number, alien) in aliens.into_iter().enumerate() {
        publish(&server, subject_of(&asset), alien.clone()).await;
        // By a desk that has the asset in memory, and by one that knows nothing.
        for (step, api) in [("warm", api.clone()), ("cold", server.api())] {
            let deployed = api.send("deploy-asset", &format!("{step} {number}"), it.to_person("LT-1")).await;
            assert_eq!(deployed.status, 201, "{alien:?} {}", deployed.body);
            let again = api.send("deploy-asset", &format!("{step} {number}"), it.to_person("LT-1")).await;
            assert!(again.is_replayed() && again.body == deployed.body, "{alien:?}");
            publish(&server, subject_of(&asset), alien.clone()).await;
            api.did("return-asset", &format!("{step} back {number}"), json!({"asset": asset})).await;
        }
    }
    let stored = server.stored().await;
    let own = stored.iter().filter(|message| message.subject == subject_of(&asset));
    let decoded =
        own.map(|message| itam_domain::Envelope::decode_at(message.subject.as_str(), &message.body));
    let numbers = decoded.filter_map(Result::ok).map(|event| event.aggregate_version);
    let mut last = 1;
    for number in numbers.skip(1).filter(|number| *number > 1).collect::<Vec<_>>() {
        assert_eq!(number, last + 1, "the numbers run on, but for the copies of the first");
        last = number;
    }
}

#[tokio::test]
async fn an_event_of_a_newer_build_is_not_skipped_when_something_is_decided() {
    let (server, api, it, asset) = scene().await;
    let mut newer = last_event(&server, &asset).await;
    newer["type"] = json!("asset.teleported");
    newer["dataschema"] = json!("https://schemas.itam.dev/events/asset.teleported.v1.json");
    newer["aggregateversion"] = json!(2);
    publish(&server, subject_of(&asset), newer.to_string()).await;
    for api in [api, server.api()] {
        let refused = api.send("deploy-asset", "deploy", it.to_person("LT-1")).await;
        refused.is_problem(409, "history-unreadable");
        let other = api.send("register-asset", "other", it.laptop("LT-2")).await;
        assert_eq!(other.status, 201, "nothing else is affected");
    }
}

#[tokio::test]
async fn an_administrator_says_of_what_reads_like_a_newer_event_that_it_is_none() {
    let (server, api, it, asset) = scene().await;
    let mut newer = last_event(&server, &asset).await;
    newer["type"] = json!("asset.teleported");
    newer["dataschema"] = json!("https://schemas.itam.dev/events/asset.teleported.v1.json");
    newer["aggregateversion"] = json!(2);
    let readable = server.head().await - 1;
    publish(&server, subject_of(&asset), "garbage").await;
    let alien = server.head().await;
    publish(&server, subject_of(&asset), newer.to_string()).await;
    let position = server.head().await;
    let disown = async |api: &Api, bearer: &str, position: u64| {
        let bearer = format!("Bearer {bearer}");
        let body = json!({"position": position, "reason": "no build of ours wrote it"}).to_string();
        api.post("/v1/log/disowned", &[("authorization", bearer.as_str())], body).await
    };
    for bearer in ["asset-manager", "auditor", "service", "requester"] {
        disown(&api, bearer, position).await.is_problem(403, "forbidden");
    }
    disown(&api, "administrator", readable).await.is_problem(409, "rejected-by-rule");
    disown(&api, "administrator", alien).await.is_problem(409, "rejected-by-rule");
    disown(&api, "administrator", position + 9).await.is_problem(404, "not-found");
    api.send("deploy-asset", "deploy", it.to_person("LT-1")).await.is_problem(409, "history-unreadable");

    let word = disown(&api, "administrator", position).await;
    assert_eq!((word.status, &word.body["position"]), (201, &json!(position)), "{}", word.body);
    let again = disown(&server.api(), "administrator", position).await;
    assert_eq!(again.body, word.body, "the first word stays");
    let deployed = server.api().send("deploy-asset", "deploy", it.to_person("LT-1")).await;
    assert_eq!((deployed.status, &deployed.body["version"]), (201, &json!(2)), "{}", deployed.body);
    api.did("return-asset", "back", json!({"asset": "LT-1"})).await;
}

#[tokio::test]
async fn what_a_command_creates_comes_to_be_where_a_stranger_wrote_before() {
    let (server, api, it, _) = scene().await;
    let id = CommandId::from_key("main", "key").created_id();
    publish(&server, tenant().event_subject("asset", id), "garbage").await;
    let made = api.send("register-asset", "key", it.laptop("LT-2")).await;
    assert_eq!((made.status, &made.body["id"], &made.body["version"]), (201, &json!(id), &json!(1)));
    let again = server.api().send("register-asset", "key", it.laptop("LT-2")).await;
    assert!(again.is_replayed() && again.body == made.body);
}

#[tokio::test]
async fn nobody_loses_a_label_by_what_a_stranger_wrote_to_its_key() {
    let (server, api, it, asset) = scene().await;
    let key = UniqueLabel::tag(&itam_domain::Tag(itam_domain::ShortText::try_new("LT-1").unwrap()));
    let key = key.key();
    let subject = tenant().key_subject(key.kind.token, &key.value);
    for (number, garbage) in
        ["", "garbage", "{}", "{\"holder\":null}", "{\"holder\":7}"].into_iter().enumerate()
    {
        publish(&server, subject.clone(), garbage).await;
        for api in [api.clone(), server.api()] {
            let taken = api.send("register-asset", &format!("second {number}"), it.laptop("LT-1")).await;
            taken.is_problem(409, "already-held");
        }
    }
    api.did("deploy-asset", "deploy", it.to_person("LT-1")).await;
    let void = json!({"asset": asset, "reason": "Registered twice."});
    server.api().did("return-asset", "back", json!({"asset": asset})).await;
    server.api().did("void-asset", "void", void).await;
    api.did("register-asset", "next", it.laptop("LT-1")).await;
}

#[tokio::test]
async fn guards_hold_whatever_strangers_wrote_to_them() {
    let (server, api, it, _) = scene().await;
    publish(&server, tenant().guard_subject(GuardName::CustodyTree.as_str()), "garbage").await;
    api.did("register-asset", "rack", it.laptop("RACK-1")).await;
    let into = json!({"asset": "LT-1", "custodian": {"asset": "RACK-1"}});
    api.did("deploy-asset", "into", into).await;
    publish(&server, tenant().guard_subject(GuardName::LocationTree.as_str()), "[1]").await;
    let moved = json!({"location_id": it.office, "name": "Office", "parent_id": it.stockroom});
    api.did("define-location", "moved", moved).await;

    let planned = json!({"name": "2026", "scope": {}});
    let audit = api.did("plan-audit", "plan", planned).await;
    api.did("start-audit", "start", json!({"campaign_id": audit})).await;
    for lane in itam_domain::audit_finding::FINDINGS.all(itam_domain::AuditCampaignId(audit.parse().unwrap()))
    {
        publish(&server, tenant().guard_subject(&lane.token()), "garbage").await;
    }
    let scan = json!({"campaign_id": audit, "asset": "RACK-1", "location_id": it.stockroom});
    let scanned = api.send("scan-asset", "scan", scan).await;
    assert_eq!(scanned.status, 201, "{}", scanned.body);
    let deployed = server.events().await;
    let deployed =
        deployed.iter().filter(|(_, event)| matches!(event.event, Event::Asset(AssetEvent::Deployed(_))));
    assert_eq!(deployed.count(), 1);
}

#[tokio::test]
async fn what_is_in_an_asset_is_known_whatever_strangers_wrote_to_its_record() {
    let (server, api, it, part) = scene().await;
    let rack = api.did("register-asset", "rack", it.laptop("RACK-1")).await;
    let into = json!({"asset": "LT-1", "custodian": {"asset": "RACK-1"}});
    api.did("deploy-asset", "into", into).await;
    let subject = tenant().guard_subject(&ContentsChange::token(AssetId(rack.parse().unwrap())));
    let nobody = json!({"commandid": Uuid::nil(), "asset": Uuid::nil()}).to_string();
    let void = json!({"asset": "RACK-1", "reason": "Registered twice."});
    for (number, alien) in ["", "garbage", "[1]", "{}", &nobody].into_iter().enumerate() {
        publish(&server, subject.clone(), alien.to_owned()).await;
        for (step, api) in [("warm", api.clone()), ("cold", server.api())] {
            let refused = api.send("void-asset", &format!("{step} {number}"), void.clone()).await;
            refused.is_problem(409, "rejected-by-rule");
            assert_eq!(refused.body["contents_count"], 1, "{alien}: {}", refused.body);
        }
    }
    api.did("return-asset", "out", json!({"asset": part})).await;
    publish(&server, subject, "garbage").await;
    server.api().did("void-asset", "void", void).await;
}
