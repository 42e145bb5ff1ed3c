//! The two times as an auditor asks for them: files are imported, a cost is corrected a week later,
//! and the same question has four answers.

use itam_tests::Answer;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::installation::{Installation, assert_problem, number, position_of};

const USERS: &str = "\
First Name,Last Name,Email,Username,Department
Noor,Haddad,noor.haddad@example.org,nhaddad,Engineering
";

const ASSETS: &str = "\
Asset Tag,Item Name,Serial,Model Name,Manufacturer,Category,Location,Purchase Date,Purchase Cost,Username
P-100,build-01,SP100,Tower 5,Contoso,Desktops,Harbor Site,2024-02-27,1250.75,
P-101,lap-noor,SP101,Traveler 14,Contoso,Laptops,Harbor Site,2024-03-15,999.25,nhaddad
P-102,lap-pool,SP102,Traveler 14,Contoso,Laptops,Hill Site,2024-03-15,999.25,
";

const WEEK_S: i64 = 8 * 24 * 60 * 60;

/// The register a week after the import, with what was corrected and entered late since.
struct AWeekLater {
    itam: Installation,
    /// The day of the import.
    day: String,
    /// The head of the log on that day.
    known: u64,
    /// When P-101 was handed to Noor.
    handed_over: String,
    /// Noor's id.
    person: String,
}

#[tokio::test]
async fn a_cost_that_was_corrected_a_week_later_has_four_answers() {
    let later = AWeekLater::come().await;
    let AWeekLater { day, known, .. } = &later;
    for (moment, cost, sum) in [
        (format!("as_of={day}&known_at={day}"), "1250.75", "3249.25"),
        (format!("as_of={day}&known_at={known}"), "1250.75", "3249.25"),
        (format!("as_of={day}"), "1190.00", "3188.50"),
        (format!("known_at={day}"), "1250.75", "3249.25"),
        (format!("known_at={known}"), "1250.75", "3249.25"),
    ] {
        let asset = later.ask(&format!("/v1/assets/P-100?{moment}")).await;
        assert_eq!(asset["acquisition_cost"][0]["amount"], cost, "{moment}: {asset}");
        let summary = later.ask(&format!("/v1/inventory/summary?{moment}")).await;
        assert_eq!(summary["acquisition_cost"][0]["amount"], sum, "{moment}: {summary}");
        assert_eq!(number(&summary, "assets"), 3, "{moment}: {summary}");
        let csv = later.export(&format!("/v1/assets?q=tower&{moment}")).await;
        assert!(csv.contains(cost), "{moment}: {csv}");
    }
    let now = later.ask("/v1/assets/P-100").await;
    assert_eq!(now["acquisition_cost"][0]["amount"], "1190.00", "{now}");
}

#[tokio::test]
async fn a_return_that_was_entered_late_is_known_to_those_who_ask_later() {
    let later = AWeekLater::come().await;
    let AWeekLater { day, handed_over, person, .. } = &later;
    let holdings = format!("/v1/people/{person}/assets");
    for (moment, expected) in [
        (format!("as_of={day}&known_at={day}"), 1),
        (format!("as_of={day}"), 0),
        (format!("known_at={day}"), 1),
        (format!("as_of={handed_over}"), 1),
    ] {
        let held = later.ask(&format!("{holdings}?{moment}")).await;
        assert_eq!(held["items"].as_array().map(Vec::len), Some(expected), "{moment}: {held}");
    }
    let nobody = later.ask(&holdings).await;
    assert_eq!(nobody["items"], json!([]));
}

#[tokio::test]
async fn what_differs_is_told_with_the_events_that_did_it() {
    let later = AWeekLater::come().await;
    let head = later.itam.head().await;
    let body = later.ask(&format!("/v1/diff?from={}&to={head}", later.known)).await;
    // In the order in which they were registered: an import registers several at once.
    let mut items = body["items"].as_array().expect("items").clone();
    items.sort_by_key(|item| item["tag"].as_str().map(str::to_owned));
    let tags: Vec<_> = items.iter().map(|item| (&item["tag"], &item["change"])).collect();
    assert_eq!(tags, [(&json!("P-100"), &json!("changed")), (&json!("P-101"), &json!("changed"))], "{body}");
    let fields = items[0]["fields"].as_array().expect("fields");
    let price = json!({"pointer": "/costs/price/amount", "before": "1250.75", "after": "1190.00"});
    assert!(fields.contains(&price), "{body}");
    let event = &items[0]["events"][0];
    assert_eq!(
        (&event["type"], event["recorded_time"].is_string()),
        (&json!("asset.corrected"), true),
        "{event}"
    );
    assert!(number(event, "position") > later.known, "{event}");
    assert_eq!(items[1]["events"][0]["type"], "asset.returned", "{body}");
    assert!(
        items[1]["events"][0]["effective_time"].as_str() < items[1]["events"][0]["recorded_time"].as_str()
    );
}

