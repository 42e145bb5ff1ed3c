//! The front door: resolve, load, decide, append.
