//! A target's seeds and some mutants of them, for the crates' own test runs, which have no fuzzer.

use std::fs;
use std::path::Path;

/// Runs the target on each of its seeds, and on so many mutants of each.
pub(crate) fn replay(target: &str, mutants: usize, run: impl Fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus-seeds");
    let mut paths: Vec<_> = fs::read_dir(root.join(target))
        .expect("the target has seeds")
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{target} has seeds");
    let mut chance = Xorshift(0x9e37_79b9_7f4a_7c15);
    for path in paths {
        let seed = fs::read(path).expect("a seed can be read");
        run(&seed);
        let mut mutant = seed.clone();
        for count in 0..mutants {
            // From the seed again now and then: what has been mutated often is mostly noise.
            if count % 8 == 0 {
                mutant.clone_from(&seed);
            }
            mutate(&mut mutant, &mut chance);
            run(&mutant);
        }
    }
}

fn mutate(bytes: &mut Vec<u8>, chance: &mut Xorshift) {
    let (from, to) = (chance.below(bytes.len() + 1), chance.below(bytes.len() + 1));
    let (from, to) = (from.min(to), from.max(to));
    match chance.below(5) {
        0 => bytes.truncate(to),
        1 => drop(bytes.drain(from..to)),
        2 if bytes.len() < 16_384 => {
            let part = bytes[from..to].to_vec();
            bytes.splice(from..from, part);
        }
        3 => {
            let part = INTERESTING[chance.below(INTERESTING.len())];
            bytes.splice(from..(from + part.len()).min(to), part.iter().copied());
        }
        _ => {
            if let Some(byte) = bytes.get_mut(from) {
                *byte ^= 1 << chance.below(8);
            }
        }
    }
}

const INTERESTING: &[&[u8]] = &[
    b"",
    b"\0",
    b"\xff",
    b"\n",
    b"\r\n",
    b"\"",
    b"\\u0000",
    b"{",
    b"[",
    b"%00",
    b"%",
    b"/../",
    b"*",
    b"${",
    b"-1",
    b"99999999999999999999",
    b"1e999",
    b"null",
    "\u{1f600}".as_bytes(),
    "\u{2028}".as_bytes(),
];

/// Marsaglia's generator, the same at each run.
struct Xorshift(u64);

impl Xorshift {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound.max(1)).unwrap_or(1)).unwrap_or(0)
    }
}
