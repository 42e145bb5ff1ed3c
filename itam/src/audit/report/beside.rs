//! What lies beside the log: the security journal, the tokens, the checkpoints.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::path::Path;

use chrono::{DateTime, Utc};
use itam_domain::format_instant;
use itam_event_log::{LogReader, Tenant};
use itam_proof::{Leaf, LedgerError, LedgerReader, Origin, SignedCheckpoint};
use itam_service_kit::{JournalEvent, JournalFilter, read_journal};
use itam_vault::TokenRecord;
use serde_json::json;

use super::period::Period;
use super::section::Section;
use super::written;
use crate::audit::place::PlaceArgs;
use crate::backend::open_tokens;
use crate::data_dir::DataDir;
use crate::failure::Failure;

/// How much of the journal is read at a time.
const PAGE: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");
/// How many checkpoints are read at a time.
const CHECKPOINTS: usize = 1_000;

/// What a log is called: by its tenant and its first message.
pub(super) async fn origin(log: &dyn LogReader, tenant: &Tenant) -> Result<String, Failure> {
    let page = log.read(1, NonZeroUsize::MIN).await.map_err(Failure::Log)?;
    let Some(first) = page.messages.first() else {
        return Ok("none: the log is empty".to_owned());
    };
    let leaf = Leaf { position: first.position, subject: first.subject.as_str(), body: &first.body };
    Ok(Origin::of_log(tenant.as_str(), leaf.hash()).as_str().to_owned())
}

fn journal_of(place: &PlaceArgs) -> Option<std::path::PathBuf> {
    let folder = DataDir::unchecked(&place.process.data).security_journal();
    folder.is_dir().then_some(folder)
}

fn filter(period: &Period, events: &[JournalEvent]) -> JournalFilter {
    JournalFilter {
        from: Some(period.from),
        to: Some(period.to),
        events: events.to_vec(),
        ..JournalFilter::default()
    }
}

