//! Values of cells: days, decimals, states.

use jiff::civil::Date;

use crate::columns::{BUILDING_STATES, IpeColumn};
use crate::encoding::RowEncoding;
use crate::line::Line;

/// A state of a building (`EtatImmeuble`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[repr(u8)]
pub enum BuildingState {
    /// `CIBLE`: planned, no agreement of the manager needed.
    Target,
    /// `SIGNE`: agreement signed.
    Signed,
    /// `EN COURS DE DEPLOIEMENT`.
    Deploying,
    /// `DEPLOYE`.
    Deployed,
    /// `ABANDONNE`: stays in the file for three months.
    Abandoned,
    /// `RACCORDABLE DEMANDE`: connectable when ordered.
    OnDemand,
    /// `RAD EN COURS DE DEPLOIEMENT`: ordered on an on-demand address.
    OnDemandDeploying,
}

impl BuildingState {
    const ALL: [Self; 7] = [
        Self::Target,
        Self::Signed,
        Self::Deploying,
        Self::Deployed,
        Self::Abandoned,
        Self::OnDemand,
        Self::OnDemandDeploying,
    ];

    /// Reads a state; case, accents and spaces do not count.
    ///
    /// ```
    /// use epissure_ipe::BuildingState;
    ///
    /// assert_eq!(BuildingState::parse("déployé"), Some(BuildingState::Deployed));
    /// assert_eq!(BuildingState::parse("RAD EN COURS DE DEPLOIEMENT"), Some(BuildingState::OnDemandDeploying));
    /// assert_eq!(BuildingState::parse("HORS SERVICE"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let index = find_in_list(text, BUILDING_STATES)?;
        Self::ALL.get(index).copied()
    }

    /// The state of a trimmed cell, without decoding the usual spellings.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes {
            b"CIBLE" => Some(Self::Target),
            b"SIGNE" => Some(Self::Signed),
            b"DEPLOYE" => Some(Self::Deployed),
            b"EN COURS DE DEPLOIEMENT" => Some(Self::Deploying),
            [] => None,
            other => Self::parse(&RowEncoding::of(other).decode(other)),
        }
    }

    /// The state in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        BUILDING_STATES[self as usize]
    }

    /// The state of a line.
    #[must_use]
    pub fn of(line: &Line<'_>) -> Option<Self> {
        Self::of_bytes(line.bytes(IpeColumn::EtatImmeuble).trim_ascii())
    }
}

/// The index of a text in a closed list, compared without case, accents, spaces and hyphens.
pub(crate) fn find_in_list(text: &str, list: &[&str]) -> Option<usize> {
    list.iter().position(|known| *known == text).or_else(|| {
        let folded = crate::columns::fold_name(text);
        list.iter().position(|known| crate::columns::fold_name(known) == folded)
    })
}

/// Reads a day written `YYYYMMDD`.
///
/// ```
/// use epissure_ipe::parse_day;
///
/// assert_eq!(parse_day("20230228"), Some(jiff::civil::date(2023, 2, 28)));
/// assert_eq!(parse_day("20230230"), None);
/// assert_eq!(parse_day("00000000"), None);
/// ```
#[must_use]
pub fn parse_day(text: &str) -> Option<Date> {
    day_of(text.as_bytes())
}

pub(crate) fn day_of(bytes: &[u8]) -> Option<Date> {
    if bytes.len() != 8 || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |from: usize, to: usize| {
        bytes[from..to].iter().fold(0_i16, |sum, digit| sum * 10 + i16::from(digit - b'0'))
    };
    let (year, month, day) = (number(0, 4), number(4, 6) as i8, number(6, 8) as i8);
    // Year 0 is a filler.
    if year == 0 { None } else { Date::new(year, month, day).ok() }
}

/// The day of a spreadsheet's serial number, such as 45292 for 1 January 2024; nothing outside 1982
/// to 2064.
pub(crate) fn spreadsheet_day(text: &str) -> Option<Date> {
    let serial: i32 = text.strip_suffix(".0").unwrap_or(text).parse().ok()?;
    // Serial 1 is 1 January 1900, and spreadsheets count a 29 February 1900.
    (30_000..60_000)
        .contains(&serial)
        .then(|| jiff::civil::date(1899, 12, 30).checked_add(jiff::Span::new().days(serial)).ok())
        .flatten()
}

