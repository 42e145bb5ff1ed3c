//! The course of a thing through effective time, with what later corrections set right in it.
//!
//! An event that is no correction adds a version. A correction that names no time of its own says that a
//! recorded value was wrong: it adds a version, and sets each corrected fact right in the versions
//! before, going back for as long as they hold the wrong value. A correction that names a time does the
//! same from that time on. Instants are milliseconds, as the log keeps them.

use crate::events::EventType;

/// A thing of which recorded facts can be set right, each by itself.
pub trait Correctable: Clone {
    /// What names one of its facts.
    type Fact;

    /// The facts in which it differs from another version of itself.
    fn differing(&self, other: &Self) -> Vec<Self::Fact>;

    /// Whether a fact reads in it as it does in the other.
    fn agrees(&self, other: &Self, fact: &Self::Fact) -> bool;

    /// Lets a fact read as it does in the other.
    fn adopt(&mut self, other: &Self, fact: &Self::Fact);
}

/// How far back an event says how things were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectiveReach {
    /// From its own time on.
    Own,
    /// From this instant on, before the last thing that happened: a correction that names its time.
    Since(i64),
    /// As long as what it corrects stood: a correction that names no time.
    Always,
}

impl EffectiveReach {
    /// Of an event that took effect at `own` and was recorded at `recorded`, behind versions that hold up to `latest`.
    #[must_use]
    pub fn of(event: EventType, own: i64, recorded: i64, latest: Option<i64>) -> Self {
        if !event.is_correction() {
            return Self::Own;
        }
        if own == recorded {
            return Self::Always;
        }
        if latest.is_some_and(|latest| own < latest) { Self::Since(own) } else { Self::Own }
    }

    /// The first instant that is set right; `None` if nothing is.
    #[must_use]
    pub fn since(self) -> Option<i64> {
        match self {
            Self::Own => None,
            Self::Since(instant) => Some(instant),
            Self::Always => Some(i64::MIN),
        }
    }
}

/// What a thing was from an instant on, until the next stretch.
#[derive(Clone, Debug)]
pub struct Stretch<T> {
    /// The instant.
    pub from: i64,
    /// The thing.
    pub thing: T,
}

/// The course of a thing, oldest stretch first. It may begin with any version, and is right from that one on.
#[derive(Clone, Debug)]
pub struct Course<T>(Vec<Stretch<T>>);

impl<T> Default for Course<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Correctable> Course<T> {
    /// Adds a version that holds from `from` on, which is no sooner than the one before.
    pub fn add(&mut self, from: i64, reach: EffectiveReach, thing: T) {
        if let (Some(since), Some(last)) = (reach.since(), self.0.last()) {
            let wrong = last.thing.clone();
            self.set_right(since, &wrong, &thing);
        }
        self.0.push(Stretch { from, thing });
    }

    /// Sets each fact in which `right` differs from `wrong` right in what held from `since` on, going
    /// back for as long as it holds what was wrong.
    fn set_right(&mut self, since: i64, wrong: &T, right: &T) {
        self.divide(since);
        for fact in wrong.differing(right) {
            for stretch in self.0.iter_mut().rev().take_while(|stretch| stretch.from >= since) {
                if !stretch.thing.agrees(wrong, &fact) {
                    break;
                }
                stretch.thing.adopt(right, &fact);
            }
        }
    }

    /// Makes a stretch begin at `since`, if the course has begun by then.
    fn divide(&mut self, since: i64) {
        let behind = self.0.partition_point(|stretch| stretch.from <= since);
        let Some(stretch) = behind.checked_sub(1).and_then(|index| self.0.get(index)) else { return };
        if stretch.from < since {
            let thing = stretch.thing.clone();
            self.0.insert(behind, Stretch { from: since, thing });
        }
    }
}

impl<T> Course<T> {
    /// The stretches, oldest first.
    #[must_use]
    pub fn stretches(&self) -> &[Stretch<T>] {
        &self.0
    }

    /// The same course of what `read` makes of the thing.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn try_map<U, E>(self, mut read: impl FnMut(T) -> Result<U, E>) -> Result<Course<U>, E> {
        let read = |Stretch { from, thing }| Ok(Stretch { from, thing: read(thing)? });
        self.0.into_iter().map(read).collect::<Result<_, E>>().map(Course)
    }

    /// The thing as it was at an instant; `None` before the first version.
    #[must_use]
    pub fn at(&self, instant: i64) -> Option<&T> {
        self.0.iter().rev().find(|stretch| stretch.from <= instant).map(|stretch| &stretch.thing)
    }
}
