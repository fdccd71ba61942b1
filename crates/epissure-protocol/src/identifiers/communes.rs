//! The French communes: INSEE codes, names, postcodes and retired codes.
//!
//! The tables are embedded as text and searched in place. An index of line starts is built on first
//! use (about 0.5 MB with the postcodes). Source: INSEE, La Poste/DGFiP via Etalab, Licence Ouverte
//! 2.0; `data/README.md` of this crate describes their production.
//!
//! ```
//! use epissure_protocol::identifiers::communes;
//!
//! let ajaccio = communes::by_insee("2A004").expect("a current code");
//! assert_eq!(ajaccio.name, "Ajaccio");
//! assert!(ajaccio.has_postcode("20090"));
//!
//! let former = communes::resolve_old("20004").expect("Corsica's codes before 1976");
//! assert_eq!(former.insee, "2A004");
//! ```

use std::sync::OnceLock;

use super::text::{fold_name, is_digits, is_like};

static CURRENT: Table = Table::new(include_str!("../../data/communes.csv"));
static FORMER: Table = Table::new(include_str!("../../data/former-communes.csv"));

/// A current commune, or a current municipal district of Paris, Lyon or Marseille.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commune<'a> {
    /// INSEE code, five characters.
    pub insee: &'a str,
    /// Official name, with its article and accents.
    pub name: &'a str,
    /// INSEE code of the commune that a municipal district belongs to.
    pub parent: Option<&'a str>,
    postcodes: &'a str,
}

impl<'a> Commune<'a> {
    /// Returns the delivery postcodes, in the order of the source. Five territories without post
    /// have none.
    pub fn postcodes(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.postcodes.split_ascii_whitespace()
    }

    /// Returns true when the pair (postcode, INSEE) is known.
    #[must_use]
    pub fn has_postcode(&self, postcode: &str) -> bool {
        self.postcodes().any(|known| known == postcode)
    }

    /// Returns the department: two characters, three overseas.
    #[must_use]
    pub fn department(&self) -> &'a str {
        department(self.insee)
    }

    /// Returns true when a city name designates this commune.
    ///
    /// Accents, case, punctuation, articles and the usual abbreviations are ignored. The names of
    /// the communes merged into it are accepted. The city is accepted for one of its districts, and
    /// a district number for the city.
    #[must_use]
    pub fn is_named(&self, city: &str) -> bool {
        let city = fold_name(city);
        if city == fold_name(self.name) {
            return true;
        }
        let of_city = match self.parent {
            Some(parent) => by_insee(parent).is_some_and(|parent| city == fold_name(parent.name)),
            None => has_districts(self.insee) && without_number(&city) == fold_name(self.name),
        };
        of_city || former_names(self.insee).any(|name| city == fold_name(name))
    }

    /// Returns true when a city name is probably another spelling of the commune's: shortened as on
    /// postal labels, without its small words, or extended.
    #[must_use]
    pub fn is_nearly_named(&self, city: &str) -> bool {
        let city = fold_name(city);
        is_like(&city, &fold_name(self.name))
            || former_names(self.insee).any(|name| is_like(&city, &fold_name(name)))
    }

    fn read(line: &'a str) -> Option<Self> {
        let mut fields = line.split(';');
        Some(Self {
            insee: fields.next()?,
            name: fields.next()?,
            postcodes: fields.next()?,
            parent: fields.next(),
        })
    }
}

/// Returns the commune or municipal district of a current INSEE code.
#[must_use]
pub fn by_insee(insee: &str) -> Option<Commune<'static>> {
    CURRENT.find(insee).and_then(Commune::read)
}

/// Returns the current commune with the land of a retired INSEE code; `None` for a current code.
#[must_use]
pub fn resolve_old(insee: &str) -> Option<Commune<'static>> {
    let current = FORMER.find(insee)?.rsplit(';').next()?;
    if current == insee { None } else { by_insee(current) }
}

/// Returns the commune of a current or retired code.
#[must_use]
pub fn resolve(insee: &str) -> Option<Commune<'static>> {
    by_insee(insee).or_else(|| resolve_old(insee))
}

/// Returns true when two codes designate the same commune today: one code may be retired, or be a
/// district of the other. An unknown code equals only itself.
#[must_use]
pub fn same_commune(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    match (resolve(left), resolve(right)) {
        (Some(left), Some(right)) => {
            left.insee == right.insee || left.parent == Some(right.insee) || right.parent == Some(left.insee)
        }
        _ => false,
    }
}

