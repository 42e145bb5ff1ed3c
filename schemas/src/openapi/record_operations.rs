//! The operations about records: lists, one of them, histories, totals, worklists. What can be asked about a kind is
//! what the read model says of it.

use itam_domain::AggregateKind;
use itam_query_service::Query;
use itam_query_service::contract::taken;
use itam_read_model::RecordWorklist;
use serde_json::Value;

use super::moments::at_moment;
use super::parameters::of_query;
use super::query_operations::{
    Shape::{List, One},
    order_name, path_id, query,
};
use super::record_totals::{KindNames, assets, records};

/// The operations.
pub(super) fn operations() -> Vec<(String, Value)> {
    let records = records();
    let worklists = records.iter().flat_map(worklists_of);
    records.iter().flat_map(operations_of).chain(worklists).chain([totals_of(&assets())]).collect()
}

fn operations_of(record: &KindNames) -> [(String, Value); 4] {
    let (plural, what, tag) = (record.plural, record.what(), record.tag());
    let is_order = record.kind == AggregateKind::PurchaseOrder;
    let (key, name) = if is_order { ("name", order_name()) } else { ("id", path_id(record.kind)) };
    let id = format!("list-{plural}");
    let list_parameters = of_query(&taken::records(record.of()));
    let list = query(&id, tag, &format!("List {what}"), record.asked, &List(&record.row), list_parameters);
    let id = format!("show-one-of-{plural}");
    let show = query(
        &id,
        tag,
        &format!("Show one of {what}"),
        record.asked,
        &One(&record.row),
        [vec![name], of_query(&taken::one())].concat(),
    );
    let id = format!("show-history-of-{plural}");
    let summary = format!("What happened to one of {what}");
    let history_parameters = [vec![path_id(record.kind)], of_query(&taken::history())].concat();
    let history = query(&id, tag, &summary, Query::History, &List("HistoryEvent"), history_parameters);
    [
        (format!("/v1/{plural}"), at_moment(list)),
        (format!("/v1/{plural}/{{{key}}}"), at_moment(show)),
        (format!("/v1/{plural}/{{id}}/history"), history),
        totals_of(record),
    ]
}

fn totals_of(record: &KindNames) -> (String, Value) {
    let (plural, what) = (record.plural, record.what());
    let id = format!("show-summary-of-{plural}");
    let summary = format!("How many {what} there are, by what they share");
    let parameters = of_query(&taken::totals(record.of()));
    let totals = query(&id, record.tag(), &summary, record.asked, &One(&record.totals()), parameters);
    (format!("/v1/{plural}/summary"), at_moment(totals))
}

fn worklists_of(record: &KindNames) -> Vec<(String, Value)> {
    let operation = |worklist: &&'static RecordWorklist| {
        let row = if worklist.name == "open-order-lines" { "OpenOrderLine" } else { &record.row };
        let id = format!("list-{}", worklist.name);
        let parameters = of_query(&taken::record_worklist(record.of()));
        let listed = query(&id, record.tag(), worklist.meaning, record.asked, &List(row), parameters);
        (format!("/v1/worklists/{}", worklist.name), at_moment(listed))
    };
    record.of().worklists.iter().map(operation).collect()
}
