//! A physical audit from its plan to its result, and all that may go wrong on the way.

use std::path::{Path, PathBuf};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::installation::{Installation, assert_problem, id_of, number, position_of, with_position};
use crate::organization::{Organization, laptop};

/// An audit of the stockroom runs, in which so many assets are expected.
pub(crate) struct Audit {
    pub(crate) itam: Installation,
    pub(crate) org: Organization,
    pub(crate) id: String,
}

impl Audit {
    pub(crate) async fn begin(itam: Installation, assets: usize) -> Self {
        let org = Organization::define(&itam.commands).await;
        for number in 0..assets {
            let mut fields = laptop(&org.laptop, &format!("LT-{number}"));
            fields["location_id"] = json!(org.stockroom);
            fields["serial"] = json!(format!("SN-{number}"));
            itam.commands.done("register-asset", fields).await;
        }
        let plan = json!({"name": "Stockroom", "scope": {"location_ids": [org.stockroom]}});
        let id = id_of(&itam.commands.done("plan-audit", plan).await);
        itam.commands.done("start-audit", json!({"campaign_id": id})).await;
        Self { itam, org, id }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.itam.folder().join(name);
        std::fs::write(&path, text).expect("a file of scans");
        path
    }

    async fn scan_file(&self, path: &Path) -> (Option<i32>, String, String) {
        self.tool(&["scan", &path.display().to_string()]).await
    }

