//! Tests of the built binary: every verb, its exit status and output streams, the shutdown of
//! servers, and concurrent writes by another process.

mod attachment;
mod attachments;
mod audit;
mod configuration;
mod copy;
mod database;
mod demo;
mod directory;
mod events;
mod harness;
mod help;
mod party;
mod postgres;
mod serve;
