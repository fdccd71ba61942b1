//! What an attached file is, and whether it may be kept.
//!
//! Operators attach photographs, plans and lists to the anomalies they report to each other, and what one uploads the
//! other's people will open. This crate says, before that, whether a file is what it claims to be and has nothing
//! in it that acts by itself. It has no HTTP, no database and no clock: a server gives it a name, the bytes as they
//! arrive, and then the whole file as anything that can be read and sought.
//!
//! # Example
//!
//! ```
//! use std::io::Cursor;
//! use epissure_files::{Hasher, Kind, Measure, Reason, Verdict, check, identify};
//!
//! // When the upload is announced: the name and the media type.
//! let (name, kind) = identify("relevé des adresses.csv", Some("text/csv; charset=utf-8"))?;
//! assert_eq!((name.as_str(), kind), ("relevé des adresses.csv", Kind::Csv));
//!
//! // While the bytes arrive.
//! let mut hasher = Hasher::new();
//! hasher.update(b"numero;voie\n");
//! hasher.update(b"12;rue du Bac\n");
//! let digests = hasher.finish();
//! assert_eq!(digests.differing(&[(Measure::Size, "26")]), None);
//!
//! // When they are all there.
//! let mut file = Cursor::new(b"numero;voie\n12;rue du Bac\n");
//! assert_eq!(check(&mut file, kind)?, Verdict::Validated);
//!
//! // What is not what it says is refused, with a sentence for its author.
//! let refused = check(&mut Cursor::new(b"MZ\x90\x00"), kind)?;
//! assert_eq!(refused, Verdict::Rejected(Reason::Content));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to look
//!
//! | for | see |
//! |---|---|
//! | the kinds of files, their extensions and media types | [`Kind`], [`FORMS`] |
//! | names that may not be, and the one to show | [`identify`], [`Name`] |
//! | hashes and size while streaming, and those declared | [`Hasher`], [`Digests`], [`MEASURES`] |
//! | what is looked for in the bytes | [`check`], [`Reason`] |
//! | the antivirus | [`clamd`] |
//!
//! # What a check costs
//!
//! Nothing is read whole. A file is read once, an archive's members once more as they are inflated, within
//! [`INFLATED_BYTES`] and [`INFLATED_RATIO`]; the memory used does not depend on the file, and stays below a few
//! megabytes. A check blocks: an asynchronous server runs it on a thread that may.
//!
//! # What is not looked for
//!
//! A CSV whose cells begin with `=` is kept, unless one calls what fetches or runs: the rest is honest data, and the
//! program that opens it decides whether a cell is a formula. Flaws of the programs that decode pictures and fonts are the antivirus' matter. Links
//! that do nothing until somebody follows them (`https`, `mailto`) are kept in documents.

mod check;
pub mod clamd;
mod digest;
mod kind;
mod limits;
mod name;
mod verdict;

pub use check::check;
pub use digest::{Digests, Hasher, MEASURES, Measure};
pub use kind::{FORMS, Form, Kind, Signature, identify};
pub use limits::{
    ARCHIVE_ENTRIES, INFLATED_BYTES, INFLATED_FLOOR, INFLATED_RATIO, PICTURE_PIXELS, PICTURE_SIDE,
};
pub use name::{NAME_CHARACTERS, Name};
pub use verdict::{Reason, Verdict};
