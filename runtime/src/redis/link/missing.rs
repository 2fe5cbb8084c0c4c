//! The rights that a connection lacks, in words.

use super::breaker::Right;

/// The rights that a connection lacks, in words.
#[derive(Default)]
pub(in crate::redis) struct Missing {
    /// Why no changes are pushed.
    pub(in crate::redis) pushes: Option<String>,
    /// The server's refusal of each right.
    pub(in crate::redis) rights: [Option<String>; 3],
}

impl Missing {
    /// All of it; `None` if nothing is missing.
    pub(in crate::redis) fn words(&self) -> Option<String> {
        let names = [(Right::Read, "read"), (Right::Remove, "remove"), (Right::Store, "store")];
        let rights = names.iter().filter_map(|(right, name)| {
            let why = self.rights[*right as usize].as_deref()?;
            Some(format!("it does not {name}: {why}"))
        });
        let pushes = self.pushes.iter().map(|why| format!("it does not push changes: {why}"));
        let all: Vec<_> = rights.chain(pushes).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}
