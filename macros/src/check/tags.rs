//! Rules about the option `tags`.

use super::template;
use crate::errors::Errors;
use crate::function::Function;
use crate::options::{Options, Scope};

pub(super) fn check_tags(options: &Options, function: &Function, errors: &mut Errors) {
    let Some(tags) = &options.tags else { return };
    for tag in &tags.templates {
        let mut push = |message| errors.push(syn::Error::new(tag.literal.span(), message));
        template::check_names(tag, options, function, &mut push);
    }
    if options.scope == Scope::Thread {
        errors.push_at(
            &tags.name,
            "`tags` cannot be combined with `scope = \"thread\"`: `invalidate_tag` reaches no \
             other thread's cache. Remove one of them",
        );
    }
}
