//! The filters of every list of assets.

use itam_domain::asset::Custodian;
use itam_domain::vocabulary::{
    AssetKind, AssetState, Condition, Criticality, DataClassification, HardwareKind, Ownership,
};
use itam_domain::{
    AssetId, DepartmentId, LocationId, ModelId, PersonId, ProjectId, PurchaseOrderId, VendorId,
};
use itam_read_model::AssetFilters;
use itam_service_kit::Problem;

use crate::parameters::{Parameters, read_id, refuse};

/// The parameters that filter assets.
pub(crate) const ASSET_FILTERS: &[&str] = &[
    "state",
    "kind",
    "hardware_kind",
    "model_id",
    "location_id",
    "department_id",
    "project_id",
    "custodian",
    "person_id",
    "vendor_id",
    "purchase_order_id",
    "ownership",
    "condition",
    "criticality",
    "data_classification",
];

const CUSTODIANS: &str = "person:<id>, department:<id>, location:<id> or asset:<id>";

/// Reads the filters of a request.
pub(crate) fn read(parameters: &Parameters) -> Result<AssetFilters, Problem> {
    let mut custodians =
        parameters.values("custodian")?.into_iter().map(read_custodian).collect::<Result<Vec<_>, _>>()?;
    custodians.extend(parameters.ids("person_id", |id| Custodian::Person(PersonId(id)))?);
    Ok(AssetFilters {
        states: parameters.words("state", AssetState::ALL, AssetState::as_str)?,
        kinds: parameters.words("kind", AssetKind::ALL, AssetKind::as_str)?,
        hardware_kinds: parameters.words("hardware_kind", HardwareKind::ALL, HardwareKind::as_str)?,
        models: parameters.ids("model_id", ModelId)?,
        locations: parameters.ids("location_id", LocationId)?,
        departments: parameters.ids("department_id", DepartmentId)?,
        projects: parameters.ids("project_id", ProjectId)?,
        custodians,
        vendors: parameters.ids("vendor_id", VendorId)?,
        purchase_orders: parameters.ids("purchase_order_id", PurchaseOrderId)?,
        ownerships: parameters.words("ownership", Ownership::ALL, Ownership::as_str)?,
        conditions: parameters.words("condition", Condition::ALL, Condition::as_str)?,
        criticalities: parameters.words("criticality", Criticality::ALL, Criticality::as_str)?,
        data_classifications: parameters.words(
            "data_classification",
            DataClassification::ALL,
            DataClassification::as_str,
        )?,
    })
}

fn read_custodian(text: &str) -> Result<Custodian, Problem> {
    let wrong =
        || refuse("custodian", format!("The parameter custodian is {text:?}: it takes {CUSTODIANS}."));
    let (kind, id) = text.split_once(':').ok_or_else(wrong)?;
    let id = || read_id("custodian", id);
    match kind {
        "person" => Ok(Custodian::Person(PersonId(id()?))),
        "department" => Ok(Custodian::Department(DepartmentId(id()?))),
        "location" => Ok(Custodian::Location(LocationId(id()?))),
        "asset" => Ok(Custodian::Asset(AssetId(id()?))),
        _ => Err(wrong()),
    }
}
