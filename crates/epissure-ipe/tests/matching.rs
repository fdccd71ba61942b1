//! Matching of IPE lines with reference addresses.

#![expect(clippy::unwrap_used, reason = "a helper of a test that fails, fails")]

use epissure_ipe::IpeReader;
use epissure_ipe::matching::{
    AddressMatch, Claims, IpeAddress, MatchKey, MatchLevel, MatchWarning, ReferenceIndex, StreetEvidence,
};
use epissure_ipe::sources::{Crosswalk, ReferenceReader};

const BAN: &str = "id;numero;rep;nom_voie;code_postal;code_insee;nom_commune;lon;lat;nom_afnor;source_position;certification_commune\n";
const IPE: &str = "IdentifiantImmeuble;CodeVoieRivoliImmeuble;CodeInseeImmeuble;TypeVoieImmeuble;NomVoieImmeuble;NumeroVoieImmeuble;ComplementNumeroVoieImmeuble;BatimentImmeuble;CodeBAN;TypeProjectionGeographique;CoordonneeImmeubleX;CoordonneeImmeubleY\n";

fn index(rows: &str) -> ReferenceIndex {
    let file = format!("{BAN}{rows}");
    ReferenceIndex::read(&mut ReferenceReader::new(file.as_bytes()).unwrap()).unwrap()
}

fn lines(rows: &str) -> Vec<IpeAddress> {
    let file = format!("{IPE}{rows}");
    let mut reader = IpeReader::new(file.as_bytes()).unwrap();
    let mut all = Vec::new();
    while let Some(line) = reader.next_line().unwrap() {
        all.push(IpeAddress::of(&line).expect("a row"));
    }
    all
}

fn find(ban: &str, ipe: &str) -> AddressMatch {
    index(ban).find(&lines(ipe)[0], None)
}

#[test]
fn keys_come_before_text_and_another_name_is_told() {
    let ban = "09122_0010_00012;12;;Rue du Bac;09000;09122;Foix;1.605;42.965;;commune;1\n\
               09122_0020_00012;12;;Rue Neuve;09000;09122;Foix;1.605;42.965;;commune;1\n";
    let by_key = find(ban, "A1;0020;09122;RUE;DU BAC;12;;;09122_0010_00012;;;\n");
    assert_eq!((by_key.level, by_key.by), (MatchLevel::Sure, Some(MatchKey::Ban)));
    let by_rivoli = find(ban, "A1;0020;09122;RUE;NEUVE;12;;;;;;\n");
    assert_eq!((by_rivoli.level, by_rivoli.by), (MatchLevel::Sure, Some(MatchKey::Rivoli)));
    let other_name = find(ban, "A1;0020;09122;RUE;DU BAC;12;;;;;;\n");
    assert_eq!((other_name.level, other_name.by), (MatchLevel::Review, Some(MatchKey::Rivoli)));
    assert_eq!(other_name.warnings, [MatchWarning::OtherStreetName]);

    let crosswalk = "imb_code;addr_code;addr_source\nA1;09122_0020_00012;ban\n";
    let crosswalk = Crosswalk::read(crosswalk.as_bytes()).unwrap();
    let line = &lines("A1;;09122;RUE;NEUVE;12;;;09122_0010_00012;;;\n")[0];
    let crossed = index(ban).find(line, Some(&crosswalk));
    assert_eq!((crossed.level, crossed.by), (MatchLevel::Sure, Some(MatchKey::Crosswalk)));
}

#[test]
fn the_abbreviated_name_of_the_ban_counts() {
    let ban =
        "x;3;;Avenue du Maréchal de Lattre de Tassigny;09000;09122;Foix;;;AV MAL DE LATTRE DE TASSIGNY;;\n";
    assert_eq!(find(ban, "A1;;09122;AV;MAL DE LATTRE DE TASSIGNY;3;;;;;;\n").level, MatchLevel::Sure);
}

#[test]
fn the_block_is_the_commune_of_today_and_the_city_of_a_district() {
    let ban = "x;3;;Rue Fesch;20000;2A004;Ajaccio;;;;;\ny;3;;Rue de Rivoli;75001;75101;Paris;;;;;\n";
    assert_eq!(find(ban, "A1;;20004;RUE;FESCH;3;;;;;;\n").level, MatchLevel::Sure);
    assert_eq!(find(ban, "A1;;75056;RUE;DE RIVOLI;3;;;;;;\n").level, MatchLevel::Sure);
    assert_eq!(find(ban, "A1;;09122;RUE;FESCH;3;;;;;;\n").level, MatchLevel::None);
}

#[test]
fn distance_contradicts_a_name() {
    let ban = "x;3;;Rue du Bac;09000;09122;Foix;1.6050;42.9650;;;\n";
    for (x, level) in
        [("1.6051", MatchLevel::Sure), ("1.6065", MatchLevel::Review), ("1.6150", MatchLevel::Conflict)]
    {
        let line = format!("A1;;09122;RUE;DU BAC;3;;;;WGS84;{x};42.9650\n");
        assert_eq!(find(ban, &line).level, level, "{x}");
    }
}

#[test]
fn an_unknown_number_is_not_zero() {
    let ban = "x;0;;Rue du Bac;09000;09122;Foix;;;;;\ny;12;;Rue du Bac;09000;09122;Foix;;;;;\n";
    assert_eq!(find(ban, "A1;;09122;RUE;DU BAC;;;;;;;\n").level, MatchLevel::None);
    assert_eq!(find(ban, "A1;;09122;RUE;DU BAC;0;;;;;;\n").level, MatchLevel::Sure);
}

#[test]
fn one_address_has_several_buildings_and_one_claim() {
    let ban = "x;3;;Rue du Bac;09000;09122;Foix;;;;;1\ny;5;;Rue du Bac;09000;09122;Foix;;;;;1\nz;7;;Rue du Bac;09000;09122;Foix;;;arcep;1\n";
    let index = index(ban);
    let mut claims = Claims::default();
    for line in lines(
        "A1;;09122;RUE;DU BAC;3;;BAT A;;;;\nA2;;09122;RUE;DU BAC;3;;BAT B;;;;\nA3;;09122;RUE;NEUVE;4;;;x;;;\n",
    ) {
        claims.add(&line, &index.find(&line, None));
    }
    assert_eq!(claims.doubles().len(), 1, "4 RUE NEUVE claims the address of 3 RUE DU BAC by its key");
    let missing: Vec<&str> = claims.missing(&index).map(|address| address.key.as_str()).collect();
    assert_eq!(missing, ["y"], "an address that comes from the operators is not missing");
}

#[test]
fn two_common_numbers_show_a_renamed_street() {
    let ban = "x;3;;Rue Simone Veil;09000;09122;Foix;1.605;42.965;;;\ny;5;;Rue Simone Veil;09000;09122;Foix;1.606;42.965;;;\n";
    let index = index(ban);
    let mut evidence = StreetEvidence::default();
    let rows = "A1;;09122;RUE;DE LA GARE;3;;;;WGS84;1.6051;42.965\nA2;;09122;RUE;DE LA GARE;5;;;;WGS84;1.6061;42.965\nA3;;09122;RUE;HAUTE;3;;;;WGS84;1.605;42.965\n";
    for line in lines(rows) {
        evidence.add(&line, &index.find(&line, None), &index);
    }
    let same = evidence.finish();
    assert_eq!(same.len(), 1, "one common number is chance");
    assert_eq!(
        (same[0].ipe_name.as_str(), same[0].reference_name.as_str()),
        ("RUE DE LA GARE", "Rue Simone Veil")
    );
    assert_eq!(same[0].buildings, ["A1", "A2"]);
}
