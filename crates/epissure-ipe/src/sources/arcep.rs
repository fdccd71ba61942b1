//! Arcep's open data: the building file, and the crosswalk of buildings and BAN addresses.

use std::collections::HashMap;
use std::io::Read;

use epissure_protocol::identifiers::ImbId;

use super::{Places, required};
use crate::address::{StreetNumber, Suffix};
use crate::delta::building_hash;
use crate::projections::{Crs, LonLat};
use crate::reading::{ReadError, TableReader};
use crate::values::{BuildingState, parse_decimal};

/// A building of Arcep's file (`carte_fibre_immeubles_…`).
#[derive(Debug, Clone, PartialEq)]
pub struct ArcepBuilding {
    /// Identifier in the IPE. Identifiers repeat across operators: the key is the operator and the
    /// identifier.
    pub building: String,
    /// Four letters of the operator (`code_l331`).
    pub operator: String,
    /// INSEE code; that of the identifier in the file of 2020, which has no such column; else
    /// empty.
    pub insee: String,
    /// Postcode.
    pub postcode: String,
    /// City.
    pub city: String,
    /// Number.
    pub number: StreetNumber,
    /// Suffix.
    pub suffix: Option<Suffix>,
    /// Street type.
    pub kind: String,
    /// Street name.
    pub name: String,
    /// Name of the building.
    pub building_name: String,
    /// State; `None` for an unknown one.
    pub state: Option<BuildingState>,
    /// Reference of the PM.
    pub pm: String,
    /// `PAVILLON` or `IMMEUBLE`, whichever way the year writes them; empty for another.
    pub building_type: &'static str,
    /// Position.
    pub position: Option<LonLat>,
}

/// Reads Arcep's building file of 2020, 2024 and 2026.
#[derive(Debug)]
pub struct ArcepReader<R> {
    table: TableReader<R>,
    places: Places<{ COLUMNS.len() }>,
    unread: u64,
}

const COLUMNS: [&str; 15] = [
    "imb_id",
    "code_l331",
    "code_insee",
    "code_poste",
    "nom_com",
    "num_voie",
    "cp_no_voie",
    "type_voie",
    "nom_voie",
    "batiment",
    "imb_etat",
    "pm_ref",
    "type_imb",
    "x",
    "y",
];

impl<R: Read> ArcepReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// [`ReadError`]; [`ReadError::MissingColumn`] when the file is another.
    pub fn new(source: R) -> Result<Self, ReadError> {
        let table = TableReader::new(source)?;
        for name in ["imb_id", "imb_etat", "nom_voie"] {
            required(table.header(), name)?;
        }
        let places = Places::find(table.header(), &COLUMNS);
        Ok(Self { table, places, unread: 0 })
    }

    /// Number of lines that are no rows of the file.
    #[must_use]
    pub fn unread(&self) -> u64 {
        self.unread
    }

    /// The next building.
    ///
    /// # Errors
    ///
    /// [`ReadError::Io`] and [`ReadError::LineTooLong`].
    pub fn next_building(&mut self) -> Result<Option<ArcepBuilding>, ReadError> {
        while let Some(line) = self.table.next_line()? {
            if line.fault().is_some() {
                self.unread += 1;
                continue;
            }
            let text = |column| self.places.text(&line, column);
            let building = text(0);
            let insee = match text(2) {
                insee if insee.is_empty() => {
                    ImbId::parse(&building).map(|id| id.insee.to_owned()).unwrap_or_default()
                }
                insee => insee,
            };
            let point = parse_decimal(&text(13)).zip(parse_decimal(&text(14)));
            return Ok(Some(ArcepBuilding {
                operator: text(1),
                insee,
                postcode: text(3),
                city: text(4),
                number: StreetNumber::of_reference(&text(5)),
                suffix: Suffix::parse(&text(6)),
                kind: text(7),
                name: text(8),
                building_name: text(9),
                state: BuildingState::parse(&text(10)),
                pm: text(11),
                building_type: match text(12).to_ascii_uppercase().as_str() {
                    "PA" | "PAVILLON" => "PAVILLON",
                    "IM" | "IMMEUBLE" => "IMMEUBLE",
                    _ => "",
                },
                position: point.and_then(|(x, y)| Crs::Degrees.to_degrees(x, y)),
                building,
            }));
        }
        Ok(None)
    }
}

/// A row of the crosswalk (`base_imb_….csv`).
#[derive(Debug, Clone, PartialEq)]
pub struct CrosswalkRow {
    /// Identifier of the building in the IPE (`imb_code`).
    pub building: String,
    /// Key of the address in its source (`addr_code`).
    pub address: String,
    /// Source of the address (`addr_source`), such as `ban`.
    pub source: String,
    /// Position of the building; the file has it in Web Mercator.
    pub position: Option<LonLat>,
}

