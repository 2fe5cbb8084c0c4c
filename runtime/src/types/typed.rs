//! Functions that fix a type for the compiler and do nothing at run time.

/// Fixes the return type of an `async` block, the body of an `async fn` without a function of its
/// own.
pub fn body<R, F: Future<Output = R>>(body: F) -> F {
    body
}
