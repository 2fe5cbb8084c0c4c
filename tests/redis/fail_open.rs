//! Redis away, hung, refusing, full, slow or empty: every call has its answer, and soon. Section 8
//! of the contract, "Fail open".

mod herds;
mod load;
mod outages;
mod refusals;
mod rights;
mod settings;
mod slow;
mod start_up;
