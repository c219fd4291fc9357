//! Runs the commands that the README and the guides show, and compares what they print.
//!
//! A block fenced as `console` holds commands (`$ ` opens one, `> ` continues it), each followed by
//! what it prints, standard error included. `...` on a line of its own stands for any lines, `[..]`
//! for anything within a line, `[exit 1]` after the output for the exit status where it is not 0.
//! The commands of one file share a shell, a fresh folder and a fresh home.
//! `console,ignore REASON` leaves a block out.

mod compare;
mod parse;
mod play;

pub use compare::matches;
pub use parse::{Step, steps};
pub use play::{check, play};
