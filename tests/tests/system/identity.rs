//! Who may come in, and what she may do.

use std::os::unix::fs::PermissionsExt;

use itam_tests::{Client, eventually};
use serde_json::json;

use crate::installation::{Installation, assert_problem};
use crate::organization::{define_laptop, laptop};

#[tokio::test]
async fn without_a_token_or_the_right_role_nothing_is_answered_or_appended() {
    let itam = Installation::embedded().await;
    let model = define_laptop(&itam.commands).await;
    let head = itam.head().await;
    let url = itam.services[0].url.clone();

    for token in ["", "not-a-token"] {
        let stranger = Client::new(&url, token);
        let answer = stranger.command("register-asset", laptop(&model, "LT-1")).await;
        assert_problem(&answer, 401, "unauthenticated");
        assert!(answer.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")));
        assert_problem(&stranger.get("/v1/assets").await, 401, "unauthenticated");
    }
    let requester = itam.colleague("requester", None).await;
    let auditor = itam.colleague("auditor", None).await;
    for client in [&requester, &auditor] {
        let answer = client.command("register-asset", laptop(&model, "LT-1")).await;
        assert_problem(&answer, 403, "forbidden");
    }
    assert_problem(&requester.get("/v1/inventory/summary").await, 403, "forbidden");
    assert_problem(&requester.get("/v1/events").await, 403, "forbidden");
    assert_eq!(auditor.get("/v1/events").await.status, 200);
    let many = requester.request(reqwest::Method::POST, "/v1/commands");
    let line = json!({"command": "register-asset", "data": laptop(&model, "LT-1")});
    let many = many.header("content-type", "application/x-ndjson").body(line.to_string());
    let answer = requester.send(many).await;
    assert_eq!(answer.json()["status"], 403, "{}", answer.text);
    assert_eq!(itam.head().await, head, "something was appended");
}

#[tokio::test]
async fn tokens_of_the_embedded_installation_come_and_go_without_a_restart() {
    tokens_come_and_go(&Installation::embedded().await).await;
}

#[tokio::test]
async fn tokens_on_nats_come_and_go_without_a_restart() {
    tokens_come_and_go(&Installation::three_processes().await).await;
}

async fn tokens_come_and_go(itam: &Installation) {
    let token = itam.token("the analyst's", "asset-analyst", None).await;
    let on_commands = Client::new(&itam.services[0].url, &token);
    let query_url = &itam.services.last().expect("a service").url;
    let on_queries = Client::new(query_url, &token);
    define_laptop(&on_commands).await;
    assert_eq!(on_queries.get("/v1/models").await.status, 200);

    let list = itam.tool(&["token", "list"]).await;
    let line = list.lines().find(|line| line.contains("the analyst's")).expect("it is listed");
    assert!(line.contains("asset-analyst"), "{line}");
    assert!(!list.contains(&token), "the list shows a token's text");
    let id = line.split_whitespace().next().expect("an id");

    itam.tool(&["token", "revoke", id]).await;
    eventually("the revoked token sends no command", || async {
        let answer = on_commands.command("define-vendor", json!({})).await;
        (answer.status == 401).then_some(())
    })
    .await;
    eventually("the revoked token asks nothing", || async {
        let answer = on_queries.get("/v1/models").await;
        (answer.status == 401).then_some(())
    })
    .await;
    let unknown = itam.try_tool(&["token", "create", "--name", "x", "--role", "janitor"]).await;
    assert!(!unknown.status.success());
    let complaint = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(complaint.contains("janitor") && complaint.contains("asset-analyst"), "{complaint}");
}

#[tokio::test]
async fn the_first_start_keeps_the_administrators_token_private_and_shows_it_to_no_journal() {
    let mut itam = Installation::embedded().await;
    let file = itam.folder().join("admin.token");
    let mode = std::fs::metadata(&file).expect("the file is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let token = itam.admin.clone();
    let is_shown = |log: &str| log.contains(&token);
    assert!(!is_shown(&itam.up().log()), "{}", itam.up().log());
    let place = format!("administrator's token: in {}", file.display());
    assert!(itam.up().log().contains(&place), "{}", itam.up().log());

    assert!(itam.up().stop().await.success());
    itam.up().restart().await;
    assert!(!is_shown(&itam.up().log()), "{}", itam.up().log());
    assert_eq!(itam.commands.command("define-vendor", json!({"name": "V"})).await.status, 201);
    assert!(!itam.tool(&["token", "list"]).await.contains(&token));
}
