//! `history`: questions about a past day against the same questions about now, in the read model
//! itself, and what history takes on the disk.

use std::path::Path;
use std::time::Instant;

use itam_domain::vocabulary::{AssetState, HardwareKind};
use itam_read_model::{
    AssetFilters, AssetQuery, Content, Entry, Moment, Opened, Past, ReadModel, ReadModelOptions,
    ReadModelWriter, SearchTerm, Sharing, Snapshot, SummaryFilters, Worklist,
};
use serde_json::json;

use crate::lives::{Lives, asset, instant, location, mixed, tag};
use crate::measure::{Outcome, Sample, failure, float, ratio};
use crate::report::Table;

/// The number of rows on a page.
const ROWS: usize = 50;
/// Events that are written together, as a rebuild does.
const BATCH: usize = 250_000;
/// Questions of one sort at least, and the time after which no more are asked.
const QUESTIONS: (u64, u128) = (5, 2_000);

/// The tables that hold nothing but history.
const HISTORY: [&str; 5] =
    ["versions_by_asset", "version_by_record", "chronicle_by_run", "former_key", "dated_by_facet"];

/// A question: the number says which of its kind.
type Ask<'a> = &'a dyn Fn(u64) -> Outcome<usize>;

/// Measures lives of `assets` assets.
pub(crate) fn measure(scratch: &Path, assets: u64) -> Outcome<Vec<Table>> {
    let folder = tempfile::Builder::new().prefix("itam-bench-history-").tempdir_in(scratch)?;
    let options = ReadModelOptions { sharing: Sharing::Alone, cache_bytes: 1 << 30 };
    let model = ReadModel::in_process(folder.path(), options);
    let (built, events) = build(&model, assets)?;
    let snapshot = model.snapshot()?;
    let mut answers = Table::new(
        "history: questions to the read model",
        &["assets", "question", "asked of", "p50 ms", "p99 ms"],
    );
    ask(&mut answers, &snapshot, assets)?;
    Ok(vec![built, weigh(&snapshot, events)?, answers])
}

fn build(model: &ReadModel, assets: u64) -> Outcome<(Table, u64)> {
    let mut table =
        Table::new("history: building the read model", &["assets", "events", "seconds", "events/s"]);
    let lives = Lives::of(assets);
    let begun = Instant::now();
    let Opened::New(mut writer) = ReadModelWriter::open(model, "main")? else {
        return Err(failure("the folder of the measurement holds a read model already"));
    };
    for envelope in lives.events() {
        let (position, stored_at) = (writer.expected(), envelope.recorded_at);
        writer.apply(Entry {
            position,
            stored_at,
            body: &[],
            content: Content::Event(Box::new(envelope)),
        })?;
        if writer.pending() == BATCH {
            writer.flush()?;
        }
    }
    writer.flush()?;
    let seconds = begun.elapsed().as_secs_f64();
    table.push(vec![
        json!(assets),
        json!(lives.len()),
        json!(seconds),
        json!(ratio(float(lives.len()), seconds)),
    ]);
    Ok((table, lives.len()))
}

fn weigh(snapshot: &Snapshot, events: u64) -> Outcome<Table> {
    let mut table = Table::new("history: bytes on the disk", &["table", "MB", "B/event"]);
    let space = snapshot.space()?;
    let mut history = 0;
    let mut add = |name: &str, bytes: u64| {
        table.push(vec![json!(name), json!(float(bytes) / 1e6), json!(ratio(float(bytes), float(events)))]);
    };
    for (name, bytes) in &space {
        add(name, *bytes);
        history += if HISTORY.contains(&name.as_str()) { *bytes } else { 0 };
    }
    add("all of history", history);
    add("everything", space.iter().map(|(_, bytes)| *bytes).sum());
    Ok(table)
}

