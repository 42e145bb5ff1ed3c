//! What a report takes from beside the log: the security journal and the tokens.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use chrono::{DateTime, Utc};
use itam_domain::format_instant;
use itam_event_log::{LogReader, Tenant};
use itam_proof::Origin;
use itam_service_kit::{JournalEvent, JournalFilter, read_journal};
use itam_vault::TokenRecord;
use serde_json::json;

use super::period::Period;
use super::section::Section;
use super::written;
use crate::audit::leaves::leaf_of;
use crate::audit::place::PlaceArgs;
use crate::backend::open_tokens;
use crate::data_dir::DataDir;
use crate::failure::Failure;

/// How much of the journal is read at a time.
const PAGE: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");

/// What a log is called: by its tenant and its first message.
pub(super) async fn origin(log: &dyn LogReader, tenant: &Tenant) -> Result<String, Failure> {
    let page = log.read(1, NonZeroUsize::MIN).await.map_err(Failure::Log)?;
    let empty = || Failure::Usage("the log is empty".to_owned());
    let first = page.messages.first().ok_or_else(empty)?;
    Ok(Origin::of_log(tenant.as_str(), leaf_of(first).hash()).as_str().to_owned())
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
    let columns = &["time", "change", "token", "role", "person", "actor", "source"];
    let mut section =
        Section::new("permission_changes", "Changes of permissions", columns).map_err(written)?;
    let mut rows = Vec::new();
    let tokens = tokens(place).await?;
    for token in tokens.iter().flatten() {
        let mut note = |at: DateTime<Utc>, change: &str, by: Option<&String>| {
            if (period.from..=period.to).contains(&at) {
                rows.push((
                    at,
                    change.to_owned(),
                    token.id.to_string(),
                    Some(token.role.clone()),
                    token.person_id.map(|person| person.to_string()),
                    by.cloned(),
                    "tokens",
                ));
            }
        };
        note(token.created_at, JournalEvent::TokenCreated.as_str(), token.created_by.as_ref());
        if let Some(at) = token.revoked_at {
            note(at, JournalEvent::TokenRevoked.as_str(), None);
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
                entry.person,
                entry.actor,
                "journal",
            ));
        }
    }
    rows.sort();
    for (at, change, token, role, person, actor, source) in rows {
        section
            .push(&json!({"time": format_instant(at), "change": change, "token": token, "role": role,
                          "person": person, "actor": actor, "source": source}))
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

/// The tokens, if there are any where the report looks.
pub(super) async fn tokens(place: &PlaceArgs) -> Result<Option<Vec<TokenRecord>>, Failure> {
    if place.nats.nats.is_none() && !place.process.data.join("tokens.json").exists() {
        return Ok(None);
    }
    let tokens = open_tokens(&DataDir::unchecked(&place.process.data), &place.nats, place.tenant()).await?;
    tokens.list().await.map(Some).map_err(Failure::Vault)
}