/// Reads the crosswalk.
#[derive(Debug)]
pub struct CrosswalkReader<R> {
    table: TableReader<R>,
    places: Places<5>,
}

impl<R: Read> CrosswalkReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// [`ReadError`]; [`ReadError::MissingColumn`] when the file is another.
    pub fn new(source: R) -> Result<Self, ReadError> {
        let table = TableReader::new(source)?;
        for name in ["imb_code", "addr_code", "addr_source"] {
            required(table.header(), name)?;
        }
        let names = ["imb_code", "addr_code", "addr_source", "imb_x", "imb_y"];
        Ok(Self { places: Places::find(table.header(), &names), table })
    }

    /// The next row; lines that are no rows are skipped.
    ///
    /// # Errors
    ///
    /// [`ReadError::Io`] and [`ReadError::LineTooLong`].
    pub fn next_row(&mut self) -> Result<Option<CrosswalkRow>, ReadError> {
        while let Some(line) = self.table.next_line()? {
            if line.fault().is_some() {
                continue;
            }
            let text = |column| self.places.text(&line, column);
            let point = parse_decimal(&text(3)).zip(parse_decimal(&text(4)));
            let position = point.and_then(|(x, y)| Crs::WebMercator.to_degrees(x, y));
            return Ok(Some(CrosswalkRow { building: text(0), address: text(1), source: text(2), position }));
        }
        Ok(None)
    }
}

/// BAN keys by building: the rows of a crosswalk whose source is the BAN.
#[derive(Debug, Default)]
pub struct Crosswalk(HashMap<u64, Box<str>>);

impl Crosswalk {
    /// Reads a whole crosswalk; about 60 bytes a row.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub fn read<R: Read>(source: R) -> Result<Self, ReadError> {
        let mut reader = CrosswalkReader::new(source)?;
        let mut keys = HashMap::new();
        while let Some(row) = reader.next_row()? {
            if row.source.eq_ignore_ascii_case("ban") && !row.address.is_empty() {
                keys.insert(building_hash(b"", row.building.as_bytes()), row.address.into_boxed_str());
            }
        }
        Ok(Self(keys))
    }

    /// The BAN key of a building.
    #[must_use]
    pub fn get(&self, building: &str) -> Option<&str> {
        self.0.get(&building_hash(b"", building.as_bytes())).map(AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_years_are_read_alike() {
        let y2020 = "x,y,imb_id,num_voie,cp_no_voie,type_voie,nom_voie,batiment,code_poste,nom_com,catg_loc_imb,imb_etat,pm_ref,pm_etat,code_l331,geom_mod,type_imb\n\
            1.6,42.9,IMB/09122/X/0001,45,,rue,inventée,,09000,Foix,individuel,cible,FI-09122-0003,deploye,FRTE,f,pavillon\n";
        let y2024 = "x,y,imb_id,num_voie,cp_no_voie,type_voie,nom_voie,batiment,code_insee,code_poste,nom_com,catg_loc_imb,imb_etat,pm_ref,pm_etat,code_l331,geom_mod,type_imb,date_completude,date_completude_manquante\n\
            1.6,42.9,IMB/09122/X/0001,45,,rue,inventée,,09122,09000,Foix,individuel,cible,FI-09122-0003,deploye,FRTE,f,PA,,\n";
        let mut buildings = Vec::new();
        for file in [
            y2020.to_owned(),
            y2024.to_owned(),
            y2024.replace("pm_etat,", "pm_etat,pm_date_mad,").replace("deploye,F", "deploye,,F"),
        ] {
            let mut reader = ArcepReader::new(file.as_bytes()).unwrap();
            buildings.push(reader.next_building().unwrap().expect("one building"));
            assert_eq!(reader.next_building().unwrap(), None);
        }
        assert_eq!(buildings[0], buildings[1]);
        assert_eq!(buildings[1], buildings[2]);
        assert_eq!((buildings[0].insee.as_str(), buildings[0].building_type), ("09122", "PAVILLON"));
        assert_eq!(buildings[0].state, Some(BuildingState::Target));
    }

    #[test]
    fn the_crosswalk_gives_ban_keys() {
        let file = "imb_id;imb_x;imb_y;imb_code;imb_code_insee;addr_code;addr_source\n\
            1;261845.71;6250564.35;IMB/75056/X/0001;75056;75101_0010_00012;ban\n2;0;0;B2;75056;x;autre\n";
        let mut reader = CrosswalkReader::new(file.as_bytes()).unwrap();
        let position = reader.next_row().unwrap().and_then(|row| row.position).expect("a position");
        assert!((position.lon - 2.3522).abs() < 1e-4);
        let crosswalk = Crosswalk::read(file.as_bytes()).unwrap();
        assert_eq!(crosswalk.get("IMB/75056/X/0001"), Some("75101_0010_00012"));
        assert_eq!(crosswalk.get("B2"), None);
    }
}
