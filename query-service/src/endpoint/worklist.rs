//! `GET /v1/worklists/{name}`: the assets that somebody has to see to.

use std::ops::RangeInclusive;

use axum::extract::{Path, State};
use axum::response::Response;
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
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
/// Within how many days what ends is shown, unless the request says.
const DEFAULT_AHEAD_DAYS: u64 = 90;
/// The times that may be asked for, in days.
const TIMES: RangeInclusive<u64> = 0..=36_500;
/// What a worklist takes.
pub(crate) const WORKLIST: TakenParameters = &[
    PAGING,
    MOMENT,
    &[QueryParameter::new(
        "days",
        "Only for unverified: not seen for so many days; and for warranty-ending and end-of-life, by default 90: ending \
         within so many days.",
        ParameterValues::Number(TIMES, DEFAULT_UNVERIFIED_DAYS),
    )],
];

/// The columns of worklists of assets in CSV.
pub(crate) const WORKLIST_COLUMNS: Columns = Columns(
    "days id tag serial name state kind hardware_kind model_name location_name department_name \
         person_id=custodian/person custodian_name custody_since=custody/since due_back_on=custody/due_back_on \
         reserved_for_name=reservation/reserved_for_name reserved_until=reservation/until hold=holds/0/kind \
         maintenance_since=maintenance/since missing_since=loss/since verified_at warranty_until end_of_life_on",
);

/// An asset that somebody has to see to.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "WorklistItem"))]
pub(crate) struct WorklistRow<'a> {
    /// For how many days it is overdue, out, missing, waiting or unseen; of what ends, in how many days it does.
    days: i64,
    #[serde(flatten)]
    asset: AssetRow<'a>,
}

struct WorklistListing {
    worklist: Worklist,
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
        Ok(ListRun::of_page(page))
    }

    fn row(&self, view: &AnswerView, record: &AssetRecord) -> Result<impl Serialize, ReadModelError> {
        Ok(WorklistRow { days: days(self.worklist, view, record), asset: AssetRow::new(view, record)? })
    }
}

/// For how many days an asset is overdue, out, missing, waiting or unseen; of what ends, in how many days it does.
pub(crate) fn days(worklist: Worklist, view: &AnswerView, record: &AssetRecord) -> i64 {
    let since = match worklist {
        Worklist::OverdueReturns { .. } => {
            let Stage::Deployed(custody) = &record.asset.stage else {
                return 0;
            };
            return custody.due_back_on.map_or(0, |due| (view.today() - due).num_days());
        }
        Worklist::WarrantyEnding { .. } => return days_until(view, record.asset.facts.warranty_until),
        Worklist::EndOfLife { .. } => return days_until(view, record.asset.facts.end_of_life_on),
        Worklist::PendingAcceptances | Worklist::DeclinedCustody => record.custody_since,
        Worklist::InMaintenance => record.maintenance.as_ref().map(|maintenance| maintenance.since),
        Worklist::Missing => record.loss.as_ref().map(|loss| loss.since),
        Worklist::Reserved => record.reserved_since,
        Worklist::OnHold => record.holds.iter().map(|hold| hold.since).min(),
        Worklist::Unverified { .. } => Some(record.verified_at.unwrap_or(record.registered.effective_at)),
        Worklist::NeverVerified => Some(record.registered.effective_at),
    };
    since.map_or(0, |since| view.days_since(since))
}

fn days_until(view: &AnswerView, day: Option<NaiveDate>) -> i64 {
    day.map_or(0, |day| (day - view.today()).num_days())
}

/// The worklists.
pub(crate) const NAMES: [&str; 11] = [
    OVERDUE_RETURNS,
    "pending-acceptances",
    "declined-custody",
    "in-maintenance",
    "missing",
    "reserved",
    "on-hold",
    UNVERIFIED,
    "never-verified",
    WARRANTY_ENDING,
    END_OF_LIFE,
];
const OVERDUE_RETURNS: &str = "overdue-returns";
const UNVERIFIED: &str = "unverified";
const WARRANTY_ENDING: &str = "warranty-ending";
const END_OF_LIFE: &str = "end-of-life";

/// The worklist of a name of [`NAMES`], for what waits or ends in so many days.
pub(crate) fn worklist_of(name: &str, days: Option<u64>, view: &AnswerView) -> Worklist {
    let today = view.today();
    let ahead = Days::new(days.unwrap_or(DEFAULT_AHEAD_DAYS).saturating_add(1));
    let before = today.checked_add_days(ahead).unwrap_or(NaiveDate::MAX);
    match name {
        OVERDUE_RETURNS => Worklist::OverdueReturns { before: today },
        "pending-acceptances" => Worklist::PendingAcceptances,
        "declined-custody" => Worklist::DeclinedCustody,
        "in-maintenance" => Worklist::InMaintenance,
        "missing" => Worklist::Missing,
        "reserved" => Worklist::Reserved,
        "on-hold" => Worklist::OnHold,
        "never-verified" => Worklist::NeverVerified,
        WARRANTY_ENDING => Worklist::WarrantyEnding { from: today, before },
        END_OF_LIFE => Worklist::EndOfLife { before },
        _ => {
            let days = i64::try_from(days.unwrap_or(DEFAULT_UNVERIFIED_DAYS)).unwrap_or(i64::MAX);
            let since = TimeDelta::try_days(days).and_then(|span| view.now().checked_sub_signed(span));
            Worklist::Unverified { until: since.unwrap_or(DateTime::<Utc>::MIN_UTC) }
        }
    }
}

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
    let ends = [WARRANTY_ENDING, END_OF_LIFE].contains(&name.as_str());
    inquiry.parameters.allow(if ends || name == UNVERIFIED { WORKLIST } else { &[PAGING, MOMENT] })?;
    let days = inquiry.parameters.number("days", TIMES)?;
    let is_foreseen = ends || name == OVERDUE_RETURNS;
    let future = if is_foreseen { FutureMoment::Foreseen } else { FutureMoment::Refused };
    let view = desk.view_into(&inquiry, future).await?;
    let worklist = worklist_of(&name, days, &view);
    listing::answer(&desk, &inquiry, view, WorklistListing { worklist })
}
