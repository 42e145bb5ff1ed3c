//! Reading a backup: proven whole first, and only then given out.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::HEXLOWER;
use indicatif::{ProgressBar, ProgressStyle};
use itam_event_log::{Tenant, TransferRecord};
use itam_vault::{PersonDetails, TokenRecord};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::format::{
    BackupEnd, BackupHeader, CHECKSUM_BYTES, FORMAT, Frame, FrameKind, MAGIC, MAX_FRAME, decode_message,
};
use crate::transfer::{CHUNK, HistoryHash, TransferError};

const BLOCK: usize = 256 * 1024;

/// A backup that is whole and unchanged since it was written.
pub(crate) struct Backup {
    path: PathBuf,
    frames: BufReader<io::Take<File>>,
    pub(crate) header: BackupHeader,
    pub(crate) end: BackupEnd,
    /// A frame that was read and belongs to the next piece.
    ahead: Option<Frame>,
}

/// A piece of a backup.
pub(crate) enum BackupPiece {
    /// Whole commits that follow one another.
    Records(Vec<TransferRecord>),
    People(Vec<(Uuid, Arc<PersonDetails>)>),
    Tokens(Vec<TokenRecord>),
}

impl Backup {
    /// Opens a backup and proves it: checksum, order, counts and hash.
    ///
    /// # Errors
    /// [`TransferError`], whatever is wrong with it.
    pub(crate) fn open(path: &Path) -> Result<Self, TransferError> {
        check_format(path)?;
        check_sum(path)?;
        let mut backup = Self::open_frames(path)?;
        let (mut history, mut people, mut tokens) = (HistoryHash::default(), 0, 0);
        let mut last_hash = None;
        while let Some(piece) = backup.next()? {
            match piece {
                BackupPiece::Records(records) => {
                    for record in &records {
                        history.add(record);
                    }
                    let last = records.last().map(|record| Sha256::digest(&record.message.body));
                    last_hash = last.map(|hash| HEXLOWER.encode(&hash)).or(last_hash);
                }
                BackupPiece::People(page) => people += page.len() as u64,
                BackupPiece::Tokens(page) => tokens += page.len() as u64,
            }
        }
        let found = BackupEnd { messages: history.messages, people, tokens, history_hash: history.text() };
        let header = &backup.header;
        if found != backup.end || header.head != found.messages || header.head_hash != last_hash {
            return Err(damaged(path, "its counts or hashes are not those of its content"));
        }
        Ok(Self { end: found, ..Self::open_frames(path)? })
    }

    /// The backup, if it belongs to this tenant.
    pub(crate) fn of(self, tenant: &Tenant) -> Result<Self, TransferError> {
        if self.header.tenant == tenant.as_str() {
            return Ok(self);
        }
        Err(TransferError::OtherTenant { found: self.header.tenant, wanted: tenant.as_str().to_owned() })
    }

    fn open_frames(path: &Path) -> Result<Self, TransferError> {
        let failed = |source| TransferError::File { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let begin = MAGIC.len() as u64 + 4;
        file.seek(SeekFrom::Start(begin)).map_err(failed)?;
        let frames = file.take(length.saturating_sub(begin + CHECKSUM_BYTES as u64));
        let frames = BufReader::with_capacity(BLOCK, frames);
        let end = BackupEnd { messages: 0, people: 0, tokens: 0, history_hash: String::new() };
        let header = BackupHeader {
            tenant: String::new(),
            created_at: chrono::DateTime::UNIX_EPOCH,
            itam_version: String::new(),
            head: 0,
            head_hash: None,
        };
        let mut backup = Self { path: path.to_owned(), frames, header, end, ahead: None };
        let Some(Frame::Header(header)) = backup.frame()? else {
            return Err(damaged(path, "it does not begin with its header"));
        };
        backup.header = header;
        Ok(backup)
    }

    /// The next piece; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<BackupPiece>, TransferError> {
        let frame = match self.ahead.take() {
            Some(frame) => Some(frame),
            None => self.frame()?,
        };
        match frame {
            Some(first @ Frame::Message(_)) => {
                let record = |frame| if let Frame::Message(record) = frame { Some(record) } else { None };
                Ok(Some(BackupPiece::Records(self.gather(first)?.into_iter().filter_map(record).collect())))
            }
            Some(first @ Frame::Person(_)) => {
                let person = |frame| match frame {
                    Frame::Person(person) => Some((person.id, Arc::new(person.details))),
                    _ => None,
                };
                Ok(Some(BackupPiece::People(self.gather(first)?.into_iter().filter_map(person).collect())))
            }
            Some(first @ Frame::Token(_)) => {
                let token = |frame| if let Frame::Token(token) = frame { Some(token) } else { None };
                Ok(Some(BackupPiece::Tokens(self.gather(first)?.into_iter().filter_map(token).collect())))
            }
            Some(Frame::End(end)) => {
                self.end = end;
                match self.frame()? {
                    None => Ok(None),
                    Some(_) => Err(damaged(&self.path, "something comes after its end")),
                }
            }
            Some(Frame::Header(_)) | None => Err(damaged(&self.path, "a part is not where it should be")),
        }
    }

