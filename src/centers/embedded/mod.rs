//! The embedded center: a small, real credit gate in one SQLite file.

mod capabilities;

pub use capabilities::CAPABILITIES;
