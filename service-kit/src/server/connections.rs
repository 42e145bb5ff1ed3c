//! The connections of a server that are open: whose they are, and which one makes room for another.
//!
//! A connection that is not at work, on a request that was taken, holds a place only for as long as nobody
//! else needs it. Where nothing is idle, a further connection gets a seat in the reserve, where probes are
//! answered and nothing else is; a seat there is the next one's if too many want one.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How many connections have a seat in the reserve.
pub(crate) const RESERVE: usize = 64;

/// The connections of one server.
pub(super) struct Connections {
    places: usize,
    per_peer: usize,
    begun: Instant,
    table: Mutex<ConnectionTable>,
}

#[derive(Default)]
struct ConnectionTable {
    next: u64,
    open: BTreeMap<u64, OpenConnection>,
    reserve: BTreeMap<u64, Connection>,
    of_peer: HashMap<Peer, usize>,
}

struct OpenConnection {
    peer: Peer,
    connection: Connection,
}

/// Who is counted as one: an address of IPv4, or the 64 bits of IPv6 that one subscriber has. Programs of
/// this very host are not counted: what reaches a server from there is a proxy that speaks for many, and
/// whoever is on the host has other ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Peer {
    ThisHost,
    Network([u16; 4]),
    Address([u8; 4]),
}

/// A connection, as its requests know it: an extension of theirs.
#[derive(Clone, Debug)]
pub(crate) struct Connection(Arc<State>);

#[derive(Debug)]
struct State {
    end: CancellationToken,
    at_work: AtomicUsize,
    begun: Instant,
    /// Milliseconds from `begun`.
    last_used: AtomicU64,
}

/// Says that a connection is at work, until it is dropped.
#[derive(Debug)]
pub(crate) struct Work(Connection);

/// Where a connection is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// Everything is answered.
    Whole,
    /// Only probes are.
    Reserve,
}

/// A connection's seat, which is free again when it is dropped.
pub(super) struct Seat {
    pub(super) room: Room,
    pub(super) connection: Connection,
    number: u64,
    connections: Arc<Connections>,
}

impl Connections {
    /// `places` connections at most, and of those `per_peer` at most of one peer; no limit for a peer if it
    /// is 0.
    pub(super) fn new(places: usize, per_peer: usize) -> Self {
        let per_peer = if per_peer == 0 { usize::MAX } else { per_peer };
        Self { places, per_peer, begun: Instant::now(), table: Mutex::default() }
    }

    /// Finds a seat for a connection that was accepted; one that is idle may have to leave for it.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Seat {
        let peer = Peer::of(address);
        let connection = Connection::new(self.begun);
        let mut table = self.lock();
        let number = table.next;
        table.next += 1;
        let has_room = if peer != Peer::ThisHost && table.count(peer) >= self.per_peer {
            table.make_room(|other| other == peer)
        } else {
            table.open.len() < self.places || table.make_room(|_| true)
        };
        let room = if has_room { Room::Whole } else { Room::Reserve };
        table.seat(room, number, peer, connection.clone());
        drop(table);
        Seat { room, connection, number, connections: Arc::clone(self) }
    }

    fn lock(&self) -> MutexGuard<'_, ConnectionTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConnectionTable {
    fn count(&self, peer: Peer) -> usize {
        self.of_peer.get(&peer).copied().unwrap_or_default()
    }

    fn seat(&mut self, room: Room, number: u64, peer: Peer, connection: Connection) {
        match room {
            Room::Whole => {
                *self.of_peer.entry(peer).or_default() += 1;
                self.open.insert(number, OpenConnection { peer, connection });
            }
            Room::Reserve => {
                while self.reserve.len() >= RESERVE
                    && let Some((_, oldest)) = self.reserve.pop_first()
                {
                    oldest.end();
                }
                self.reserve.insert(number, connection);
            }
        }
    }

    /// Ends the connection that was idle for the longest time, if there is one among those peers.
    fn make_room(&mut self, is_candidate: impl Fn(Peer) -> bool) -> bool {
        let idle = self.open.iter().filter(|(_, entry)| is_candidate(entry.peer));
        let idle = idle.filter(|(_, entry)| entry.connection.is_idle());
        let longest = idle.min_by_key(|(_, entry)| entry.connection.0.last_used.load(Ordering::Relaxed));
        let Some(number) = longest.map(|(number, _)| *number) else { return false };
        if let Some(connection) = self.remove(number) {
            connection.end();
        }
        true
    }

    fn remove(&mut self, number: u64) -> Option<Connection> {
        if let Some(connection) = self.reserve.remove(&number) {
            return Some(connection);
        }
        let entry = self.open.remove(&number)?;
        if let Some(count) = self.of_peer.get_mut(&entry.peer) {
            *count -= 1;
            if *count == 0 {
                self.of_peer.remove(&entry.peer);
            }
        }
        Some(entry.connection)
    }
}

impl Peer {
    fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        match address {
            _ if address.is_loopback() => Self::ThisHost,
            IpAddr::V4(address) => Self::Address(address.octets()),
            IpAddr::V6(address) => {
                let [first, second, third, fourth, ..] = address.segments();
                Self::Network([first, second, third, fourth])
            }
        }
    }
}

impl Connection {
    fn new(begun: Instant) -> Self {
        let connection = Self(Arc::new(State {
            end: CancellationToken::new(),
            at_work: AtomicUsize::new(0),
            begun,
            last_used: AtomicU64::new(0),
        }));
        connection.touch();
        connection
    }

