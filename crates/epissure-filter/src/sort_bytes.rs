//! Encoding of sort values as bytes in the same order, for stores that compare bytes.

use crate::SortValue;
use crate::number::Decimal;

impl SortValue<'_> {
    /// Encodes the value as bytes in the same order; `None` for [`SortValue::Null`], which every
    /// store can sort first.
    #[must_use]
    pub fn to_bytes(self) -> Option<Vec<u8>> {
        Some(match self {
            SortValue::Null => return None,
            SortValue::Number(number) => [&[1][..], &number_bytes(&Decimal::from(number))].concat(),
            SortValue::String(text) => [&[2], text.as_bytes()].concat(),
            SortValue::Instant(at) => [&[3][..], &(at.as_nanosecond() ^ i128::MIN).to_be_bytes()].concat(),
            SortValue::Object => vec![4],
            SortValue::Array => vec![5],
            SortValue::Bool(truth) => vec![6, u8::from(truth)],
        })
    }
}

/// Encodes the sign, the exponent and the digits as bytes in numeric order. The bytes of a negative
/// number are inverted, terminator included.
fn number_bytes(number: &Decimal) -> Vec<u8> {
    const ZERO: u8 = 0x80;
    if number.digits.is_empty() {
        return vec![ZERO];
    }
    let exponent = (number.exponent ^ i64::MIN).to_be_bytes();
    // Digits are shifted by one, so that the terminator is below each of them.
    let digits = number.digits.iter().map(|digit| digit + 1).chain([0]);
    let mut bytes: Vec<u8> = [ZERO + 1].into_iter().chain(exponent).chain(digits).collect();
    if number.negative {
        bytes.iter_mut().for_each(|byte| *byte = !*byte);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::Number;

    use super::*;

    #[test]
    fn bytes_compare_as_the_values_do() {
        let numbers: Vec<Number> = [
            "-18446744073709551616.0",
            "-9223372036854775808",
            "-1.5",
            "-1",
            "-1e-30",
            "-1e400",
            "-12.5",
            "-12.25",
            "-0",
            "1e-30",
            "0.1",
            "0.10000000000000000001",
            "0.5",
            "1",
            "1.0",
            "9007199254740992",
            "9007199254740993",
            "18446744073709551614",
            "18446744073709551615",
            "9007199254740992.5",
            "1e300",
            "1e400",
            "10e399",
        ]
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect();
        let mut values = vec![SortValue::Null];
        values.extend(numbers.iter().map(SortValue::Number));
        values.extend(["", "10", "9", "a", "é"].map(SortValue::String));
        values.extend([-1, 0, 1].map(|second| SortValue::Instant(Timestamp::from_second(second).unwrap())));
        values.extend([SortValue::Object, SortValue::Array, SortValue::Bool(false), SortValue::Bool(true)]);
        for a in &values {
            for b in &values {
                assert_eq!(a.to_bytes().cmp(&b.to_bytes()), a.cmp(b), "{a:?} {b:?}");
            }
        }
    }
}
