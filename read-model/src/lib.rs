//! Every redb table, key and row; a writer for the projector, a reader for queries.
