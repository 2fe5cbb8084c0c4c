//! What came out, for readers: tables in Markdown, the demands on this crate, and a plot.

mod beside;
pub(crate) mod demands;
pub(crate) mod machine;
mod overview;
mod plot;
mod ratio_plot;
mod ratios;
mod scales;
pub(crate) mod tables;
mod trips;
mod waiters;

use crate::cases::THREADS;
use crate::plan::Plan;
use crate::results::Results;

pub(crate) use plot::plot;
pub(crate) use ratio_plot::plot as plot_ratios;

/// The whole report.
pub(crate) fn text(plan: &Plan, results: &Results) -> anyhow::Result<String> {
    let mut sections = vec![introduction(plan, results)?];
    sections.extend(overview::section(results));
    sections.push(demands::section(results));
    sections.extend(tables::costs(results));
    sections.extend(beside::section(results));
    sections.extend(ratios::section(results));
    sections.extend(scales::section(results));
    sections.extend(waiters::section(results));
    sections.extend(trips::sections(plan, results));
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
         that a call takes its thread, loop included, and if there are more threads than cores, \
         the wait for a core included: then it is the time of all threads together, divided by the \
         calls of one. Calls per microsecond are those of all threads together. \
         All threads call the same function, and were all calling for {overlap:.0} % of the time \
         that two were measured. \"no\": the crate cannot do that; `memoize` takes neither methods \
         nor generic functions nor `async fn`.\n\n\
         {versions}",
        machine = machine::describe()?,
        versions = machine::versions(plan.redis.is_some())?,
    ))
}
