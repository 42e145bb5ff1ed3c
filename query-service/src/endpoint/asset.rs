//! `GET /v1/assets/{id|tag}`: one asset.

use axum::extract::{Path, State};
use axum::response::Response;
use itam_domain::asset::AssetName;
use itam_read_model::AssetRecord;
use itam_service_kit::{EntityTag, Problem};

use crate::answer::{as_of, one};
use crate::desk::QueryDesk;
use crate::inquiry::{Inquiry, not_found};
use crate::parameters::refuse;
use crate::permission::Query;
use crate::query_parameter::ONE;
use crate::read_problem::read_problem;
use crate::row::asset::AssetRow;
use crate::view::AnswerView;

/// Shows an asset. Its entity tag is its version, as `If-Match` takes it.
pub(crate) async fn show(
    State(desk): State<QueryDesk>,
    Path(name): Path<String>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    inquiry.require(Query::Assets)?;
    inquiry.parameters.allow(ONE)?;
    let view = desk.view(&inquiry).await?;
    let record = find(&view, &name)?;
    let row = AssetRow::new(&view, &record).map_err(|error| read_problem(&error))?;
    one(&inquiry, &view, EntityTag::of_version(record.version), &row)
}

/// The asset of an id or a tag.
pub(crate) fn find(view: &AnswerView, name: &str) -> Result<AssetRecord, Problem> {
    let asset = AssetName::try_new(name)
        .map_err(|error| refuse("name", format!("{name:?} is neither an id nor a tag: it {error}.")))?;
    let register = view.register();
    let found = match &asset {
        AssetName::Id(id) => register.asset(*id),
        AssetName::Tag(tag) => register.asset_by_tag(tag.0.as_str()),
    };
    found.map_err(|error| read_problem(&error))?.ok_or_else(|| as_of(not_found("asset", name), view))
}
