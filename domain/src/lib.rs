//! The law: aggregates, commands, events, decide and evolve.
