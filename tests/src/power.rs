//! A disk in memory that loses its power: what was not synced by then is lost, kept or torn.
//!
//! It is harsher than a killed process, which loses nothing that the system was given, and harsher
//! than most disks: of what was written since the last sync, each sector survives or not by itself,
//! in no order. Promises about power cuts are held against it in memory, so hundreds of cuts take
//! seconds.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::dice::Dice;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// A folder on such a disk. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    names: BTreeMap<String, u64>,
    /// By numbers that are never given again. Those without a name are gone, but for who has them
    /// open.
    files: BTreeMap<u64, Content>,
    /// After how many further operations the power is cut.
    left: Option<u64>,
    is_off: bool,
    /// How often the power has come back. Who opened a file before has lost it.
    life: u64,
}

/// What is in a file, and how it came to that.
#[derive(Clone, Debug, Default)]
struct Content {
    synced: Vec<u8>,
    now: Vec<u8>,
    since: Vec<Unsynced>,
}

/// Something that is not synced yet.
#[derive(Clone, Debug)]
enum Unsynced {
    Written { offset: usize, bytes: Vec<u8> },
    Resized(usize),
}

/// What becomes of that when the power is cut.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Lost,
    Kept,
    /// Each write survives by itself.
    Scattered,
    /// Each sector of each write does.
    Torn,
}

impl Disk {
    /// Cuts the power in the middle of the last of so many further operations that change something.
    pub fn cut_after(&self, operations: u64) {
        self.state().left = Some(operations);
    }

    /// Cuts the power now.
    pub fn cut(&self) {
        self.state().is_off = true;
    }

    /// Whether the power is cut.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.state().is_off
    }

    /// Gives it power again; the dice say what has survived. Files that were open stay broken.
    pub fn restore_power(&self, dice: &mut Dice) {
        let mut state = self.state();
        let named: BTreeSet<u64> = state.names.values().copied().collect();
        state.files.retain(|number, _| named.contains(number));
        for content in state.files.values_mut() {
            content.survive(dice);
        }
        (state.is_off, state.left) = (false, None);
        state.life += 1;
    }

    /// Whether there is a file of a name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.state().names.contains_key(name)
    }

    /// Opens a file, made if it is not there. A new file's name is durable at once.
    ///
    /// # Errors
    /// If there is no power.
    pub fn open(&self, name: &str) -> io::Result<DiskFile> {
        let mut state = self.state();
        state.operate()?;
        let next = state.files.keys().last().map_or(0, |last| last + 1);
        let number = *state.names.entry(name.to_owned()).or_insert(next);
        state.files.entry(number).or_default();
        Ok(DiskFile { disk: self.clone(), number, life: state.life })
    }

    /// Removes a file, durably.
    ///
    /// # Errors
    /// If there is no power.
    pub fn remove_if_there(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.operate()?;
        state.names.remove(name);
        Ok(())
    }

    /// Puts a file in place of another in one durable step. What the file holds is as durable as it
    /// was. Who has it open goes on with it.
    ///
    /// # Errors
    /// If there is no power, or no such file.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        state.operate()?;
        let number = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), number);
        Ok(())
    }

    /// Whether these bytes are in any file that has a name.
    #[must_use]
    pub fn holds(&self, bytes: &[u8]) -> bool {
        let Some(first) = bytes.first() else { return true };
        let is_in = |content: &Content| {
            let starts = content.now.iter().enumerate().filter(|(_, byte)| *byte == first);
            starts.into_iter().any(|(start, _)| content.now[start..].starts_with(bytes))
        };
        let state = self.state();
        state.names.values().any(|number| is_in(&state.files[number]))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Refuses who opened a file before the power was cut.
    fn check(&self, life: u64) -> io::Result<()> {
        if self.is_off || self.life != life {
            return Err(io::Error::other("the power was cut since this file was opened"));
        }
        Ok(())
    }

    fn file(&mut self, number: u64) -> io::Result<&mut Content> {
        Ok(self.files.get_mut(&number).ok_or(io::ErrorKind::NotFound)?)
    }

    /// Counts an operation, which fails without power.
    fn operate(&mut self) -> io::Result<()> {
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(1);
            self.is_off |= *left == 0;
        }
        if self.is_off { Err(io::Error::other("the power is cut")) } else { Ok(()) }
    }
}

impl Content {
    fn survive(&mut self, dice: &mut Dice) {
        let fate = *dice.pick(&[Fate::Lost, Fate::Kept, Fate::Scattered, Fate::Torn, Fate::Torn]);
        let mut image = std::mem::take(&mut self.synced);
        for change in self.since.drain(..) {
            change.survive(fate, dice, &mut image);
        }
        (self.synced, self.now) = (image.clone(), image);
    }
}

impl Unsynced {
    fn apply(&self, image: &mut Vec<u8>) {
        match self {
            Self::Resized(length) => image.resize(*length, 0),
            Self::Written { offset, bytes } => put(image, *offset, bytes),
        }
    }

    fn survive(&self, fate: Fate, dice: &mut Dice, image: &mut Vec<u8>) {
        match (fate, self) {
            (Fate::Torn, Self::Written { offset, bytes }) => {
                for (start, sector) in sectors(*offset, bytes) {
                    if dice.is_within(50) {
                        put(image, start, sector);
                    }
                }
            }
            _ if dice.is_within(fate.percent()) => self.apply(image),
            _ => {}
        }
    }
}

