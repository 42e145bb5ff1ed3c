//! `history`: questions about a past day against the same questions about now, in the read model
//! itself, and what history takes on the disk.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use itam_domain::Envelope;
use itam_domain::vocabulary::{AssetState, HardwareKind};
use itam_read_model::{
    AssetFilters, AssetQuery, LogContent, LogEntry, Moment, Opened, ReadModel, ReadModelOptions,
    ReadModelWriter, RegisterView, SCHEMA_VERSION, SearchTerm, Sharing, Snapshot, SummaryFilters, Worklist,
};
use serde_json::json;

use crate::lives::{Lives, asset, instant, location, mixed, tag};
use crate::machine::Process;
use crate::measure::{Outcome, Sample, failure, float, ratio};
use crate::report::Table;

const TENANT: &str = "main";
/// The number of rows on a page.
const ROWS: usize = 50;
/// Events that are written together, as a rebuild does.
const BATCH: usize = 250_000;
/// Events at the end that are shown one by one, as they are live.
const ALONE: u64 = 5_000;
/// Questions of one sort at least, and the time after which no more are asked.
const QUESTIONS: (u64, u128) = (5, 2_000);

/// The tables that hold nothing but history.
const HISTORY: [&str; 5] =
    ["versions_by_asset", "version_by_record", "chronicle_by_run", "former_key", "dated_by_facet"];

/// Of what the present is asked.
const NOW: &str = "now";

/// A question: the number says which of its kind.
type Ask<'a> = &'a dyn Fn(u64) -> Outcome<usize>;

/// Measures lives of `assets` assets, and asks only the questions whose name holds `only`.
pub(crate) fn measure(scratch: &Path, assets: u64, only: &str) -> Outcome<Vec<Table>> {
    let folder = scratch.join(format!("itam-bench-history-{assets}-v{SCHEMA_VERSION}"));
    let options = ReadModelOptions { sharing: Sharing::Alone, cache_bytes: 1 << 30 };
    let model = ReadModel::in_process(&folder, options);
    let mut tables = prepare(&model, &folder, assets)?;
    let snapshot = model.snapshot()?;
    tables.push(weigh(&snapshot, snapshot.applied().position)?);
    let mut answers = Table::new(
        "history: questions to the read model",
        &["assets", "question", "asked of", "p50 ms", "p99 ms", "p50 to now", "cpu ms"],
    );
    ask(&mut answers, &snapshot, assets, only)?;
    tables.push(answers);
    Ok(tables)
}

