//! Sort values as bytes whose order is theirs, for stores that compare bytes.

use crate::SortValue;

impl SortValue<'_> {
    /// Bytes that compare as the value does; `None` for [`SortValue::Null`], which every store can place lowest.
    ///
    /// Numbers are first compared as doubles; whole numbers that share one are then told apart.
    #[must_use]
    pub fn to_bytes(self) -> Option<Vec<u8>> {
        Some(match self {
            SortValue::Null => return None,
            SortValue::Number(number) => {
                let double = number.as_f64().unwrap_or(0.0) + 0.0;
                let rest = number.as_i128().map_or(0, |whole| whole - double as i128);
                let mut bytes = vec![1];
                bytes.extend(ordered(double));
                bytes.extend(((rest as i64) ^ i64::MIN).to_be_bytes());
                bytes
            }
            SortValue::String(text) => [&[2], text.as_bytes()].concat(),
            SortValue::Instant(at) => [&[3][..], &(at.as_nanosecond() ^ i128::MIN).to_be_bytes()].concat(),
            SortValue::Object => vec![4],
            SortValue::Array => vec![5],
            SortValue::Bool(truth) => vec![6, u8::from(truth)],
        })
    }
}

/// The bits of a double, turned so that they compare as it does.
fn ordered(double: f64) -> [u8; 8] {
    let bits = double.to_bits();
    let turned = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
    turned.to_be_bytes()
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
            "-0",
            "0.5",
            "1",
            "1.0",
            "9007199254740992",
            "9007199254740993",
            "18446744073709551614",
            "18446744073709551615",
            "1e300",
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