/// Returns the communes and districts that a postcode serves, sorted by INSEE code.
pub fn by_postcode(postcode: &str) -> impl Iterator<Item = Commune<'static>> + use<> {
    static INDEX: OnceLock<Vec<(u32, u32)>> = OnceLock::new();
    let index = INDEX.get_or_init(|| {
        let mut pairs = Vec::with_capacity(40_000);
        for (line, text) in (0_u32..).zip(CURRENT.lines()) {
            let postcodes = Commune::read(text).into_iter().flat_map(|commune| commune.postcodes());
            pairs.extend(postcodes.filter_map(|postcode| Some((postcode.parse().ok()?, line))));
        }
        pairs.sort_unstable();
        pairs.shrink_to_fit();
        pairs
    });
    let wanted = is_digits(postcode, 5).then(|| postcode.parse().ok()).flatten();
    let from = wanted.map_or(index.len(), |wanted: u32| index.partition_point(|(known, _)| *known < wanted));
    index[from..]
        .iter()
        .take_while(move |(known, _)| Some(*known) == wanted)
        .filter_map(|(_, line)| Commune::read(CURRENT.line(*line)))
}

/// Returns the department of an INSEE code: two characters, three overseas (`97x`, `98x`). The code
/// is not checked.
#[must_use]
pub fn department(insee: &str) -> &str {
    let length = if insee.starts_with("97") || insee.starts_with("98") { 3 } else { 2 };
    insee.get(..length).unwrap_or(insee)
}

/// The names of the communes merged into the one of a current code.
fn former_names(current: &str) -> impl Iterator<Item = &'static str> {
    static INDEX: OnceLock<Vec<(&'static str, &'static str)>> = OnceLock::new();
    let index = INDEX.get_or_init(|| {
        let pair = |line: &'static str| {
            let (rest, code) = line.rsplit_once(';')?;
            let (_, name) = rest.split_once(';')?;
            (!name.is_empty()).then_some((code, name))
        };
        let mut pairs: Vec<_> = FORMER.lines().filter_map(pair).collect();
        pairs.sort_by_key(|(code, _)| *code);
        pairs
    });
    let from = index.partition_point(|(code, _)| *code < current);
    index[from..].iter().take_while(move |(code, _)| *code == current).map(|(_, name)| *name)
}

fn has_districts(insee: &str) -> bool {
    matches!(insee, "13055" | "69123" | "75056")
}

