//! Child processes, ended with this program.

use std::fs::{self, File, OpenOptions};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// Time limit for anything to become ready.
pub(super) const TIMEOUT: Duration = Duration::from_secs(120);

/// Time limit for PostgreSQL to stop immediately.
const ENDING: Duration = Duration::from_secs(10);

/// A process, killed on drop.
pub(super) struct Running(Child);

impl Running {
    /// Starts a command, appending its output to a file.
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
        // The process may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends a signal to the PostgreSQL server of a data folder, if one is running.
pub(super) fn signal_postgres(signal: &str, data: &Path) {
    if let Some(pid) = postmaster(data) {
        let _ = Command::new("kill").args([&format!("-{signal}"), &pid]).status();
    }
}

/// Stops a PostgreSQL server and waits for its end: it would otherwise write to a folder that is
/// being removed.
pub(super) fn end_postgres(data: &Path) {
    signal_postgres("QUIT", data);
    // There is no caller to report an error to.
    let _ = wait("PostgreSQL does not stop", ENDING, || postmaster(data).is_none());
}

/// Returns the process that serves a data folder. Its pid file may be stale and the number reused,
/// so the command line of the process is checked.
fn postmaster(data: &Path) -> Option<String> {
    let file = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let pid = file.lines().next()?.trim().to_owned();
    let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
    command.contains(data.to_str()?).then_some(pid)
}

/// Waits for a condition. Fails with its description when it is not met in time.
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

/// Returns free ports of loopback. All are bound until the last is chosen, so that they differ.
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

/// Writes a file that only its owner can read.
pub(super) fn write_private(path: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    File::create(path)?.set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(fs::write(path, text)?)
}
