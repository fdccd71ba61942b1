//! The storage contract on an embedded SQLite database.
