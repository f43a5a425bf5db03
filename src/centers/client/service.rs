//! A service of a vendor, as the client speaks to it: where it is, how the token is shown to it, how fast it may be asked.

use crate::model::capability::Rates;

/// How a token is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// `Authorization: Bearer TOKEN`.
    Bearer,
    /// In a header of the vendor's own, in lower case, and nothing beside it.
    Header(&'static str),
    /// In no header: the body of the request holds it.
    Body,
}

impl Shown {
    /// The header's name, where it is shown in one.
    pub(super) fn header(self) -> Option<&'static str> {
        match self {
            Self::Bearer => Some("authorization"),
            Self::Header(name) => Some(name),
            Self::Body => None,
        }
    }

    /// The header's value.
    pub(super) fn value(self, token: &str) -> String {
        match self {
            Self::Bearer => format!("Bearer {token}"),
            Self::Header(_) | Self::Body => token.to_owned(),
        }
    }
}

/// A service of a vendor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service {
    /// Under which name its requests are told and recorded: the provider, or a second API of it.
    pub(crate) name: &'static str,
    /// Where it is, where that is the same for everybody; such a host needs no `allow_host`.
    pub(crate) host: Option<&'static str>,
    /// How the token is shown to it.
    pub(crate) shown: Shown,
    /// How fast it may be asked.
    pub(crate) rates: Rates,
}

impl Service {
    /// The API of a center that is where `base_url` says.
    pub(super) fn of(provider: &'static str) -> Self {
        let rates = crate::centers::capabilities(provider).map_or(Rates::NONE, |capabilities| capabilities.rates);
        Self { name: provider, host: None, shown: Shown::Bearer, rates }
    }
}
