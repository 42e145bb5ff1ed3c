//! The records of everything but assets: what lists and pages of master data and procurement show.

use std::collections::BTreeMap;

use itam_domain::asset_model::AssetModel;
use itam_domain::department::Department;
use itam_domain::location::Location;
use itam_domain::person::Person;
use itam_domain::project::Project;
use itam_domain::purchase_order::{OrderStage, PurchaseOrder};
use itam_domain::requisition::{Requisition, RequisitionStage};
use itam_domain::vendor::Vendor;
use itam_domain::{Aggregate, AggregateKind, AnyDefinition};

use crate::kinds::audit::record::AuditRecord;
use crate::kinds::revision::{Revised, Revision, Settlement};

/// A model.
pub type ModelRecord = Revised<AssetModel>;
/// A location.
pub type LocationRecord = Revised<Location>;
/// A vendor.
pub type VendorRecord = Revised<Vendor>;
/// A department.
pub type DepartmentRecord = Revised<Department>;
/// A project.
pub type ProjectRecord = Revised<Project>;
/// A person, without a word of who she is: names are in the vault.
pub type PersonRecord = Revised<Person>;

/// A requisition as its page shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct RequisitionRecord {
    /// What the domain knows of it: requester, justification, stage, lines and who ordered them.
    pub requisition: Requisition,
    /// Pieces that arrived, by line.
    pub received: BTreeMap<u32, u32>,
    /// How it was decided, if it was.
    pub settlement: Option<Settlement>,
    /// What changed it.
    pub revision: Revision,
}

/// A purchase order as its page shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct PurchaseOrderRecord {
    /// What the domain knows of it: number, vendor, stage, lines with what arrived.
    pub order: PurchaseOrder,
    /// What changed it.
    pub revision: Revision,
}

itam_domain::vocabulary! {
    /// How far a requisition got, ordering and delivery included.
    RequisitionStatus {
        /// Awaiting approval.
        Submitted = "submitted",
        /// Approved, nothing of it ordered.
        Approved = "approved",
        /// Refused.
        Rejected = "rejected",
        /// Withdrawn.
        Cancelled = "cancelled",
        /// Some of it is ordered.
        PartiallyOrdered = "partially_ordered",
        /// All of it is ordered.
        Ordered = "ordered",
        /// All of it arrived.
        Received = "received",
    }

    /// How far a purchase order got.
    PurchaseOrderStatus {
        /// Sent to the vendor; nothing arrived.
        Issued = "issued",
        /// Some of it arrived.
        PartiallyReceived = "partially_received",
        /// All of it arrived.
        Received = "received",
        /// Nothing more is expected.
        Closed = "closed",
        /// Withdrawn.
        Cancelled = "cancelled",
    }
}

impl RequisitionRecord {
    /// How far it got.
    #[must_use]
    pub fn status(&self) -> RequisitionStatus {
        match self.requisition.stage {
            RequisitionStage::Submitted => return RequisitionStatus::Submitted,
            RequisitionStage::Rejected => return RequisitionStatus::Rejected,
            RequisitionStage::Cancelled => return RequisitionStatus::Cancelled,
            RequisitionStage::Approved => {}
        }
        let received = |number: &u32| self.received.get(number).copied().unwrap_or(0);
        let is_received = |(number, progress): (&u32, &itam_domain::requisition::LineProgress)| {
            received(number) >= progress.line.quantity
        };
        if self.requisition.lines.iter().all(is_received) {
            return RequisitionStatus::Received;
        }
        if self.requisition.is_fully_ordered() {
            return RequisitionStatus::Ordered;
        }
        if self.requisition.is_being_ordered() {
            return RequisitionStatus::PartiallyOrdered;
        }
        RequisitionStatus::Approved
    }
}

impl PurchaseOrderRecord {
    /// How far it got.
    #[must_use]
    pub fn status(&self) -> PurchaseOrderStatus {
        match self.order.stage {
            OrderStage::Cancelled => return PurchaseOrderStatus::Cancelled,
            OrderStage::Closed => return PurchaseOrderStatus::Closed,
            OrderStage::Issued => {}
        }
        if self.order.lines.values().all(|line| line.open() == 0) {
            return PurchaseOrderStatus::Received;
        }
        if self.order.lines.values().any(|line| line.received > 0) {
            return PurchaseOrderStatus::PartiallyReceived;
        }
        PurchaseOrderStatus::Issued
    }

    /// The lines of which pieces are awaited, with how many.
    #[must_use]
    pub fn open_lines(&self) -> Vec<(u32, u32)> {
        if self.order.stage != OrderStage::Issued {
            return Vec::new();
        }
        let lines = self.order.lines.iter().map(|(number, line)| (*number, line.open()));
        lines.filter(|(_, open)| *open > 0).collect()
    }
}

/// Anything but an asset.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// Of any kind that is only ever defined anew.
    Defined(Revised<Aggregate>),
    /// A person.
    Person(PersonRecord),
    /// A requisition.
    Requisition(RequisitionRecord),
    /// A purchase order.
    PurchaseOrder(PurchaseOrderRecord),
    /// An audit.
    Audit(AuditRecord),
}

/// The records of one kind, as a type.
pub trait RecordType: Sized + Send {
    /// Which kind.
    const KIND: AggregateKind;

    /// A record, if it is of this kind.
    fn of(record: Record) -> Option<Self>;
}

impl Record {
    /// Which kind of thing it is of.
    #[must_use]
    pub fn kind(&self) -> AggregateKind {
        match self {
            Self::Defined(record) => record.item.reference().kind,
            Self::Person(_) => AggregateKind::Person,
            Self::Requisition(_) => AggregateKind::Requisition,
            Self::PurchaseOrder(_) => AggregateKind::PurchaseOrder,
            Self::Audit(_) => AggregateKind::AuditCampaign,
        }
    }

    /// What changed it.
    #[must_use]
    pub fn revision(&self) -> Revision {
        match self {
            Self::Defined(record) => record.revision,
            Self::Person(record) => record.revision,
            Self::Requisition(record) => record.revision,
            Self::PurchaseOrder(record) => record.revision,
            Self::Audit(record) => record.revision,
        }
    }

    /// How it reads, if it is of a kind that is only ever defined anew.
    pub(crate) fn definition(&self) -> Option<&dyn AnyDefinition> {
        if let Self::Defined(record) = self { record.item.definition() } else { None }
    }
}
