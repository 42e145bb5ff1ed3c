//! What is wrong with a server's copy of a stream, judged by what the servers say.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::group::{ReplicaGroup, ReplicaPeer};
use super::monitoring::Complaint;

/// For how long something must be seen to be wrong to be more than a server that starts, or a leader that changes.
pub(super) const LASTS: Duration = Duration::from_secs(5);

/// What is wrong with a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "snake_case")]
pub enum ReplicaFaultKind {
    /// The server is not heard: it is down, stopped, or cut off.
    Unheard,
    /// It has yet to take some of what the leader has.
    Behind,
    /// It holds nothing of what the leader has, as after the loss of its disk.
    Empty,
    /// The server is there, and cannot use its copy.
    Broken,
    /// Nobody leads the stream who has heard from a majority: nothing is stored.
    Leaderless,
}

/// A copy of a stream with which something is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct ReplicaFault {
    /// The stream.
    pub stream: String,
    /// The server's name; empty where the stream has no leader.
    pub server: String,
    /// What is wrong.
    pub kind: ReplicaFaultKind,
    /// What was seen, in a clause that follows the server's name.
    pub detail: String,
}

impl fmt::Display for ReplicaFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stream, server, detail, .. } = self;
        match self.kind {
            ReplicaFaultKind::Leaderless => write!(formatter, "stream {stream}: {detail}"),
            _ => write!(formatter, "server {server}, stream {stream}: {detail}"),
        }
    }
}

/// A fault of a replica that has lasted.
#[derive(Clone, Debug)]
pub struct LastingFault {
    /// What is wrong, as it was seen last.
    pub fault: ReplicaFault,
    /// The first look that did not find it right. An election, in which nobody speaks for a copy, counts.
    pub since: Instant,
}

/// Who leads a stream, if anybody does.
pub(super) enum Leadership {
    /// By its leader: the group, if there is a cluster, and the number of messages.
    Led(Option<ReplicaGroup>, u64),
    /// Nobody who may be believed answers, and why.
    Leaderless(String),
    /// There is no such stream.
    Absent,
}

/// What a server says against itself.
pub(super) struct OwnWord {
    pub(super) server: String,
    pub(super) complaints: Vec<Complaint>,
    /// How many messages it holds of which stream, if it says so.
    pub(super) held: Option<HashMap<String, u64>>,
}

/// A stream and a server.
pub(super) type Copy = (String, String);

/// What one look at all servers found.
#[derive(Default)]
pub(super) struct Judgement {
    pub(super) faults: Vec<ReplicaFault>,
    /// The copies with which nothing is wrong.
    pub(super) fine: Vec<Copy>,
    /// The streams whose copies nobody could speak for.
    pub(super) unknown: BTreeSet<String>,
}

/// Judges what the servers say.
pub(super) fn judge(told: &[(String, Leadership)], own: &[OwnWord]) -> Judgement {
    let mut judgement = Judgement::default();
    let heard: BTreeSet<&str> = told.iter().flat_map(|(_, told)| heard_by(told)).collect();
    for (stream, told) in told {
        match told {
            Leadership::Absent => judgement.note(stream, "", None),
            Leadership::Leaderless(reason) => {
                judgement.note(stream, "", Some((ReplicaFaultKind::Leaderless, reason.clone())));
                judgement.unknown.insert(stream.clone());
                for says in own.iter().filter(|says| !says.server.is_empty()) {
                    if let Some(found) = says.fault(stream, None, false) {
                        judgement.note(stream, &says.server, Some(found));
                    }
                }
            }
            Leadership::Led(group, messages) => {
                judgement.note(stream, "", None);
                let Some(group) = group else { continue };
                let leader = group.leader.as_deref().unwrap_or_default();
                judgement.note(stream, leader, None);
                for peer in &group.replicas {
                    let says = own.iter().find(|own| own.server == peer.name);
                    let by_itself = says.and_then(|own| own.fault(stream, Some(*messages), peer.is_heard()));
                    let is_there = heard.contains(peer.name.as_str());
                    judgement.note(
                        stream,
                        &peer.name,
                        by_itself.or_else(|| by_leader(peer, leader, is_there)),
                    );
                }
            }
        }
    }
    judgement
}

impl Judgement {
    fn note(&mut self, stream: &str, server: &str, found: Option<(ReplicaFaultKind, String)>) {
        let (stream, server) = (stream.to_owned(), server.to_owned());
        match found {
            None => self.fine.push((stream, server)),
            Some((kind, detail)) => self.faults.push(ReplicaFault { stream, server, kind, detail }),
        }
    }
}

/// The servers from which the leader of a stream has heard.
fn heard_by(told: &Leadership) -> Vec<&str> {
    let Leadership::Led(Some(group), _) = told else { return Vec::new() };
    group.replicas.iter().filter(|peer| peer.is_heard()).map(|peer| peer.name.as_str()).collect()
}

