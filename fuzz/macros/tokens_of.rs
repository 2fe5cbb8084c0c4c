//! Token streams from texts, and changes of them at random that keep brackets in pairs.

use std::str::FromStr as _;

use fastrand::Rng;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// What a change may insert: options, their values, and parts of functions.
const FRAGMENTS: &str = include_str!("fragments.txt");

/// Reads a text; `None` if it is no token stream, is longer than this, or nests deeper.
pub fn lex(text: &str, longest: usize, deepest: usize) -> Option<TokenStream> {
    let (mut depth, mut most) = (0_usize, 0);
    for c in text.chars() {
        match c {
            '(' | '[' | '{' | '<' => depth += 1,
            ')' | ']' | '}' | '>' => depth = depth.saturating_sub(1),
            _ => (),
        }
        most = most.max(depth);
    }
    (text.len() <= longest && most <= deepest).then(|| TokenStream::from_str(text).ok())?
}

/// All trees of a stream, those in groups before their group.
pub fn all(stream: TokenStream) -> Vec<TokenTree> {
    let mut found = Vec::new();
    for tree in stream {
        if let TokenTree::Group(group) = &tree {
            found.extend(all(group.stream()));
        }
        found.push(tree);
    }
    found
}

/// Changes a text at up to four places; `None` if it is no token stream.
pub fn mutate(text: &str, seed: u64) -> Option<String> {
    let mut random = Rng::with_seed(seed);
    let mut stream = TokenStream::from_str(text).ok()?;
    for _ in 0..random.u8(1..=4) {
        let pool = all(stream.clone());
        let mut place = random.usize(..=pool.len());
        stream = change(stream, &mut place, &pool, &mut random);
    }
    Some(stream.to_string())
}

/// Changes the tree with this number.
fn change(
    stream: TokenStream,
    place: &mut usize,
    pool: &[TokenTree],
    random: &mut Rng,
) -> TokenStream {
    let mut changed = Vec::new();
    for tree in stream {
        let here = *place == 0;
        *place = place.wrapping_sub(1);
        if here {
            changed.extend(instead(tree, pool, random));
        } else if let TokenTree::Group(group) = tree {
            let inside = change(group.stream(), place, pool, random);
            changed.push(Group::new(group.delimiter(), inside).into());
        } else {
            changed.push(tree);
        }
    }
    changed.into_iter().collect()
}

/// What takes the place of a tree.
fn instead(tree: TokenTree, pool: &[TokenTree], random: &mut Rng) -> Vec<TokenTree> {
    let delimiters =
        [Delimiter::Parenthesis, Delimiter::Bracket, Delimiter::Brace, Delimiter::None];
    match random.u8(..10) {
        0 => vec![],
        1 => vec![tree.clone(), tree],
        2 | 3 => random.choice(pool).cloned().into_iter().collect(),
        4 => [Some(tree), random.choice(pool).cloned()].into_iter().flatten().collect(),
        5 => match tree {
            TokenTree::Group(group) => group.stream().into_iter().collect(),
            tree => {
                let delimiter = delimiters[random.usize(..delimiters.len())];
                vec![Group::new(delimiter, tree.into()).into()]
            }
        },
        6 | 7 => fragment(random),
        8 => fragment(random).into_iter().chain([tree]).collect(),
        _ => [tree].into_iter().chain(fragment(random)).collect(),
    }
}

fn fragment(random: &mut Rng) -> Vec<TokenTree> {
    let lines: Vec<_> = FRAGMENTS.lines().filter(|line| !line.is_empty()).collect();
    let line = random.choice(lines).unwrap_or_default();
    TokenStream::from_str(line).map(|stream| stream.into_iter().collect()).unwrap_or_default()
}
