//! How a thing is found that a command touches and does not name.

use crate::aggregate::{Aggregate, AggregateKind, AggregateRef};
use crate::asset::Custodian;
use crate::audit_finding::{FindingName, FindingSubject};
use crate::ids::AssetId;
use crate::unique_label::UniqueLabel;
use crate::world::World;

/// A way from what a decision has loaded to what it loads next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadPath {
    /// From a label to the asset that bears it.
    Bearer(UniqueLabel),
    /// From a label to what an audit found about whatever bears it, or about the label itself.
    Finding(FindingName),
    /// From what an audit found to the asset that it is about.
    FoundAsset,
    /// From an asset to the one in whose custody it is.
    Carrier,
    /// From an asset to those that were ever put into it.
    Parts,
    /// From an asset to the order that it was delivered for.
    OrderOfAsset,
    /// From an order to the requisitions that its lines refer to.
    RequisitionsOfOrder,
    /// From a requisition to the projects that its lines are charged to.
    ProjectsOfRequisition,
    /// From an order to the models of its lines.
    ModelsOfOrder,
    /// From a person to where she usually is.
    PlaceOfPerson,
    /// From a thing to the one of the same sort that it is part of.
    Parent(AggregateKind),
}

impl LoadPath {
    /// The sort of thing at its end.
    #[must_use]
    pub fn kind(&self) -> AggregateKind {
        match self {
            Self::Bearer(_) | Self::FoundAsset | Self::Carrier | Self::Parts => AggregateKind::Asset,
            Self::Finding(_) => AggregateKind::AuditFinding,
            Self::OrderOfAsset => AggregateKind::PurchaseOrder,
            Self::RequisitionsOfOrder => AggregateKind::Requisition,
            Self::ProjectsOfRequisition => AggregateKind::Project,
            Self::ModelsOfOrder => AggregateKind::AssetModel,
            Self::PlaceOfPerson => AggregateKind::Location,
            Self::Parent(kind) => *kind,
        }
    }

    /// The unique label that leads along it, if one does.
    #[must_use]
    pub fn label(&self) -> Option<UniqueLabel> {
        match self {
            Self::Bearer(label) => Some(label.clone()),
            Self::Finding(name) => name.scan.label(),
            Self::FoundAsset
            | Self::Carrier
            | Self::Parts
            | Self::OrderOfAsset
            | Self::RequisitionsOfOrder
            | Self::ProjectsOfRequisition
            | Self::ModelsOfOrder
            | Self::PlaceOfPerson
            | Self::Parent(_) => None,
        }
    }

    /// Whether so much happens to what it leads to that nobody could wait for all of it.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        matches!(self, Self::Carrier | Self::Parts)
    }

    /// Whether it leads to `end` from something that was shown.
    pub(super) fn leads_to(&self, end: AggregateRef, world: &World) -> bool {
        match self {
            Self::Bearer(label) => {
                world.known_bearer(label) == Some(end.id) && end.kind == AggregateKind::Asset
            }
            Self::Finding(name) => {
                let holder = name.scan.label().and_then(|label| world.known_bearer(&label));
                name.aggregate(holder) == end
            }
            Self::Parts => end.kind == AggregateKind::Asset && world.was_put_in(AssetId(end.id)),
            Self::FoundAsset
            | Self::Carrier
            | Self::OrderOfAsset
            | Self::RequisitionsOfOrder
            | Self::ProjectsOfRequisition
            | Self::ModelsOfOrder
            | Self::PlaceOfPerson
            | Self::Parent(_) => world.states().any(|state| self.next(state).contains(&end)),
        }
    }

    /// The things to which it leads from one that was shown.
    fn next(&self, from: &Aggregate) -> Vec<AggregateRef> {
        match (self, from) {
            (Self::FoundAsset, Aggregate::AuditFinding(finding)) => match &finding.subject {
                FindingSubject::Asset(id) => vec![(*id).into()],
                FindingSubject::Tag(_) | FindingSubject::Serial(_) => Vec::new(),
            },
            (Self::Carrier, Aggregate::Asset(asset)) => match asset.custodian() {
                Some(Custodian::Asset(carrier)) => vec![carrier.into()],
                _ => Vec::new(),
            },
            (Self::OrderOfAsset, Aggregate::Asset(asset)) => {
                asset.order_line().map(|line| line.purchase_order_id.into()).into_iter().collect()
            }
            (Self::RequisitionsOfOrder, Aggregate::PurchaseOrder(order)) => {
                let lines = order.lines.values().filter_map(|progress| progress.line.requisition_line);
                lines.map(|line| line.requisition_id.into()).collect()
            }
            (Self::ProjectsOfRequisition, Aggregate::Requisition(requisition)) => {
                let projects = requisition.lines.values().filter_map(|progress| progress.line.project_id);
                projects.map(Into::into).collect()
            }
            (Self::ModelsOfOrder, Aggregate::PurchaseOrder(order)) => {
                order.lines.values().map(|progress| progress.line.model_id.into()).collect()
            }
            (Self::PlaceOfPerson, Aggregate::Person(person)) => {
                person.location_id.map(Into::into).into_iter().collect()
            }
            (Self::Parent(kind), state) => state
                .parent()
                .map(|(parent, _)| parent)
                .filter(|parent| parent.kind == *kind)
                .into_iter()
                .collect(),
            _ => Vec::new(),
        }
    }
}