/// What the leader says of a peer; `is_there` if it is heard as a holder of another stream.
fn by_leader(peer: &ReplicaPeer, leader: &str, is_there: bool) -> Option<(ReplicaFaultKind, String)> {
    if peer.is_heard() {
        let detail = format!("{} entries behind its leader {leader}", peer.lag);
        return (!peer.current).then_some((ReplicaFaultKind::Behind, detail));
    }
    let silence = match peer.silence() {
        Some(silence) => format!("not heard by its leader {leader} for {} s", silence.as_secs()),
        None => format!("not heard by its leader {leader} since that leads"),
    };
    if is_there {
        let detail = format!("{silence}, though its other copies are: it cannot use this one");
        return Some((ReplicaFaultKind::Broken, detail));
    }
    Some((ReplicaFaultKind::Unheard, silence))
}

impl OwnWord {
    /// What a server says against its copy of a stream of which its leader, if there is one, has so many messages.
    fn fault(
        &self,
        stream: &str,
        messages: Option<u64>,
        is_heard: bool,
    ) -> Option<(ReplicaFaultKind, String)> {
        let about = self.complaints.iter().find(|complaint| complaint.stream.as_deref() == Some(stream));
        let of_all = self.complaints.iter().find(|complaint| complaint.stream.is_none());
        let words = &about.or(of_all)?.error;
        let held = self.held.as_ref().map(|held| held.get(stream).copied());
        match (held, messages) {
            (Some(Some(0)), Some(messages)) if messages > 0 => {
                Some((ReplicaFaultKind::Empty, format!("it holds none of {messages} messages ({words})")))
            }
            (Some(Some(held)), Some(messages)) if about.is_some() => {
                let detail = format!("it holds {held} of {messages} messages ({words})");
                Some((ReplicaFaultKind::Behind, detail))
            }
            (Some(None), _) if !is_heard && self.held.as_ref().is_some_and(HashMap::is_empty) => {
                Some((ReplicaFaultKind::Empty, format!("it holds nothing at all ({words})")))
            }
            _ if about.is_some() => {
                Some((ReplicaFaultKind::Broken, format!("it cannot use its copy ({words})")))
            }
            _ => None,
        }
    }
}

/// The faults of replicas that were seen, and since when.
#[derive(Default)]
pub(super) struct FaultAges {
    /// The copies that were ever found right.
    known: BTreeSet<Copy>,
    /// The first look that did not find a copy right, which may be for want of a leader.
    doubted: BTreeMap<Copy, Instant>,
    /// With the number of looks that showed it.
    begun: BTreeMap<Copy, (LastingFault, u32)>,
}

impl FaultAges {
    /// Takes a look in. What nobody could speak for stays as it was.
    pub(super) fn note(&mut self, judgement: Judgement, now: Instant) {
        let Judgement { faults, fine, unknown } = judgement;
        let wrong: BTreeSet<Copy> =
            faults.iter().map(|fault| (fault.stream.clone(), fault.server.clone())).collect();
        self.begun.retain(|copy, _| wrong.contains(copy) || unknown.contains(&copy.0));
        for copy in &fine {
            self.doubted.remove(copy);
        }
        self.known.extend(fine);
        let unsaid = self.known.iter().filter(|copy| !copy.1.is_empty() && unknown.contains(&copy.0));
        for copy in unsaid.chain(&wrong) {
            self.doubted.entry(copy.clone()).or_insert(now);
        }
        for fault in faults {
            let copy = (fault.stream.clone(), fault.server.clone());
            let since = self.doubted.get(&copy).copied().unwrap_or(now);
            let (lasting, looks) =
                self.begun.entry(copy).or_insert_with(|| (LastingFault { fault: fault.clone(), since }, 0));
            lasting.fault = fault;
            *looks += 1;
        }
    }

    /// What has lasted long enough to count. One look proves nothing: it may come after a long sleep.
    pub(super) fn lasting(&self, now: Instant) -> Vec<LastingFault> {
        let is_lasting = |(fault, looks): &&(LastingFault, u32)| *looks > 1 && now - fault.since >= LASTS;
        self.begun.values().filter(is_lasting).map(|(fault, _)| fault.clone()).collect()
    }

    /// Whether anything was wrong at the last look.
    pub(super) fn is_in_doubt(&self) -> bool {
        !self.begun.is_empty()
    }

