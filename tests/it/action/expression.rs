//! The few expressions that the action uses, evaluated as GitHub would. Anything else fails, so that the action stays simple.

use std::collections::BTreeMap;

/// What names stand for: `inputs.config`, `steps.run.outputs.verdict`.
pub(crate) type Names = BTreeMap<String, String>;

/// A text with its `${{ }}` replaced.
pub(crate) fn fill(text: &str, names: &Names) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${{") {
        let end = rest[start..].find("}}").unwrap_or_else(|| panic!("no end: {text}")) + start;
        out.push_str(&rest[..start]);
        out.push_str(&value(&rest[start + 3..end], names));
        rest = &rest[end + 2..];
    }
    out + rest
}

/// Whether a step runs. A condition that does not say `always()` asks for success as well.
pub(crate) fn holds(condition: Option<&str>, names: &Names, success: bool) -> bool {
    let Some(condition) = condition else { return success };
    let inner = condition.trim().trim_start_matches("${{").trim_end_matches("}}");
    (success || inner.contains("always()")) && !value(inner, names).is_empty()
}

/// The value of an expression; what is false is empty.
fn value(expression: &str, names: &Names) -> String {
    let all = |parts: Vec<&str>| -> Vec<String> { parts.into_iter().map(|part| compared(part, names)).collect() };
    assert!(!expression.contains("||") && !expression.contains('['), "too clever: {expression}");
    let values = all(expression.split("&&").collect());
    match values.iter().find(|value| value.is_empty()) {
        Some(_) => String::new(),
        None => values.into_iter().next_back().unwrap(),
    }
}

fn compared(part: &str, names: &Names) -> String {
    let yes = |is: bool| if is { "true".to_owned() } else { String::new() };
    if let Some((left, right)) = part.split_once("!=") {
        return yes(atom(left, names) != atom(right, names));
    }
    if let Some((left, right)) = part.split_once("==") {
        return yes(atom(left, names) == atom(right, names));
    }
    atom(part, names)
}

fn atom(text: &str, names: &Names) -> String {
    let text = text.trim();
    if text == "always()" {
        return "true".to_owned();
    }
    if let Some(literal) = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        return literal.to_owned();
    }
    assert!(text.starts_with("inputs.") || text.starts_with("github.") || text.starts_with("steps."), "{text}");
    assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)), "too clever: {text}");
    // An unknown input is a mistake of the action; a step that was left out has no outputs.
    match names.get(text) {
        Some(value) => value.clone(),
        None if text.starts_with("steps.") => String::new(),
        None => panic!("{text} is not known"),
    }
}

#[test]
fn expressions_are_what_github_takes_them_for() {
    let names: Names = [("inputs.a", "x"), ("steps.run.outputs.b", "true")]
        .map(|(k, v)| (k.into(), v.into()))
        .into();
    assert_eq!(fill("<${{ inputs.a }}>${{inputs.a}}", &names), "<x>x");
    assert!(holds(Some("${{ steps.run.outputs.b == 'true' }}"), &names, true));
    assert!(!holds(Some("${{ steps.run.outputs.b == 'true' }}"), &names, false));
    assert!(holds(Some("${{ always() && inputs.a != '' }}"), &names, false));
    assert!(!holds(Some("${{ always() && steps.left.outputs.out != '' }}"), &names, true));
}
