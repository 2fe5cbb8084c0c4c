//! Paths of functions, as [`std::any::type_name`] writes those of the closures in them.

/// Returns the path of the function `name`, from the type name of a closure in the items
/// `generated`, which stand in place of the function.
///
/// Closures around the function, and the type parameters of the generated items, are left out. An
/// `impl` is named by its type and trait, wherever it stands: `Foo`, or `<Foo as Trait>`. `None` if
/// the type name has another form: it is not specified.
pub(super) fn of_function(closure: &str, generated: &[&str], name: &str) -> Option<String> {
    let mut segments = segments(closure)?;
    segments.retain(|segment| !segment.starts_with("{{closure}}"));
    for expected in generated.iter().rev() {
        let segment = segments.pop()?;
        if segment.split('<').next() != Some(expected) {
            return None;
        }
    }
    let of_impl = segments.iter().rposition(|segment| segment.starts_with("<impl "));
    let outermost = of_impl.map_or(Some(String::new()), |at| subject_of(segments[at]))?;
    let mut path = outermost;
    for segment in segments.into_iter().skip(of_impl.map_or(0, |at| at + 1)).chain([name]) {
        if !path.is_empty() {
            path.push_str("::");
        }
        path.push_str(segment);
    }
    Some(path)
}

/// Writes `<impl Trait for Foo>` as `<Foo as Trait>`, and `<impl Foo>` as `Foo`. They occur where
/// an `impl` stands in another module than its type.
fn subject_of(segment: &str) -> Option<String> {
    let inner = segment.strip_prefix("<impl ")?.strip_suffix('>')?;
    Some(match split(inner, " for ")?.as_slice() {
        [of_trait, ty] => format!("<{ty} as {of_trait}>"),
        [ty] if ty.starts_with("dyn ") => format!("<{ty}>"),
        _ => inner.to_owned(),
    })
}

/// Splits a path at each `::` outside of brackets. `None` if the brackets do not match.
fn segments(path: &str) -> Option<Vec<&str>> {
    split(path, "::")
}

fn split<'a>(text: &'a str, separator: &str) -> Option<Vec<&'a str>> {
    let (mut parts, mut begin, mut depth) = (Vec::new(), 0, 0_usize);
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if depth == 0 && rest.starts_with(separator) {
            parts.push(&text[begin..at]);
            at += separator.len();
            begin = at;
            continue;
        }
        at += match c {
            // No bracket, but the arrow of a function's type.
            '-' if rest.starts_with("->") => 2,
            '\'' => quoted(rest),
            _ => c.len_utf8(),
        };
        match c {
            '<' | '(' | '[' | '{' => depth += 1,
            '>' | ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            _ => (),
        }
    }
    parts.push(&text[begin..]);
    (depth == 0).then_some(parts)
}

