//! The projections' files that a writer of the register writes along with it.

use redb::Durability;

use crate::projection::definition::Projection;
use crate::projection::file::ProjectionFile;
use crate::projection::marks::{EachProjection, ProjectedMarks};
use crate::store::error::Result;
use crate::store::model::ReadModel;

/// The projections' files that a writer of the register writes along with it. One that cannot be written
/// is let go of, and is prepared and attached anew while the others go on.
#[derive(Default)]
pub(crate) struct Attached {
    files: EachProjection<Option<ProjectionFile>>,
    /// The last position that changed anything for each projection, as far as it was applied.
    changed: EachProjection<u64>,
}

impl Attached {
    /// None yet, of a register for which this is known.
    pub(crate) fn none(changed: EachProjection<u64>) -> Self {
        Self { files: EachProjection::default(), changed }
    }

    /// Empty files of all projections beside those that are read.
    pub(crate) fn create_apart(model: &ReadModel, tenant: &str) -> Result<Self> {
        Self::create(|projection| {
            ProjectionFile::create_apart(projection, model.projection_file(projection), tenant)
        })
    }

    /// Empty files of all projections that are read from now on, of an empty register.
    pub(crate) fn create_live(model: &ReadModel, tenant: &str, register: u64) -> Result<Self> {
        Self::create(|projection| {
            ProjectionFile::create_live(projection, model.projection_file(projection), tenant, register)
        })
    }

    fn create(make: impl Fn(Projection) -> Result<ProjectionFile>) -> Result<Self> {
        let mut attached = Self::default();
        for projection in Projection::ALL {
            attached.files[projection as usize] = Some(make(projection)?);
        }
        Ok(attached)
    }

    /// The projections whose files are not written now.
    pub(crate) fn missing(&self) -> Vec<Projection> {
        let is_missing = |projection: &Projection| self.files[*projection as usize].is_none();
        Projection::ALL.into_iter().filter(is_missing).collect()
    }

    pub(crate) fn file(&self, projection: Projection) -> Option<&ProjectionFile> {
        self.files[projection as usize].as_ref()
    }

    /// Writes one more file from now on, which holds all that was applied.
    pub(crate) fn attach(&mut self, file: ProjectionFile) {
        self.changed[file.projection as usize] = file.changed();
        let projection = file.projection as usize;
        self.files[projection] = Some(file);
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.files.iter().flatten().all(ProjectionFile::is_settled)
    }

    /// Notes what a batch changes; says what is so then for each projection, if anything is new.
    pub(crate) fn note(&mut self, marks: &ProjectedMarks) -> Option<EachProjection<u64>> {
        let before = self.changed;
        for projection in Projection::ALL {
            let newest = marks.of(projection).iter().map(|(_, mark)| mark.position).max();
            let changed = &mut self.changed[projection as usize];
            *changed = newest.map_or(*changed, |newest| newest.max(*changed));
        }
        (self.changed != before).then_some(self.changed)
    }

    /// What was noted last.
    pub(crate) fn changed(&self) -> EachProjection<u64> {
        self.changed
    }

    /// Writes the marks of a batch that the register holds. What fails is let go of.
    pub(crate) fn write(&mut self, marks: ProjectedMarks, durability: Durability) {
        for (file, marks) in self.files.iter_mut().zip(marks.0) {
            keep_if_well(file, |file| file.write(marks, durability));
        }
    }

    /// Brings all that readers see to the disk. What fails is let go of.
    pub(crate) fn settle(&mut self) {
        for file in &mut self.files {
            keep_if_well(file, ProjectionFile::settle);
        }
    }

    /// Makes all of its files those that are read, as made from a generation of the register. What
    /// fails is let go of.
    pub(crate) fn go_live(&mut self, model: &ReadModel, register: u64) {
        for slot in &mut self.files {
            let Some(file) = slot.take() else { continue };
            let projection = file.projection;
            match file.go_live(model.projection_file(projection), register) {
                Ok(file) => *slot = Some(file),
                Err(error) => tell(projection, &error),
            }
        }
    }

    /// Gives up the files that were being built apart.
    pub(crate) fn abandon(self, model: &ReadModel) -> Result<()> {
        for file in self.files.into_iter().flatten() {
            let files = model.projection_file(file.projection).files();
            file.abandon(files)?;
        }
        Ok(())
    }
}

fn keep_if_well(slot: &mut Option<ProjectionFile>, work: impl FnOnce(&mut ProjectionFile) -> Result<()>) {
    let Some(file) = slot else { return };
    if let Err(error) = work(file) {
        tell(file.projection, &error);
        *slot = None;
    }
}

fn tell(projection: Projection, error: &crate::store::error::ReadModelError) {
    tracing::error!(
        projection = projection.as_str(),
        error = error as &dyn std::error::Error,
        "the projection cannot be written; it is opened again, and what is missing is added"
    );
}
