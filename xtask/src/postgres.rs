//! A private server of PostgreSQL: reached through a socket in a temporary folder, and nowhere else. That of tests keeps its
//! data there too; that of measurements keeps it between runs.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// The environment variable with the address of a server that is there already.
pub(crate) const SERVER: &str = "EPISSURE_TEST_POSTGRES";

/// Where Debian and its kin put the programs of each version.
const INSTALLED: &str = "/usr/lib/postgresql";
/// As whom the server runs when this runs as root, which PostgreSQL refuses to.
const USERS: &[&str] = &["postgres", "nobody"];
/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);
/// What makes it quick: it need not survive a crash.
const SETTINGS: &[&str] = &[
    "fsync=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=200",
    "max_wal_size=2GB",
    "shared_buffers=256MB",
];

/// A server, which stops when this is dropped.
pub(crate) struct PrivateServer {
    server: Option<Running>,
    /// Its address, of a role that may make databases.
    pub(crate) url: String,
}

struct Running {
    process: Child,
    folder: tempfile::TempDir,
    /// The signal that stops it.
    stop: &'static str,
}

/// Stops at once, as nothing of it is kept.
const AT_ONCE: &str = "QUIT";
/// Stops in order, so that it is ready when it starts again.
const IN_ORDER: &str = "INT";

impl PrivateServer {
    /// The server that the environment names, or else one that is started here; its programs are installed where this
    /// may install them.
    pub(crate) fn start() -> Result<Self> {
        if let Ok(url) = std::env::var(SERVER) {
            return Ok(Self { server: None, url });
        }
        let programs = programs_or_install()?;
        let folder = own_folder()?;
        let data = folder.path().join("data");
        let settings = SETTINGS.iter().map(|setting| (*setting).to_owned()).collect::<Vec<_>>();
        Self::run(&programs, folder, &data, &settings, AT_ONCE)
    }

    /// One whose data stays in a folder, and survives a crash as in production; with these settings besides.
    pub(crate) fn kept(home: &Path, settings: &[String]) -> Result<Self> {
        let programs = programs_or_install()?;
        fs::create_dir_all(home).with_context(|| format!("cannot make {}", home.display()))?;
        other_user(home)?;
        Self::run(&programs, own_folder()?, &home.join("data"), settings, IN_ORDER)
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

    /// Its first process, where it was started here.
    pub(crate) fn process(&self) -> Option<u32> {
        self.server.as_ref().map(|running| running.process.id())
    }

    /// Waits until it lets one in.
    fn wait(&mut self, programs: &Path, log: &Path) -> Result<()> {
        let Some(running) = &mut self.server else { return Ok(()) };
        let until = Instant::now() + PATIENCE;
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

/// The folder of the server's programs, which are installed where this may install them.
fn programs_or_install() -> Result<PathBuf> {
    programs().map_or_else(install, Ok)
}

fn own_folder() -> Result<tempfile::TempDir> {
    Ok(tempfile::Builder::new().prefix("epissure-postgres-").tempdir()?)
}

/// The folder of the server's programs, of the newest version that is installed.
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

/// Installs the server's programs, where it may.
pub(crate) fn install() -> Result<PathBuf> {
    let advice = format!(
        "PostgreSQL's server is not installed. Install it (Debian, Ubuntu: apt-get install postgresql), name one that \
         may make databases in {SERVER}, or leave it out with --without-postgres"
    );
    if !may_install() {
        bail!("{advice}");
    }
    println!("PostgreSQL's server is not installed: installing it");
    // No server of its own is to be started by the installation.
    let quiet = Path::new("/etc/postgresql-common/createcluster.conf");
    if !quiet.exists() {
        fs::create_dir_all("/etc/postgresql-common")?;
        fs::write(quiet, "create_main_cluster = false\n")?;
    }
    if !apt_get(&["postgresql"]) {
        bail!("{advice}");
    }
    programs().context("PostgreSQL's programs are not where they were installed")
}

/// Whether this may install packages.
pub(crate) fn may_install() -> bool {
    is_root() && Path::new("/usr/bin/apt-get").exists()
}

/// Installs packages; whether that went well.
pub(crate) fn apt_get(packages: &[&str]) -> bool {
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        command.status().is_ok_and(|status| status.success())
    };
    let options =
        ["install", "--yes", "--no-install-recommends", "--option", "Dpkg::Options::=--force-confold"];
    let install = [&options, packages].concat();
    // The list of packages may be too old.
    apt(&install) || (apt(&["update"]) && apt(&install))
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// The user under whom the server must run, if it is another; the folder becomes theirs.
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

/// A program of PostgreSQL under a user. It stops when this process ends, however it ends.
pub(crate) fn under(user: Option<&str>, program: &Path) -> Command {
    ended_by("QUIT", user, program)
}

/// A program under a user, sent a signal when this process ends, however it ends.
pub(crate) fn ended_by(signal: &str, user: Option<&str>, program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", signal]);
    if let Some(user) = user {
        command.args(["--reuid", user, "--clear-groups"]);
    }
    command.arg("--").arg(program);
    // The folder in which this runs may not be the other user's to see.
    command.current_dir("/");
    command
}

/// Makes a cluster that trusts whoever reaches it, with `epissure` as its superuser.
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
