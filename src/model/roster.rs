//! Who is who: the members of the files by the one identity that a center knows them by.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{CenterRecord, MemberId, Period, PoolId, Subject, Target, Unit};

/// The members of the files, by their identity in one center.
///
/// Identities are compared without regard to ASCII case, as e-mail addresses and logins are.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    members: BTreeMap<Box<str>, MemberId>,
    identities: BTreeMap<MemberId, Box<str>>,
}

impl Roster {
    /// Adds a member under an identity.
    pub fn insert(&mut self, member: MemberId, identity: &str) {
        self.members.insert(identity.to_ascii_lowercase().into(), member.clone());
        self.identities.insert(member, identity.into());
    }

    /// Adds a second identity of a member, by which the center may show them as well.
    pub fn alias(&mut self, member: MemberId, identity: &str) {
        self.members.insert(identity.to_ascii_lowercase().into(), member);
    }

    /// The person behind an identity: a member of the files, or a stranger.
    pub fn subject(&self, identity: &str) -> Subject {
        let found = if identity.bytes().any(|b| b.is_ascii_uppercase()) {
            self.members.get(identity.to_ascii_lowercase().as_str())
        } else {
            self.members.get(identity)
        };
        found.map_or_else(|| Subject::Stranger(identity.into()), |id| Subject::Member(id.clone()))
    }

    /// A person's identity in the center; a stranger's name is one already.
    pub fn identity<'a>(&'a self, subject: &'a Subject) -> Option<&'a str> {
        match subject {
            Subject::Member(id) => self.identities.get(id).map(AsRef::as_ref),
            Subject::Stranger(name) => Some(name),
        }
    }

    /// Every member with their identity.
    pub fn iter(&self) -> impl Iterator<Item = (&MemberId, &str)> {
        self.identities.iter().map(|(member, identity)| (member, identity.as_ref()))
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.identities.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.identities.is_empty()
    }
}

/// What of a center is to be read or written: the managed pools by their objects, and who is who.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The managed pools, also those that shall be deleted.
    pub pools: BTreeMap<PoolId, Target>,
    /// Whom each pool names, and whether it grants them something today. Only where that matters
    /// ([`Capabilities::shares_people`]): elsewhere nobody looks, and it would be one more entry per grant.
    ///
    /// [`Capabilities::shares_people`]: super::capability::Capabilities::shares_people
    pub named: BTreeMap<PoolId, BTreeMap<MemberId, bool>>,
    /// What each managed pool counts.
    pub units: BTreeMap<PoolId, Unit>,
    /// When each managed pool starts again, where the files say it: a vendor may keep a setting for each period.
    pub periods: BTreeMap<PoolId, Period>,
    /// The members of the files.
    pub roster: Roster,
    /// What people confirmed that they set by hand.
    pub record: CenterRecord,
    /// The day that the run is for, by which the age of a file is told.
    pub as_of: Option<Date>,
}
