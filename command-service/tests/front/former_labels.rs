//! A log in which labels were given when they were compared by the former rule.

use bytes::Bytes;
use itam_domain::{Envelope, KeyRecord, ShortText, Tag, UniqueLabel, former_form};
use itam_event_log::{Commit, EventLog as _, LogReader as _, Tenant, Write};
use serde_json::{Value, json};
use uuid::Uuid;

use super::test_server::{Api, Furniture, Reply, TestServer};

fn tenant() -> Tenant {
    Tenant::try_new("main").unwrap()
}

/// Registers an asset as a build did that knew the former rule: the event as it would be written today, bent to
/// a tag that may be refused today, and one key record.
async fn formerly(server: &TestServer, it: &Furniture, tag: &str) -> String {
    let sample = server.api().did("register-asset", tag, it.laptop(&format!("S{}", tag.len()))).await;
    let subject = tenant().event_subject("asset", sample.parse().unwrap());
    let last = server.log.load_last(&subject).await.unwrap().unwrap();
    let mut event: Value = serde_json::from_slice(&last.body).unwrap();
    let id = Uuid::new_v5(&Uuid::nil(), tag.as_bytes());
    event["id"] = json!(id);
    event["commandid"] = json!(id);
    event["subject"] = json!(format!("asset/{id}"));
    event["data"]["facts"]["tag"] = json!(tag);
    let body = Bytes::from(event.to_string());
    Envelope::decode(&body).unwrap();
    let record = KeyRecord { holder: Some(id), commandid: itam_domain::CommandId(id) };
    let write = |subject, body| Write { subject, expected: 0, body };
    let commit = Commit::of(vec![
        write(tenant().event_subject("asset", id), body),
        write(tenant().key_subject("tag", &former_form(tag)), serde_json::to_vec(&record).unwrap().into()),
    ]);
    server.log.append(commit).await.unwrap();
    let void = json!({"asset": sample, "reason": "A sample."});
    server.api().did("void-asset", &format!("void {tag}"), void).await;
    id.to_string()
}

async fn holders(server: &TestServer, tag: &str) -> Vec<Option<Uuid>> {
    let label = UniqueLabel::tag(&Tag(ShortText::try_new(tag).unwrap()));
    let mut found = Vec::new();
    for key in label.keys() {
        let last = server.log.load_last(&tenant().key_subject(key.kind.token, &key.value)).await.unwrap();
        let record = last.map(|last| serde_json::from_slice::<KeyRecord>(&last.body).unwrap());
        found.push(record.and_then(|record| record.holder));
    }
    found
}

/// A key that says which tag a command is about.
fn key(tag: &str) -> String {
    tag.escape_default().to_string()
}

async fn deploy(api: &Api, it: &Furniture, tag: &str) -> Reply {
    api.send("deploy-asset", &format!("deploy {}", key(tag)), it.to_person(tag)).await
}

#[tokio::test]
async fn what_was_given_before_is_found_is_not_given_again_and_gives_up_what_it_holds() {
    let server = TestServer::open().await;
    let it = server.api().furnish().await;
    let plain = formerly(&server, &it, "LT 1").await;
    let wide = formerly(&server, &it, "LT  1").await;
    let junk = formerly(&server, &it, "No Asset Tag").await;
    // A desk that has seen nothing, and one that knows all of it.
    for (round, api) in [server.api(), server.api()].iter().enumerate() {
        for tag in ["lt 1", "LT  1", "ＬＴ １", "LT\u{a0}1"] {
            let taken = api.send("register-asset", &format!("{} {round}", key(tag)), it.laptop(tag)).await;
            taken.is_problem(409, "already-held");
        }
        let refused = api.send("register-asset", &format!("junk {round}"), it.laptop("#N/A")).await;
        refused.is_problem(422, "invalid-value");
        assert_eq!(refused.body["reason"], "tag-placeholder", "{}", refused.body);
    }
    let api = server.api();
    for (tag, asset) in [("lt 1", &plain), ("LT  1", &wide), ("no asset tag", &junk)] {
        let deployed = deploy(&api, &it, tag).await;
        assert_eq!((deployed.status, deployed.body["id"].as_str()), (201, Some(asset.as_str())), "{tag}");
        assert!(deploy(&server.api(), &it, tag).await.is_replayed());
        api.did("return-asset", &format!("back {tag}"), json!({"asset": asset})).await;
    }
    api.did("void-asset", "void wide", json!({"asset": wide, "reason": "Registered twice."})).await;
    assert_eq!(holders(&server, "LT  1").await, [None, Some(plain.parse().unwrap())]);
    api.did("void-asset", "void plain", json!({"asset": plain, "reason": "Registered twice."})).await;
    assert_eq!(holders(&server, "LT  1").await, [None, None]);
    let now = api.did("register-asset", "now", it.laptop("LT  1")).await;
    assert_eq!(holders(&server, "LT  1").await, [Some(now.parse().unwrap()); 2]);
    assert!(server.api().send("register-asset", "now", it.laptop("LT  1")).await.is_replayed());
    assert_eq!(deploy(&server.api(), &it, "lt\u{a0}1").await.body["id"], json!(now));
}

#[tokio::test]
async fn of_two_who_give_one_label_in_two_spellings_at_once_one_is_refused() {
    let server = TestServer::open().await;
    let it = server.api().furnish().await;
    for round in 0..20 {
        let (one, other) = (format!("LT  {round}"), format!("ＬＴ\u{3000}{round}"));
        let (here, there) = (server.api(), server.api());
        let (first, second) = (key(&one), key(&other));
        let (first, second) = tokio::join!(
            here.send("register-asset", &first, it.laptop(&one)),
            there.send("register-asset", &second, it.laptop(&other)),
        );
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "{} {}", first.body, second.body);
    }
}
