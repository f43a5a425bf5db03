//! What a workspace tells beside its state: everything for `import`, and what people drew.

use std::collections::{BTreeMap, BTreeSet};

use crate::centers::CenterError;
use crate::centers::client::amount;
use crate::model::{Cap, Drawn, Inventory, Others, Person, PersonDrawn, PoolDrawn, Scope, Subject, Target};

use super::map::{Few, Looked, group_of, identity, own, people};
use super::wire::User;
use super::{GROUP, GROUP_ID, WORKSPACE};

impl Looked {
    /// Everything: the workspace, and each group that has a default.
    pub(super) fn inventory(&self, scope: &Scope) -> Inventory {
        let unit = self.unit();
        let mut inventory = Inventory::default();
        let people = people(&self.users, &scope.roster, &mut inventory.notes);
        let whole = Target::of(WORKSPACE, WORKSPACE);
        let mut everybody = self.workspace_pool(&whole, unit, scope, &people);
        if everybody.others == Some(Others::Cap(Cap::Unlimited)) {
            // The word for no default of the workspace's own: it has no `unlimited`.
            everybody.others = Some(Others::Cap(Cap::Inherit));
        }
        inventory.pools.push((WORKSPACE.to_owned(), everybody));
        let mut names = BTreeMap::<&str, usize>::new();
        for name in self.groups.iter().filter_map(|group| group.name.as_deref()) {
            *names.entry(name).or_default() += 1;
        }
        for group in self.groups.iter().filter(|group| self.members.contains_key(&group.id)) {
            let name = group.name.as_deref().filter(|name| names.get(name) == Some(&1));
            let target = name.map_or_else(|| Target::of(GROUP_ID, &group.id), |name| Target::of(GROUP, name));
            let state = self.group_pool(&target, unit, scope, &people, group);
            inventory.pools.push((group.name.clone().unwrap_or_else(|| group.id.clone()), state));
        }
        let granted: BTreeSet<&Subject> = inventory.pools.iter().flat_map(|(_, pool)| pool.grants.keys()).collect();
        let persons = self.users.iter().filter_map(|user| {
            let subject = people.get(&user.id).filter(|who| granted.contains(who))?.clone();
            let email = user
                .email
                .as_ref()
                .filter(|email| !email.is_empty())
                .map(|email| email.to_ascii_lowercase());
            let vendor_id = (subject.name() != user.id).then(|| user.id.clone());
            Some(Person { subject, email, vendor_id })
        });
        inventory.people = persons.collect();
        inventory.people.sort();
        let mut odd = Few::of("limits that are not understood");
        for user in &self.users {
            if let Some(why) = own(user, unit).odd {
                odd.add(format_args!("the limit of {}: {why}", identity(user).escape_debug()));
            }
        }
        inventory.notes.extend(odd.told());
        inventory
    }

    /// What everybody drew in this month.
    pub(super) fn drawn(&self, scope: &Scope) -> Result<Drawn, CenterError> {
        let mut drawn = Drawn::default();
        let people = people(&self.users, &scope.roster, &mut drawn.notes);
        let mut untold = 0;
        for (id, target) in &scope.pools {
            let unit = scope.units.get(id).copied().unwrap_or_else(|| self.unit());
            self.counts(id, unit)?;
            let group = group_of(&self.groups, target)?;
            let members = group.and_then(|group| self.members.get(&group.id));
            let inside =
                |user: &&User| group.is_none() || members.is_some_and(|members| members.users.contains(&user.id));
            let mut of = PoolDrawn::default();
            for user in self.users.iter().filter(inside) {
                let used = user.current_month_usage.as_ref().and_then(|used| amount(used, unit).ok());
                match (people.get(&user.id), used) {
                    (Some(who), Some(used)) => {
                        of.people.insert(who.clone(), PersonDrawn::of(used));
                    }
                    _ => untold += 1,
                }
            }
            drawn.pools.insert(id.clone(), of);
        }
        if untold > 0 {
            drawn.notes.push(format!("of {untold} people it does not say what they drew"));
        }
        Ok(drawn)
    }
}
