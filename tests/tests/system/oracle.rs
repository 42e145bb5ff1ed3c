//! The life of an asset as the documents tell it, written down a second time and in a few lines:
//! what random sequences of commands are held against. It shares nothing with the program.

use std::collections::{BTreeMap, BTreeSet};

/// How many people there are to hand assets to.
pub(crate) const PEOPLE: usize = 2;
/// How many places there are.
pub(crate) const PLACES: usize = 2;
/// The place where all people usually are.
const USUAL_PLACE: usize = 1;
/// How many assets a sequence is about.
pub(crate) const ASSETS: usize = 3;
/// How many tags they may have.
pub(crate) const TAGS: usize = 2;

/// What is done to an asset.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Register { tag: usize },
    Deploy { person: usize, asks: Asks },
    Accept,
    Decline,
    Reassign { person: usize },
    Return,
    Reserve { person: usize },
    ReleaseReservation,
    Ship { place: usize },
    Relocate { place: usize },
    Arrive,
    StartMaintenance,
    CompleteMaintenance,
    ReportMissing,
    Recover,
    WriteOff,
    PlaceLegalHold,
    ReleaseLegalHold,
    PlaceQuarantine,
    ReleaseQuarantine,
    Retag { tag: usize },
    Retire,
    Reinstate,
    Sanitize,
    Dispose,
    Void,
}

/// Whether the custodian has to confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    Nothing,
    Confirmation,
}

/// Where an asset is in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    InStock,
    Deployed { person: usize, pending: Asks },
    InTransit { left: Box<Life>, to: usize },
    InMaintenance,
    Missing,
    Retired,
    Disposed,
    Voided,
}

impl Life {
    /// The word on the wire.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::InStock => "in_stock",
            Self::Deployed { .. } => "deployed",
            Self::InTransit { .. } => "in_transit",
            Self::InMaintenance => "in_maintenance",
            Self::Missing => "missing",
            Self::Retired => "retired",
            Self::Disposed => "disposed",
            Self::Voided => "voided",
        }
    }

    fn is_over(&self) -> bool {
        matches!(self, Self::Disposed | Self::Voided)
    }
}

/// One asset.
#[derive(Clone, Debug)]
pub(crate) struct Thing {
    pub(crate) life: Life,
    pub(crate) tag: usize,
    pub(crate) place: usize,
    pub(crate) holds: BTreeSet<&'static str>,
    pub(crate) reserved_for: Option<usize>,
    pub(crate) is_wiped: bool,
}

/// What must be true of all assets of a sequence.
#[derive(Clone, Debug, Default)]
pub(crate) struct Oracle {
    pub(crate) things: BTreeMap<usize, Thing>,
}

impl Oracle {
    /// Does it, and says whether that is possible; if it is not, nothing changes.
    pub(crate) fn act(&mut self, asset: usize, act: &Act) -> bool {
        let Some(thing) = self.things.get(&asset) else {
            let Act::Register { tag } = act else { return false };
            let is_free = self.holder(*tag).is_none();
            if is_free {
                self.things.insert(asset, Thing::new(*tag));
            }
            return is_free;
        };
        // What is gone holds no tag, and may be said to have had any.
        if let Act::Retag { tag } = act
            && !thing.life.is_over()
            && self.holder(*tag).is_some_and(|holder| holder != asset)
        {
            return false;
        }
        let Some(changed) = thing.clone().after(act) else { return false };
        self.things.insert(asset, changed);
        true
    }

    /// Who has the tag: the life of its holder is not over.
    pub(crate) fn holder(&self, tag: usize) -> Option<usize> {
        let holds = |(_, thing): &(&usize, &Thing)| thing.tag == tag && !thing.life.is_over();
        self.things.iter().find(holds).map(|(asset, _)| *asset)
    }
}

impl Thing {
    fn new(tag: usize) -> Self {
        Self {
            life: Life::InStock,
            tag,
            place: 0,
            holds: BTreeSet::new(),
            reserved_for: None,
            is_wiped: false,
        }
    }

