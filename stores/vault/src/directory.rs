//! The directory of persons in memory: names by id, and search.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use uuid::Uuid;

use crate::PersonDetails;
use crate::fold::{UsernameForms, fold_for_search};

/// The persons in the vault, in memory, always as the vault has them.
#[derive(Debug, Default)]
pub struct PersonDirectory {
    state: RwLock<DirectoryState>,
}

#[derive(Debug, Default)]
pub(crate) struct DirectoryState {
    people: BTreeMap<Uuid, Arc<PersonDetails>>,
    /// By the form in which each was given under the former rule; see [`UsernameForms`].
    id_by_username: HashMap<String, Uuid>,
    /// By the form in which names are compared, which names of before may share.
    ids_by_compared: HashMap<String, BTreeSet<Uuid>>,
    /// Sorted, so that a prefix is a range.
    words: BTreeSet<(Box<str>, Uuid)>,
    erasures: BTreeSet<Uuid>,
}

impl PersonDirectory {
    /// The details of a person.
    #[must_use]
    pub fn find(&self, id: Uuid) -> Option<Arc<PersonDetails>> {
        self.read().people.get(&id).cloned()
    }

    /// The person with a user name: as it is written, or else as labels are compared.
    #[must_use]
    pub fn find_by_username(&self, username: &str) -> Option<Uuid> {
        let (forms, state) = (UsernameForms::of(username), self.read());
        let as_written = state.id_by_username.get(&forms.former).copied();
        as_written.or_else(|| state.ids_by_compared.get(forms.compared())?.first().copied())
    }

    /// At most `limit` persons for each of whom every word of `query` begins a word of their
    /// name, mail address, user name or employee number; without regard to case and accents.
    /// None for a blank query.
    #[must_use]
    pub fn search_prefix(&self, query: &str, limit: usize) -> Vec<Uuid> {
        let query = fold_for_search(query);
        let mut words: Vec<_> = query.split_whitespace().collect();
        // The longest word is probably the rarest.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let Some((longest, others)) = words.split_first() else {
            return Vec::new();
        };
        let state = self.read();
        let mut seen = HashSet::new();
        state
            .ids_by_prefix(longest)
            .filter(|id| seen.insert(*id) && state.has_words(*id, others))
            .take(limit)
            .collect()
    }

    /// At most `limit` persons by id, after `after`.
    #[must_use]
    pub fn page(&self, after: Option<Uuid>, limit: usize) -> Vec<(Uuid, Arc<PersonDetails>)> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let state = self.read();
        state
            .people
            .range((start, Bound::Unbounded))
            .take(limit)
            .map(|(id, details)| (*id, Arc::clone(details)))
            .collect()
    }

    /// How many persons there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.read().people.len()
    }

    /// The persons whose erasure has begun and not ended.
    #[must_use]
    pub fn pending_erasures(&self) -> Vec<Uuid> {
        self.read().erasures.iter().copied().collect()
    }

    pub(crate) fn replace(&self, state: DirectoryState) {
        *self.write() = state;
    }

    /// Applies several changes at once.
    pub(crate) fn change(&self, apply: impl FnOnce(&mut DirectoryState)) {
        apply(&mut self.write());
    }

    fn read(&self) -> RwLockReadGuard<'_, DirectoryState> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, DirectoryState> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DirectoryState {
    pub(crate) fn put(&mut self, id: Uuid, details: PersonDetails) {
        self.remove(id);
        for word in words_of(&details) {
            self.words.insert((word, id));
        }
        if let Some(username) = &details.username {
            let forms = UsernameForms::of(username);
            self.ids_by_compared.entry(forms.compared().to_owned()).or_default().insert(id);
            self.id_by_username.insert(forms.former, id);
        }
        self.people.insert(id, Arc::new(details));
    }

    pub(crate) fn remove(&mut self, id: Uuid) {
        let Some(details) = self.people.remove(&id) else {
            return;
        };
        for word in words_of(&details) {
            self.words.remove(&(word, id));
        }
        let Some(forms) = details.username.as_deref().map(UsernameForms::of) else { return };
        // The name may have passed to somebody else, if changes arrive out of order.
        if self.id_by_username.get(&forms.former) == Some(&id) {
            self.id_by_username.remove(&forms.former);
        }
        if let Some(ids) = self.ids_by_compared.get_mut(forms.compared()) {
            ids.remove(&id);
            if ids.is_empty() {
                self.ids_by_compared.remove(forms.compared());
            }
        }
    }

    pub(crate) fn begin_erasure(&mut self, id: Uuid) {
        self.erasures.insert(id);
    }

    pub(crate) fn end_erasure(&mut self, id: Uuid) {
        self.erasures.remove(&id);
    }

    fn ids_by_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = Uuid> + 'a {
        self.words
            .range((Box::from(prefix), Uuid::nil())..)
            .take_while(move |(word, _)| word.starts_with(prefix))
            .map(|(_, id)| *id)
    }

    fn has_words(&self, id: Uuid, prefixes: &[&str]) -> bool {
        if prefixes.is_empty() {
            return true;
        }
        let Some(details) = self.people.get(&id) else {
            return false;
        };
        let words = words_of(details);
        prefixes.iter().all(|prefix| words.iter().any(|word| word.starts_with(prefix)))
    }
}

