//! A private PostgreSQL server, reachable only through a socket in a temporary folder. The server
//! of tests has its data there too; that of measurements reuses its data between runs.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::packages;

/// Environment variable with the address of an existing server.
pub(crate) const SERVER: &str = "EPISSURE_TEST_POSTGRES";

/// Folder of the programs of each version, on Debian and its derivatives.
const INSTALLED: &str = "/usr/lib/postgresql";
/// Users to run the server as when this program runs as root, which PostgreSQL refuses.
const USERS: &[&str] = &["postgres", "nobody"];
/// Time limit for the start of a server.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Settings for speed: the server need not survive a crash.
const SETTINGS: &[&str] = &[
    "fsync=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=200",
    "max_wal_size=2GB",
    "shared_buffers=256MB",
];

/// A running server, stopped on drop.
pub(crate) struct PrivateServer {
    server: Option<Running>,
    /// Address of the server, with a role that may create databases.
    pub(crate) url: String,
}

struct Running {
    process: Child,
    folder: tempfile::TempDir,
    /// Signal that stops the server.
    stop: &'static str,
}

/// Stops immediately, as its data is discarded.
const IMMEDIATE_STOP: &str = "QUIT";
/// Stops cleanly, so that the next start is fast.
const FAST_STOP: &str = "INT";

impl PrivateServer {
    /// Returns the server named by the environment, or starts one.
    pub(crate) fn start() -> Result<Self> {
        if let Ok(url) = std::env::var(SERVER) {
            return Ok(Self { server: None, url });
        }
        let programs = programs_or_install()?;
        let folder = own_folder()?;
        let data = folder.path().join("data");
        let settings = SETTINGS.iter().map(|setting| (*setting).to_owned()).collect::<Vec<_>>();
        Self::run(&programs, folder, &data, &settings, IMMEDIATE_STOP)
    }

    /// Starts a server with persistent data, crash safety as in production, and additional
    /// settings.
    pub(crate) fn kept(home: &Path, settings: &[String]) -> Result<Self> {
        let programs = programs_or_install()?;
        fs::create_dir_all(home).with_context(|| format!("cannot make {}", home.display()))?;
        other_user(home)?;
        Self::run(&programs, own_folder()?, &home.join("data"), settings, FAST_STOP)
    }

    fn run(
        programs: &Path,
        folder: tempfile::TempDir,
        data: &Path,
        settings: &[String],
        stop: &'static str,
    ) -> Result<Self> {
        let user = other_user(folder.path())?;
        if !data.exists() {
            initialise(programs, data, user)?;
        }
        let mut command = under(user, &programs.join("postgres"));
        command.arg("-D").arg(data).arg("-k").arg(folder.path());
        for setting in settings {
            command.args(["-c", setting]);
        }
        let log = folder.path().join("log");
        let process = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()
            .context("PostgreSQL does not start")?;
        let socket = folder.path().display().to_string().replace('/', "%2F");
        let url = format!("postgres://epissure@{socket}/postgres");
        let mut server = Self { server: Some(Running { process, folder, stop }), url };
        server.wait(programs, &log)?;
        Ok(server)
    }

    /// Returns the main process, if the server was started here.
    pub(crate) fn process(&self) -> Option<u32> {
        self.server.as_ref().map(|running| running.process.id())
    }

    /// Waits until the server accepts connections.
    fn wait(&mut self, programs: &Path, log: &Path) -> Result<()> {
        let Some(running) = &mut self.server else { return Ok(()) };
        let until = Instant::now() + TIMEOUT;
        loop {
            let ready = Command::new(programs.join("pg_isready"))
                .arg("--quiet")
                .arg("--host")
                .arg(running.folder.path())
                .status()?;
            if ready.success() {
                return Ok(());
            }
            if running.process.try_wait()?.is_some() || Instant::now() > until {
                bail!("PostgreSQL does not start:\n{}", fs::read_to_string(log).unwrap_or_default());
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        if let Some(running) = &mut self.server {
            let signal = format!("-{}", running.stop);
            let _ = Command::new("kill").args([&signal, &running.process.id().to_string()]).status();
            let _ = running.process.wait();
        }
    }
}

fn own_folder() -> Result<tempfile::TempDir> {
    Ok(tempfile::Builder::new().prefix("epissure-postgres-").tempdir()?)
}

/// Returns the folder of the server's programs, of the newest installed version.
pub(crate) fn programs() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(INSTALLED)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, programs)| programs.join("initdb").exists())
        .collect();
    versions.sort();
    let installed = versions.pop().map(|(_, programs)| programs);
    let in_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| folder.join("initdb").exists())
    };
    installed.or_else(in_path)
}

/// Returns the folder of the server's programs. Installs them if `--install` was given.
pub(crate) fn programs_or_install() -> Result<PathBuf> {
    if let Some(programs) = programs() {
        return Ok(programs);
    }
    packages::install(&["postgresql"]).with_context(|| {
        format!("PostgreSQL is needed. {SERVER} can name a server whose role may create databases")
    })?;
    programs().context("PostgreSQL's programs are not where they were installed")
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Returns the user that the server must run as, if it is another one, and changes the owner of the
/// folder to it.
pub(crate) fn other_user(folder: &Path) -> Result<Option<&'static str>> {
    if !is_root() {
        return Ok(None);
    }
    for user in USERS {
        let given = Command::new("chown").arg(user).arg(folder).stderr(Stdio::null()).status();
        if given.is_ok_and(|status| status.success()) {
            return Ok(Some(user));
        }
    }
    bail!("there is no ordinary user to run PostgreSQL under: {}", USERS.join(", "))
}

/// Returns a command for a PostgreSQL program under a user. The program stops when this process
/// ends, for any reason.
pub(crate) fn under(user: Option<&str>, program: &Path) -> Command {
    ended_by("QUIT", user, program)
}

/// Returns a command for a program under a user, which receives a signal when this process ends,
/// for any reason.
pub(crate) fn ended_by(signal: &str, user: Option<&str>, program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", signal]);
    if let Some(user) = user {
        command.args(["--reuid", user, "--clear-groups"]);
    }
    command.arg("--").arg(program);
    // The other user may lack access to the current folder.
    command.current_dir("/");
    command
}

/// Creates a database cluster that trusts every connection, with `epissure` as its superuser.
pub(crate) fn initialise(programs: &Path, data: &Path, user: Option<&str>) -> Result<()> {
    let made = under(user, &programs.join("initdb"))
        .arg("--pgdata")
        .arg(data)
        .args([
            "--auth",
            "trust",
            "--username",
            "epissure",
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--no-sync",
        ])
        .stdin(Stdio::null())
        .output()
        .context("initdb does not start")?;
    if !made.status.success() {
        bail!("initdb failed:\n{}", String::from_utf8_lossy(&made.stderr));
    }
    Ok(())
}
