//! Addresses of the BAN and of communes.

use std::io::Read;

use epissure_protocol::identifiers::communes;
use epissure_protocol::identifiers::{BanKey, Territory, is_rivoli};

use super::{Places, required};
use crate::address::{StreetNumber, Suffix};
use crate::formats::FileFormat;
use crate::projections::{Crs, LonLat};
use crate::reading::{ReadError, TableReader};
use crate::values::parse_decimal;

/// An address of a reference file.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceAddress {
    /// Interoperability key (`cle_interop`), upper and lower case as in the file; empty in BAL 1.5.
    /// Volatile: merges of communes and changes of street codes renew it.
    pub key: String,
    /// UUID of the address in the BAN; empty in older formats.
    pub uuid: String,
    /// INSEE code of the commune.
    pub insee: String,
    /// Postcode; a BAL has none.
    pub postcode: String,
    /// Number; [`StreetNumber::NotAssigned`] for a place name without number.
    pub number: StreetNumber,
    /// Suffix.
    pub suffix: Option<Suffix>,
    /// Suffix as the file writes it: the BAN may have both `12b` and `12bis`.
    pub suffix_written: String,
    /// Street or place name.
    pub street: String,
    /// Name abbreviated by the rules of NF Z10-011; empty where the file has none.
    pub afnor: String,
    /// Rivoli code; empty when the file has none.
    pub rivoli: String,
    /// Hexaclé; only lists of operators have it.
    pub hexacle: String,
    /// Position, where the file has one.
    pub position: Option<LonLat>,
    /// True if the address is an independent witness: not when the BAN took its position or name
    /// from Arcep's file, which is the IPE itself.
    pub is_evidence: bool,
    /// True if the commune certified the address.
    pub is_certified: bool,
}

/// Reads BAN files (`csv`, `csv-with-ids`, `lieux-dits`) and BAL files of versions 1.3 to 1.5.
#[derive(Debug)]
pub struct ReferenceReader<R> {
    table: TableReader<R>,
    format: FileFormat,
    places: Places<{ COLUMNS.len() }>,
    /// The address of the row before: a BAL has one row for each position of an address.
    last: Option<ReferenceAddress>,
    unread: u64,
}

/// Names of both formats, in the order of the constants below.
const COLUMNS: [&str; 24] = [
    "id",
    "cle_interop",
    "id_ban_adresse",
    "uid_adresse",
    "code_insee",
    "commune_insee",
    "code_postal",
    "numero",
    "rep",
    "suffixe",
    "nom_voie",
    "voie_nom",
    "toponyme",
    "nom_lieu_dit",
    "nom_afnor",
    "id_fantoir",
    "lon",
    "long",
    "lat",
    "x",
    "y",
    "source_position",
    "source_nom_voie",
    "certification_commune",
];
const ID: usize = 0;
const CLE_INTEROP: usize = 1;
const ID_BAN: usize = 2;
const UID: usize = 3;
const CODE_INSEE: usize = 4;
const COMMUNE_INSEE: usize = 5;
const POSTCODE: usize = 6;
const NUMERO: usize = 7;
const REP: usize = 8;
const SUFFIXE: usize = 9;
const NOM_VOIE: usize = 10;
const VOIE_NOM: usize = 11;
const TOPONYME: usize = 12;
const NOM_LIEU_DIT: usize = 13;
const AFNOR: usize = 14;
const FANTOIR: usize = 15;
const LON: usize = 16;
const LONG: usize = 17;
const LAT: usize = 18;
const X: usize = 19;
const Y: usize = 20;
const SOURCE_POSITION: usize = 21;
const SOURCE_NAME: usize = 22;
const CERTIFIED: usize = 23;

