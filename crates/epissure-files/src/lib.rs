//! Identification and validation of attached files.
//!
//! Operators attach photographs, plans and lists to the tickets they exchange, and the staff of the
//! other operator opens these files. This crate first checks that a file is what it claims to be,
//! and contains nothing active. It has no HTTP, no database and no clock. The server passes a name,
//! the bytes as they arrive, and then the complete file as a seekable reader.
//!
//! # Example
//!
//! ```
//! use std::io::Cursor;
//! use epissure_files::{Hasher, Kind, Measure, Reason, Verdict, check, identify};
//!
//! // At the announcement of the upload: the name and the media type.
//! let (name, kind) = identify("relevé des adresses.csv", Some("text/csv; charset=utf-8"))?;
//! assert_eq!((name.as_str(), kind), ("relevé des adresses.csv", Kind::Csv));
//!
//! // During the upload.
//! let mut hasher = Hasher::new();
//! hasher.update(b"numero;voie\n");
//! hasher.update(b"12;rue du Bac\n");
//! let digests = hasher.finish();
//! assert_eq!(digests.differing(&[(Measure::Size, "26")]), None);
//!
//! // After the upload.
//! let mut file = Cursor::new(b"numero;voie\n12;rue du Bac\n");
//! assert_eq!(check(&mut file, kind)?, Verdict::Validated);
//!
//! // A file that is not of its kind is rejected, with a sentence for its author.
//! let refused = check(&mut Cursor::new(b"MZ\x90\x00"), kind)?;
//! assert_eq!(refused, Verdict::Rejected(Reason::Content));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Overview
//!
//! | for | see |
//! |---|---|
//! | kinds of files, their extensions and media types | [`Kind`], [`FORMS`] |
//! | rejected names, and the name to display | [`identify`], [`Name`] |
//! | digests and size while streaming, and declared ones | [`Hasher`], [`Digests`], [`MEASURES`] |
//! | checks of the content | [`check()`], [`Reason`] |
//! | the antivirus | [`clamd`] |
//!
//! # Cost of a check
//!
//! No file is loaded whole. A file is read once, and the members of an archive once more as they
//! are inflated, within [`INFLATED_BYTES`] and [`INFLATED_RATIO`]. Memory use does not depend on
//! the file, and stays below a few megabytes. A check blocks: an asynchronous server runs it on a
//! blocking thread.
//!
//! # Out of scope
//!
//! CSV cells that begin with `=` are accepted, unless they call a function that fetches or runs.
//! Other formulas are legitimate data, and the program that opens the file decides on them. Flaws
//! in decoders of pictures and fonts are left to the antivirus. Links that do nothing until the
//! reader follows them (`https`, `mailto`) are accepted in documents.

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
