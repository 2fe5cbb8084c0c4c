//! Results on disk: hits in memory, hits on disk, and misses whose results are stored, by one
//! process and by four at once.
//!
//! Each round measures every peer once, in random order, each load in processes of its own. The
//! four share one file, except with `cached`, whose store has its file for itself.

use std::env;
use std::fs;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use cached::macros::concurrent_cached;
use cached::{RedbCache, RedbCacheBuilder};
use comfy_table::Table;
use functools::disk::Disk;
use functools::lru_cache;
use rand::SeedableRng as _;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom as _;

use crate::functions::shared::Item;
use crate::summary::{Summary, median};

const ROUNDS: u64 = 7;

/// How many keys are on disk, and how many calls a process makes.
const KEYS: u64 = 2_000;
const CALLS: u64 = 2_000;

/// How many misses a process has.
const MISSES: u64 = 500;

/// What marks this program as one that calls.
const CALL: &str = "--call-disk=";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Peer {
    Functools,
    /// With `durable = false`, as the others: a commit waits for no device.
    Cached,
    Diskcache,
}

const PEERS: [Peer; 3] = [Peer::Functools, Peer::Cached, Peer::Diskcache];

impl Peer {
    fn name(self) -> &'static str {
        match self {
            Peer::Functools => "functools",
            Peer::Cached => "cached",
            Peer::Diskcache => "diskcache",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Load {
    /// A hit that needs no file: of `functools` alone.
    Memory,
    Hit,
    Store,
}

const LOADS: [Load; 3] = [Load::Memory, Load::Hit, Load::Store];

impl Load {
    fn name(self) -> &'static str {
        match self {
            Load::Memory => "memory",
            Load::Hit => "hit",
            Load::Store => "store",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Load::Memory => "hit in memory",
            Load::Hit => "hit on disk",
            Load::Store => "miss and store",
        }
    }
}

/// As little in memory as there can be, so that calls of many keys find their results on disk.
#[lru_cache(maxsize = 1, ttl = "1h", disk = "bench:{n}")]
fn by_functools(n: u64) -> Item {
    Item::new(n)
}

fn store_of_cached() -> RedbCache<u64, Item> {
    let folder = env::var("BENCH_FOLDER").expect("the folder of this process");
    RedbCacheBuilder::new().name("bench").disk_dir(folder).durable(false).build().expect("a store")
}

#[concurrent_cached(
    ty = "RedbCache<u64, Item>",
    create = "{ store_of_cached() }",
    map_error = |error| format!("{error:?}")
)]
fn by_cached(n: u64) -> Result<Item, String> {
    Ok(Item::new(n))
}

/// The microseconds of a call, by this process.
fn call(peer: Peer, load: Load, first: u64) -> f64 {
    let run = |n: u64| match peer {
        Peer::Functools => drop(black_box(by_functools(n))),
        _ => drop(black_box(by_cached(n))),
    };
    let calls = if load == Load::Store { MISSES } else { CALLS };
    let begun = Instant::now();
    for n in 0..calls {
        run(match load {
            Load::Memory => 0,
            Load::Hit => n % KEYS,
            Load::Store => first + n,
        });
    }
    begun.elapsed().as_secs_f64() * 1e6 / calls as f64
}

/// What a process of `functools` and of `cached` does: it stores the keys, says so, waits for a
/// word, and says what its calls took.
fn serve(job: &str) -> anyhow::Result<()> {
    let words: Vec<_> = job.split(',').collect();
    let [peer, load, number, file] = words[..] else { anyhow::bail!("{job}") };
    let peer = PEERS.into_iter().find(|it| it.name() == peer).context("a peer")?;
    let load = LOADS.into_iter().find(|it| it.name() == load).context("a load")?;
    let number: u64 = number.parse()?;
    if peer == Peer::Functools {
        functools::disk::install(Disk::open(file)?.timeout(Duration::from_secs(10)));
        ensure!(functools::disk::wait_ready(Duration::from_secs(10)), "the file is not open");
    }
    for n in 0..KEYS {
        match peer {
            Peer::Functools => drop(by_functools(n)),
            _ => drop(by_cached(n)),
        }
    }
    if load == Load::Memory {
        by_functools(0);
    }
    println!("ready");
    std::io::stdin().read_line(&mut String::new())?;
    println!("{}", call(peer, load, 1_000_000 * (number + 1)));
    if peer == Peer::Functools {
        let stats = functools::disk::stats();
        ensure!(stats.timeouts + stats.bypassed + stats.errors == 0, "{stats:?}");
    }
    Ok(())
}

/// The same by Python's `diskcache`.
const PYTHON: &str = "
import sys, time
from diskcache import Cache
load, number, folder, keys, calls, misses = sys.argv[1:]
number, keys, calls, misses = int(number), int(keys), int(calls), int(misses)
cache = Cache(folder)

@cache.memoize(expire=3600)
def item(n):
    return {'id': n, 'name': f'item {n}', 'price': n / 4, 'tags': ['one', 'two']}

for n in range(keys):
    item(n)
