//! The guide's configuration files, filled in as by `envsubst`.

use anyhow::{Result, bail};

pub(super) const ETCD: &str = include_str!("../../../packaging/patroni/etcd.yml");
pub(super) const PATRONI: &str = include_str!("../../../packaging/patroni/patroni.yml");

/// Fills in a template; fails when a value is missing.
pub(super) fn filled(template: &str, values: &[(&str, &str)]) -> Result<String> {
    // Comments mention the placeholder syntax itself.
    let lines = template.lines().filter(|line| !line.trim_start().starts_with('#'));
    let mut text = lines.map(|line| format!("{line}\n")).collect::<String>();
    for (name, value) in values {
        text = text.replace(&format!("${{{name}}}"), value);
    }
    match text.split_once("${") {
        None => Ok(text),
        Some((_, rest)) => bail!("the template has no value for {}", rest.split('}').next().unwrap_or(rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_in_whole_or_refused() {
        let values = [("NODE", "db1"), ("PORT", "5432")];
        let filled_in = filled("# ${…} is filled in\nname: ${NODE}\nlisten: ${NODE}:${PORT}\n", &values);
        assert_eq!(filled_in.unwrap(), "name: db1\nlisten: db1:5432\n");
        let refused = filled("name: ${NAME}", &values).unwrap_err();
        assert_eq!(refused.to_string(), "the template has no value for NAME");
    }
}
