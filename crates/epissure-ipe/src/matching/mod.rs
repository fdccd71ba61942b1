//! Matching of IPE lines and reference addresses.
//!
//! Keys come first, the cheapest and surest before the others: Arcep's crosswalk, `CodeBAN`, the
//! Rivoli quadruplet (commune, street code, number, suffix), the hexaclé, then text within a
//! commune and a number. A match by key with another street name is never silent. Distance decides
//! between addresses of one name: up to 50 m sure, up to 200 m for review, more is a conflict.
//!
//! ```
//! use epissure_ipe::IpeReader;
//! use epissure_ipe::matching::{IpeAddress, MatchKey, MatchLevel, ReferenceIndex};
//! use epissure_ipe::sources::ReferenceReader;
//!
//! let ban = "id;numero;rep;nom_voie;code_insee;lon;lat\n09122_0010_00012;12;;Avenue du Général Leclerc;09122;1.605;42.965\n";
//! let index = ReferenceIndex::read(&mut ReferenceReader::new(ban.as_bytes())?)?;
//!
//! let ipe = "IdentifiantImmeuble;CodeInseeImmeuble;TypeVoieImmeuble;NomVoieImmeuble;NumeroVoieImmeuble\n\
//!            IMB/09122/X/0001;09122;AV;DU GAL LECLERC;12\n";
//! let mut reader = IpeReader::new(ipe.as_bytes())?;
//! let address = IpeAddress::of(&reader.next_line()?.expect("one line")).expect("a row");
//! let found = index.find(&address, None);
//! assert_eq!((found.level, found.by), (MatchLevel::Sure, Some(MatchKey::Text)));
//! # Ok::<(), epissure_ipe::ReadError>(())
//! ```

mod claims;
mod find;
mod index;
mod streets;

pub use claims::{Claims, DoubleClaim};
pub use find::{AddressMatch, MatchKey, MatchLevel, MatchWarning};
pub use index::ReferenceIndex;
pub use streets::{SameStreet, StreetEvidence};

use crate::address::{NumberProblem, StreetName, StreetNumber, Suffix};
use crate::columns::IpeColumn;
use crate::line::Line;
use crate::projections::{LonLat, read_point};
use crate::values::parse_decimal;

/// The address of an IPE line.
#[derive(Debug, Clone, PartialEq)]
pub struct IpeAddress {
    /// Identifier of the building.
    pub building: String,
    /// Number of the line in its file.
    pub line: u64,
    /// INSEE code.
    pub insee: String,
    /// Number; unknown when the cell has no number.
    pub number: StreetNumber,
    /// Suffix, from its column or from the number.
    pub suffix: Option<Suffix>,
    /// Street type and name as they are.
    pub street_text: String,
    /// Street, ready for comparison.
    pub street: StreetName,
    /// Name of the building: several lines of one address have different ones.
    pub building_name: String,
    /// BAN key or UUID.
    pub ban: String,
    /// Rivoli code.
    pub rivoli: String,
    /// Hexaclé.
    pub hexacle: String,
    /// Position, where the coordinates can be read.
    pub position: Option<LonLat>,
}

impl IpeAddress {
    /// The address of a line; `None` for a line that is no row.
    #[must_use]
    pub fn of(line: &Line<'_>) -> Option<Self> {
        if line.fault().is_some() {
            return None;
        }
        let text = |column| line.text(column).into_owned();
        let insee = text(IpeColumn::CodeInseeImmeuble);
        let own_suffix = Suffix::parse(&line.text(IpeColumn::ComplementNumeroVoieImmeuble));
        let (number, suffix) = match StreetNumber::parse(&line.text(IpeColumn::NumeroVoieImmeuble)) {
            Ok(number) => (number, own_suffix),
            Err(NumberProblem::WithSuffix(number, suffix)) => {
                (StreetNumber::One(number), own_suffix.or(Some(suffix)))
            }
            Err(_) => (StreetNumber::Unknown, own_suffix),
        };
        let (kind, name) = (line.text(IpeColumn::TypeVoieImmeuble), line.text(IpeColumn::NomVoieImmeuble));
        let coordinate = |column| parse_decimal(&line.text(column));
        let point =
            coordinate(IpeColumn::CoordonneeImmeubleX).zip(coordinate(IpeColumn::CoordonneeImmeubleY));
        let position = point
            .and_then(|(x, y)| read_point(&line.text(IpeColumn::TypeProjectionGeographique), x, y, &insee));
        Some(Self {
            building: text(IpeColumn::IdentifiantImmeuble),
            line: line.number(),
            number,
            suffix,
            street: StreetName::of_parts(&kind, &name),
            street_text: format!("{kind} {name}").trim().to_owned(),
            building_name: text(IpeColumn::BatimentImmeuble),
            ban: text(IpeColumn::CodeBAN),
            rivoli: text(IpeColumn::CodeVoieRivoliImmeuble).to_ascii_uppercase(),
            hexacle: text(IpeColumn::CodeAdresseImmeuble),
            position: position.map(|reading| reading.position),
            insee,
        })
    }
}
