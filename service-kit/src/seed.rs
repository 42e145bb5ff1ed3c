//! Seeds of keys, from the operating system.

/// 32 random bytes that are fit to make a key of.
///
/// # Panics
/// If the operating system gives no random numbers.
#[must_use]
pub fn random_seed() -> [u8; 32] {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).expect("the operating system gives random numbers");
    seed
}
