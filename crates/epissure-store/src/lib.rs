//! The storage contract that every backend keeps.
