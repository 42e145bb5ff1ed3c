//! The journal as a service keeps it and an auditor reads it.

use std::fs;
use std::num::NonZeroUsize;
use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::routing::get;
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::*;
use crate::testing::{body_json, send_with};
use crate::{ActorKind, HttpKit, PROBLEM_JSON, ProblemCode, Role, SettableClock};

const PATH: &str = "/v1/audit/security-journal";
const PERSON: Uuid = Uuid::from_u128(7);

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn open(folder: &Path, clock: &Arc<SettableClock>) -> (SecurityJournal, Metrics) {
    let metrics = Metrics::new();
    let clock: Arc<dyn Clock> = Arc::<SettableClock>::clone(clock);
    let journal = SecurityJournal::open(folder, "up", JournalLimits::default(), clock, &metrics);
    (journal.expect("a thread"), metrics)
}

fn clock() -> Arc<SettableClock> {
    Arc::new(SettableClock::new(at("2026-03-01T10:00:00Z")))
}

fn identity(bearer: &str) -> Option<Identity> {
    let role = match bearer {
        "auditor" => Role::Auditor,
        "analyst" => Role::AssetAnalyst,
        _ => return None,
    };
    Some(Identity { actor: format!("id-{bearer}"), actor_kind: ActorKind::Service, name: "Ada".into(), role })
}

fn service(journal: &SecurityJournal, metrics: &Metrics) -> Router {
    let refused = async || {
        let problem = Problem::new(ProblemCode::RejectedByRule, "secret words of the body");
        Err::<(), _>(problem.with("reason", "on-hold").in_action("deploy-asset"))
    };
    let protected = Router::new()
        .route("/v1/things/{name}", get(refused))
        .route("/v1/missing", get(async || Problem::new(ProblemCode::NotFound, "no")))
        .merge(journal.routes());
    HttpKit::new(metrics.clone(), Arc::new(identity)).journal(journal.clone()).wrap(protected, Router::new())
}

async fn ask(router: &Router, path: &str, bearer: &str) -> axum::response::Response {
    send_with(router, path, &[("authorization", &format!("Bearer {bearer}"))]).await
}

fn text_of(folder: &Path) -> String {
    let mut names: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    names.sort();
    names.iter().map(|path| fs::read_to_string(path).expect("a segment")).collect()
}

#[tokio::test]
async fn refusals_are_noted_with_who_what_and_why_and_nothing_of_what_was_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let (journal, metrics) = open(folder.path(), &clock());
    let router = service(&journal, &metrics);
    assert_eq!(ask(&router, "/v1/things/LT-42?secret=1", "analyst").await.status(), 409);
    assert_eq!(ask(&router, "/v1/things/LT-42", "itam_a-stolen-token").await.status(), 401);
    assert_eq!(ask(&router, PATH, "analyst").await.status(), 403);
    assert_eq!(ask(&router, "/v1/missing", "analyst").await.status(), 404);
    drop((router, journal));
    let entries = read_journal(folder.path(), &JournalFilter::default(), None, NonZeroUsize::MAX);
    let entries = entries.expect("read").entries;
    let mut told: Vec<_> = entries
        .iter()
        .map(|entry| [&entry.code, &entry.reason, &entry.action, &entry.actor].map(Clone::clone))
        .collect();
    told.sort();
    let some = |text: &str| Some(text.to_owned());
    let expected = [
        [some("forbidden"), None, some("the security journal"), some("id-analyst")],
        [some("rejected-by-rule"), some("on-hold"), some("deploy-asset"), some("id-analyst")],
        [some("unauthenticated"), None, some("GET /v1/things/{name}"), None],
    ];
    assert_eq!(told, expected);
    assert!(entries.iter().all(|entry| entry.trace_id.is_some()));
    let text = text_of(folder.path());
    for secret in ["LT-42", "secret", "stolen", "Ada"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

#[tokio::test]
async fn an_auditor_reads_by_time_code_actor_and_event_page_by_page_and_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = clock();
    let (journal, metrics) = open(folder.path(), &clock);
    for hour in 0..5_u128 {
        clock.set(at(&format!("2026-03-0{}T10:00:00Z", hour + 1)));
        let token = Uuid::from_u128(hour);
        let change = TokenChange { token, role: Some("=auditor"), person: Some(PERSON), by: Some("id-9") };
        journal.note_token(JournalEvent::TokenCreated, change);
    }
    let mut refused = JournalEntry::new(at("2026-03-03T11:00:00Z"), JournalEvent::Refused);
    refused.code = Some("forbidden".to_owned());
    refused.actor = Some("id-7".to_owned());
    journal.note(refused);
    drop(journal);
    let (journal, _) = open(folder.path(), &clock);
    let router = service(&journal, &metrics);
    let first = body_json(ask(&router, &format!("{PATH}?limit=4"), "auditor").await).await;
    assert_eq!(first["items"].as_array().map(Vec::len), Some(4), "{first}");
    let cursor = first["next_cursor"].as_str().expect("more");
    let rest = body_json(ask(&router, &format!("{PATH}?limit=4&cursor={cursor}"), "auditor").await).await;
    let tokens: Vec<_> =
        [&first, &rest].iter().filter_map(|page| page["items"].as_array()).flatten().collect();
    assert_eq!(tokens.len(), 6);
    assert!(tokens.is_sorted_by_key(|entry| entry["at"].as_str().map(str::to_owned)));
    assert_eq!(rest["next_cursor"], Value::Null);
    for (query, count) in [
        ("from=2026-03-02&to=2026-03-03", 3),
        ("from=2026-03-03T10:30:00Z", 3),
        ("code=forbidden,unauthenticated", 1),
        ("actor=id-7", 1),
        ("event=token-created", 5),
        ("to=2026-02-01", 0),
    ] {
        let page = body_json(ask(&router, &format!("{PATH}?{query}"), "auditor").await).await;
        assert_eq!(page["items"].as_array().map(Vec::len), Some(count), "{query}: {page}");
    }
    let headers = [("authorization", "Bearer auditor"), ("accept", "text/csv")];
    let csv = send_with(&router, PATH, &headers).await;
    let csv = to_bytes(csv.into_body(), 100_000).await.expect("a body");
    let csv = String::from_utf8(csv.to_vec()).expect("text");
    assert_eq!(csv.lines().count(), 7);
    assert!(csv.starts_with("at,event,code") && csv.contains(",'=auditor,"), "{csv}");
    let of_a_token = format!(",id-9,'=auditor,{},{PERSON},", Uuid::from_u128(4));
    assert!(csv.contains(&of_a_token), "{csv}");
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (journal, metrics) = open(folder.path(), &clock());
    let router = service(&journal, &metrics);
    for query in ["from=yesterday", "event=login", "limit=0", "limit=1001", "cursor=%20", "unknown=1"] {
        let response = ask(&router, &format!("{PATH}?{query}"), "auditor").await;
        assert_eq!(response.status(), 400, "{query}");
        assert_eq!(response.headers()["content-type"], PROBLEM_JSON, "{query}");
    }
}

