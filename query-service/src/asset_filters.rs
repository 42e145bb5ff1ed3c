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
use crate::query_parameter::{ParameterValues, QueryParameter};

/// The parameters that filter assets: within one any of the values, between them all.
pub(crate) const ASSET_FILTERS: &[QueryParameter] = &[
    QueryParameter::words("state", AssetState::words),
    QueryParameter::words("kind", AssetKind::words),
    QueryParameter::words("hardware_kind", HardwareKind::words),
    QueryParameter::new("model_id", "Of any of these models.", ParameterValues::Ids),
    QueryParameter::new("location_id", "At any of these locations.", ParameterValues::Ids),
    QueryParameter::new("department_id", "Whose cost any of these departments bears.", ParameterValues::Ids),
    QueryParameter::new("project_id", "Charged to any of these projects.", ParameterValues::Ids),
    QueryParameter::new(
        "custodian",
        "In the custody of any of these: person:<id>, department:<id>, location:<id> or asset:<id>.",
        ParameterValues::Texts(
            "^(person|department|location|asset):.+$",
            "location:019a5c3e-8000-7000-8000-000000000011",
        ),
    ),
    QueryParameter::new("person_id", "In the custody of any of these persons.", ParameterValues::Ids),
    QueryParameter::new("vendor_id", "Sold by any of these vendors.", ParameterValues::Ids),
    QueryParameter::new(
        "purchase_order_id",
        "Delivered for any of these purchase orders.",
        ParameterValues::Ids,
    ),
    QueryParameter::words("ownership", Ownership::words),
    QueryParameter::words("condition", Condition::words),
    QueryParameter::words("criticality", Criticality::words),
    QueryParameter::words("data_classification", DataClassification::words),
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
