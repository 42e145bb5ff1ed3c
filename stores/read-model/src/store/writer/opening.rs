//! Opening the file that is current: whether it fits this build, and what becomes of it if not.

use std::sync::Arc;

use redb::{ReadTransaction, ReadableDatabase, ReadableTable};

use super::{ReadModelWriter, pointer};
use crate::projection::attached::Attached;
use crate::projection::definition::Projection;
use crate::projection::prepare::PreparedProjection;
use crate::store::catalog::{Catalog, CatalogStanding};
use crate::store::error::{During, ReadModelError, Result, WRITING};
use crate::store::generation::{DatabaseHandle, Examined};
use crate::store::meta::{Meta, load_projected, write_catalog};
use crate::store::model::ReadModel;
use crate::store::open_file::Generation;
use crate::store::parked::Parked;
use crate::store::tables::{PARKED_BY_POSITION, REGISTER, SCHEMA_VERSION};

/// What [`ReadModelWriter::open`] found.
#[derive(Debug)]
pub enum Opened {
    /// A file that fits: go on from its checkpoint.
    Current(ReadModelWriter),
    /// No file that fits: an empty one, from position 1.
    New(ReadModelWriter),
    /// A file of an older build: build one apart and switch. Until then it is read still, if only
    /// events differ that the older build could not read; if its schema does, there is nothing to read.
    Outdated,
}

impl ReadModelWriter {
    /// Opens the file that `model`, a reader [`ReadModel::in_process`], reads from now on, or makes
    /// an empty one where there is none that fits.
    ///
    /// A file that is damaged or of another tenant is left aside, with an error in the log, and an
    /// empty one takes its place. One of an older build stays current until a new one is complete: see
    /// [`Opened::Outdated`].
    ///
    /// # Errors
    /// [`ReadModelError::NewerSchema`] or [`ReadModelError::NewerEvents`] if a newer build wrote it,
    /// [`ReadModelError::InUse`] if another process writes it, [`ReadModelError::File`] or
    /// [`ReadModelError::Store`] if the disk refuses.
    pub fn open(model: &ReadModel, tenant: &str) -> Result<Opened> {
        let files = model.register().files();
        itam_files::make_folder(files.dir).map_err(|source| ReadModelError::File {
            operation: "creating",
            path: files.dir.to_owned(),
            source,
        })?;
        if let Some(current) = files.current()? {
            match Self::open_current(model, tenant, current.generation) {
                Ok(opened) => return Ok(opened),
                Err(error) if error.is_damage() || error.is_missing() => {
                    let path = files.path_of(current.generation);
                    tracing::error!(
                        path = %path.display(), error = &error as &dyn std::error::Error,
                        "the read model cannot be read; it is built anew from the log"
                    );
                }
                Err(error) => return Err(error),
            }
        }
        let number = files.next()?;
        let meta = Meta::of_new(&REGISTER, tenant);
        let database = files.create(number, &meta, model.options())?;
        files.point_at(pointer(number))?;
        let projections = Attached::create_live(model, tenant, number)?;
        Ok(Opened::New(Self::live(model, number, database, &meta, projections)))
    }

    fn open_current(model: &ReadModel, tenant: &str, number: u64) -> Result<Opened> {
        let files = model.register().files();
        let path = files.path_of(number);
        let database = files.open_checked(number, model.options())?;
        let transaction = database.begin_read().during(WRITING)?;
        let meta = match files.examine(number, &transaction)? {
            Examined::Readable(meta) => meta,
            Examined::OfOlderSchema(found) => {
                tracing::warn!(
                    path = %path.display(), found, known = SCHEMA_VERSION,
                    "the read model has an older schema; it is built anew from the log"
                );
                return Ok(Opened::Outdated);
            }
        };
        if meta.tenant != tenant {
            let text = format!("{} belongs to tenant {:?}, not {tenant:?}", path.display(), meta.tenant);
            return Err(ReadModelError::Damaged(text));
        }
        let lacks = lacking(&meta.catalog, &transaction)?;
        drop(transaction);
        if let Some(event_type) = lacks {
            tracing::warn!(
                path = %path.display(), event_type,
                "an older build could not read events that this one can; the read model is built anew from the log"
            );
            model
                .register()
                .go_over(Arc::new(Generation::new(pointer(number), DatabaseHandle::Shared(database))));
            model.tell(meta.checkpoint.position);
            return Ok(Opened::Outdated);
        }
        files.remove_others(number)?;
        if meta.catalog.standing(REGISTER.reads) != CatalogStanding::Equal {
            let transaction = database.begin_write().during(WRITING)?;
            write_catalog(&REGISTER, &transaction)?;
            transaction.commit().during(WRITING)?;
        }
        let changed = load_projected(&database.begin_read().during(WRITING)?)?;
        let mut writer = Self::live(model, number, database, &meta, Attached::none(changed));
        writer.attach_current(tenant)?;
        Ok(Opened::Current(writer))
    }

    /// Attaches the projections whose files fit the register; the others are missing.
    fn attach_current(&mut self, tenant: &str) -> Result<()> {
        for projection in Projection::ALL {
            if let Some(prepared) = PreparedProjection::of_current(&self.model, projection, tenant)? {
                self.attach(prepared)?;
            }
        }
        Ok(())
    }
}

/// A type of which a file with this catalog may lack events, or have them as an older build read them: one
/// that it has parked and did not know, or one whose version has changed.
fn lacking(catalog: &Catalog, transaction: &ReadTransaction) -> Result<Option<String>> {
    match catalog.standing(REGISTER.reads) {
        CatalogStanding::ReadOtherwise(event_type) => return Ok(Some(event_type)),
        CatalogStanding::Equal | CatalogStanding::Newer(_) => return Ok(None),
        CatalogStanding::Older => {}
    }
    let parked = transaction.open_table(PARKED_BY_POSITION).during(WRITING)?;
    for row in parked.iter().during(WRITING)? {
        let (_, row) = row.during(WRITING)?;
        let event_type = Parked::decode(row.value())?.event_type;
        if !catalog.knows(&event_type) {
            return Ok(Some(event_type));
        }
    }
    Ok(None)
}