    /// The copies that were ever seen.
    pub(super) fn copies(&self) -> BTreeSet<Copy> {
        self.known.iter().chain(self.begun.keys()).filter(|(_, server)| !server.is_empty()).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const LOG: &str = "ITAM_main";
    const PEOPLE: &str = "KV_ITAM_main_people";

    fn led(peers: &Value) -> Leadership {
        let group = json!({ "leader": "n1", "replicas": peers });
        Leadership::Led(Some(serde_json::from_value(group).unwrap()), 20)
    }

    fn peer(name: &str, silent_s: u64, current: bool) -> Value {
        json!({ "name": name, "active": silent_s * 1_000_000_000 + 1, "current": current, "lag": 7 })
    }

    fn own(stream: Option<&str>, held: &[(&str, u64)]) -> OwnWord {
        let complaint = Complaint { stream: stream.map(str::to_owned), error: "catching up".to_owned() };
        let held = held.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        OwnWord { server: "n2".to_owned(), complaints: vec![complaint], held: Some(held) }
    }

    /// The kinds of what is wrong with `n2`, by stream.
    fn kinds(told: &[(String, Leadership)], own: &[OwnWord]) -> Vec<(String, ReplicaFaultKind)> {
        let faults = judge(told, own).faults.into_iter();
        faults.map(|fault| (fault.stream, fault.kind)).collect()
    }

    #[test]
    fn each_kind_is_told_from_the_others() {
        use ReplicaFaultKind::{Behind, Broken, Empty, Leaderless, Unheard};
        let log = |told| vec![(LOG.to_owned(), told)];
        let at_log = |kind| vec![(LOG.to_owned(), kind)];
        let fine = || led(&json!([peer("n2", 1, true), peer("n3", 1, true)]));
        let unheard = || led(&json!([peer("n2", 4, true), peer("n3", 1, true)]));
        let never = json!([{ "name": "n2", "active": 0 }, peer("n3", 1, true)]);
        assert_eq!(kinds(&log(fine()), &[]), []);
        assert_eq!(kinds(&log(unheard()), &[]), at_log(Unheard));
        assert_eq!(kinds(&log(led(&never)), &[]), at_log(Unheard));
        let late = led(&json!([peer("n2", 1, false), peer("n3", 1, true)]));
        assert_eq!(kinds(&log(late), &[]), at_log(Behind));
        let leaderless = || Leadership::Leaderless("nobody answers".to_owned());
        assert_eq!(kinds(&log(leaderless()), &[]), at_log(Leaderless));
        let both = [at_log(Leaderless), at_log(Empty)].concat();
        assert_eq!(kinds(&log(leaderless()), &[own(None, &[])]), both);
        assert_eq!(kinds(&log(leaderless()), &[own(None, &[(LOG, 0)])]), at_log(Leaderless));
        assert_eq!(kinds(&log(Leadership::Absent), &[]), []);
        // A server that is heard as a holder of something else is there.
        let both = vec![(LOG.to_owned(), unheard()), (PEOPLE.to_owned(), fine())];
        assert_eq!(kinds(&both, &[]), at_log(Broken));
        // What the leader does not see, the server says itself.
        assert_eq!(kinds(&log(fine()), &[own(Some(LOG), &[(LOG, 0)])]), at_log(Empty));
        assert_eq!(kinds(&log(fine()), &[own(None, &[(LOG, 0)])]), at_log(Empty));
        assert_eq!(kinds(&log(fine()), &[own(Some(LOG), &[(LOG, 19)])]), at_log(Behind));
        assert_eq!(kinds(&log(fine()), &[own(Some(LOG), &[(PEOPLE, 1)])]), at_log(Broken));
        assert_eq!(kinds(&log(unheard()), &[own(None, &[])]), at_log(Empty));
        // Servers without a leader of all say so of themselves, and hold what they hold.
        assert_eq!(kinds(&log(fine()), &[own(None, &[(LOG, 20)])]), []);
        assert_eq!(kinds(&log(fine()), &[own(Some("other"), &[(LOG, 20)])]), []);
    }

    #[test]
    fn what_passes_does_not_count_and_an_election_takes_nothing_off_the_age() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let mut ages = FaultAges::default();
        let look = |ages: &mut FaultAges, told: Leadership, now: Instant| {
            ages.note(judge(&[(LOG.to_owned(), told)], &[]), now);
            ages.lasting(now).into_iter().map(|lasting| lasting.fault.kind).collect::<Vec<_>>()
        };
        let fine = || led(&json!([peer("n2", 1, true), peer("n3", 1, true)]));
        let unheard = || led(&json!([{ "name": "n2", "active": 0 }, peer("n3", 1, true)]));
        let leaderless = || Leadership::Leaderless("nobody answers".to_owned());
        assert_eq!(look(&mut ages, unheard(), at(0)), []);
        assert_eq!(look(&mut ages, unheard(), at(4)), []);
        assert_eq!(look(&mut ages, fine(), at(10)), []);
        assert_eq!(look(&mut ages, leaderless(), at(12)), []);
        assert_eq!(look(&mut ages, leaderless(), at(16)), []);
        assert_eq!(look(&mut ages, leaderless(), at(17)), [ReplicaFaultKind::Leaderless]);
        assert_eq!(look(&mut ages, unheard(), at(18)), []);
        assert_eq!(look(&mut ages, unheard(), at(19)), [ReplicaFaultKind::Unheard]);
        // It is told from the first look that did not find it right, and no sooner.
        assert_eq!(ages.lasting(at(19))[0].since, at(12));
        // While nobody leads, nobody says that it is over.
        assert_eq!(look(&mut ages, leaderless(), at(20)), [ReplicaFaultKind::Unheard]);
        assert_eq!(look(&mut ages, fine(), at(21)), []);
        assert!(!ages.is_in_doubt());
    }
}
