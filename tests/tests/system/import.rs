//! Files of Snipe-IT come in through the API, and can come again.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Output;

use serde_json::{Value, json};

use crate::installation::{Installation, number};

const USERS: &str = "\
First Name,Last Name,Email,Username,Department
Grace,Hill,grace.hill@example.org,ghill,Engineering
Omar,Nasser,omar.nasser@example.org,onasser,Finance
";

const ASSETS: &str = "\
Asset Tag,Item Name,Serial,Model Name,Manufacturer,Category,Location,Purchase Date,Purchase Cost,Username
C-100,build-01,S100,Tower 5,Contoso,Desktops,Harbor Site,2024-02-27,1250.75,
C-101,lap-grace,S101,Traveler 14,Contoso,Laptops,Harbor Site,2024-03-15,999.25,ghill
C-102,lap-omar,S102,Traveler 14,Contoso,Laptops,Hill Site,2024-03-15,999.25,onasser
";

#[tokio::test]
async fn rows_are_created_then_unchanged_then_corrected_by_one_event() {
    let import = Import::begin().await;
    let (users, assets) = (import.file("users.csv", USERS), import.file("assets.csv", ASSETS));

    // In the order in which they do not rest on one another's rows.
    let first = import.run(&[&assets, &users], &["--currency", "EUR"]).await;
    let first = summary_of(&first, 0);
    assert_eq!(first["rows"], json!({"created": 5, "updated": 0, "unchanged": 0, "rejected": 0}), "{first}");
    let summary = import.itam.summary().await;
    assert_eq!(number(&summary, "assets"), 3, "{summary}");
    assert_eq!(summary["acquisition_cost"], json!([{"currency": "EUR", "amount": "3249.25"}]), "{summary}");
    assert_eq!(summary["by_state"]["deployed"], 2, "{summary}");

    let head = import.itam.head().await;
    let again = import.run(&[&users, &assets], &["--currency", "EUR"]).await;
    let again = summary_of(&again, 0);
    assert_eq!(again["rows"]["unchanged"], 5, "{again}");
    assert_eq!((&again["events"], import.itam.head().await), (&json!(0), head), "{again}");

    let dearer = import.file("assets.csv", &ASSETS.replace("1250.75", "1300.75"));
    let changed = import.run(&[&dearer], &["--currency", "EUR"]).await;
    let changed = summary_of(&changed, 0);
    assert_eq!(
        (&changed["rows"]["updated"], &changed["rows"]["unchanged"]),
        (&json!(1), &json!(2)),
        "{changed}"
    );
    assert_eq!((&changed["events"], import.itam.head().await), (&json!(1), head + 1), "{changed}");
    let history = import.itam.seen("/v1/assets/C-100/history", head + 1).await;
    let last = history["items"].as_array().and_then(|items| items.last()).expect("an event");
    assert_eq!(last["type"], "asset.corrected", "{last}");
    let text = last.to_string();
    assert!(text.contains("1250.75") && text.contains("1300.75"), "the correction names old and new: {text}");
}

#[tokio::test]
async fn a_rejected_row_goes_to_a_file_with_its_reason_and_the_others_come_in() {
    let import = Import::begin().await;
    let rows = "Asset Tag,Model Name,Category,Purchase Cost\n\
                C-1,Tower 5,Desktops,100.50\n\
                ,Tower 5,Desktops,100.50\n\
                C-3,Tower 5,Desktops,a lot\n\
                C-4,Tower 5,Desktops,7.25\n";
    let assets = import.file("assets.csv", rows);
    let rejects = import.folder.path().join("rejects.csv");
    let rejects_text = rejects.display().to_string();
    let output = import.run(&[&assets], &["--currency", "EUR", "--rejects", &rejects_text]).await;
    let summary = summary_of(&output, 2);
    assert_eq!(
        (&summary["rows"]["created"], &summary["rows"]["rejected"]),
        (&json!(2), &json!(2)),
        "{summary}"
    );
    let rejections = summary["files"][0]["rejections"].as_array().expect("rejections");
    assert_eq!(rejections[1]["value"], "a lot", "{summary}");
    assert_eq!(rejections[1]["column"], "Purchase Cost", "{summary}");

    let text = std::fs::read_to_string(&rejects).expect("the file of rejected rows");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].starts_with("Asset Tag,Model Name") && lines[0].ends_with("Rejected Reason"), "{text}");
    assert!(lines[1].contains("the tag is blank") && lines[2].starts_with("C-3,"), "{text}");
    assert_eq!(number(&import.itam.summary().await, "assets"), 2);
}

