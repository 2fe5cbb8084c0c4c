//! The core of a thread.

/// Ties the calling thread to a core, modulo the number of cores. Threads that it starts later
/// inherit the core: do not call this in a thread that starts others.
pub(crate) fn tie_to(index: u32) {
    let cores = core_affinity::get_core_ids().expect("the system lists its cores");
    core_affinity::set_for_current(cores[index as usize % cores.len()]);
}