/// A vendor whose name was recorded wrongly and changed later, with an asset of his, in effective times of 2024.
struct Misspelt {
    itam: Installation,
    vendor: String,
    /// The head of the log before any correction, behind the one that names no time, and behind the other.
    heads: [u64; 3],
}

#[tokio::test]
async fn a_vendor_s_name_that_was_corrected_reads_right_for_as_long_as_it_was_wrong() {
    let Misspelt { itam, vendor, heads: [wrong, right, traders] } = Misspelt::come().await;
    for (moment, name) in [
        (String::new(), "Northwind Traders"),
        ("as_of=2024-01-15".to_owned(), "Northwind"),
        ("as_of=2024-02-15".to_owned(), "Northwind Traders"),
        (format!("known_at={right}"), "Northwind"),
        (format!("known_at={traders}"), "Northwind Traders"),
        (format!("as_of=2024-02-15&known_at={right}"), "Northwind"),
        (format!("as_of=2024-02-15&known_at={wrong}"), "Nordwint"),
        (format!("as_of=2024-01-15&known_at={wrong}"), "Nordwint"),
    ] {
        let one = itam.queries.fetch(&format!("/v1/vendors/{vendor}?{moment}")).await;
        assert_eq!(one["name"], name, "{moment}: {one}");
        let list = itam.queries.fetch(&format!("/v1/vendors?q={}&{moment}", &name[..6])).await;
        assert_eq!(list["items"][0]["name"], name, "{moment}: {list}");
        let other = if name == "Nordwint" { "northwi" } else { "nordwi" };
        let none = itam.queries.fetch(&format!("/v1/vendors?q={other}&{moment}")).await;
        assert_eq!(none["items"], json!([]), "{moment}: {none}");
        let asset = itam.queries.fetch(&format!("/v1/assets/LT-1?{moment}")).await;
        assert_eq!(asset["vendor_name"], name, "{moment}: {asset}");
    }
}

#[tokio::test]
async fn the_history_of_a_vendor_shows_what_was_recorded_and_what_it_should_read() {
    let Misspelt { itam, vendor, .. } = Misspelt::come().await;
    let history = itam.queries.fetch(&format!("/v1/vendors/{vendor}/history")).await;
    let items = history["items"].as_array().expect("events");
    let types: Vec<_> = items.iter().map(|event| &event["type"]).collect();
    assert_eq!(types, ["vendor.defined", "vendor.corrected", "vendor.corrected"], "{history}");
    let names =
        |event: &Value| [&event["data"]["old"]["name"], &event["data"]["new"]["name"]].map(Value::clone);
    assert_eq!(names(&items[1]), ["Nordwint", "Northwind"], "{history}");
    assert_eq!(names(&items[2]), ["Northwind", "Northwind Traders"], "{history}");
    let unnamed = itam.commands.command("correct-vendor", json!({"name": "Northwind"})).await;
    assert!(
        unnamed.json()["detail"].as_str().is_some_and(|detail| detail.contains("vendor_id")),
        "{unnamed:?}"
    );
    let line = json!({"command": "correct-vendor", "data": {"vendor_id": vendor, "name": "Northwind AG"}});
    let request = itam.commands.request(reqwest::Method::POST, "/v1/commands");
    let request = request.header("content-type", "application/x-ndjson").body(format!("{line}\n"));
    let answer = itam.commands.send(request).await;
    assert!(answer.text.contains("vendor.corrected"), "{answer:?}");
}

