//! Bytes that hyper refuses in a target. The first test is a measurement: if a new release of
//! `http` fails it, correct only the list.

use super::encode;
use super::hyper_server::{Layer, exchange};

fn status(target: &[u8], layer: Layer) -> String {
    let request = [b"GET ".as_slice(), target, b" HTTP/1.1\r\nConnection: close\r\n\r\n"].concat();
    let exchange = exchange(&request, layer, 4096);
    exchange.statuses().first().map_or_else(String::new, |status| (*status).to_owned())
}

/// Returns the bytes, other than white space and controls, for which `GET <before><byte>` does not
/// return 200.
fn refused(before: &str, layer: Layer) -> Vec<u8> {
    (0x21..=0xff).filter(|byte| status(&[before.as_bytes(), &[*byte]].concat(), layer) != "200").collect()
}

#[test]
fn bytes_that_hyper_refuses() {
    let not_utf8: Vec<u8> = (0x7f..=0xff).collect();
    assert_eq!(refused("/p?a=", Layer::Without), [b"\"<>".as_slice(), &not_utf8].concat());
    assert_eq!(refused("/p", Layer::Without), [b"<>`".as_slice(), &not_utf8].concat());
    assert_eq!(status("/p?a=é".as_bytes(), Layer::Without), "200");
}

#[test]
fn bytes_that_hyper_refuses_below_the_layer() {
    assert_eq!(refused("/p?a=", Layer::With), [0x7f]);
    assert_eq!(refused("/p", Layer::With), [0x7f]);
    for control in (0..0x20).filter(|byte| !b"\r\n".contains(byte)) {
        assert_eq!(status(&[b'/', control], Layer::With), "400", "{control:#04x}");
    }
    assert_eq!(status(b"/p?a=b c", Layer::With), "400");
}

#[test]
fn handlers_see_the_published_examples() {
    for query in ["birthdate[>]=2020-01-10", "name[<>]=doudou", r#"childs[json]={"name":"x"}"#, "city=Nîmes"]
    {
        let target = format!("/p?{query}");
        let request = format!("GET {target} HTTP/1.1\r\n\r\n");
        let exchange = exchange(request.as_bytes(), Layer::With, 3);
        assert_eq!(exchange.seen[0].target.as_bytes(), encode(target.as_bytes()));
        assert_eq!(exchange.statuses(), ["200"]);
    }
}

#[test]
fn the_encoded_target_counts_for_hypers_limit() {
    let target = |raw: usize| [b"/?".as_slice(), &b"<".repeat(raw)].concat();
    assert_eq!(status(&target(21_844), Layer::With), "200");
    assert_eq!(status(&target(21_845), Layer::With), "414");
}
