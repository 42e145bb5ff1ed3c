//! Side-by-side measurements against the raw engine, in one run.
fn main() {}
