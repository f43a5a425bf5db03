//! The table of behaviours: what each needs of a center, and the function that looks whether it is so.

mod crash;
mod life;
mod people;
mod report;
mod rules;
mod stale;
mod trouble;
mod usage;

use super::need::{Need, Table};
use super::site::Row;

/// One behaviour.
pub(super) struct Behaviour {
    pub(super) name: &'static str,
    /// What it is, in one sentence.
    pub(super) about: &'static str,
    pub(super) needs: &'static [Need],
    pub(super) does: fn(&Row),
}

impl Behaviour {
    /// Why a center does not run it; nothing where it does.
    pub(super) fn lacks(&self, table: &Table) -> Option<String> {
        self.needs.iter().find_map(|need| table.lacks(*need))
    }
}

/// Makes a row and a test of each behaviour.
macro_rules! behaviours {
    ($($module:ident::$name:ident [$($need:expr),*] $about:literal;)+) => {
        /// Every behaviour.
        pub(super) const TABLE: &[Behaviour] = &[$(
            Behaviour { name: stringify!($name), about: $about, needs: &[$($need),*], does: $module::$name }
        ),+];

        mod each {
            $(#[test]
            fn $name() {
                super::super::across(stringify!($name));
            })+
        }
    };
}

use Need::{Names, OthersCap, Pools, Reads, Requests, Sets, Shared, Token, Writes};

behaviours! {
    life::an_empty_center_is_filled [Sets("grant")]
        "What is asked of an empty center is made, and then there is nothing to do";
    life::what_is_there_is_imported [Sets("grant")]
        "An import is a whole file that validates and plans to no change";
    life::a_pool_of_nobody_is_left_alone [Shared, Writes("pool"), Pools]
        "A pool that is in no file is listed and never touched";
    life::a_pool_goes_by_ensure_absent [Writes("pool"), Pools]
        "A pool goes where the file says so, and nothing else does";

    people::one_person_is_granted_raised_cut_and_revoked [Sets("grant"), Sets("cap_amount")]
        "One person is one change, with the requests that were announced";
    people::a_cap_of_nothing [Sets("cap_zero")] "Zero is a cap";
    people::no_limit [Sets("cap_unlimited")] "A grant without a limit";
    people::what_is_wider_holds [Sets("cap_inherit")] "A grant that follows the next wider rule";
    people::a_value_that_is_not_there_is_a_finding [Sets("cap_amount")]
        "A cap that the center has not is a finding, with what to write instead; one that it has is none";
    people::a_name_in_another_case_is_the_same_person [Sets("cap_amount"), Names]
        "Alice@Acme.example is alice@acme.example";
    people::two_hundred_and_fifty_people [Sets("grant"), Sets("cap_amount")]
        "More people than fit on any page";
    people::a_right_that_ends_by_the_file [Sets("grant")]
        "A grant is revoked on the day after its last, by whoever keeps the calendar";
    people::a_right_that_ends_by_itself [Writes("expiry")] "The center keeps the last day of a grant";

    rules::a_default_cap [Sets("default_cap")] "Granted people without a cap have the default one";
    rules::a_stranger_is_revoked_where_others_are_blocked [Shared, Writes("others")]
        "Whom the center knows and no file names is shown by the center's own name";
    rules::others_have_a_cap [Shared, Writes("others"), OthersCap] "Others may have a little";
    rules::others_are_left_as_they_are [Shared, Writes("cap_amount")] "Unmanaged leaves everybody else exactly as they are";
    rules::nobody_is_left [Sets("grant")]
        "An empty access list revokes everybody, and a guardrail wants to hear it";
    rules::a_budget [Writes("budget")] "A budget is raised and lowered";
    rules::an_alert [Writes("alert")] "An alert comes and goes";

    usage::what_people_drew_is_told [Reads("usage")]
        "Who drew what is told in what the pool counts, of people whom no file names too";

    stale::what_moved_since_the_plan_was_saved [Shared, Writes("cap_amount")]
        "A saved plan that is no longer what would be done writes nothing";
    stale::what_moves_while_a_plan_is_applied [Requests, Writes("cap_amount")]
        "A person who was set by somebody else a moment ago is refused alone";
    stale::a_plan_that_was_applied [Shared, Writes("cap_amount")]
        "A saved plan verifies until it is applied, then it is done, and with drift it is stale";

    trouble::a_wrong_token [Requests, Token] "A wrong token is told, with what to do, and nothing is written";
    trouble::patience_is_obeyed [Requests, Writes("cap_amount")] "Who is asked to wait waits as long";
    trouble::a_write_that_fails_or_is_lost [Requests, Writes("cap_amount")]
        "What became of a write is told as it is, and the next apply comes to the end without a second object";
    trouble::a_first_apply_that_fails_or_is_lost [Requests]
        "So it is with each write that fills an empty center";

    crash::an_interrupt [Shared, Writes("cap_amount")] "A SIGTERM leaves a whole journal, and resume comes to the end";
    crash::a_kill [Shared, Writes("cap_amount")] "After a kill -9 resume comes to the end";
    crash::two_at_once [Shared, Writes("cap_amount")] "Who comes second is told who holds the lock";

    report::a_plan_is_of_its_schema [Sets("grant")] "Plans and reports are of their published schemas";
    report::a_healthy_center_has_nothing_wrong [Sets("grant")] "The doctor finds a healthy center healthy";
    report::who_may_what_is_explained [Sets("grant"), Sets("cap_amount")] "Explain shows what the center has beside what is asked";
}
