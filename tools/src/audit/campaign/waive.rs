//! `itam audit waive`: lets all findings stand that are still open, with one reason.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::json;
use uuid::Uuid;

use super::CampaignArgs;
use super::sender::{AuditSender, COMMANDS_A_REQUEST, RowCommand, SendCounts};
use super::settle::{name_of, tell_what_is_open, version_of};
use crate::failure::Failure;

/// The arguments of `itam audit waive`.
///
/// Exit status: 0 all are waived, 2 some were refused, 1 the audit or the service cannot be used.
#[derive(Args, Debug)]
pub(crate) struct WaiveArgs {
    /// Why they are let stand.
    #[arg(long)]
    reason: String,
    /// Only findings of these verdicts.
    #[arg(long, value_delimiter = ',')]
    verdict: Vec<OpenVerdict>,
    /// Only what was seen at this location or, if it was not seen, expected there.
    #[arg(long)]
    location_id: Option<Uuid>,
    #[command(flatten)]
    campaign: CampaignArgs,
}

/// The verdicts that leave something to settle.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
enum OpenVerdict {
    Missing,
    FoundElsewhere,
    Unexpected,
}

/// Runs `itam audit waive`.
pub(crate) async fn run(args: WaiveArgs) -> Result<ExitCode, Failure> {
    let mut sender = AuditSender::new(&args.campaign, "findings");
    let head = sender.server.head().await?;
    let mut parameters = vec![("status", "open".to_owned()), ("min_position", head.to_string())];
    let words = args.verdict.iter().filter_map(ValueEnum::to_possible_value);
    let words: Vec<String> = words.map(|word| word.get_name().to_owned()).collect();
    parameters.extend((!words.is_empty()).then(|| ("verdict", words.join(","))));
    parameters.extend(args.location_id.map(|id| ("location_id", id.to_string())));
    let mut cursor = None;
    // Ends with the list: what is waived leaves it behind the cursor, what is scanned meanwhile is
    // somebody's work, and waits for the next run.
    loop {
        let (rows, next) = sender.server.findings(sender.campaign, &parameters, cursor.as_deref()).await?;
        let mut lines = Vec::with_capacity(rows.len());
        for row in &rows {
            let Some(finding) = name_of(row) else { continue };
            let label = ["tag", "serial", "id"].into_iter().find_map(|name| row[name].as_str());
            let data = json!({"campaign_id": sender.campaign, "finding": finding, "reason": args.reason});
            let command = sender.command("waive-finding", &data, &version_of(row).to_string());
            lines.push(RowCommand { origin: format!("{:?}", label.unwrap_or_default()), command });
        }
        while !lines.is_empty() {
            let rest = lines.split_off(lines.len().min(COMMANDS_A_REQUEST));
            sender.send(std::mem::replace(&mut lines, rest)).await?;
        }
        if next.is_none() {
            break;
        }
        cursor = next;
    }
    let code = sender.conclude();
    let SendCounts { done, repeated, refused } = sender.counts;
    println!("{done} waived, {repeated} settled before, {refused} refused");
    tell_what_is_open(&sender).await?;
    Ok(code)
}
