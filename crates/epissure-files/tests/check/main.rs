//! Validated and rejected files, on generated examples.

mod archives;
mod corpus;
mod documents;
mod honest;
mod kinds;
mod pdf;
mod pictures;
mod properties;
mod svg;
