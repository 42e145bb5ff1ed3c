//! What is answered, described for the contracts: the JSON Schemas of rows, and the columns of their lists.

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
use crate::stored_event::{EVENT_COLUMNS, EventRow};

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
        (schema::<MomentRow>(generator), alone),
        (schema::<Status<'_>>(generator), alone),
    ]
}

fn schema<R: JsonSchema>(generator: &SchemaGenerator) -> Schema {
    generator.clone().into_root_schema_for::<R>()
}
