//! `GET /v1/audits`, one of them, and what it found.

use axum::extract::{Path, State};
use axum::response::Response;
use itam_domain::vocabulary::AuditVerdict;
use itam_domain::{AuditCampaignId, LocationId};
use itam_read_model::{AuditRecord, FindingFilters, FindingRecord, ReadModelError};
use itam_service_kit::{EntityTag, Problem};
use serde::Serialize;

use crate::answer::{as_of, one};
use crate::csv_text::Columns;
use crate::cursor::PageStart;
use crate::desk::QueryDesk;
use crate::inquiry::{Inquiry, not_found};
use crate::listing::{self, ListRun, Listing};
use crate::moment::AtMoment;
use crate::parameters::read_id;
use crate::permission::Query;
use crate::query_parameter::{MOMENT, ONE, PAGING, ParameterValues, QueryParameter, TakenParameters, Words};
use crate::read_problem::read_problem;
use crate::record_listing::RecordTable;
use crate::row::campaign::{CAMPAIGN_COLUMNS, CampaignRow, FINDING_COLUMNS, FindingRow};
use crate::view::{AnswerView, off_thread};

/// The verdicts in the order in which they matter to whoever settles them.
const BY_URGENCY: [AuditVerdict; 4] =
    [AuditVerdict::Missing, AuditVerdict::FoundElsewhere, AuditVerdict::Unexpected, AuditVerdict::Found];

/// What the findings of an audit are listed by.
pub(crate) const FINDINGS: TakenParameters = &[
    &[
        QueryParameter::words("verdict", AuditVerdict::words),
        QueryParameter::new(
            "status",
            "Only those that are left to settle, or only the others.",
            ParameterValues::Word(Words::These(&STANDINGS)),
        ),
        QueryParameter::new(
            "location_id",
            "Only what was seen here or, if it was not seen, expected here.",
            ParameterValues::Id,
        ),
    ],
    PAGING,
    MOMENT,
];
const STANDINGS: [&str; 2] = ["open", "settled"];

/// Audits, each with what it counted.
pub(crate) struct CampaignTable;

impl RecordTable for CampaignTable {
    type Record = AuditRecord;

    const QUERY: Query = Query::Campaigns;
    const COLUMNS: Columns = CAMPAIGN_COLUMNS;

    fn row(view: &AnswerView, record: &AuditRecord) -> Result<impl Serialize, ReadModelError> {
        Ok(CampaignRow::new(view, record, &view.register().audit_counts(record)?))
    }
}

/// What an audit found, verdict after verdict: what is left to settle first.
struct FindingListing {
    campaign: AuditCampaignId,
    sources: Vec<FindingFilters>,
}

impl Listing for FindingListing {
    type Item = FindingRecord;

    const COLUMNS: Columns = FINDING_COLUMNS;

    fn run(
        &self,
        view: &AnswerView,
        from: &PageStart,
        limit: usize,
    ) -> Result<ListRun<FindingRecord>, ReadModelError> {
        let (filters, cursor) = from.within(&self.sources)?;
        let page = view.register().findings(self.campaign, *filters, cursor, limit)?;
        Ok(ListRun::of_source(page, from.source, self.sources.len()))
    }

    fn row(&self, view: &AnswerView, record: &FindingRecord) -> Result<impl Serialize, ReadModelError> {
        FindingRow::new(view, record)
    }
}

/// Shows one audit with what it counted.
pub(crate) async fn show(
    State(desk): State<QueryDesk>,
    Path(id): Path<String>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    inquiry.require(Query::Campaigns)?;
    inquiry.parameters.allow(ONE)?;
    let id = AuditCampaignId(read_id("id", &id)?);
    let view = desk.view(&inquiry).await?;
    let (view, found) = off_thread(view, move |view| view.register().audit(id)).await?;
    let (record, counts) = found.ok_or_else(|| unknown(&view, id))?;
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
    parameters.allow(FINDINGS)?;
    let campaign = AuditCampaignId(read_id("id", &id)?);
    let verdicts = parameters.words("verdict", AuditVerdict::ALL, AuditVerdict::as_str)?;
    let standing =
        parameters.word("status", &[false, true], |is_resolved| STANDINGS[usize::from(is_resolved)])?;
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
    let known = view.register().knows_audit(campaign).map_err(|error| read_problem(&error))?;
    if !known {
        return Err(unknown(&view, campaign));
    }
    listing::answer(&desk, &inquiry, view, FindingListing { campaign, sources })
}

fn unknown(view: &AnswerView, id: AuditCampaignId) -> Problem {
    as_of(not_found("audit", &id.to_string()), view)
}
