//! The power is cut, again and again, at any moment: while people are written, erased, and put away
//! for good. Each group of changes is there or not, an acknowledged one is, and whoever is erased is
//! nowhere on the disk.

use std::collections::{BTreeMap, BTreeSet};

use itam_tests::dice::Dice;
use itam_tests::power::Disk;
use uuid::Uuid;

use super::place::VaultPlace;
use super::store::{PeopleStore, PersonChange};
use crate::fold::UsernameClaim;
use crate::{PersonDetails, VaultError};

pub(super) const NAME: &str = "vault.redb";
pub(super) const SUCCESSOR: &str = "vault.rewritten";

/// How many disks, each with a vault of its own.
const DISKS: u64 = 5;
/// How often each loses its power.
const CUTS: u64 = 30;
/// After how many operations at most: while the file is opened, or while it is worked with. An
/// erasure takes about fifty.
const LONGEST_LIVES: [u64; 3] = [10, 60, 300];
const PEOPLE: u64 = 12;

/// What the vault should hold.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    people: BTreeMap<Uuid, PersonDetails>,
    begun: BTreeSet<Uuid>,
}

impl Model {
    /// Whether the change is taken, and then what it leads to.
    fn apply(&mut self, change: &PersonChange) -> bool {
        match change {
            PersonChange::Put(id, details, _) => {
                let is_taken = !self.begun.contains(id);
                if is_taken {
                    self.people.insert(*id, details.clone());
                }
                is_taken
            }
            PersonChange::BeginErasure(id) => {
                let is_taken = self.people.contains_key(id);
                if is_taken {
                    self.begun.insert(*id);
                }
                is_taken
            }
            PersonChange::CancelErasure(id) => {
                self.begun.remove(id);
                true
            }
            PersonChange::Erase(id) => {
                if self.people.remove(id).is_some() {
                    self.begun.insert(*id);
                }
                true
            }
        }
    }

    /// All changes of a group, and whether each is taken. Erasures end with it.
    fn apply_all(&mut self, group: &[PersonChange]) -> Vec<bool> {
        let taken = group.iter().map(|change| self.apply(change)).collect();
        self.begun.retain(|id| self.people.contains_key(id));
        taken
    }

    fn of(store: &PeopleStore) -> Self {
        let content = store.load().expect("the vault can be read");
        Self { people: content.people.into_iter().collect(), begun: content.erasures.into_iter().collect() }
    }

    /// The names that are in this one and not in the other.
    fn names_gone_in(&self, other: &Self) -> Vec<String> {
        let erased = self.people.iter().filter(|(id, _)| !other.people.contains_key(id));
        erased.map(|(_, details)| details.display_name.clone()).collect()
    }
}

#[test]
fn people_are_there_or_erased_for_good_after_every_power_cut() {
    let (mut acknowledged, mut erased, mut cut_while_opening) = (0, 0, 0);
    for seed in 0..DISKS {
        let (disk, mut model) = (Disk::default(), Model::default());
        for cut in 0..CUTS {
            let mut dice = Dice::of(seed, "life", &[cut]);
            let longest = *dice.pick(&LONGEST_LIVES);
            disk.cut_after(1 + dice.below(longest));
            let before = model.clone();
            let tried = match PeopleStore::open(VaultPlace::Simulated(disk.clone())) {
                Ok(store) => live(store, &mut dice, &mut model, &mut acknowledged),
                Err(error) => {
                    assert!(disk.is_off(), "disk {seed}, life {cut}: {error:?}");
                    cut_while_opening += 1;
                    None
                }
            };
            disk.cut();
            disk.restore_power(&mut dice);
            let store = PeopleStore::open(VaultPlace::Simulated(disk.clone()));
            let store = store.unwrap_or_else(|error| panic!("disk {seed}, cut {cut}: {error:?}"));
            let found = Model::of(&store);
            assert!(
                found == model || Some(&found) == tried.as_ref(),
                "disk {seed}, cut {cut}: {found:?} is neither {model:?} nor {tried:?}"
            );
            for name in before.names_gone_in(&found) {
                assert!(!disk.holds(name.as_bytes()), "disk {seed}, cut {cut}: {name} is still there");
                erased += 1;
            }
            model = found;
        }
    }
    println!(
        "{} cuts, {cut_while_opening} while opening: {acknowledged} groups, {erased} erased",
        DISKS * CUTS
    );
    assert!(acknowledged > 300 && erased > 20 && cut_while_opening > 0, "the trial proves little");
}

/// Changes people until the power is cut. Gives what the last group of changes would have led to,
/// of which nobody was told.
fn live(mut store: PeopleStore, dice: &mut Dice, model: &mut Model, acknowledged: &mut u64) -> Option<Model> {
    // Ends with the power.
    loop {
        let group: Vec<PersonChange> = (0..=dice.below(3)).map(|_| change(dice)).collect();
        let mut tried = model.clone();
        let wanted = tried.apply_all(&group);
        match store.apply(&group) {
            Ok(outcomes) => {
                assert!(outcomes.iter().map(Result::is_ok).eq(wanted), "{outcomes:?} for {tried:?}");
                *model = tried;
                *acknowledged += 1;
            }
            Err(VaultError::Unavailable { .. }) => return Some(tried),
            Err(error) => panic!("{error:?}"),
        }
    }
}

fn change(dice: &mut Dice) -> PersonChange {
    let id = Uuid::from_u128(u128::from(1 + dice.below(PEOPLE)));
    match dice.below(10) {
        0 => PersonChange::Erase(id),
        1 => PersonChange::BeginErasure(id),
        2 => PersonChange::CancelErasure(id),
        _ => {
            let details = PersonDetails::new(format!("\u{00c5}sa {:016x}", dice.throw()));
            PersonChange::Put(id, details, UsernameClaim::Given)
        }
    }
}
