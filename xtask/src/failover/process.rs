//! Processes that are started here, and end here.

use std::fs::{self, File, OpenOptions};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// How long anything may take to become ready.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

/// How long PostgreSQL may take to stop at once.
const ENDING: Duration = Duration::from_secs(10);

/// A process, killed when this is dropped.
pub(super) struct Running(Child);

impl Running {
    /// Starts a command; what it says is added to a file.
    pub(super) fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let log = OpenOptions::new().create(true).append(true).open(log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot run {}", crate::process::shown(command)))?;
        Ok(Self(child))
    }

    /// `kill -9`.
    pub(super) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends a signal to the server of PostgreSQL whose data are in a folder; nothing when there is none.
pub(super) fn signal_postgres(signal: &str, data: &Path) {
    if let Some(pid) = postmaster(data) {
        let _ = Command::new("kill").args([&format!("-{signal}"), &pid]).status();
    }
}

/// Ends a server of PostgreSQL, and waits until it has: it would go on writing in a folder that is being removed.
pub(super) fn end_postgres(data: &Path) {
    signal_postgres("QUIT", data);
    // Nobody is left to be told.
    let _ = wait("PostgreSQL does not stop", ENDING, || postmaster(data).is_none());
}

/// The process that serves a folder of data. Its file outlives it: a number that another process has got is not taken for
/// it.
fn postmaster(data: &Path) -> Option<String> {
    let file = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let pid = file.lines().next()?.trim().to_owned();
    let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
    command.contains(data.to_str()?).then_some(pid)
}

/// Waits until something is so, and says what was waited for when it never is.
pub(super) fn wait(what: &str, patience: Duration, mut is_so: impl FnMut() -> bool) -> Result<()> {
    let until = Instant::now() + patience;
    while !is_so() {
        if Instant::now() > until {
            bail!("after {} s: {what}", patience.as_secs());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Ports of loopback that nobody listens on. They are all held until all are chosen.
pub(super) fn free_ports(count: usize) -> Result<Vec<u16>> {
    let held = (0..count).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<Vec<_>, _>>()?;
    Ok(held
        .iter()
        .map(|listener| listener.local_addr().map(|address| address.port()))
        .collect::<Result<_, _>>()?)
}

/// Runs a command to its end.
pub(super) fn done(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        bail!("{} failed:\n{}", crate::process::shown(command), String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Writes a file that its owner alone reads.
pub(super) fn write_private(path: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    File::create(path)?.set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(fs::write(path, text)?)
}
