//! The operations of the projections beside the register, by what each declares.

use itam_query_service::Query;
use itam_query_service::contract::taken;
use itam_read_model::Projection;
use serde_json::Value;

use super::moments::at_moment;
use super::parameters::of_query;
use super::projection_rows::title;
use super::query_operations::Shape::{List, One};
use super::query_operations::{Shape, query};

/// The operations, by path.
pub(super) fn operations() -> Vec<(String, Value)> {
    Projection::ALL.into_iter().flat_map(operations_of).collect()
}

fn operations_of(projection: Projection) -> Vec<(String, Value)> {
    let name = projection.as_str();
    let (tag, asked) = match projection {
        Projection::Compliance => ("Compliance", Query::Compliance),
        Projection::Tco => ("Cost", Query::Tco),
    };
    let ask = |id: &str, summary: &str, shape: &Shape<'_>, own: Vec<Value>| {
        at_moment(query(id, tag, summary, asked, shape, own))
    };
    let summary = format!("List the assets that {name} says something of");
    let mut operations = vec![(
        format!("/v1/{name}/assets"),
        ask(
            &format!("list-{name}-assets"),
            &summary,
            &List("Asset"),
            of_query(&taken::projected(projection)),
        ),
    )];
    for worklist in projection.worklists() {
        let id = format!("list-{name}-{}", worklist.name);
        let path = format!("/v1/{name}/worklists/{}", worklist.name);
        operations
            .push((path, ask(&id, worklist.about, &List("Asset"), of_query(&taken::projected_worklist()))));
    }
    for total in projection.totals() {
        let id = format!("show-{name}-{}-totals", total.name);
        let path = format!("/v1/{name}/totals/{}", total.name);
        operations.push((path, ask(&id, total.about, &One(title(total)), of_query(&taken::one()))));
    }
    operations
}
