//! `space`: the disk that an asset with its life takes, on either log.

use std::path::Path;

use serde_json::json;

use crate::generate::EVENTS_PER_ASSET;
use crate::history;
use crate::machine::disk_bytes;
use crate::measure::{Outcome, failure, float, ratio};
use crate::report::Table;
use crate::service::Backend;

/// Measures `assets` assets on `JetStream` and embedded.
pub(crate) async fn measure(scratch: &Path, assets: u64) -> Outcome<Vec<Table>> {
    let mut table = Table::new(
        "space: bytes on disk per asset",
        &[
            "log",
            "assets",
            "events each",
            "log B/asset",
            "read model B/asset",
            "sum B/asset",
            "target",
            "nats-server resident B/asset",
        ],
    );
    let data = history::prepare(scratch, assets).await?;
    let model = disk_bytes(&history::read_model_folder(&data))?;
    let each = |bytes: u64| ratio(float(bytes), float(assets));
    let mut add = |log: &str, bytes: u64, resident: Option<u64>| {
        table.push(vec![
            json!(log),
            json!(assets),
            json!(EVENTS_PER_ASSET),
            json!(each(bytes)),
            json!(each(model)),
            json!(each(bytes + model)),
            json!(1536),
            json!(resident.map(each)),
        ]);
    };
    let (log, server) = history::open(Backend::JetStream, &data).await?;
    let server = server.ok_or_else(|| failure("a log on a server has a server"))?;
    history::store(log.as_ref(), assets).await?;
    add("jetstream", disk_bytes(&server.store_folder())?, Some(server.resident_bytes()));
    add("embedded", disk_bytes(&data.join("log.redb"))?, None);
    Ok(vec![table])
}
