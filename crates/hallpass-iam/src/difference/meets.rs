//! Texts that tell patterns apart: instances of each, and of where several meet.

use std::collections::BTreeSet;

use super::glob::Glob;

/// How two patterns are laid over each other.
pub(super) type Meet = fn(&Glob, &Glob) -> Vec<Glob>;

/// Whole text over whole text.
pub(super) fn of_texts(one: &Glob, other: &Glob) -> Vec<Glob> {
    one.meet(other)
}

/// Segment over segment where both are ARNs, as the engine matches them.
pub(super) fn of_arns(one: &Glob, other: &Glob) -> Vec<Glob> {
    let (Some(left), Some(right)) = (one.segments(), other.segments()) else {
        return one.meet(other);
    };
    let mut heads: Vec<Vec<Glob>> = vec![Vec::new()];
    for (one, other) in left.iter().zip(&right) {
        let meets = one.meet(other);
        heads = heads
            .iter()
            .flat_map(|head| {
                meets.iter().map(|meet| {
                    let mut longer = head.clone();
                    longer.push(meet.clone());
                    longer
                })
            })
            .take(MAX_OF_ARNS)
            .collect();
    }
    heads.iter().map(|head| Glob::of_segments(head)).collect()
}

/// The patterns, and those of what several of them match; and whether all were laid over each other.
pub(super) fn closed(globs: BTreeSet<Glob>, meet: Meet) -> (Vec<Glob>, bool) {
    let is_short = |glob: &Glob| !glob.is_long();
    let total = globs.len();
    let mut known: BTreeSet<Glob> = globs.into_iter().filter(is_short).collect();
    let mut is_whole = known.len() == total;
    let wide: Vec<Glob> = known
        .iter()
        .filter(|glob| !glob.is_literal())
        .cloned()
        .collect();
    let mut last = wide.clone();
    let mut pairs = 0_usize;
    // Twos, then threes, and so on while there is something of its own in them.
    while !last.is_empty() {
        let mut next = Vec::new();
        for one in &last {
            for other in &wide {
                pairs += 1;
                if pairs > MAX_PAIRS || known.len() > MAX_GLOBS {
                    is_whole = false;
                    break;
                }
                for meet in meet(one, other) {
                    if is_short(&meet) && known.insert(meet.clone()) {
                        next.push(meet);
                    }
                }
            }
        }
        last = if is_whole { next } else { Vec::new() };
    }
    (known.into_iter().collect(), is_whole)
}

/// What stands for a wildcard: words that no pattern names.
#[derive(Clone, Debug)]
pub(super) struct Fresh {
    /// A word that reads well.
    pub(super) word: String,
    /// A text that continues what stands before and after a wildcard of no pattern.
    pub(super) odd: String,
    /// A character of the same kind.
    pub(super) one: char,
}

impl Fresh {
    /// For these patterns.
    pub(super) fn new(globs: &[Glob]) -> Self {
        let texts: Vec<String> = globs
            .iter()
            .map(|glob| glob.instance("\0", '\0').to_ascii_lowercase())
            .collect();
        let is_unnamed = |word: &str| !texts.iter().any(|text| text.contains(word));
        let word = WORDS
            .iter()
            .copied()
            .find(|word| is_unnamed(word))
            .unwrap_or("z9z9z9");
        let edges: BTreeSet<char> = globs
            .iter()
            .flat_map(Glob::edges)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let one = ODD.chars().find(|c| !edges.contains(c)).unwrap_or('~');
        Self {
            word: word.to_owned(),
            odd: one.to_string().repeat(3),
            one,
        }
    }

    /// Instances of a pattern, those that read best first.
    pub(super) fn instances(&self, glob: &Glob) -> Vec<String> {
        let mut texts = vec![glob.instance(&self.word, self.one)];
        if !glob.is_literal() {
            texts.push(glob.instance("", self.one));
            texts.push(glob.instance(&self.odd, self.one));
        }
        texts
    }
}

const WORDS: &[&str] = &["other", "another", "elsewhere", "unnamed", "nowhere"];
const ODD: &str = "zqjxkwv0987654321_ybhfgpmulcdnoaierts";
const MAX_OF_ARNS: usize = 8;
const MAX_PAIRS: usize = 20_000;
const MAX_GLOBS: usize = 2_000;
