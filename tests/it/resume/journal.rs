//! A journal as it is read: by its schema, strictly, and never with a panic.

use bursar::apply::{History, HistoryError};
use proptest::prelude::*;

use super::harness::{self, Memory, apply};
use super::kill::world;
use crate::output::json::{findings, validator};

const JOURNAL: &str = include_str!("../../../schema/journal.v1.schema.json");

fn journal() -> Vec<u8> {
    apply(&Memory::new(world())).0
}

fn error(bytes: &[u8]) -> String {
    History::read(bytes).unwrap_err().to_string()
}

/// The journal with something else in one line.
fn with(line: usize, from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(journal()).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    assert!(lines[line - 1].contains(from), "{}", lines[line - 1]);
    lines[line - 1] = lines[line - 1].replacen(from, to, 1);
    (lines.join("\n") + "\n").into_bytes()
}

#[test]
fn lines_keep_the_schema() {
    let validator = validator(JOURNAL);
    let mut center = Memory::new(world());
    center.faults.insert("ai/grants/alice".to_owned(), harness::Fault::Fails);
    center.faults.insert("ai/grants/dave".to_owned(), harness::Fault::LostRequest);
    let (bytes, _) = apply(&center);
    let (bytes, _) = harness::resume(&center, &bytes);
    let lines = harness::lines(&bytes);
    assert!(lines.iter().any(|line| line["run"] == 2));
    for line in lines {
        assert_eq!(findings(&validator, &line), Vec::<String>::new(), "{line}");
        for (key, value) in [("kind", "whim"), ("more", "keys"), ("plan", "short"), ("change", "")] {
            let mut bad = line.clone();
            bad[key] = value.into();
            let fits = key == "change" && line["kind"] == "outcome";
            assert_eq!(findings(&validator, &bad).is_empty(), fits, "{key}");
        }
    }
}

