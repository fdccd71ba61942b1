//! The formats that headers designate.

use crate::columns::{CATALOGUE, IpeColumn, Since, fold_name};

/// A file format, recognised by the names of the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileFormat {
    /// IPE of the operators.
    Ipe(IpeLayout),
    /// Arcep's building file, `carte_fibre_immeubles_….csv`.
    ArcepBuildings(ArcepYear),
    /// Arcep's crosswalk of buildings and BAN addresses, `base_imb_….csv`.
    ArcepCrosswalk,
    /// BAN, `adresses-….csv`.
    Ban,
    /// BAN with the UUIDs of address, street and commune.
    BanWithIds,
    /// BAN, place names without numbers.
    BanPlaces,
    /// Base adresse locale.
    Bal(BalVersion),
    /// None of these.
    Unknown,
}

/// A layout of IPE files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IpeLayout {
    /// The 60 columns of protocol v2.0.
    V20,
    /// v2.0 with one more column; its public name is unknown.
    V20Of61,
    /// v2.0 with three more columns; their public names are unknown.
    V20Of63,
    /// The previous one, then `Code_RNB` and `Date_RNB` (2025).
    V20Of65,
    /// A column of v3 by name: v3.0 and v3.1 cannot be told apart by what is public.
    V3,
    /// Another selection of columns: an extract, or a layout that is not public.
    Other,
}

/// The year since which Arcep's building file has a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ArcepYear {
    /// 17 columns, no INSEE code; kinds of building spelled out.
    Y2020,
    /// 20 columns.
    Y2024,
    /// With `pm_date_mad`.
    Y2026,
}

/// A version of the Base adresse locale format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BalVersion {
    /// `uid_adresse`.
    V13,
    /// The three BAN UUIDs.
    V14,
    /// `toponyme`, no `cle_interop`.
    V15,
}

impl FileFormat {
    /// The format of a header.
    #[must_use]
    pub fn of(names: &[String]) -> Self {
        let folded: Vec<String> = names.iter().map(|name| fold_name(name)).collect();
        let has = |name: &str| folded.iter().any(|known| *known == fold_name(name));
        let all = |names: &[&str]| names.iter().all(|name| has(name));
        if all(&["imb_id", "addr_code", "addr_source"]) {
            Self::ArcepCrosswalk
        } else if all(&["imb_id", "imb_etat", "nom_voie"]) {
            Self::ArcepBuildings(if has("pm_date_mad") {
                ArcepYear::Y2026
            } else if has("code_insee") {
                ArcepYear::Y2024
            } else {
                ArcepYear::Y2020
            })
        } else if all(&["id", "numero", "nom_voie", "code_insee"]) {
            if has("id_ban_adresse") { Self::BanWithIds } else { Self::Ban }
        } else if all(&["id", "nom_lieu_dit", "code_insee"]) {
            Self::BanPlaces
        } else if all(&["commune_insee", "numero", "position"]) && has("toponyme") {
            Self::Bal(BalVersion::V15)
        } else if all(&["commune_insee", "numero", "voie_nom"]) {
            Self::Bal(if has("id_ban_adresse") { BalVersion::V14 } else { BalVersion::V13 })
        } else if names.iter().any(|name| IpeColumn::of_name(name) == Some(IpeColumn::IdentifiantImmeuble)) {
            Self::Ipe(IpeLayout::of(names))
        } else {
            Self::Unknown
        }
    }
}

impl IpeLayout {
    fn of(names: &[String]) -> Self {
        let columns: Vec<IpeColumn> = names.iter().filter_map(|name| IpeColumn::of_name(name)).collect();
        let v20 = CATALOGUE.iter().filter(|entry| matches!(entry.since, Since::V20(_)));
        let is_v20 = v20.map(|entry| entry.column).all(|column| columns.contains(&column));
        let ends_with_rnb = columns.ends_with(&[IpeColumn::Code_RNB, IpeColumn::Date_RNB]);
        match names.len() {
            60 if is_v20 => Self::V20,
            61 if is_v20 => Self::V20Of61,
            63 if is_v20 => Self::V20Of63,
            65 if is_v20 && ends_with_rnb => Self::V20Of65,
            _ if columns.iter().any(|column| column.entry().since == Since::V30) => Self::V3,
            _ => Self::Other,
        }
    }

    /// The name of the layout in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V20 => "v20",
            Self::V20Of61 => "v20-61",
            Self::V20Of63 => "v20-63",
            Self::V20Of65 => "v20-65",
            Self::V3 => "v3",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(header: &str) -> FileFormat {
        FileFormat::of(&header.split([';', ',']).map(str::to_owned).collect::<Vec<_>>())
    }

    fn v20(more: &[&str]) -> String {
        let names: Vec<&str> = CATALOGUE[..60].iter().map(|entry| entry.name).collect();
        [&names[..], more].concat().join(";")
    }

    #[test]
    fn headers_designate_formats() {
        use FileFormat::*;
        for (header, expected) in [
            (v20(&[]), Ipe(IpeLayout::V20)),
            (v20(&["Inconnue"]), Ipe(IpeLayout::V20Of61)),
            (v20(&["A", "B", "C"]), Ipe(IpeLayout::V20Of63)),
            (v20(&["A", "B", "C", "Code_RNB", "Date_RNB"]), Ipe(IpeLayout::V20Of65)),
            (v20(&["CodeBAN", "ImmeubleNeuf"]), Ipe(IpeLayout::V3)),
            ("IdentifiantImmeuble;EtatImmeuble".to_owned(), Ipe(IpeLayout::Other)),
            ("x,y,imb_id,num_voie,cp_no_voie,type_voie,nom_voie,batiment,code_poste,nom_com,catg_loc_imb,imb_etat,\
              pm_ref,pm_etat,code_l331,geom_mod,type_imb".to_owned(), ArcepBuildings(ArcepYear::Y2020)),
            ("x,y,imb_id,nom_voie,code_insee,imb_etat".to_owned(), ArcepBuildings(ArcepYear::Y2024)),
            ("x,y,imb_id,nom_voie,code_insee,imb_etat,pm_date_mad".to_owned(), ArcepBuildings(ArcepYear::Y2026)),
            ("imb_id;imb_code;addr_code;addr_source".to_owned(), ArcepCrosswalk),
            ("id;id_fantoir;numero;rep;nom_voie;code_insee".to_owned(), Ban),
            ("id;numero;nom_voie;code_insee;id_ban_adresse".to_owned(), BanWithIds),
            ("id;nom_lieu_dit;code_postal;code_insee".to_owned(), BanPlaces),
            ("uid_adresse;cle_interop;commune_insee;voie_nom;numero;position".to_owned(), Bal(BalVersion::V13)),
            ("id_ban_adresse;cle_interop;commune_insee;voie_nom;numero".to_owned(), Bal(BalVersion::V14)),
            ("id_ban_adresse;commune_insee;toponyme;numero;position".to_owned(), Bal(BalVersion::V15)),
            ("nom;prenom".to_owned(), Unknown),
        ] {
            assert_eq!(format(&header), expected, "{header}");
        }
    }
}
