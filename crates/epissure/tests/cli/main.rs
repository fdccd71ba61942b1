//! The built binary, as its users run it: every verb, exit status, what is written to which stream, and what happens
//! when a server is stopped or another process writes meanwhile.

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
