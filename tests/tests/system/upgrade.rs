//! What an older build has left opens with this one, and answers as it did.
//!
//! Each folder of `tests/fixtures/builds` is what one build left: its data directory, with the life of a laptop and
//! an audit in it, a backup of that, each file compressed by zstd, and what the build answered. To keep what the
//! build at hand leaves, name a new folder:
//!
//! ```sh
//! ITAM_FIXTURE=$PWD/tests/fixtures/builds/NAME cargo test --test system -- --ignored upgrade::leaves_a_fixture
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use itam_tests::{Client, Service, run_itam};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::installation::{Installation, id_of, with_position};
use crate::journey;
use crate::organization::laptop;

/// What each build answered, by the path that was asked.
type Answers = BTreeMap<String, Value>;

const ANSWERS: &str = "answers.json";
const BACKUP: &str = "itam.backup";
const DATA: &str = "data";
const LISTS: [&str; 9] = [
    "assets",
    "audits",
    "departments",
    "locations",
    "models",
    "people",
    "purchase-orders",
    "requisitions",
    "vendors",
];
const WORKLISTS: [&str; 2] = ["on-hold", "in-maintenance"];

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/builds");
    let entries = fs::read_dir(folder).expect("the fixtures");
    let mut found: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    found
}

/// Asks for every list and every single thing in it, now and as of the time in the middle.
async fn ask(client: &Client, position: u64, middle: &str) -> Answers {
    let mut answers = Answers::new();
    let moments = ["", &format!("as_of={middle}"), &format!("as_of={middle}&known_at={middle}")];
    for moment in moments {
        let mut wanted: Vec<String> = LISTS.iter().map(|list| format!("/v1/{list}?limit=1000")).collect();
        wanted.extend(WORKLISTS.iter().map(|name| format!("/v1/worklists/{name}?limit=1000")));
        wanted.push("/v1/inventory/summary?".to_owned());
        while let Some(path) = wanted.pop() {
            let path = format!("{path}&{moment}");
            let answer = client.get(&with_position(&path, position)).await;
            // What a build does not answer at a moment, a later one may.
            if answer.status != 200 {
                continue;
            }
            let body = answer.json();
            let list = path
                .strip_prefix("/v1/")
                .and_then(|path| path.strip_suffix(&format!("?limit=1000&{moment}")));
            if let Some(list) = list.filter(|list| LISTS.contains(list)) {
                let items = body["items"].as_array().cloned().unwrap_or_default();
                let ids = items.iter().filter_map(|item| item["id"].as_str());
                for id in ids {
                    wanted.push(format!("/v1/{list}/{id}?"));
                    match list {
                        "assets" => wanted.push(format!("/v1/assets/{id}/history?limit=1000")),
                        "audits" => wanted.push(format!("/v1/audits/{id}/findings?limit=1000")),
                        _ => {}
                    }
                }
            }
            answers.insert(path, body);
        }
    }
    answers
}

/// An answer without how old things are, which every day changes.
fn timeless(mut answer: Value) -> Value {
    for item in answer["items"].as_array_mut().into_iter().flatten() {
        item.as_object_mut().map(|item| item.remove("age_days"));
    }
    answer.as_object_mut().map(|answer| answer.remove("age_days"));
    answer
}

/// Compares what this build answers with what the other one did.
async fn answers_as_before(data: &Path, kept: &Value) {
    let service = Service::start("up", data, &[]).await;
    service.ready().await;
    let client = Client::new(&service.url, kept["token"].as_str().expect("a token"));
    let position = kept["position"].as_u64().expect("a position");
    let middle = kept["middle"].as_str().expect("a time");
    let before: Answers = serde_json::from_value(kept["answers"].clone()).expect("answers");
    let now = ask(&client, position, middle).await;
    assert!(before.len() > 50, "{} answers", before.len());
    for (path, answer) in before {
        let now = now.get(&path).unwrap_or_else(|| panic!("{path} is not answered any more"));
        assert_eq!(timeless(now.clone()), timeless(answer), "{path}");
    }
    let done = client.command("define-vendor", json!({"name": "Another"})).await;
    assert_eq!(done.status, 201, "{}", done.text);
}

fn kept(fixture: &Path) -> Value {
    let bytes = fs::read(fixture.join(format!("{ANSWERS}.zst"))).expect("answers");
    serde_json::from_slice(&zstd::decode_all(&*bytes).expect("zstd")).expect("JSON")
}

/// Writes a file as itam does: for its owner alone.
fn unpack(from: &Path, to: &Path) {
    let bytes = zstd::decode_all(&*fs::read(from).expect("a file")).expect("zstd");
    fs::create_dir_all(to.parent().expect("a folder")).expect("the folder is made");
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
    file.expect("a new file").write_all(&bytes).expect("it is written");
}

