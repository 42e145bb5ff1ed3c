//! `sync`: what `sync_interval: always` costs against the server's default, in one run: two
//! servers, each on a store of its own, taking turns.

use async_nats::Client;
use itam_event_log::{Commit, Tenant};
use itam_tests::nats::{NatsOptions, NatsServer};
use serde_json::json;

use crate::generate::Asset;
use crate::measure::{Outcome, Sample, ratio};
use crate::raw_jetstream::RawStream;
use crate::report::Table;

/// The intervals that are compared: every write, and the server's default.
const INTERVALS: [&str; 2] = ["always", "2m"];
/// How often the servers take turns: what the machine does beside this falls on both.
const TURNS: usize = 4;

/// A server with a stream for each way of publishing.
struct Store {
    plain: RawStream,
    grouped: RawStream,
    // Goes last: it runs until then.
    _server: NatsServer,
}

/// Measures at every number of publishes in flight: `operations` of them each way and server.
pub(crate) async fn measure(in_flight: &[usize], operations: usize) -> Outcome<Vec<Table>> {
    let columns = ["what", "in flight", "always/s", "p99 ms", "default/s", "p99 ms", "always ÷ default"];
    let mut table = Table::new("sync: sync_interval always against the default of 2m", &columns);
    let mut stores = Vec::new();
    for interval in INTERVALS {
        stores.push(Store::start(interval).await?);
    }
    let mut next = 0;
    for in_flight in in_flight {
        let (mut plain, mut grouped) =
            ([Sample::empty(), Sample::empty()], [Sample::empty(), Sample::empty()]);
        let each = (operations / TURNS).max(*in_flight);
        for _ in 0..TURNS {
            let assets = next..next + each as u64;
            next = assets.end;
            let registered = assets.map(commit).collect::<Outcome<Vec<Commit>>>()?;
            let first = |commit: &Commit| Commit::of(commit.writes[..1].to_vec());
            let events: Vec<Commit> = registered.iter().map(first).collect();
            for (index, store) in stores.iter_mut().enumerate() {
                plain[index].append(&store.plain.one_by_one(&events, *in_flight).await?);
                grouped[index].append(&store.grouped.one_by_one(&registered, *in_flight).await?);
            }
        }
        for (what, [always, default]) in [("plain publish", &plain), ("batch of three", &grouped)] {
            table.push(vec![
                json!(what),
                json!(in_flight),
                json!(always.rate()),
                json!(always.percentile_ms(99.0)),
                json!(default.rate()),
                json!(default.percentile_ms(99.0)),
                json!(ratio(always.rate(), default.rate())),
            ]);
        }
    }
    Ok(vec![table])
}

impl Store {
    async fn start(interval: &str) -> Outcome<Self> {
        let options = NatsOptions { sync_interval: interval.to_owned(), ..NatsOptions::default() };
        let server = NatsServer::start(options).await?;
        let client: Client = async_nats::connect(server.url()).await?;
        Ok(Self {
            plain: RawStream::create(&client, "raw-plain").await?,
            grouped: RawStream::create(&client, "raw-grouped").await?,
            _server: server,
        })
    }
}

/// A registration: an event and two keys.
fn commit(number: u64) -> Outcome<Commit> {
    let tenant = Tenant::try_new("main")?;
    Ok(Commit::of(Asset(number).writes(&tenant, 0, 0)))
}
