//! Passwords outside the address: `PGPASSWORD`, and password files in the format of PostgreSQL's
//! own programs. A line is `host:port:database:user:password`, where `*` matches anything.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::AddressError;

/// Returns the password for an address that has none, if one is found.
pub(crate) fn find(
    config: &Config,
    file: Option<&Path>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<String>, AddressError> {
    if let Some(password) = environment("PGPASSWORD") {
        return Ok(Some(password));
    }
    let named = file.map(Path::to_owned).or_else(|| environment("PGPASSFILE").map(PathBuf::from));
    let usual = || environment("HOME").map(|home| PathBuf::from(home).join(".pgpass"));
    let Some(path) = named.clone().or_else(usual) else { return Ok(None) };
    // The default file is optional; a file named explicitly must exist.
    if named.is_none() && !path.exists() {
        return Ok(None);
    }
    Ok(of(config, &read_secret(&path)?))
}

/// Reads a file that only its owner may access.
pub(crate) fn read_secret(path: &Path) -> Result<String, AddressError> {
    let refused = |what: String| AddressError::File { path: path.to_owned(), what };
    let metadata = fs::metadata(path).map_err(|error| refused(error.to_string()))?;
    if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
        return Err(refused("others may read this file, which holds a secret; `chmod 600` it".to_owned()));
    }
    fs::read_to_string(path).map_err(|error| refused(error.to_string()))
}

/// Returns the password of the first line that matches one of the hosts.
fn of(config: &Config, text: &str) -> Option<String> {
    let user = config.get_user().unwrap_or_default();
    let database = config.get_dbname().unwrap_or(user);
    let lines: Vec<Vec<String>> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(fields)
        .filter(|line| line.len() == 5)
        .collect();
    config.get_hosts().iter().enumerate().find_map(|(at, host)| {
        let host = match host {
            Host::Tcp(name) => name.clone(),
            // PostgreSQL's programs use this name for every local socket.
            Host::Unix(_) => "localhost".to_owned(),
        };
        let ports = config.get_ports();
        let port = ports.get(at).or_else(|| ports.first()).unwrap_or(&5432).to_string();
        let sought = [host.as_str(), port.as_str(), database, user];
        let fits = |line: &&Vec<String>| {
            line.iter().zip(sought).all(|(field, sought)| field == "*" || field == sought)
        };
        lines.iter().find(fits).map(|line| line[4].clone())
    })
}

/// Splits a line into its fields; `\` escapes the next character.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            // The password may contain unescaped colons.
            ':' if fields.len() < 5 => fields.push(String::new()),
            '\\' => fields.last_mut().into_iter().for_each(|field| field.extend(characters.next())),
            plain => fields.last_mut().into_iter().for_each(|field| field.push(plain)),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(url: &str, text: &str) -> Option<String> {
        of(&url.parse().expect("an address"), text)
    }

    #[test]
    fn the_first_line_that_fits_has_the_password() {
        let text = "# comment\n\
                    db.example:5432:epissure:me:first\n\
                    db.example:*:*:me:second\n\
                    localhost:*:*:*:local\n\
                    other:*:*:me:with\\:colon\\\\and:more";
        for (url, expected) in [
            ("postgres://me@db.example/epissure", Some("first")),
            ("postgres://me@db.example:6432/epissure", Some("second")),
            ("postgres://me@nowhere,db.example/another", Some("second")),
            ("postgres://me@%2Frun%2Fpostgresql/epissure", Some("local")),
            ("postgres://me@other/x", Some("with:colon\\and:more")),
            ("postgres://you@db.example/epissure", None),
        ] {
            assert_eq!(password(url, text).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("passwords");
        fs::write(&path, "*:*:*:*:secret\n").expect("written");
        let config: Config = "postgres://me@h/e".parse().expect("an address");
        for (mode, found) in [(0o600, true), (0o644, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
            assert_eq!(find(&config, Some(&path), &|_| None).is_ok_and(|found| found.is_some()), found);
        }
    }
}
