//! Lists of assets that a projection keeps.

use itam_read_model::{
    AssetRecord, Cursor, Page, Projection, ProjectionSnapshot, ProjectionView, ReadModelError,
};
use itam_service_kit::Problem;
use serde::Serialize;

use axum::response::Response;

use crate::csv_text::Columns;
use crate::cursor::PageStart;
use crate::desk::QueryDesk;
use crate::inquiry::Inquiry;
use crate::listing::{self, ListRun, Listing};
use crate::row::asset::{ASSET_COLUMNS, AssetRow};
use crate::view::AnswerView;

type FoundPage = Result<Page<AssetRecord>, ReadModelError>;

/// A list of assets that a projection keeps; `page` gives a page of it.
struct ProjectedAssets<F> {
    snapshot: ProjectionSnapshot,
    page: F,
}

impl<F> Listing for ProjectedAssets<F>
where
    F: Fn(ProjectionView<'_>, Option<&Cursor>, usize) -> FoundPage + Send + Sync + 'static,
{
    type Item = AssetRecord;

    const COLUMNS: Columns = ASSET_COLUMNS;

    fn run(
        &self,
        view: &AnswerView,
        from: &PageStart,
        limit: usize,
    ) -> Result<ListRun<AssetRecord>, ReadModelError> {
        let (page, cursor) = from.within(std::slice::from_ref(&self.page))?;
        Ok(ListRun::of_page(page(at(&self.snapshot, view), cursor, limit)?))
    }

    fn row(&self, view: &AnswerView, record: &AssetRecord) -> Result<impl Serialize, ReadModelError> {
        AssetRow::new(view, record)
    }
}

/// Answers whoever asks for a list of assets that a projection keeps.
pub(crate) async fn answer<F>(
    desk: &QueryDesk,
    inquiry: &Inquiry,
    projection: Projection,
    page: F,
) -> Result<Response, Problem>
where
    F: Fn(ProjectionView<'_>, Option<&Cursor>, usize) -> FoundPage + Send + Sync + 'static,
{
    let (view, snapshot) = desk.projection(inquiry, projection).await?;
    listing::answer(desk, inquiry, view, ProjectedAssets { snapshot, page })
}

/// A projection at the moment that a view is of.
pub(crate) fn at<'a>(snapshot: &'a ProjectionSnapshot, view: &AnswerView) -> ProjectionView<'a> {
    match &view.then {
        None => snapshot.now(),
        Some(then) => snapshot.at(then.moment),
    }
}