    /// Runs a tool of audits on this one.
    async fn tool(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let server = &self.itam.services[0].url;
        let args = [&["audit"], args, &["--campaign", &self.id, "--server", server]].concat();
        let output = self.itam.try_tool(&args).await;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    pub(crate) async fn shown(&self) -> Value {
        self.itam.seen(&format!("/v1/audits/{}", self.id), self.itam.head().await).await
    }

    async fn findings(&self, query: &str) -> Vec<Value> {
        let path = format!("/v1/audits/{}/findings?limit=1000{query}", self.id);
        let page = self.itam.seen(&path, self.itam.head().await).await;
        page["items"].as_array().expect("findings").clone()
    }

    /// The export of what is left to settle.
    async fn open_csv(&self) -> String {
        let path = format!("/v1/audits/{}/findings?status=open", self.id);
        let path = with_position(&path, self.itam.head().await);
        let request = self.itam.queries.request(Method::GET, &path).header("accept", "text/csv");
        self.itam.queries.send(request).await.text
    }

    pub(crate) fn close(&self, expected: u64) -> Value {
        json!({"campaign_id": self.id, "expected": expected})
    }

    async fn waive(&self, finding: Value) {
        let fields = json!({"campaign_id": self.id, "finding": finding, "reason": "looked into"});
        self.itam.commands.done("waive-finding", fields).await;
    }
}

#[tokio::test]
async fn an_audit_goes_from_a_file_of_scans_to_a_result_that_a_rebuild_finds_again() {
    let mut audit = Audit::begin(Installation::embedded().await, 5).await;
    let id = audit.id.clone();
    let office = audit.org.office.clone();
    let scans = format!(
        "tag,serial,manufacturer,location_id,location,condition\n\
         LT-0,,,,Stockroom,good\n\
         LT-1,,,{office},,\n\
         LT-2\n\
         ,SN-2,,,Stockroom,\n\
         ,SN-3,Contoso,,Stockroom,\n\
         GHOST-1,,,,Stockroom,\n\
         LT-4,,,,Nowhere,\n\
         LT-4,,,,Stockroom,shiny\n"
    );
    let file = audit.file("scans.csv", &scans);
    let (code, said, complaint) = audit.scan_file(&file).await;
    assert_eq!(code, Some(2), "{complaint}");
    assert!(said.contains("5 scanned, 0 sent before, 3 refused"), "{said}");
    for part in ["scans.csv:4: \"LT-2\"", "scans.csv:8: \"LT-4\"", "Nowhere", "scans.csv:9:", "/condition"] {
        assert!(complaint.contains(part), "{part} is not in: {complaint}");
    }
    let head = audit.itam.head().await;
    let (code, said, _) = audit.scan_file(&file).await;
    assert_eq!((code, audit.itam.head().await), (Some(2), head), "the same file again changes nothing");
    assert!(said.contains("0 scanned, 5 sent before"), "{said}");

    let shown = audit.shown().await;
    let counts = json!({"expected": 5, "found": 3, "found_elsewhere": 1, "missing": 1, "unexpected": 1,
                        "unresolved": 3});
    assert_eq!(shown["counts"], counts, "{shown}");
    assert_eq!((&shown["accuracy"], &shown["shrinkage"]), (&json!(0.6), &json!(0.2)));
    assert_eq!(shown["missing_cost"], json!([{"amount": "100.00", "currency": "EUR"}]));
    let moved = audit.itam.queries.fetch("/v1/assets/LT-1").await;
    assert_eq!((&moved["location_id"], moved["verified_at"].is_string()), (&json!(office), true), "{moved}");
    let verified = audit.itam.queries.fetch("/v1/assets/LT-1/history").await;
    assert_eq!(verified["items"][1]["data"]["campaign_id"], json!(id), "{verified}");

    let refused = audit.itam.commands.command("close-audit", audit.close(5)).await;
    assert_problem(&refused, 409, "rejected-by-rule");
    assert_eq!(
        (refused.json()["reason"].as_str(), number(&refused.json(), "unresolved")),
        (Some("findings-unresolved"), 3)
    );
    audit.waive(json!({"asset": "LT-4"})).await;
    let ghost = audit.findings("&verdict=unexpected").await.remove(0);
    assert_eq!(ghost["tag"], "GHOST-1");
    audit.waive(json!({"id": ghost["id"]})).await;
    let relocated = json!({"campaign_id": id, "finding": {"asset": "LT-1"}, "resolution": "relocated"});
    audit.itam.commands.done("resolve-finding", relocated).await;
    let differs = audit.itam.commands.command("close-audit", audit.close(4)).await;
    assert_eq!(differs.json()["reason"], "expected-differs", "{}", differs.text);
    audit.itam.commands.done("close-audit", audit.close(5)).await;
    let late = json!({"campaign_id": id, "asset": "LT-0"});
    let late = audit.itam.commands.command("scan-asset", late).await;
    assert_problem(&late, 409, "rejected-by-rule");

    let (shown, findings) = (audit.shown().await, audit.findings("").await);
    assert_eq!((&shown["stage"], &shown["is_contradicted"]), (&json!("closed"), &json!(false)), "{shown}");
    assert!(audit.itam.up().stop().await.success());
    let said = audit.itam.tool(&["rebuild"]).await;
    assert!(said.contains("equal to the one it replaces") && !said.contains("NOT equal"), "{said}");
    audit.itam.up().restart().await;
    audit.itam.up().ready().await;
    assert_eq!((audit.shown().await, audit.findings("").await), (shown, findings));
}

#[tokio::test]
async fn what_a_file_says_and_one_reason_settle_an_audit_however_often_they_are_sent() {
    let audit = Audit::begin(Installation::embedded().await, 40).await;
    let office = &audit.org.office;
    let scans: String =
        (0..10).fold("tag,location,location_id\r\n\r\n".to_owned(), |rows, number| match number {
            0 => format!("{rows}LT-0,,{office}\r\n"),
            number => format!("{rows}lt-{number},Stockroom,\r\n"),
        });
    let scans = format!("{scans}GHOST-1,Stockroom,\r\nGHOST-2,Stockroom,\r\nLT-1,Nowhere,\r\n");
    let (code, said, complaint) = audit.scan_file(&audit.file("scans.csv", &scans)).await;
    assert_eq!((code, said.trim()), (Some(2), "12 scanned, 0 sent before, 1 refused"), "{complaint}");
    assert!(complaint.contains("scans.csv:15: \"LT-1\""), "{complaint}");

    // The export of what is open comes back with some rows filled in.
    let settled = audit.open_csv().await.replace("\r\n", "\n");
    let columns: Vec<&str> = settled.lines().next().expect("a header").split(',').collect();
    let settled = settled.lines().map(|line| {
        let fill = |(name, cell): (&&str, &str)| match (*name, line) {
            ("resolution", line) if line.contains(",LT-0,") => "relocated".to_owned(),
            ("resolution", line) if line.contains(",GHOST-1,") => "not_ours".to_owned(),
            ("resolution", line) if line.contains(",LT-11,") => "mislaid".to_owned(),
            ("reason", line) if line.contains(",LT-10,") => "at the vendor".to_owned(),
            _ => cell.to_owned(),
        };
        columns.iter().zip(line.split(',')).map(fill).collect::<Vec<_>>().join(",") + "\r\n"
    });
    let file = audit.file("open.csv", &settled.collect::<String>()).display().to_string();
    let (code, said, complaint) = audit.tool(&["settle", &file]).await;
    assert_eq!(code, Some(2), "{complaint}");
    assert!(said.starts_with("3 settled, 0 settled before, 1 refused, 29 left alone"), "{said}");
    assert!(
        said.contains("open findings: 30") && complaint.contains("\"LT-11\": /resolution"),
        "{complaint}"
    );
    let head = audit.itam.head().await;
    let (_, said, _) = audit.tool(&["settle", &file]).await;
    assert!(said.starts_with("0 settled, 3 settled before, 1 refused"), "{said}");
    assert_eq!(audit.itam.head().await, head, "the same file again changes nothing");

    // What was scanned since is open again, and the file settles it again.
    let again = json!({"campaign_id": audit.id, "asset": "LT-0", "location_id": office});
    audit.itam.commands.done("scan-asset", again).await;
    let (_, said, _) = audit.tool(&["settle", &file]).await;
    assert!(said.starts_with("1 settled, 2 settled before, 1 refused"), "{said}");

    let waive = ["waive", "--reason", "not worth the search", "--verdict", "missing"];
    let (code, said, complaint) = audit.tool(&waive).await;
    assert_eq!(code, Some(0), "{complaint}");
    assert!(said.starts_with("29 waived, 0 settled before, 0 refused\nopen findings: 1"), "{said}");
    let (code, said, _) = audit.tool(&["waive", "--reason", "nobody knows"]).await;
    assert_eq!(code, Some(0));
    assert!(said.starts_with("1 waived") && said.contains("close-audit states 40 expected"), "{said}");
    audit.itam.commands.done("close-audit", audit.close(40)).await;
    let shown = audit.shown().await;
    let counts = json!({"expected": 40, "found": 9, "found_elsewhere": 1, "missing": 30, "unexpected": 2,
                        "unresolved": 0});
    assert_eq!((&shown["counts"], &shown["is_contradicted"]), (&counts, &json!(false)), "{shown}");

    let more = audit.file("more.csv", "tag\nLT-1\nLT-2\nLT-3\n");
    let (code, _, complaint) = audit.scan_file(&more).await;
    assert_eq!((code, complaint.matches("closed").count()), (Some(1), 1), "one line says it: {complaint}");
}

#[tokio::test]
async fn a_thing_that_was_carried_back_is_where_it_was_seen_last() {
    let audit = Audit::begin(Installation::embedded().await, 1).await;
    let there = format!(",{}\n", audit.org.office);
    let rounds =
        ["tag,location,location_id\nLT-0,Stockroom,\nLT-0,", &there, "LT-0,Stockroom,\nLT-0,Stockroom,\n"];
    let file = audit.file("scans.csv", &rounds.concat());
    let (code, said, complaint) = audit.scan_file(&file).await;
    assert_eq!((code, said.trim()), (Some(0), "3 scanned, 1 sent before, 0 refused"), "{complaint}");
    assert_eq!(audit.shown().await["counts"]["found"], 1);
    let monday = audit.file("monday.csv", &format!("tag,location_id\nLT-0{there}"));
    let (_, said, _) = audit.scan_file(&monday).await;
    assert!(
        said.starts_with("0 scanned, 1 sent before"),
        "without a time or a round it says the same: {said}"
    );
    let (_, said, _) = audit.tool(&["scan", &monday.display().to_string(), "--round", "monday"]).await;
    assert!(said.starts_with("1 scanned"), "{said}");
    assert_eq!(audit.shown().await["counts"]["found_elsewhere"], 1);
}

#[tokio::test]
async fn a_hundred_scanners_do_not_contend_and_nothing_is_found_after_the_end() {
    const ASSETS: usize = 100;
    let audit = Audit::begin(Installation::up_on_nats().await, ASSETS).await;
    let scan = async |number: usize| {
        let fields = json!({"campaign_id": audit.id, "asset": format!("LT-{number}"),
                            "location_id": audit.org.stockroom});
        audit.itam.commands.command("scan-asset", fields).await
    };
    for answer in join_all((0..ASSETS).map(&scan)).await {
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    // All is found, so the audit may close at any moment: beside scans of what is there already.
    let again = join_all((0..ASSETS).map(&scan));
    let close = audit.itam.commands.command("close-audit", audit.close(ASSETS as u64));
    let (again, closed) = tokio::join!(again, close);
    assert_eq!(closed.status, 201, "{}", closed.text);
    let end = position_of(&closed.json());
    for answer in again {
        match answer.status {
            201 => assert!(position_of(&answer.json()) < end, "scanned after the end: {}", answer.text),
            _ => assert_problem(&answer, 409, "rejected-by-rule"),
        }
    }
    let shown = audit.shown().await;
    assert_eq!((number(&shown["counts"], "found"), number(&shown["counts"], "unresolved")), (100, 0));
    assert_eq!(shown["is_contradicted"], false, "{shown}");
}

#[tokio::test]
async fn roles_and_wrong_input_are_told_apart() {
    let audit = Audit::begin(Installation::embedded().await, 1).await;
    let analyst = audit.itam.colleague("asset-analyst", None).await;
    let scan = json!({"campaign_id": audit.id, "asset": "LT-0", "location_id": audit.org.stockroom});
    analyst.done("scan-asset", scan.clone()).await;
    assert_problem(&analyst.command("close-audit", audit.close(1)).await, 403, "forbidden");
    let auditor = audit.itam.colleague("auditor", None).await;
    assert_problem(&auditor.command("scan-asset", scan).await, 403, "forbidden");

    let commands = &audit.itam.commands;
    let nobody = "019a5c3e-8000-7000-8000-000000009999";
    let unknown = json!({"campaign_id": nobody, "asset": "LT-0"});
    assert_problem(&commands.command("scan-asset", unknown).await, 404, "not-found");
    let no_label = json!({"campaign_id": audit.id, "asset": {"maker": "Contoso"}});
    assert_problem(&commands.command("scan-asset", no_label).await, 422, "unknown-field");
    let scope = json!({"name": "X", "scope": {"location_ids": [nobody]}});
    assert_problem(&commands.command("plan-audit", scope).await, 422, "unknown-reference");
    let file = audit.file("other.csv", "name,colour\nx,red\n");
    let (code, _, complaint) = audit.scan_file(&file).await;
    assert_eq!(code, Some(1));
    assert!(complaint.contains("colour") || complaint.contains("name"), "{complaint}");
    let (code, _, complaint) = audit.scan_file(&audit.itam.folder().join("missing.csv")).await;
    assert_eq!(code, Some(1), "{complaint}");
    let ndjson = audit.file("scans.ndjson", "{\"tag\":\"LT-0\"}\n{\"tag\":\"LT-0\",\"colour\":\"red\"}\n");
    let (code, said, complaint) = audit.scan_file(&ndjson).await;
    assert_eq!(code, Some(2));
    assert!(said.contains("1 scanned") && complaint.contains("scans.ndjson:2:"), "{said} {complaint}");
}
