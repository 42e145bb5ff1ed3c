//! Which types of events a file was built with: what it holds everything of, apart from what is parked.

use std::collections::BTreeMap;

use crate::store::error::{ReadModelError, Result};
use itam_domain::AggregateKind;

/// Types of events and their versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Catalog(BTreeMap<String, u32>);

/// How a file's catalog stands to this build's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CatalogStanding {
    /// They are the same.
    Equal,
    /// The file's builder knew less types: what it could not read it has parked.
    Older,
    /// The file's builder read events of a type otherwise than this build does.
    ReadOtherwise(String),
    /// The file's builder knew a type, or a version of one, that this build does not.
    Newer(String),
}

impl Catalog {
    /// What this build reads of the events of some kinds of things.
    pub(crate) fn of(kinds: &[AggregateKind]) -> Self {
        let types = kinds.iter().flat_map(|kind| kind.event_types());
        Self(types.map(|event| (event.name.to_owned(), event.version)).collect())
    }

    /// A line for each type: name, space, version.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let lines = self.0.iter().map(|(name, version)| format!("{name} {version}\n"));
        lines.collect::<String>().into_bytes()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        let unreadable = || ReadModelError::Damaged("the file's catalog is unreadable".to_owned());
        let text = std::str::from_utf8(bytes).map_err(|_| unreadable())?;
        let entry = |line: &str| {
            let (name, version) = line.split_once(' ')?;
            Some((name.to_owned(), version.parse().ok()?))
        };
        text.lines().map(|line| entry(line).ok_or_else(unreadable)).collect::<Result<_>>().map(Self)
    }

    /// How a file with this catalog, of events of some kinds of things, stands to this build.
    pub(crate) fn standing(&self, kinds: &[AggregateKind]) -> CatalogStanding {
        let known = Self::of(kinds);
        let is_newer =
            |(name, version): &(&String, &u32)| known.0.get(*name).is_none_or(|known| known < *version);
        if let Some((name, version)) = self.0.iter().find(is_newer) {
            return CatalogStanding::Newer(format!("{name} in version {version}"));
        }
        let is_older = |(name, version): &(&String, &u32)| known.0[*name] > **version;
        if let Some((name, _)) = self.0.iter().find(is_older) {
            return CatalogStanding::ReadOtherwise(name.clone());
        }
        // Every one that the file has is known, in the same version.
        if self.0.len() == known.0.len() { CatalogStanding::Equal } else { CatalogStanding::Older }
    }

    /// Whether it has events of this type.
    pub(crate) fn knows(&self, event_type: &str) -> bool {
        self.0.contains_key(event_type)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn altered(alter: impl FnOnce(&mut BTreeMap<String, u32>)) -> CatalogStanding {
        let mut catalog = Catalog::of(AggregateKind::ALL);
        alter(&mut catalog.0);
        let read = Catalog::decode(&catalog.encode()).expect("what was written is read");
        assert_eq!(read, catalog);
        read.standing(AggregateKind::ALL)
    }

    #[test]
    fn a_catalog_is_newer_as_soon_as_it_has_one_thing_that_is_not_known() {
        let deployed = || "asset.deployed".to_owned();
        assert_eq!(altered(|_| ()), CatalogStanding::Equal);
        assert_eq!(altered(|types| _ = types.remove("asset.deployed")), CatalogStanding::Older);
        assert_eq!(
            altered(|types| _ = types.insert(deployed(), 0)),
            CatalogStanding::ReadOtherwise(deployed())
        );
        let newer = |types: &mut BTreeMap<String, u32>| {
            types.remove("asset.registered");
            types.insert("asset.dreamt".to_owned(), 1);
        };
        assert_eq!(altered(newer), CatalogStanding::Newer("asset.dreamt in version 1".to_owned()));
        let version = altered(|types| _ = types.insert(deployed(), 99));
        assert_eq!(version, CatalogStanding::Newer("asset.deployed in version 99".to_owned()));
    }

    #[test]
    fn what_is_no_catalog_is_refused() {
        for bytes in [&[0xff_u8; 32][..], b"asset.deployed", b"asset.deployed one\n"] {
            assert!(matches!(Catalog::decode(bytes), Err(ReadModelError::Damaged(_))), "{bytes:?}");
        }
    }
}
