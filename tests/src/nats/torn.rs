//! What a power cut leaves of the writes that were under way on a server.
//!
//! With `sync_interval: always` a server answers after the disk has what it wrote: of what was answered, a
//! power cut takes nothing away. But it may be in the middle of a write that nobody was answered. Of that the
//! disk then has nothing, the beginning, or zeros, where the file had grown and the bytes had not arrived. A
//! killed process leaves none of these: what it wrote, the system goes on to write.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::NatsServer;
use crate::dice::Dice;

/// A record of a block of messages begins with its length (u32), its sequence (u64), a time (i64) and the length
/// of its subject (u16), all little-endian.
const HEAD: usize = 22;
/// The length's highest bits say whether the message has headers.
const LENGTH: u32 = (1 << 30) - 1;
/// The sequence's highest bits say whether the record is a tombstone.
const SEQUENCE: u64 = (1 << 62) - 1;

impl NatsServer {
    /// Makes of a killed server's store what a cut of the power may have left: in the last block of each stream
    /// and of each server's record of decisions, the message that would have been next is there in part, as zeros,
    /// or not at all.
    ///
    /// # Errors
    /// If the store cannot be read or written.
    pub fn tear_writes_under_way(&self, dice: &mut Dice) -> io::Result<()> {
        for folder in folders_of_messages(&self.store_folder())? {
            let Some(block) = last_block(&folder)? else { continue };
            let bytes = fs::read(&block)?;
            let Some(next) = next_record(&bytes) else { continue };
            let part = 1 + usize::try_from(dice.below(next.len() as u64 - 1)).unwrap_or(0);
            let left = match dice.below(3) {
                0 => continue,
                1 => vec![0; part],
                _ => next[..part].to_vec(),
            };
            OpenOptions::new().append(true).open(&block)?.write_all(&left)?;
        }
        Ok(())
    }
}

/// Every folder `msgs` below a store.
fn folders_of_messages(store: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut found, mut folders) = (Vec::new(), vec![store.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if !path.is_dir() {
                continue;
            }
            if path.ends_with("msgs") {
                found.push(path);
            } else {
                folders.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn last_block(folder: &Path) -> io::Result<Option<PathBuf>> {
    let mut blocks: Vec<(u64, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_block = path.extension().is_some_and(|extension| extension == "blk");
        let number = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
        blocks.extend(number.filter(|_| is_block).map(|number| (number, path)));
    }
    Ok(blocks.into_iter().max().map(|(_, path)| path))
}

/// The record that could have been written next: like the last one, under the next sequence. None if the block
/// is empty, or does not end with a whole record.
fn next_record(block: &[u8]) -> Option<Vec<u8>> {
    let (mut rest, mut last) = (block, None);
    while !rest.is_empty() {
        let length = u32::from_le_bytes(rest.get(..4)?.try_into().ok()?) & LENGTH;
        let length = usize::try_from(length).ok().filter(|length| *length > HEAD)?;
        last = Some(rest.get(..length)?);
        rest = &rest[length..];
    }
    let mut next = last?.to_vec();
    let sequence = u64::from_le_bytes(next[4..12].try_into().ok()?) & SEQUENCE;
    next[4..12].copy_from_slice(&(sequence + 1).to_le_bytes());
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(sequence: u64, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(HEAD + body.len()).expect("it is short");
        let head = [&length.to_le_bytes()[..], &sequence.to_le_bytes(), &[0; 8], &[0; 2]].concat();
        [head, body.to_vec()].concat()
    }

    #[test]
    fn what_is_torn_is_what_would_have_been_written_next() {
        let block = [record(7, b"one"), record(8, b"second")].concat();
        assert_eq!(next_record(&block), Some(record(9, b"second")));
        assert_eq!(next_record(&block[..block.len() - 1]), None, "it is torn already");
        assert_eq!(next_record(&[]), None);
        assert_eq!(next_record(&[0; 64]), None);
    }
}
