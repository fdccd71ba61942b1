//! Limits of a query: accepted at the limit, refused beyond it, whatever the cost.

use epissure_testkit::{Api, fixtures};

use super::{Case, INTEROP, one_ticket};

async fn total(oc: &Api, query: &str) -> String {
    let answer = oc.get(&format!("{INTEROP}?{query}&limit=0")).await.expect(200);
    answer.header("x-total-count").to_owned()
}

#[track_caller]
fn says(message: &str, part: &str) {
    assert!(message.contains(part), "`{part}` is not in `{message}`");
}

/// Returns the message with which a query is refused.
async fn refusal(oc: &Api, query: &str) -> String {
    let answer = oc.get(&format!("{INTEROP}?{query}")).await.expect(400);
    assert_eq!(answer.body["code"], "28", "{query}");
    answer.body["message"].as_str().unwrap().to_owned()
}

fn repeated(many: usize, predicate: impl Fn(usize) -> String) -> String {
    (0..many).map(predicate).collect::<Vec<_>>().join("&")
}

#[tokio::test]
async fn as_many_filters_as_the_bound_and_no_more() {
    let (_server, case) = one_ticket().await;
    let filters = |many| repeated(many, |number| format!("description[ne]=x{number}"));
    assert_eq!(total(&case.oc, &filters(32)).await, "1");
    says(&refusal(&case.oc, &filters(33)).await, "more than 32 filters");
    let expressions = |many| repeated(many, |number| format!("description[nregex]=x{number}"));
    assert_eq!(total(&case.oc, &expressions(8)).await, "1");
    says(&refusal(&case.oc, &expressions(9)).await, "more than 8 regular expressions");
    let keys = |many: usize| vec!["id"; many].join(",");
    assert_eq!(total(&case.oc, &format!("sort={}", keys(5))).await, "1");
    says(&refusal(&case.oc, &format!("sort={}", keys(6))).await, "more than 5 sort keys");
}

#[tokio::test]
async fn lists_paths_and_operands_as_large_as_the_bound_and_no_larger() {
    let (_server, case) = one_ticket().await;
    let list = |many: usize| (0..many).map(|number| format!("v{number}")).collect::<Vec<_>>().join(",");
    assert_eq!(total(&case.oc, &format!("id[nin]={}", list(500))).await, "1");
    says(&refusal(&case.oc, &format!("id[in]={}", list(501))).await, "more than 500 items");

    let path = |many: usize| vec!["a"; many].join(".");
    assert_eq!(total(&case.oc, &format!("{}[is]=notexists", path(16))).await, "1");
    says(&refusal(&case.oc, &format!("{}[is]=exists", path(17))).await, "16");

    let operand = |depth: usize| "{%22a%22:".repeat(depth) + "1" + &"}".repeat(depth);
    assert_eq!(total(&case.oc, &format!("relatedEntity[njson]={}", operand(8))).await, "1");
    says(&refusal(&case.oc, &format!("relatedEntity[json]={}", operand(9))).await, "8");
    let wide = format!("{{%22a%22:%22{}%22}}", "x".repeat(4096));
    says(&refusal(&case.oc, &format!("relatedEntity[json]={wide}")).await, "4096 bytes");
}

#[tokio::test]
async fn expressions_that_explode_elsewhere_are_linear_or_refused() {
    let (_server, case) = one_ticket().await;
    let mut body = fixtures::modification();
    body["description"] = format!("{}b", "a".repeat(9_000)).into();
    let case = Case::open_as(case.oc, case.oi, &body).await;
    assert_eq!(total(&case.oc, "description[regex]=(a%2B)%2B$").await, "0");
    assert_eq!(total(&case.oc, "description[regex]=^(a%7Ca)*b$").await, "1");
    assert_eq!(total(&case.oc, "description[regex]=(x%2Bx%2B)%2By").await, "0");
    says(&refusal(&case.oc, "description[regex]=(a{1,1000}){1,1000}").await, "too complex");
    says(&refusal(&case.oc, "description[regex]=(%3F=a)a").await, "look-around");
    let long = "a".repeat(257);
    says(&refusal(&case.oc, &format!("description[regex]={long}")).await, "256 bytes");
}

#[tokio::test]
async fn a_request_target_beyond_eight_kilobytes_is_414() {
    let (_server, case) = one_ticket().await;
    let filler = "x".repeat(8 * 1024);
    let answer = case.oc.get(&format!("{INTEROP}?description={filler}")).await.expect(414);
    assert_eq!(answer.body["code"], "67");
}