/// What a person is found by: each word of each field, whole and in its parts.
fn words_of(details: &PersonDetails) -> BTreeSet<Box<str>> {
    let optional = [&details.email, &details.username, &details.employee_number];
    let fields = optional.into_iter().flatten().chain([&details.display_name]);
    let mut words = BTreeSet::new();
    for field in fields {
        for word in fold_for_search(field).split_whitespace() {
            let parts = word.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
            words.extend(parts.map(Box::from));
            words.insert(Box::from(word));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> PersonDirectory {
        let directory = PersonDirectory::default();
        directory.change(|state| {
            for (number, name, mail) in [
                (1, "Ada Lovelace", "ada@analytical.example"),
                (2, "Grace Hopper", "grace.hopper@navy.example"),
                (3, "José Müller-Lüdenscheidt", "jose@example.org"),
                (4, "Ada O'Brien", "aob@example.org"),
            ] {
                let mut details = PersonDetails::new(name);
                details.email = Some(mail.into());
                details.username = Some(format!("user{number}"));
                state.put(Uuid::from_u128(number), details);
            }
        });
        directory
    }

    fn found(directory: &PersonDirectory, query: &str) -> Vec<u128> {
        let mut ids: Vec<_> = directory.search_prefix(query, 10).iter().map(Uuid::as_u128).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn people_are_found_by_the_beginnings_of_their_words() {
        let directory = directory();
        for (query, ids) in [
            ("ada", vec![1, 4]),
            ("ADA love", vec![1]),
            ("love ada", vec![1]),
            ("o'b", vec![4]),
            ("brien", vec![4]),
            ("grace.hopper@navy", vec![2]),
            ("navy", vec![2]),
            ("muller", vec![3]),
            ("Lüden", vec![3]),
            ("user", vec![1, 2, 3, 4]),
            ("lace", vec![]),
            ("  ", vec![]),
        ] {
            assert_eq!(found(&directory, query), ids, "{query}");
        }
    }

    #[test]
    fn nobody_is_found_twice_nor_beyond_the_limit() {
        let directory = directory();
        assert_eq!(directory.search_prefix("ada", 10).len(), 2);
        assert_eq!(directory.search_prefix("user", 3).len(), 3);
    }

    #[test]
    fn who_is_renamed_or_removed_is_not_found_by_the_old_words() {
        let directory = directory();
        let id = Uuid::from_u128(1);
        directory.change(|state| state.put(id, PersonDetails::new("Augusta King")));
        assert_eq!(found(&directory, "lovelace"), Vec::<u128>::new());
        assert_eq!(directory.find_by_username("USER1"), None);
        assert_eq!(found(&directory, "king"), vec![1]);

        directory.change(|state| state.remove(id));
        assert_eq!((found(&directory, "king"), directory.find(id)), (vec![], None));
        assert_eq!(directory.count(), 3);
    }

    #[test]
    fn pages_follow_one_another() {
        let directory = directory();
        let first = directory.page(None, 3);
        let rest = directory.page(Some(first[2].0), 3);
        assert_eq!((first.len(), rest.len()), (3, 1));
        assert_eq!(rest[0].0, Uuid::from_u128(4));
    }
}
