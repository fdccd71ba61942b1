//! Durations and sizes as people write them: `10d`, `36h`, `90m`, `30s`; `1MiB`.

const UNITS: &[(char, i64)] = &[('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

/// Reads a duration, in seconds. Units may follow each other: `1d12h`.
pub(crate) fn parse(text: &str) -> Result<i64, String> {
    let unreadable = || "a duration is written 10d, 36h, 90m, 30s or 1d12h".to_owned();
    let mut seconds: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(unreadable)?;
        let number: i64 = rest[..end].parse().map_err(|_| unreadable())?;
        let unit = rest[end..].chars().next().ok_or_else(unreadable)?;
        let (_, length) = UNITS.iter().find(|(known, _)| *known == unit).ok_or_else(unreadable)?;
        seconds = number
            .checked_mul(*length)
            .and_then(|more| seconds.checked_add(more))
            .filter(|seconds| *seconds <= MOST)
            .ok_or("a duration is at most 3650d")?;
        rest = &rest[end + unit.len_utf8()..];
    }
    if seconds == 0 { Err("a duration is longer than zero, as 10d or 36h".to_owned()) } else { Ok(seconds) }
}

/// Ten years: far beyond any contract, far below any overflow.
const MOST: i64 = 3650 * 86_400;

/// Writes a duration so that [`parse`] reads it again.
pub(crate) fn format(seconds: i64) -> String {
    let mut rest = seconds;
    let mut text = String::new();
    for (unit, length) in UNITS {
        if rest >= *length {
            text.push_str(&format!("{}{unit}", rest / length));
            rest %= length;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Reads a size, in bytes: `1048576`, `512KiB`, `4MiB`.
pub(crate) fn parse_size(text: &str) -> Result<usize, String> {
    let (number, factor) = match (text.strip_suffix("KiB"), text.strip_suffix("MiB")) {
        (Some(number), _) => (number, 1024),
        (_, Some(number)) => (number, 1024 * 1024),
        _ => (text, 1),
    };
    let size = number.trim().parse::<usize>().ok().and_then(|number| number.checked_mul(factor));
    match size {
        Some(size) if (1024..=64 * 1024 * 1024).contains(&size) => Ok(size),
        Some(_) => Err("a limit is from 1KiB to 64MiB".to_owned()),
        None => Err("a size is a number of bytes, or written 512KiB or 1MiB".to_owned()),
    }
}

/// Reads an amount of memory or disk, in bytes: `256MiB`, `5GiB`.
pub(crate) fn parse_amount(text: &str) -> Result<u64, String> {
    const UNITS: &[(&str, u64)] = &[("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)];
    let unit = UNITS.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)));
    let (number, factor) = unit.unwrap_or((text, 1));
    let amount = number.trim().parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    match amount {
        Some(amount) if amount >= 1 << 20 => Ok(amount),
        Some(_) => Err("this is at least 1MiB".to_owned()),
        None => Err("a size is a number of bytes, or written 256MiB or 5GiB".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written_the_same() {
        for (text, seconds) in
            [("10d", 864_000), ("36h", 129_600), ("90m", 5400), ("30s", 30), ("1d12h", 129_600)]
        {
            assert_eq!(parse(text), Ok(seconds), "{text}");
            assert_eq!(parse(&format(seconds)), Ok(seconds), "{text}");
        }
        assert_eq!(format(864_000), "10d");
        assert_eq!(format(129_600), "1d12h");
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in
            ["", "10", "d", "10 d", "-1d", "1.5h", "0s", "10w", "1h1", "99999999999999999999d", "4000d", "é"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(parse_size("1048576"), Ok(1_048_576));
        assert_eq!(parse_size("512KiB"), Ok(524_288));
        assert_eq!(parse_size("4MiB"), Ok(4_194_304));
        for text in ["", "0", "12", "1GB", "65MiB", "MiB", "-1", "99999999999999999999MiB"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}
