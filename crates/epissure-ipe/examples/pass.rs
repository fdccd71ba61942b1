//! Measures passes over one file, in one run on one core, as ratios to a bare pass of the `csv`
//! crate. Time is that of the processor where Linux tells it, so that a busy machine disturbs less.
//!
//! ```console
//! $ cargo run --release -p epissure-ipe --example pass -- 1000000
//! $ cargo run --release -p epissure-ipe --example pass -- 1000000 lint 1   # this pass alone, once
//! ```

use std::fs::File;
use std::hint::black_box;
use std::io::{self, BufWriter};
use std::path::Path;
use std::time::{Duration, Instant};

use epissure_ipe::delta::{DeltaOptions, compare};
use epissure_ipe::lint::{LintOptions, lint};
use epissure_ipe::sample::{SampleOptions, write_sample};
use epissure_ipe::{CellChange, IpeColumn, IpeReader, IpeWriter};

/// A pass over a file; returns a count that depends on it.
type Pass = fn(&Path) -> Outcome<u64>;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Passes of each kind; the fastest counts, since the others were disturbed.
const ROUNDS: usize = 5;

fn main() -> Outcome<()> {
    let lines = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let only = std::env::args().nth(2);
    let rounds = std::env::args().nth(3).map_or(Ok(ROUNDS), |text| text.parse())?;
    let path = std::env::temp_dir().join(format!("epissure-ipe-pass-{lines}.csv"));
    let options = SampleOptions { lines, faults_per_thousand: 20, ..SampleOptions::default() };
    write_sample(File::create(&path)?, &options, &mut |_| {})?;
    let bytes = path.metadata()?.len();
    println!("{lines} lines of 65 columns, {bytes} bytes, {} bytes a line", bytes / lines.max(1));

    let passes: [(&str, Pass); 6] = [
        ("csv::ByteRecord", bare),
        ("read", read),
        ("read, 25 cells as text", texts),
        ("lint", check),
        ("publish, 1 % corrected", publish),
        ("delta with itself", delta),
    ];
    let mut best = [Duration::MAX; 6];
    for _ in 0..rounds {
        for (index, (name, pass)) in passes.iter().enumerate() {
            if only.as_ref().is_some_and(|only| !name.starts_with(only.as_str())) {
                continue;
            }
            let clock = Clock::start();
            black_box(pass(&path)?);
            best[index] = best[index].min(clock.elapsed());
        }
    }
    let base = (best[0] < Duration::MAX).then_some(best[0]);
    for ((name, _), time) in passes.iter().zip(best).filter(|(_, time)| *time < Duration::MAX) {
        let speed = bytes as f64 / 1e6 / time.as_secs_f64();
        let ratio = base.map_or(f64::NAN, |base| base.as_secs_f64() / time.as_secs_f64());
        println!("{name:24} {speed:8.0} MB/s   ratio {ratio:.2}");
    }
    println!("peak memory of the process: {}", peak().unwrap_or_else(|| "unknown".to_owned()));
    std::fs::remove_file(&path)?;
    Ok(())
}

/// Processor time of this process, else the time of day.
struct Clock(Option<Duration>, Instant);

impl Clock {
    fn start() -> Self {
        Self(processor_time(), Instant::now())
    }

    fn elapsed(&self) -> Duration {
        let used = self.0.zip(processor_time()).map(|(start, end)| end.saturating_sub(start));
        used.unwrap_or_else(|| self.1.elapsed())
    }
}

fn processor_time() -> Option<Duration> {
    let schedstat = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    schedstat.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

fn bare(path: &Path) -> Outcome<u64> {
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').flexible(true).from_path(path)?;
    let mut record = csv::ByteRecord::new();
    let mut count = 0;
    while reader.read_byte_record(&mut record)? {
        count += record.len() as u64;
    }
    Ok(count)
}

fn read(path: &Path) -> Outcome<u64> {
    let mut reader = IpeReader::new(File::open(path)?)?;
    let mut count = 0;
    while let Some(line) = reader.next_line()? {
        count += line.width() as u64;
    }
    Ok(count)
}

fn texts(path: &Path) -> Outcome<u64> {
    let columns: Vec<IpeColumn> =
        epissure_ipe::columns::CATALOGUE[..25].iter().map(|entry| entry.column).collect();
    let mut reader = IpeReader::new(File::open(path)?)?;
    let mut count = 0;
    while let Some(line) = reader.next_line()? {
        count += columns.iter().map(|column| line.text(*column).len() as u64).sum::<u64>();
    }
    Ok(count)
}

fn check(path: &Path) -> Outcome<u64> {
    let mut count = 0;
    lint(File::open(path)?, LintOptions::default(), &mut |_| count += 1)?;
    Ok(count)
}

fn publish(path: &Path) -> Outcome<u64> {
    let mut reader = IpeReader::new(File::open(path)?)?;
    let mut writer = IpeWriter::new(BufWriter::with_capacity(1 << 18, io::sink()), reader.header())?;
    let change = [
        CellChange { column: IpeColumn::NomVoieImmeuble, value: "DES LILAS".to_owned() },
        CellChange { column: IpeColumn::DateDerniereModification, value: "20261128".to_owned() },
    ];
    let mut count = 0;
    while let Some(line) = reader.next_line()? {
        if line.number() % 100 == 0 && line.fault().is_none() {
            writer.write_changed(&line, &change)?;
            count += 1;
        } else {
            writer.write_line(&line)?;
        }
    }
    writer.finish()?;
    Ok(count)
}

fn delta(path: &Path) -> Outcome<u64> {
    let summary = compare(File::open(path)?, File::open(path)?, DeltaOptions::default(), &mut |_| Ok(()))?;
    Ok(summary.unchanged)
}

/// The peak of resident memory, as Linux reports it.
fn peak() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
