//! Address of the database, with the credentials to connect.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use crate::passwords;
use crate::tls::{Identity, Trust};

/// Default time limit to connect to a host.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Default time without an acknowledgement after which a connection is closed.
const UNANSWERED: Duration = Duration::from_secs(10);
/// Default idle time after which a connection is probed.
const PROBED_AFTER: Duration = Duration::from_secs(30);

/// The address of a database: `postgres://user@host1,host2/name?sslmode=verify-full`.
///
/// It accepts everything that [`tokio_postgres::Config`] parses, including several hosts and
/// `target_session_attrs`, and these parameters:
///
/// | parameter | meaning |
/// |---|---|
/// | `sslmode` | `disable`; `prefer`, the default: encrypted if the server supports it, without authenticating it; `require` and `verify-full`: encrypted, with a certificate for the host name, from a trusted authority |
/// | `sslrootcert` | file of trusted authorities (PEM); by default those of the system |
/// | `sslcert`, `sslkey` | files of a client certificate and its key (PEM); the key must be readable by its owner only |
/// | `passfile` | password file in the format of PostgreSQL's own programs |
///
/// Among several hosts, the primary is used, unless `target_session_attrs` requests otherwise.
///
/// The password comes from the address, else from `PGPASSWORD`, else from the password file:
/// `passfile`, `PGPASSFILE`, or `.pgpass` in the home folder. It is never displayed.
#[derive(Clone)]
pub struct Address {
    pub(crate) config: Config,
    pub(crate) trust: Trust,
}

/// Reason why a text is not a valid [`Address`].
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// The driver cannot parse it.
    #[error("{0}")]
    Unreadable(String),
    /// A parameter has an invalid value.
    #[error("`{value}` is no {parameter}: {expected}")]
    Value {
        /// Parameter name.
        parameter: &'static str,
        /// Invalid value.
        value: String,
        /// Description of the valid values.
        expected: &'static str,
    },
    /// One of two parameters that require each other is missing.
    #[error("{given} needs {missing} beside it")]
    Alone {
        /// Parameter that is present.
        given: &'static str,
        /// Parameter that is missing.
        missing: &'static str,
    },
    /// A file named in the address cannot be used.
    #[error("{}: {what}", .path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Reason.
        what: String,
    },
}

impl Address {
    /// Parses an address; `environment` looks up an environment variable.
    ///
    /// # Errors
    ///
    /// Fails when the address is invalid, or names a file that cannot be read.
    pub fn parse(url: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, AddressError> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut own = Own::default();
        let mut rest: Vec<&str> = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            if !own.take(parameter)? {
                rest.push(parameter);
            }
        }
        let plain = if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) };
        let mut config: Config = plain
            .parse()
            .map_err(|error: tokio_postgres::Error| AddressError::Unreadable(crate::error::told(&error)))?;
        config.ssl_mode(own.mode.driver());
        let hosts = config.get_hosts().len().max(config.get_hostaddrs().len());
        if hosts > 1 && !rest.iter().any(|parameter| parameter.starts_with("target_session_attrs=")) {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            config.host("localhost");
        }
        if config.get_user().is_none()
            && let Some(user) = environment("PGUSER").or_else(|| environment("USER"))
        {
            config.user(user);
        }
        let password = match config.get_password() {
            Some(_) => None,
            None => passwords::find(&config, own.passfile.as_deref(), environment)?,
        };
        if let Some(password) = password {
            config.password(password);
        }
        patient(&mut config);
        let identity = match (&own.sslcert, &own.sslkey) {
            (Some(certificate), Some(key)) => Some(Identity { certificate, key }),
            (None, None) => None,
            (Some(_), None) => return Err(AddressError::Alone { given: "sslcert", missing: "sslkey" }),
            (None, Some(_)) => return Err(AddressError::Alone { given: "sslkey", missing: "sslcert" }),
        };
        let trust = Trust::new(own.mode == Mode::VerifyFull, own.sslrootcert.as_deref(), identity)?;
        Ok(Self { config, trust })
    }

    /// Returns the address of another database on the same server.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        let mut other = self.clone();
        other.config.dbname(name);
        other
    }
}

/// Sets time-outs that the driver leaves open, so that a server notices the loss of its primary
/// within seconds.
fn patient(config: &mut Config) {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNANSWERED);
    }
    if config.get_keepalives_idle() > PROBED_AFTER {
        config.keepalives_idle(PROBED_AFTER);
    }
    if config.get_application_name().is_none() {
        config.application_name("epissure");
    }
}

/// Parameters that the driver does not know or parses differently.
#[derive(Default)]
struct Own {
    mode: Mode,
    sslrootcert: Option<PathBuf>,
    sslcert: Option<PathBuf>,
    sslkey: Option<PathBuf>,
    passfile: Option<PathBuf>,
}

