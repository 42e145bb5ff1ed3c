//! `itam audit scan`: sends the scans of a file.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::CampaignArgs;
use super::row::{FORM, ScannedRow};
use super::sender::{AuditSender, COMMANDS_A_REQUEST, RowCommand, SendCounts};
use super::table::{Numbered, RowFile};
use crate::failure::Failure;

/// The arguments of `itam audit scan`.
///
/// Exit status: 0 all rows are in, 2 some were refused, 1 the file, the audit or the service cannot be used.
#[derive(Args, Debug)]
pub(crate) struct ScanArgs {
    /// The file: CSV with a line of column names, or NDJSON, or a bare list of tags. Columns: `tag`, or `asset_id`, or `serial`
    /// with `manufacturer`; `location_id`, or `location`; `condition`; `scanned_by`; `scanned_at`.
    file: PathBuf,
    /// A name for this round of scanning. A row that says the same as one of the same round is the same
    /// scan, unless the thing was seen otherwise in between; in another round it is another.
    #[arg(long, default_value = "")]
    round: String,
    #[command(flatten)]
    campaign: CampaignArgs,
}

/// Runs `itam audit scan`.
pub(crate) async fn run(args: ScanArgs) -> Result<ExitCode, Failure> {
    let unusable = |source| Failure::File { path: args.file.clone(), source };
    let input = BufReader::new(File::open(&args.file).map_err(unusable)?);
    let mut table = RowFile::open(&FORM, &args.file, input)?;
    let mut sender = AuditSender::new(&args.campaign, "rows");
    let mut sightings = Sightings::default();
    // Ends with the file.
    loop {
        let chunk = table.take(COMMANDS_A_REQUEST).map_err(unusable)?;
        if chunk.is_empty() {
            break;
        }
        let mut lines = Vec::with_capacity(chunk.len());
        for Numbered { line, label, cells } in chunk {
            let origin = format!("{}:{line}: {label:?}", args.file.display());
            let data = match cells.and_then(ScannedRow::read) {
                Ok(row) => sender.server.data_of(row, args.campaign.campaign).await?,
                Err(reason) => Err(reason),
            };
            match data {
                Ok(data) => {
                    let apart = format!("{}\n{}", args.round, sightings.number(&data));
                    lines.push(RowCommand { origin, command: sender.command("scan-asset", &data, &apart) });
                }
                Err(reason) => sender.refuse(&origin, &reason),
            }
        }
        sender.send(lines).await?;
    }
    let code = sender.conclude();
    let SendCounts { done, repeated, refused } = sender.counts;
    println!("{done} scanned, {repeated} sent before, {refused} refused");
    Ok(code)
}

/// Tells rows apart that say the same: a thing that was seen here, then there, then here again was
/// seen three times, whether or not the scanner notes the time.
#[derive(Default)]
struct Sightings {
    /// By what was read off the thing: what the last row said of it, and how often it came back.
    last: HashMap<String, (String, u64)>,
    /// How often a row was seen, not counting those that only repeat the one before.
    count: HashMap<String, u64>,
}

impl Sightings {
    /// Which sighting this is of those that say the same, from 0.
    fn number(&mut self, data: &Value) -> u64 {
        let (label, said) = (data["asset"].to_string(), data.to_string());
        if let Some((last, number)) = self.last.get(&label)
            && *last == said
        {
            return *number;
        }
        let count = self.count.entry(said.clone()).or_default();
        let number = *count;
        *count += 1;
        self.last.insert(label, (said, number));
        number
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_thing_that_was_carried_back_is_seen_again_and_a_doubled_row_is_not() {
        let mut sightings = Sightings::default();
        let seen = |asset: &str, place: &str| json!({"asset": asset, "location_id": place});
        let rows = [
            ("A", "here"),
            ("A", "here"),
            ("B", "here"),
            ("A", "here"),
            ("A", "there"),
            ("A", "here"),
            ("A", "here"),
        ];
        let numbers = rows.map(|(asset, place)| sightings.number(&seen(asset, place)));
        assert_eq!(numbers, [0, 0, 0, 0, 0, 1, 1]);
    }
}
