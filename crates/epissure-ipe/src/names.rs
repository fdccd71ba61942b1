//! Names of IPE files: hints about their content, and the names of what is published.

use epissure_protocol::codes::Zone;
use jiff::civil::Date;

use crate::columns::IpeColumn;
use crate::line::Line;
use crate::values::{format_day, parse_day};

/// The facts in a file name such as `LIAIN_01_SIEA_PM_IPEZMD_V20_20220914_00_PBOOK.zip`.
///
/// A name is a hint: no file is refused for its name. Source: the two patterns that public loaders
/// show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpeFileName {
    /// Code of the building operator.
    pub code_oi: String,
    /// Zone of all lines.
    pub zone: Zone,
    /// Version of the protocol, such as `20`.
    pub version: String,
    /// Day of the file.
    pub day: Date,
    /// Code of the operator that the file is for, where the name has one.
    pub code_oc: Option<String>,
}

impl IpeFileName {
    /// Reads a name, case and endings aside.
    ///
    /// ```
    /// use epissure_ipe::IpeFileName;
    /// use epissure_protocol::codes::Zone;
    ///
    /// let name = IpeFileName::parse("LIAIN_01_SIEA_PM_IPEZMD_V20_20220914_00_PBOOK.zip").expect("the usual form");
    /// assert_eq!((name.code_oi.as_str(), name.zone, name.version.as_str()), ("SIEA", Zone::Zmd, "20"));
    /// assert_eq!(name.code_oc.as_deref(), Some("PBOOK"));
    /// assert_eq!(IpeFileName::parse("export.csv"), None);
    /// ```
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.rsplit(['/', '\\']).next()?.to_ascii_uppercase();
        let (stem, _) = split_ending(&name);
        let parts: Vec<&str> = stem.split('_').collect();
        let pm = parts.windows(2).position(|pair| pair[0] == "PM" && pair[1].starts_with("IPEZ"))?;
        let zone = match parts[pm + 1] {
            "IPEZMD" => Zone::Zmd,
            "IPEZTD" => Zone::Ztd,
            _ => return None,
        };
        let is_code = |part: &str| {
            (4..=5).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let code_oi = pm.checked_sub(1).map(|before| parts[before]).filter(|part| is_code(part))?;
        let version = parts.get(pm + 2)?.strip_prefix('V')?;
        let day = parse_day(parts.get(pm + 3)?)?;
        let code_oc = parts[pm + 4..].last().filter(|part| is_code(part)).map(|part| (*part).to_owned());
        Some(Self { code_oi: code_oi.to_owned(), zone, version: version.to_owned(), day, code_oc })
    }
}

/// A published file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublishedKind {
    /// All lines.
    Full,
    /// Lines that changed since the last publication.
    Delta,
    /// Every change, in order.
    History,
}

impl PublishedKind {
    const fn mark(self) -> &'static str {
        match self {
            Self::Full => "",
            Self::Delta => "_DELTA",
            Self::History => "_HISTO",
        }
    }
}

/// The name of a published file after that of the imported one: the day of publication in the place
/// of the file's day, `_DELTA` or `_HISTO` before the ending.
///
/// ```
/// use epissure_ipe::{PublishedKind, published_name};
///
/// let day = jiff::civil::date(2026, 11, 28);
/// let imported = "LIAIN_01_SIEA_PM_IPEZMD_V20_20220914_00_PBOOK.csv.zip";
/// assert_eq!(
///     published_name(imported, day, PublishedKind::Delta),
///     "LIAIN_01_SIEA_PM_IPEZMD_V20_20261128_00_PBOOK_DELTA.csv.zip"
/// );
/// assert_eq!(published_name("export.csv", day, PublishedKind::Full), "export_20261128.csv");
/// ```
#[must_use]
pub fn published_name(imported: &str, day: Date, kind: PublishedKind) -> String {
    let (stem, ending) = split_ending(imported);
    let day = format_day(day);
    let mut parts: Vec<&str> = stem.split('_').collect();
    match parts.iter().rposition(|part| parse_day(part).is_some()) {
        Some(at) => parts[at] = &day,
        None => parts.push(&day),
    }
    format!("{}{}{ending}", parts.join("_"), kind.mark())
}

/// A name without its endings, and the endings.
fn split_ending(name: &str) -> (&str, &str) {
    let mut stem = name;
    while let Some((rest, ending)) = stem.rsplit_once('.') {
        if !matches!(ending.to_ascii_lowercase().as_str(), "csv" | "txt" | "zip" | "gz") {
            break;
        }
        stem = rest;
    }
    name.split_at(stem.len())
}

/// The zone of a line for the regulator's counts: by `TypeZone`, else by the name of the file, else
/// unknown.
///
/// Zones 1 and 2 are the very dense area, 3 is the rest. Source: protocol v2.
#[must_use]
pub fn zone_of(line: &Line<'_>, name: Option<&IpeFileName>) -> Option<Zone> {
    match line.bytes(IpeColumn::TypeZone).trim_ascii() {
        b"1" | b"2" => Some(Zone::Ztd),
        b"3" => Some(Zone::Zmd),
        b"" => name.map(|name| name.zone),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_public_loaders_show() {
        let name = IpeFileName::parse("IPE_Forbach_FIBA_PM_IPEZMD_V30_20210419.csv").unwrap();
        assert_eq!((name.code_oi.as_str(), name.version.as_str(), name.code_oc), ("FIBA", "30", None));
        assert_eq!(name.day, jiff::civil::date(2021, 4, 19));
        for name in
            ["X_PM_IPEZMD_V20_20220230.csv", "PM_IPEZMD_V20_20220914.csv", "A_PM_IPEZXX_V20_20220914.csv", ""]
        {
            assert_eq!(IpeFileName::parse(name), None, "{name}");
        }
    }
}