impl Fate {
    /// How many of 100 changes survive.
    fn percent(self) -> u64 {
        match self {
            Self::Lost => 0,
            Self::Kept => 100,
            Self::Scattered | Self::Torn => 50,
        }
    }
}

fn put(image: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if image.len() < end {
        image.resize(end, 0);
    }
    image[offset..end].copy_from_slice(bytes);
}

/// The pieces of a write that a disk writes by themselves.
fn sectors(offset: usize, bytes: &[u8]) -> Vec<(usize, &[u8])> {
    let (mut pieces, mut start, mut rest) = (Vec::new(), offset, bytes);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(SECTOR - start % SECTOR));
        pieces.push((start, piece));
        (start, rest) = (start + piece.len(), after);
    }
    pieces
}

/// A file that is open. After a power cut it stays broken: it was a dead process's.
#[derive(Debug)]
pub struct DiskFile {
    disk: Disk,
    number: u64,
    life: u64,
}

impl DiskFile {
    /// How long it is, in bytes.
    ///
    /// # Errors
    /// If there is no power.
    pub fn length(&self) -> io::Result<u64> {
        self.look(|content| Ok(content.now.len() as u64))
    }

    /// Reads from a place on.
    ///
    /// # Errors
    /// If there is no power, or the file ends before.
    pub fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let offset = place(offset)?;
        self.look(|content| {
            let bytes = content.now.get(offset..offset + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
            out.copy_from_slice(bytes);
            Ok(())
        })
    }

    /// Writes at a place; durable after the next sync.
    ///
    /// # Errors
    /// If there is no power: then some of it may be written all the same.
    pub fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.change(Unsynced::Written { offset: place(offset)?, bytes: bytes.to_vec() })
    }

    /// Makes it longer, with zeros, or shorter; durable after the next sync.
    ///
    /// # Errors
    /// If there is no power: then it may be done all the same.
    pub fn resize(&self, length: u64) -> io::Result<()> {
        self.change(Unsynced::Resized(place(length)?))
    }

    /// Makes all of it durable.
    ///
    /// # Errors
    /// If there is no power: then some of it may be durable all the same.
    pub fn sync(&self) -> io::Result<()> {
        self.work(|content, operated| {
            operated?;
            for change in content.since.drain(..) {
                change.apply(&mut content.synced);
            }
            Ok(())
        })
    }

    fn change(&self, change: Unsynced) -> io::Result<()> {
        self.work(|content, operated| {
            if operated.is_ok() {
                change.apply(&mut content.now);
            }
            // Under way when the power goes, it is neither done nor undone.
            content.since.push(change);
            operated
        })
    }

    fn look<T>(&self, look: impl FnOnce(&Content) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.disk.state();
        state.check(self.life)?;
        look(state.file(self.number)?)
    }

    /// Does something with what is in the file, told whether the power goes in the middle of it.
    fn work<T>(&self, work: impl FnOnce(&mut Content, io::Result<()>) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.disk.state();
        state.check(self.life)?;
        let operated = state.operate();
        work(state.file(self.number)?, operated)
    }
}

fn place(offset: u64) -> io::Result<usize> {
    usize::try_from(offset).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file of two sectors, synced as `a` and then overwritten with `b`, holds after a cut.
    fn after_a_cut(seed: u64) -> Vec<u8> {
        let disk = Disk::default();
        let file = disk.open("file").expect("there is power");
        file.write(0, &[b'a'; 2 * SECTOR]).expect("there is power");
        file.sync().expect("there is power");
        file.write(0, &[b'b'; 2 * SECTOR]).expect("there is power");
        disk.cut();
        assert!(file.sync().is_err() && disk.open("file").is_err());
        disk.restore_power(&mut Dice::of(seed, "test", &[]));
        assert!(file.length().is_err(), "a dead process still has its file");
        let file = disk.open("file").expect("there is power");
        let mut bytes = vec![0; 2 * SECTOR];
        file.read(0, &mut bytes).expect("what was synced is there");
        vec![bytes[0], bytes[2 * SECTOR - 1]]
    }

    #[test]
    fn what_was_synced_stays_and_what_was_not_is_lost_kept_or_torn() {
        let mut seen: Vec<Vec<u8>> = (0..64).map(after_a_cut).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen, [b"aa", b"ab", b"ba", b"bb"]);
    }

    #[test]
    fn who_has_a_file_open_goes_on_with_it_under_its_new_name() {
        let disk = Disk::default();
        let file = disk.open("new").expect("there is power");
        disk.rename("new", "old").expect("there is power");
        file.write(0, b"Ada").expect("it is still open");
        assert!(disk.has("old") && !disk.has("new") && disk.holds(b"da") && !disk.holds(b"Bob"));
        disk.remove_if_there("old").expect("there is power");
        assert!(!disk.holds(b"da"));
    }

    #[test]
    fn the_power_goes_at_the_operation_that_was_named() {
        let disk = Disk::default();
        let file = disk.open("file").expect("there is power");
        disk.cut_after(2);
        file.write(0, b"one").expect("the first is done");
        assert!(file.write(3, b"two").is_err() && disk.is_off());
    }
}
