//! The use cases: one file per operation; clock, identifiers and randomness are given.
