//! Which core a thread runs on.

/// Ties the calling thread to a core, counted modulo the number of cores. Threads that it starts
/// later inherit that, so it is not for a thread that starts others.
pub(crate) fn tie_to(index: u32) {
    let cores = core_affinity::get_core_ids().expect("a system that says which cores it has");
    core_affinity::set_for_current(cores[index as usize % cores.len()]);
}
