//! Memory grows by 32 bytes a line at most, in checks of whole files and in differences.

#![expect(clippy::unwrap_used, reason = "a helper of a test that fails, fails")]

use std::io::Cursor;

use epissure_ipe::delta::{DeltaOptions, compare};
use epissure_ipe::lint::{LintOptions, lint};
use epissure_ipe::sample::{SampleOptions, write_sample};
use epissure_ipe::{IpeReader, IpeWriter};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

fn sample(lines: u64) -> Vec<u8> {
    let mut file = Vec::new();
    let options = SampleOptions { lines, ..SampleOptions::default() };
    write_sample(&mut file, &options, &mut |_| {}).unwrap();
    file
}

/// The peak of memory that a pass adds to what is held before.
fn peak(pass: impl FnOnce()) -> usize {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    pass();
    ALLOCATED.peak_usage().saturating_sub(before)
}

#[test]
fn a_line_costs_32_bytes_at_most() {
    let (small, large) = (sample(20_000), sample(100_000));
    // Tables of communes are read once.
    lint(&small[..], LintOptions::default(), &mut |_| {}).unwrap();

    let reading = |file: &[u8]| {
        peak(|| {
            let mut reader = IpeReader::new(file).unwrap();
            let mut writer = IpeWriter::new(std::io::sink(), reader.header()).unwrap();
            while let Some(line) = reader.next_line().unwrap() {
                writer.write_line(&line).unwrap();
            }
        })
    };
    assert_eq!(reading(&small), reading(&large), "a publication does not depend on the size");

    let comparing = |file: &[u8]| {
        peak(|| {
            compare(Cursor::new(file), file, DeltaOptions::default(), &mut |_| Ok(())).unwrap();
        })
    };
    let checking = |file: &[u8]| {
        peak(|| {
            lint(file, LintOptions::default(), &mut |_| {}).unwrap();
        })
    };
    for (name, bytes) in [
        ("compare", comparing(&large).saturating_sub(comparing(&small))),
        ("lint", checking(&large).saturating_sub(checking(&small))),
    ] {
        assert!(bytes / 80_000 <= 32, "{name}: {} bytes a line", bytes / 80_000);
    }
}
