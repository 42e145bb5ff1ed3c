//! `itam audit settle`: resolves or waives the findings that a file names.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use itam_domain::normalize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::CampaignArgs;
use super::sender::{AuditSender, COMMANDS_A_REQUEST, RowCommand, SendCounts};
use super::server::AuditServer;
use super::settlement::{FORM, PlannedSettlement, SettledFinding};
use super::table::{Numbered, RowFile};
use crate::failure::Failure;

/// The arguments of `itam audit settle`.
///
/// Exit status: 0 all rows are in, 2 some were refused, 1 the file, the audit or the service cannot be used.
#[derive(Args, Debug)]
pub(crate) struct SettleArgs {
    /// The file: CSV with a line of column names, or NDJSON. A row names a finding by `asset_id`, `id`,
    /// `tag`, or `serial` with `manufacturer`, and says a `resolution`, or a `reason` for which the finding is
    /// waived. Rows that say neither are left alone; other columns of the export of findings may stand there.
    file: PathBuf,
    #[command(flatten)]
    campaign: CampaignArgs,
}

/// Runs `itam audit settle`.
pub(crate) async fn run(args: SettleArgs) -> Result<ExitCode, Failure> {
    let unusable = |source| Failure::File { path: args.file.clone(), source };
    let input = BufReader::new(File::open(&args.file).map_err(unusable)?);
    let mut table = RowFile::open(&FORM, &args.file, input)?;
    let mut sender = AuditSender::new(&args.campaign, "rows");
    let open = OpenFindings::load(&sender.server, sender.campaign).await?;
    let mut left_alone: u64 = 0;
    // Ends with the file.
    loop {
        let chunk = table.take(COMMANDS_A_REQUEST).map_err(unusable)?;
        if chunk.is_empty() {
            break;
        }
        let mut lines = Vec::with_capacity(chunk.len());
        for Numbered { line, label, cells } in chunk {
            let origin = format!("{}:{line}: {label:?}", args.file.display());
            let settlement = match cells.and_then(PlannedSettlement::read) {
                Ok(Some(settlement)) => settlement,
                Ok(None) => {
                    left_alone += 1;
                    continue;
                }
                Err(reason) => {
                    sender.refuse(&origin, &reason);
                    continue;
                }
            };
            match open.named(&sender.server, settlement.about.clone()).await? {
                Ok((finding, version)) => {
                    let (name, data) = settlement.command(sender.campaign, &finding);
                    lines.push(RowCommand {
                        origin,
                        command: sender.command(name, &data, &version.to_string()),
                    });
                }
                Err(reason) => sender.refuse(&origin, &reason),
            }
        }
        sender.send(lines).await?;
    }
    let code = sender.conclude();
    let SendCounts { done, repeated, refused } = sender.counts;
    println!("{done} settled, {repeated} settled before, {refused} refused, {left_alone} left alone");
    tell_what_is_open(&sender).await?;
    Ok(code)
}

/// Says what is left to settle or, if that is nothing, what whoever closes the audit states.
pub(super) async fn tell_what_is_open(sender: &AuditSender) -> Result<(), Failure> {
    let audit = sender.server.audit(sender.campaign).await?;
    let counts = &audit["counts"];
    match (audit["stage"].as_str(), counts["unresolved"].as_u64()) {
        (Some("running"), Some(0)) => {
            println!("nothing is open; close-audit states {} expected assets", counts["expected"]);
        }
        (Some("running"), _) => println!("open findings: {}", counts["unresolved"]),
        (stage, _) => println!("the audit is {}", stage.unwrap_or("unknown")),
    }
    Ok(())
}

/// The findings that are open, by each of their names. A settlement's key is derived from which scan
/// it is about, so that a finding that was opened again by a later scan can be settled again.
#[derive(Default)]
struct OpenFindings {
    by_name: HashMap<String, Open>,
}

#[derive(Clone)]
struct Open {
    /// How commands name it.
    finding: Value,
    version: u64,
}

impl OpenFindings {
    async fn load(server: &AuditServer, campaign: Uuid) -> Result<Self, Failure> {
        let head = server.head().await?;
        let parameters = [("status", "open".to_owned()), ("min_position", head.to_string())];
        let (mut open, mut cursor) = (Self::default(), None);
        // Ends with the list.
        loop {
            let (rows, next) = server.findings(campaign, &parameters, cursor.as_deref()).await?;
            for row in &rows {
                open.enter(row);
            }
            if next.is_none() {
                return Ok(open);
            }
            cursor = next;
        }
    }

    fn enter(&mut self, row: &Value) {
        let Some(finding) = name_of(row) else { return };
        let known = Open { finding, version: version_of(row) };
        let text = |name: &str| row[name].as_str();
        let ids = ["id", "asset_id"].into_iter().filter_map(text).map(str::to_owned);
        let serial = text("serial").map(|serial| serial_key(serial, text("manufacturer")));
        for name in ids.chain(text("tag").map(tag_key)).chain(serial) {
            self.by_name.insert(name, known.clone());
        }
    }

    /// How commands name the finding that is meant, and which scan of it is.
    async fn named(
        &self,
        server: &AuditServer,
        about: SettledFinding,
    ) -> Result<Result<(Value, u64), String>, Failure> {
        let (key, name) = match about {
            SettledFinding::Asset(id) => (id.to_string(), Ok(json!({"asset": id}))),
            SettledFinding::Finding(id) => (id.to_string(), Ok(json!({"id": id}))),
            SettledFinding::Tag(tag) => (tag_key(&tag), Ok(json!({"asset": tag}))),
            SettledFinding::Serial { serial, manufacturer } => {
                let key = serial_key(&serial, manufacturer.as_deref());
                let label = server.label_of(serial, manufacturer).await?;
                (key, label.map(|label| json!({"asset": label})))
            }
        };
        Ok(match self.by_name.get(&key) {
            Some(open) => Ok((open.finding.clone(), open.version)),
            // The service says whether it is settled or unknown.
            None => name.map(|name| (name, 0)),
        })
    }
}

/// How commands name a finding that is shown: an asset by its id, since nobody may have scanned it;
/// a label that nothing bore by the finding's, since something may bear it now.
pub(super) fn name_of(row: &Value) -> Option<Value> {
    let asset = row["asset_id"].as_str().map(|id| json!({"asset": id}));
    asset.or_else(|| row["id"].as_str().map(|id| json!({"id": id})))
}

/// Which scan a finding that is shown rests on; 0 if nobody scanned it.
pub(super) fn version_of(row: &Value) -> u64 {
    row["scan"]["position"].as_u64().unwrap_or_default()
}

fn tag_key(tag: &str) -> String {
    format!("tag\n{}", normalize(tag))
}

fn serial_key(serial: &str, manufacturer: Option<&str>) -> String {
    format!("serial\n{}\n{}", normalize(serial), normalize(manufacturer.unwrap_or_default()))
}
