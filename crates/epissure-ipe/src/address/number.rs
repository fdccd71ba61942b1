//! Street numbers and their suffixes.

/// A street number of an IPE line.
///
/// `0` means that the street has no numbers; an empty cell means that the number is unknown. The
/// two are not equal. Numbers of a group are written one after the other: `166170` is 166-170.
/// Source: protocol v2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StreetNumber {
    /// The cell is empty.
    Unknown,
    /// `0`: none assigned.
    NotAssigned,
    /// One number, up to 99999.
    One(u32),
    /// A group, from and to.
    Group(u32, u32),
}

/// The reason why a text is no street number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberProblem {
    /// A number with its suffix: `12B`.
    WithSuffix(u32, Suffix),
    /// More than five digits that are not a group.
    TooLong,
    /// Another text.
    NotDigits,
}

impl StreetNumber {
    /// Reads a number.
    ///
    /// Four digits and fewer are one number: `1214` is never split into a group.
    ///
    /// # Errors
    ///
    /// [`NumberProblem`].
    ///
    /// ```
    /// use epissure_ipe::address::{NumberProblem, StreetNumber, Suffix};
    ///
    /// assert_eq!(StreetNumber::parse("166170"), Ok(StreetNumber::Group(166, 170)));
    /// assert_eq!(StreetNumber::parse("1214"), Ok(StreetNumber::One(1214)));
    /// assert_eq!(StreetNumber::parse("12B"), Err(NumberProblem::WithSuffix(12, Suffix::Bis)));
    /// assert_ne!(StreetNumber::parse("0"), StreetNumber::parse(""));
    /// ```
    pub fn parse(text: &str) -> Result<Self, NumberProblem> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::Unknown);
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = text.split_at(digits);
        if digits == 0 {
            return Err(NumberProblem::NotDigits);
        }
        if !rest.is_empty() {
            let suffix = Suffix::parse(rest).filter(|_| digits <= 5).ok_or(NumberProblem::NotDigits)?;
            return Err(number
                .parse()
                .map_or(NumberProblem::NotDigits, |number| NumberProblem::WithSuffix(number, suffix)));
        }
        // At most six digits: the values fit.
        let value =
            |digits: &str| digits.bytes().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
        match digits {
            1..=5 => Ok(match value(number) {
                0 => Self::NotAssigned,
                one => Self::One(one),
            }),
            6 => {
                let (from, to) = (value(&number[..3]), value(&number[3..]));
                if from >= 100 && from < to { Ok(Self::Group(from, to)) } else { Err(NumberProblem::TooLong) }
            }
            _ => Err(NumberProblem::TooLong),
        }
    }

    /// The number of a reference: `99999` stands for a place name without number (Base adresse
    /// locale).
    #[must_use]
    pub fn of_reference(text: &str) -> Self {
        match text.trim() {
            "99999" => Self::NotAssigned,
            text => Self::parse(text).unwrap_or(Self::Unknown),
        }
    }

    /// Returns whether two numbers may designate the same address: equal, or one inside the group
    /// of the other.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        match (self, other) {
            (Self::One(one), Self::Group(from, to)) | (Self::Group(from, to), Self::One(one)) => {
                // The two sides of a street have even and odd numbers.
                (from..=to).contains(&one) && one % 2 == from % 2
            }
            (Self::Unknown, _) | (_, Self::Unknown) => false,
            _ => self == other,
        }
    }
}

impl std::fmt::Display for StreetNumber {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown => Ok(()),
            Self::NotAssigned => out.write_str("0"),
            Self::One(number) => write!(out, "{number}"),
            Self::Group(from, to) => write!(out, "{from}{to}"),
        }
    }
}

/// A suffix of a street number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Suffix {
    /// `B` or `BIS`.
    Bis,
    /// `T` or `TER`.
    Ter,
    /// `Q` or `QUATER`.
    Quater,
    /// `C` or `QUINQUIES`.
    Quinquies,
    /// Another letter or text of at most 9 letters and digits, upper case.
    Other(String),
}

impl Suffix {
    /// Reads a suffix; `None` for an empty text and for one that is no suffix.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        Some(match text.as_str() {
            "B" | "BIS" => Self::Bis,
            "T" | "TER" => Self::Ter,
            "Q" | "QUATER" => Self::Quater,
            "C" | "QUINQUIES" => Self::Quinquies,
            other => {
                let fits =
                    (1..=9).contains(&other.len()) && other.bytes().all(|byte| byte.is_ascii_alphanumeric());
                return fits.then(|| Self::Other(other.to_owned()));
            }
        })
    }

    /// The letter of `ComplementNumeroVoieImmeuble`; `None` when the suffix has no letter of its
    /// own.
    #[must_use]
    pub fn letter(&self) -> Option<char> {
        match self {
            Self::Bis => Some('B'),
            Self::Ter => Some('T'),
            Self::Quater => Some('Q'),
            Self::Quinquies => Some('C'),
            Self::Other(text) => {
                text.chars().next().filter(|first| text.len() == 1 && first.is_ascii_uppercase())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        use StreetNumber::{Group, NotAssigned, One, Unknown};
        for (text, expected) in [
            ("", Ok(Unknown)),
            ("0", Ok(NotAssigned)),
            ("00000", Ok(NotAssigned)),
            ("12", Ok(One(12))),
            ("00012", Ok(One(12))),
            ("99999", Ok(One(99_999))),
            ("166170", Ok(Group(166, 170))),
            ("170166", Err(NumberProblem::TooLong)),
            ("012014", Err(NumberProblem::TooLong)),
            ("1234567", Err(NumberProblem::TooLong)),
            ("12 bis", Err(NumberProblem::WithSuffix(12, Suffix::Bis))),
            ("12-14", Err(NumberProblem::NotDigits)),
            ("LOT 3", Err(NumberProblem::NotDigits)),
            ("123456789012B", Err(NumberProblem::NotDigits)),
        ] {
            assert_eq!(StreetNumber::parse(text), expected, "{text}");
        }
        assert_eq!(StreetNumber::of_reference("99999"), NotAssigned);
    }

    #[test]
    fn a_group_meets_the_numbers_of_its_side() {
        let group = StreetNumber::Group(166, 170);
        assert!(group.meets(StreetNumber::One(168)));
        assert!(!group.meets(StreetNumber::One(167)));
        assert!(!StreetNumber::Unknown.meets(StreetNumber::Unknown));
        assert!(!StreetNumber::NotAssigned.meets(StreetNumber::Unknown));
    }
}
