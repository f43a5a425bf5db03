use super::*;
use crate::diagnostics::FileId;

#[track_caller]
fn check(source: &str, expected: &str) {
    let text = match layout(source, FileId::default()).unwrap() {
        Layout::Differs(text) => text,
        Layout::Canonical => source.to_owned(),
        Layout::Unsure => panic!("not sure of {source:?}"),
    };
    assert_eq!(text, expected);
    assert_eq!(layout(&text, FileId::default()).unwrap(), Layout::Canonical, "{text}");
}

#[test]
fn blocks_are_indented_by_two() {
    check(
        "\u{feff}# yaml-language-server: $schema=x\r\nversion:   1\r\ncenters:\r\n    c:   # the one\r\n        provider: 'embedded'   \r\n\r\n\r\n\r\n        path: \"x\"\r\npools:\r\n# about p\r\n   p:\r\n     access:\r\n     - member: a\r\n       cap: 5\r\n     # the second\r\n     -\r\n       member: b\r\n\r\n",
        "# yaml-language-server: $schema=x\nversion: 1\n\ncenters:\n  c:     # the one\n    provider: \"embedded\"\n\n    path: \"x\"\n\npools:\n  # about p\n  p:\n    access:\n      - member: a\n        cap: 5\n      # the second\n      - member: b\n",
    );
}

#[test]
fn a_section_is_one_wherever_its_list_stands() {
    check("a:\n- [x]\nb: 1\n", "a:\n  - [x]\n\nb: 1\n");
    check("a: 1\nb: # c\n- [x]\n- [w]\nc: [z]\n", "a: 1\n\nb: # c\n  - [x]\n  - [w]\n\nc: [z]\n");
}

#[test]
fn flow_keeps_its_breaks() {
    check(
        "a: {b:   1,c: [x,w , z],d: {},e: [ ]}\nf: [\n    one,   # first\n  # about two\n    two, three\n    ]\n",
        "a: { b: 1, c: [x, w, z], d: {}, e: [] }\nf: [\n    one,   # first\n    # about two\n    two, three,\n  ]\n",
    );
    check("a: [b: 1, {c: 2,},]\n", "a: [b: 1, { c: 2 }]\n");
    check("a: [x,\n  w]\n", "a: [x,\n    w]\n");
    // A strict reader wants the last bracket further in than what the collection belongs to.
    check("a:\n- [\n  x,\n]\n- b: {\n  c: 1\n}\n", "a:\n  - [\n      x,\n    ]\n  - b: {\n        c: 1,\n      }\n");
    check("a:\n  [\n  x\n]\n", "a: [\n    x,\n  ]\n");
    check("a:\n  [x]\nb: [ # all\n x]\n", "a: [x]\nb: [ # all\n    x]\n");
}

#[test]
fn scalars_of_many_lines_keep_their_text() {
    check(
        "a: |\n      x\n        y\n\n      z   \n\n\nb: >-   # note\n    folded\n    text\nc: |2\n    x\n   y\nd: two\n       lines\ne: \"a\\\n      b\"\nf: |+\n x\n\ng: 1\n",
        "a: |\n  x\n    y\n\n  z   \n\nb: >- # note\n  folded\n  text\nc: |2\n    x\n   y\nd: two\n  lines\ne: \"a\\\n  b\"\nf: |+\n  x\n\ng: 1\n",
    );
    check("a:\n        two\n        lines\n", "a:\n  two\n  lines\n");
    check("- |\n x\n- - a\n  -   b\n- k: |-\n   y\n", "- |\n  x\n- - a\n  - b\n- k: |-\n    y\n");
}

#[test]
fn places_of_block_scalars() {
    for source in [
        "a: |\n      x\n        z\n\n      z   \n\n\nb: 1\n",
        "b: >-   # note\n    folded\n    text\n",
        "c: |2\n    x\n   w\n",
        "d: two\n       lines\n",
        "e: \"a\\\n      b\"\n",
        "f: |+\n x\n\ng: 1\n",
    ] {
        if layout(source, FileId::default()).unwrap() == Layout::Unsure {
            let mut findings = Vec::new();
            let tree = crate::config::tree::parse(source, FileId::default(), &mut findings).unwrap();
            let spans: Vec<_> = tree.root().entries().map(|(_, v)| (v.span(), v.text())).collect();
            panic!("{source:?} {spans:?} {:?}", tokens::tokens(tree.root(), source));
        }
    }
}

#[test]
fn comments_stay_where_they_belong() {
    check(
        "a:\n    b: 1\n    # end of a\n# c is next\nc:\n- x   # one\n# in c, or after\n- w\n\n# the end\n",
        "a:\n  b: 1\n  # end of a\n\n# c is next\nc:\n  - x # one\n  # in c, or after\n  - w\n\n# the end\n",
    );
    check(
        "a: # one\n    1\nb:\n  # two\n  2\nc:   # nothing\nd: ''\n",
        "a: # one\n  1\nb:\n  # two\n  2\nc:   # nothing\nd: \"\"\n",
    );
    check("- # one\n  a: 1\n-\n  # two\n  b: 2\n", "- # one\n  a: 1\n-\n  # two\n  b: 2\n");
    check("# only\n\n\n# this\n", "# only\n\n# this\n");
    check("# a\n---\n# b\na: 1\n...\n# c\n", "# a\n---\n# b\na: 1\n\n# c\n");
    check("", "");
    check("\n\n  a: 1", "a: 1\n");
}

#[test]
fn what_has_findings_is_not_laid_out() {
    for source in ["a: [\n", "a: &b 1\n", "a: 1\na: 2\n", "a: no\n", "a: 1\n---\nb: 1\n", "? [a]\n: 1\n"] {
        assert!(!layout(source, FileId::default()).unwrap_err().is_empty(), "{source}");
    }
}
