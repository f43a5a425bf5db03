//! What a center holds, or shall hold. Desired and observed are the same type, so that their difference is a function.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Amount, Cap, Pool, PoolId, Subject, Target};

/// The managed pools of one center.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Every managed pool that exists, or shall exist.
    pub pools: BTreeMap<PoolId, Pool>,
}

/// A pool that is in the center and not in the files: listed, never touched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ForeignPool {
    /// The center's own name for it.
    pub name: String,
    /// The vendor's object, as `target:` would name it.
    pub target: Target,
}

/// What somebody drew, where that tells something about what they may draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// In words, with the numbers.
    pub says: String,
    /// How much they drew, where nothing shows what they may draw: it counts against a rule that lets less be drawn.
    /// `None` where it contradicts what was confirmed or shown, and so counts against whatever was believed.
    pub drawn: Option<Amount>,
}

/// In which object of a kind a person is, where they can be in one only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Membership {
    /// The pool that it is, where the files manage it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolId>,
    /// The center's own name for it.
    pub name: String,
}

/// One reading of a center.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Which account this is, in the vendor's words: a base URL, an organisation id, the path of a file.
    pub identity: String,
    /// The managed pools that exist.
    pub state: State,
    /// The pools that no file mentions.
    pub unmanaged: Vec<ForeignPool>,
    /// Everybody whom the center knows.
    pub roster: BTreeSet<Subject>,
    /// Everybody whom `others` of a pool decides over, where that is not the whole roster.
    pub scopes: BTreeMap<PoolId, BTreeSet<Subject>>,
    /// In which object each person is, where they can be in one only.
    pub memberships: BTreeMap<Subject, Membership>,
    /// What a person without a setting of their own draws of a pool by a rule that is neither what others draw nor the
    /// pool's default: the default of another group of the vendor's, the tier of their seat.
    pub inherited: BTreeMap<PoolId, BTreeMap<Subject, Cap>>,
    /// What a person who is not in a pool draws all the same, by a wider rule of the center's: whoever joins has that
    /// before, and not nothing.
    pub outside: BTreeMap<PoolId, BTreeMap<Subject, Cap>>,
    /// The pools whose members somebody else keeps, such as an identity provider: who is in them is compared, not set.
    pub fixed: BTreeSet<PoolId>,
    /// What was drawn against what was confirmed, by pool and person. What the center holds of them is then not known.
    pub evidence: BTreeMap<(PoolId, Subject), Evidence>,
    /// A fingerprint of the file that this was read from, where it was: what was confirmed after it counts more.
    pub basis: Option<String>,
    /// What a reader should be told and what changes nothing: values that were not understood, rows that were passed
    /// over.
    pub notes: Vec<String>,
    /// How many requests the reading took.
    pub reads: u64,
}

impl Observed {
    /// Everybody whom `others` of a pool decides over, the granted ones included.
    pub fn scope(&self, pool: &PoolId) -> &BTreeSet<Subject> {
        self.scopes.get(pool).unwrap_or(&self.roster)
    }
}
