//! Whole imports into a register in memory that decides by the real law.

mod columns;
mod fake;
mod layouts;
mod meaning;
mod reading;
mod rivals;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use itam_domain::asset::{Custodian, Stage};
use itam_domain::{AggregateKind, Currency};
use itam_service_kit::SeededIds;
use serde_json::json;

use self::fake::Fake;
use super::amount::Decimal;
use super::date::DateOrder;
use super::error::ImportError;
use super::import_day::{ImportDay, time_zone};
use super::master_kind::MasterKind;
use super::run::{Job, import};
use super::summary::{ImportSummary, RowCounts};
use super::survey::DeclaredValues;
use super::table::Declared;

/// The moment of the imports, as the register has it.
const NOW: &str = "2026-01-15T12:00:00Z";

/// A folder with files to import.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("temporary folder"))
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn job(files: &[&Path]) -> Job {
    Job {
        files: files.iter().map(|path| path.to_path_buf()).collect(),
        declared: Declared::default(),
        values: DeclaredValues { currency: Currency::try_new("USD").ok(), ..DeclaredValues::default() },
        dry_run: false,
        rejects: None,
        day: day_at(NOW, "UTC"),
    }
}

/// The day of an import that is made at this moment in this time zone.
fn day_at(now: &str, zone: &str) -> ImportDay {
    ImportDay::new(now.parse().expect("an instant"), Some(&time_zone(zone).expect("a time zone")))
}

async fn run(fake: &Fake, job: &Job) -> Result<ImportSummary, ImportError> {
    // Each run has ids of its own, as in life.
    let ids = SeededIds::new(u32::try_from(fake.total_events()).expect("few events"));
    import(job, fake, &ids, &ProgressBar::hidden()).await
}

fn counts(created: u64, updated: u64, unchanged: u64, rejected: u64) -> RowCounts {
    RowCounts { created, updated, unchanged, rejected }
}

const ASSETS: &str = "\u{feff}Company,Name,Asset Tag,Category,Supplier,Manufacturer,Location,Model,Model Number,Serial,Purchase Date,Purchase Cost,Checkout Type,Checked Out To: Username,Checked Out To: First Name,Checked Out To: Last Name,Checked Out To: Location\n\
Nordhafen,Dock 1,NH-1,Laptops,Kontor,Ferrum,Pier,Book 13,FB13,S-1,1/23/23,1200.50,User,aquill,Ada,Quill,\n\
Nordhafen,Dock 2,NH-2,Laptops,Kontor,Ferrum,Pier,Book 13,FB13,,2/1/23,1200.50,Location,,,,Hall\n\
Nordhafen,Dock 3,NH-3,Monitors,Kontor,Ferrum,Pier,View 27,,,3/1/23,310,,,,,\n\
Nordhafen,Dock 4,NH-4,Monitors,Kontor,Ferrum,Pier,View 27,,To be filled by O.E.M.,,,,,,,\n\
Nordhafen,Dock 5,NH-5,Monitors,Kontor,Ferrum,Pier,View 27,,To be filled by O.E.M.,,,,,,,\n";

#[tokio::test]
async fn an_asset_file_brings_its_assets_and_all_they_refer_to() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let path = folder.write("assets.csv", ASSETS);
    let summary = run(&fake, &job(&[&path])).await.expect("imported");
    assert_eq!(summary.rows, counts(5, 0, 0, 0), "{:?}", summary.files);
    let made = |kind| summary.master_data.get(&kind).map_or(0, |counts| counts.created);
    let counts = MasterKind::ALL.map(made);
    assert_eq!(counts, [1, 1, 2, 2, 0, 1]);
    assert_eq!(summary.events, fake.total_events() as u64);
    let first = fake.asset("nh-1").expect("an asset");
    assert_eq!(first.facts.costs.expect("costs").price.to_string(), "1200.50 USD");
    assert_eq!(first.facts.acquired_on.expect("a day").to_string(), "2023-01-23");
    assert!(matches!(first.custodian(), Some(Custodian::Person(_))));
    assert!(first.facts.data_bearing, "laptops bear data");
    let second = fake.asset("NH-2").expect("an asset");
    assert_eq!(second.custodian(), second.facts.location_id.map(Custodian::Location));
    assert_eq!(fake.asset("NH-3").expect("an asset").stage, Stage::InStock);
    let people = &fake.register.borrow().people;
    assert_eq!(people.values().next().expect("a person")["name"], "Ada Quill");
}