fn ask(table: &mut Table, snapshot: &Snapshot, assets: u64) -> Outcome<()> {
    let mut measure = |question: &str, of: &str, asked: Ask<'_>| -> Outcome<()> {
        // Once without measuring, so that what is asked for is in memory.
        asked(0)?;
        let mut sample = Sample::empty();
        let (least, most_ms) = QUESTIONS;
        let begun = Instant::now();
        for number in 1.. {
            if number > least && begun.elapsed().as_millis() > most_ms {
                break;
            }
            let asking = Instant::now();
            asked(number)?;
            sample.record(asking.elapsed(), 1);
        }
        let latencies = [50.0, 99.0].map(|percent| json!(sample.percentile_ms(percent)));
        let [p50, p99] = latencies;
        table.push(vec![json!(assets), json!(question), json!(of), p50, p99]);
        Ok(())
    };
    let all = SummaryFilters::default();
    measure("one asset", "now", &|number| Ok(usize::from(snapshot.asset(some(number, assets))?.is_some())))?;
    measure("one asset by tag", "now", &|number| {
        Ok(usize::from(snapshot.asset_by_tag(&tag(mixed(number) % assets))?.is_some()))
    })?;
    measure("list of 50", "now", &|number| Ok(snapshot.list(&query(number), None, ROWS)?.items.len()))?;
    measure("summary", "now", &|_| Ok(snapshot.summary(&all)?.by_state.len()))?;
    measure("summary by location", "now", &|_| Ok(snapshot.summary_by_location()?.len()))?;
    for (of, knowledge) in
        [("a past day, as known now", Knowledge::Now), ("a past day, as known then", Knowledge::Then)]
    {
        let past = |number| knowledge.ask(snapshot, number);
        measure("one asset", of, &|number| {
            Ok(usize::from(past(number)?.asset(some(number, assets))?.is_some()))
        })?;
        measure("one asset by tag", of, &|number| {
            Ok(usize::from(past(number)?.asset_by_tag(&tag(mixed(number) % assets))?.is_some()))
        })?;
        measure("list of 50", of, &|number| Ok(past(number)?.list(&query(number), None, ROWS)?.items.len()))?;
        measure("search", of, &|number| {
            let terms =
                [SearchTerm { text: tag(mixed(number) % assets)[..8].to_owned(), custodians: Vec::new() }];
            Ok(past(number)?.search(&terms, &AssetFilters::default(), None, ROWS)?.assets.len())
        })?;
        measure("pending acceptances", of, &|number| {
            Ok(past(number)?.worklist(Worklist::PendingAcceptances, None, ROWS)?.items.len())
        })?;
        measure("summary", of, &|number| Ok(past(number)?.summary(&all)?.by_state.len()))?;
        measure("summary by location", of, &|number| Ok(past(number)?.summary_by_location()?.len()))?;
    }
    measure("a page of what differs", "two days of one week", &|number| {
        let from = Knowledge::Now.ask(snapshot, number)?.moment();
        let to = Moment { as_of: from.as_of + chrono::TimeDelta::days(7), ..from };
        Ok(snapshot.diff(from, to, None, ROWS)?.items.len())
    })
}

fn some(number: u64, assets: u64) -> itam_domain::AssetId {
    asset(mixed(number) % assets)
}

/// A list that some in a thousand match.
fn query(number: u64) -> AssetQuery {
    let filters = AssetFilters {
        states: vec![AssetState::Deployed],
        locations: vec![location(number)],
        hardware_kinds: vec![HardwareKind::Laptop],
        ..AssetFilters::default()
    };
    AssetQuery { filters, ..AssetQuery::default() }
}

/// A day between a tenth and nine tenths of all time.
fn past_day(number: u64) -> chrono::DateTime<chrono::Utc> {
    instant(100 + mixed(number) % 800)
}

/// As far as what is known.
#[derive(Clone, Copy)]
enum Knowledge {
    /// Now.
    Now,
    /// On the day that is asked about.
    Then,
}

impl Knowledge {
    /// What there was on some past day.
    fn ask(self, snapshot: &Snapshot, number: u64) -> Outcome<Past<'_>> {
        let as_of = past_day(number);
        let known_at = match self {
            Self::Now => snapshot.applied().position,
            Self::Then => snapshot.position_at(as_of)?,
        };
        Ok(snapshot.at(Moment { as_of, known_at }))
    }
}
