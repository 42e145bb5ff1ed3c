//! Figures, on demand: `cargo test --release -p itam-read-model --test read_model -- --ignored
//! measure --nocapture --test-threads 1`.

use std::fmt::Write as _;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use itam_domain::asset::{AcquisitionCosts, AssetDeployed, AssetEvent, AssetFacts, AssetVerified, Custodian};
use itam_domain::vocabulary::AcceptanceRule;
use itam_domain::{DepartmentId, Envelope, ModelId, VendorId};
use itam_read_model::{
    AssetFilters, AssetQuery, AssetSort, Direction, LogContent, LogEntry, ReadModel, ReadModelOptions,
    ReadModelWriter, SearchTerm, SummaryFilters,
};

use crate::history::Dice;
use crate::support::{
    TENANT, envelope, euro, id, location, noon, open, person, registered, tagged, text, with_serial,
};

const ASSETS: u32 = 300_000;

fn bodies() -> Vec<Vec<u8>> {
    let mut dice = Dice(5);
    let mut events: Vec<(uuid::Uuid, AssetEvent)> = Vec::new();
    for number in 0..ASSETS {
        let facts =
            with_serial(tagged(&format!("LT-{number:06}")), &format!("PF{:08X}", dice.roll(u32::MAX)));
        let facts = AssetFacts {
            model_id: ModelId(id(900_000 + dice.roll(200))),
            name: Some(text(&format!("host-{number:06}"))),
            costs: Some(AcquisitionCosts::of_price(euro(i64::from(50_000 + dice.roll(100_000))))),
            location_id: Some(location(dice.roll(100))),
            department_id: Some(DepartmentId(id(700_000 + dice.roll(50)))),
            vendor_id: Some(VendorId(id(650_000 + dice.roll(20)))),
            ..facts
        };
        let deployed = AssetDeployed {
            custodian: Custodian::Person(person(dice.roll(100_000))),
            acceptance: AcceptanceRule::NotRequired,
            location_id: Some(location(dice.roll(100))),
            due_back_on: None,
        };
        events.push((id(number), registered(facts)));
        events.push((id(number), AssetEvent::Deployed(deployed)));
        events.push((
            id(number),
            AssetEvent::Verified(AssetVerified { location_id: None, condition: None, campaign_id: None }),
        ));
        if number % 3 == 0 {
            events.push((
                id(number),
                AssetEvent::Verified(AssetVerified { location_id: None, condition: None, campaign_id: None }),
            ));
        }
    }
    (1..).zip(events).map(|(position, (id, event))| envelope(position, id, event).encode()).collect()
}

fn decode(body: &[u8]) -> LogContent {
    LogContent::Event(Box::new(Envelope::decode(body).expect("decode")))
}

/// Replays with decoding on a thread of its own, as the projector does.
fn replay(bodies: &[Vec<u8>], mut writer: ReadModelWriter, batch: usize) -> (ReadModelWriter, Duration) {
    let start = Instant::now();
    std::thread::scope(|scope| {
        let (send, pages) = sync_channel(4);
        scope.spawn(move || {
            for chunk in bodies.chunks(5_000) {
                let page: Vec<_> = chunk.iter().map(|body| (body, decode(body))).collect();
                send.send(page).expect("receiver");
            }
        });
        for page in pages {
            for (body, content) in page {
                let position = writer.expected();
                writer.apply(LogEntry { position, stored_at: noon(0), body, content }).expect("apply");
            }
            if writer.pending() >= batch {
                writer.flush().expect("flush");
            }
        }
    });
    writer.flush().expect("flush");
    (writer, start.elapsed())
}

fn rate(count: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(count).expect("small")) / took.as_secs_f64()
}

fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("status");
    let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("peak");
    line.split_whitespace().nth(1).expect("number").parse::<u64>().expect("number") / 1024
}

#[test]
#[ignore = "a measurement, not a test"]
fn measure_replay_and_queries() {
    let bodies = bodies();
    let start = Instant::now();
    let decoded = bodies
        .iter()
        .map(|body| decode(body))
        .filter(|content| matches!(content, LogContent::Event(_)))
        .count();
    let parsing = rate(decoded, start.elapsed());
    println!("events {decoded}, decode alone {parsing:.0}/s, peak before {} MiB", resident_mib());
    let dir = tempfile::tempdir().expect("temp dir");
    let model = ReadModel::in_process(dir.path(), ReadModelOptions::default());
    let (live, took) = replay(&bodies, open(&model), 50_000);
    println!("catch-up {:.0}/s = {:.0} %", rate(decoded, took), 100.0 * rate(decoded, took) / parsing);
    report_size(dir.path(), "catch-up");
    let before = model.snapshot().expect("snapshot").dump_hash().expect("dump");
    let built = ReadModelWriter::build_apart(&model, TENANT).expect("apart");
    let (built, took) = replay(&bodies, built, 250_000);
    println!(
        "rebuild {:.0}/s = {:.0} %, peak {} MiB",
        rate(decoded, took),
        100.0 * rate(decoded, took) / parsing,
        resident_mib()
    );
    drop(live);
    let _writer = built.switch().expect("switch");
    report_size(dir.path(), "rebuild");
    assert_eq!(model.snapshot().expect("snapshot").dump_hash().expect("dump"), before);
    queries(&model);
}

fn report_size(dir: &std::path::Path, what: &str) {
    let mut sizes = String::new();
    for entry in std::fs::read_dir(dir).expect("dir") {
        let entry = entry.expect("entry");
        let bytes = entry.metadata().expect("metadata").len();
        write!(sizes, "{} {} B/asset ", entry.file_name().display(), bytes / u64::from(ASSETS))
            .expect("write");
    }
    println!("{what}: {sizes}");
}

fn time(what: &str, mut ask: impl FnMut(u32) -> usize) {
    let mut dice = Dice(3);
    let mut took: Vec<_> = (0..400)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(ask(dice.roll(ASSETS)));
            start.elapsed()
        })
        .collect();
    took.sort_unstable();
    println!("{what}: p50 {:?} p99 {:?}", took[200], took[396]);
}

fn queries(model: &ReadModel) {
    let snapshot = || model.snapshot().expect("snapshot");
    time("by tag", |n| {
        usize::from(snapshot().now().asset_by_tag(&format!("lt-{n:06}")).expect("tag").is_some())
    });
    let list = |sort, filters: AssetFilters| {
        let query = AssetQuery { filters, sort, direction: Direction::Descending };
        snapshot().now().list(&query, None, 50).expect("list").items.len()
    };
    let at = |n: u32| AssetFilters { locations: vec![location(n % 100)], ..AssetFilters::default() };
    time("list of 50 at a location", |n| list(AssetSort::Age, at(n)));
    time("list of 50 at a location by change", |n| list(AssetSort::Changed, at(n)));
    time("list of 50 at a location of a department", |n| {
        list(AssetSort::Age, AssetFilters { departments: vec![DepartmentId(id(700_000 + n % 50))], ..at(n) })
    });
    let search = |words: &[String]| {
        let terms: Vec<_> =
            words.iter().map(|word| SearchTerm { text: word.clone(), custodians: Vec::new() }).collect();
        snapshot().now().search(&terms, &AssetFilters::default(), None, 50).expect("search").assets.len()
    };
    time("search lt-0123", |n| search(&[format!("lt-{:04}", n % 3_000)]));
    time("search broad", |_| search(&["lt".to_owned(), "host".to_owned()]));
    time("summary", |_| {
        snapshot().now().summary(&SummaryFilters::default()).expect("summary").by_state.len()
    });
}
