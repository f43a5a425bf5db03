//! What the reader of the files finds: syntax, and structure that a JSON schema could mostly see too.

use super::Check;
use crate::diagnostics::Severity::Error;

macro_rules! structure {
    ($($name:ident $code:literal $slug:literal $schema:literal $about:literal $bad:literal $says:literal $good:literal)*) => {
        $(
            #[doc = $about]
            pub const $name: Check = Check {
                code: $code, name: $slug, severity: Error, about: $about, bad: $bad, says: $says, good: $good,
                schema: $schema, run: None,
            };
        )*
        /// All of them, by code.
        pub const ALL: &[&Check] = &[$(&$name),*];
    };
}

structure! {
    SYNTAX "BUR001" "syntax" false
        "The file is not YAML, not UTF-8 or not text. A file stops at its first such place; the other files are read on."
        "groups:\n  designers: [alice\n"
        "this is not YAML: unclosed bracket '['"
        "groups:\n  designers: [alice]\n"
    TOO_LARGE "BUR002" "too-large" false
        "The file is larger than 256 MiB, has more than 20 million values, or is nested more than 64 deep."
        "groups:\n  deep: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[alice]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n"
        "this is nested more than 64 deep"
        "groups:\n  flat: [alice]\n"
    DUPLICATE_KEY "BUR003" "duplicate-key" false
        "A key is there twice in one map. Most readers of YAML would let the last one win without a word."
        "pools:\n  ai:\n    center: main\n    budget: { unit: credits, period: monthly }\n    access: [{ member: alice, cap: 100, cap: 10000 }]\n    others: blocked\n"
        "the key `cap` is here a second time"
        "pools:\n  ai:\n    center: main\n    budget: { unit: credits, period: monthly }\n    access: [{ member: alice, cap: 100 }]\n    others: blocked\n"
    KEY_NOT_TEXT "BUR004" "key-not-text" false
        "A key is a number, a truth value, nothing, or a collection."
        "members:\n  123: { email: alice@acme.example }\n"
        "a key must be a text"
        "members:\n  \"123\": { email: alice@acme.example }\n"
    AMBIGUOUS_SCALAR "BUR005" "ambiguous-scalar" false
        "A value without quotes that YAML 1.1 and YAML 1.2 read differently, or a number that no exact decimal holds."
        "groups:\n  short: [no]\n"
        "`no` is a text to some readers of YAML and a truth value to others"
        "members:\n  \"no\": { email: nora@acme.example }\ngroups:\n  short: [\"no\"]\n"
    YAML_FEATURE "BUR006" "yaml-feature" false
        "Anchors, aliases, merge keys, tags and second documents: one line of them could change what many others mean."
        "groups:\n  designers: &d [alice]\n"
        "anchors are not accepted, since aliases are not"
        "groups:\n  designers: [alice]\n  writers: [group:designers]\n"
    UNKNOWN_KEY "BUR010" "unknown-key" true
        "A key that the format does not have."
        "pools:\n  ai:\n    center: main\n    budget: { unit: credits, period: monthly }\n    acess: []\n    access: []\n    others: blocked\n"
        "the pool `ai` has no key `acess`"
        "pools:\n  ai:\n    center: main\n    budget: { unit: credits, period: monthly }\n    access: []\n    others: blocked\n"
    MISSING_KEY "BUR011" "missing-key" true
        "A key that must be there is not. `access` and `others` must be written, because an omission must not decide over people."
        "pools:\n  ai:\n    center: main\n    budget: { unit: credits, period: monthly }\n    access: []\n"
        "the pool `ai` has no `others`"
        "pools:\n  ai:\n    center: main\n    budget: { unit: credits, period: monthly }\n    access: []\n    others: unmanaged\n"
    WRONG_TYPE "BUR012" "wrong-type" true
        "A value is of another kind than the key takes: a text for a number, a map for a list, nothing at all."
        "groups:\n  designers: alice\n"
        "`designers` must be a list, and this is a text"
        "groups:\n  designers: [alice]\n"
    BAD_ID "BUR013" "bad-id" true
        "A name that breaks the rule for ids: a-z, 0-9 and . _ @ + -, a letter or digit first, at most 128 characters. So no two names differ by case alone."
        "groups:\n  Designers: [alice]\n"
        "`Designers` is no id: an id starts with a lower-case letter or a digit, not with 'D'"
        "groups:\n  designers: [alice]\n"
    BAD_AMOUNT "BUR014" "bad-amount" true
        "A number that is no amount: negative, in another notation than a plain decimal, or of more than 28 digits."
        "pools:\n  ai:\n    center: main\n    budget: { limit: -5, unit: credits, period: monthly }\n    access: []\n    others: blocked\n"
        "an amount cannot be negative"
        "pools:\n  ai:\n    center: main\n    budget: { limit: 12.50, unit: credits, period: monthly }\n    access: []\n    others: blocked\n"
    BAD_VALUE "BUR015" "bad-value" true
        "A value of the right kind that still cannot stand there: an unknown word, a day that is none, a percentage out of range."
        "pools:\n  ai:\n    center: main\n    budget: { unit: credits, period: montly }\n    access: []\n    others: blocked\n"
        "`period` cannot be `montly`"
        "pools:\n  ai:\n    center: main\n    budget: { unit: credits, period: monthly }\n    access: []\n    others: blocked\n"
    BAD_VERSION "BUR016" "bad-version" true
        "The file is of a version that this Bursar does not read."
        "version: 2\n"
        "this version of Bursar reads `version: 1` only"
        "version: 1\n"
    HIDDEN_CHARACTER "BUR017" "hidden-character" true
        "A control or bidi character, or another that cannot be seen: what a reviewer cannot see must not decide."
        "members:\n  alice: { email: alice@acme.example, figma: \"Alice\\u202e\" }\n"
        "there is a character here that cannot be seen: U+202E"
        "members:\n  alice: { email: alice@acme.example, figma: \"Alice\" }\n"
    DUPLICATE_NAME "BUR018" "duplicate-name" false
        "Two files of a folder define the same name."
        "members:\n  alice: { email: alice@acme.example }\n# --- and in a second file ---\nmembers:\n  alice: { email: alice@other.example }\n"
        "the member `alice` is in two files"
        "members:\n  alice: { email: alice@acme.example }\n# --- and in a second file ---\nmembers:\n  anna: { email: anna@acme.example }\n"
    GUARDRAILS_TWICE "BUR019" "guardrails-twice" false
        "Two files of a folder have `guardrails`, so that neither could be relied on."
        "guardrails: { additions: { count: 50 } }\n# --- and in a second file ---\nguardrails: { additions: { count: 5000 } }\n"
        "`guardrails` stands in two files"
        "guardrails: { additions: { count: 50 } }\n# --- and in a second file ---\nversion: 1\n"
    ABSENT_WITH_MORE "BUR020" "absent-with-more" true
        "A pool that shall go (`ensure: absent`) says more than its center and target."
        "pools:\n  ai:\n    ensure: absent\n    center: main\n    others: blocked\n"
        "a pool that shall go has no `others`"
        "pools:\n  ai:\n    ensure: absent\n    center: main\n"
    NOTIFY_EMPTY "BUR021" "notify-empty" true
        "An alert of which nobody hears."
        "pools:\n  ai:\n    center: main\n    budget: { limit: 100, unit: credits, period: monthly }\n    access: []\n    others: blocked\n    alerts: [{ at: 80%, of: budget, notify: [] }]\n"
        "nobody hears of this alert"
        "pools:\n  ai:\n    center: main\n    budget: { limit: 100, unit: credits, period: monthly }\n    access: []\n    others: blocked\n    alerts: [{ at: 80%, of: budget, notify: [ops] }]\n"
    CONTACT_EMPTY "BUR022" "contact-empty" true
        "A name under `notify:` without any address."
        "notify:\n  ops: { email: [] }\n"
        "`ops` reaches nobody"
        "notify:\n  ops: { email: [ops@acme.example], slack: { env: BURSAR_SLACK } }\n"
    SECRET "BUR023" "secret" false
        "Something that looks like a secret, anywhere in the file, or a secret where the name of a variable belongs. It is never shown."
        "centers:\n  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: sk-1234 }\n"
        "`token` must name an environment variable"
        "centers:\n  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }\n"
}
