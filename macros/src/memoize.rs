//! One use of an attribute, from its tokens to those that replace it. It depends on nothing that
//! only a compiler's process has: `fuzz/` calls it with tokens of its own.

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors::Errors;
use crate::function::Function;
use crate::options::{Flavor, HandleName, Options};
use crate::source::{Surroundings, Unknown};
use crate::{check, expand, item, paths, recover, signature};

/// Expands one use of an attribute. `find_enclosing` finds what encloses the function.
pub(crate) fn memoize(
    flavor: Flavor,
    arguments: TokenStream,
    item: &TokenStream,
    find_enclosing: fn(&Options, &Function) -> Result<Surroundings, Unknown>,
) -> TokenStream {
    let mut errors = Errors::default();
    let mut options = Options::parse(flavor, arguments, &mut errors);
    let mut function: Function = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            let item = match item::check_item(item.clone()) {
                Some(error) => {
                    errors.push(error);
                    item.clone()
                }
                None => recover::emit_unreadable(item.clone(), &error),
            };
            let errors = errors.into_error().map(syn::Error::into_compile_error);
            return quote!(#errors #item);
        }
    };
    let found = find_enclosing(&options, &function);
    function.set_enclosing(&options, found);
    paths::set_alias(&mut options, &function);
    let is_refused = signature::is_refused(&function) && !function.is_in_editor;
    check::guess_skipped(&mut options, &function);
    if !is_refused {
        check::check(&options, &function, &mut errors);
    }
    if check::is_handle_taken(&options, &function) {
        // The other item of the name has been reported, here or by rustc: a handle would be one
        // more error.
        options.handle = HandleName::None;
    }
    let errors = errors.into_error().map(syn::Error::into_compile_error);
    if is_refused {
        let recovered = recover::emit_refused(&options, &function);
        return quote!(#errors #recovered);
    }
    if errors.is_some() || function.is_in_editor {
        let recovered = recover::emit_recovered(options, &function);
        return quote!(#errors #recovered);
    }
    expand::expand(&options, &function)
}
