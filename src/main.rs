//! The command line of Bursar: arguments in, exit code out.
fn main() {}
