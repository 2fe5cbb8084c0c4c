//! All that is wrong with one use of an attribute, collected to be reported together.

use quote::ToTokens;

/// Errors found so far.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// Adds an error.
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// Adds an error at these tokens.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// All errors as one, if there are any.
    pub(crate) fn into_error(self) -> Option<syn::Error> {
        self.0
    }
}

/// Tokens of the user's as text for a message, spaced as they usually are.
pub(crate) fn shown(tokens: impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    let mut shown = String::new();
    // Whether a space may stand behind the last word, and how many `<` of types are open.
    let (mut is_open, mut types, mut is_behind_type) = (true, 0_usize, false);
    let is_callable = |c: char| c.is_alphanumeric() || c == '!';
    for word in text.split_whitespace() {
        let before = shown.chars().last();
        let name = shown.rsplit(|c: char| !c.is_alphanumeric()).next();
        let is_type = name.is_some_and(|name| name.starts_with(char::is_uppercase));
        let begins_type = word == "::<" || word == "<" && (is_type || before == Some(':'));
        let ends_type = types > 0 && word.starts_with('>');
        let is_prefix = matches!(word, "*" | "&" | "!" | "-")
            && before.is_none_or(|c| "(|&=<>,[{+-*/".contains(c));
        let is_tight = begins_type
            || ends_type
            || word.starts_with(['.', ',', ';', ')', ']', '?'])
            || word.starts_with("::")
            || word.starts_with('(') && (is_behind_type || before.is_some_and(is_callable))
            || word.starts_with('!') && before.is_some_and(char::is_alphanumeric);
        if is_open && !is_tight && before.is_some() {
            shown.push(' ');
        }
        shown.push_str(word);
        is_behind_type = ends_type;
        types = (types + usize::from(begins_type)).saturating_sub(usize::from(ends_type));
        is_open = !(begins_type || is_prefix || word.ends_with(['(', '[', '.']) || word == "::");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn tokens_as_text() {
        for text in [
            "*result > 3",
            "result.is_some()",
            "a * b",
            "(a, b.len())",
            "&Path<u64>",
            "format!(\"{n}\")",
            "name.chars().collect::<Vec<_>>()",
            "State(App { db, log })",
            "-5",
        ] {
            let tokens: proc_macro2::TokenStream = text.parse().expect("tokens");
            assert_eq!(shown(tokens), text);
        }
    }
}
