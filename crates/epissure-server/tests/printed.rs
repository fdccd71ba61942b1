//! Every example of the Orange page's "TMF Filter" section, sent raw, as printed there.
//!
//! Only the spaces in JSON operands are encoded: a space ends a request target, and curl refuses to
//! send one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop where it is")]

use epissure_testkit::{TestServer, fixtures};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Examples of the page, and the tickets among A, B and C that match. C has none of the members.
const EXAMPLES: &[(&str, &str)] = &[
    ("name[eq]=doudou", "A"),
    ("name[==]=doudou", "A"),
    ("adress.streetnumber[eq,num]=10", "A"),
    ("name[ne]=doudou", "BC"),
    ("name[!=]=doudou", "BC"),
    ("name[<>]=doudou", "BC"),
    ("name[neq]=doudou", "BC"),
    ("name[!eq]=doudou", "BC"),
    ("adress.streetnumber[!eq,num]=10", "BC"),
    ("age[gt,num]=18", "A"),
    ("birthdate[>]=2020-01-10", "A"),
    ("word[>]=b", "A"),
    ("age[gte,num]=18", "AB"),
    ("birthdate[>=]=2020-01-10", "AB"),
    ("word[>=]=b", "AB"),
    ("age[lt,num]=18", ""),
    ("birthdate[<]=2020-01-10", ""),
    ("word[<]=b", ""),
    ("age[lte,num]=18", "B"),
    ("birthdate[<=]=2020-01-10", "B"),
    ("word[<=]=b", "B"),
    ("name[match]=dou.*", "A"),
    ("name[regex]=dou.*", "A"),
    ("name[=~]=dou.*", "A"),
    ("name[re]=dou.*", "A"),
    ("name[notmatch]=dou.*", "BC"),
    ("name[notregex]=dou.*", "BC"),
    ("name[!~]=dou.*", "BC"),
    ("name[nre]=dou.*", "BC"),
    ("name[nregex]=dou.*", "BC"),
    ("name[nmatch]=dou.*", "BC"),
    ("child[is]=null", "A"),
    ("child[is]=notnull", "BC"),
    ("child[is]=exists", "AB"),
    ("child[is]=notexists", "C"),
    ("changes[is]=empty", "A"),
    ("changes[is]=notempty", "B"),
    ("age[is]=int", "AB"),
    ("changes[is]=array", "AB"),
    ("child[is]=object", "B"),
    ("name[is]=string", "ABC"),
    ("valid[is]=bool", "A"),
    ("birthday[is]=date", "A"),
    ("child[isnot]=null", "BC"),
    ("child[isnt]=notnull", "A"),
    ("child[not]=exists", "C"),
    ("child[nis]=notexists", "AB"),
    ("changes[!]=empty", "BC"),
    ("changes[isnt]=notempty", "AC"),
    ("age[isnot]=int", "C"),
    ("changes[isnt]=array", "C"),
    ("child[!is]=object", "AC"),
    ("name[isnt]=string", ""),
    ("valid[not]=bool", "BC"),
    ("birthday[isnt]=date", "BC"),
    ("name[in]=doudou,jean,marc", "AB"),
    ("age[in,num]=20,30,40", "A"),
    ("name[nin]=doudou,jean,marc", "C"),
    ("name[notin]=doudou,jean,marc", "C"),
    ("name[!in]=doudou,jean,marc", "C"),
    ("age[!in,num]=20,30,40", "BC"),
    (r#"childs[json]={"baseType":"myBaseType", "name":"myName", "adress":{"city":"myCity"}}"#, "B"),
    (r#"childs[eqjson]={"baseType":"myBaseType", "name":"myName", "adress":{"zipcode":"31000"}}"#, "A"),
    (
        r#"childs[j]={"baseType":"myBaseType", "name":"myName", "adress":{"city":"Toulouse", "zipcode":"31000", "streetNumber":10}}"#,
        "A",
    ),
    (r#"childs[njson]={"baseType":"myBaseType", "name":"myName"}"#, "C"),
    (r#"childs[nejson]={"baseType":"myBaseType", "name":"myName"}"#, "C"),
    (r#"childs[!json]={"baseType":"myBaseType", "name":"myName"}"#, "C"),
    (r#"childs[!j]={"baseType":"myBaseType", "name":"myName"}"#, "C"),
    (r#"childs[nj]={"baseType":"myBaseType", "name":"myName", "age":20}"#, "BC"),
    ("age[gt,num]=30", ""),
    ("age[eq,numeric]=30", ""),
    ("age[in,number]=30,31,32", ""),
    ("age[in,number]=18,31,32", "B"),
];

fn members(name: &str) -> Value {
    match name {
        "A" => json!({
            "name": "doudou", "adress": {"streetnumber": 10}, "age": 20, "birthdate": "2020-01-11", "word": "c",
            "child": null, "changes": [], "valid": true, "birthday": "2020-02-02",
            "childs": [
                {"name": "another"},
                {"baseType": "myBaseType", "name": "myName", "age": 20,
                 "adress": {"city": "Toulouse", "zipcode": "31000", "streetNumber": 10}}
            ]
        }),
        "B" => json!({
            "name": "jean", "adress": {"streetnumber": "10"}, "age": 18, "birthdate": "2020-01-10", "word": "b",
            "child": {"name": "x"}, "changes": ["one"], "valid": "true", "birthday": "a Monday",
            "childs": [{"baseType": "myBaseType", "name": "myName", "adress": {"city": "myCity"}}]
        }),
        _ => json!({}),
    }
}

#[tokio::test]
async fn the_examples_of_the_orange_page_find_the_right_tickets() {
    let server = TestServer::start().await;
    let oc = server.login("sfra-oc").await;
    for name in ["A", "B", "C"] {
        let mut body = fixtures::modification();
        body["externalId"] = name.into();
        for (member, value) in members(name).as_object().unwrap() {
            body[member] = value.clone();
        }
        oc.post("/anomalie-adresse", &body).await.expect(201);
    }

    // All examples use one connection.
    let mut stream = TcpStream::connect(server.base.strip_prefix("http://").unwrap()).await.unwrap();
    let mut wrong = Vec::new();
    for (query, expected) in EXAMPLES {
        let request = format!(
            "GET /anomalie-adresse?{}&fields=externalId&sort=externalId HTTP/1.1\r\nHost: x\r\n\
             Authorization: Bearer {}\r\n\r\n",
            query.replace(' ', "%20"),
            oc.token().unwrap()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let found = externals(&answer(&mut stream).await);
        if found != *expected {
            wrong.push(format!("{query}: {found} instead of {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Reads one whole response.
async fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "{}", String::from_utf8_lossy(&bytes));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() >= length.parse().unwrap() {
            return text;
        }
    }
}

/// Returns the letters of the tickets in a response.
fn externals(answer: &str) -> String {
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    match serde_json::from_str(body) {
        Ok(Value::Array(tickets)) => {
            tickets.iter().map(|ticket| ticket["externalId"].as_str().unwrap()).collect()
        }
        _ => answer.to_owned(),
    }
}
