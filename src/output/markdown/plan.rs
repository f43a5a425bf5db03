//! The page of a plan.

use std::io;

use crate::output::escape::Markdown;
use crate::output::runbook::effort;
use crate::output::sentence::headline;
use crate::output::words;
use crate::plan::{Cause, Delivery, Plan};

use super::budget::Budget;
use super::due::due;
use super::frame::Rules;
use super::people::{self, About, Item};
use super::sheet::{self, Sheet};
use super::{Frame, sources};

/// Writes a plan in at most the frame's budget.
pub fn plan(out: &mut impl io::Write, plan: &Plan, frame: &Frame<'_>) -> io::Result<()> {
    let rules = Rules::of(frame);
    let item = |change| Item {
        change,
        periods: words::periods(plan, change),
        rule: rules.at(&change.pool, change.source.as_ref()),
        was: None,
    };
    let all: Vec<Item<'_>> = plan.changes.iter().map(item).collect();
    // Without a base nothing is known of whose change it is.
    let (own, foreign): (Vec<Item<'_>>, Vec<Item<'_>>) = all
        .iter()
        .partition(|item| frame.base.is_none() || matches!(item.change.cause, Cause::Config | Cause::Unattributed));

    let apart = apart(&foreign);
    let sheet = Sheet {
        title: "plan",
        head: head(plan, &own, &foreign, frame),
        refusals: &plan.refusals,
        counted: "Worst case",
        money: &plan.summary.worst_case,
        foot: foot(plan),
        whole: "bursar plan --format json",
        stub: format!(
            "Bursar plan: {}, {}.",
            words::count_words(plan.changes.len(), "change", "changes"),
            words::count_words(plan.refusals.len(), "refusal", "refusals"),
        ),
    };
    sheet::write(out, frame, &sheet, apart.len(), |budget| {
        let mut parts: [String; 5] = Default::default();
        let [losses, elsewhere, gains, regained, folded] = &mut parts;
        people::section(losses, budget, &own, About::Losses);
        people::section(elsewhere, budget, &foreign, About::Losses);
        people::section(gains, budget, &own, About::Gains);
        people::section(gains, budget, &own, About::Rest);
        people::section(regained, budget, &foreign, About::Gains);
        people::section(regained, budget, &foreign, About::Rest);
        due(folded, budget, plan.due.as_ref());
        appendix(folded, budget, plan, plan.asserts.iter().map(item).collect());
        sources::write(folded, budget, &all);
        let [losses, elsewhere, gains, regained, folded] = parts;
        (format!("{losses}{gains}{apart}{elsewhere}{regained}"), folded)
    })
}

fn head(plan: &Plan, own: &[Item<'_>], foreign: &[Item<'_>], frame: &Frame<'_>) -> String {
    let centers = words::centers(plan, people::text);
    let centers = if centers.is_empty() { "no center".to_owned() } else { sheet::fitting(&centers, ", ", "centers") };
    let told: Vec<_> = own.iter().map(|item| (item.change, item.periods)).collect();
    // The money is of the whole plan, so that it belongs to this sentence only where that is all of it.
    let money = foreign.is_empty().then_some(&plan.summary.worst_case);
    let sentence = match (own, foreign) {
        ([], [_, ..]) => "This change means nothing for people or money".to_owned(),
        _ => headline(&told, money, &people::name),
    };
    let compared = frame
        .base
        .map_or_else(String::new, |base| format!(" What this change does is told from {}.", people::name(base)));
    let seen = match plan.asserts.len() {
        0 => String::new(),
        count => format!(" {} can only be seen.", words::count_words(count, "difference", "differences")),
    };
    format!("**{sentence}.**\n\nLooked at {centers}.{seen}{compared}\n\n")
}

/// What stands above the changes that are not this edit's.
fn apart(foreign: &[Item<'_>]) -> String {
    if foreign.is_empty() {
        return String::new();
    }
    let told: Vec<_> = foreign.iter().map(|item| (item.change, item.periods)).collect();
    format!(
        "---\n\n### Not from this change\n\n**{}.** It was done in a center outside review, or a day has come; an apply \
         of this plan makes these changes all the same.\n\n",
        headline(&told, None, &people::name)
    )
}

fn foot(plan: &Plan) -> String {
    if plan.is_empty() {
        return String::new();
    }
    let calls = words::calls(plan, |text| Markdown(text).to_string());
    let calls = if calls.is_empty() {
        String::new()
    } else {
        format!("Requests: {}. ", sheet::fitting(&calls, ", ", "centers"))
    };
    format!("<sub>{calls}Plan `{}`.</sub>\n", plan.hash)
}

/// What is folded away below the money: steps for a person, differences that cannot be written, and what is only told.
fn appendix(out: &mut String, budget: &mut Budget, plan: &Plan, asserts: Vec<Item<'_>>) {
    if !plan.steps.is_empty() {
        let groups: Vec<_> = plan.steps.chunk_by(|a, b| a.center == b.center).collect();
        let rows = groups.iter().filter_map(|group| {
            let center = Markdown(group.first()?.center.as_str()).to_string();
            Some(format!("- {center}: {}; `bursar apply` writes the runbook\n", effort(*group)))
        });
        let rows: Vec<String> = rows.collect();
        budget.block(
            out,
            "<details open><summary>By hand: what a person has to do</summary>\n\n",
            rows.into_iter(),
            "\n</details>\n\n",
            ("center", "centers"),
        );
    }
    let mut steps: Vec<&[String]> = plan
        .changes
        .iter()
        .filter(|_| plan.steps.is_empty())
        .filter_map(|change| match &change.delivery {
            Delivery::Manual { steps } => Some(steps.as_slice()),
            Delivery::Api | Delivery::Assert => None,
        })
        .collect();
    steps.sort_unstable();
    steps.dedup();
    for steps in steps {
        let rows = steps.iter().map(|step| format!("1. {}\n", people::text(step)));
        budget.block(
            out,
            "<details open><summary>By hand: what a person has to do</summary>\n\n",
            rows,
            "\n</details>\n\n",
            ("step", "steps"),
        );
    }
    people::asserts(out, budget, asserts);
    let pools = plan
        .unmanaged
        .iter()
        .map(|pool| format!("- {} in {}\n", people::name(&pool.pool), Markdown(pool.center.as_str())));
    let title = format!("Unmanaged pools ({}), never touched", plan.unmanaged.len());
    sheet::fold(out, budget, &title, pools, ("unmanaged pool", "unmanaged pools"));
    let notes = plan
        .notes
        .iter()
        .map(|note| format!("- {}: {}\n", Markdown(note.center.as_str()), people::text(&note.message)));
    sheet::fold(out, budget, &format!("Notes ({})", plan.notes.len()), notes, ("note", "notes"));
}