    fn after(mut self, act: &Act) -> Option<Self> {
        let life = self.life.clone();
        self.life = match act {
            Act::Register { .. } => return None,
            Act::Deploy { .. } | Act::Accept | Act::Decline | Act::Reassign { .. } => {
                self.handed(act, life)?
            }
            Act::Return | Act::Reserve { .. } | Act::ReleaseReservation => self.handed(act, life)?,
            Act::PlaceLegalHold => self.held("legal", true, life)?,
            Act::ReleaseLegalHold => self.held("legal", false, life)?,
            Act::PlaceQuarantine => self.held("quarantine", true, life)?,
            Act::ReleaseQuarantine => self.held("quarantine", false, life)?,
            _ => self.moved(act, life)?,
        };
        Some(self)
    }

    /// Who has it, and who will.
    fn handed(&mut self, act: &Act, life: Life) -> Option<Life> {
        use Life::{Deployed, InStock, InTransit};
        let is_clean = !self.holds.contains("quarantine");
        let is_for = |person: usize| self.reserved_for.is_none_or(|other| other == person);
        Some(match (act, life) {
            (Act::Deploy { person, asks }, InStock) if is_clean && is_for(*person) => {
                self.hand_over();
                Deployed { person: *person, pending: *asks }
            }
            (Act::Reassign { person }, Deployed { person: before, .. }) if is_clean && before != *person => {
                self.hand_over();
                Deployed { person: *person, pending: Asks::Nothing }
            }
            (Act::Accept | Act::Decline, Deployed { person, pending: Asks::Confirmation }) => {
                Deployed { person, pending: Asks::Nothing }
            }
            (Act::Return, Deployed { .. }) => InStock,
            (Act::Reserve { person }, InStock) if is_clean && is_for(*person) => {
                self.reserved_for = Some(*person);
                InStock
            }
            (Act::ReleaseReservation, life @ (InStock | InTransit { .. })) => {
                self.reserved_for.take()?;
                life
            }
            _ => return None,
        })
    }

    /// Where it is in its life.
    fn moved(&mut self, act: &Act, life: Life) -> Option<Life> {
        use Life::{Deployed, Disposed, InMaintenance, InStock, InTransit, Missing, Retired, Voided};
        let is_free = !self.holds.contains("legal");
        let after = match (act, life) {
            (Act::CompleteMaintenance, InMaintenance) | (Act::Reinstate, Retired) => InStock,
            (Act::Ship { place }, left @ (InStock | InMaintenance | Retired)) if *place != self.place => {
                InTransit { left: Box::new(left), to: *place }
            }
            (Act::Arrive, InTransit { left, to }) => {
                self.place = to;
                *left
            }
            (Act::Relocate { place }, life @ (InStock | Deployed { .. } | InMaintenance | Retired))
                if *place != self.place =>
            {
                self.place = *place;
                life
            }
            (Act::StartMaintenance, InStock | Deployed { .. }) if is_free => InMaintenance,
            (Act::ReportMissing, InStock | Deployed { .. } | InTransit { .. } | InMaintenance | Retired) => {
                Missing
            }
            (Act::Recover, Missing) => {
                self.place = 0;
                InStock
            }
            (Act::WriteOff, Missing) if is_free => Disposed,
            (Act::Retire, InStock | InMaintenance) => Retired,
            (Act::Sanitize, life @ (InStock | InMaintenance | Retired)) if is_free => {
                self.is_wiped = true;
                life
            }
            (Act::Dispose, Retired) if is_free && self.is_wiped => Disposed,
            (Act::Void, InStock | Missing | Retired) if is_free => Voided,
            (Act::Retag { tag }, life) if !matches!(life, Voided) && *tag != self.tag => {
                self.tag = *tag;
                life
            }
            _ => return None,
        };
        if matches!(after, Missing | Retired | Disposed | Voided) {
            self.reserved_for = None;
        }
        Some(after)
    }

    /// Whoever has it writes on it where she usually is, and whoever waited for it has it or was passed over.
    fn hand_over(&mut self) {
        self.place = USUAL_PLACE;
        self.reserved_for = None;
        self.is_wiped = false;
    }

    /// Under a hold, or no longer.
    fn held(&mut self, hold: &'static str, begins: bool, life: Life) -> Option<Life> {
        let has_changed = if begins { self.holds.insert(hold) } else { self.holds.remove(hold) };
        (has_changed && !life.is_over()).then_some(life)
    }
}