#[test]
fn what_is_no_journal_is_told_from_what_was_damaged() {
    let whole = journal();
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap();
    for nothing in [&whole[..0], &whole[..5], &whole[..first]] {
        assert!(matches!(History::read(nothing), Err(HistoryError::Empty)), "{nothing:?}");
    }
    for other in ["notes", "notes\n", "{}\n", "{\"schema\":\"bursar.plan.v1\"}\n", "[]\n", "\n", "\u{0}\u{0}"] {
        assert!(matches!(History::read(other.as_bytes()), Err(HistoryError::NotAJournal)), "{other:?}");
    }
    let newer = with(1, "journal.v1", "journal.v2");
    assert_eq!(error(&newer), "it was written by a newer Bursar, as bursar.journal.v2");
    insta::assert_snapshot!([
        with(4, "\"seq\":4", "\"seq\":5"),
        with(4, "{", "{{"),
        with(4, "outcome", "whim"),
        with(3, "\"run\":1", "\"run\":2"),
        with(3, "\"identity\":\"", "\"identity\":\"x"),
        with(2, "\"plan\":\"", "\"plan\":\"x"),
        with(2, "\"change\":\"", "\"change\":\"x"),
        with(1, "\"kind\":\"pool.create\"", "\"kind\":\"pool.make\""),
        with(1, "\"pool\":\"new\"", "\"pool\":\"old\""),
        with(2, "bursar.journal.v1", "bursar.report.v1"),
    ].map(|bytes| error(&bytes)).join("\n"), @"
    it is damaged in line 4: it is number 5, and 4 comes next
    it is damaged in line 4: key must be a string
    it is damaged in line 4: unknown variant `whim`, expected `intent` or `outcome`
    it is damaged in line 4: gateway/ai has no intent that this could be the outcome of
    it is damaged in line 3: gateway is another account than before
    line 2 belongs to another plan than the lines before it
    it is damaged in line 2: xgateway/new has no intent that this could be the outcome of
    it is damaged in line 1: `pool.make` is no kind of change
    it is damaged in line 1: the id gateway/new does not fit a change of gateway/old
    it is damaged in line 2: it is bursar.report.v1
    ");
    // A line that stands there twice, and one that is missing.
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    let without = [&lines[..3], &lines[4..]].concat().concat();
    assert_eq!(error(&without), "it is damaged in line 4: it is number 5, and 4 comes next");
    let twice = [&lines[..4], &lines[3..]].concat().concat();
    assert_eq!(error(&twice), "it is damaged in line 5: it is number 4, and 5 comes next");
}

#[test]
fn a_run_is_gone_on_with_only_where_nothing_else_was_done_or_asked() {
    use bursar::apply::Unlike;
    use bursar::plan::Object;
    let whole = journal();
    let cut = whole.len() / 2;
    let bytes = &whole[..cut];
    let history = History::read(bytes).unwrap();
    let half = || {
        let center = Memory::new(world());
        let lines = harness::lines(&bytes[..usize::try_from(history.length()).unwrap()]);
        let done: Vec<String> = lines.iter().filter(|line| line["kind"] == "outcome").map(harness::id).collect();
        for change in center.plan().changes.iter().filter(|change| done.contains(&change.id())) {
            crate::plan::laws::apply(&mut center.state.lock().unwrap(), change, center.part.capabilities);
        }
        center
    };
    let center = half();
    let plan = center.plan();
    assert!(!plan.is_empty());
    assert_eq!(history.holds(&plan), Ok(()));

    // A change that was not asked for then, one that is gone, and one of another value.
    let mut more = plan.clone();
    let mut extra = more.changes[0].clone();
    extra.subject = Some(crate::world::member("mallory"));
    extra.kind = bursar::plan::Kind::GrantAdd;
    more.changes.push(extra);
    assert_eq!(history.holds(&more), Err(Unlike::Another));
    let mut fewer = plan.clone();
    fewer.changes.pop();
    assert_eq!(history.holds(&fewer), Err(Unlike::Another));
    let known: Vec<String> = harness::lines(bytes.rsplitn(2, |byte| *byte == b'\n').last().unwrap())
        .iter()
        .map(harness::id)
        .collect();
    let mut other = plan.clone();
    let at = other.changes.iter().position(|change| !known.contains(&change.id())).unwrap();
    other.changes[at].after = other.changes[at].before.clone();
    assert_eq!(history.holds(&other), Err(Unlike::Another));

    // What was made then and is otherwise now was changed by somebody else.
    let whole_history = History::read(&whole[..]).unwrap();
    let done = Memory::new(world())
        .plan()
        .changes
        .into_iter()
        .find(|change| change.subject.is_some())
        .unwrap();
    let mut again = plan.clone();
    again.changes = vec![done.clone()];
    assert_eq!(whole_history.holds(&again), Ok(()), "the same once more");
    again.changes[0].before = Some(Object::Grant(bursar::model::Grant::default()));
    assert_eq!(whole_history.holds(&again), Err(Unlike::Changed(vec![done.id()])));
    again.changes[0] = done.clone();
    again.changes[0].people.push(crate::world::member("zoe"));
    assert_eq!(whole_history.holds(&again), Err(Unlike::Changed(vec![done.id()])));

    let mut foreign = plan.clone();
    foreign.centers.insert(harness::center(), "other.db".to_owned());
    assert!(matches!(history.holds(&foreign), Err(Unlike::Foreign { .. })));
    foreign.centers.clear();
    foreign.changes.clear();
    assert!(matches!(history.holds(&foreign), Err(Unlike::Foreign { now: None, .. })));
}

/// A change may be several requests: where it died between them, the object looks like neither before nor after.
#[test]
fn what_was_made_in_part_is_finished_and_nobody_loses_more_by_it() {
    use bursar::apply::Unlike;
    use bursar::plan::{Effect, Object};
    let whole = journal();
    let text = String::from_utf8(whole).unwrap();
    let intent = text
        .lines()
        .position(|line| line.contains("intent") && line.contains("gateway/ai/grants/alice"));
    let end = text.split_inclusive('\n').take(intent.unwrap() + 1).map(str::len).sum::<usize>();
    let open = History::read(&text.as_bytes()[..end]).unwrap();
    let mut plan = Memory::new(world()).plan();
    let done: Vec<String> = harness::lines(&text.as_bytes()[..end])
        .iter()
        .filter(|line| line["kind"] == "outcome")
        .map(harness::id)
        .collect();
    plan.changes.retain(|change| !done.contains(&change.id()));
    assert_eq!(open.holds(&plan), Ok(()));
    let at = plan.changes.iter().position(|change| change.id() == "gateway/ai/grants/alice").unwrap();
    assert_eq!(plan.changes[at].effect, Effect::Cuts);
    plan.changes[at].before = Some(Object::Grant(bursar::model::Grant::default()));
    assert_eq!(open.holds(&plan), Ok(()), "it was under way");
    plan.changes[at].effect = Effect::Raises;
    assert_eq!(open.holds(&plan), Ok(()), "less is taken than was approved");
    plan.changes[at].effect = Effect::Revokes;
    assert_eq!(open.holds(&plan), Err(Unlike::Changed(vec!["gateway/ai/grants/alice".to_owned()])));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_a_journal_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300), line in "[\\PC\n]{0,80}") {
        let _ = History::read(&bytes[..]);
        let _ = History::read(line.as_bytes());
    }

    #[test]
    fn no_changed_byte_is_a_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = journal();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = History::read(&bytes[..]);
    }
}
