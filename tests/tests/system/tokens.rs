//! Whose tokens there are: for whom they are made, until when they are good, and when they were used last.

use async_nats::HeaderMap;
use itam_tests::{Answer, Client, eventually};
use reqwest::Method;
use serde_json::{Value, json};

use crate::installation::{Installation, assert_problem, id_of};
use crate::organization::Organization;

pub(crate) const NOBODY: &str = "0195a0a5-0000-7000-8000-00000000dead";

async fn make(client: &Client, body: Value) -> Answer {
    client.send(client.request(Method::POST, "/v1/tokens").json(&body)).await
}

pub(crate) async fn made(client: &Client, body: Value) -> Value {
    let answer = make(client, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()
}

async fn rows(itam: &Installation) -> Vec<Value> {
    itam.commands.fetch("/v1/tokens").await["items"].as_array().expect("items").clone()
}

async fn row(itam: &Installation, id: &str) -> Value {
    rows(itam).await.into_iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no token {id}"))
}

async fn complaint(itam: &Installation, args: &[&str]) -> String {
    let output = itam.try_tool(args).await;
    assert!(!output.status.success(), "{args:?} is carried out");
    assert!(output.stdout.is_empty(), "{args:?} prints a token");
    String::from_utf8(output.stderr).expect("text")
}

#[tokio::test]
async fn a_token_is_made_for_whom_the_register_knows_on_the_embedded_log() {
    let itam = Installation::embedded().await;
    known_and_active_persons_only(&itam, &["--server", &itam.services[0].url]).await;
    let direct = ["token", "create", "--name", "x", "--role", "requester", "--person", NOBODY];
    let said = complaint(&itam, &direct).await;
    assert!(said.contains("--server URL") && said.contains("ITAM_TOKEN"), "{said}");
}

#[tokio::test]
async fn a_token_is_made_for_whom_the_register_knows_on_nats() {
    known_and_active_persons_only(&Installation::three_processes().await, &[]).await;
}

async fn known_and_active_persons_only(itam: &Installation, place: &[&str]) {
    let client = &itam.commands;
    let org = Organization::define(client).await;
    client.done("deactivate-person", json!({"person_id": org.ben})).await;
    let carl = id_of(&client.done("add-person", json!({"name": "Carl Gone"})).await);
    client.done("deactivate-person", json!({"person_id": carl})).await;
    client.done("erase-person", json!({"person_id": carl})).await;
    let before = rows(itam).await;
    for (person, words) in
        [(NOBODY, "there is no person"), (org.ben.as_str(), "is inactive"), (carl.as_str(), "is erased")]
    {
        let answer = make(client, json!({"name": "x", "role": "requester", "person_id": person})).await;
        assert_problem(&answer, 422, "unknown-reference");
        let error = answer.json()["errors"][0].clone();
        assert_eq!(error["pointer"], "/person_id");
        assert!(error["detail"].as_str().is_some_and(|text| text.contains(words)), "{error}");
        let args = [&["token", "create", "--name", "x", "--role", "requester", "--person", person], place];
        let said = complaint(itam, &args.concat()).await;
        assert!(said.contains(words) && said.contains(person), "{said}");
    }
    assert_eq!(rows(itam).await, before, "something was made");

    let args = [&["token", "create", "--name", "app", "--role", "requester", "--person", &org.ada], place];
    let token = itam.tool(&args.concat()).await.trim().to_owned();
    let me = eventually("the token is known", || async {
        let answer = Client::new(&itam.services[0].url, &token).get("/v1/me").await;
        (answer.status == 200).then(|| answer.json())
    })
    .await;
    assert_eq!((&me["person"]["id"], &me["person"]["name"]), (&json!(org.ada), &json!("Ada Byron")));
}

#[tokio::test]
async fn what_is_not_acceptable_of_a_token_is_named() {
    let itam = Installation::embedded().await;
    let org = Organization::define(&itam.commands).await;
    let before = rows(&itam).await;
    let of_ada = |name: &str| json!({"name": name, "role": "requester", "person_id": org.ada});
    for (body, code, pointer, words) in [
        (json!({"role": "auditor"}), "invalid-value", "/name", "missing"),
        (json!({"name": " ", "role": "auditor"}), "invalid-value", "/name", ""),
        (json!({"name": "x".repeat(201), "role": "auditor"}), "invalid-value", "/name", "200"),
        (json!({"name": "a\nb", "role": "auditor"}), "invalid-value", "/name", ""),
        (json!({"name": "a\u{202e}b", "role": "auditor"}), "invalid-value", "/name", "U+202E"),
        (of_ada("the ADA BYRON's"), "invalid-value", "/name", "repeats the person's name"),
        (of_ada("Byron,  Ada"), "invalid-value", "/name", "repeats the person's name"),
        (of_ada("for ada@example.org"), "invalid-value", "/name", "repeats the person's mail address"),
        (json!(["x", "auditor"]), "invalid-value", "", "object"),
        (json!({"name": "x", "role": "janitor"}), "invalid-value", "/role", "asset-analyst"),
        (json!({"name": "x", "role": "auditor", "person_id": "ada"}), "invalid-value", "/person_id", ""),
        (
            json!({"name": "x", "role": "auditor", "expires": "tomorrow"}),
            "invalid-value",
            "/expires",
            "such as 90d",
        ),
        (json!({"name": "x", "role": "auditor", "expires": "0s"}), "invalid-value", "/expires", "past"),
        (
            json!({"name": "x", "role": "auditor", "expires": "2020-01-01T00:00:00Z"}),
            "invalid-value",
            "/expires",
            "past",
        ),
        (
            json!({"name": "x", "role": "auditor", "expires": "4000d"}),
            "invalid-value",
            "/expires",
            "ten years",
        ),
        (json!({"name": "x", "role": "auditor", "token_hash": "00"}), "unknown-field", "/token_hash", ""),
    ] {
        let answer = make(&itam.commands, body.clone()).await;
        assert_problem(&answer, 422, code);
        let error = answer.json()["errors"][0].clone();
        assert_eq!(error["pointer"], pointer, "{body}: {}", answer.text);
        assert!(error["detail"].as_str().is_some_and(|text| text.contains(words)), "{body}: {error}");
    }
    for (expires, words) in
        [("tomorrow", "such as 90d"), ("2020-01-01T00:00:00Z", "past"), ("7300d", "ten years")]
    {
        let args = ["token", "create", "--name", "x", "--role", "auditor", "--expires", expires];
        let said = complaint(&itam, &args).await;
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(rows(&itam).await, before, "something was made");
}

#[tokio::test]
async fn tokens_are_the_administrators_to_make_and_revoke_and_the_auditors_to_see() {
    let itam = Installation::embedded().await;
    let org = Organization::define(&itam.commands).await;
    let wish = || json!({"name": "app", "role": "administrator", "person_id": org.ben});
    let admin = itam.commands.fetch("/v1/me").await;
    let id = admin["token"]["id"].as_str().expect("an id").to_owned();
    let count = rows(&itam).await.len();
    for role in ["requester", "asset-manager", "service", "auditor"] {
        let person = (role == "requester").then_some(org.ada.as_str());
        let client = itam.colleague(role, person).await;
        assert_problem(&make(&client, wish()).await, 403, "forbidden");
        let revoke = client.request(Method::DELETE, &format!("/v1/tokens/{id}"));
        assert_problem(&client.send(revoke).await, 403, "forbidden");
        let listed = client.get("/v1/tokens").await;
        assert_eq!(listed.status, if role == "auditor" { 200 } else { 403 }, "{role}");
        if role == "auditor" {
            assert!(!listed.text.contains("hash") && !listed.text.contains("itam_"), "{}", listed.text);
        }
    }
    assert_eq!(rows(&itam).await.len(), count + 4);
    for (path, status) in [(format!("/v1/tokens/{NOBODY}"), 404), ("/v1/tokens/mine".to_owned(), 400)] {
        let answer = itam.commands.send(itam.commands.request(Method::DELETE, &path)).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }

    // Two at once are two, and each is whole.
    let (one, other) = tokio::join!(made(&itam.commands, wish()), made(&itam.commands, wish()));
    assert_ne!((&one["id"], &one["token"]), (&other["id"], &other["token"]));
    assert_eq!((&one["created_by"], &one["state"]), (&admin["actor"], &json!("active")));
    let client = Client::new(&itam.services[0].url, one["token"].as_str().expect("a token"));
    assert_eq!(client.fetch("/v1/me").await["actor"], json!(org.ben));
    let path = format!("/v1/tokens/{}", one["id"].as_str().expect("an id"));
    for _ in 0..2 {
        let revoked = itam.commands.send(itam.commands.request(Method::DELETE, &path)).await;
        assert_eq!((revoked.status, &revoked.json()["state"]), (200, &json!("revoked")), "{}", revoked.text);
    }
    assert_problem(&client.get("/v1/me").await, 401, "unauthenticated");
    let path = "/v1/audit/security-journal?event=token-created,token-revoked&limit=1000";
    let told = eventually("the journal tells who did what for whom, once", || async {
        let journal = itam.commands.fetch(path).await;
        let entries = journal["items"].as_array().expect("items").iter();
        let of_it: Vec<_> = entries.filter(|entry| entry["token"] == one["id"]).cloned().collect();
        of_it.iter().any(|entry| entry["event"] == "token-revoked").then_some(of_it)
    })
    .await;
    let told: Vec<_> =
        told.iter().map(|entry| [&entry["event"], &entry["actor"], &entry["person"]]).collect();
    let ben = json!(org.ben);
    let expected =
        ["token-created", "token-revoked"].map(|event| [json!(event), admin["actor"].clone(), ben.clone()]);
    assert_eq!(told, expected.each_ref().map(<[Value; 3]>::each_ref));
    let list = itam.tool(&["token", "list", "--server", &itam.services[0].url]).await;
    let line = list.lines().find(|line| line.contains(one["id"].as_str().expect("an id"))).expect("listed");
    assert!(line.contains("revoked") && line.contains(&org.ben), "{line}");
    assert!(!list.contains("itam_"), "a list shows a token's text");
}

#[tokio::test]
async fn who_leaves_loses_her_tokens_on_the_embedded_log() {
    who_leaves_loses_her_tokens(&Installation::embedded().await).await;
}

#[tokio::test]
async fn who_leaves_loses_her_tokens_on_nats() {
    who_leaves_loses_her_tokens(&Installation::three_processes().await).await;
}

async fn who_leaves_loses_her_tokens(itam: &Installation) {
    let client = &itam.commands;
    let org = Organization::define(client).await;
    let of = |person: &str, name: &str| json!({"name": name, "role": "asset-analyst", "person_id": person});
    let url = &itam.services[0].url;
    let admin = client.fetch("/v1/me").await["actor"].take();
    let first = made(client, of(&org.ada, "first")).await;
    let second = made(client, of(&org.ada, "second")).await;
    let bens = made(client, of(&org.ben, "third")).await;
    let status = async |token: &Value| {
        Client::new(url, token["token"].as_str().expect("a token")).get("/v1/me").await.status
    };
    for token in [&first, &second, &bens] {
        assert_eq!(status(token).await, 200);
    }
    let gone = client.command_once("gone", "deactivate-person", json!({"person_id": org.ada})).await;
    assert_eq!(gone.status, 201, "{}", gone.text);
    for token in [&first, &second] {
        assert_eq!(status(token).await, 401);
        assert_eq!(row(itam, token["id"].as_str().expect("an id")).await["state"], "revoked");
        let path = "/v1/audit/security-journal?event=token-revoked&limit=1000";
        let entry = eventually("the journal tells of it", || async {
            let mut journal = client.fetch(path).await;
            let entries = journal["items"].as_array_mut().expect("items");
            entries.iter_mut().find(|entry| entry["token"] == token["id"]).map(Value::take)
        })
        .await;
        assert_eq!((&entry["actor"], &entry["person"]), (&admin, &json!(org.ada)));
    }
    assert_eq!(status(&bens).await, 200);

    // She comes back, and a late repetition of her departure takes nothing from her.
    let back = json!({"person_id": org.ada, "name": "Ada Byron"});
    let back = client.command("add-person", back).await;
    assert_eq!(back.status, 201, "{}", back.text);
    let third = made(client, of(&org.ada, "after her return")).await;
    let again = client.command_once("gone", "deactivate-person", json!({"person_id": org.ada})).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"), "{}", again.text);
    assert_eq!((status(&third).await, status(&first).await), (200, 401));

    client.done("deactivate-person", json!({"person_id": org.ben})).await;
    client.done("erase-person", json!({"person_id": org.ben})).await;
    assert_eq!(status(&bens).await, 401);
    let row = row(itam, bens["id"].as_str().expect("an id")).await;
    assert_eq!((&row["state"], &row["person_name"]), (&json!("revoked"), &Value::Null));
}

#[tokio::test]
async fn a_token_whose_person_left_before_a_crash_is_revoked_at_the_next_start() {
    let mut itam = Installation::embedded().await;
    let org = Organization::define(&itam.commands).await;
    let wish = json!({"name": "app", "role": "auditor", "person_id": org.ada});
    let token = made(&itam.commands, wish).await;
    itam.commands.done("deactivate-person", json!({"person_id": org.ada})).await;
    assert!(itam.up().stop().await.success());
    // What a crash between the event and the revocation leaves.
    let file = itam.folder().join("tokens.json");
    let mut stored: Value = serde_json::from_slice(&std::fs::read(&file).expect("read")).expect("JSON");
    let records = stored["value"].as_array_mut().expect("records");
    let record = records.iter_mut().find(|record| record["id"] == token["id"]).expect("stored");
    assert!(record["revoked_at"].is_string(), "{record}");
    record.as_object_mut().expect("an object").remove("revoked_at");
    std::fs::write(&file, stored.to_string()).expect("written");
    // Without a service the tool sees by itself who left.
    let args = ["token", "create", "--name", "x", "--role", "auditor", "--person", &org.ada];
    let said = complaint(&itam, &args).await;
    assert!(said.contains("is inactive"), "{said}");
    itam.up().restart().await;
    let client = Client::new(&itam.services[0].url, token["token"].as_str().expect("a token"));
    assert_problem(&client.get("/v1/me").await, 401, "unauthenticated");
}

#[tokio::test]
async fn an_expired_token_is_refused_at_every_door_with_the_reason() {
    let itam = Installation::three_processes().await;
    let create = ["token", "create", "--name", "short", "--role", "administrator", "--expires", "1s"];
    let token = itam.tool(&create).await.trim().to_owned();
    for service in &itam.services {
        let client = Client::new(&service.url, &token);
        let refused = eventually("it has expired here", || async {
            let answer = client.get("/v1/me").await;
            (answer.status == 401 && answer.text.contains("expired")).then_some(answer)
        })
        .await;
        assert_problem(&refused, 401, "unauthenticated");
        assert_eq!(refused.json()["reason"], "expired");
    }
    let client = Client::new(&itam.services[0].url, &token);
    let request = client.request(Method::POST, "/v1/commands").header("content-type", "application/x-ndjson");
    assert_eq!(client.send(request.body("{}\n")).await.json()["reason"], "expired");

    let nats = itam.nats.as_ref().expect("a nats-server");
    let nats = async_nats::connect(nats.url()).await.expect("a connection");
    let mut headers = HeaderMap::new();
    headers.insert("Authorization", format!("Bearer {token}").as_str());
    headers.insert("Idempotency-Key", "k");
    let subject = "itam.main.command.define-vendor".to_owned();
    let reply =
        nats.request_with_headers(subject, headers, "{\"name\":\"V\"}".into()).await.expect("a reply");
    let reply: Value = serde_json::from_slice(&reply.payload).expect("JSON");
    assert_eq!((&reply["status"], &reply["reason"]), (&json!(401), &json!("expired")));

    // An end of its own choice, none, and the one that is chosen where nothing is said.
    for (expires, has_end) in [(json!("90d"), true), (json!("never"), false)] {
        let row = made(&itam.commands, json!({"name": "x", "role": "auditor", "expires": expires})).await;
        assert_eq!(row["expires_at"].is_string(), has_end, "{row}");
    }
    let row = made(&itam.commands, json!({"name": "x", "role": "auditor"})).await;
    assert!(row["expires_at"].is_string(), "{row}");
}

#[tokio::test]
async fn the_last_use_of_a_token_is_noted_on_the_embedded_log() {
    the_last_use_is_noted(&Installation::embedded().await).await;
}

#[tokio::test]
async fn the_last_use_of_a_token_is_noted_on_nats() {
    the_last_use_is_noted(&Installation::three_processes().await).await;
}

async fn the_last_use_is_noted(itam: &Installation) {
    let wish = json!({"name": "seldom used", "role": "auditor"});
    let token = made(&itam.commands, wish).await;
    let id = token["id"].as_str().expect("an id");
    assert_eq!(row(itam, id).await["last_used_at"], Value::Null);
    let text = token["token"].as_str().expect("a token");
    let client = Client::new(&itam.services.last().expect("a service").url, text);
    eventually("the token is known", || async {
        (client.get("/v1/models").await.status == 200).then_some(())
    })
    .await;
    let noted = eventually("its use is noted", || async {
        row(itam, id).await["last_used_at"].as_str().map(str::to_owned)
    })
    .await;
    eventually("she is told so, and no later use is noted so soon", || async {
        let told = client.fetch("/v1/me").await["token"]["last_used_at"].take();
        assert!(told.is_null() || told == json!(noted), "noted again: {told}");
        told.is_string().then_some(())
    })
    .await;
    let list = itam.tool(&["token", "list"]).await;
    let line = list.lines().find(|line| line.contains("seldom used")).expect("listed");
    assert!(line.contains(&noted), "{line}");
}