impl<R: Read> ReferenceReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// [`ReadError`]; [`ReadError::MissingColumn`] when the file is neither BAN nor BAL.
    pub fn new(source: R) -> Result<Self, ReadError> {
        let table = TableReader::new(source)?;
        let header = table.header();
        let format = header.format();
        match format {
            FileFormat::Ban | FileFormat::BanWithIds | FileFormat::BanPlaces => {
                required(header, "code_insee")?;
            }
            FileFormat::Bal(_) => required(header, "numero")?,
            _ => return Err(ReadError::MissingColumn { name: "nom_voie, voie_nom or toponyme" }),
        }
        let places = Places::find(header, &COLUMNS);
        Ok(Self { table, format, places, last: None, unread: 0 })
    }

    /// The format of the file.
    #[must_use]
    pub fn format(&self) -> FileFormat {
        self.format
    }

    /// Number of lines that are no rows of the file.
    #[must_use]
    pub fn unread(&self) -> u64 {
        self.unread
    }

    /// The next address; rows of other positions of the same address are skipped.
    ///
    /// # Errors
    ///
    /// [`ReadError::Io`] and [`ReadError::LineTooLong`].
    pub fn next_address(&mut self) -> Result<Option<ReferenceAddress>, ReadError> {
        while let Some(line) = self.table.next_line()? {
            if line.fault().is_some() {
                self.unread += 1;
                continue;
            }
            let address = read(&self.places, &line, self.format);
            if self.last.as_ref().is_some_and(|last| is_same(last, &address)) {
                continue;
            }
            self.last = Some(address.clone());
            return Ok(Some(address));
        }
        Ok(None)
    }
}

/// Returns whether two rows that follow each other are positions of one address.
fn is_same(left: &ReferenceAddress, right: &ReferenceAddress) -> bool {
    let by_uuid = !left.uuid.is_empty() && left.uuid == right.uuid;
    let by_key = !left.key.is_empty() && left.key == right.key;
    let by_text = left.key.is_empty()
        && left.uuid.is_empty()
        && (&left.insee, &left.street, left.number, &left.suffix_written)
            == (&right.insee, &right.street, right.number, &right.suffix_written);
    by_uuid || by_key || by_text
}

fn read(
    places: &Places<{ COLUMNS.len() }>,
    line: &crate::line::Line<'_>,
    format: FileFormat,
) -> ReferenceAddress {
    let text = |column| places.text(line, column);
    let key = places.either(line, CLE_INTEROP, ID);
    let uuid = match text(ID_BAN) {
        // BAL 1.3 writes `@c:… @v:… @a:…`.
        id if id.is_empty() => text(UID)
            .split("@a:")
            .nth(1)
            .map(|rest| rest.split(' ').next().unwrap_or(rest))
            .unwrap_or_default()
            .to_owned(),
        id => id,
    };
    let insee = places.either(line, CODE_INSEE, COMMUNE_INSEE);
    let street =
        [NOM_VOIE, VOIE_NOM, TOPONYME, NOM_LIEU_DIT].into_iter().map(text).find(|name| !name.is_empty());
    let suffix_written = places.either(line, REP, SUFFIXE);
    let fantoir = text(FANTOIR);
    let rivoli = match fantoir.rsplit('_').next().map(str::to_uppercase) {
        Some(code) if is_rivoli(&code) => code,
        _ => BanKey::parse(&key).and_then(|key| key.rivoli().map(str::to_uppercase)).unwrap_or_default(),
    };
    let number = match format {
        FileFormat::BanPlaces => StreetNumber::NotAssigned,
        _ => StreetNumber::of_reference(&text(NUMERO)),
    };
    let is_arcep = |column| text(column).eq_ignore_ascii_case("arcep");
    ReferenceAddress {
        position: position(&places.either(line, LON, LONG), &text(LAT), &text(X), &text(Y), &insee),
        postcode: text(POSTCODE),
        suffix: Suffix::parse(&suffix_written),
        street: street.unwrap_or_default(),
        afnor: text(AFNOR),
        hexacle: String::new(),
        is_evidence: !is_arcep(SOURCE_POSITION) && !is_arcep(SOURCE_NAME),
        is_certified: matches!(text(CERTIFIED).to_ascii_lowercase().as_str(), "1" | "oui" | "true"),
        key,
        uuid,
        insee,
        number,
        suffix_written,
        rivoli,
    }
}