/// The refusals in the journal, counted.
pub(super) fn refusals(place: &PlaceArgs, period: &Period) -> Result<Section, Failure> {
    let columns = &["code", "why", "action", "count"];
    let mut section = Section::new("refusals", "Refusals", columns).map_err(written)?;
    let Some(folder) = journal_of(place) else {
        "No security journal was given: there is none in the directory of --data."
            .clone_into(&mut section.note);
        return Ok(section);
    };
    "From the security journal of this data directory, as far back as it is kept."
        .clone_into(&mut section.note);
    let mut counts: BTreeMap<[String; 3], u64> = BTreeMap::new();
    let filter = filter(period, &[JournalEvent::Refused, JournalEvent::EntriesDropped]);
    let mut after = None;
    loop {
        let page = read_journal(&folder, &filter, after.as_deref(), PAGE).map_err(written)?;
        for entry in page.entries {
            let (code, count) = match entry.event {
                JournalEvent::EntriesDropped => ("entries-dropped".to_owned(), entry.count.unwrap_or(0)),
                _ => (entry.code.unwrap_or_default(), 1),
            };
            let key = [code, entry.reason.unwrap_or_default(), entry.action.unwrap_or_default()];
            *counts.entry(key).or_default() += count;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    for ([code, why, action], count) in counts {
        let row = json!({"code": code, "why": why, "action": action, "count": count});
        section.push(&row).map_err(written)?;
    }
    Ok(section)
}

/// Who was given rights, and from whom they were taken.
pub(super) async fn permission_changes(place: &PlaceArgs, period: &Period) -> Result<Section, Failure> {
    let columns = &["time", "change", "token", "role", "actor", "source"];
    let mut section =
        Section::new("permission_changes", "Changes of permissions", columns).map_err(written)?;
    let mut rows = Vec::new();
    let tokens = tokens(place).await?;
    for token in tokens.iter().flatten() {
        let mut note = |at: DateTime<Utc>, change: &str| {
            if (period.from..=period.to).contains(&at) {
                rows.push((
                    at,
                    change.to_owned(),
                    token.id.to_string(),
                    Some(token.role.clone()),
                    token.person_id.map(|person| person.to_string()),
                    "tokens",
                ));
            }
        };
        note(token.created_at, JournalEvent::TokenCreated.as_str());
        if let Some(at) = token.revoked_at {
            note(at, JournalEvent::TokenRevoked.as_str());
        }
    }
    if let Some(folder) = journal_of(place) {
        let filter = filter(period, &[JournalEvent::TokenCreated, JournalEvent::TokenRevoked]);
        let page = read_journal(&folder, &filter, None, NonZeroUsize::MAX).map_err(written)?;
        for entry in page.entries {
            rows.push((
                entry.at,
                entry.event.as_str().to_owned(),
                entry.token.unwrap_or_default(),
                entry.role,
                entry.actor,
                "journal",
            ));
        }
    }
    rows.sort();
    for (at, change, token, role, actor, source) in rows {
        section
            .push(&json!({"time": format_instant(at), "change": change, "token": token, "role": role,
                          "actor": actor, "source": source}))
            .map_err(written)?;
    }
    section.note = match tokens {
        Some(_) => {
            "A change that the tokens tell of and the journal does not was made elsewhere, or the journal is \
                    no longer kept so far back."
                .to_owned()
        }
        None => "No tokens were given.".to_owned(),
    };
    Ok(section)
}

async fn tokens(place: &PlaceArgs) -> Result<Option<Vec<TokenRecord>>, Failure> {
    if place.nats.nats.is_none() && !place.process.data.join("tokens.json").exists() {
        return Ok(None);
    }
    let tokens = open_tokens(&DataDir::unchecked(&place.process.data), &place.nats, place.tenant()).await?;
    tokens.list().await.map(Some).map_err(Failure::Vault)
}

/// The checkpoints of the period and the first that covers all of it, and what that one says.
pub(super) fn checkpoints(
    file: Option<&Path>,
    place: &PlaceArgs,
    period: &Period,
) -> Result<(Section, String), Failure> {
    let columns = &["size", "root", "made", "signed_by"];
    let mut section =
        Section::new("checkpoints", "Checkpoints and countersignatures", columns).map_err(written)?;
    let none = "No checkpoints were given.";
    let path = file.map_or_else(|| DataDir::unchecked(&place.process.data).ledger(), Path::to_path_buf);
    let ledger = match LedgerReader::open(&path) {
        Ok(ledger) => ledger,
        Err(LedgerError::NotBuilt(_)) if file.is_none() => {
            none.clone_into(&mut section.note);
            return Ok((section, "none was given".to_owned()));
        }
        Err(error) => return Err(unreadable(&path, error)),
    };
    "Signatures are shown as they are kept. `itam audit verify` checks them.".clone_into(&mut section.note);
    let mut covering = "none covers the end of the period".to_owned();
    let mut size = period.first;
    'all: loop {
        let kept = ledger.at_least(size, CHECKPOINTS).map_err(|error| unreadable(&path, error))?;
        let is_end = kept.len() < CHECKPOINTS;
        for kept in kept {
            let signed = SignedCheckpoint::parse(&kept.note).map_err(|error| unreadable(&path, error))?;
            let (checkpoint, root) = (signed.checkpoint(), signed.checkpoint().root.to_string());
            let signers: Vec<_> = kept.note.lines().filter_map(signer).collect();
            let made = format_instant(checkpoint.made_at);
            let row = json!({"size": kept.size, "root": root, "made": made, "signed_by": signers});
            section.push(&row).map_err(written)?;
            size = kept.size + 1;
            if kept.size >= period.last {
                covering = format!("size {}, root {root}", kept.size);
                break 'all;
            }
        }
        if is_end {
            break;
        }
    }
    Ok((section, covering))
}

/// The name in a signature line (C2SP signed-note).
fn signer(line: &str) -> Option<&str> {
    line.strip_prefix("\u{2014} ")?.split(' ').next()
}

fn unreadable(path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::File { path: path.to_owned(), source: io::Error::other(error) }
}