#[tokio::test]
async fn an_asset_is_charged_to_the_project_of_its_code() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let file = |project: &str| format!("Asset Tag,Model,Project Code\nA-1,M,{project}\nA-2,M,p-1\nA-3,M,\n");
    let path = folder.write("assets.csv", file("P-1"));
    let summary = run(&fake, &job(&[&path])).await.expect("imported");
    assert_eq!(summary.rows, counts(3, 0, 0, 0), "{:?}", summary.files);
    assert_eq!(summary.master_data[&MasterKind::Project].created, 1);
    let made = &fake.sent("define-project")[0];
    assert_eq!((&made["code"], &made["name"]), (&json!("P-1"), &json!("P-1")));
    let project = |tag| fake.asset(tag).expect("an asset").facts.project_id;
    assert!(project("A-1").is_some());
    assert_eq!(project("A-1"), project("A-2"));
    assert_eq!(project("A-3"), None);
    let path = folder.write("assets.csv", file("P-2"));
    let summary = run(&fake, &job(&[&path])).await.expect("imported");
    assert_eq!(summary.rows, counts(0, 1, 2, 0), "{:?}", summary.files);
    assert_eq!(fake.sent("correct-asset")[0]["effective_time"], "2026-01-15T00:00:00Z");
    assert_ne!(project("A-1"), project("A-2"));
}

#[tokio::test]
async fn the_same_file_again_brings_no_event() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let path = folder.write("assets.csv", ASSETS);
    run(&fake, &job(&[&path])).await.expect("imported");
    let before = fake.total_events();
    let again = run(&fake, &job(&[&path])).await.expect("imported");
    assert_eq!((again.rows, again.events), (counts(0, 0, 5, 0), 0));
    assert_eq!(fake.total_events(), before);
}

#[tokio::test]
async fn a_changed_cost_is_one_correction() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let path = folder.write("assets.csv", ASSETS);
    run(&fake, &job(&[&path])).await.expect("imported");
    let before = fake.total_events();
    let path = folder.write("assets.csv", ASSETS.replace(",310,", ",299.99,"));
    let summary = run(&fake, &job(&[&path])).await.expect("imported");
    assert_eq!((summary.rows, summary.events), (counts(0, 1, 4, 0), 1));
    assert_eq!((fake.total_events(), fake.events("asset.corrected")), (before + 1, 1));
    let change = &summary.files[0].updates[0].changes[0];
    assert_eq!(change.field, "costs");
    assert_eq!(change.old["price"]["amount"], "310.00");
    assert_eq!(change.new["price"]["amount"], "299.99");
}

#[tokio::test]
async fn what_moves_is_corrected_from_the_day_of_the_import_on_and_mistakes_from_the_beginning() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let path = folder.write("assets.csv", ASSETS);
    run(&fake, &job(&[&path])).await.expect("imported");
    let path = folder.write("assets.csv", ASSETS.replace("S-1", "S-1b").replace("Dock 1", "Quay 1"));
    run(&fake, &job(&[&path])).await.expect("imported");
    let sent = fake.sent("correct-asset");
    let times: Vec<_> = sent.iter().map(|data| data.get("effective_time").cloned()).collect();
    assert_eq!(times, [None, Some(json!("2026-01-15T00:00:00Z"))], "{sent:?}");
    assert_eq!(sent[0]["corrections"], json!([{ "serial": "S-1b" }]));
    assert_eq!(sent[1]["corrections"], json!([{ "name": "Quay 1" }]));
}

#[tokio::test]
async fn another_user_name_moves_the_asset_and_blank_cells_change_nothing() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let path = folder.write("assets.csv", ASSETS);
    run(&fake, &job(&[&path])).await.expect("imported");
    let rows = "Asset Tag,Model,Model Number,Manufacturer,Username,Serial\n\
                NH-1,Book 13,FB13,Ferrum,bloom,\nNH-2,Book 13,FB13,Ferrum,,\nNH-3,View 27,,Ferrum,bloom,\n";
    let path = folder.write("moves.csv", rows);
    let summary = run(&fake, &job(&[&path])).await.expect("imported");
    assert_eq!(summary.rows, counts(0, 2, 1, 0), "{:?}", summary.files);
    assert_eq!((fake.events("asset.reassigned"), fake.events("asset.deployed")), (1, 3));
    let kept = fake.asset("NH-1").expect("an asset").facts;
    assert_eq!(kept.serial.expect("a serial").to_string(), "S-1");
}

