//! Ports on 127.0.0.1 for servers that are started by number, and again after they were killed.
//!
//! A port that was found free may be taken before the server listens: by a test beside this one, or as the
//! near end of any connection. So ports come from below those that the kernel gives to connections, and a lock
//! on a file says, to every process of the harness, whose a port is until it is dropped.

use std::collections::hash_map::RandomState;
use std::fs::{self, File};
use std::hash::{BuildHasher as _, Hasher as _};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

/// Below 32768, where Linux begins to give ports to connections (`net.ipv4.ip_local_port_range`).
const FIRST: u16 = 10_000;
const COUNT: u16 = 22_000;

/// A port that nobody else of the harness uses until this is dropped.
#[derive(Debug)]
pub struct Port {
    number: u16,
    lock: PathBuf,
    _held: File,
}

impl Port {
    /// Takes a free one.
    ///
    /// # Errors
    /// If none is free, or no lock can be made.
    pub fn take() -> io::Result<Self> {
        let begin = u16::try_from(RandomState::new().build_hasher().finish() % u64::from(COUNT)).unwrap_or(0);
        for step in 0..COUNT {
            if let Some(port) = Self::try_take(FIRST + (begin + step) % COUNT)? {
                return Ok(port);
            }
        }
        Err(io::Error::new(io::ErrorKind::AddrNotAvailable, "no port is free"))
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> u16 {
        self.number
    }

    fn try_take(number: u16) -> io::Result<Option<Self>> {
        let lock = std::env::temp_dir().join(format!("itam-port-{number}.lock"));
        let held = File::options().create(true).append(true).open(&lock)?;
        // Who had it before may have removed the file between the opening and the locking.
        if held.try_lock().is_err() || held.metadata()?.nlink() == 0 {
            return Ok(None);
        }
        let port = Self { number, lock, _held: held };
        // Somebody who is not of the harness may listen there.
        Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok().then_some(port))
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        // Still locked: whoever opened it meanwhile sees that it is gone. A file that stays harms nobody.
        let _ = fs::remove_file(&self.lock);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_one_holders_until_it_is_dropped() {
        let port = Port::take().unwrap();
        let number = port.number();
        assert!(Port::try_take(number).unwrap().is_none());
        drop(port);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, number)).unwrap();
        assert!(Port::try_take(number).unwrap().is_none(), "somebody listens there");
        drop(listener);
        let lock = Port::try_take(number).unwrap().expect("free again").lock.clone();
        assert!(!lock.exists(), "the lock goes with the port");
    }
}
