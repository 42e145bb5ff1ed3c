//! What columns mean: who is called so, what a status says, and what the register knows later.

use itam_domain::asset::{Custodian, Stage};
use serde_json::json;

use super::super::error::ImportError;
use super::{Fake, Folder, counts, day_at, job, run};

const USERS: &str = "Username,First Name,Last Name,Email\naquill,Ada,Quill,ada@example.org\n\
                     broe,Ben,Roe,ben@example.org\nbroe2,Ben,Roe,ben2@example.org\n";

#[tokio::test]
async fn who_has_an_asset_is_whoever_alone_is_called_so() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let users = folder.write("users.csv", USERS);
    let text = "Asset Tag,Model,Checked Out To\nA-1,M,\"Quill, Ada\"\nA-2,M,broe2\nA-3,M,Ben Roe\nA-4,M,Cy Doe\nA-5,M,\n";
    let assets = folder.write("assets.csv", text);
    let summary = run(&fake, &job(&[&assets, &users])).await.expect("imported");
    let of_assets = &summary.files[1];
    assert_eq!(of_assets.rows, counts(3, 0, 0, 2), "{:?}", of_assets.rejections);
    let reasons = format!("{:?}", of_assets.rejections);
    assert!(
        reasons.contains("2 persons are called so") && reasons.contains("nobody is called so"),
        "{reasons}"
    );
    let custodian = |tag| fake.asset(tag).and_then(|asset| asset.custodian());
    assert!(matches!(custodian("A-1"), Some(Custodian::Person(_))));
    assert!(matches!(custodian("A-2"), Some(Custodian::Person(_))));
    assert_ne!(custodian("A-1"), custodian("A-2"));
    assert!(fake.asset("A-3").is_none() && fake.asset("A-4").is_none());
    assert_eq!(custodian("A-5"), None);

    let text = "Asset Tag,Model,First Name,Last Name\nA-6,M,Ada,Quill\nA-7,M,Ada,Quince\n";
    let named = folder.write("named.csv", text);
    let summary = run(&fake, &job(&[&named])).await.expect("imported");
    assert_eq!(summary.rows, counts(1, 0, 0, 1), "{:?}", summary.files);
    assert_eq!(custodian("A-6"), custodian("A-1"));
}

#[tokio::test]
async fn a_persons_name_never_becomes_the_name_of_an_asset() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let text = "Name,Email,Username,item Name,Asset Tag,Model\nAda Quill,ada@example.org,aquill,,A-1,M\n";
    let path = folder.write("checkouts.csv", text);
    run(&fake, &job(&[&path])).await.expect("imported");
    let asset = fake.asset("A-1").expect("an asset");
    assert_eq!(asset.facts.name, None);
    assert!(matches!(asset.custodian(), Some(Custodian::Person(_))));
    let events = serde_json::to_string(&fake.sent("register-asset")).expect("JSON");
    assert!(!events.contains("Quill"), "{events}");

    let path = folder.write("unclear.csv", "Name,Email,Asset Tag,Model\nAda Quill,ada@example.org,A-2,M\n");
    let before = fake.total_events();
    let Err(ImportError::Unrecognized { sentence, .. }) = run(&fake, &job(&[&path])).await else {
        panic!("it is clear whose name it is")
    };
    assert!(sentence.contains("--map"), "{sentence}");
    assert_eq!(fake.total_events(), before);
}

#[tokio::test]
async fn a_status_has_an_effect() {
    let (folder, fake) = (Folder::new(), Fake::of("asset-manager"));
    let text = "Asset Tag,Model,Status,Username,Email\nA-1,M,Ready to Deploy,,\nA-2,M,Out for Repair,,\n\
                A-3,M,Lost/Stolen,aquill,ada@example.org\nA-4,M,Archived,,\nA-5,M,Archived,aquill,ada@example.org\n";
    let path = folder.write("assets.csv", text);
    let summary = run(&fake, &job(&[&path])).await.expect("imported");
    assert_eq!(summary.rows, counts(4, 0, 0, 1), "{:?}", summary.files);
    let stage = |tag: &str| fake.asset(tag).expect("an asset").stage;
    assert_eq!(stage("A-1"), Stage::InStock);
    assert_eq!(stage("A-2"), Stage::InMaintenance);
    assert_eq!(stage("A-3"), Stage::Missing);
    assert_eq!(stage("A-4"), Stage::Retired);
    assert!(fake.asset("A-5").is_none(), "it is retired and checked out at once");
    let before = fake.total_events();
    let again = run(&fake, &job(&[&path])).await.expect("imported");
    assert_eq!(again.rows, counts(0, 0, 4, 1), "{:?}", again.files);
    assert_eq!(fake.total_events(), before);
}

