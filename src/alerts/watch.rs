//! Who is to hear of what: the alerts of the files, without those whom the center tells itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Alert, AlertKey, Amount, Recipient};

use super::level::reached_at;

/// Who hears of which threshold of a pool.
pub type Watch = BTreeMap<AlertKey, BTreeSet<Recipient>>;

/// What the files ask, apart from what the center does. `kept` is what the center is asked to send itself, in its own
/// terms; `limit` is the budget that the files ask.
pub fn watch(
    asked: &BTreeMap<AlertKey, Alert>,
    kept: &BTreeMap<AlertKey, Alert>,
    limit: Option<Amount>,
) -> (Watch, Watch) {
    let (mut ours, mut theirs) = (Watch::new(), Watch::new());
    for (key, alert) in asked {
        // A center may hold a share as the amount that it comes to.
        let same = |other: &AlertKey| {
            other.of == key.of
                && (other.at == key.at
                    || reached_at(other.at, limit).is_some_and(|at| Some(at) == reached_at(key.at, limit)))
        };
        let told: Vec<&Alert> = kept.iter().filter(|(other, _)| same(other)).map(|(_, alert)| alert).collect();
        for recipient in &alert.notify {
            let by_center = told.iter().any(|alert| alert.notify.iter().any(|other| is_same(recipient, other)));
            let side = if by_center { &mut theirs } else { &mut ours };
            side.entry(*key).or_default().insert(recipient.clone());
        }
    }
    (ours, theirs)
}

/// Whether two recipients are one: addresses and logins are compared without regard to case.
fn is_same(one: &Recipient, other: &Recipient) -> bool {
    match (one, other) {
        (Recipient::Email(one), Recipient::Email(other)) => one.eq_ignore_ascii_case(other),
        (Recipient::Login { provider: a, login: one }, Recipient::Login { provider: b, login: other }) => {
            a == b && one.eq_ignore_ascii_case(other)
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AlertScope, Threshold, Unit};

    fn key(at: Threshold) -> AlertKey {
        AlertKey { of: AlertScope::Budget, at }
    }

    fn alert(of: &[&str]) -> Alert {
        let recipient = |name: &&str| match name.strip_prefix('@') {
            Some(login) => Recipient::Login { provider: "github".to_owned(), login: login.to_owned() },
            None => Recipient::Email((*name).to_owned()),
        };
        Alert { notify: of.iter().map(recipient).collect() }
    }

    #[test]
    fn nobody_is_told_twice() {
        let limit = Some(Amount::whole(200, Unit::USD));
        let asked = BTreeMap::from([
            (key(Threshold::Percent(50)), alert(&["a@x.example", "b@x.example"])),
            (key(Threshold::Percent(90)), alert(&["a@x.example", "@Ops"])),
        ]);
        let kept = BTreeMap::from([
            (key(Threshold::Amount(Amount::whole(100, Unit::USD))), alert(&["A@x.example"])),
            (key(Threshold::Percent(90)), alert(&["@ops"])),
        ]);
        let (ours, theirs) = watch(&asked, &kept, limit);
        assert_eq!(ours[&key(Threshold::Percent(50))], alert(&["b@x.example"]).notify);
        assert_eq!(ours[&key(Threshold::Percent(90))], alert(&["a@x.example"]).notify, "90 % is another level");
        assert_eq!(theirs[&key(Threshold::Percent(50))], alert(&["a@x.example"]).notify);
        assert_eq!(theirs[&key(Threshold::Percent(90))], alert(&["@Ops"]).notify);
        let (ours, theirs) = watch(&asked, &kept, None);
        assert_eq!(ours[&key(Threshold::Percent(50))].len(), 2, "without a limit no share is an amount");
        assert_eq!(theirs.len(), 1);
    }
}