impl Misspelt {
    async fn come() -> Self {
        let itam = Installation::embedded().await;
        let model = crate::organization::define_laptop(&itam.commands).await;
        let new_year = "2024-01-01T00:00:00Z";
        let body = json!({"name": "Nordwint", "effective_time": new_year});
        let vendor = crate::installation::id_of(&itam.commands.done("define-vendor", body).await);
        let mut laptop = crate::organization::laptop(&model, "LT-1");
        laptop["vendor_id"] = json!(vendor);
        laptop["effective_time"] = json!(new_year);
        let wrong = position_of(&itam.commands.done("register-asset", laptop).await);
        let body = json!({"vendor_id": vendor, "name": "Northwind"});
        let right = position_of(&itam.commands.done("correct-vendor", body).await);
        let body = json!({"vendor_id": vendor, "name": "Northwind Traders",
                          "effective_time": "2024-02-01T00:00:00Z"});
        let traders = position_of(&itam.commands.done("correct-vendor", body).await);
        itam.seen("/v1/assets/LT-1", traders).await;
        Self { itam, vendor, heads: [wrong, right, traders] }
    }
}

#[tokio::test]
async fn moments_that_cannot_be_answered_are_refused_with_a_page_that_helps() {
    let itam = Installation::embedded().await;
    let org = crate::organization::Organization::define(&itam.commands).await;
    let laptop = itam.commands.done("register-asset", crate::organization::laptop(&org.laptop, "LT-1")).await;
    itam.seen("/v1/assets/LT-1", position_of(&laptop)).await;
    for (query, code) in [
        ("as_of=someday", "malformed-request"),
        ("as_of=9000-01-01", "moment-in-future"),
        ("known_at=18446744073709551615", "moment-in-future"),
        ("as_of=1999-01-01", "moment-before-history"),
        ("known_at=1999-01-01", "moment-before-history"),
    ] {
        for path in ["/v1/assets", "/v1/assets/LT-1", "/v1/inventory/summary", "/v1/worklists/missing"] {
            let answer: Answer = itam.queries.get(&format!("{path}?{query}")).await;
            assert_problem(&answer, 400, code);
            let page = answer.json()["type"].as_str().expect("a type").to_owned();
            let page = page.find("/problems/").map_or(page.clone(), |start| page[start..].to_owned());
            assert_eq!(itam.queries.get(&page).await.status, 200, "{page}");
        }
    }
}

impl AWeekLater {
    async fn come() -> Self {
        let mut itam = Installation::embedded().await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        import(&itam, &folder, &[("users.csv", USERS), ("assets.csv", ASSETS)]).await;
        let known = itam.head().await;
        let laptop = itam.seen("/v1/assets/P-101", known).await;
        let text = |pointer: &str| laptop.pointer(pointer).and_then(Value::as_str).expect(pointer).to_owned();
        let (day, person) = (text("/changed/recorded_time")[..10].to_owned(), text("/custodian/person"));
        let handed_over = text("/custody/since");

        assert!(itam.up().stop().await.success());
        itam.up().set_environment("ITAM_CLOCK_OFFSET_S", &WEEK_S.to_string());
        itam.up().restart().await;
        itam.up().ready().await;
        import(&itam, &folder, &[("assets.csv", &ASSETS.replace("1250.75", "1190.00"))]).await;
        // She gave it back the same evening, and nobody wrote it down.
        let evening = format!("{day}T23:59:59.999Z");
        let returned = json!({"asset": "P-101", "effective_time": evening, "reason": "found in the store"});
        let returned = itam.commands.done("return-asset", returned).await;
        itam.seen("/v1/assets/P-101", position_of(&returned)).await;
        Self { itam, day, known, handed_over, person }
    }

    async fn ask(&self, path: &str) -> Value {
        self.itam.queries.fetch(path).await
    }

    async fn export(&self, path: &str) -> String {
        let request = self.itam.queries.request(reqwest::Method::GET, path).header("accept", "text/csv");
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.expect("text")
    }
}

async fn import(itam: &Installation, folder: &TempDir, files: &[(&str, &str)]) {
    let rejects = folder.path().join("rejects.csv").display().to_string();
    let server = &itam.services[0].url;
    let args = ["import", "snipe-it", "--server", server, "--currency", "EUR", "--rejects", &rejects];
    let mut args: Vec<String> = args.map(str::to_owned).to_vec();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        args.push(path.display().to_string());
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    itam.tool(&args).await;
}
