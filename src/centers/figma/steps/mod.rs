//! Manual changes as steps in Figma's console: people of one level in one bulk action, and in an order in which nobody
//! who keeps a right loses it on the way. The labels are those of Figma's help centre [D]; what it does not tell is said
//! with a note, never as a fact.

mod budget;
mod people;
#[cfg(test)]
mod tests;

use crate::model::{Observed, Scope};
use crate::plan::{Change, Click, Delivery, Kind, Object, Piece, Step, by_hand};

/// To open a page of the admin console and let it load, in seconds.
const OPEN: u32 = 15;
/// To set a filter and let the list load, in seconds.
const FILTER: u32 = 8;
/// To find one person in a list and tick or un-tick them, in seconds: a name is pasted into the search.
const TICK: u32 = 6;
/// To choose a level, confirm it and see that it was taken, in seconds.
const CHOOSE: u32 = 20;
/// To set a number, in seconds.
const NUMBER: u32 = 5;
/// To compare what was bought with what is wanted, in seconds; a purchase itself takes whoever may make it.
const COMPARE: u32 = 60;

/// The most people that a step lists for ticking.
const LISTED: usize = 50;

/// The manual ones among these changes as steps, without their numbers.
pub(super) fn steps(changes: &[&Change], scope: &Scope, observed: &Observed) -> Vec<Step> {
    let manual = changes
        .iter()
        .copied()
        .filter(|change| matches!(change.delivery, Delivery::Manual { .. }));
    let (mut persons, mut budgets, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for change in manual {
        match (change.kind, &change.after) {
            (Kind::GrantAdd | Kind::GrantUpdate | Kind::GrantRevoke, after)
                if people::Level::of(after.as_ref()).is_some() =>
            {
                persons.push(change);
            }
            (Kind::PoolUpdate, Some(Object::Pool(_))) => budgets.push(change),
            _ => rest.push(change),
        }
    }
    // What becomes more comes before anybody is to draw on it, what becomes less after nobody does any longer.
    let (less, more): (Vec<&Change>, Vec<&Change>) = budgets.into_iter().partition(|change| budget::shrinks(change));
    let mut steps = budget::steps(&more);
    steps.extend(people::steps(&persons, scope, observed));
    steps.extend(budget::steps(&less));
    steps.extend(by_hand(&rest, scope));
    steps
}

fn say(text: impl Into<String>) -> Piece {
    Piece::Say(text.into())
}

fn press(label: &str) -> Piece {
    Piece::Press(label.to_owned())
}

/// "Open A → B → C."
fn open(labels: &[&str]) -> Click {
    let mut click = vec![say("Open ")];
    for (i, label) in labels.iter().enumerate() {
        if i > 0 {
            click.push(say(" → "));
        }
        click.push(press(label));
    }
    click.push(say("."));
    click
}
