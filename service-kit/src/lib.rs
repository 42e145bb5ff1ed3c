//! What two HTTP services would otherwise copy.
