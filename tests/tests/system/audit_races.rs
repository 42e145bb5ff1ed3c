//! A physical audit that is scanned, settled and closed from all sides at once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use itam_tests::dice::Dice;
use itam_tests::{Answer, Client, eventually};
use serde_json::{Value, json};

use crate::audits::Audit;
use crate::installation::{Installation, assert_problem, id_of, number, position_of, with_position};

const ASSETS: u64 = 60;
const SCANNERS: u64 = 8;
/// How much each scanner does before she only confirms what was found.
const TURMOIL: usize = 30;

/// What was stored of an audit, as its events tell.
struct StoredAudit {
    closed: Vec<(u64, Value)>,
    /// By finding: the position of the last event, its verdict, and whether something is left to do.
    findings: BTreeMap<String, (u64, String, bool)>,
}

impl StoredAudit {
    async fn read(queries: &Client, head: u64) -> Self {
        let events = "/v1/events?aggregate=audit_campaign&aggregate=audit_finding";
        let text = queries.get(events).await.text;
        let (mut closed, mut findings) = (Vec::new(), BTreeMap::new());
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).expect("a line of JSON");
            let Some(position) = line["position"].as_u64() else { continue };
            assert!(position <= head);
            let event = &line["event"];
            let name = event["type"].as_str().expect("a type");
            if name == "audit_campaign.closed" {
                closed.push((position, event["data"].clone()));
            }
            let Some(verdict) = event["data"]["verdict"].as_str() else { continue };
            let is_open = name == "audit_finding.scanned" && verdict != "found";
            findings.insert(event["subject"].to_string(), (position, verdict.to_owned(), is_open));
        }
        Self { closed, findings }
    }

    fn of(&self, verdict: &str) -> usize {
        self.findings.values().filter(|(_, found, _)| found == verdict).count()
    }
}

/// One of those who scan and settle, until the audit is closed.
struct Scanner<'a> {
    commands: &'a Client,
    audit: &'a Audit,
    number: u64,
    dice: Dice,
    stored: Vec<u64>,
    is_over: &'a AtomicBool,
}

