//! `GET /v1/audits`, one of them, and what it found.

use axum::extract::{Path, State};
use axum::response::Response;
use itam_domain::vocabulary::AuditVerdict;
use itam_domain::{AuditCampaignId, LocationId};
use itam_read_model::{
    AuditCounts, AuditRecord, AuditStatus, Direction, FindingFilters, FindingRecord, ReadModelError, Stamp,
};
use itam_service_kit::{EntityTag, Problem, ProblemCode};
use serde::Serialize;

use crate::answer::{as_of, one};
use crate::csv_text::Column;
use crate::cursor::Place;
use crate::desk::QueryDesk;
use crate::endpoint::requisitions::direction;
use crate::inquiry::{Inquiry, not_found};
use crate::listing::{self, Listing, Run};
use crate::moment::{AtMoment, MOMENT};
use crate::parameters::{PAGING, read_id};
use crate::permission::Query;
use crate::row::campaign::{CAMPAIGN_COLUMNS, CampaignRow, FINDING_COLUMNS, FindingRow};
use crate::view::{View, read_problem};

/// The verdicts in the order in which they matter to whoever settles them.
const BY_URGENCY: [AuditVerdict; 4] =
    [AuditVerdict::Missing, AuditVerdict::FoundElsewhere, AuditVerdict::Unexpected, AuditVerdict::Found];

/// Audits by age, stage after stage.
struct CampaignListing {
    stages: Vec<Option<AuditStatus>>,
    direction: Direction,
}

impl Listing for CampaignListing {
    type Item = (AuditRecord, AuditCounts);

    const COLUMNS: &'static [Column] = CAMPAIGN_COLUMNS;

    fn run(&self, view: &View, from: &Place, limit: usize) -> Result<Run<Self::Item>, ReadModelError> {
        let (stage, cursor) = from.within(&self.stages)?;
        let page = view.snapshot.audits(*stage, self.direction, cursor, limit)?;
        Ok(Run::of_source(page, from.source, self.stages.len()))
    }

    fn row(&self, view: &View, (record, counts): &Self::Item) -> Result<impl Serialize, ReadModelError> {
        Ok(CampaignRow::new(view, record, counts))
    }
}

/// What an audit found, verdict after verdict: what is left to settle first.
struct FindingListing {
    campaign: AuditCampaignId,
    sources: Vec<FindingFilters>,
}

impl Listing for FindingListing {
    type Item = FindingRecord;

    const COLUMNS: &'static [Column] = FINDING_COLUMNS;

    fn run(&self, view: &View, from: &Place, limit: usize) -> Result<Run<FindingRecord>, ReadModelError> {
        let (filters, cursor) = from.within(&self.sources)?;
        let page = view.snapshot.findings(self.campaign, *filters, cursor, limit)?;
        Ok(Run::of_source(page, from.source, self.sources.len()))
    }

    fn row(&self, view: &View, record: &FindingRecord) -> Result<impl Serialize, ReadModelError> {
        FindingRow::new(view, record)
    }
}

/// Lists audits, the oldest first unless asked otherwise. Only of the present: some may be running.
pub(crate) async fn list(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::Campaigns)?;
    inquiry.parameters.allow(&[&["stage", "sort"], PAGING, MOMENT])?;
    let stages = inquiry.parameters.words("stage", AuditStatus::ALL, AuditStatus::as_str)?;
    let stages = if stages.is_empty() { vec![None] } else { stages.into_iter().map(Some).collect() };
    let listing = CampaignListing { stages, direction: direction(&inquiry)? };
    let view = desk.view(&inquiry).await?;
    if view.then.is_some() {
        return Err(as_of(not_kept("Lists of audits are of the present."), &view));
    }
    listing::answer(&desk, &inquiry, view, listing)
}

/// Shows one audit with what it counted. What had ended by a moment is as it was.
pub(crate) async fn show(
    State(desk): State<QueryDesk>,
    Path(id): Path<String>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    inquiry.require(Query::Campaigns)?;
    inquiry.parameters.allow(&[MOMENT])?;
    let id = AuditCampaignId(read_id("id", &id)?);
    let view = desk.view(&inquiry).await?;
    let (record, counts) = find(&view, id)?;
    // What is counted changes with every scan, which is no event of the campaign itself.
    let counted = counts.by_verdict.iter().flat_map(|(open, settled)| [open, settled]);
    let counted: Vec<String> = counted.map(ToString::to_string).collect();
    let tag = EntityTag::weak(format!("{}-{}", record.revision.version, counted.join("-")));
    let row = CampaignRow::new(&view, &record, &counts);
    one(&inquiry, &view, tag, &AtMoment { row: &row, moment: view.moment_row() })
}

/// Lists what an audit found.
pub(crate) async fn findings(
    State(desk): State<QueryDesk>,
    Path(id): Path<String>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    inquiry.require(Query::Campaigns)?;
    let parameters = &inquiry.parameters;
    parameters.allow(&[&["verdict", "status", "location_id"], PAGING, MOMENT])?;
    let campaign = AuditCampaignId(read_id("id", &id)?);
    let verdicts = parameters.words("verdict", AuditVerdict::ALL, AuditVerdict::as_str)?;
    let word = |is_resolved| if is_resolved { "settled" } else { "open" };
    let standing = parameters.word("status", &[false, true], word)?;
    let location = parameters.id("location_id", LocationId)?;
    let mut sources = Vec::new();
    for is_resolved in [false, true] {
        for verdict in BY_URGENCY {
            let is_wanted = verdicts.is_empty() || verdicts.contains(&verdict);
            if is_wanted && standing.is_none_or(|wanted| wanted == is_resolved) {
                sources.push(FindingFilters { verdict, is_resolved, location });
            }
        }
    }
    let view = desk.view(&inquiry).await?;
    find(&view, campaign)?;
    listing::answer(&desk, &inquiry, view, FindingListing { campaign, sources })
}

fn find(view: &View, id: AuditCampaignId) -> Result<(AuditRecord, AuditCounts), Problem> {
    let found = view.snapshot.audit(id).map_err(|error| read_problem(&error))?;
    let found = found.filter(|(record, _)| was_by(view, &record.revision.created));
    let (record, counts) = found.ok_or_else(|| as_of(not_found("audit", &id.to_string()), view))?;
    // Nothing happens to an audit after its end, which is the last of its own events.
    if view.then.is_none() || (record.ended.is_some() && was_by(view, &record.revision.changed)) {
        return Ok((record, counts));
    }
    Err(as_of(not_kept("This audit had not ended at that moment."), view))
}

/// Whether something had happened at the moment that the answer is about, and was known.
fn was_by(view: &View, stamp: &Stamp) -> bool {
    view.then
        .is_none_or(|then| stamp.effective_at <= then.moment.as_of && stamp.position <= then.moment.known_at)
}

fn not_kept(why: &str) -> Problem {
    let detail = format!(
        "{why} What an audit counts is kept as it is now and, for good, as it ended. All its events are kept, \
         scans and settlements included: GET /v1/audits/{{id}}/history. The register as it was, with its audits, is \
         built by itam audit replay."
    );
    Problem::new(ProblemCode::MomentNotKept, detail)
}
