//! The clerk: log to redb in batches.