/// A day as files write it.
#[must_use]
pub fn format_day(day: Date) -> String {
    format!("{:04}{:02}{:02}", day.year(), day.month(), day.day())
}

/// Reads a decimal number with `.` or `,`; exponents, infinities and other texts are no decimals.
///
/// ```
/// use epissure_ipe::parse_decimal;
///
/// assert_eq!(parse_decimal("1,47"), Some(1.47));
/// assert_eq!(parse_decimal("-61.53"), Some(-61.53));
/// assert_eq!(parse_decimal("6,21E+06"), None);
/// ```
#[must_use]
pub fn parse_decimal(text: &str) -> Option<f64> {
    decimal_of(text.as_bytes())
}

/// Longest decimal number.
const MAX_DECIMAL: usize = 40;
/// Powers of ten that a double represents exactly.
const POWERS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// The numerals of a decimal number as one whole number, modulo 2⁶⁴, and the number of them after
/// the mark.
fn scan_decimal(bytes: &[u8]) -> Option<(u64, usize)> {
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let (mut whole, mut numerals, mut mark) = (0_u64, 0, None);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                whole = whole.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                numerals += 1;
            }
            b'.' | b',' if mark.is_none() => mark = Some(numerals),
            _ => return None,
        }
    }
    (numerals > 0 && bytes.len() <= MAX_DECIMAL).then(|| (whole, numerals - mark.unwrap_or(numerals)))
}

pub(crate) fn decimal_of(bytes: &[u8]) -> Option<f64> {
    let (whole, decimals) = scan_decimal(bytes)?;
    if bytes.len() <= 17 && whole < 1 << 53 && decimals < POWERS.len() {
        // The numerals and the power are exact: the quotient is rounded once, as by the standard
        // parser.
        let value = whole as f64 / POWERS[decimals];
        return Some(if bytes.starts_with(b"-") { -value } else { value });
    }
    let text: String = bytes.iter().map(|byte| if *byte == b',' { '.' } else { char::from(*byte) }).collect();
    text.parse().ok()
}

/// The day `months` later, or the last of that month when it is shorter.
pub(crate) fn months_later(day: Date, months: i16) -> Date {
    let month = i16::from(day.month()) - 1 + months;
    let first = Date::new(day.year() + month.div_euclid(12), month.rem_euclid(12) as i8 + 1, 1);
    first
        .and_then(|first| Date::new(first.year(), first.month(), day.day().min(first.days_in_month())))
        .unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_one_mark() {
        for (text, value) in [
            ("575224,85", Some(575_224.85)),
            ("575224.85", Some(575_224.85)),
            ("12", Some(12.0)),
            ("1.575.224", None),
            ("1,575,224", None),
            ("", None),
            ("inf", None),
            ("1-2", None),
            ("-", None),
            (".", None),
            ("-61,53", Some(-61.53)),
            ("12345678901234567890.5", Some(12_345_678_901_234_567_890.5)),
        ] {
            assert_eq!(parse_decimal(text), value, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn short_decimals_are_read_as_the_standard_parser_reads_them(text in "-?[0-9]{1,9}(\\.[0-9]{0,9})?") {
            proptest::prop_assert_eq!(parse_decimal(&text), text.parse().ok(), "{}", text);
        }
    }

    #[test]
    fn a_month_may_be_shorter() {
        assert_eq!(months_later(jiff::civil::date(2019, 11, 30), 3), jiff::civil::date(2020, 2, 29));
        assert_eq!(months_later(jiff::civil::date(2020, 1, 15), 3), jiff::civil::date(2020, 4, 15));
    }

    #[test]
    fn a_serial_number_of_a_spreadsheet_is_a_day() {
        assert_eq!(spreadsheet_day("45292"), Some(jiff::civil::date(2024, 1, 1)));
        assert_eq!(spreadsheet_day("45292.0"), Some(jiff::civil::date(2024, 1, 1)));
        assert_eq!(spreadsheet_day("20240101"), None);
    }
}
