//! What is taken and answered, described for the contracts: query parameters, the JSON Schemas of rows, and the columns
//! of their lists.

use itam_service_kit::csv_text::Columns;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::endpoint::status::Status;
use crate::endpoint::worklist::{WORKLIST_COLUMNS, WorklistRow};
use crate::moment::{AtMoment, MomentRow};
use crate::row::asset::{ASSET_COLUMNS, AssetRow};
use crate::row::campaign::{CAMPAIGN_COLUMNS, CampaignRow, FINDING_COLUMNS, FindingRow};
use crate::row::difference::DifferenceRow;
use crate::row::open_line::{OPEN_LINE_COLUMNS, OpenLineRow};
use crate::row::order::{ORDER_COLUMNS, OrderRow};
use crate::row::person::{PERSON_COLUMNS, PersonRow};
use crate::row::requisition::{REQUISITION_COLUMNS, RequisitionRow};
use crate::row::summary::SummaryRow;
use crate::row::worklist_length::WorklistsRow;
use crate::stored_event::{EVENT_COLUMNS, EventRow};

/// The query parameters that the operations take.
pub mod taken {
    use itam_domain::AggregateKind;
    use itam_read_model::{Projection, RecordKind};

    use crate::endpoint::{
        assets, campaigns, diff, events, history, holdings, live, projection, proofs, summary, worklist,
        worklists,
    };
    use crate::query_parameter::{EVERYWHERE, MOMENT, ONE, QueryParameter};
    use crate::record_filters;

    /// By every query of the read model.
    #[must_use]
    pub fn everywhere() -> Vec<QueryParameter> {
        EVERYWHERE.to_vec()
    }

    /// By every query of a moment.
    #[must_use]
    pub fn moment() -> Vec<QueryParameter> {
        MOMENT.to_vec()
    }

    /// By what shows one thing, or a total of a projection.
    #[must_use]
    pub fn one() -> Vec<QueryParameter> {
        ONE.concat()
    }

    /// By the list of assets.
    #[must_use]
    pub fn assets() -> Vec<QueryParameter> {
        assets::LIST.concat()
    }

    /// By the list of the assets of something.
    #[must_use]
    pub fn holdings(holder: AggregateKind) -> Vec<QueryParameter> {
        holdings::parameters_of(holder)
    }

    /// By the summary of the inventory.
    #[must_use]
    pub fn summary() -> Vec<QueryParameter> {
        summary::parameters()
    }

    /// By the worklists of assets, of which the names are given.
    #[must_use]
    pub fn worklist() -> (Vec<&'static str>, Vec<QueryParameter>) {
        (worklist::NAMES.to_vec(), worklist::WORKLIST.concat())
    }

    /// By the overview of all worklists.
    #[must_use]
    pub fn worklists() -> Vec<QueryParameter> {
        worklists::WORKLISTS.concat()
    }

    /// By a list of records.
    #[must_use]
    pub fn records(kind: &'static RecordKind) -> Vec<QueryParameter> {
        record_filters::list_parameters(kind)
    }

    /// By a worklist of records.
    #[must_use]
    pub fn record_worklist(kind: &RecordKind) -> Vec<QueryParameter> {
        record_filters::worklist_parameters(kind)
    }

    /// By the totals of a kind.
    #[must_use]
    pub fn totals(kind: &'static RecordKind) -> Vec<QueryParameter> {
        record_filters::totals_parameters(kind)
    }

    /// By the findings of an audit.
    #[must_use]
    pub fn findings() -> Vec<QueryParameter> {
        campaigns::FINDINGS.concat()
    }

    /// By a history.
    #[must_use]
    pub fn history() -> Vec<QueryParameter> {
        history::PARAMETERS.concat()
    }

    /// By the list of differences.
    #[must_use]
    pub fn differences() -> Vec<QueryParameter> {
        diff::DIFFERENCES.concat()
    }

    /// By the list of a projection's assets.
    #[must_use]
    pub fn projected(projection: Projection) -> Vec<QueryParameter> {
        projection::list_parameters(projection)
    }

    /// By a projection's worklist.
    #[must_use]
    pub fn projected_worklist() -> Vec<QueryParameter> {
        projection::WORKLIST.concat()
    }

    /// By the export of the log.
    #[must_use]
    pub fn events() -> Vec<QueryParameter> {
        events::EXPORT.concat()
    }

    /// By the live stream.
    #[must_use]
    pub fn live() -> Vec<QueryParameter> {
        live::FOLLOW.concat()
    }

    /// By checkpoints and evidence.
    #[must_use]
    pub fn checkpoint() -> Vec<QueryParameter> {
        proofs::checkpoint::SIZE.to_vec()
    }

    /// By proofs of inclusion.
    #[must_use]
    pub fn inclusion() -> Vec<QueryParameter> {
        proofs::proof::INCLUSION.concat()
    }

    /// By proofs of consistency.
    #[must_use]
    pub fn consistency() -> Vec<QueryParameter> {
        proofs::proof::CONSISTENCY.concat()
    }

    /// By the sealed export.
    #[must_use]
    pub fn sealed_export() -> Vec<QueryParameter> {
        proofs::export::EXPORT.concat()
    }
}

/// The schema of every row, and the columns of its list if it has some, but for master data, whose tables describe it.
#[must_use]
pub fn rows(generator: &SchemaGenerator) -> Vec<(Schema, Columns)> {
    let alone = Columns("");
    vec![
        (schema::<AssetRow<'_>>(generator), ASSET_COLUMNS),
        (schema::<WorklistRow<'_>>(generator), WORKLIST_COLUMNS),
        (schema::<PersonRow>(generator), PERSON_COLUMNS),
        (schema::<RequisitionRow<'_>>(generator), REQUISITION_COLUMNS),
        (schema::<OrderRow<'_>>(generator), ORDER_COLUMNS),
        (schema::<OpenLineRow<'_>>(generator), OPEN_LINE_COLUMNS),
        (schema::<CampaignRow<'_>>(generator), CAMPAIGN_COLUMNS),
        (schema::<FindingRow<'_>>(generator), FINDING_COLUMNS),
        (schema::<EventRow<'_>>(generator), EVENT_COLUMNS),
        (schema::<DifferenceRow<'_>>(generator), alone),
        (schema::<AtMoment<'_, SummaryRow>>(generator), alone),
        (schema::<AtMoment<'_, WorklistsRow>>(generator), alone),
        (schema::<MomentRow>(generator), alone),
        (schema::<Status<'_>>(generator), alone),
    ]
}

fn schema<R: JsonSchema>(generator: &SchemaGenerator) -> Schema {
    generator.clone().into_root_schema_for::<R>()
}
