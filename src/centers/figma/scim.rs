//! Who is in the organisation, by SCIM: people who came after the export was made are seen without a new one.

use std::collections::{BTreeSet, HashSet};

use crate::centers::CenterError;
use crate::centers::client::{Client, Request, Service, Shown};
use crate::model::capability::Rates;
use crate::model::{Cap, CenterSettings, Grant, Level, Observed, Scim, Scope};

use super::BILLING_GROUP;
use super::evidence::names;
use super::wire::{ScimPage, id};

/// The service. It is recorded under a name of its own: Figma's description has no SCIM.
const API: Service =
    Service { name: "figma-scim", host: Some("https://www.figma.com"), shown: Shown::Bearer, rates: Rates::NONE };
/// How many people are asked for at once. How many Figma gives is not known, so what comes is what counts.
const PAGE: usize = 100;
/// How many pages are read at most.
const MOST_PAGES: usize = 10_000;

/// Who is there and who is not any more, by e-mail address in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct People {
    /// Those who are there.
    pub(super) active: BTreeSet<String>,
    /// Those who were, and whom nobody else of the same address follows.
    pub(super) inactive: BTreeSet<String>,
    /// How many have no e-mail address, so that nobody can tell who they are.
    pub(super) nameless: usize,
    /// How many requests it took.
    pub(super) reads: u64,
}

/// Asks for one person: whether the service takes the token.
pub(super) async fn probe(settings: &CenterSettings, scim: &Scim) -> Result<(), CenterError> {
    let client = Client::of(settings, &API, &scim.token)?;
    page(&client, &scim.tenant, 1, 1).await.map(drop)
}

/// That it is no SCIM that answers, or not as it should.
fn wrong(client: &Client, why: String) -> CenterError {
    CenterError::WrongCenter { url: client.identity(), expected: "SCIM service", why }
}

/// A page of the people, from the `start`th on.
async fn page(client: &Client, tenant: &str, start: usize, count: usize) -> Result<ScimPage, CenterError> {
    let request = Request::get(&["scim", "v2", tenant, "Users"])
        .with("startIndex", start.to_string())
        .with("count", count.to_string());
    let read = client.send(&request).await?.json();
    read.map_err(|why| wrong(client, format!("it does not answer with a list of people ({why})")))
}

/// Reads who is there, where the files say how.
pub(super) async fn read(settings: &CenterSettings) -> Result<Option<People>, CenterError> {
    let Some(scim) = &settings.scim else { return Ok(None) };
    let client = Client::of(settings, &API, &scim.token)?;
    let wrong = |why: String| wrong(&client, why);
    let (mut people, mut seen, mut read) = (People::default(), HashSet::new(), 0_usize);
    for _ in 0..MOST_PAGES {
        let page = page(&client, &scim.tenant, read + 1, PAGE).await?;
        let came = page.people.len();
        read += came;
        let mut new = false;
        for user in page.people {
            let known_by = id(user.id.as_ref()).or_else(|| user.user_name.clone());
            // A server that does not page shows everybody again.
            if known_by.is_some_and(|known_by| !seen.insert(known_by)) {
                continue;
            }
            new = true;
            match user.email() {
                Some(email) if user.is_active() => drop(people.active.insert(email)),
                Some(email) => drop(people.inactive.insert(email)),
                None => people.nameless += usize::from(user.is_active()),
            }
        }
        let total = page.total.and_then(|total| usize::try_from(total).ok());
        let whole = match total {
            Some(total) => read >= total,
            // Without a total the last page is the one that is not full.
            None => came < PAGE,
        };
        if whole || (came > 0 && !new && total.is_none_or(|total| seen.len() >= total)) {
            people.inactive.retain(|email| !people.active.contains(email));
            people.reads = client.sent();
            return Ok(Some(people));
        }
        if !new {
            let total = total.unwrap_or_default();
            let why =
                format!("it says there are {total} people and shows {}; run again, or leave `scim` out", seen.len());
            return Err(wrong(why));
        }
    }
    Err(wrong(format!("its list of people has more than {MOST_PAGES} pages")))
}

