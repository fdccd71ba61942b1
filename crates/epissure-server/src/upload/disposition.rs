//! `Content-Disposition` of the parts of a form (RFC 7578 section 4.2, RFC 6266 section 4.1).

use http::HeaderMap;
use http::header::CONTENT_DISPOSITION;

use crate::parameters;

/// Returns the name of a part: the `name` of its only `Content-Disposition: form-data`.
pub(super) fn name(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(CONTENT_DISPOSITION).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    let text = String::from_utf8_lossy(value.as_bytes());
    let (kind, rest) = text.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return None;
    }
    let parameters = parameters::read(rest)?;
    let mut names = parameters.into_iter().filter(|(name, _)| name.eq_ignore_ascii_case("name"));
    let (_, name) = names.next()?;
    names.next().is_none().then_some(name)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(value: &'static str) -> Option<String> {
        name(&HeaderMap::from_iter([(CONTENT_DISPOSITION, HeaderValue::from_static(value))]))
    }

    #[test]
    fn the_name_is_the_parameter_of_that_name_and_nothing_that_looks_like_it() {
        for value in [
            r#"form-data; name="file""#,
            "form-data; name=file",
            "Form-Data;NAME=file;",
            r#"form-data; Name = "file" ; filename = "a.csv""#,
            r#"form-data; filename="x; name=y.csv"; name="file""#,
            r#"form-data; filename="x; name=\"y\".csv"; name="file""#,
            r#"form-data; filename="C:\temp\x.csv"; name="file""#,
            r#"form-data; name="file"; filename*=UTF-8''name%3D.csv"#,
            r#"form-data; filename="; name=attachment"; name="fi\le""#,
        ] {
            assert_eq!(of(value).map(|name| name.replace('\\', "")).as_deref(), Some("file"), "{value}");
        }
        for value in [
            "form-data",
            r#"attachment; name="file""#,
            r#"form-data; filename="name=file""#,
            r#"form-data; xname="file""#,
            r#"form-data; name="file"; name="other""#,
            r#"form-data; name="file"#,
            r#"form-data; name="file" filename="x""#,
            "",
        ] {
            assert_eq!(of(value), None, "{value}");
        }
    }
}
