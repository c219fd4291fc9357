//! Finds the alignment that a reader would: few and short differences, rather one than many.
//!
//! Each character that differs costs [`DIFFERENT`], and each difference costs [`OPENING`] more, so that
//! letters which two words happen to share do not cut them to confetti. What a `*` takes costs a little
//! less than a difference: it takes what it must, and never turns an agreement into a difference, since
//! that would leave no fewer characters for it to take.

use super::run::Run;

/// A part of the wanted text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    AnyOne,
    AnyRun,
    Char(char),
}

impl Token {
    const fn text(self) -> char {
        match self {
            Self::AnyOne => '?',
            Self::AnyRun => '*',
            Self::Char(c) => c,
        }
    }
}

/// The runs of the best alignment.
pub(super) fn align(wanted: &[Token], got: &[char], is_case_ignored: bool) -> Vec<Run> {
    let is_same = |token: Token, c: char| match token {
        Token::AnyOne => true,
        Token::AnyRun => false,
        Token::Char(wanted) => wanted == c || (is_case_ignored && wanted.eq_ignore_ascii_case(&c)),
    };
    let is_literal = |token: &Token| matches!(token, Token::Char(_));
    let pairs = wanted.iter().zip(got);
    let head = pairs
        .take_while(|(token, c)| is_literal(token) && is_same(**token, **c))
        .count();
    let (wanted_rest, got_rest) = (after(wanted, head), after(got, head));
    let pairs = wanted_rest.iter().rev().zip(got_rest.iter().rev());
    let tail = pairs
        .take_while(|(token, c)| is_literal(token) && is_same(**token, **c))
        .count();
    let (wanted_middle, wanted_tail) = wanted_rest.split_at(wanted_rest.len() - tail);
    let (got_middle, got_tail) = got_rest.split_at(got_rest.len() - tail);

    let mut runs = Runs::default();
    let pair = |runs: &mut Runs, wanted: &[Token], got: &[char]| {
        for (token, c) in wanted.iter().zip(got) {
            runs.push(Some(*token), Some(*c), false);
        }
    };
    pair(&mut runs, before(wanted, head), before(got, head));
    let table = Table::new(wanted_middle, got_middle, is_same);
    if let Some(table) = table {
        table.walk(wanted_middle, got_middle, is_same, &mut runs);
    } else {
        for token in wanted_middle {
            runs.push(Some(*token), None, true);
        }
        for c in got_middle {
            runs.push(None, Some(*c), true);
        }
    }
    pair(&mut runs, wanted_tail, got_tail);
    runs.0
}

/// What it costs to align the rests of both texts, for each pair of places and for whether a
/// difference is open there.
struct Table {
    width: usize,
    costs: Vec<[u32; 2]>,
}

impl Table {
    /// The table; none where it would be too large, or there is nothing to align.
    fn new(wanted: &[Token], got: &[char], is_same: impl Fn(Token, char) -> bool) -> Option<Self> {
        let width = got.len() + 1;
        let cells = (wanted.len() + 1).checked_mul(width)?;
        if cells > MAX_CELLS {
            return None;
        }
        let mut table = Self {
            width,
            costs: vec![[0; 2]; cells],
        };
        for i in (0..=wanted.len()).rev() {
            for j in (0..=got.len()).rev() {
                let costs = [false, true].map(|is_open| {
                    let (token, c) = (wanted.get(i).copied(), got.get(j).copied());
                    let mut steps = table.steps(i, j, token, c, is_open, &is_same);
                    steps.sort_unstable_by_key(|step| step.map_or(u32::MAX, |step| step.cost));
                    let best = steps.into_iter().flatten().next();
                    best.map_or(0, |step| step.cost)
                });
                if let Some(cell) = table.costs.get_mut(i * width + j) {
                    *cell = costs;
                }
            }
        }
        Some(table)
    }

    /// Where an alignment may go from a pair of places; agreement stands first, so that it is preferred.
    fn steps(
        &self,
        i: usize,
        j: usize,
        token: Option<Token>,
        c: Option<char>,
        is_open: bool,
        is_same: impl Fn(Token, char) -> bool,
    ) -> [Option<Step>; 5] {
        let opening = if is_open { 0 } else { OPENING };
        let step = |takes_wanted: bool, takes_got: bool, is_different: bool| {
            let (i, j) = (i + usize::from(takes_wanted), j + usize::from(takes_got));
            let [closed, open] = self.costs.get(i * self.width + j).copied()?;
            let cost = match (is_different, takes_wanted) {
                (true, _) => open + opening + DIFFERENT,
                (false, true) => closed,
                (false, false) => closed + TAKEN,
            };
            Some(Step {
                takes_wanted,
                takes_got,
                is_different,
                cost,
            })
        };
        let agrees = token.zip(c).is_some_and(|(token, c)| is_same(token, c));
        let is_run = token == Some(Token::AnyRun);
        [
            agrees.then(|| step(true, true, false)).flatten(),
            (is_run && c.is_some())
                .then(|| step(false, true, false))
                .flatten(),
            is_run.then(|| step(true, false, false)).flatten(),
            (token.is_some() && !is_run)
                .then(|| step(true, false, true))
                .flatten(),
            c.is_some().then(|| step(false, true, true)).flatten(),
        ]
    }

    /// Follows the cheapest steps from the start of both texts.
    fn walk(
        &self,
        wanted: &[Token],
        got: &[char],
        is_same: impl Fn(Token, char) -> bool,
        runs: &mut Runs,
    ) {
        let (mut i, mut j, mut is_open) = (0, 0, false);
        loop {
            let (token, c) = (wanted.get(i).copied(), got.get(j).copied());
            let steps = self.steps(i, j, token, c, is_open, &is_same);
            // `min_by_key` keeps the first of equals.
            let Some(step) = steps.into_iter().flatten().min_by_key(|step| step.cost) else {
                return;
            };
            let token = token.filter(|_| step.takes_wanted);
            let c = c.filter(|_| step.takes_got);
            runs.push(token, c, step.is_different);
            i += usize::from(step.takes_wanted);
            j += usize::from(step.takes_got);
            is_open = step.is_different;
        }
    }
}

#[derive(Clone, Copy)]
struct Step {
    takes_wanted: bool,
    takes_got: bool,
    is_different: bool,
    cost: u32,
}

/// Runs in the making: neighbours of one kind become one.
#[derive(Default)]
struct Runs(Vec<Run>);

impl Runs {
    fn push(&mut self, wanted: Option<Token>, got: Option<char>, is_different: bool) {
        if self
            .0
            .last()
            .is_none_or(|run| run.is_different != is_different)
        {
            self.0.push(Run {
                is_different,
                ..Run::default()
            });
        }
        if let Some(run) = self.0.last_mut() {
            run.wanted.extend(wanted.map(Token::text));
            run.got.extend(got);
        }
    }
}

fn after<T>(list: &[T], start: usize) -> &[T] {
    list.get(start..).unwrap_or_default()
}

fn before<T>(list: &[T], end: usize) -> &[T] {
    list.get(..end).unwrap_or_default()
}

const DIFFERENT: u32 = 10;
/// Three characters that agree between two differences are worth it.
const OPENING: u32 = 50;
const TAKEN: u32 = 8;
/// Some 500 by 500 characters: two subjects, whatever they are, and a few milliseconds at most.
const MAX_CELLS: usize = 250_000;
