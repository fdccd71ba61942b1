//! Exact comparison of numbers by value: no digit of a JSON number is rounded, and no exponent is
//! too large.

use std::cmp::Ordering;

use serde_json::Number;

/// Compares the values, so that `1` equals `1.0` and no digit is rounded.
pub(crate) fn compare(a: &Number, b: &Number) -> Ordering {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => Decimal::from(a).cmp(&Decimal::from(b)),
    }
}

/// Returns the canonical text of a number: equal values have equal texts.
#[must_use]
pub fn canonical(number: &Number) -> String {
    let Decimal { negative, exponent, digits } = Decimal::from(number);
    let digits: String = digits.iter().map(|digit| char::from(digit + b'0')).collect();
    match (digits.is_empty(), negative) {
        (true, _) => "0".to_owned(),
        (false, true) => format!("-0.{digits}e{exponent}"),
        (false, false) => format!("0.{digits}e{exponent}"),
    }
}

/// Parses a JSON number; surrounding white space is refused.
pub(crate) fn parse(text: &str) -> Option<Number> {
    let clean = text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && text.ends_with(|last: char| last.is_ascii_digit());
    if clean { serde_json::from_str(text).ok() } else { None }
}

/// A number in normal form: `0.d1d2d3… × 10^exponent`, `d1` and the last digit not 0. Zero has no
/// digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(crate) negative: bool,
    /// Capped at 18 digits.
    pub(crate) exponent: i64,
    /// Digits, each 0 to 9.
    pub(crate) digits: Vec<u8>,
}

impl From<&Number> for Decimal {
    fn from(number: &Number) -> Self {
        const LARGEST: i64 = 999_999_999_999_999_999;
        let text = number.to_string();
        let (negative, text) = text.strip_prefix('-').map_or((false, text.as_str()), |text| (true, text));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i64 = exponent
            .parse()
            .unwrap_or(if exponent.starts_with('-') { -LARGEST } else { LARGEST })
            .clamp(-LARGEST, LARGEST);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|digit| digit - b'0').collect();
        while digits.last() == Some(&0) {
            digits.pop();
        }
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        digits.drain(..zeros);
        if digits.is_empty() {
            return Self { negative: false, exponent: 0, digits };
        }
        Self { negative, exponent: exponent + whole.len() as i64 - zeros as i64, digits }
    }
}

impl Decimal {
    /// Returns the greatest integer not above the value, and true when the two are equal. A value
    /// outside `i64` returns the nearest `i64` and false.
    pub(crate) fn floor(&self) -> (i64, bool) {
        if self.digits.is_empty() {
            return (0, true);
        }
        if self.exponent > 19 {
            return (if self.negative { i64::MIN } else { i64::MAX }, false);
        }
        let places = usize::try_from(self.exponent).unwrap_or(0);
        let exact = self.digits.len() <= places;
        let whole_digits = self.digits.iter().chain(std::iter::repeat(&0)).take(places);
        let whole = whole_digits.fold(0_i128, |whole, digit| whole * 10 + i128::from(*digit));
        let whole = match (self.negative, exact) {
            (false, _) => whole,
            (true, true) => -whole,
            (true, false) => -whole - 1,
        };
        match i64::try_from(whole) {
            Ok(whole) => (whole, exact),
            Err(_) => (if self.negative { i64::MIN } else { i64::MAX }, false),
        }
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits))
    }

    /// Returns -1, 0 or 1.
    fn sign(&self) -> i8 {
        match (self.digits.is_empty(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.sign().cmp(&other.sign()).then_with(|| match self.sign() {
            0 => Ordering::Equal,
            1 => self.magnitude(other),
            _ => other.magnitude(self),
        })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(a: &str, b: &str) -> Ordering {
        let (a, b) = (parse(a).unwrap(), parse(b).unwrap());
        let order = compare(&a, &b);
        assert_eq!(compare(&b, &a), order.reverse());
        assert_eq!(Decimal::from(&a).cmp(&Decimal::from(&b)), order, "{a} {b}");
        assert_eq!(canonical(&a) == canonical(&b), order.is_eq(), "{a} {b}");
        order
    }

    #[test]
    fn compares_by_value() {
        for (a, b) in [
            ("1", "1.0"),
            ("-0", "0"),
            ("0e5", "-0.0"),
            ("10", "1e1"),
            ("1.10", "1.1"),
            ("1E5", "100000"),
            ("0.5", "5e-1"),
            ("-2", "-2.0"),
            ("123456789012345678901234567890", "1.2345678901234567890123456789e29"),
            ("1e400", "10e399"),
        ] {
            assert_eq!(order(a, b), Ordering::Equal, "{a} {b}");
        }
        for (a, b) in [
            ("1", "1.5"),
            ("-1.5", "-1"),
            ("-1", "1"),
            ("-1", "0"),
            ("0", "1e-400"),
            ("9007199254740992.0", "9007199254740993"),
            ("9007199254740992.0", "9007199254740993.0"),
            ("9223372036854775807", "9223372036854775808"),
            ("18446744073709551615", "18446744073709551616"),
            ("18446744073709551615", "1e300"),
            ("-1e300", "-9223372036854775808"),
            ("0.1", "0.10000000000000000001"),
            ("0.1", "0.2"),
            ("1e300", "1e400"),
            ("-1e400", "-1e300"),
            ("1", "1e99999999999999999999999"),
            ("1e-99999999999999999999999", "1e-400"),
        ] {
            assert_eq!(order(a, b), Ordering::Less, "{a} {b}");
        }
    }

    #[test]
    fn the_whole_number_below() {
        let floor = |text: &str| Decimal::from(&parse(text).unwrap()).floor();
        for (text, whole, exact) in [
            ("0", 0, true),
            ("-0.0", 0, true),
            ("3", 3, true),
            ("3.0", 3, true),
            ("0.3e1", 3, true),
            ("3.00000000000000000001", 3, false),
            ("2.99999999999999999999", 2, false),
            ("0.001", 0, false),
            ("-0.001", -1, false),
            ("-3", -3, true),
            ("-3.5", -4, false),
            ("9223372036854775807", i64::MAX, true),
            ("9223372036854775808", i64::MAX, false),
            ("-9223372036854775808", i64::MIN, true),
            ("1e400", i64::MAX, false),
            ("-1e400", i64::MIN, false),
            ("1e-400", 0, false),
        ] {
            assert_eq!(floor(text), (whole, exact), "{text}");
        }
    }

    #[test]
    fn reads_only_json_numbers() {
        for text in ["", " 1", "1 ", "+1", "0x10", "NaN", "Infinity", "1.", ".5", "01", "1,5", "--1", "\"1\""]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
