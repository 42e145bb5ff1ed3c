//! A requisition as it is shown.

use std::collections::BTreeMap;

use itam_domain::requisition::RequisitionLine;
use itam_domain::{AggregateKind, Note, PersonId, PurchaseOrderId, RequisitionId};
use itam_read_model::{ReadModelError, RequisitionRecord, RequisitionStatus};
use serde::Serialize;

use crate::csv_text::Columns;
use crate::names::ShownName;
use crate::row::instant::{Instant, RevisionRow};
use crate::view::AnswerView;

/// The columns of requisitions in CSV.
pub(crate) const REQUISITION_COLUMNS: Columns = Columns(
    "id stage age_days requester requester_name requested_for justification submitted=created/effective_time \
     lines version",
);

/// A requisition.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "Requisition"))]
pub(crate) struct RequisitionRow<'a> {
    /// Its id.
    id: RequisitionId,
    /// How far it is, ordering and delivery included.
    stage: RequisitionStatus,
    /// How many days ago it was submitted.
    #[cfg_attr(feature = "schemars", schemars(range(min = 0)))]
    age_days: i64,
    /// Who submitted it.
    requester: &'a str,
    /// Her name.
    #[serde(skip_serializing_if = "Option::is_none")]
    requester_name: Option<ShownName>,
    /// For whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_for: Option<PersonId>,
    /// Her name.
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_for_name: Option<ShownName>,
    /// Why it is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<&'a Note>,
    /// What is asked for.
    lines: Vec<RequisitionLineRow<'a>>,
    /// How it was settled, if it was approved, rejected or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    settlement: Option<RequisitionSettlementRow<'a>>,
    #[serde(flatten)]
    revision: RevisionRow,
}

/// A line of a requisition.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct RequisitionLineRow<'a> {
    /// Its number, from 1.
    line: u32,
    #[serde(flatten)]
    submitted: &'a RequisitionLine,
    /// The model's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    model_name: Option<ShownName>,
    /// How many pieces are ordered.
    ordered: u32,
    /// How many pieces arrived.
    received: u32,
    /// How many pieces each purchase order takes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    ordered_by: &'a BTreeMap<PurchaseOrderId, u32>,
}

/// How a requisition was settled.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct RequisitionSettlementRow<'a> {
    /// Who settled it.
    actor: &'a str,
    /// Her name.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_name: Option<ShownName>,
    /// When.
    effective_time: Instant,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> RequisitionRow<'a> {
    pub(crate) fn new(view: &AnswerView, record: &'a RequisitionRecord) -> Result<Self, ReadModelError> {
        let requisition = &record.requisition;
        let mut lines = Vec::with_capacity(requisition.lines.len());
        for (number, progress) in &requisition.lines {
            let model = progress.line.model_id.map(|id| id.0);
            lines.push(RequisitionLineRow {
                line: *number,
                submitted: &progress.line,
                model_name: view.name_if(AggregateKind::AssetModel, model)?,
                ordered: progress.total_ordered(),
                received: record.received.get(number).copied().unwrap_or(0),
                ordered_by: &progress.ordered,
            });
        }
        Ok(Self {
            id: requisition.id,
            stage: record.status(),
            age_days: view.days_since(record.revision.created.effective_at),
            requester: &requisition.requester,
            requester_name: view.actor_name(&requisition.requester),
            requested_for: requisition.requested_for,
            requested_for_name: requisition.requested_for.and_then(|id| view.person_name(id)),
            justification: requisition.justification.as_ref(),
            lines,
            settlement: record.settlement.as_ref().map(|settlement| RequisitionSettlementRow {
                actor: &settlement.actor,
                actor_name: view.actor_name(&settlement.actor),
                effective_time: Instant(settlement.at),
                reason: settlement.reason.as_deref(),
            }),
            revision: record.revision.into(),
        })
    }
}
