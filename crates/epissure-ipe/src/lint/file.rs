//! Rules on the whole file, with 24 bytes a line and a bounded table of PMs.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use xxhash_rust::xxh3::xxh3_64;

use super::finding::LintFinding;
use super::places::HashedKey;
use super::repeats::Repeats;
use super::row::Row;
use super::rules::LintRule;
use crate::address::StreetNumber;
use crate::columns::IpeColumn;
use crate::delta::building_hash;
use crate::header::Header;
use crate::values::BuildingState;

/// Most PMs whose premises are summed: about 50 MB. The whole country has fewer.
const MOST_PMS: usize = 1_000_000;
#[derive(Debug, Clone, Copy)]
struct Pm {
    line: u64,
    stated: u32,
    /// Premises of all lines, and of those that are not abandoned.
    all: u32,
    live: u32,
}

/// Facts about the lines so far.
#[derive(Debug)]
pub(super) struct FileRules {
    buildings: Repeats,
    addresses: Repeats,
    pms: HashMap<u64, Pm, BuildHasherDefault<HashedKey>>,
    /// The PM of the row before: a file lists the lines of a PM together.
    last_pm: Option<(u64, Pm)>,
    checks_pms: bool,
    pms_dropped: bool,
    scratch: Vec<u8>,
}

impl FileRules {
    pub(super) fn new(header: &Header) -> Self {
        let has = |column| header.position(column).is_some();
        Self {
            buildings: Repeats::new(),
            addresses: Repeats::new(),
            pms: HashMap::default(),
            last_pm: None,
            checks_pms: has(IpeColumn::NombreLogementsPM) && has(IpeColumn::NombreLogementsAdresseIPE),
            pms_dropped: false,
            scratch: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, row: &Row<'_, '_>, state: Option<BuildingState>) {
        let number = row.line.number();
        let id = row.bytes(IpeColumn::IdentifiantImmeuble);
        if !id.is_empty() {
            self.buildings.push(building_hash(row.bytes(IpeColumn::CodeOI), id), number);
        }
        if let Some(key) = address_key(row, &mut self.scratch) {
            self.addresses.push(key, number);
        }
        if self.checks_pms {
            self.add_premises(row, state);
        }
    }

    fn add_premises(&mut self, row: &Row<'_, '_>, state: Option<BuildingState>) {
        let reference = row.bytes(IpeColumn::ReferencePM);
        // The total of a regrouped PM counts the lines of its group.
        if reference.is_empty() || !row.bytes(IpeColumn::ReferenceRegroupementPM).is_empty() {
            return;
        }
        let Some(stated) = whole(row.bytes(IpeColumn::NombreLogementsPM)) else { return };
        let premises = whole(row.bytes(IpeColumn::NombreLogementsAdresseIPE)).unwrap_or(0);
        let live = if state == Some(BuildingState::Abandoned) { 0 } else { premises };
        let key = xxh3_64(reference);
        if self.last_pm.is_none_or(|(last, _)| last != key) {
            self.store_last_pm();
            let first = Pm { line: row.line.number(), stated, all: 0, live: 0 };
            self.last_pm = Some((key, self.pms.get(&key).copied().unwrap_or(first)));
        }
        if let Some((_, pm)) = &mut self.last_pm {
            pm.all = pm.all.saturating_add(premises);
            pm.live = pm.live.saturating_add(live);
        }
    }

    fn store_last_pm(&mut self) {
        if let Some((key, pm)) = self.last_pm.take() {
            if self.pms.len() < MOST_PMS || self.pms.contains_key(&key) {
                self.pms.insert(key, pm);
            } else {
                self.pms_dropped = true;
            }
        }
    }

    pub(super) fn finish(mut self, out: &mut dyn FnMut(LintFinding)) {
        self.store_last_pm();
        for (rule, column, keys) in [
            (LintRule::DuplicateBuilding, IpeColumn::IdentifiantImmeuble, self.buildings),
            (LintRule::DuplicateAddress, IpeColumn::BatimentImmeuble, self.addresses),
        ] {
            for (line, first) in keys.find() {
                out(about(rule, line.into(), column, String::new(), Some(first.to_string())));
            }
        }
        let column = IpeColumn::NombreLogementsPM;
        if self.pms_dropped {
            let unchecked = about(LintRule::PmPremisesUnchecked, 0, column, String::new(), None);
            return out(LintFinding { line: None, ..unchecked });
        }
        let mut wrong: Vec<&Pm> =
            self.pms.values().filter(|pm| pm.stated != pm.all && pm.stated != pm.live).collect();
        wrong.sort_unstable_by_key(|pm| pm.line);
        for pm in wrong {
            let sum = Some(pm.all.to_string());
            out(about(LintRule::PmPremisesTotal, pm.line, column, pm.stated.to_string(), sum));
        }
    }
}

fn about(rule: LintRule, line: u64, column: IpeColumn, value: String, other: Option<String>) -> LintFinding {
    let column = Some(column);
    LintFinding {
        rule,
        line: Some(line),
        building: None,
        insee: None,
        column,
        value,
        other,
        suggestion: None,
    }
}

fn whole(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 6 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
}

/// The key of an address and its building name, built in `scratch`; `None` when the line has
/// neither hexaclé nor street number.
fn address_key(row: &Row<'_, '_>, scratch: &mut Vec<u8>) -> Option<u64> {
    const STREET: [IpeColumn; 5] = [
        IpeColumn::CodeInseeImmeuble,
        IpeColumn::TypeVoieImmeuble,
        IpeColumn::NomVoieImmeuble,
        IpeColumn::NumeroVoieImmeuble,
        IpeColumn::ComplementNumeroVoieImmeuble,
    ];
    scratch.clear();
    let hexacle = row.bytes(IpeColumn::CodeAdresseImmeuble);
    if hexacle.is_empty() {
        let number = StreetNumber::parse(&row.text(IpeColumn::NumeroVoieImmeuble));
        let has_number = matches!(number, Ok(StreetNumber::One(_) | StreetNumber::Group(..)));
        if !has_number || row.bytes(IpeColumn::NomVoieImmeuble).is_empty() {
            return None;
        }
        for column in STREET {
            scratch.extend_from_slice(row.bytes(column));
            scratch.push(0);
        }
    } else {
        scratch.extend_from_slice(hexacle);
        scratch.push(0);
    }
    scratch.extend_from_slice(row.bytes(IpeColumn::BatimentImmeuble));
    scratch.make_ascii_uppercase();
    Some(xxh3_64(scratch))
}