/// Opens the read model of all lives. Builds it unless it is there, and tells how long that took.
fn prepare(model: &ReadModel, folder: &Path, assets: u64) -> Outcome<Vec<Table>> {
    let mark = folder.join("complete");
    if mark.exists() {
        return match ReadModelWriter::open(model, TENANT)? {
            Opened::Current(_) => Ok(Vec::new()),
            Opened::New(_) | Opened::Outdated => Err(failure("the prepared read model is of another build")),
        };
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    let table = build(model, assets)?;
    std::fs::write(mark, "")?;
    Ok(vec![table])
}

fn build(model: &ReadModel, assets: u64) -> Outcome<Table> {
    let mut table = Table::new(
        "history: building the read model",
        &["assets", "written", "events", "seconds", "events/s", "cpu µs/event"],
    );
    let lives = Lives::of(assets);
    let Opened::New(mut writer) = ReadModelWriter::open(model, TENANT)? else {
        return Err(failure("the folder of the measurement holds a read model already"));
    };
    let alone = ALONE.min(lives.len() / 10);
    let mut events = lives.events();
    for (written, count) in [("together", lives.len() - alone), ("each alone", alone)] {
        let (begun, cpu) = (Instant::now(), Process::own().cpu());
        for envelope in events.by_ref().take(usize::try_from(count)?) {
            apply(&mut writer, envelope)?;
            if count == alone {
                writer.show()?;
            } else if writer.pending() == BATCH {
                writer.flush()?;
                let position = writer.checkpoint().position;
                eprintln!("  {position} of {} events, {:.0} s", lives.len(), begun.elapsed().as_secs_f64());
            }
        }
        writer.flush()?;
        let seconds = begun.elapsed().as_secs_f64();
        let cpu_us = Process::own().cpu().saturating_sub(cpu).as_secs_f64() * 1e6;
        let (rate, each) = (ratio(float(count), seconds), ratio(cpu_us, float(count)));
        table.push(vec![
            json!(assets),
            json!(written),
            json!(count),
            json!(seconds),
            json!(rate),
            json!(each),
        ]);
    }
    Ok(table)
}

fn apply(writer: &mut ReadModelWriter, envelope: Envelope) -> Outcome<()> {
    let (position, stored_at) = (writer.expected(), envelope.recorded_at);
    let content = LogContent::Event(Box::new(envelope));
    writer.apply(LogEntry { position, stored_at, body: &[], content })?;
    Ok(())
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

fn ask(table: &mut Table, snapshot: &Snapshot, assets: u64, only: &str) -> Outcome<()> {
    // What each question took of the present.
    let mut now: HashMap<String, f64> = HashMap::new();
    let mut measure = |question: &str, of: &str, asked: Ask<'_>| -> Outcome<()> {
        if !question.contains(only) {
            return Ok(());
        }
        // Once without measuring, so that what is asked for is in memory.
        asked(0)?;
        let mut sample = Sample::empty();
        let (least, most_ms) = QUESTIONS;
        let (begun, cpu) = (Instant::now(), Process::own().cpu());
        for number in 1.. {
            if number > least && begun.elapsed().as_millis() > most_ms {
                break;
            }
            let asking = Instant::now();
            asked(number)?;
            sample.record(asking.elapsed(), 1);
        }
        let [p50, p99] = [50.0, 99.0].map(|percent| sample.percentile_ms(percent));
        if of == NOW {
            now.insert(question.to_owned(), p50);
        }
        let to_now = now.get(question).map(|now| ratio(p50, *now));
        let cpu_ms = Process::own().cpu().saturating_sub(cpu).as_secs_f64() * 1e3;
        let cpu_ms = ratio(cpu_ms, float(sample.count));
        let figures = [json!(p50), json!(p99), json!(to_now), json!(cpu_ms)];
        table.push([json!(assets), json!(question), json!(of)].into_iter().chain(figures).collect());
        Ok(())
    };
    let all = SummaryFilters::default();
    measure("one asset", NOW, &|number| {
        Ok(usize::from(snapshot.now().asset(some(number, assets))?.is_some()))
    })?;
    measure("one asset by tag", NOW, &|number| {
        Ok(usize::from(snapshot.now().asset_by_tag(&tag(mixed(number) % assets))?.is_some()))
    })?;
    measure("list of 50", NOW, &|number| Ok(snapshot.now().list(&query(number), None, ROWS)?.items.len()))?;
    measure("summary", NOW, &|_| Ok(snapshot.now().summary(&all)?.by_state.len()))?;
    measure("breakdown", NOW, &|_| Ok(snapshot.now().breakdown(&all)?.by_location.len()))?;
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
        measure("breakdown", of, &|number| Ok(past(number)?.breakdown(&all)?.by_location.len()))?;
    }
    measure("a page of what differs", "two days of one week", &|number| {
        let from = Knowledge::Now.moment(snapshot, number)?;
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
    fn ask(self, snapshot: &Snapshot, number: u64) -> Outcome<RegisterView<'_>> {
        Ok(snapshot.at(self.moment(snapshot, number)?))
    }

    fn moment(self, snapshot: &Snapshot, number: u64) -> Outcome<Moment> {
        let as_of = past_day(number);
        let known_at = match self {
            Self::Now => snapshot.applied().position,
            Self::Then => snapshot.position_at(as_of)?,
        };
        Ok(Moment { as_of, known_at })
    }
}
