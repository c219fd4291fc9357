//! The `hallpass` command: parse, call, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    hallpass::main(std::env::args_os())
}
