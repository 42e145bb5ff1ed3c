//! What is kept beside the log because it must be erasable: people and token hashes.
