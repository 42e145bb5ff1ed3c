//! Making a projection's file ready to be written along with the register.

use redb::{Database, Durability, ReadableDatabase};

use crate::projection::definition::Projection;
use crate::projection::derive::Derivation;
use crate::projection::file::ProjectionFile;
use crate::store::catalog::CatalogStanding;
use crate::store::current_file::CurrentFile;
use crate::store::error::{During, ReadModelError, Result, WRITING};
use crate::store::generation::{Examined, Files, Pointer};
use crate::store::model::ReadModel;
use crate::store::snapshot::Snapshot;

/// A projection's file that holds all that the register held when it was made ready.
pub struct PreparedProjection {
    pub(crate) file: ProjectionFile,
    /// The generation of the register that it was made from.
    pub(crate) register: u64,
    is_new: bool,
}

impl PreparedProjection {
    /// Opens the file of a projection that is there, if it was made from the register that is read, and
    /// adds what is missing in it; else builds another beside it from the register's versions. The file
    /// that is read now is read until [`crate::ReadModelWriter::attach`]. Takes as long as reading the
    /// register's versions at most.
    ///
    /// # Errors
    /// [`ReadModelError::NewerSchema`] or [`ReadModelError::NewerEvents`] if a newer build wrote the file,
    /// [`ReadModelError::NotBuilt`] if the register cannot be read, others if a file fails.
    pub fn prepare(model: &ReadModel, projection: Projection, tenant: &str) -> Result<Self> {
        match Self::of_current(model, projection, tenant)? {
            Some(prepared) => Ok(prepared),
            None => Self::build(model, projection, tenant),
        }
    }

    /// The file of a projection that is there, with what was missing in it; `None` if there is none that
    /// fits, or it is damaged.
    pub(crate) fn of_current(
        model: &ReadModel,
        projection: Projection,
        tenant: &str,
    ) -> Result<Option<Self>> {
        let snapshot = model.snapshot()?;
        let opened = open_current(projection, model.projection_file(projection), &snapshot, tenant);
        let opened = opened.and_then(|file| {
            let Some(mut file) = file else { return Ok(None) };
            catch_up(&mut file, &snapshot)?;
            Ok(Some(Self { file, register: snapshot.generation(), is_new: false }))
        });
        match opened {
            Err(error) if error.is_damage() || error.is_missing() => {
                tracing::error!(
                    projection = projection.as_str(),
                    error = &error as &dyn std::error::Error,
                    "the projection cannot be read; it is built anew from the register"
                );
                Ok(None)
            }
            opened => opened,
        }
    }

    /// Builds a new file of a projection from the register's versions, whatever is there.
    ///
    /// # Errors
    /// As [`Self::prepare`].
    pub fn build(model: &ReadModel, projection: Projection, tenant: &str) -> Result<Self> {
        let snapshot = model.snapshot()?;
        let current = model.projection_file(projection);
        let mut file = ProjectionFile::create_apart(projection, current, tenant)?;
        let derivation = Derivation::new(projection, &snapshot)?;
        let built =
            derivation.all(|marks| file.write_all(marks, Durability::None)).and_then(|()| file.settle());
        match built {
            Ok(()) => Ok(Self { file, register: snapshot.generation(), is_new: true }),
            Err(error) => {
                file.abandon(current.files())?;
                Err(error)
            }
        }
    }

    /// Which projection.
    #[must_use]
    pub fn projection(&self) -> Projection {
        self.file.projection
    }

    /// Whether the file was built anew.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.is_new
    }
}

impl std::fmt::Debug for PreparedProjection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("PreparedProjection")
            .field("projection", &self.projection())
            .field("is_new", &self.is_new)
            .finish_non_exhaustive()
    }
}

/// Adds what the register holds and the file does not, in one transaction.
pub(crate) fn catch_up(file: &mut ProjectionFile, snapshot: &Snapshot) -> Result<()> {
    if file.changed() >= snapshot.projected(file.projection)? {
        return Ok(());
    }
    let missing = Derivation::new(file.projection, snapshot)?.behind(file.changed())?;
    file.write(missing, Durability::Immediate)
}

/// The file that the pointer names; `None` if there is none, or one that was made from another register
/// or by an older build.
fn open_current(
    projection: Projection,
    current: &CurrentFile,
    snapshot: &Snapshot,
    tenant: &str,
) -> Result<Option<ProjectionFile>> {
    let files = current.files();
    let Some(pointer) = files.current()? else { return Ok(None) };
    let database = files.open_checked(pointer.generation, current.options())?;
    let Some(changed) = examine(files, pointer, &database, tenant)? else { return Ok(None) };
    if pointer.register != Some(snapshot.generation()) {
        return Ok(None);
    }
    files.remove_others(pointer.generation)?;
    Ok(Some(ProjectionFile::of_current(projection, pointer, database, changed)))
}

/// The last position that changed anything in a file; `None` of one that an older build made.
fn examine(files: Files<'_>, pointer: Pointer, database: &Database, tenant: &str) -> Result<Option<u64>> {
    let transaction = database.begin_read().during(WRITING)?;
    match files.examine(pointer.generation, &transaction)? {
        Examined::OfOlderSchema(_) => Ok(None),
        Examined::Readable(meta) if meta.tenant != tenant => {
            let path = files.path_of(pointer.generation);
            let text = format!("{} belongs to tenant {:?}, not {tenant:?}", path.display(), meta.tenant);
            Err(ReadModelError::Damaged(text))
        }
        Examined::Readable(meta) if meta.catalog.standing(files.layout.reads) != CatalogStanding::Equal => {
            Ok(None)
        }
        Examined::Readable(meta) => Ok(Some(meta.checkpoint.position)),
    }
}