/// TLS mode of the connections.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Disable,
    #[default]
    Prefer,
    VerifyFull,
}

impl Mode {
    fn driver(self) -> SslMode {
        match self {
            Self::Disable => SslMode::Disable,
            Self::Prefer => SslMode::Prefer,
            Self::VerifyFull => SslMode::Require,
        }
    }
}

impl Own {
    /// Consumes a parameter if it is one of these. Returns true in that case.
    fn take(&mut self, parameter: &str) -> Result<bool, AddressError> {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
        match name {
            "sslmode" => {
                self.mode = match value.as_str() {
                    "disable" => Mode::Disable,
                    "prefer" | "allow" => Mode::Prefer,
                    "require" | "verify-full" => Mode::VerifyFull,
                    _ => {
                        return Err(AddressError::Value {
                            parameter: "sslmode",
                            value,
                            expected: "it may be disable, prefer, require or verify-full",
                        });
                    }
                }
            }
            "sslrootcert" if value == "system" => self.sslrootcert = None,
            "sslrootcert" => self.sslrootcert = Some(PathBuf::from(value)),
            "sslcert" => self.sslcert = Some(PathBuf::from(value)),
            "sslkey" => self.sslkey = Some(PathBuf::from(value)),
            "passfile" => self.passfile = Some(PathBuf::from(value)),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl fmt::Display for Address {
    /// Prints the address without its password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = self.config.get_user() {
            write!(f, "{user}@")?;
        }
        for (at, host) in self.config.get_hosts().iter().enumerate() {
            f.write_str(if at == 0 { "" } else { "," })?;
            match host {
                Host::Tcp(name) => f.write_str(name)?,
                Host::Unix(path) => write!(f, "{}", shown(path))?,
            }
            let ports = self.config.get_ports();
            if let Some(port) = ports.get(at).or_else(|| ports.first()).filter(|port| **port != 5432) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", self.config.get_dbname().or(self.config.get_user()).unwrap_or_default())
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string().replace('/', "%2F")
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (url, shown) in [
            ("postgres://me:secret@db.example/epissure", "postgres://me@db.example/epissure"),
            ("postgresql://me:secret@a:6432,b:6433/e?sslmode=disable", "postgres://me@a:6432,b:6433/e"),
            ("postgres://me@%2Frun%2Fpostgresql/e", "postgres://me@%2Frun%2Fpostgresql/e"),
        ] {
            let address = Address::parse(url, &nothing).expect("an address");
            assert_eq!(address.to_string(), shown);
            assert!(!format!("{address:?}").contains("secret"));
        }
    }

    #[test]
    fn several_hosts_and_the_primary_among_them() {
        let url = "postgres://me@one,two:6432/e?target_session_attrs=read-write&connect_timeout=2";
        let address = Address::parse(url, &nothing).expect("an address");
        assert_eq!(address.config.get_hosts().len(), 2);
        assert_eq!(address.config.get_connect_timeout(), Some(&Duration::from_secs(2)));
        assert_eq!(address.config.get_tcp_user_timeout(), Some(&UNANSWERED));
    }

    #[test]
    fn of_several_hosts_the_primary_is_meant() {
        for (url, meant) in [
            ("postgres://me@one,two/e", TargetSessionAttrs::ReadWrite),
            ("postgres://me@one,two/e?target_session_attrs=any", TargetSessionAttrs::Any),
            ("postgres://me@one/e", TargetSessionAttrs::Any),
        ] {
            let address = Address::parse(url, &nothing).expect("an address");
            assert_eq!(address.config.get_target_session_attrs(), meant, "{url}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_can() {
        for (url, said) in [
            ("postgres://me@h/e?sslmode=verify-ca", "it may be disable, prefer, require or verify-full"),
            ("postgres://me@h/e?sslmode=verify-full&sslrootcert=/nowhere.pem", "/nowhere.pem"),
            ("postgres://me@h/e?colour=blue", "colour"),
            ("postgres://me@h/e?sslcert=/a.pem", "sslcert needs sslkey beside it"),
            ("postgres://me@h/e?passfile=/nowhere", "/nowhere"),
        ] {
            let error = Address::parse(url, &nothing).expect_err(url).to_string();
            assert!(error.contains(said), "{url}: {error}");
        }
    }

    #[test]
    fn the_password_of_the_environment_is_taken_when_the_address_has_none() {
        let environment = |name: &str| (name == "PGPASSWORD").then(|| "from-outside".to_owned());
        for (url, expected) in [("postgres://me@h/e", "from-outside"), ("postgres://me:inside@h/e", "inside")]
        {
            let address = Address::parse(url, &environment).expect("an address");
            assert_eq!(address.config.get_password(), Some(expected.as_bytes()));
        }
    }
}