    /// Frames of the kind of `first`, until there are enough: of messages, whole commits. One of
    /// another kind is kept for the next piece.
    fn gather(&mut self, first: Frame) -> Result<Vec<Frame>, TransferError> {
        let kind = mem::discriminant(&first);
        let mut gathered = vec![first];
        while gathered.len() < CHUNK.get() || gathered.last().is_some_and(is_within_commit) {
            match self.frame()? {
                Some(frame) if mem::discriminant(&frame) == kind => gathered.push(frame),
                other => {
                    self.ahead = other;
                    break;
                }
            }
        }
        Ok(gathered)
    }

    /// The next frame; none at the end of the file.
    fn frame(&mut self) -> Result<Option<Frame>, TransferError> {
        let cut = || damaged(&self.path, "it ends in the middle of a part");
        let mut kind = [0];
        match self.frames.read(&mut kind) {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(source) => return Err(TransferError::File { path: self.path.clone(), source }),
        }
        let mut length = [0; 4];
        self.frames.read_exact(&mut length).map_err(|_| cut())?;
        let length = u32::from_be_bytes(length);
        let kind = FrameKind::of(kind[0]).filter(|_| length <= MAX_FRAME);
        let kind = kind.ok_or_else(|| damaged(&self.path, "a part is of no known kind"))?;
        let mut payload = vec![0; length as usize];
        self.frames.read_exact(&mut payload).map_err(|_| cut())?;
        let frame = match kind {
            FrameKind::Header => json(&payload).map(Frame::Header),
            FrameKind::Message => decode_message(&payload).map(Frame::Message),
            FrameKind::Person => json(&payload).map(Frame::Person),
            FrameKind::Token => json(&payload).map(Frame::Token),
            FrameKind::End => json(&payload).map(Frame::End),
        };
        frame.map(Some).ok_or_else(|| damaged(&self.path, "a part is unreadable"))
    }
}

fn is_within_commit(frame: &Frame) -> bool {
    matches!(frame, Frame::Message(record) if !record.ends_commit)
}

fn json<T: DeserializeOwned>(payload: &[u8]) -> Option<T> {
    // The error may quote a name; that it is unreadable says enough.
    serde_json::from_slice(payload).ok()
}

fn damaged(path: &Path, what: &str) -> TransferError {
    TransferError::Damaged { path: path.to_owned(), what: what.to_owned() }
}

fn check_format(path: &Path) -> Result<(), TransferError> {
    let failed = |source| TransferError::File { path: path.to_owned(), source };
    let mut start = [0; 12];
    match File::open(path).map_err(failed)?.read_exact(&mut start) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            return Err(TransferError::NotABackup(path.to_owned()));
        }
        Err(source) => return Err(failed(source)),
    }
    let (magic, format) = start.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(TransferError::NotABackup(path.to_owned()));
    }
    let found = u32::from_be_bytes(format.try_into().expect("four bytes"));
    if found > FORMAT {
        return Err(TransferError::NewerFormat { path: path.to_owned(), found, supported: FORMAT });
    }
    Ok(())
}

/// Compares the checksum at the end with the one of all before it.
fn check_sum(path: &Path) -> Result<(), TransferError> {
    let failed = |source| TransferError::File { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let bar = bytes_bar(length);
    let mut left = length.checked_sub(CHECKSUM_BYTES as u64).ok_or_else(|| damaged(path, "it is cut"))?;
    let (mut checksum, mut block) = (Sha256::new(), vec![0; BLOCK]);
    while left > 0 {
        let part = usize::try_from(left).unwrap_or(BLOCK).min(BLOCK);
        file.read_exact(&mut block[..part]).map_err(failed)?;
        checksum.update(&block[..part]);
        left -= part as u64;
        bar.inc(part as u64);
    }
    bar.finish_and_clear();
    let mut written = [0; CHECKSUM_BYTES];
    file.read_exact(&mut written).map_err(failed)?;
    if checksum.finalize()[..] != written {
        return Err(damaged(path, "it was cut or changed: its checksum is another"));
    }
    Ok(())
}

fn bytes_bar(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("checking {bar:40} {bytes}/{total_bytes}, {eta} left");
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