#[test]
fn what_comes_too_fast_is_counted_and_told_and_what_a_crash_cut_is_passed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let (journal, metrics) = open(folder.path(), &clock());
    for number in 0..50_000 {
        let mut entry = JournalEntry::new(at("2026-03-01T10:00:00Z"), JournalEvent::Refused);
        entry.actor = Some(format!("id-{number}"));
        journal.note(entry);
    }
    drop(journal);
    let read = || read_journal(folder.path(), &JournalFilter::default(), None, NonZeroUsize::MAX);
    let entries = read().expect("read").entries;
    let dropped = entries.iter().filter(|entry| entry.event == JournalEvent::EntriesDropped);
    let lost: u64 = dropped.filter_map(|entry| entry.count).sum();
    let written = entries.iter().filter(|entry| entry.event == JournalEvent::Refused).count() as u64;
    assert_eq!(written + lost, 50_000);
    let page = metrics.render();
    assert!(page.contains(&format!("security_journal_dropped_total {lost}")), "{page}");
    let name = fs::read_dir(folder.path()).expect("listed").next().expect("a file").expect("an entry").path();
    let mut bytes = fs::read(&name).expect("read");
    bytes.extend_from_slice(b"{\"at\":\"2026-03-01T1");
    fs::write(&name, bytes).expect("written");
    assert_eq!(read().expect("read").entries.len(), entries.len());
}

#[tokio::test]
async fn a_flood_of_one_leaves_the_entries_of_others_and_a_restart_gives_no_second_share() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = clock();
    let limits = JournalLimits { entries: 1000, days: 90 };
    let flood = |of: &str| {
        let metrics = Metrics::new();
        let time: Arc<dyn Clock> = Arc::<SettableClock>::clone(&clock);
        let journal = SecurityJournal::open(folder.path(), "up", limits, time, &metrics).expect("a thread");
        for number in 0..100_000 {
            let mut entry = JournalEntry::new(at("2026-03-01T10:00:00Z"), JournalEvent::Refused);
            (entry.actor, entry.code) = (Some(of.to_owned()), Some("forbidden".to_owned()));
            entry.action = Some(format!("command-{}", number % 5000));
            entry.trace_id = Some("0af7651916cd43dd8448eb211c80319c".to_owned());
            journal.note(entry);
        }
        drop(journal);
        assert!(metrics.render().contains("security_journal_dropped_total 0"));
    };
    let mut victim = JournalEntry::new(at("2026-03-01T09:00:00Z"), JournalEvent::Refused);
    (victim.actor, victim.code) = (Some("id-victim".to_owned()), Some("unknown-reference".to_owned()));
    // As an older build wrote it.
    let old = serde_json::to_string(&victim).expect("plain JSON");
    assert!(!old.contains("count") && !old.contains("last_at"), "{old}");
    fs::write(folder.path().join("refusals.2026-03-01.000001.up.ndjson"), old + "\n").expect("written");
    for _ in 0..3 {
        flood("id-flood");
    }
    let all = read_journal(folder.path(), &JournalFilter::default(), None, NonZeroUsize::MAX);
    let all = all.expect("read").entries;
    assert!(all.contains(&victim), "the victim's entry is gone");
    let (single, summed): (Vec<_>, Vec<_>) =
        all.iter().filter(|entry| **entry != victim).partition(|entry| entry.last_at.is_none());
    // A share of twenty, and one for what is beyond it after each start.
    assert!((20..=23).contains(&single.len()), "{} entries", single.len());
    let counted: u64 = summed.iter().filter_map(|entry| entry.count).sum();
    assert_eq!(single.len() as u64 + counted, 300_000);
}