#[tokio::test]
async fn bad_rows_are_rejected_with_column_value_and_reason_and_the_rest_goes_in() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let rows = "Asset Tag,Model,Serial,Purchase Cost,Purchase Date,Checkout Type,Username\n\
                A-1,Book,6.38E+15,1.00,2024-01-01,,\n\
                A-2,Book,,-5.00,2024-01-01,,\n\
                A-3,Book,,\"1234,56\",2024-01-01,,\n\
                ,Book,,1.00,2024-01-01,,\n\
                A-5,,,1.00,2024-01-01,,\n\
                A-6,Book,S-6,1.00,2024-01-01,,\n\
                a-6,Book,,1.00,2024-01-01,,\n\
                A-7,Book,s-6,1.00,2024-01-01,,\n\
                A-8,Book,,1.00,44927,,\n\
                A-9,Book,,1.00,2024-01-01,User,\n\
                A-10,Book,,1.00\n\
                A-11,Book,,$2.50,2024-01-01,,\n\
                No Asset Tag,Book,,1.00,2024-01-01,,\n";
    let path = folder.write("assets.csv", rows);
    let mut job = job(&[&path]);
    job.values.decimal = Some(Decimal::Point);
    job.rejects = Some(folder.path("rejects.csv"));
    let summary = run(&fake, &job).await.expect("imported");
    assert_eq!(summary.rows, counts(2, 0, 0, 11), "{:?}", summary.files[0].rejections);
    let found: Vec<(u64, &str, &str)> = summary.files[0]
        .rejections
        .iter()
        .map(|rejection| (rejection.row, rejection.flaw.column.as_str(), rejection.flaw.value.as_str()))
        .collect();
    let expected = [
        (2, "Serial", "6.38E+15"),
        (3, "Purchase Cost", "-5.00"),
        (4, "Purchase Cost", "1234,56"),
        (5, "Asset Tag", ""),
        (6, "Model", ""),
        (8, "Asset Tag", "a-6"),
        (9, "Serial", "s-6"),
        (10, "Purchase Date", "44927"),
        (11, "Checkout Type", "User"),
        (12, "", ""),
        (14, "Asset Tag", "No Asset Tag"),
    ];
    assert_eq!(found, expected);
    let written = std::fs::read_to_string(folder.path("rejects.csv")).expect("rejects");
    assert_eq!(written.lines().count(), 12);
    assert!(
        written.lines().nth(1).expect("a row").starts_with("A-1,Book,6.38E+15,1.00,2024-01-01,,,2,Serial,")
    );
}

#[tokio::test]
async fn users_models_and_places_come_in_any_order_and_again_without_an_event() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let assets = folder.write("assets.csv", ASSETS);
    let users = "First Name,Last Name,Email,Username,Location,Company,Job Title\n\
                 Ada,Quill,ada@example.org,aquill,Pier,Nordhafen,Pilot\nBo,,,bo,Pier,,\n,,,,Pier,,\n";
    let users = folder.write("users.csv", users);
    let locations = "name,parent,address,city,country,currency\nRoom 7,Pier,,,,\nPier,,Quay 1,Hafen,de,EUR\n";
    let locations = folder.write("locations.csv", locations);
    let suppliers =
        folder.write("suppliers.csv", "name,contact,url\nKontor,Someone,https://kontor.example\n");
    let models = "Name,Category,Manufacturer,Model Number,EOL\nView 27,Screens,Ferrum,,60 months\n";
    let models = folder.write("models.csv", models);
    let makers = folder.write("makers.csv", "name,support email\nFerrum,\n");
    let categories = folder.write("categories.csv", "name,category type\nScreens,asset\nMonitors,asset\n");
    let job = job(&[&assets, &users, &models, &locations, &suppliers, &makers, &categories]);
    let summary = run(&fake, &job).await.expect("imported");
    // The row without a user name and the model that two categories claim are all that is amiss.
    assert_eq!(summary.rows.rejected, 1, "{:?}", summary.files);
    assert_eq!(fake.register.borrow().people.len(), 2);
    let again = run(&fake, &job).await.expect("imported");
    assert_eq!(again.events, 0, "{:?}", again.files);
    assert_eq!((again.rows.created, again.rows.updated), (0, 0));
    assert_eq!(fake.asset("NH-1").map(|asset| asset.custodian().is_some()), Some(true));
}

