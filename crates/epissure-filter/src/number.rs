//! Numbers compared by their value.

use std::cmp::Ordering;

use serde_json::Number;

/// Compares the values, so that `1` equals `1.0` and no integer is rounded.
pub(crate) fn compare(a: &Number, b: &Number) -> Ordering {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(a), None) => with_float(a, float(b)),
        (None, Some(b)) => with_float(b, float(a)).reverse(),
        (None, None) => float(a).partial_cmp(&float(b)).unwrap_or(Ordering::Equal),
    }
}

/// A JSON number, without the white space around it that a parser would forgive.
pub(crate) fn parse(text: &str) -> Option<Number> {
    let clean = text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && text.ends_with(|last: char| last.is_ascii_digit());
    if clean { serde_json::from_str(text).ok() } else { None }
}

fn float(number: &Number) -> f64 {
    // Every number that serde_json reads has a finite value.
    number.as_f64().unwrap_or(0.0)
}

fn with_float(integer: i128, float: f64) -> Ordering {
    // JSON integers are below 2^64; beyond that the float decides, within it truncation is exact.
    const BOUND: f64 = 18_446_744_073_709_551_616.0;
    if float >= BOUND {
        Ordering::Less
    } else if float <= -BOUND {
        Ordering::Greater
    } else {
        let whole = float.trunc() as i128;
        integer.cmp(&whole).then_with(|| 0.0.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(a: &str, b: &str) -> Ordering {
        let order = compare(&parse(a).unwrap(), &parse(b).unwrap());
        assert_eq!(compare(&parse(b).unwrap(), &parse(a).unwrap()), order.reverse());
        order
    }

    #[test]
    fn compares_by_value() {
        for (a, b) in [("1", "1.0"), ("-0", "0"), ("10", "1e1"), ("0.5", "5e-1"), ("-2", "-2.0")] {
            assert_eq!(order(a, b), Ordering::Equal, "{a} {b}");
        }
        for (a, b) in [
            ("1", "1.5"),
            ("-1.5", "-1"),
            ("9007199254740992.0", "9007199254740993"),
            ("9223372036854775807", "9223372036854775808"),
            ("18446744073709551615", "18446744073709551616"),
            ("18446744073709551615", "1e300"),
            ("-1e300", "-9223372036854775808"),
            ("0.1", "0.2"),
        ] {
            assert_eq!(order(a, b), Ordering::Less, "{a} {b}");
        }
    }

    #[test]
    fn reads_only_json_numbers() {
        for text in [
            "", " 1", "1 ", "+1", "0x10", "NaN", "Infinity", "1e400", "1.", ".5", "01", "1,5", "--1", "\"1\"",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
