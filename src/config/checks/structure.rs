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
        "groups:
  designers: [alice
"
        "this is not YAML: unclosed bracket '['"
        "groups:
  designers: [alice]
"
    TOO_LARGE "BUR002" "too-large" false
        "The file is larger than 256 MiB, has more than 20 million values, or is nested more than 64 deep; or the groups of all rules together name more than 20 million people."
        "groups:
  deep: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[alice]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
"
        "this is nested more than 64 deep"
        "groups:
  flat: [alice]
"
    DUPLICATE_KEY "BUR003" "duplicate-key" false
        "A key is there twice in one map. Most readers of YAML would let the last one win without a word."
        "pools:
  ai:
    center: main
    budget: { unit: credits, period: monthly }
    access: [{ member: alice, cap: 100, cap: 10000 }]
    others: blocked
"
        "the key `cap` is here a second time"
        "pools:
  ai:
    center: main
    budget: { unit: credits, period: monthly }
    access: [{ member: alice, cap: 100 }]
    others: blocked
"
    KEY_NOT_TEXT "BUR004" "key-not-text" false
        "A key is a number, a truth value, nothing, or a collection."
        "members:
  123: { email: alice@acme.example }
"
        "a key must be a text"
        "members:
  \"123\": { email: alice@acme.example }
"
    AMBIGUOUS_SCALAR "BUR005" "ambiguous-scalar" false
        "A value without quotes that YAML 1.1 and YAML 1.2 read differently, or a number that no exact decimal holds."
        "groups:
  short: [no]
"
        "`no` is a text to some readers of YAML and a truth value to others"
        "members:
  \"no\": { email: nora@acme.example }
groups:
  short: [\"no\"]
"
    YAML_FEATURE "BUR006" "yaml-feature" false
        "Anchors, aliases, merge keys, tags and second documents: one line of them could change what many others mean."
        "groups:
  designers: &d [alice]
"
        "anchors are not accepted, since aliases are not"
        "groups:
  designers: [alice]
  writers: [group:designers]
"
    UNKNOWN_KEY "BUR010" "unknown-key" true
        "A key that the format does not have."
        "pools:
  ai:
    center: main
    budget: { unit: credits, period: monthly }
    acess: []
    access: []
    others: blocked
"
        "the pool `ai` has no key `acess`"
        "pools:
  ai:
    center: main
    budget: { unit: credits, period: monthly }
    access: []
    others: blocked
"
    MISSING_KEY "BUR011" "missing-key" true
        "A key that must be there is not. `access` and `others` must be written, because an omission must not decide over people."
        "pools:
  ai:
    center: main
    budget: { unit: credits, period: monthly }
    access: []
"
        "the pool `ai` has no `others`"
        "pools:
  ai:
    center: main
    budget: { unit: credits, period: monthly }
    access: []
    others: unmanaged
"
    WRONG_TYPE "BUR012" "wrong-type" true
        "A value is of another kind than the key takes: a text for a number, a map for a list, nothing at all."
        "groups:
  designers: alice
"
        "`designers` must be a list, and this is a text"
        "groups:
  designers: [alice]
"
    BAD_ID "BUR013" "bad-id" true
        "A name that breaks the rule for ids: a-z, 0-9 and . _ @ + -, a letter or digit first, at most 128 characters. So no two names differ by case alone."
        "groups:
  Designers: [alice]
"
        "`Designers` is no id: an id starts with a lower-case letter or a digit, not with 'D'"
        "groups:
  designers: [alice]
"
    BAD_AMOUNT "BUR014" "bad-amount" true
        "A number that is no amount: negative, in another notation than a plain decimal, or of more than 28 digits."
        "pools:
  ai:
    center: main
    budget: { limit: -5, unit: credits, period: monthly }
    access: []
    others: blocked
"
        "an amount cannot be negative"
        "pools:
  ai:
    center: main
    budget: { limit: 12.50, unit: credits, period: monthly }
    access: []
    others: blocked
"
    BAD_VALUE "BUR015" "bad-value" true
        "A value of the right kind that still cannot stand there: an unknown word, a day that is none, a percentage out of range."
        "pools:
  ai:
    center: main
    budget: { unit: credits, period: montly }
    access: []
    others: blocked
"
        "`period` cannot be `montly`"
        "pools:
  ai:
    center: main
    budget: { unit: credits, period: monthly }
    access: []
    others: blocked
"
    BAD_VERSION "BUR016" "bad-version" true
        "The file is of a version that this Bursar does not read."
        "version: 2
"
        "this version of Bursar reads `version: 1` only"
        "version: 1
"
    HIDDEN_CHARACTER "BUR017" "hidden-character" true
        "A control or bidi character, or another that cannot be seen: what a reviewer cannot see must not decide."
        "members:
  alice: { email: alice@acme.example, figma: \"Alice\\u202e\" }
"
        "there is a character here that cannot be seen: U+202E"
        "members:
  alice: { email: alice@acme.example, figma: \"Alice\" }
"
    DUPLICATE_NAME "BUR018" "duplicate-name" false
        "Two files of a folder define the same name."
        "members:
  alice: { email: alice@acme.example }
# --- and in a second file ---
members:
  alice: { email: alice@other.example }
"
        "the member `alice` is in two files"
        "members:
  alice: { email: alice@acme.example }
# --- and in a second file ---
members:
  anna: { email: anna@acme.example }
"
    GUARDRAILS_TWICE "BUR019" "guardrails-twice" false
        "Two files of a folder have `guardrails`, so that neither could be relied on."
        "guardrails: { additions: { count: 50 } }
# --- and in a second file ---
guardrails: { additions: { count: 5000 } }
"
        "`guardrails` stands in two files"
        "guardrails: { additions: { count: 50 } }
# --- and in a second file ---
version: 1
"
    ABSENT_WITH_MORE "BUR020" "absent-with-more" true
        "A pool that shall go (`ensure: absent`) says more than its center and target."
        "pools:
  ai:
    ensure: absent
    center: main
    others: blocked
"
        "a pool that shall go has no `others`"
        "pools:
  ai:
    ensure: absent
    center: main
"
    NOTIFY_EMPTY "BUR021" "notify-empty" true
        "An alert of which nobody hears."
        "pools:
  ai:
    center: main
    budget: { limit: 100, unit: credits, period: monthly }
    access: []
    others: blocked
    alerts: [{ at: 80%, of: budget, notify: [] }]
"
        "nobody hears of this alert"
        "pools:
  ai:
    center: main
    budget: { limit: 100, unit: credits, period: monthly }
    access: []
    others: blocked
    alerts: [{ at: 80%, of: budget, notify: [ops] }]
"
    CONTACT_EMPTY "BUR022" "contact-empty" true
        "A name under `notify:` without any address."
        "notify:
  ops: { email: [] }
"
        "`ops` reaches nobody"
        "notify:
  ops: { email: [ops@acme.example], slack: { env: BURSAR_SLACK } }
"
    SECRET "BUR023" "secret" false
        "Something that looks like a secret, anywhere in the file, or a secret where the name of a variable belongs. It is never shown."
        "centers:
  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: sk-1234 }
"
        "`token` must name an environment variable"
        "centers:
  main: { provider: litellm, base_url: \"http://127.0.0.1:4000\", token: { env: BURSAR_LITELLM_KEY } }
"
    LOCK_TWICE "BUR024" "lock-twice" false
        "Two files of a folder say where the locks are, so that two runs could miss each other."
        "lock: s3://acme-bursar/prod
# --- and in a second file ---
lock: s3://acme-bursar/staging
"
        "`lock` stands in two files"
        "lock: s3://acme-bursar/prod
# --- and in a second file ---
version: 1
"
    LOCK_PLACE "BUR025" "lock-place" true
        "The place for locks is neither a folder nor a prefix in an object store that Bursar can reach."
        "lock: ftp://acme-bursar/prod
"
        "`lock` names no place for locks: `ftp://` is no scheme of an object store"
        "lock: s3://acme-bursar/prod
"
    PEOPLE_CSV "BUR026" "people-csv" false
        "A CSV of people cannot be read: it is not there, it is a link or no file, it is no table, or it is named twice."
        "people:
  - csv: staff.csv
    columns: { email: Email }
"
        "staff.csv is not there"
        "people:
  - csv: people.csv
    columns: { email: Email }
# --- people.csv ---
Email
zoe@acme.example
"
    PEOPLE_COLUMN "BUR027" "people-column" false
        "A CSV of people has no column with a header that `columns`, `only` or `except` names, or has several."
        "people:
  - csv: people.csv
    columns: { email: Mail }
# --- people.csv ---
Email,Team
zoe@acme.example,designers
"
        "people.csv has no header `Mail`"
        "people:
  - csv: people.csv
    columns: { email: Email }
# --- people.csv ---
Email,Team
zoe@acme.example,designers
"
    PEOPLE_ROW "BUR028" "people-row" false
        "A row of a CSV is about nobody who could be a member, or names a group that could be none: it has no id and no e-mail address, or one that breaks the rules for them."
        "people:
  - csv: people.csv
    columns: { id: Login, email: Email }
# --- people.csv ---
Login,Email
Zoe Zimmer,zoe@acme.example
"
        "`Zoe Zimmer` is no id: an id holds only a-z, 0-9 and . _ @ + -, not ' '"
        "people:
  - csv: people.csv
    columns: { id: Login, email: Email }
# --- people.csv ---
Login,Email
Zoe.Zimmer,zoe@acme.example
"
    PEOPLE_DIFFER "BUR029" "people-differ" false
        "Two places tell different things of one person: two rows of one CSV are about the same member, or a row has another e-mail address or login than the YAML or another CSV."
        "members:
  zoe: { email: zoe@acme.example }
people:
  - csv: people.csv
    columns: { id: Login, email: Email }
# --- people.csv ---
Login,Email
zoe,z.zimmer@acme.example
"
        "`zoe` has the e-mail address `z.zimmer@acme.example` here and `zoe@acme.example` elsewhere"
        "members:
  zoe: { github: zoe-acme }
people:
  - csv: people.csv
    columns: { id: Login, email: Email }
# --- people.csv ---
Login,Email
zoe,z.zimmer@acme.example
"
}
