//! Reference files: BAN, Base adresse locale, Arcep's building file and its crosswalk to the BAN.
//!
//! ```
//! use epissure_ipe::sources::ReferenceReader;
//!
//! let ban = "id;numero;rep;nom_voie;code_postal;code_insee;nom_commune;lon;lat;nom_afnor;source_position\n\
//!            09122_0010_00012_bis;12;bis;Rue du Bac;09000;09122;Foix;1.605;42.965;RUE DU BAC;arcep\n";
//! let mut reader = ReferenceReader::new(ban.as_bytes())?;
//! let address = reader.next_address()?.expect("one address");
//! assert_eq!(address.number.to_string(), "12");
//! assert!(!address.is_evidence, "the position comes from the fibre operators themselves");
//! # Ok::<(), epissure_ipe::ReadError>(())
//! ```

mod arcep;
mod reference;

pub use arcep::{ArcepBuilding, ArcepReader, Crosswalk, CrosswalkReader, CrosswalkRow};
pub use reference::{ReferenceAddress, ReferenceReader};

use crate::header::Header;
use crate::line::Line;
use crate::reading::ReadError;

/// The places of the columns of a reference file; a column that the file lacks reads as empty.
#[derive(Debug)]
struct Places<const N: usize>([Option<usize>; N]);

impl<const N: usize> Places<N> {
    fn find(header: &Header, names: &[&str; N]) -> Self {
        Self(names.map(|name| header.position_of(name)))
    }

    /// The text of a column's cell, spaces around it removed.
    fn text(&self, line: &Line<'_>, column: usize) -> String {
        let cell = self.0[column].and_then(|place| line.cell(place));
        cell.map(|text| text.trim().to_owned()).unwrap_or_default()
    }

    /// The first of two columns that is not empty.
    fn either(&self, line: &Line<'_>, first: usize, second: usize) -> String {
        match self.text(line, first) {
            text if text.is_empty() => self.text(line, second),
            text => text,
        }
    }
}

fn required(header: &Header, name: &'static str) -> Result<(), ReadError> {
    header.position_of(name).map(|_| ()).ok_or(ReadError::MissingColumn { name })
}
