//! The domain of the inter-operator address-anomaly protocol, pure: no I/O, no clock, no
//! randomness.
//!
//! | Module | Contents |
//! |---|---|
//! | [`codes`] | the closed vocabularies: statuses, reasons, kinds of ticket, complexity, zone |
//! | [`names`] | typed identifiers: ticket, version, operator code, client |
//! | [`ticket`] | tickets as stored, the same for every dialect |
//! | [`draft`] | content that an OC sends: read from JSON, every fault reported at once |
//! | [`issues`] | the table of correction keys and the IPE column each one corrects |
//! | [`identifiers`] | INSEE, SIREN, hexaclé…: formats and cross-checks, in three severities |
//! | [`lifecycle`] | the table of transitions, and the pure decision based on it |
//! | [`update`] | changes of a ticket that a PUT or a PATCH requests |
//! | [`durations`] | seconds spent in each status, and the regulatory deadline |
//! | [`dialect`] | the two JSON renderings of a ticket, and the meaning of their paths |
//! | [`attachment`] | files of a ticket: declared metadata and statuses |
//! | [`note`] | messages between the OC and the OI on a ticket |
//! | [`extensions`] | members that no contract names: stored as sent, within a size limit |
//! | [`event`] | changes of a ticket, as CloudEvents |
//! | [`target`] | destination of an OC's events, and its connection settings |
//! | [`partner`] | authentication methods of partners' servers |
//! | [`party`] | organizations and individuals: required content and rendering |
//! | [`protocol`] | the protocol as one value: life cycle, kinds, members, dialects, scopes |
//! | [`refusal`] | refusals as data, one variant per rule, and their texts in each language |
//! | [`problem`] | the table of error codes, and error bodies rendered per dialect |
//!
//! Sources:
//!
//! - the Orange page "Anomalie Adresse - OC RIP 1.0" (the *Orange page*);
//! - the Orange page "Party Management" (the *Party page*);
//! - the Interop'Fibre contract AnomalieAdresse 2.0.0 (the *Interop contract*);
//! - TM Forum's TMF632 4.0.0;
//! - ARCEP decision 2020-1432.

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
pub mod protocol;
mod reader;
pub mod refusal;
pub mod secret;
pub mod target;
pub mod ticket;
pub mod update;
