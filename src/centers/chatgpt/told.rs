//! What a workspace tells beside its state: everything for `import`, and what people drew.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::centers::CenterError;
use crate::centers::client::amount;
use crate::centers::past::only_now;
use crate::model::{
    Amount, Cap, Drawn, Expiry, Inventory, Others, Person, PersonDrawn, PoolDrawn, Scope, Subject, Target, Unit,
    Window, window,
};

use super::map::{Few, Looked, group_of, identity, own, people};
use super::wire::User;
use super::{GROUP, GROUP_ID, WORKSPACE};

/// What is to be said where nothing tells the period [D].
const PERIOD: &str = "a workspace counts by calendar months or by its billing cycle, and only a limit that ends with the \
                      period would tell which: it is taken for the calendar month";
/// What is to be said of the delay [D].
const LAG: &str = "ChatGPT counts in near real time, and names no number";

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

    /// What everybody drew in the running period.
    pub(super) fn drawn(&self, scope: &Scope, now: Timestamp) -> Result<Drawn, CenterError> {
        let mut drawn = Drawn { notes: only_now(scope, "ChatGPT").into_iter().collect(), ..Drawn::default() };
        let people = people(&self.users, &scope.roster, &mut drawn.notes);
        let window = self.window(now);
        let mut untold = BTreeSet::new();
        for (id, target) in &scope.pools {
            let unit = scope.units.get(id).copied().unwrap_or_else(|| self.unit());
            self.counts(id, unit)?;
            let group = group_of(&self.groups, target)?;
            let members = group.and_then(|group| self.members.get(&group.id));
            let inside =
                |user: &&User| group.is_none() || members.is_some_and(|members| members.users.contains(&user.id));
            let mut of = PoolDrawn { window, ..PoolDrawn::default() };
            for user in self.users.iter().filter(inside) {
                match (people.get(&user.id), used(user, unit)) {
                    (Some(who), Some(used)) => of.add(who.clone(), PersonDrawn::of(used)),
                    _ => _ = untold.insert(user.id.as_str()),
                }
            }
            drawn.pools.insert(id.clone(), of);
        }
        match untold.len() {
            0 => {}
            1 => drawn.notes.push("of 1 person it does not say what they drew".to_owned()),
            many => drawn.notes.push(format!("of {many} people it does not say what they drew")),
        }
        if window.is_none() {
            drawn.notes.push(PERIOD.to_owned());
        }
        drawn.notes.push(LAG.to_owned());
        Ok(drawn)
    }

    /// The running period, where a limit tells that ends with it [D]. Limits that tell different ends tell nothing.
    fn window(&self, now: Timestamp) -> Option<Window> {
        let today = window::day(now);
        let ends = self.users.iter().filter_map(|user| match own(user, self.unit()).grant?.expires? {
            Expiry::On(last) => Some(last).filter(|last| *last >= today),
            Expiry::Never => None,
        });
        let ends: BTreeSet<Date> = ends.collect();
        let last = ends.first().filter(|_| ends.len() == 1)?;
        let until = last.tomorrow().ok()?;
        let since = until.checked_sub(1.month()).ok()?;
        (since <= today).then_some(Window { since, until: Some(until) })
    }
}

/// What somebody drew, where it is told in what the pool counts.
fn used(user: &User, unit: Unit) -> Option<Amount> {
    let told = match user.current_month_usage_unit.as_deref() {
        None => unit,
        Some("credit" | "credits") => Unit::Credits,
        Some(code) => code.to_ascii_uppercase().parse().ok()?,
    };
    amount(user.current_month_usage.as_ref()?, unit).ok().filter(|_| told == unit)
}
