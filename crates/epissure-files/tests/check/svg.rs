use crate::corpus::{kept, refused};
use epissure_files::{Kind, Reason};

fn drawing(inside: &str) -> Vec<u8> {
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
            xmlns:h="http://www.w3.org/1999/xhtml" xmlns:x="urn:x">{inside}</svg>"#
    )
    .into_bytes()
}

fn all(inside: &[&str], reason: Reason) {
    refused(Kind::Svg, inside.iter().map(|inside| (*inside, drawing(inside), reason)));
}

#[test]
fn scripts_are_refused_however_they_are_written() {
    let scripts = [
        "<script>alert(1)</script>",
        "<x:SCRIPT/>",
        "<h:script/>",
        "<g onclick='a()'/>",
        "<g ONLOAD='a()'/>",
        "<g x:onload='a()'/>",
        "<g onbeforetoggle='a()'/>",
        "<set onbegin='a()'/>",
        "<foreignObject><h:p onpointerenter='a()'/></foreignObject>",
        "<foreignObject><h:script/></foreignObject>",
        "<foreignObject><h:a href='java&#10;script:a()'/></foreignObject>",
        "<a href='javascript:alert(1)'/>",
        "<a xlink:href=' java&#x0a;script&#58;alert(1)'/>",
        "<a><set attributeName='onclick' to='a()'/></a>",
        "<a><animate values='#a;JavaScript:alert(1)'/></a>",
        "<handler xmlns='http://www.w3.org/2001/xml-events'/>",
        "<style>a{width:expression(alert(1))}</style>",
    ];
    all(&scripts, Reason::Script);
    all(
        &[
            "<iframe href='data:text/html,x'/>",
            "<foreignObject><p/></foreignObject>",
            "<foreignObject><h:input/></foreignObject>",
            "<foreignObject><h:iframe/></foreignObject>",
            "<foreignObject><h:form action='#a'/></foreignObject>",
            "<foreignObject><h:meta http-equiv='refresh'/></foreignObject>",
            "<foreignObject><h:p formaction='#a'/></foreignObject>",
            "<h:p/>",
            "<object data='#a'/>",
        ],
        Reason::ActiveContent,
    );
}

#[test]
fn what_is_fetched_is_refused_however_it_is_written() {
    let fetched = [
        "<image href='https://example.org/a.png'/>",
        "<image xlink:href='//example.org/a.png'/>",
        "<use href='autre.svg#a'/>",
        "<use href='data:image/svg+xml;base64,AAAA'/>",
        "<a href='file:///c:/a'/>",
        "<a xlink:href='\\\\server\\share'/>",
        "<a href='//server/a'/>",
        "<a href='%66ile:///c:/a'/>",
        "<a href='autre.svg'/>",
        "<foreignObject><h:a href='search-ms:a'/></foreignObject>",
        "<foreignObject><h:img src='https://example.org/a.png'/></foreignObject>",
        "<foreignObject><h:img srcset='#a'/></foreignObject>",
        "<foreignObject><h:td background='https://example.org/a.png'/></foreignObject>",
        "<foreignObject><h:p style='background:url(//x)'/></foreignObject>",
        // Not a comment, because it is within a string.
        "<style>a{content:'/*';fill:url(//x);content:'*/'}</style>",
        "<g style=\"content:'/*';fill:url(//x);content:'*/'\"/>",
        "<style>a{content:'/*'} @import 'a.css'; b{content:'*/'}</style>",
        "<style>a{content:&quot;a\\&quot;/*&quot;;fill:url(//x);/**/}</style>",
        "<g fill='src(var(--a))'/>",
        "<style>a{--b:url(//x)}</style>",
        "<g style='fill:url(http://x)'/>",
        "<g fill='u\\72l(http://x)'/>",
        "<g filter='url( &quot;a.svg#b&quot; )'/>",
        "<g cursor=\"image-set('http://x' 1x)\"/>",
        "<style>@import 'a.css';</style>",
        "<style>@im<![CDATA[port]]> 'a.css';</style>",
        "<style>a{fill:u&#x72;l(//x)}</style>",
        "<a><animate attributeName='xlink:href' to='#a'/></a>",
        "<g xml:base='https://example.org/'/>",
        "<link rel='stylesheet' href='#a'/>",
        "<?xml-stylesheet href='a.css'?>",
    ];
    all(&fetched, Reason::ExternalReference);
}

#[test]
fn the_text_of_a_style_is_in_one_piece() {
    all(
        &["<style>u<b/>rl(http://x)</style>", "<style>u<x:b>a</x:b>rl(http://x)</style>"],
        Reason::Uncheckable,
    );
    all(&["<style>a{fill:u<!-- -->rl(http://x)}</style>"], Reason::ExternalReference);
}