#[tokio::test]
async fn an_interrupted_import_is_finished_by_running_it_again() {
    for cut in 0..14 {
        let (folder, fake) = (Folder::new(), Fake::new());
        let path = folder.write("assets.csv", ASSETS);
        fake.breaks_after.set(Some(cut));
        assert!(run(&fake, &job(&[&path])).await.is_err());
        fake.breaks_after.set(None);
        let summary = run(&fake, &job(&[&path])).await.expect("imported");
        assert_eq!(summary.rows.rejected, 0, "cut at {cut}");
        assert_eq!((fake.events("asset.registered"), fake.events("asset.deployed")), (5, 2), "cut at {cut}");
        assert_eq!(fake.total_events(), 14, "cut at {cut}");
    }
}

#[tokio::test]
async fn a_dry_run_sends_nothing_and_says_the_same() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let path = folder.write("assets.csv", ASSETS);
    let mut job = job(&[&path]);
    job.dry_run = true;
    let dry = run(&fake, &job).await.expect("planned");
    assert_eq!(fake.total_events(), 0);
    job.dry_run = false;
    let wet = run(&fake, &job).await.expect("imported");
    assert_eq!((dry.rows, &dry.master_data), (wet.rows, &wet.master_data));
    assert_eq!(dry.events, 0);
}

#[tokio::test]
async fn what_is_not_said_is_asked_for_before_anything_is_sent() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let path = folder
        .write("assets.csv", "Asset Tag,Model,Purchase Date,Purchase Cost\nA-1,Book,3/4/24,\"1,234\"\n");
    let mut job = job(&[&path]);
    job.values.currency = None;
    let Err(ImportError::Questions(questions)) = run(&fake, &job).await else { panic!("questions") };
    assert_eq!(questions.len(), 3, "{questions:?}");
    assert_eq!(fake.total_events(), 0);
    job.values.currency = Currency::try_new("EUR").ok();
    job.values.date_order = Some(DateOrder::Dmy);
    job.values.decimal = Some(Decimal::Comma);
    let summary = run(&fake, &job).await.expect("imported");
    assert_eq!(summary.rows, counts(0, 0, 0, 1), "EUR has no three decimals");
    job.values.decimal = Some(Decimal::Point);
    run(&fake, &job).await.expect("imported");
    let facts = fake.asset("A-1").expect("an asset").facts;
    assert_eq!(facts.acquired_on.expect("a day").to_string(), "2024-04-03");
    assert_eq!(facts.costs.expect("costs").price.to_string(), "1234.00 EUR");
}

#[tokio::test]
async fn a_checkout_date_is_when_it_was_handed_out() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let rows = "Asset Tag,Model,Purchase Date,Username,Checkout Date\nA-1,Book,2024-03-01,bo,2024-03-05 09:00:00\n\
                A-2,Book,2024-03-09,bo,2024-03-05\n";
    let path = folder.write("assets.csv", rows);
    let summary = run(&fake, &job(&[&path])).await.expect("imported");
    assert_eq!(summary.rows, counts(2, 0, 0, 0), "{:?}", summary.files);
    let register = fake.register.borrow();
    for loaded in register.store.aggregates.iter().filter(|(one, _)| one.kind == AggregateKind::Asset) {
        let last = loaded.1.last_effective_at.expect("an instant");
        assert_eq!(last.to_rfc3339(), "2024-03-05T00:00:00+00:00");
    }
}

#[tokio::test]
async fn rows_that_rest_on_what_cannot_be_made_are_rejected() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let path = folder.write("locations.csv", "name,parent,currency\nA,B,\nB,A,\n");
    let summary = run(&fake, &job(&[&path])).await.expect("imported");
    assert_eq!(summary.rows.rejected, 2, "{:?}", summary.files);
    assert!(summary.files[0].rejections[0].flaw.reason.contains("part of itself"));
}

#[tokio::test]
async fn many_rows_go_in_by_chunks() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let mut rows = "Asset Tag,Model,Location,Purchase Cost,Currency\n".to_owned();
    for number in 0..2_500 {
        _ = writeln!(rows, "T-{number},Book {},Pier {},{number}.5,GBP", number % 7, number % 11);
    }
    let path = folder.write("assets.csv", rows);
    let summary = run(&fake, &job(&[&path])).await.expect("imported");
    assert_eq!((summary.rows, summary.events), (counts(2_500, 0, 0, 0), 2_518));
    let again = run(&fake, &job(&[&path])).await.expect("imported");
    assert_eq!((again.rows, again.events), (counts(0, 0, 2_500, 0), 0));
}