#[tokio::test]
async fn what_can_be_read_in_two_ways_is_asked_before_anything_is_sent() {
    let import = Import::begin().await;
    let rows = "Asset Tag,Model Name,Category,Purchase Date,Purchase Cost\n\
                C-1,Tower 5,Desktops,03/04/2024,100.50\n";
    let assets = import.file("assets.csv", rows);
    let head = import.itam.head().await;

    let asked = import.run(&[&assets], &[]).await;
    assert_eq!(asked.status.code(), Some(1));
    let question = String::from_utf8_lossy(&asked.stderr).into_owned();
    for part in ["03/04/2024", "2024-03-04", "2024-04-03", "--date-order", "--currency"] {
        assert!(question.contains(part), "{part} is not in: {question}");
    }
    assert_eq!(import.itam.head().await, head, "something was sent");

    let answered = ["--currency", "EUR", "--date-order", "dmy"];
    let dry = summary_of(&import.run(&[&assets], &[&answered[..], &["--dry-run"]].concat()).await, 0);
    assert_eq!((&dry["dry_run"], import.itam.head().await), (&json!(true), head), "{dry}");
    summary_of(&import.run(&[&assets], &answered).await, 0);
    let shown = import.itam.seen("/v1/assets/C-1", import.itam.head().await).await;
    assert_eq!(shown["acquired_on"], "2024-04-03", "{shown}");
}

#[tokio::test]
async fn an_import_that_cannot_begin_says_why() {
    let import = Import::begin().await;
    let assets = import.file("assets.csv", ASSETS);
    let stranger = ["--currency", "EUR", "--token", "nobody"];
    let other = import.file("other.csv", "Color,Shape\nred,round\n");
    let missing = import.folder.path().join("missing.csv");
    for (file, options, part) in
        [(&assets, &stranger[..], "401"), (&other, &[][..], "Asset Tag"), (&missing, &[][..], "missing.csv")]
    {
        let output = import.run(&[file], options).await;
        assert_eq!(output.status.code(), Some(1));
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(complaint.contains(part), "{part} is not in: {complaint}");
    }
}

#[tokio::test]
async fn two_thousand_rows_come_in_and_come_again_without_an_event() {
    let import = Import::begin().await;
    let mut rows =
        String::from("Asset Tag,Serial,Model Name,Category,Location,Purchase Date,Purchase Cost\n");
    for row in 0..2_000 {
        let (model, site, day) = (row % 7, row % 5, 1 + row % 28);
        let line =
            writeln!(rows, "B-{row:05},S{row:05},Model {model},Laptops,Site {site},2025-05-{day:02},10.50");
        line.expect("a string takes text");
    }
    let file = import.file("assets.csv", &rows);
    let first = summary_of(&import.run(&[&file], &["--currency", "USD"]).await, 0);
    assert_eq!(first["rows"]["created"], 2_000, "{first}");
    let summary = import.itam.summary().await;
    assert_eq!(number(&summary, "assets"), 2_000, "{summary}");
    assert_eq!(summary["acquisition_cost"], json!([{"currency": "USD", "amount": "21000.00"}]), "{summary}");

    let head = import.itam.head().await;
    let again = summary_of(&import.run(&[&file], &["--currency", "USD"]).await, 0);
    assert_eq!((&again["rows"]["unchanged"], import.itam.head().await), (&json!(2_000), head), "{again}");
}

/// An installation and a folder of files.
struct Import {
    itam: Installation,
    folder: tempfile::TempDir,
}

impl Import {
    async fn begin() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { itam: Installation::embedded().await, folder }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }

    async fn run(&self, files: &[&PathBuf], options: &[&str]) -> Output {
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        let rejects = self.folder.path().join("itam-import-rejects.csv").display().to_string();
        let mut args = vec!["import", "snipe-it", "--server", &self.itam.services[0].url, "--output", "json"];
        args.extend(files.iter().map(String::as_str));
        args.extend(options);
        if !options.contains(&"--rejects") && !options.contains(&"--dry-run") {
            args.extend(["--rejects", &rejects]);
        }
        self.itam.try_tool(&args).await
    }
}

/// The summary of an import that ended with this status.
fn summary_of(output: &Output, status: i32) -> Value {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{complaint}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {complaint}"))
}