impl Scanner<'_> {
    async fn work(mut self) -> Vec<u64> {
        for _ in 0..TURMOIL {
            match self.dice.below(4) {
                0 => {
                    let asset = format!("LT-{}", self.dice.below(ASSETS));
                    self.scan(&asset, &self.audit.org.office).await;
                    self.settle(&asset).await;
                }
                1 => {
                    let label = format!("GHOST-{}-{}", self.number, self.dice.below(3));
                    self.scan(&label, &self.audit.org.stockroom).await;
                    self.settle(&label).await;
                }
                _ => self.confirm().await,
            }
        }
        for asset in (self.number..ASSETS).step_by(usize::try_from(SCANNERS).expect("a few")) {
            self.scan(&format!("LT-{asset}"), &self.audit.org.stockroom).await;
        }
        // From here on the audit may be closed at any moment, and nobody stops for that.
        while !self.is_over.load(Ordering::Relaxed) {
            self.confirm().await;
        }
        self.stored
    }

    async fn confirm(&mut self) {
        let asset = format!("LT-{}", self.dice.below(ASSETS));
        self.scan(&asset, &self.audit.org.stockroom).await;
    }

    async fn scan(&mut self, asset: &str, place: &str) {
        let fields = json!({"campaign_id": self.audit.id, "asset": asset, "location_id": place});
        let answer = self.send("scan-asset", fields).await;
        self.note(&answer);
    }

    /// Somebody else may have settled it, or seen it in its place.
    async fn settle(&mut self, asset: &str) {
        let fields = json!({"campaign_id": self.audit.id, "finding": {"asset": asset},
                            "resolution": "explained"});
        let answer = self.send("resolve-finding", fields).await;
        if answer.status == 201 || answer.json()["reason"] != "finding-settled" {
            self.note(&answer);
        }
    }

    /// Sends a command again for as long as others are in its way.
    async fn send(&self, name: &str, fields: Value) -> Answer {
        let contended = async || {
            let answer = self.commands.command(name, fields.clone()).await;
            (answer.json()["code"] != "contended").then_some(answer)
        };
        eventually("the command gets its turn", contended).await
    }

    fn note(&mut self, answer: &Answer) {
        if answer.status == 201 {
            self.stored.push(position_of(&answer.json()));
            return;
        }
        assert_problem(answer, 409, "rejected-by-rule");
        assert_eq!(answer.json()["current_state"], "closed", "{}", answer.text);
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// Tries to close the audit until it is closed, and says how often that was refused.
async fn close(commands: &Client, audit: &Audit, is_over: &AtomicBool) -> (u64, Option<u64>) {
    let mut refused = 0;
    // Ends when somebody succeeds.
    loop {
        let answer = commands.command("close-audit", audit.close(ASSETS)).await;
        let body = answer.json();
        if answer.status == 201 {
            is_over.store(true, Ordering::Relaxed);
            return (refused, Some(position_of(&body)));
        }
        assert_eq!(answer.status, 409, "{body}");
        if body["current_state"] == "closed" {
            return (refused, None);
        }
        assert!(body["code"] == "contended" || body["reason"] == "findings-unresolved", "{body}");
        refused += 1;
    }
}

#[tokio::test]
async fn nothing_is_found_after_the_end_whoever_scans_and_closes_through_two_services() {
    let itam = Installation::three_processes().await;
    let second = itam.another("command-service").await;
    let second = Client::new(&second.url, &itam.admin);
    let audit = Audit::begin(itam, usize::try_from(ASSETS).expect("a few")).await;
    let is_over = AtomicBool::new(false);
    let scanners = (0..SCANNERS).map(|number| {
        let commands = if number % 2 == 0 { &audit.itam.commands } else { &second };
        let dice = Dice::of(number, "scanner", &[]);
        Scanner { commands, audit: &audit, number, dice, stored: Vec::new(), is_over: &is_over }.work()
    });
    let closers = [&audit.itam.commands, &second].map(|commands| close(commands, &audit, &is_over));
    let (stored, closed) = tokio::join!(join_all(scanners), join_all(closers));

    let ends: Vec<u64> = closed.iter().filter_map(|(_, end)| *end).collect();
    let [end] = ends[..] else { panic!("it was closed {} times", ends.len()) };
    assert!(closed.iter().map(|(refused, _)| refused).sum::<u64>() > 0, "nobody tried too early");
    let last = stored.iter().flatten().max().expect("something was stored");
    assert!(*last < end, "position {last} was acknowledged after the end at {end}");

    let head = audit.itam.head().await;
    let in_log = StoredAudit::read(&audit.itam.queries, head).await;
    let [(position, result)] = &in_log.closed[..] else {
        panic!("closed more than once: {:?}", in_log.closed)
    };
    // The commit's last message is the last lane, behind the event.
    assert!(*position <= end, "{position} is not {end}");
    let counted = json!({"expected": ASSETS, "found": in_log.of("found"), "found_elsewhere":
                         in_log.of("found_elsewhere"), "missing": 0, "unexpected": in_log.of("unexpected")});
    assert_eq!(result, &counted);
    assert_eq!(in_log.of("found") + in_log.of("found_elsewhere"), usize::try_from(ASSETS).expect("a few"));
    for (finding, (at, verdict, is_open)) in &in_log.findings {
        assert!(at < position && !is_open, "{finding} is {verdict} at {at}, and open: {is_open}");
    }
    let shown = audit.shown().await;
    assert_eq!(
        (number(&shown["counts"], "unresolved"), &shown["is_contradicted"]),
        (0, &json!(false)),
        "{shown}"
    );
    let late = json!({"campaign_id": audit.id, "asset": "LT-0"});
    for commands in [&audit.itam.commands, &second] {
        assert_problem(&commands.command("scan-asset", late.clone()).await, 409, "rejected-by-rule");
    }
}

#[tokio::test]
async fn a_close_that_a_kill_cuts_off_happens_once_when_it_is_repeated() {
    let mut audit = Audit::begin(Installation::three_processes().await, 3).await;
    for round in 0..10 {
        for asset in 0..3 {
            let seen = json!({"campaign_id": audit.id, "asset": format!("LT-{asset}"),
                              "location_id": audit.org.stockroom});
            audit.itam.commands.done("scan-asset", seen).await;
        }
        let (commands, key) = (audit.itam.commands.clone(), format!("close-{round}"));
        let fields = audit.close(3);
        let cut = {
            let (commands, key, fields) = (commands.clone(), key.clone(), fields.clone());
            tokio::spawn(async move {
                let request = commands.request(reqwest::Method::POST, "/v1/commands/close-audit");
                commands.try_send(request.json(&fields).header("Idempotency-Key", key)).await
            })
        };
        // A little later in each round.
        for _ in 0..round {
            commands.is_alive().await;
        }
        audit.itam.services[0].kill();
        let cut = cut.await.expect("a client does not panic");
        audit.itam.services[0].restart().await;
        audit.itam.services[0].ready().await;
        let done = eventually("the close is carried out", || async {
            let answer = commands.command_once(&key, "close-audit", fields.clone()).await;
            assert!([201, 409, 503].contains(&answer.status), "{}", answer.text);
            (answer.status == 201).then(|| answer.json())
        })
        .await;
        if let Ok(answer) = cut
            && answer.status == 201
        {
            assert_eq!(answer.json(), done, "it was acknowledged before the kill");
        }
        let path = with_position(&format!("/v1/audits/{}/history", audit.id), position_of(&done));
        let history = audit.itam.queries.fetch(&format!("{path}&limit=1000")).await;
        let closed = history["items"].as_array().expect("events").iter();
        let closed: Vec<_> = closed.filter(|event| event["type"] == "audit_campaign.closed").collect();
        assert_eq!(closed.len(), 1, "{history}");
        assert_eq!(audit.shown().await["is_contradicted"], false);
        audit.id = next(&audit).await;
    }
}

/// Plans and starts another audit of the same place.
async fn next(audit: &Audit) -> String {
    let plan = json!({"name": "Stockroom again", "scope": {"location_ids": [audit.org.stockroom]}});
    let id = id_of(&audit.itam.commands.done("plan-audit", plan).await);
    audit.itam.commands.done("start-audit", json!({"campaign_id": id})).await;
    id
}