/// The position in degrees; else the one in the legal projection of the commune's territory.
fn position(lon: &str, lat: &str, x: &str, y: &str, insee: &str) -> Option<LonLat> {
    if let (Some(lon), Some(lat)) = (parse_decimal(lon), parse_decimal(lat)) {
        return Some(LonLat { lon, lat });
    }
    let (x, y) = (parse_decimal(x)?, parse_decimal(y)?);
    let territory = communes::resolve(insee).and_then(|commune| Territory::of_insee(commune.insee))?;
    Crs::planar_of(territory)?.to_degrees(x, y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::BalVersion;

    fn all(file: &str) -> (FileFormat, Vec<ReferenceAddress>) {
        let mut reader = ReferenceReader::new(file.as_bytes()).unwrap();
        let mut all = Vec::new();
        while let Some(address) = reader.next_address().unwrap() {
            all.push(address);
        }
        (reader.format(), all)
    }

    #[test]
    fn bal_1_5_has_toponyms_and_no_key() {
        let (format, all) = all(
            "id_ban_commune;id_ban_toponyme;id_ban_adresse;commune_insee;commune_nom;toponyme;numero;suffixe;position;x;y;long;lat;certification_commune\n\
             c;t;a1;09122;Foix;Rue du Bac;12;bis;entrée;;;1,605;42,965;1\n\
             c;t;a1;09122;Foix;Rue du Bac;12;bis;segment;;;1.606;42.965;1\n\
             c;t;;09122;Foix;Les Planes;99999;;segment;588000;6208000;;;0\n",
        );
        assert_eq!(format, FileFormat::Bal(BalVersion::V15));
        assert_eq!(all.len(), 2, "one row for each position of one address");
        assert_eq!((all[0].uuid.as_str(), all[0].key.as_str()), ("a1", ""));
        assert_eq!((all[0].number, &all[0].suffix), (StreetNumber::One(12), &Some(Suffix::Bis)));
        assert_eq!(all[0].position, Some(LonLat { lon: 1.605, lat: 42.965 }));
        assert!(all[0].is_certified && !all[1].is_certified);
        assert_eq!(all[1].number, StreetNumber::NotAssigned, "99999 is a place name");
        assert!(all[1].position.is_some_and(|position| (position.lon - 1.62).abs() < 0.05));
    }

    #[test]
    fn bal_1_3_and_1_4_have_keys() {
        let (format, addresses) =
            all("uid_adresse;cle_interop;commune_insee;voie_nom;numero;suffixe;position;long;lat\n\
             @c:1 @v:2 @a:6b2c;09122_0010_00012;09122;Rue du Bac;12;;entrée;1.6;42.9\n");
        assert_eq!(format, FileFormat::Bal(BalVersion::V13));
        assert_eq!((addresses[0].uuid.as_str(), addresses[0].rivoli.as_str()), ("6b2c", "0010"));
        let (format, _) = all("id_ban_adresse;cle_interop;commune_insee;voie_nom;numero;position\n");
        assert_eq!(format, FileFormat::Bal(BalVersion::V14));
    }

    #[test]
    fn ban_places_have_no_number() {
        let (format, all) = all(
            "id;nom_lieu_dit;code_postal;code_insee;lon;lat\n09122_b012;Les Planes;09000;09122;1.6;42.9\n",
        );
        assert_eq!(format, FileFormat::BanPlaces);
        assert_eq!((all[0].number, all[0].street.as_str()), (StreetNumber::NotAssigned, "Les Planes"));
    }

    #[test]
    fn another_file_is_refused() {
        let error = ReferenceReader::new(&b"nom;prenom\n"[..]).unwrap_err();
        assert!(matches!(error, ReadError::MissingColumn { .. }), "{error}");
    }
}
