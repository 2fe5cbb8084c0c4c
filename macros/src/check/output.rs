//! Rules about the return type.

use syn::{ReturnType, Type};

use crate::errors::Errors;
use crate::function::{Function, has_future_output};
use crate::types::{TypeQuestion as _, find_in_type};

pub(super) fn check_output(function: &Function, errors: &mut Errors) {
    let ReturnType::Type(_, ty) = &function.sig.output else { return };
    if has_future_output(function) {
        errors.push_at(
            ty,
            "a future cannot be cached, but its output can: write an `async fn`. In an `impl` with \
             `#[async_trait]`, which makes futures of async methods, call a cached `async fn` \
             beside it",
        );
    } else if let Type::Never(never) = &**ty {
        errors.push_at(never, "a function that never returns has no result to cache");
    } else if let Some(impl_trait) = find_in_type(ty, Type::as_impl_trait) {
        errors.push_at(
            impl_trait,
            "an `impl Trait` result cannot be cached: its type has no name. Return a named type, \
             such as `Vec<T>` for an iterator",
        );
    } else if let Some(borrow) = find_in_type(ty, Type::as_borrow) {
        errors.push_at(
            borrow,
            "a result that borrows from the arguments cannot be cached: it must outlive the call. \
             Return an owned value, such as `String` for `&str`, or an `Arc`",
        );
    }
}
