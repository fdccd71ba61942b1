//! The rules: one table of code, severity, sentence and source.

use epissure_protocol::identifiers::Severity;

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct RuleEntry {
    /// The rule.
    pub rule: LintRule,
    /// Stable name in reports.
    pub code: &'static str,
    /// Weight: an error breaks the protocol's text or makes the line unusable; a warning
    /// contradicts another cell or reference; information concerns style.
    pub severity: Severity,
    /// Sentence about a finding. `{column}`, `{value}`, `{other}` and `{suggestion}` stand for its
    /// facts.
    pub sentence: &'static str,
    /// Source of the rule.
    pub source: &'static str,
}

macro_rules! rules {
    ($($name:ident $code:literal $severity:ident $source:literal $sentence:literal;)*) => {
        /// A rule on IPE files. [`RULES`] describes each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "the table of rules describes each variant")]
        pub enum LintRule {
            $($name,)*
        }

        /// The table of rules.
        pub static RULES: &[RuleEntry] = &[
            $(RuleEntry {
                rule: LintRule::$name,
                code: $code,
                severity: Severity::$severity,
                sentence: $sentence,
                source: $source,
            },)*
        ];
    };
}

impl LintRule {
    /// Number of rules.
    pub const COUNT: usize = RULES.len();

    /// The rule's row of the table.
    #[must_use]
    pub fn entry(self) -> &'static RuleEntry {
        &RULES[self as usize]
    }

    /// The rule of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        RULES.iter().find(|entry| entry.code == code).map(|entry| entry.rule)
    }
}

