//! A requisition as it is shown.

use std::collections::BTreeMap;

use itam_domain::requisition::RequisitionLine;
use itam_domain::{AggregateKind, Note, PersonId, PurchaseOrderId, RequisitionId};
use itam_read_model::{ReadModelError, RequisitionRecord};
use serde::Serialize;

use crate::csv_text::Column;
use crate::names::Name;
use crate::row::instant::{Instant, RevisionRow};
use crate::view::View;

/// The columns of requisitions in CSV.
pub(crate) const REQUISITION_COLUMNS: &[Column] = &[
    ("id", "/id"),
    ("stage", "/stage"),
    ("age_days", "/age_days"),
    ("requester", "/requester"),
    ("requester_name", "/requester_name"),
    ("requested_for", "/requested_for"),
    ("justification", "/justification"),
    ("submitted", "/created/effective_time"),
    ("lines", "/lines"),
    ("version", "/version"),
];

/// A requisition as it is shown.
#[derive(Serialize)]
pub(crate) struct RequisitionRow<'a> {
    id: RequisitionId,
    stage: &'static str,
    age_days: i64,
    requester: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    requester_name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_for: Option<PersonId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_for_name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<&'a Note>,
    lines: Vec<LineRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settlement: Option<SettlementRow<'a>>,
    #[serde(flatten)]
    revision: RevisionRow,
}

#[derive(Serialize)]
struct LineRow<'a> {
    line: u32,
    #[serde(flatten)]
    submitted: &'a RequisitionLine,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_name: Option<Name>,
    ordered: u32,
    received: u32,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    ordered_by: &'a BTreeMap<PurchaseOrderId, u32>,
}

#[derive(Serialize)]
struct SettlementRow<'a> {
    actor: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_name: Option<Name>,
    effective_time: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> RequisitionRow<'a> {
    pub(crate) fn new(view: &View, record: &'a RequisitionRecord) -> Result<Self, ReadModelError> {
        let requisition = &record.requisition;
        let mut lines = Vec::with_capacity(requisition.lines.len());
        for (number, progress) in &requisition.lines {
            let model = progress.line.model_id.map(|id| id.0);
            lines.push(LineRow {
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
            stage: record.status().as_str(),
            age_days: view.days_since(record.revision.created.effective_at),
            requester: &requisition.requester,
            requester_name: view.actor_name(&requisition.requester),
            requested_for: record.requisition.requested_for,
            requested_for_name: record.requisition.requested_for.and_then(|id| view.person_name(id)),
            justification: record.justification.as_ref(),
            lines,
            settlement: record.settlement.as_ref().map(|settlement| SettlementRow {
                actor: &settlement.actor,
                actor_name: view.actor_name(&settlement.actor),
                effective_time: Instant(settlement.at),
                reason: settlement.reason.as_deref(),
            }),
            revision: record.revision.into(),
        })
    }
}
