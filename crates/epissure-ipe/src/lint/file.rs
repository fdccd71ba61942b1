//! Rules on the whole file, with 20 bytes a line and a bounded table of PMs.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use super::finding::LintFinding;
use super::rules::LintRule;
use crate::address::StreetNumber;
use crate::columns::IpeColumn;
use crate::delta::building_hash;
use crate::header::Header;
use crate::line::Line;
use crate::values::BuildingState;

/// Lines of one block. Blocks do not move, so that the peak is not twice the table.
const BLOCK: usize = 1 << 16;
/// Most PMs whose premises are summed: about 50 MB. The whole country has fewer.
const MOST_PMS: usize = 1_000_000;
/// The hash of a line that has no such key.
const NO_KEY: u64 = 0;

/// Keys of a line: 64-bit hashes. Among 25 million lines, two different keys share a hash once in 50,000 files.
#[derive(Debug, Clone, Copy)]
struct Keys {
    building: u64,
    address: u64,
}

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
    blocks: Vec<Vec<Keys>>,
    /// Number of the line at each multiple of [`BLOCK`], and the lines that do not follow their predecessor by one.
    jumps: Vec<(u32, u64)>,
    next: u64,
    count: u32,
    pms: HashMap<u64, Pm>,
    checks_pms: bool,
    pms_dropped: bool,
    scratch: Vec<u8>,
}

impl FileRules {
    pub(super) fn new(header: &Header) -> Self {
        let has = |column| header.position(column).is_some();
        Self {
            blocks: Vec::new(),
            jumps: Vec::new(),
            next: 0,
            count: 0,
            pms: HashMap::new(),
            checks_pms: has(IpeColumn::NombreLogementsPM) && has(IpeColumn::NombreLogementsAdresseIPE),
            pms_dropped: false,
            scratch: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, line: &Line<'_>) {
        // Rows that are no lines of their own, such as blank ones, leave a gap in the numbers.
        if line.number() != self.next {
            self.jumps.push((self.count, line.number()));
        }
        self.next = line.number() + 1;
        self.count += 1;
        if self.blocks.last().is_none_or(|block| block.len() == BLOCK) {
            self.blocks.push(Vec::with_capacity(BLOCK));
        }
        let id = line.bytes(IpeColumn::IdentifiantImmeuble).trim_ascii();
        let operator = line.bytes(IpeColumn::CodeOI).trim_ascii();
        let building = if id.is_empty() { NO_KEY } else { building_hash(operator, id) };
        let address = address_key(line, &mut self.scratch);
        if let Some(block) = self.blocks.last_mut() {
            block.push(Keys { building, address });
        }
        if self.checks_pms {
            self.add_premises(line);
        }
    }

    fn add_premises(&mut self, line: &Line<'_>) {
        let reference = line.bytes(IpeColumn::ReferencePM).trim_ascii();
        // The total of a regrouped PM counts the lines of its group.
        let regrouped = !line.bytes(IpeColumn::ReferenceRegroupementPM).trim_ascii().is_empty();
        let number = |column| whole(line.bytes(column).trim_ascii());
        if reference.is_empty() || regrouped {
            return;
        }
        let Some(stated) = number(IpeColumn::NombreLogementsPM) else { return };
        let premises = number(IpeColumn::NombreLogementsAdresseIPE).unwrap_or(0);
        let abandoned = BuildingState::of(line) == Some(BuildingState::Abandoned);
        let key = xxh3_64(reference);
        if self.pms.len() >= MOST_PMS && !self.pms.contains_key(&key) {
            self.pms_dropped = true;
            return;
        }
        let first = Pm { line: line.number(), stated, all: 0, live: 0 };
        let pm = self.pms.entry(key).or_insert(first);
        pm.all = pm.all.saturating_add(premises);
        pm.live = pm.live.saturating_add(if abandoned { 0 } else { premises });
    }

    pub(super) fn finish(self, out: &mut dyn FnMut(LintFinding)) {
        let count = self.count as usize;
        let keys = |index: u32| self.blocks[index as usize / BLOCK][index as usize % BLOCK];
        let mut order: Vec<u32> = (0..self.count).collect();
        let building = LintRule::DuplicateBuilding;
        for (rule, column, key) in [
            (building, IpeColumn::IdentifiantImmeuble, (|keys| keys.building) as fn(Keys) -> u64),
            (LintRule::DuplicateAddress, IpeColumn::BatimentImmeuble, |keys| keys.address),
        ] {
            order.sort_unstable_by_key(|index| (key(keys(*index)), *index));
            let mut repeats: Vec<(u32, u32)> = Vec::new();
            let mut first = 0;
            for at in 1..count {
                let same = key(keys(order[at])) == key(keys(order[first]));
                if !same {
                    first = at;
                } else if key(keys(order[at])) != NO_KEY {
                    repeats.push((order[at], order[first]));
                }
            }
            repeats.sort_unstable();
            for (line, other) in repeats {
                let other = self.number(other).to_string();
                out(about(rule, self.number(line), column, String::new(), Some(other)));
            }
        }
        let mut wrong: Vec<&Pm> =
            self.pms.values().filter(|pm| pm.stated != pm.all && pm.stated != pm.live).collect();
        wrong.sort_unstable_by_key(|pm| pm.line);
        if self.pms_dropped {
            out(LintFinding {
                line: None,
                ..about(LintRule::PmPremisesUnchecked, 0, IpeColumn::NombreLogementsPM, String::new(), None)
            });
            return;
        }
        for pm in wrong {
            let (column, sum) = (IpeColumn::NombreLogementsPM, pm.all.to_string());
            out(about(LintRule::PmPremisesTotal, pm.line, column, pm.stated.to_string(), Some(sum)));
        }
    }

    /// The number of the row at an index.
    fn number(&self, index: u32) -> u64 {
        let after = self.jumps.partition_point(|(from, _)| *from <= index);
        let (from, number) = self.jumps[after - 1];
        number + u64::from(index - from)
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

/// The key of an address and its building name, built in `scratch`; [`NO_KEY`] when the line has neither hexaclé nor
/// street number.
fn address_key(line: &Line<'_>, scratch: &mut Vec<u8>) -> u64 {
    const STREET: [IpeColumn; 5] = [
        IpeColumn::CodeInseeImmeuble,
        IpeColumn::TypeVoieImmeuble,
        IpeColumn::NomVoieImmeuble,
        IpeColumn::NumeroVoieImmeuble,
        IpeColumn::ComplementNumeroVoieImmeuble,
    ];
    scratch.clear();
    let mut add = |column| {
        scratch.extend_from_slice(line.bytes(column).trim_ascii());
        scratch.push(0);
    };
    if line.bytes(IpeColumn::CodeAdresseImmeuble).trim_ascii().is_empty() {
        let number = StreetNumber::parse(&line.text(IpeColumn::NumeroVoieImmeuble));
        let street = line.bytes(IpeColumn::NomVoieImmeuble).trim_ascii();
        if street.is_empty() || !matches!(number, Ok(StreetNumber::One(_) | StreetNumber::Group(..))) {
            return NO_KEY;
        }
        STREET.into_iter().for_each(&mut add);
    } else {
        add(IpeColumn::CodeAdresseImmeuble);
    }
    add(IpeColumn::BatimentImmeuble);
    scratch.make_ascii_uppercase();
    xxh3_64(scratch).max(1)
}
