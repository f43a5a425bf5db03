//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    bursar::cli::main(std::env::args_os())
}