print('ready', flush=True)
sys.stdin.readline()
count = misses if load == 'store' else calls
first = 1000000 * (number + 1)
begun = time.perf_counter()
for n in range(count):
    item(first + n if load == 'store' else n % keys)
print((time.perf_counter() - begun) * 1e6 / count, flush=True)
";

/// A process that calls.
struct Caller {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Caller {
    fn start(peer: Peer, load: Load, number: u64, folder: &Path) -> anyhow::Result<Self> {
        let mut command = match peer {
            Peer::Diskcache => {
                let mut python = Command::new(python(folder));
                python.args(["-c", PYTHON, load.name(), &number.to_string()]);
                python.arg(folder.join("diskcache"));
                python.args([KEYS, CALLS, MISSES].map(|count| count.to_string()));
                python
            }
            _ => {
                let file = folder.join("cache.sqlite");
                let own = folder.join(format!("cached-{number}"));
                let mut this = Command::new(env::current_exe()?);
                this.env("BENCH_FOLDER", own);
                this.arg(format!(
                    "{CALL}{},{},{number},{}",
                    peer.name(),
                    load.name(),
                    file.display()
                ));
                this
            }
        };
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().context("its input")?;
        let output = BufReader::new(child.stdout.take().context("its output")?);
        Ok(Caller { child, input, output })
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        ensure!(!line.is_empty(), "it has ended: {:?}", self.child.wait()?);
        Ok(line.trim_end().to_owned())
    }
}

/// Where Python has the package.
fn python(folder: &Path) -> PathBuf {
    folder.parent().unwrap_or(folder).join("venv/bin/python")
}

/// Installs Python's package; `false`, with the reason told, where that cannot be done.
fn install_diskcache(scratch: &Path) -> anyhow::Result<bool> {
    let environment = scratch.join("venv");
    let python = environment.join("bin/python");
    let mut create = Command::new("python3");
    create.args(["-m", "venv", "--clear"]).arg(&environment);
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    install.arg("diskcache==5.6.3");
    for mut step in [create, install] {
        let output = step.output()?;
        if !output.status.success() {
            eprintln!("diskcache is left out: {}", String::from_utf8_lossy(&output.stderr));
            return Ok(false);
        }
    }
    Ok(true)
}

/// The microseconds of a call, by so many processes at once: the median over them.
fn round(peer: Peer, load: Load, processes: u64, scratch: &Path) -> anyhow::Result<f64> {
    let folder = scratch.join("round");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let callers = (0..processes).map(|number| Caller::start(peer, load, number, &folder));
    let mut callers = callers.collect::<anyhow::Result<Vec<_>>>()?;
    for caller in &mut callers {
        ensure!(caller.line()? == "ready");
    }
    for caller in &mut callers {
        writeln!(caller.input)?;
    }
    let mut times = Vec::new();
    for caller in &mut callers {
        times.push(caller.line()?.parse::<f64>()?);
        caller.child.wait()?;
    }
    Ok(median(times))
}

/// Measures, and prints a table.
///
/// # Errors
///
/// If a process fails.
pub fn measure(scratch: &Path) -> anyhow::Result<()> {
    if let Some(job) = env::args().find_map(|it| it.strip_prefix(CALL).map(str::to_owned)) {
        return serve(&job);
    }
    let scratch = scratch.join("disk");
    fs::create_dir_all(&scratch)?;
    let has_python = install_diskcache(&scratch)?;
    let peers: Vec<_> =
        PEERS.into_iter().filter(|peer| has_python || *peer != Peer::Diskcache).collect();
    let mut jobs = Vec::new();
    for load in LOADS {
        for processes in [1, 4] {
            for &peer in &peers {
                if load != Load::Memory || peer == Peer::Functools {
                    jobs.push((load, processes, peer, Vec::new()));
                }
            }
        }
    }
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    for number in 0..ROUNDS {
        eprintln!("Round {} of {ROUNDS}", number + 1);
        let mut order: Vec<_> = jobs.iter_mut().collect();
        order.shuffle(&mut random);
        for (load, processes, peer, times) in order {
            times.push(round(*peer, *load, *processes, &scratch)?);
        }
    }
    println!("{}", table(&jobs));
    Ok(())
}

type Job = (Load, u64, Peer, Vec<f64>);

fn table(jobs: &[Job]) -> Table {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["load", "processes", "functools, us", "cached, us", "diskcache, us"]);
    for load in LOADS {
        for processes in [1, 4] {
            let mut row = vec![load.title().to_owned(), processes.to_string()];
            row.extend(PEERS.map(|peer| {
                let is_it = |job: &&Job| (job.0, job.1, job.2) == (load, processes, peer);
                let times = jobs.iter().find(is_it).map(|job| job.3.iter().copied());
                let summary = times.and_then(Summary::of);
                summary.map_or_else(String::new, |Summary { low, median, high }| {
                    if median < 1.0 {
                        format!("{median:.3} ({low:.3} to {high:.3})")
                    } else {
                        format!("{median:.1} ({low:.1} to {high:.1})")
                    }
                })
            }));
            table.add_row(row);
        }
    }
    table
}
