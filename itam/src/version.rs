//! What `itam --version` says: the release, the commit, and the numbers of what it reads and writes.

use std::sync::LazyLock;

use itam_read_model::{Projection, SCHEMA_VERSION};
use itam_tools::{backup, data_dir};

/// The version and, each on a line, the commit and the formats.
pub(crate) static LONG: LazyLock<String> = LazyLock::new(|| {
    let projections = Projection::ALL
        .map(|projection| format!("{} schema {}\n", projection.as_str(), projection.schema()))
        .concat();
    format!(
        "{}\ncommit {}\nread model schema {SCHEMA_VERSION}\n{projections}data directory format {}\nbackup format {}",
        env!("CARGO_PKG_VERSION"),
        env!("ITAM_COMMIT"),
        data_dir::FORMAT,
        backup::FORMAT,
    )
});
