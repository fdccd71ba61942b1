//! A second implementation of the rules of the module, on whole slices.

use super::encode;

const MAX_HEAD: usize = 8192 + 4096 * 100;

/// Returns the expected output of the layer for `input`.
pub(super) fn expected(input: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = input;
    while let Some(after) = request(rest, &mut out) {
        rest = after;
    }
    out
}

/// Appends one request and returns the rest, or `None` when the rest has been appended too.
fn request<'a>(input: &'a [u8], out: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (method, rest) = prefix(input, is_token);
    let target_follows =
        !method.is_empty() && !method.eq_ignore_ascii_case(b"CONNECT") && rest.first() == Some(&b' ');
    if !target_follows {
        out.extend_from_slice(input);
        return None;
    }
    let (target, rest) = prefix(&rest[1..], |byte| matches!(byte, 0x21..=0x7e | 0x80..));
    out.extend_from_slice(method);
    out.push(b' ');
    let encoded = encode(target);
    assert!(encoded.len() < MAX_HEAD / 2, "the model has no head limit");
    out.extend_from_slice(&encoded);
    match after_target(rest).filter(|_| !target.is_empty()) {
        Some(after) => {
            out.extend_from_slice(&rest[..rest.len() - after.len()]);
            Some(after)
        }
        None => {
            out.extend_from_slice(rest);
            None
        }
    }
}

fn after_target(rest: &[u8]) -> Option<&[u8]> {
    let mut rest = rest.strip_prefix(b" HTTP/1.1\r\n")?;
    let (mut lengths, mut codings) = (Vec::new(), Vec::new());
    let mut fields = 0;
    while !rest.starts_with(b"\r\n") {
        let (name, value, after) = field(rest)?;
        rest = after;
        fields += 1;
        match name.to_ascii_lowercase().as_slice() {
            b"content-length" => lengths.push(value),
            b"transfer-encoding" => codings.push(value),
            b"expect" | b"upgrade" => return None,
            _ => {}
        }
    }
    rest = &rest[2..];
    if fields > 100 {
        return None;
    }
    match (lengths.as_slice(), codings.as_slice()) {
        ([], []) => Some(rest),
        ([length], []) if length.len() <= 32 => {
            let length = length.trim_matches([' ', '\t']);
            let digits = length.bytes().all(|byte| byte.is_ascii_digit());
            rest.get(usize::try_from(length.parse::<u64>().ok().filter(|_| digits)?).ok()?..)
        }
        ([], [coding]) if coding.len() <= 32 && coding.trim_matches([' ', '\t']) == "chunked" => {
            chunked(rest)
        }
        _ => None,
    }
}

/// Returns the name, the value with the white space around it, and the rest after the line.
fn field(input: &[u8]) -> Option<(&[u8], &str, &[u8])> {
    let (name, rest) = prefix(input, is_token);
    let (value, rest) = prefix(rest.strip_prefix(b":")?, is_field_text);
    let value = std::str::from_utf8(value).unwrap_or("not ASCII");
    let rest = rest.strip_prefix(b"\r\n")?;
    (!name.is_empty()).then_some((name, value, rest))
}

fn chunked(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        let (size, after) = prefix(rest, |byte| byte.is_ascii_hexdigit());
        let size = u64::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
        let after = match after.strip_prefix(b";") {
            Some(extension) => prefix(extension, |byte| !matches!(byte, b'\r' | b'\n')).1,
            None => after,
        };
        rest = after.strip_prefix(b"\r\n")?;
        if size == 0 {
            break;
        }
        rest = rest.get(usize::try_from(size).ok()?..)?.strip_prefix(b"\r\n")?;
    }
    while !rest.starts_with(b"\r\n") {
        let (first, _) = prefix(rest, is_token);
        let (_, after) = prefix(rest, is_field_text);
        rest = after.strip_prefix(b"\r\n").filter(|_| !first.is_empty())?;
    }
    Some(&rest[2..])
}

fn prefix(input: &[u8], belongs: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    input.split_at(input.iter().position(|byte| !belongs(*byte)).unwrap_or(input.len()))
}

fn is_token(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'0'..=b'9')
        || matches!(byte, b'A'..=b'Z' | b'^'..=b'z' | b'|' | b'~')
}

fn is_field_text(byte: u8) -> bool {
    byte == b'\t' || !byte.is_ascii_control()
}
