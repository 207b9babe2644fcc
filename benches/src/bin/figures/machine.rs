//! What the machine was doing while something was measured. Linux tells; elsewhere nothing is known.

use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::Outcome;

/// Ticks a second of the kernel's process clocks, on every Linux there is: `getconf CLK_TCK`.
const TICKS_PER_SECOND: f64 = 100.0;

/// The CPU time that has passed so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks {
    at: Instant,
    all_ticks: u64,
    own_ticks: u64,
}

impl Clocks {
    pub(crate) fn now() -> Self {
        Self { at: Instant::now(), all_ticks: all_ticks().unwrap_or(0), own_ticks: own_ticks().unwrap_or(0) }
    }

    /// Returns how many cores' time others took since then, on average.
    pub(crate) fn others_since(self) -> f64 {
        let now = Self::now();
        let all = now.all_ticks - self.all_ticks;
        let own = now.own_ticks - self.own_ticks;
        all.saturating_sub(own) as f64 / TICKS_PER_SECOND / (now.at - self.at).as_secs_f64().max(1e-3)
    }

    /// Returns the CPU time that this process and its children took since then, in milliseconds.
    pub(crate) fn own_cpu_ms_since(self) -> f64 {
        (own_ticks().unwrap_or(0) - self.own_ticks) as f64 / TICKS_PER_SECOND * 1e3
    }
}

/// Returns the load averages of one, five and fifteen minutes, as the system words them.
pub(crate) fn load_averages() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let three: Vec<&str> = text.split(' ').take(3).collect();
    three.join(" ")
}

/// Returns the most memory that this process had at once, in bytes.
pub(crate) fn memory_peak_bytes() -> Option<u64> {
    memory_peak_bytes_of("self")
}

/// Returns the most memory that a process that runs had at once so far, in bytes.
pub(crate) fn memory_peak_bytes_of(process: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Refuses a folder whose files are in memory: there, nothing is durable and everything is fast.
pub(crate) fn refuse_memory(folder: &Path) -> Outcome<()> {
    let folder = folder.canonicalize()?;
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let kind = mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            Some((words.next()?, words.next()?))
        })
        .filter(|(at, _)| folder.starts_with(at))
        .max_by_key(|(at, _)| at.len())
        .map_or("", |(_, kind)| kind);
    match kind {
        "tmpfs" | "ramfs" => {
            let folder = folder.display();
            Err(format!("measure in {folder}: it is in memory ({kind}); name a folder on a disk with --dir")
                .into())
        }
        _ => Ok(()),
    }
}

/// The ticks that all cores were busy: <https://man7.org/linux/man-pages/man5/proc_stat.5.html>.
fn all_ticks() -> Option<u64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let words: Vec<u64> =
        stat.lines().next()?.split_whitespace().skip(1).filter_map(|word| word.parse().ok()).collect();
    // user, nice, system; idle and waiting left out; irq, softirq.
    Some([0, 1, 2, 5, 6].iter().filter_map(|&at| words.get(at)).sum())
}

/// The ticks of this process and of those of its children that have ended.
fn own_ticks() -> Option<u64> {
    ticks_of("self")
}

/// The ticks of a process and of those of its children that have ended.
pub(crate) fn ticks_of(process: &str) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The program's name comes second, in parentheses, and may hold anything.
    let (_, rest) = stat.rsplit_once(") ")?;
    let words = rest.split(' ').skip(11).take(4);
    words.map(|word| word.parse::<u64>().ok()).sum()
}

/// The processes that a process has started, and that run.
pub(crate) fn children_of(process: u32) -> impl Iterator<Item = u32> {
    let numbers = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.filter(move |number| {
        let stat = fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
        let parent = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse::<u32>().ok());
        parent == Some(process)
    })
}
