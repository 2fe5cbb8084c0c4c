//! The report: tables in Markdown, the targets of this crate, and the plots.

mod beside;
pub(crate) mod machine;
mod overview;
mod plot;
mod ratio_plot;
mod ratios;
mod redis_hits;
mod scales;
pub(crate) mod tables;
pub(crate) mod targets;
mod waiters;

use crate::cases::THREADS;
use crate::plan::Plan;
use crate::results::Results;

pub(crate) use plot::plot;
pub(crate) use ratio_plot::plot as plot_ratios;

/// Returns the whole report.
pub(crate) fn text(plan: &Plan, results: &Results) -> anyhow::Result<String> {
    let mut sections = vec![introduction(plan, results)?];
    sections.extend(overview::section(results));
    sections.push(targets::section(results));
    sections.extend(tables::costs(results));
    sections.extend(beside::section(results));
    sections.extend(ratios::section(results));
    sections.extend(scales::section(results));
    sections.extend(waiters::section(results));
    sections.extend(redis_hits::sections(plan, results));
    sections.extend(tables::allocations(results));
    sections.extend(tables::bytes(results));
    sections.extend(tables::builds(results));
    Ok(sections.join("\n\n") + "\n")
}

fn introduction(plan: &Plan, results: &Results) -> anyhow::Result<String> {
    let Plan { processes, rounds, .. } = plan;
    let overlap = results.overlap(THREADS[1]).map_or(0.0, |overlap| overlap.median * 100.0);
    Ok(format!(
        "# Side by side\n\n\
         Written by `cargo bench --manifest-path benches/Cargo.toml`: {rounds} interleaved rounds \
         over all crates in each of {processes} processes, on {machine}.\n\n\
         A figure is the median over the processes of their medians over the rounds, with its \
         quartiles over the processes; a ratio is taken within each process. Nanoseconds are those \
         of a call in its thread, including the loop. If there are more threads than cores, they \
         include the wait for a core: the time of all threads together, divided by the calls of \
         one. Calls per microsecond are those of all threads together. All threads call the same \
         function; with two threads, both were calling for {overlap:.0} % of the time. \"no\": the \
         crate cannot do that; `memoize` takes neither methods nor generic functions nor \
         `async fn`.\n\n\
         {versions}",
        machine = machine::describe()?,
        versions = machine::versions(plan.redis.is_some())?,
    ))
}
