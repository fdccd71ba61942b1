//! The domain of the inter-operator address-anomaly protocol, pure: no I/O, no clock, no randomness.
//!
//! | Module | What it knows |
//! |---|---|
//! | [`codes`] | the closed vocabularies: statuses, reasons, kinds of ticket, complexity, zone |
//! | [`names`] | typed identifiers: ticket, version, operator code, client |
//! | [`ticket`] | a ticket as it is kept, the same whatever the dialect |
//! | [`draft`] | what an OC writes: read from JSON, every fault found reported at once |
//! | [`issues`] | the table of correction keys and the IPE column each one corrects |
//! | [`identifiers`] | INSEE, SIREN, hexaclé…: formats and cross-checks, in three severities |
//! | [`lifecycle`] | the table of transitions, and the pure decision taken from it |
//! | [`update`] | what a PUT or a PATCH asks of a ticket |
//! | [`durations`] | seconds spent in each status, and the regulatory deadline |
//! | [`dialect`] | the two JSON renderings of a ticket, and how each one's paths are read |
//! | [`attachment`] | files under a ticket: what is said of them, and the statuses they go through |
//! | [`note`] | what the two sides write to one another under a ticket |
//! | [`extensions`] | members that no contract names: stored as sent, within a bound |
//! | [`event`] | what happens to a ticket, as CloudEvents |
//! | [`target`] | where an OC wants its events, and how it is called |
//! | [`partner`] | the ways in which partners' servers ask to be called |
//! | [`party`] | organizations and individuals: what they must hold, and how they are shown |
//! | [`problem`] | the error catalogue: code, HTTP status, sentence, rendered per dialect |
//!
//! Sources: the Orange page "Anomalie Adresse - OC RIP 1.0" (the *Orange page*), the Orange page "Party Management"
//! (the *Party page*), the Interop'Fibre contract AnomalieAdresse 2.0.0 (the *Interop contract*), TM Forum's TMF632
//! 4.0.0 and ARCEP decision 2020-1432.

pub mod attachment;
pub mod codes;
pub mod dialect;
pub mod draft;
pub mod durations;
pub mod event;
pub mod extensions;
pub mod identifiers;
pub mod instant;
pub mod issues;
pub mod json;
mod json_text;
pub mod lifecycle;
pub mod names;
pub mod note;
pub mod partner;
pub mod party;
pub mod problem;
mod reader;
pub mod secret;
pub mod target;
pub mod ticket;
pub mod update;
