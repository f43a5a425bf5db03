//! The cryptography behind every TLS connection: one choice for the whole process.

use std::sync::Once;

static INSTALLED: Once = Once::new();

/// Chooses ring for rustls. Whoever chose first is as good, so it may be called any number of times.
pub(crate) fn install() {
    INSTALLED.call_once(|| {
        // An error says that one is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