#[tokio::test]
async fn a_status_that_is_older_than_what_the_register_knows_changes_nothing() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let path = folder.write("assets.csv", "Asset Tag,Model,Status\nA-1,M,Out for Repair\nA-2,M,In Stock\n");
    run(&fake, &job(&[&path])).await.expect("imported");
    fake.does("2026-02-01T08:00:00Z", "complete-maintenance", json!({"asset": "A-1", "outcome": "repaired"}));
    let before = fake.total_events();
    let again = run(&fake, &job(&[&path])).await.expect("imported");
    assert_eq!(again.rows, counts(0, 0, 1, 1), "{:?}", again.files);
    let rejections = format!("{:?}", again.files[0].rejections);
    assert!(rejections.contains("the file is older"), "{rejections}");
    assert_eq!(fake.total_events(), before);
    // What the register has never seen is news.
    let path = folder.write("assets.csv", "Asset Tag,Model,Status\nA-2,M,Out for Repair\n");
    let news = run(&fake, &job(&[&path])).await.expect("imported");
    assert_eq!(news.rows, counts(0, 1, 0, 0), "{:?}", news.files);
    assert_eq!(fake.asset("A-2").expect("an asset").stage, Stage::InMaintenance);
}

#[tokio::test]
async fn a_checkout_that_is_older_than_what_the_register_knows_is_not_made_again() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let users = folder.write("users.csv", USERS);
    let file =
        |who: &str, day: &str| format!("Asset Tag,Model,Checked Out To,Checkout Date\nA-1,M,{who},{day}\n");
    let first = folder.write("assets.csv", file("aquill", "2026-01-10"));
    run(&fake, &job(&[&users, &first])).await.expect("imported");
    fake.does("2026-02-01T08:00:00Z", "return-asset", json!({"asset": "A-1"}));
    let before = fake.total_events();
    for (who, day) in [("aquill", "2026-01-10"), ("aquill", ""), ("broe", "2026-01-20")] {
        let path = folder.write("again.csv", file(who, day));
        let mut later = job(&[&path]);
        later.day = day_at("2026-02-01T09:00:00Z", "UTC");
        let again = run(&fake, &later).await.expect("imported");
        assert_eq!(again.rows, counts(0, 0, 0, 1), "{who} {day}: {:?}", again.files);
        let rejections = format!("{:?}", again.files[0].rejections);
        assert!(rejections.contains("the file is older"), "{rejections}");
    }
    assert_eq!(fake.total_events(), before);
    assert_eq!(fake.asset("A-1").expect("an asset").stage, Stage::InStock);
    // Since she had it not before, or the day is later than all that is known, it is news.
    let path = folder.write("news.csv", file("broe", ""));
    let news = run(&fake, &job(&[&path])).await.expect("imported");
    assert_eq!(news.rows, counts(0, 1, 0, 0), "{:?}", news.files);
    let returned = json!({"asset": "A-1", "effective_time": "2026-03-01T08:00:00Z"});
    fake.does("2026-03-12T08:00:00Z", "return-asset", returned);
    let path = folder.write("news.csv", file("aquill", "2026-03-10"));
    let mut later = job(&[&path]);
    later.day = day_at("2026-03-12T09:00:00Z", "UTC");
    let news = run(&fake, &later).await.expect("imported");
    assert_eq!(news.rows, counts(0, 1, 0, 0), "{:?}", news.files);
    let deployed = fake.sent("deploy-asset");
    assert_eq!(deployed.last().expect("one")["effective_time"], "2026-03-10T00:00:00Z");
}

#[tokio::test]
async fn a_file_of_any_origin_is_read_by_what_is_said_of_its_columns() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let text =
        "Inventory number,Product,Building,Usual Room,Default Location\nA-1,M,Pier,x,Hall\nA-2,M,,x,Hall\n";
    let path = folder.write("any.csv", text);
    let mut job = job(&[&path]);
    let maps = ["Inventory Number=asset tag", "Product=model", "Building=location"].map(str::to_owned);
    let skipped = ["Usual Room".to_owned()];
    job.declared.renamed = super::super::renamed::RenamedHeaders::new(&[], &maps, &skipped).expect("read");
    let summary = run(&fake, &job).await.expect("imported");
    assert_eq!(summary.rows, counts(2, 0, 0, 0), "{:?}", summary.files);
    let place = |tag: &str| fake.asset(tag).expect("an asset").facts.location_id.expect("a place");
    assert_ne!(place("A-1"), place("A-2"), "one is where it is, the other where it usually is");
    assert!(
        format!("{:?}", summary.files[0].notes).contains("default location"),
        "{:?}",
        summary.files[0].notes
    );

    let skipped = ["Usual Rooms".to_owned()];
    job.declared.renamed = super::super::renamed::RenamedHeaders::new(&[], &maps, &skipped).expect("read");
    let error = run(&fake, &job).await.expect_err("no such column").to_string();
    assert!(error.contains("no file has a column \"usual rooms\""), "{error}");
}