/// Adds those who are there and not in the export: what they may draw is not known, unless somebody confirmed it.
pub(super) fn add(people: &People, scope: &Scope, observed: &mut Observed) {
    let exported: BTreeSet<String> = observed
        .roster
        .iter()
        .filter_map(|subject| scope.roster.identity(subject))
        .map(str::to_ascii_lowercase)
        .collect();
    let new: Vec<&str> = people.active.difference(&exported).map(String::as_str).collect();
    for email in &new {
        let subject = scope.roster.subject(email);
        let grant = match scope.record.people.get(*email).map(|confirmed| confirmed.value) {
            Some(Level::Blocked) => None,
            Some(Level::Cap(Cap::Amount(cap))) if cap.is_zero() => None,
            Some(Level::Cap(cap)) => Some(Grant { cap: Some(cap), ..Grant::default() }),
            None => Some(Grant::default()),
        };
        for (pool, state) in &mut observed.state.pools {
            // SCIM does not tell billing groups in a way that is known.
            let inside = state.target.get(BILLING_GROUP).is_none();
            // A pool without a scope of its own decides over the whole roster.
            if let Some(decides) = observed.scopes.get_mut(pool).filter(|_| inside) {
                decides.insert(subject.clone());
            }
            if let Some(grant) = grant.filter(|_| inside || names(scope, pool, &subject)) {
                state.grants.insert(subject.clone(), grant);
            }
        }
        observed.roster.insert(subject);
    }
    if !new.is_empty() {
        let (people, are) = some(&new);
        observed.notes.push(format!(
            "SCIM shows {people}, who {are} not in the export: everybody starts at Full access, so export People again"
        ));
    }
    let gone: Vec<&str> = people.inactive.intersection(&exported).map(String::as_str).collect();
    if !gone.is_empty() {
        let (people, are) = some(&gone);
        observed.notes.push(format!(
            "by SCIM {people} of the export {are} no longer active: export People again before you set anything"
        ));
    }
    if people.nameless > 0 {
        observed.notes.push(format!(
            "SCIM shows {} without an e-mail address: whether they are in the export cannot be told",
            if people.nameless == 1 { "1 person".to_owned() } else { format!("{} people", people.nameless) }
        ));
    }
    observed.reads += people.reads;
}

/// People in a sentence: as many as one can read, and the verb that they take.
pub(super) fn some(people: &[&str]) -> (String, &'static str) {
    const SHOWN: usize = 5;
    match people {
        [one] => ((*one).to_owned(), "is"),
        many if many.len() <= SHOWN => {
            let (last, rest) = many.split_last().map_or(("", &[][..]), |(last, rest)| (*last, rest));
            (format!("{} and {last}", rest.join(", ")), "are")
        }
        many => {
            let shown = many.get(..SHOWN).unwrap_or_default().join(", ");
            (format!("{shown} and {} more people", many.len() - SHOWN), "are")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::centers::figma::wire::ScimUser;
    use crate::model::{PoolId, Target};

    fn email(json: &str) -> Option<String> {
        serde_json::from_str::<ScimUser>(json).unwrap().email()
    }

    #[test]
    fn the_address_is_what_they_sign_in_with_or_the_primary_one() {
        let emails = r#""emails":[{"value":"b@x.example"},{"value":"C@x.example","primary":"True"}]"#;
        assert_eq!(email(r#"{"userName":" Ann@x.example"}"#).unwrap(), "ann@x.example");
        assert_eq!(email(&format!(r#"{{"userName":"ann","displayName":null,{emails}}}"#)).unwrap(), "c@x.example");
        assert_eq!(email(r#"{"userName":"ann","emails":[{"value":"b@x.example"}]}"#).unwrap(), "b@x.example");
        assert_eq!(email(r#"{"userName":"ann","emails":null}"#), None);
        assert_eq!(email(r#"{"userName":"no t@x.example"}"#), None);
    }

    #[test]
    fn who_is_not_said_to_be_gone_is_there() {
        let active = |json: &str| serde_json::from_str::<ScimUser>(json).unwrap().is_active();
        assert!(active("{}") && active(r#"{"active":null}"#) && active(r#"{"active":"true"}"#));
        assert!(!active(r#"{"active":false}"#) && !active(r#"{"active":"False"}"#));
    }

    #[test]
    fn what_was_confirmed_of_somebody_new_is_what_they_have() {
        use crate::model::{Amount, Confirmed, Unit};
        let cap = |amount| Level::Cap(Cap::Amount(Amount::whole(amount, Unit::Credits)));
        let set = |level| Confirmed {
            value: level,
            by: "Ada".to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
            plan: None,
            basis: None,
        };
        let mut scope = Scope::default();
        for (name, level) in [("a", Level::Blocked), ("b", cap(0)), ("c", cap(7))] {
            scope.record.people.insert(format!("{name}@x.example"), set(level));
        }
        let id = PoolId::new("ai").unwrap();
        let mut observed = Observed::default();
        observed.scopes.insert(id.clone(), BTreeSet::new());
        observed
            .state
            .pools
            .insert(id.clone(), crate::centers::figma::map::pool(&Target::of("plan", "plan")));
        let active = ["a", "b", "c", "d"].map(|name| format!("{name}@x.example")).into();
        add(&People { active, nameless: 2, reads: 3, ..People::default() }, &scope, &mut observed);
        let grants = observed.state.pools[&id].grants.iter();
        let grants: Vec<_> = grants.map(|(who, grant)| (who.name().to_owned(), grant.cap.is_some())).collect();
        assert_eq!(grants, [("c@x.example".to_owned(), true), ("d@x.example".to_owned(), false)]);
        assert_eq!((observed.scopes[&id].len(), observed.roster.len(), observed.reads), (4, 4, 3));
        assert!(observed.notes[1].starts_with("SCIM shows 2 people without an e-mail address"));
    }

    #[test]
    fn many_people_are_cut_short() {
        assert_eq!(some(&["a"]), ("a".to_owned(), "is"));
        assert_eq!(some(&["a", "b", "c"]).0, "a, b and c");
        assert_eq!(some(&["a", "b", "c", "d", "e", "f", "g"]).0, "a, b, c, d, e and 2 more people");
    }
}
