//! `GET /v1/worklists/{name}`: the assets that somebody has to see to.

use std::ops::RangeInclusive;

use axum::extract::{Path, State};
use axum::response::Response;
use itam_domain::asset::Stage;
use itam_read_model::{AssetRecord, ReadModelError, RecordKind, Worklist};
use itam_service_kit::Problem;
use serde::Serialize;

use crate::csv_text::Columns;
use crate::cursor::PageStart;
use crate::desk::QueryDesk;
use crate::inquiry::{Inquiry, not_found};
use crate::listing::{self, ListRun, Listing};
use crate::moment::FutureMoment;
use crate::permission::Query;
use crate::query_parameter::{MOMENT, PAGING, ParameterValues, QueryParameter, TakenParameters};
use crate::row::asset::AssetRow;
use crate::view::AnswerView;

/// After how many days without being seen an asset is asked for, unless the request says.
const DEFAULT_UNVERIFIED_DAYS: u64 = 365;
/// The times that may be asked for, in days.
const TIMES: RangeInclusive<u64> = 0..=36_500;
/// What a worklist takes.
pub(crate) const WORKLIST: TakenParameters = &[
    PAGING,
    MOMENT,
    &[QueryParameter::new(
        "days",
        "Only for unverified: not seen for so many days.",
        ParameterValues::Number(TIMES, DEFAULT_UNVERIFIED_DAYS),
    )],
];

/// The columns of worklists of assets in CSV.
pub(crate) const WORKLIST_COLUMNS: Columns = Columns(
    "days id tag serial name state kind hardware_kind model_name location_name department_name \
         person_id=custodian/person custodian_name custody_since=custody/since due_back_on=custody/due_back_on \
         reserved_for_name=reservation/reserved_for_name reserved_until=reservation/until hold=holds/0/kind \
         maintenance_since=maintenance/since missing_since=loss/since verified_at",
);

/// An asset that somebody has to see to.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "WorklistItem"))]
pub(crate) struct WorklistRow<'a> {
    /// For how many days it is overdue, out, missing, waiting or unseen.
    days: i64,
    #[serde(flatten)]
    asset: AssetRow<'a>,
}

struct WorklistListing {
    worklist: Worklist,
    /// Only those that wait for at least so many days.
    least_days: i64,
}

impl Listing for WorklistListing {
    type Item = AssetRecord;

    const COLUMNS: Columns = WORKLIST_COLUMNS;

    fn run(
        &self,
        view: &AnswerView,
        from: &PageStart,
        limit: usize,
    ) -> Result<ListRun<AssetRecord>, ReadModelError> {
        let (worklist, cursor) = from.within(std::slice::from_ref(&self.worklist))?;
        let page = view.register().worklist(*worklist, cursor, limit)?;
        let found = page.items.len();
        let mut run = ListRun::of_page(page);
        // The longest waiting come first: behind the first that does not wait long enough, none does.
        run.items.retain(|record| days(*worklist, view, record) >= self.least_days);
        if run.items.len() < found {
            run.next = None;
        }
        Ok(run)
    }

    fn row(&self, view: &AnswerView, record: &AssetRecord) -> Result<impl Serialize, ReadModelError> {
        Ok(WorklistRow { days: days(self.worklist, view, record), asset: AssetRow::new(view, record)? })
    }
}

/// For how many days an asset is overdue, out, missing, waiting or unseen.
fn days(worklist: Worklist, view: &AnswerView, record: &AssetRecord) -> i64 {
    let since = match worklist {
        Worklist::OverdueReturns { .. } => {
            let Stage::Deployed(custody) = &record.asset.stage else {
                return 0;
            };
            return custody.due_back_on.map_or(0, |due| (view.today() - due).num_days());
        }
        Worklist::PendingAcceptances => record.custody_since,
        Worklist::InMaintenance => record.maintenance.as_ref().map(|maintenance| maintenance.since),
        Worklist::Missing => record.loss.as_ref().map(|loss| loss.since),
        Worklist::Reserved => record.reserved_since,
        Worklist::OnHold => record.holds.iter().map(|hold| hold.since).min(),
        Worklist::Unverified => Some(record.verified_at.unwrap_or(record.registered.effective_at)),
    };
    since.map_or(0, |since| view.days_since(since))
}

/// The worklists.
pub(crate) const NAMES: [&str; 7] =
    [OVERDUE_RETURNS, "pending-acceptances", "in-maintenance", "missing", "reserved", "on-hold", UNVERIFIED];
const OVERDUE_RETURNS: &str = "overdue-returns";
const UNVERIFIED: &str = "unverified";

/// Lists a worklist: what waits longest comes first. What will be overdue on a day to come is
/// known today.
pub(crate) async fn list(
    State(desk): State<QueryDesk>,
    Path(name): Path<String>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    inquiry.require(Query::Worklists)?;
    if !NAMES.contains(&name.as_str()) {
        let of_records = RecordKind::worklists().map(|(_, worklist)| worklist.name);
        let names: Vec<&str> = NAMES.into_iter().chain(of_records).collect();
        return Err(not_found("worklist", &name).with("worklists", names));
    }
    let is_unverified = name == UNVERIFIED;
    inquiry.parameters.allow(if is_unverified { WORKLIST } else { &[PAGING, MOMENT] })?;
    let days = inquiry.parameters.number("days", TIMES)?;
    let least_days = if is_unverified { days.unwrap_or(DEFAULT_UNVERIFIED_DAYS) } else { 0 };
    let future = if name == OVERDUE_RETURNS { FutureMoment::Foreseen } else { FutureMoment::Refused };
    let view = desk.view_into(&inquiry, future).await?;
    let worklist = match name.as_str() {
        OVERDUE_RETURNS => Worklist::OverdueReturns { before: view.today() },
        "pending-acceptances" => Worklist::PendingAcceptances,
        "in-maintenance" => Worklist::InMaintenance,
        "missing" => Worklist::Missing,
        "reserved" => Worklist::Reserved,
        "on-hold" => Worklist::OnHold,
        _ => Worklist::Unverified,
    };
    let listing = WorklistListing { worklist, least_days: i64::try_from(least_days).unwrap_or(i64::MAX) };
    listing::answer(&desk, &inquiry, view, listing)
}
