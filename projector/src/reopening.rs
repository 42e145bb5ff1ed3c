//! Which errors under way are mended by opening the read model again.

use itam_read_model::ReadModelError;

use crate::error::ProjectorError;

/// What has gone wrong so far.
#[derive(Default)]
pub(crate) struct Reopening {
    was_open: bool,
    /// How far the read model was when it was found broken last.
    broken_at: Option<u64>,
}

impl Reopening {
    /// Notes that the read model could be opened. Before that, errors are for a human.
    pub(crate) fn opened(&mut self) {
        self.was_open = true;
    }

    /// Whether opening the read model again may help: the disk failed, queries that are still under
    /// way hold the file, or it is damaged, of which redb says so or panics. Opening looks at every
    /// page, and a damaged file is built anew. What breaks twice in one place is not the file's
    /// fault.
    pub(crate) fn is_mendable(&mut self, error: &ProjectorError, applied: u64) -> bool {
        match error {
            ProjectorError::ReadModel(error) if error.is_disk_failure() => self.was_open,
            ProjectorError::ReadModel(ReadModelError::InUse(_)) => self.was_open,
            ProjectorError::ReadModel(error) if error.is_damage() => self.is_elsewhere(applied),
            ProjectorError::Broken(_) => self.is_elsewhere(applied),
            _ => false,
        }
    }

    fn is_elsewhere(&mut self, applied: u64) -> bool {
        self.was_open && self.broken_at.replace(applied) != Some(applied)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_twice_in_one_place_is_not_mended_by_opening() {
        let mut mishaps = Reopening::default();
        let broken = ProjectorError::Broken("applying events");
        assert!(!mishaps.is_mendable(&broken, 7), "it was never open");
        mishaps.opened();
        let found = [7, 7, 8, 7].map(|applied| mishaps.is_mendable(&broken, applied));
        assert_eq!(found, [true, false, true, true]);
        let damaged = ReadModelError::Damaged("a page".to_owned()).into();
        assert!(!mishaps.is_mendable(&damaged, 7) && mishaps.is_mendable(&damaged, 9));
    }
}
