//! `query`: the reading room at several sizes, against a server that returns a constant.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use itam_tests::{Service, admin_token};
use serde_json::json;

use crate::constant::ConstantServer;
use crate::generate::{Asset, EVENTS_PER_ASSET, instant};
use crate::history;
use crate::load::{Connection, Target, drive};
use crate::machine::{Process, disk_bytes};
use crate::measure::{Outcome, Sample, failure, float, ratio};
use crate::report::Table;
use crate::service::CpuMeter;

/// The number of rows on a page of the list.
const ROWS: u64 = 50;
/// Different requests of each sort, sent in turn.
const REQUESTS: u64 = 1_000;
/// Requests of one run of a question that looks at every asset.
const SLOW_REQUESTS: usize = 200;

const CONSTANT: &str = "constant";

const COLUMNS: [&str; 9] = [
    "assets",
    "clients",
    "query",
    "requests/s",
    "p50 ms",
    "p99 ms",
    "ratio to constant",
    "p50 to smallest",
    "cpu per request",
];

const SPACE_COLUMNS: [&str; 6] = [
    "assets",
    "events each",
    "read model B/asset",
    "embedded log B/asset",
    "resident MB",
    "of it anonymous MB",
];

/// How much is asked.
#[derive(Clone, Debug)]
pub(crate) struct QuerySettings {
    /// How many assets there are, one run each.
    pub(crate) sizes: Vec<u64>,
    /// How many clients ask at once.
    pub(crate) clients: Vec<usize>,
    /// Requests of one run.
    pub(crate) requests: usize,
}

/// A sort of question.
struct Question {
    name: &'static str,
    paths: Vec<String>,
    /// The most requests of one run.
    most: usize,
}

/// Measures every size.
pub(crate) async fn measure(scratch: &Path, settings: &QuerySettings) -> Outcome<Vec<Table>> {
    let mut latency = Table::new("query: itam up, asked by another process", &COLUMNS);
    let mut space = Table::new("space: on disk and in memory", &SPACE_COLUMNS);
    let mut smallest = HashMap::new();
    for assets in &settings.sizes {
        let data = history::prepare(scratch, *assets).await?;
        let room = ReadingRoom::start(&data).await?;
        for clients in &settings.clients {
            let answers = room.ask_all(settings, *assets, *clients).await?;
            add_answers(&mut latency, &mut smallest, *assets, *clients, answers);
        }
        let each = |bytes: u64| ratio(float(bytes), float(*assets));
        let megabytes = |bytes: u64| float(bytes) / 1e6;
        space.push(vec![
            json!(assets),
            json!(EVENTS_PER_ASSET),
            json!(each(disk_bytes(&history::read_model_folder(&data))?)),
            json!(each(disk_bytes(&data.join("log.redb"))?)),
            json!(megabytes(room.process.resident_bytes())),
            json!(megabytes(room.process.anonymous_bytes())),
        ]);
    }
    Ok(vec![latency, space])
}

/// Adds the answers of one run, the constant's first, against it and against the smallest size.
fn add_answers(
    table: &mut Table,
    smallest: &mut HashMap<(&'static str, usize), f64>,
    assets: u64,
    clients: usize,
    answers: Vec<(&'static str, Sample, String)>,
) {
    let mut constant_rate = 0.0;
    for (name, sample, cpu) in answers {
        let (rate, p50) = (sample.rate(), sample.percentile_ms(50.0));
        if name == CONSTANT {
            constant_rate = rate;
        }
        let first = *smallest.entry((name, clients)).or_insert(p50);
        table.push(vec![
            json!(assets),
            json!(clients),
            json!(name),
            json!(rate),
            json!(p50),
            json!(sample.percentile_ms(99.0)),
            json!(ratio(rate, constant_rate)),
            json!(ratio(p50, first)),
            json!(cpu),
        ]);
    }
}

/// The program over a prepared log and its read model. It seals nothing: the queries alone are
/// measured.
struct ReadingRoom {
    target: Target,
    process: Process,
    constant: ConstantServer,
    _service: Service,
}

impl ReadingRoom {
    async fn start(data: &Path) -> Outcome<Self> {
        let service = Service::start("up", data, &["--log", "warn", "--no-sealer"]).await;
        let token = admin_token(data).await;
        service.ready().await;
        let target = Target::new(&service.url, &token);
        let mut connection = Connection::open(&target).await?;
        let path = format!("/v1/assets/{}", Asset(0).tag());
        let body = connection.succeed(&target.get(&path)).await?.to_vec();
        let process = Process::find(&target.address);
        Ok(Self {
            process: process.ok_or_else(|| failure("the program is not to be found"))?,
            constant: ConstantServer::start(&body).await?,
            target,
            _service: service,
        })
    }

    async fn ask_all(
        &self,
        settings: &QuerySettings,
        assets: u64,
        clients: usize,
    ) -> Outcome<Vec<(&'static str, Sample, String)>> {
        let mut answers = Vec::new();
        for question in questions(assets) {
            let is_constant = question.name == CONSTANT;
            let target = if is_constant { &self.constant.target } else { &self.target };
            let requests: Vec<Vec<u8>> = question.paths.iter().map(|path| target.get(path)).collect();
            let requests = Arc::new(requests);
            // Once without measuring, so that what is asked for is in memory.
            let count = settings.requests.min(question.most);
            drive(target, clients, requests.len().min(count), Arc::clone(&requests)).await?;
            let process = Process::find(&target.address).unwrap_or(self.process);
            let meter = CpuMeter::start(&[("client", Process::own()), ("service", process)]);
            let sample = drive(target, clients, count, requests).await?;
            let cpu = meter.per_operation(sample.count);
            answers.push((question.name, sample, cpu));
        }
        Ok(answers)
    }
}

fn questions(assets: u64) -> Vec<Question> {
    let some = |number: u64| Asset(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % assets);
    let of = |name, path: &dyn Fn(u64) -> String| Question {
        name,
        paths: (0..REQUESTS).map(path).collect(),
        most: usize::MAX,
    };
    let list = |number: u64| {
        let kind = if number.is_multiple_of(2) { "laptop" } else { "monitor" };
        format!("/v1/assets?state={}&hardware_kind={kind}&limit={ROWS}", state(number))
    };
    // When half of the assets were registered: what was there then is found, and that is asked for.
    let then = instant(assets / 2).format("%Y-%m-%dT%H:%M:%SZ");
    let known = |number: u64| Asset(some(number).0 / 2);
    vec![
        of(CONSTANT, &|_| "/constant".to_owned()),
        of("asset by tag", &|number| format!("/v1/assets/{}", some(number).tag())),
        of("asset by tag, as of a past day", &|number| {
            format!("/v1/assets/{}?as_of={then}", known(number).tag())
        }),
        of("list of 50, by state and kind", &list),
        of("list of 50, as of a past day", &|number| format!("{}&as_of={then}", list(number))),
        of("search, serial prefix", &|number| {
            format!("/v1/assets?q={}&limit=20", &some(number).serial()[..8])
        }),
        of("search, two words", &|number| {
            format!("/v1/assets?q=thinkpad%20office&state={}&limit=20", state(number))
        }),
        of("summary", &|_| "/v1/inventory/summary".to_owned()),
        Question {
            name: "summary, as of a past day",
            paths: vec![format!("/v1/inventory/summary?as_of={then}")],
            most: SLOW_REQUESTS,
        },
    ]
}

fn state(number: u64) -> &'static str {
    let states = ["in_stock", "deployed", "in_maintenance"];
    states[usize::from(number.to_le_bytes()[0]) % states.len()]
}