/// Returns the length of the character literal that begins here, or of the quote of a lifetime.
fn quoted(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            rest.get(3..).and_then(|rest| rest.find('\'')).map_or(rest.len(), |end| 3 + end + 1)
        }
        Some(_) => match chars.next() {
            Some((end, '\'')) => end + 1,
            _ => 1,
        },
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::of_function;

    #[test]
    fn paths() {
        let free = ["f", "__cache"].as_slice();
        let renamed = ["handle", "__cache"].as_slice();
        let method = ["__f_cache"].as_slice();
        let alone = ["f"].as_slice();
        for (closure, generated, expected) in [
            ("p::f::__cache::{{closure}}", free, "p::f"),
            ("p::m::f<u8, alloc::vec::Vec<p::Foo<u16>>>::__cache::{{closure}}", free, "p::m::f"),
            ("p::m::handle<u8>::__cache::{{closure}}", renamed, "p::m::f"),
            ("p::f::f::__cache::{{closure}}", free, "p::f::f"),
            ("p::type::f::__cache::{{closure}}", free, "p::type::f"),
            ("p::_::f::__cache::{{closure}}", free, "p::_::f"),
            ("p::g::{{closure}}::f::__cache::{{closure}}", free, "p::g::f"),
            ("p::g::{{closure}}::{{closure}}::f::__cache::{{closure}}", free, "p::g::f"),
            ("p::Foo<_>::m::f::__cache::{{closure}}", free, "p::Foo<_>::m::f"),
            (
                "<p::Foo<_> as p::Shape>::area::f::__cache::{{closure}}",
                free,
                "<p::Foo<_> as p::Shape>::area::f",
            ),
            ("p::Foo<u8>::__f_cache::{{closure}}", method, "p::Foo<u8>::f"),
            ("p::Foo<u8>::__f_cache<p::Bar, 4>::{{closure}}", method, "p::Foo<u8>::f"),
            ("p::Foo<'_>::__f_cache::{{closure}}", method, "p::Foo<'_>::f"),
            ("p::Foo<'_, '>'>::__f_cache::{{closure}}", method, "p::Foo<'_, '>'>::f"),
            ("p::Foo<true, '\\''>::__f_cache::{{closure}}", method, "p::Foo<true, '\\''>::f"),
            ("p::Foo<'\\u{301}'>::__f_cache::{{closure}}", method, "p::Foo<'\\u{301}'>::f"),
            (
                "p::Foo<p::g::{{closure}}>::__f_cache::{{closure}}",
                method,
                "p::Foo<p::g::{{closure}}>::f",
            ),
            ("p::Foo<fn(u8) -> u8>::__f_cache::{{closure}}", method, "p::Foo<fn(u8) -> u8>::f"),
            (
                "p::Foo<dyn core::ops::function::Fn(u8) -> [u8; 3]>::__f_cache::{{closure}}",
                method,
                "p::Foo<dyn core::ops::function::Fn(u8) -> [u8; 3]>::f",
            ),
            ("p::b::<impl p::Foo<u8>>::__f_cache::{{closure}}", method, "p::Foo<u8>::f"),
            ("p::m::_::<impl p::Foo<i8>>::g::f::__cache::{{closure}}", free, "p::Foo<i8>::g::f"),
            ("p::b::<impl dyn p::Shape>::__f_cache::{{closure}}", method, "<dyn p::Shape>::f"),
            ("<dyn p::Shape>::__f_cache::{{closure}}", method, "<dyn p::Shape>::f"),
            ("p::g<p::Foo<u8>>::f<u16>::{{closure}}", alone, "p::g<p::Foo<u8>>::f"),
            ("p::f<p::Foo<u8>>::{{closure}}::{{closure}}", alone, "p::f"),
            (
                "<p::Foo<u8> as p::Shape<u16>>::f<i8>::{{closure}}",
                alone,
                "<p::Foo<u8> as p::Shape<u16>>::f",
            ),
            ("<[u8; 3] as p::Shape>::f::{{closure}}", alone, "<[u8; 3] as p::Shape>::f"),
            ("<(u8, &str) as p::Shape>::f::{{closure}}", alone, "<(u8, &str) as p::Shape>::f"),
            ("<fn(u8) -> u8 as p::Shape>::f::{{closure}}", alone, "<fn(u8) -> u8 as p::Shape>::f"),
            (
                "p::b::<impl p::Shape for p::Foo<u8>>::f::{{closure}}",
                alone,
                "<p::Foo<u8> as p::Shape>::f",
            ),
            (
                "p::b::<impl p::Shape for for<'a> fn(&'a u8)>::f::{{closure}}",
                alone,
                "<for<'a> fn(&'a u8) as p::Shape>::f",
            ),
        ] {
            assert_eq!(
                of_function(closure, generated, "f").as_deref(),
                Some(expected),
                "{closure}"
            );
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for closure in [
            "",
            "f",
            "p::f::{{closure}}",
            "p::g::__cache::{{closure}}",
            "p::ff::__cache::{{closure}}",
            "p::f::__cache<u8::{{closure}}",
            "p::f>::__cache::{{closure}}",
            "p::g::<impl p::Foo>q::f::__cache",
        ] {
            assert_eq!(of_function(closure, &["f", "__cache"], "f"), None, "{closure}");
        }
    }
}
