//! The operations about records: lists, one of them, histories, totals, worklists. What can be asked about a kind is
//! what the read model says of it.

use itam_domain::AggregateKind;
use itam_query_service::Query;
use itam_read_model::{FacetValues, RecordFacet, RecordKind, RecordWorklist};
use serde_json::{Value, json};

use super::moments::at_moment;
use super::query_operations::{
    Shape::{List, One},
    history_order, order_name, path_id, query,
};
use super::query_parameters::{ids, list, number, text, word, words};
use super::record_totals::{KindNames, assets, records};

const SOME_ACTOR: &str = "019a5c3e-8000-7000-8000-000000000042";

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
    let parameters = [facets(record.of()), selectors(record)].concat();
    let list = query(&id, tag, &format!("List {what}"), record.asked, &List(&record.row), parameters);
    let id = format!("show-one-of-{plural}");
    let show = query(&id, tag, &format!("Show one of {what}"), record.asked, &One(&record.row), vec![name]);
    let id = format!("show-history-of-{plural}");
    let summary = format!("What happened to one of {what}");
    let parameters = vec![path_id(record.kind), history_order()];
    let history = query(&id, tag, &summary, Query::History, &List("HistoryEvent"), parameters);
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
    let mut parameters = facets(record.of());
    parameters.push(group_by(record.of()));
    let totals = query(&id, record.tag(), &summary, record.asked, &One(&record.totals()), parameters);
    (format!("/v1/{plural}/summary"), at_moment(totals))
}

fn worklists_of(record: &KindNames) -> Vec<(String, Value)> {
    let operation = |worklist: &&'static RecordWorklist| {
        let row = if worklist.name == "open-order-lines" { "OpenOrderLine" } else { &record.row };
        let id = format!("list-{}", worklist.name);
        let listed =
            query(&id, record.tag(), worklist.meaning, record.asked, &List(row), facets(record.of()));
        (format!("/v1/worklists/{}", worklist.name), at_moment(listed))
    };
    record.of().worklists.iter().map(operation).collect()
}

/// The parameters by which records are filtered: within one any of the values, between them all.
fn facets(kind: &RecordKind) -> Vec<Value> {
    let parameter = |facet: &&'static RecordFacet| match &facet.values {
        FacetValues::Words(known) => words(facet.name, facet.meaning, &known.all()),
        FacetValues::Things(_) => ids(facet.name, facet.meaning),
        FacetValues::Actors => {
            let actor = json!({"type": "string", "minLength": 1});
            list(facet.name, facet.meaning, &actor, &json!([SOME_ACTOR]))
        }
    };
    kind.facets.iter().map(parameter).collect()
}

/// What else selects records.
fn selectors(record: &KindNames) -> Vec<Value> {
    let sorts: Vec<_> = record.of().sorts().into_iter().map(|(name, ..)| name).collect();
    let mut found = vec![
        word("sort", "The order.", &sorts),
        number("older_than", "Only those that are older than so many days.", 0, 14),
    ];
    match record.kind {
        AggregateKind::Person => {
            let words = "The beginnings of words of name, mail address, user name or employee number.";
            found.extend([text("q", words, "mill"), text("username", "Exactly this user name.", "bob")]);
        }
        AggregateKind::Requisition => {
            found.push(text("q", "Beginnings of words of the justification and of the lines.", "laptop"));
        }
        _ => found.push(text("q", "The beginning of the name or number, or beginnings of words.", "Think")),
    }
    if record.kind == AggregateKind::PurchaseOrder {
        let open = "Only those of which pieces are awaited; not together with stage.";
        found.push(word("open", open, &["true"]));
    }
    found
}

fn group_by(kind: &RecordKind) -> Value {
    let names: Vec<_> = kind.facets.iter().map(|facet| facet.name).collect();
    let mut parameter = words("group_by", "By what they are counted, up to three of these.", &names);
    parameter["schema"]["maxItems"] = json!(3);
    parameter
}
