//! What is kept and what is refused, on files that the tests make.

mod archives;
mod corpus;
mod documents;
mod honest;
mod kinds;
mod pdf;
mod pictures;
mod properties;
mod svg;
