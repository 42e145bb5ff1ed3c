//! Reading many stored things: on two threads, and in order.

use std::panic::resume_unwind;
use std::thread;

/// How many things are worth a second thread, which costs as much as reading some fifty messages.
const MANY: usize = 512;

/// What each of `items` is read as, in their order. Of many, another thread reads the second half meanwhile; the
/// caller's is blocked until both are done.
#[must_use]
pub fn read_each<T: Sync, R: Send>(items: &[T], read: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let read_all = |items: &[T]| items.iter().map(&read).collect::<Vec<R>>();
    if items.len() < MANY {
        return read_all(items);
    }
    let (first, second) = items.split_at(items.len() / 2);
    thread::scope(|scope| {
        let reading = thread::Builder::new().spawn_scoped(scope, || read_all(second));
        let mut all = read_all(first);
        all.extend(match reading {
            Ok(reading) => reading.join().unwrap_or_else(|panic| resume_unwind(panic)),
            // There may be no more threads.
            Err(_) => read_all(second),
        });
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_read_once_and_in_its_place_however_many_they_are() {
        for count in [0, 1, MANY - 1, MANY, MANY + 1, 10 * MANY] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = items.iter().map(|item| 2 * item).collect();
            assert_eq!(read_each(&items, |item| 2 * item), doubled);
        }
    }

    #[test]
    fn a_panic_on_either_thread_is_the_callers() {
        let items: Vec<usize> = (0..MANY).collect();
        for broken in [0, MANY - 1] {
            let read = || read_each(&items, |item| assert!(*item != broken, "broken"));
            assert!(std::panic::catch_unwind(read).is_err(), "{broken}");
        }
    }
}
