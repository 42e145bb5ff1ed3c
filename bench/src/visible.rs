//! `visible`: from the acknowledgement of a command to its effect in a query.

use std::time::Instant;

use serde::Deserialize;
use serde_json::json;
use tokio::task::JoinSet;

use crate::generate::Asset;
use crate::load::{Connection, Target};
use crate::measure::{Outcome, Sample, failure};
use crate::report::Table;
use crate::service::{Backend, Extent, Program};

#[derive(Deserialize)]
struct Answer {
    position: u64,
}

/// Measures both logs with each number of clients.
pub(crate) async fn measure(clients: &[usize], count: u64, backends: &[Backend]) -> Outcome<Vec<Table>> {
    let columns = ["log", "clients", "samples", "p50 ms", "p99 ms", "append p50 ms", "target p99 ms"];
    let mut table = Table::new("visible: from acknowledged to answered by a query", &columns);
    for backend in backends {
        let program = Program::start(*backend, Extent::Everything).await?;
        let mut next = 0;
        for clients in clients {
            let (visible, append) = run(&program, *clients, next, count).await?;
            next += count;
            let goal = if *backend == Backend::Embedded { 5 } else { 20 };
            table.push(vec![
                json!(backend.name()),
                json!(clients),
                json!(visible.count),
                json!(visible.percentile_ms(50.0)),
                json!(visible.percentile_ms(99.0)),
                json!(append.percentile_ms(50.0)),
                json!(goal),
            ]);
        }
    }
    Ok(vec![table])
}

async fn run(program: &Program, clients: usize, first: u64, count: u64) -> Outcome<(Sample, Sample)> {
    let queries = program.queries.clone();
    let queries = queries.ok_or_else(|| failure("no query service runs"))?;
    let mut workers = JoinSet::new();
    for client in 0..clients as u64 {
        let (commands, queries) = (program.commands.clone(), queries.clone());
        let assets: Vec<Asset> =
            (first..first + count).filter(|number| number % clients as u64 == client).map(Asset).collect();
        workers.spawn(async move { watch(&commands, &queries, &assets).await });
    }
    let (mut visible, mut append) = (Sample::empty(), Sample::empty());
    while let Some(worker) = workers.join_next().await {
        let (seen, stored) = worker??;
        visible.merge(&seen);
        append.merge(&stored);
    }
    Ok((visible, append))
}

async fn watch(commands: &Target, queries: &Target, assets: &[Asset]) -> Outcome<(Sample, Sample)> {
    let (mut visible, mut append) = (Sample::empty(), Sample::empty());
    let mut desk = Connection::open(commands).await?;
    let mut room = Connection::open(queries).await?;
    for asset in assets {
        let request = commands.command("register-asset", &asset.id().to_string(), &asset.register_fields());
        let sent = Instant::now();
        let answer: Answer = serde_json::from_slice(desk.succeed(&request).await?)?;
        append.record(sent.elapsed(), 1);
        let acknowledged = Instant::now();
        let path = format!("/v1/assets/{}?min_position={}", asset.tag(), answer.position);
        room.succeed(&queries.get(&path)).await?;
        visible.record(acknowledged.elapsed(), 1);
    }
    Ok((visible, append))
}
