//! The endpoints, one a file.

mod asset;
pub(crate) mod assets;
pub(crate) mod campaigns;
pub(crate) mod diff;
pub(crate) mod events;
pub(crate) mod history;
pub(crate) mod holdings;
pub(crate) mod live;
mod locations;
mod master;
mod orders;
mod people;
pub(crate) mod projection;
pub(crate) mod proofs;
mod records;
mod requisitions;
pub(crate) mod status;
pub(crate) mod summary;
pub(crate) mod worklist;
pub(crate) mod worklists;

use axum::Router;
use axum::routing::get;
use itam_domain::AggregateKind;

use crate::desk::QueryDesk;
use crate::record_listing::WaitingTable;
use campaigns::CampaignTable;
pub use master::{MASTER_TABLES, MasterTable};
use orders::{OpenLineTable, OrderTable};
use people::PersonTable;
use requisitions::RequisitionTable;

/// All routes of the query service, to be put behind authentication.
pub fn routes(desk: QueryDesk) -> Router {
    Router::new()
        .route("/v1/assets", get(assets::list))
        .route("/v1/assets/{name}", get(asset::show))
        .route("/v1/assets/{name}/history", get(history::of_asset))
        .route("/v1/assets/{name}/evidence", get(proofs::evidence::show))
        .route("/v1/audit/checkpoint", get(proofs::checkpoint::show))
        .route("/v1/audit/proof/inclusion", get(proofs::proof::inclusion))
        .route("/v1/audit/proof/consistency", get(proofs::proof::consistency))
        .route("/v1/audit/export", get(proofs::export::export))
        .route("/v1/people/{id}", get(people::show))
        .route("/v1/people/{id}/assets", get(holdings::of_person))
        .route("/v1/locations/{id}/assets", get(locations::assets))
        .route("/v1/departments/{id}/assets", get(holdings::of_department))
        .route("/v1/requisitions/{id}", get(requisitions::show))
        .route("/v1/purchase-orders/{id}", get(orders::show))
        .route("/v1/audits/{id}", get(campaigns::show))
        .route("/v1/audits/{id}/findings", get(campaigns::findings))
        .route("/v1/assets/summary", get(assets::totals))
        .route("/v1/inventory/summary", get(summary::show))
        .route("/v1/worklists", get(worklists::show))
        .route("/v1/worklists/{name}", get(worklist::list))
        .route("/v1/diff", get(diff::show))
        .route("/v1/events", get(events::export))
        .route("/v1/live", get(live::follow))
        .route("/v1/status", get(status::show))
        .merge(master::routes())
        .merge(projection::routes())
        .merge(records())
        .merge(waiting_records())
        .merge(histories())
        .with_state(desk)
}

fn records() -> Router<QueryDesk> {
    let people = Router::new().route("/v1/people", get(people::list));
    people
        .route("/v1/people/summary", get(records::summary::<PersonTable>))
        .merge(records::routes_of::<RequisitionTable>("requisitions"))
        .merge(records::routes_of::<OrderTable>("purchase-orders"))
        .merge(records::routes_of::<CampaignTable>("audits"))
}

fn waiting_records() -> Router<QueryDesk> {
    waiting::<RequisitionTable>("pending-requisitions")
        .merge(waiting::<RequisitionTable>("requisitions-to-order"))
        .merge(waiting::<OpenLineTable>("open-order-lines"))
        .merge(waiting::<OrderTable>("overdue-orders"))
        .merge(waiting::<PersonTable>("leavers"))
}

/// A worklist of records.
fn waiting<T: WaitingTable>(name: &str) -> Router<QueryDesk> {
    let worklist = records::kind_of::<T::Record>().worklist(name).expect("a worklist of the kind");
    let handler = async move |desk, inquiry| records::waiting::<T>(desk, inquiry, worklist).await;
    Router::new().route(&format!("/v1/worklists/{name}"), get(handler))
}

fn histories() -> Router<QueryDesk> {
    let kinds = [
        ("people", AggregateKind::Person),
        ("requisitions", AggregateKind::Requisition),
        ("purchase-orders", AggregateKind::PurchaseOrder),
        ("audits", AggregateKind::AuditCampaign),
    ];
    let masters = MASTER_TABLES.iter().map(|table| (table.plural, table.kind));
    let mut router = Router::new();
    for (plural, kind) in kinds.into_iter().chain(masters) {
        let path = format!("/v1/{plural}/{{id}}/history");
        router = router.route(
            &path,
            get(async move |desk, inquiry, id| history::of_record(desk, inquiry, id, kind).await),
        );
    }
    router
}
