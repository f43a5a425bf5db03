//! The last look of a reader, for what is asked about the same things right after it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;

use crate::model::{Period, PoolId, Scope, Target};

/// What a look was for: with the same it would bring the same.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    pools: BTreeMap<PoolId, Target>,
    periods: BTreeMap<PoolId, Period>,
    as_of: Option<Date>,
}

impl Asked {
    fn of(scope: &Scope) -> Self {
        Self { pools: scope.pools.clone(), periods: scope.periods.clone(), as_of: scope.as_of }
    }
}

/// A look that is kept until it is taken once, so that nothing is read twice and nothing old is shown later.
#[derive(Debug)]
pub(super) struct Kept<T>(Mutex<Option<(Asked, T)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Kept<T> {
    fn lock(&self) -> MutexGuard<'_, Option<(Asked, T)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a look in the place of an older one.
    pub(super) fn keep(&self, scope: &Scope, look: T) {
        *self.lock() = Some((Asked::of(scope), look));
    }

    /// Takes the look, where it was for the same.
    pub(super) fn take(&self, scope: &Scope) -> Option<T> {
        self.lock().take().filter(|(asked, _)| *asked == Asked::of(scope)).map(|(_, look)| look)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_good_once_and_for_what_it_was_for() {
        let (kept, scope) = (Kept::default(), Scope::default());
        let mut other = Scope::default();
        other.pools.insert(PoolId::new("p").unwrap(), Target::default());
        assert_eq!(kept.take(&scope), None::<u8>);
        kept.keep(&scope, 1);
        kept.keep(&scope, 2);
        assert_eq!(kept.take(&scope), Some(2));
        assert_eq!(kept.take(&scope), None);
        kept.keep(&scope, 3);
        assert_eq!(kept.take(&other), None);
    }
}
