//! Templates of keys: whatever is accepted gives each list of arguments a key of its own.

use crate::template::{Format, Subject, Template, TemplatePart};
use crate::tier::Keys;

/// The longest template that is tried.
const LONGEST: usize = 64;

/// Reads the first line as a template, and the other lines as two lists of its arguments.
///
/// # Panics
///
/// If the parser panics, if two lists have one key, or if the runtime does not know a key again.
pub fn check(text: &str) {
    let mut lines = text.split('\n');
    let template = lines.next().unwrap_or_default();
    if template.len() > LONGEST {
        return;
    }
    let literal = syn::LitStr::new(template, proc_macro2::Span::call_site());
    let Ok(template) = Template::parse(&literal, Subject::Key) else { return };
    let count = template.names().count();
    let lines: Vec<_> = lines.collect();
    if count == 0 || lines.len() < 2 * count {
        return;
    }
    let keys = Keys::new(&template.parts, &template.escaped);
    let (one, other) = (&lines[..count], &lines[count..2 * count]);
    let (one_key, other_key) = (keys.of(one), keys.of(other));
    let text = literal.value();
    assert_eq!(one == other, one_key == other_key, "{text}: {one:?}, {other:?}: {one_key}");
    for key in [&one_key, &other_key] {
        assert!(keys.could_be(key), "{text}: {key}");
    }
}

/// The parts of a template, as the runtime has them.
pub(crate) fn parts_of(
    parts: &[TemplatePart],
    literal: impl Fn(&str) -> &'static str,
    escaped: &'static str,
) -> Vec<crate::tier::Part> {
    let part = |part: &TemplatePart| match part {
        TemplatePart::Literal(text) => crate::tier::Part::Literal(literal(text)),
        TemplatePart::Argument { format: Format::Hash, .. } => crate::tier::Part::Hash,
        TemplatePart::Argument { .. } => crate::tier::Part::Argument { escaped },
    };
    parts.iter().map(part).collect()
}