rules! {
    // The header.
    ColumnMissing "column-missing" Warning "protocol v2, mandatory columns"
        "The header has no column {value}, which is mandatory.";
    ColumnUnknown "column-unknown" Info "catalogue"
        "The column {value} is not in the catalogue: its cells pass unread.";

    // The form of lines.
    RowWidth "row-width" Error "consumers that count columns drop such lines"
        "The line has {value} cells, the header {other} names.";
    UnbalancedQuote "unbalanced-quote" Error "RFC 4180"
        "A cell opens a double quote that no other closes.";
    BlankLine "blank-line" Info "RFC 4180"
        "The line is empty.";
    RowEncoding "row-encoding" Warning "one encoding per file"
        "The line is in {value}, the file in {other}.";
    Mojibake "mojibake" Warning "UTF-8 read as Windows-1252 before"
        "{column} has characters of a wrong encoding, {value}: {suggestion} is probable.";
    LostCharacter "lost-character" Warning "Base adresse locale"
        "{column} has a character that an earlier conversion lost: {value}.";
    ControlCharacter "control-character" Warning "one line of text per cell"
        "{column} contains a control character.";
    SpacesAround "spaces-around" Info "exact comparison by consumers"
        "{column} has spaces around its value.";
    SpreadsheetNumber "spreadsheet-number" Error "spreadsheets convert codes"
        "{column} is a number of a spreadsheet, {value}: its digits are lost, take them from the source.";

    // Identifiers.
    BuildingIdMissing "building-id-missing" Error "AnomalieAdresse, BuildingId"
        "The line has no building identifier.";
    BuildingIdLength "building-id-length" Error "AnomalieAdresse, BuildingId"
        "The building identifier has {value} characters: 30 at most.";
    BuildingIdInsee "building-id-insee" Warning "form IMB/INSEE/…"
        "The building identifier names the commune {value}, the line {other}.";
    InseeMissing "insee-missing" Warning "PM protocol v2"
        "The line has no INSEE code.";
    InseeFormat "insee-format" Error "INSEE, code officiel géographique"
        "{value} is not an INSEE code: five digits, or 2A or 2B and three digits.";
    InseeUnknown "insee-unknown" Warning "INSEE, code officiel géographique"
        "No commune has the INSEE code {value}.";
    InseeRetired "insee-retired" Warning "INSEE, code officiel géographique"
        "The INSEE code {value} is retired: {suggestion} replaces it.";
    InseePostcodeSwapped "insee-postcode-swapped" Warning "INSEE and La Poste"
        "The INSEE code {value} and the postcode {other} are exchanged.";
    PostcodeMissing "postcode-missing" Warning "PM protocol v2"
        "The line has no postcode.";
    PostcodeFormat "postcode-format" Error "La Poste"
        "{value} is not a postcode: five digits are expected.";
    PostcodeInsee "postcode-insee" Warning "La Poste"
        "{value} is not a postcode of the commune {other}.";
    CityMissing "city-missing" Warning "PM protocol v2"
        "The line has no city.";
    CityInsee "city-insee" Warning "INSEE, code officiel géographique"
        "The commune of the INSEE code is {other}, not {value}.";
    HexacleMissing "hexacle-missing" Warning "PM protocol v2, mandatory"
        "The line has no hexaclé: consumers may refuse to connect the address.";
    HexacleFormat "hexacle-format" Error "AnomalieAdresse, GeographicAddress"
        "{column} is {value}: ten digits or upper-case letters are expected.";
    HexacleInsee "hexacle-insee" Warning "La Poste, structure of hexaclés"
        "The hexaclé starts with the INSEE code {value}, the line has {other}.";
    RivoliPlaceholder "rivoli-placeholder" Warning "FANTOIR"
        "The Rivoli code {value} is a filler: leave the cell empty.";
    RivoliFormat "rivoli-format" Warning "FANTOIR"
        "{value} is not a Rivoli code: a digit or an upper-case letter, then three digits.";
    BanFormat "ban-format" Warning "Base adresse nationale"
        "{value} is not a BAN identifier: an interoperability key or a UUID is expected.";
    BanInsee "ban-insee" Warning "Base adresse nationale"
        "The BAN key is of commune {value}, the line of {other}.";
    RnbFormat "rnb-format" Warning "Référentiel national des bâtiments"
        "{value} is not an RNB identifier: twelve letters and digits are expected.";
    SiretFormat "siret-format" Warning "INSEE, SIRET"
        "The manager's SIRET {value} is not valid: fourteen digits with a checksum are expected.";

    // The address.
    StreetMissing "street-missing" Warning "PM protocol v2"
        "The line has no street name.";
    StreetNameLength "street-name-length" Info "Base adresse locale"
        "The street name {value} is usually 3 to 200 characters long.";
    NumberMissing "number-missing" Info "PM protocol v2"
        "The street number is unknown: consumers may reject the line.";
    NumberZero "number-zero" Info "PM protocol v2"
        "The street number 0 means that none was assigned.";
    NumberSuffix "number-suffix" Warning "PM protocol v2"
        "The street number {value} contains its suffix, which has its own column: {suggestion}.";
    NumberFormat "number-format" Warning "PM protocol v2"
        "{value} is not a street number: digits are expected.";
    NumberLength "number-length" Error "PM protocol v2"
        "The street number {value} is too long: five digits, or six for a group.";
    SuffixFormat "suffix-format" Warning "PM protocol v2"
        "{value} is not a suffix: one upper-case letter is expected.";
    PremisesMissing "premises-missing" Warning "PM protocol v2"
        "The line has no number of premises.";
    CountFormat "count-format" Error "PM protocol v2"
        "{column} is {value}: a whole number is expected.";

    // States, flags and lists.
    StateMissing "state-missing" Warning "PM protocol v2"
        "The line has no state.";
    StateUnknown "state-unknown" Error "PM protocol v2 and later"
        "{column} is {value}, which is no known state.";
    StateAgreement "state-agreement" Warning "PM protocol v2, chain of states"
        "The state is {value} although the manager's agreement is not needed: CIBLE is expected before deployment.";
    BuildingTypeUnknown "building-type-unknown" Error "PM protocol v2, mandatory"
        "The kind of building is {value}: PAVILLON or IMMEUBLE is expected.";
    AgreementMissing "agreement-missing" Error "PM protocol v2, mandatory"
        "The line does not state whether the manager's agreement is needed: O or N.";
    FlagFormat "flag-format" Error "PM protocol v2"
        "{column} is {value}: O or N is expected.";
    ZoneMissing "zone-missing" Warning "PM protocol v2"
        "The line has no zone.";
    ZoneUnknown "zone-unknown" Error "PM protocol v2"
        "The zone is {value}: 1, 2 or 3 is expected.";
    ListUnknown "list-unknown" Warning "PM protocol v2"
        "{column} is {value}, which is not in its list.";

    // Days.
    DateFormat "date-format" Error "PM protocol v2"
        "{column} is {value}: a day written YYYYMMDD is expected.";
    ConventionDateMissing "convention-date-missing" Warning "PM protocol v2"
        "The agreement is needed and the state is {value}: the day of its signature is expected.";
    ModificationDateMissing "modification-date-missing" Warning "PM protocol v2"
        "The line has no day of last change.";
    ModificationDateFuture "modification-date-future" Warning "PM protocol v2"
        "The day of last change {value} is in the future.";
    PmOpeningDate "pm-opening-date" Warning "PM protocol v2"
        "The PM opens commercially three months after its first provision: {other} is expected, not {value}.";

    // The PM.
    PmReferenceLength "pm-reference-length" Error "AnomalieAdresse, PM"
        "The PM reference {value} is too long: 20 characters at most.";
    PmMissing "pm-missing" Warning "PM protocol v2"
        "The building is deployed but has no PM.";
    PmStateMissing "pm-state-missing" Warning "PM protocol v2"
        "The line has a PM without state.";
    PmDateMissing "pm-date-missing" Warning "PM protocol v2"
        "The line has a PM without day of installation.";
    PmInsee "pm-insee" Warning "form FI-INSEE-…"
        "The PM reference names the commune {value}, the PM's address {other}.";

    // Points.
    CoordinateFormat "coordinate-format" Error "PM protocol v2"
        "{column} is {value}: a decimal number is expected.";
    CoordinatesMissing "coordinates-missing" Warning "PM protocol v2"
        "The line lacks a coordinate of the building.";
    ProjectionUnknown "projection-unknown" Error "PM protocol v2 and contract v2.0.0"
        "The projection {value} is unknown.";
    ProjectionMissing "projection-missing" Warning "PM protocol v2"
        "The line has coordinates without projection: {suggestion} fits the commune.";
    ProjectionMismatch "projection-mismatch" Warning "position and commune"
        "The coordinates fit the projection {suggestion}, not {value}. The PM's coordinates share the label.";
    CoordinatesSwapped "coordinates-swapped" Warning "position and commune"
        "The coordinates are exchanged: {suggestion} is expected.";
    PointOutside "point-outside" Warning "position and commune"
        "The building's coordinates {value} lie outside the territory of the commune in every known projection.";
    PmPointOutside "pm-point-outside" Warning "position and commune"
        "The PM's coordinates {value} lie outside the territory of the commune in the projection of the line.";

    // The whole file.
    DuplicateBuilding "duplicate-building" Error "PM protocol v2, unique identifier"
        "The building identifier stands on line {other} too.";
    DuplicateAddress "duplicate-address" Warning "PM protocol v2"
        "Line {other} has the same address and the same building name: one of them is superfluous, or lacks a name.";
    PmPremisesTotal "pm-premises-total" Warning "PM protocol v2"
        "NombreLogementsPM is {value}, the lines of the PM sum to {other}.";
    PmPremisesUnchecked "pm-premises-unchecked" Info "bound on memory"
        "The file has too many PMs to check their numbers of premises.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_has_its_own_code_and_a_sentence() {
        for (index, entry) in RULES.iter().enumerate() {
            assert_eq!(entry.rule as usize, index);
            assert_eq!(LintRule::of_code(entry.code), Some(entry.rule), "{} stands twice", entry.code);
            assert!(entry.sentence.ends_with('.'), "{}", entry.code);
            assert!(
                entry.code.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase()),
                "{}",
                entry.code
            );
        }
    }
}
