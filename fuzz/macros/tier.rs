//! How the runtime writes a key of arguments, and knows it again.

#[path = "../../runtime/src/types/key_writer.rs"]
mod key_writer;
#[path = "../../runtime/src/tier/template.rs"]
mod template;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::template::TemplatePart;
use key_writer::{KeyWriter, is_unreserved};
pub(crate) use template::TemplatePart as Part;

/// The keys of one template.
pub(crate) struct Keys {
    parts: Vec<Part>,
    escaped: &'static str,
}

impl Keys {
    pub(crate) fn new(parts: &[TemplatePart], escaped: &str) -> Self {
        let escaped = known(escaped);
        Keys { parts: crate::keys::parts_of(parts, known, escaped), escaped }
    }

    /// The key of these arguments, as generated code writes it.
    pub(crate) fn of(&self, arguments: &[&str]) -> String {
        let secret = [7; 32];
        let mut arguments = arguments.iter();
        let key = KeyWriter::key(&secret, |writer| {
            writer.escape(self.escaped);
            for part in &self.parts {
                match part {
                    Part::Literal(literal) => writer.literal(literal),
                    Part::Argument { .. } => {
                        writer.argument(format_args!("{}", arguments.next().expect("one each")));
                    }
                    Part::Hash => {
                        writer.hash(format_args!("{}", arguments.next().expect("one each")));
                    }
                }
            }
        });
        key.expect("a text can be written")
    }

    pub(crate) fn could_be(&self, key: &str) -> bool {
        template::could_be_key(&self.parts, key)
    }
}

/// A text as one that lives for ever: each once.
fn known(text: &str) -> &'static str {
    static KNOWN: Mutex<Option<HashMap<String, &'static str>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if let Some(text) = known.get(text) {
        return text;
    }
    let leaked: &'static str = Box::leak(text.to_owned().into_boxed_str());
    known.insert(text.to_owned(), leaked);
    leaked
}