/// The data directory of a fixture.
fn data_directory(fixture: &Path) -> TempDir {
    let data = tempfile::tempdir().expect("a temporary folder");
    let packed = fixture.join(DATA);
    for file in files_in(&packed) {
        let name = file.strip_prefix(&packed).expect("it is in there").with_extension("");
        unpack(&file, &data.path().join(name));
    }
    data
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files_in(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn a_data_directory_of_an_older_build_answers_the_same() {
    for fixture in fixtures() {
        let data = data_directory(&fixture);
        answers_as_before(data.path(), &kept(&fixture)).await;
    }
}

#[tokio::test]
async fn a_backup_of_an_older_build_answers_the_same() {
    for fixture in fixtures() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (backup, data) = (folder.path().join(BACKUP), folder.path().join(DATA));
        unpack(&fixture.join(format!("{BACKUP}.zst")), &backup);
        let data_text = data.display().to_string();
        let args = ["restore", "--from", &backup.display().to_string(), "--data", &data_text];
        let output = run_itam(&args, &[]).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        answers_as_before(&data, &kept(&fixture)).await;
    }
}

fn pack(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("a folder")).expect("the folder is made");
    let bytes = fs::read(from).expect("a file");
    fs::write(to, zstd::encode_all(&*bytes, 19).expect("zstd")).expect("it is written");
}

/// An audit that runs, and an event that was entered late.
async fn audit(itam: &Installation, middle: &str) {
    let named = async |list: &str, name: &str| {
        let found = itam.queries.fetch(&format!("/v1/{list}?limit=1000")).await;
        let one = found["items"].as_array().and_then(|items| items.iter().find(|item| item["name"] == name));
        one.unwrap_or_else(|| panic!("no {name} in {found}"))["id"].as_str().expect("an id").to_owned()
    };
    let (stockroom, model) = (named("locations", "Stockroom").await, named("models", "Traveler 14").await);
    for number in 0..4 {
        let mut fields = laptop(&model, &format!("LT-{number}"));
        fields["location_id"] = json!(stockroom);
        fields["serial"] = json!(format!("SN-{number}"));
        fields["effective_time"] = json!(middle);
        itam.commands.done("register-asset", fields).await;
    }
    let plan = json!({"name": "Stockroom", "scope": {"location_ids": [stockroom]}});
    let campaign = id_of(&itam.commands.done("plan-audit", plan).await);
    itam.commands.done("start-audit", json!({"campaign_id": campaign})).await;
    for asset in ["LT-0", "LT-1"] {
        let scan = json!({"campaign_id": campaign, "asset": asset, "location_id": stockroom});
        itam.commands.done("scan-asset", scan).await;
    }
    let late = json!({"asset": "LT-2", "custodian": {"person": named("people", "Ada Byron").await},
                      "reason": "forgotten", "effective_time": middle});
    itam.commands.done("deploy-asset", late).await;
}

#[tokio::test]
#[ignore = "writes a fixture, where ITAM_FIXTURE says"]
async fn leaves_a_fixture() {
    let target = PathBuf::from(std::env::var("ITAM_FIXTURE").expect("ITAM_FIXTURE names a new folder"));
    let mut itam = Installation::embedded().await;
    journey::live(&itam).await;
    let history = itam.queries.fetch("/v1/assets/LT-0001/history").await;
    let middle = history["items"][8]["effective_time"].as_str().expect("a time").to_owned();
    audit(&itam, &middle).await;
    let head = itam.head().await;
    let answers = ask(&itam.queries, head, &middle).await;
    let kept = json!({"token": itam.admin, "position": head, "middle": middle, "answers": answers});
    let folder = itam.folder().to_owned();
    let backup = folder.join(BACKUP);
    itam.up().stop().await;
    itam.tool(&["backup", "--into", &backup.display().to_string()]).await;
    pack(&backup, &target.join(format!("{BACKUP}.zst")));
    fs::remove_file(&backup).expect("the backup is packed");
    for file in files_in(&folder) {
        let name = file.strip_prefix(&folder).expect("it is in there");
        pack(&file, &target.join(DATA).join(format!("{}.zst", name.display())));
    }
    let answers = tempfile::tempdir().expect("a temporary folder");
    let answers = answers.path().join(ANSWERS);
    fs::write(&answers, serde_json::to_vec(&kept).expect("JSON")).expect("they are written");
    pack(&answers, &target.join(format!("{ANSWERS}.zst")));
}