fn without_number(folded: &str) -> &str {
    match folded.rsplit_once(' ') {
        Some((name, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => folded,
    }
}

/// An embedded CSV file, one header line, sorted by its first column.
struct Table {
    text: &'static str,
    starts: OnceLock<Vec<u32>>,
}

impl Table {
    const fn new(text: &'static str) -> Self {
        Self { text, starts: OnceLock::new() }
    }

    /// Returns the offset of each data line.
    fn starts(&self) -> &[u32] {
        self.starts.get_or_init(|| {
            let ends = (0_u32..).zip(self.text.bytes()).filter(|(_, byte)| *byte == b'\n');
            // Each line end starts a line, except the last one.
            let mut starts: Vec<u32> = ends.map(|(end, _)| end + 1).collect();
            starts.pop();
            starts.shrink_to_fit();
            starts
        })
    }

    fn line(&self, index: u32) -> &'static str {
        let start = self.starts().get(index as usize).map_or(self.text.len(), |start| *start as usize);
        self.text[start..].lines().next().unwrap_or_default()
    }

    fn lines(&self) -> impl Iterator<Item = &'static str> {
        self.text.lines().skip(1)
    }

    fn find(&self, key: &str) -> Option<&'static str> {
        let starts = self.starts();
        let key_at = |start: u32| {
            let line = &self.text[start as usize..];
            line.split_once(';').map_or(line, |(key, _)| key)
        };
        let found = starts.binary_search_by(|start| key_at(*start).cmp(key)).ok()?;
        self.text[starts[found] as usize..].lines().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_complete() {
        assert_eq!(CURRENT.starts().len(), 35_014);
        assert_eq!(FORMER.starts().len(), 4_769);
        for table in [&CURRENT, &FORMER] {
            let keys: Vec<&str> = table.lines().map(|line| line.split(';').next().unwrap()).collect();
            assert!(keys.is_sorted_by(|left, right| left < right));
            for (index, key) in (0_u32..).zip(&keys) {
                assert!(table.line(index).starts_with(key));
            }
        }
        let size = CURRENT.text.len() + FORMER.text.len();
        assert!(size <= 1_000_000, "{size} bytes are embedded");
    }

    #[test]
    fn every_line_reads_and_links_to_a_commune() {
        for line in CURRENT.lines() {
            let commune = Commune::read(line).unwrap();
            assert_eq!(commune.insee.len(), 5, "{line}");
            assert!(commune.postcodes().all(|postcode| is_digits(postcode, 5)), "{line}");
            assert_eq!(commune.parent.is_some(), has_districts(commune.parent.unwrap_or_default()), "{line}");
            let folded = fold_name(commune.name);
            assert!(folded.bytes().all(|byte| byte == b' ' || byte.is_ascii_alphanumeric()), "{line}");
            assert!(commune.is_named(commune.name), "{line}");
        }
        for line in FORMER.lines() {
            assert!(by_insee(line.rsplit(';').next().unwrap()).is_some(), "{line}");
        }
    }

    #[test]
    fn no_commune_has_a_letter_outside_the_folding_table() {
        let names = CURRENT.lines().chain(FORMER.lines()).filter_map(|line| line.split(';').nth(1));
        for name in names {
            let strange = name.chars().find(|character| {
                character.is_alphanumeric() && fold_name(&character.to_string()).is_empty()
            });
            assert_eq!(strange, None, "{name}");
        }
    }

    #[test]
    fn real_communes_are_found() {
        for (insee, name, postcode, department) in [
            ("01001", "L'Abergement-Clémenciat", "01400", "01"),
            ("09001", "Aigues-Juntes", "09240", "09"),
            ("09122", "Foix", "09000", "09"),
            ("01053", "Bourg-en-Bresse", "01000", "01"),
            ("77288", "Melun", "77000", "77"),
            ("2A004", "Ajaccio", "20167", "2A"),
            ("13055", "Marseille", "13016", "13"),
            ("75056", "Paris", "75116", "75"),
            ("75101", "Paris 1er Arrondissement", "75001", "75"),
            ("97411", "Saint-Denis", "97400", "974"),
            ("97502", "Saint-Pierre", "97500", "975"),
            ("98818", "Nouméa", "98800", "988"),
        ] {
            let commune = by_insee(insee).unwrap();
            assert_eq!((commune.insee, commune.name), (insee, name));
            assert!(commune.has_postcode(postcode), "{insee}");
            assert_eq!(commune.department(), department);
        }
        assert_eq!(by_insee("75056").unwrap().postcodes().count(), 21);
        assert_eq!(by_insee("98412").unwrap().postcodes().count(), 0);
        for unknown in ["", "0", "00000", "99999", "2a004", "09001;", "insee", "é"] {
            assert_eq!(by_insee(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn retired_codes_lead_to_the_commune_of_today() {
        assert_eq!(resolve_old("20004").unwrap().insee, "2A004");
        assert_eq!(resolve_old("01003").unwrap().insee, "01165");
        assert_eq!(resolve_old("55273").unwrap().name, "Nonsard-Lamarche");
        assert_eq!(resolve_old("98501").unwrap().name, "Acoua", "Mayotte before it was a department");
        assert_eq!(resolve_old("98517").unwrap().insee, "97617");
        assert_eq!(resolve_old("97123").unwrap().name, "Saint-Barthélemy");
        assert_eq!(resolve_old("97127").unwrap().name, "Saint-Martin");
        assert_eq!(resolve_old("98518"), None);
        assert_eq!(resolve_old("01015"), None, "a merged commune that kept its code");
        assert_eq!(resolve_old("09001"), None);
        assert_eq!(resolve("09001").unwrap().insee, "09001");
    }

    #[test]
    fn codes_are_compared_by_commune() {
        assert!(same_commune("20004", "2A004"));
        assert!(same_commune("75101", "75056"));
        assert!(same_commune("75056", "75101"));
        assert!(same_commune("99999", "99999"));
        assert!(!same_commune("75101", "75102"));
        assert!(!same_commune("09001", "09122"));
        assert!(!same_commune("99999", "09001"));
    }

    #[test]
    fn postcodes_lead_to_their_communes() {
        let served: Vec<&str> = by_postcode("09240").map(|commune| commune.insee).collect();
        assert!(served.contains(&"09001"));
        assert!(served.is_sorted());
        for unknown in ["00000", "99999", "+1400", "1400", ""] {
            assert_eq!(by_postcode(unknown).count(), 0, "{unknown}");
        }
        for line in CURRENT.lines().step_by(97) {
            let commune = Commune::read(line).unwrap();
            for postcode in commune.postcodes() {
                assert!(by_postcode(postcode).any(|served| served == commune), "{line}");
            }
        }
    }

    #[test]
    fn cities_are_nearly_recognised() {
        for (insee, city, expected) in [
            ("11145", "FLEURY D AUDE", true),
            ("12083", "Cransac", true),
            ("55386", "LAMARCHE WOEVRE", true),
            ("75101", "PARIS 13", false),
            ("09001", "Foix", false),
        ] {
            assert_eq!(by_insee(insee).unwrap().is_nearly_named(city), expected, "{insee} {city}");
        }
    }

    #[test]
    fn cities_are_recognised() {
        for (insee, city, expected) in [
            ("09001", "AIGUES JUNTES", true),
            ("09001", "Foix", false),
            ("69151", "Perreon (Le)", true),
            ("75056", "Paris 13", true),
            ("75056", "PARIS 13E ARRONDISSEMENT", true),
            ("75101", "Paris", true),
            ("75101", "PARIS 01", true),
            ("75101", "PARIS 13", false),
            ("09122", "Foix 13", false),
            ("01015", "Arbignieu", true),
            ("01015", "Arboys en Bugey", true),
            ("55386", "Lamarche-en-Woevre", true),
            ("09001", "", false),
        ] {
            assert_eq!(by_insee(insee).unwrap().is_named(city), expected, "{insee} {city}");
        }
    }
}