#[test]
fn a_word_cannot_be_hidden_in_something_long() {
    let spaces = " ".repeat(50_000);
    let letters = "A".repeat(50_000);
    let far = format!("<g {spaces}onload='a()'/>");
    let scripted = format!("<a href='{spaces}javascript:a()'/>");
    all(&[&far, &scripted], Reason::Script);
    let fetched = format!("<style>{letters}{{fill:url(http://x)}}</style>");
    let other = format!("<use href='{letters}#a'/>");
    all(&[&fetched, &other], Reason::ExternalReference);
}

#[test]
fn declarations_are_refused() {
    let subset =
        b"<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><svg xmlns='http://www.w3.org/2000/svg'/>";
    let other = b"<!DOCTYPE svg SYSTEM 'http://example.org/a.dtd'><svg xmlns='http://www.w3.org/2000/svg'/>";
    let also = br#"<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/a.dtd" [<!ENTITY a "">]><svg/>"#;
    let files = [subset.to_vec(), other.to_vec(), also.to_vec(), drawing("&a;"), drawing("<g id='&a;'/>")];
    refused(
        Kind::Svg,
        files.map(|file| (String::from_utf8_lossy(&file).into_owned(), file, Reason::DocumentType)),
    );
}

#[test]
fn a_drawing_is_whole_and_of_svg() {
    let whole = drawing("<g/>");
    let deep = drawing(&format!("{}{}", "<g>".repeat(600), "</g>".repeat(600)));
    let wide = drawing(&format!("<g {}/>", (0..600).map(|n| format!("a{n}=''")).collect::<String>()));
    let files = [
        ("cut", whole[..whole.len() - 6].to_vec(), Reason::Truncated),
        ("cut in a tag", whole[..whole.len() - 1].to_vec(), Reason::Malformed),
        ("crossed", drawing("<g><a></g></a>"), Reason::Malformed),
        ("two roots", [whole.clone(), whole.clone()].concat(), Reason::Malformed),
        ("a prefix of nothing", drawing("<y:g/>"), Reason::Malformed),
        ("text behind it", [whole, b"PK\x03\x04".to_vec()].concat(), Reason::Malformed),
        ("control characters", drawing("\u{0}"), Reason::Malformed),
        ("another namespace", b"<svg/>".to_vec(), Reason::Content),
        ("another root", b"<html xmlns='http://www.w3.org/1999/xhtml'/>".to_vec(), Reason::Content),
        (
            "an encoding that hides ASCII",
            b"<?xml version='1.0' encoding='UTF-7'?><svg/>".to_vec(),
            Reason::Uncheckable,
        ),
        ("too deep", deep, Reason::Uncheckable),
        ("too wide", wide, Reason::Uncheckable),
    ];
    refused(Kind::Svg, files);
}

#[test]
fn what_looks_like_it_but_is_not_is_kept() {
    let inside = [
        "<text>javascript: the good parts</text>",
        "<text>onload='a()'</text>",
        "<g id='script' class='on'/>",
        "<!-- <script>a()</script> -->",
        "<rect fill='url(#a)' x:label='image(3)'/>",
        "<a href='https://example.org' xlink:href='mailto:a@example.org'><text>lien</text></a>",
        "<x:page onward='1' online='2' onclick='3'><x:link href='4'/></x:page>",
        "<g only='1'/>",
        "<style>a{content:'url(http://x)'} /* @import 'a' */ @font-face{src:url(data:font/woff2;base64,AA)}</style>",
        "<style>@namespace url(http://www.w3.org/2000/svg);</style>",
    ];
    kept(Kind::Svg, inside.map(|inside| (inside, drawing(inside))));
}

#[test]
fn labels_of_drawing_programs_are_kept() {
    // As draw.io writes labels, with its own file in an attribute.
    let label = r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
      content="&lt;mxfile&gt;javascript:url(http://x)&lt;/mxfile&gt;"><switch>
      <foreignObject pointer-events="none" requiredFeatures="http://www.w3.org/TR/SVG11/feature#Extensibility">
      <div xmlns="http://www.w3.org/1999/xhtml" data-drawio-colors="color: rgb(0, 0, 0);" style="font-family: Helvetica;">
      <b>PENDING</b><br/><span style="color: red">l'OC</span><ul><li>a</li></ul>
      <a href="https://example.org">lien</a><img src="data:image/png;base64,AA"/></div></foreignObject>
      <text>PENDING</text></switch><switch><g requiredFeatures="http://www.w3.org/TR/SVG11/feature#Extensibility"/>
      <a transform="translate(0,-5)" xlink:href="https://www.diagrams.net/doc/faq" target="_blank"><text>?</text></a>
      </switch></svg>"#;
    let bare = b"<!DOCTYPE svg><svg xmlns='http://www.w3.org/2000/svg'/>".to_vec();
    kept(Kind::Svg, [("draw.io", label.as_bytes().to_vec()), ("a bare document type", bare)]);
}