    /// Ends it, whatever it is at.
    pub(crate) fn end(&self) {
        self.0.end.cancel();
    }

    /// Ready once it was ended.
    pub(super) fn ended(&self) -> &CancellationToken {
        &self.0.end
    }

    /// Notes that it is at work.
    pub(crate) fn work(&self) -> Work {
        self.0.at_work.fetch_add(1, Ordering::AcqRel);
        Work(self.clone())
    }

    fn is_idle(&self) -> bool {
        self.0.at_work.load(Ordering::Acquire) == 0
    }

    fn touch(&self) {
        let now = u64::try_from(self.0.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.last_used.store(now, Ordering::Relaxed);
    }

    /// Ready once it was idle for so long.
    pub(super) async fn idle_for(&self, span: Duration) {
        loop {
            let last_used = Duration::from_millis(self.0.last_used.load(Ordering::Relaxed));
            let left = (self.0.begun + last_used + span).saturating_duration_since(Instant::now());
            if left.is_zero() && self.is_idle() {
                return;
            }
            // While it is at work its last use is still to come.
            tokio::time::sleep(if left.is_zero() { span } else { left }).await;
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.touch();
        self.0.0.at_work.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.connections.lock().remove(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(places: usize, per_peer: usize) -> Arc<Connections> {
        Arc::new(Connections::new(places, per_peer))
    }

    fn admit(connections: &Arc<Connections>, address: &str) -> Seat {
        connections.admit(address.parse().unwrap())
    }

    fn is_ended(seat: &Seat) -> bool {
        seat.connection.ended().is_cancelled()
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_was_idle_for_longest_makes_room() {
        let connections = connections(2, 0);
        let first = admit(&connections, "192.0.2.1");
        tokio::time::advance(Duration::from_secs(1)).await;
        let second = admit(&connections, "192.0.2.1");
        tokio::time::advance(Duration::from_secs(1)).await;
        drop(first.connection.work());
        let third = admit(&connections, "192.0.2.2");
        assert_eq!(third.room, Room::Whole);
        assert!(is_ended(&second) && !is_ended(&first));
    }

    #[test]
    fn what_is_at_work_stays_and_the_next_one_gets_a_seat_in_the_reserve() {
        let connections = connections(1, 0);
        let busy = admit(&connections, "192.0.2.1");
        let work = busy.connection.work();
        let waiting = admit(&connections, "192.0.2.2");
        assert_eq!((waiting.room, is_ended(&busy)), (Room::Reserve, false));
        drop(work);
        assert_eq!(admit(&connections, "192.0.2.2").room, Room::Whole);
        assert!(is_ended(&busy));
    }

    #[test]
    fn one_peer_has_its_share_and_no_more() {
        let connections = connections(4, 2);
        let of = |address: &str| {
            let seat = admit(&connections, address);
            std::mem::forget(seat.connection.work());
            seat
        };
        let mine = [of("2001:db8:1:1::1"), of("2001:db8:1:1::2"), of("2001:db8:1:1:9::3")];
        assert_eq!(mine.each_ref().map(|seat| seat.room), [Room::Whole, Room::Whole, Room::Reserve]);
        let others = [of("2001:db8:1:2::1"), of("192.0.2.1"), of("192.0.2.2")];
        assert_eq!(others.each_ref().map(|seat| seat.room), [Room::Whole, Room::Whole, Room::Reserve]);
        drop(mine);
        let mapped = of("::ffff:192.0.2.1");
        assert_eq!(mapped.room, Room::Whole);
        assert_eq!(of("192.0.2.1").room, Room::Reserve, "mapped and plain are one peer");
    }

    #[test]
    fn a_share_is_made_room_in_by_its_own_peer_only() {
        let connections = connections(9, 1);
        let (mine, other) = (admit(&connections, "192.0.2.1"), admit(&connections, "192.0.2.2"));
        assert_eq!(admit(&connections, "192.0.2.1").room, Room::Whole);
        assert!(is_ended(&mine) && !is_ended(&other));
    }

    #[test]
    fn programs_of_this_host_speak_for_many() {
        let connections = connections(9, 1);
        let seats = ["127.0.0.1", "127.0.0.1", "::1", "::ffff:127.0.0.1"].map(|it| admit(&connections, it));
        assert!(seats.iter().all(|seat| seat.room == Room::Whole && !is_ended(seat)));
    }

    #[test]
    fn the_reserve_is_bounded_and_goes_to_the_newest() {
        let connections = connections(0, 0);
        let seats: Vec<_> = (0..=RESERVE).map(|_| admit(&connections, "192.0.2.1")).collect();
        assert!(seats.iter().all(|seat| seat.room == Room::Reserve));
        assert_eq!(seats.iter().filter(|seat| is_ended(seat)).count(), 1);
        assert!(is_ended(&seats[0]));
        drop(seats);
        let table = connections.lock();
        assert!(table.reserve.is_empty() && table.open.is_empty() && table.of_peer.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn idleness_is_counted_from_the_last_use() {
        let connection = Connection::new(Instant::now());
        let work = connection.work();
        let span = Duration::from_secs(10);
        assert!(tokio::time::timeout(span * 5, connection.idle_for(span)).await.is_err(), "at work");
        drop(work);
        let begun = Instant::now();
        connection.idle_for(span).await;
        assert_eq!(begun.elapsed(), span);
    }
}
