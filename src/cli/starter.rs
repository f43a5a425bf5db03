//! The file that `init` writes for the first center of a provider.

/// What is particular to the first file for a provider.
struct Starter {
    /// The word under `provider:`.
    provider: &'static str,
    /// What the center is called in it.
    name: &'static str,
    /// What its pool counts.
    unit: &'static str,
    /// The center, as it is written.
    center: &'static str,
}

/// The starters, in the order of the providers.
const STARTERS: &[Starter] = &[
    Starter {
        provider: "embedded",
        name: "local",
        unit: "credits",
        center: "  local:
    provider: embedded              # a SQLite file beside this one: nothing to sign up for
    # path: .bursar/center.db       # the default",
    },
    Starter {
        provider: "http",
        name: "gate",
        unit: "credits",
        center: "  gate:
    provider: http                  # `bursar serve`, or a center of your own that speaks its API
    base_url: https://credits.example.com
    allow_host: [credits.example.com]   # the token may go there and nowhere else
    token: { env: BURSAR_TOKEN }    # secrets are named, never written",
    },
    Starter {
        provider: "figma",
        name: "design",
        unit: "credits",
        center: "  design:
    provider: figma                 # set in its console only: Bursar plans, and a person clicks
    plan: organization              # professional | organization | enterprise: decides what Figma offers
    organization: Example           # what the account is called, in plans and records
    export:
      people: exports/people.csv    # in Figma: Admin > People > export; save the file here, and commit it
      # taken: 2026-11-20           # the day of the export
      # Which headers of that file hold what. Without `access`, what people have now is not known, and all is planned.
      # columns: { email: Email, access: Paid AI credit access, limit: Paid AI credit limit }",
    },
    Starter {
        provider: "github",
        name: "copilot",
        unit: "USD",
        center: "  copilot:
    provider: github
    enterprise: example             # or organization: example, for one that belongs to no enterprise
    token: { env: BURSAR_GITHUB_TOKEN }  # secrets are named, never written; GITHUB_TOKEN cannot do this",
    },
    Starter {
        provider: "chatgpt",
        name: "chat",
        unit: "credits",
        center: "  chat:
    provider: chatgpt
    workspace: 00000000-0000-4000-8000-000000000000   # the workspace's id: the key belongs to one
    token: { env: BURSAR_CHATGPT_TOKEN } # a workspace Admin key, not one of the API platform; named, never written",
    },
    Starter {
        provider: "claude",
        name: "claude",
        unit: "USD",
        center: "  claude:
    provider: claude
    flavor: enterprise              # enterprise | console | gateway: three products with different limits
    organization: 00000000-0000-4000-8000-000000000000   # its id; a key of any other one is refused
    token: { env: BURSAR_CLAUDE_TOKEN }  # secrets are named, never written",
    },
    Starter {
        provider: "litellm",
        name: "gateway",
        unit: "USD",
        center: "  gateway:
    provider: litellm
    base_url: https://llm.example.com
    allow_host: [llm.example.com]   # the token may go there and nowhere else
    token: { env: BURSAR_LITELLM_KEY }   # secrets are named, never written",
    },
];

/// The file for a provider, if there is such a provider.
pub(super) fn text(provider: &str) -> Option<String> {
    let Starter { name, unit, center, .. } = STARTERS.iter().find(|starter| starter.provider == provider)?;
    let text = format!(
        "\
# yaml-language-server: $schema=./schema/bursar.v1.schema.json
version: 1

# Where the credits are spent: the vendor accounts whose settings Bursar reads and changes.
centers:
{center}

# Who there is. The e-mail address is how most centers know a person.
members:
  alice: {{ email: alice@example.com }}
  bob: {{ email: bob@example.com }}

groups:
  designers: [alice, bob]

pools:
  design-ai:
    center: {name}
    budget: {{ limit: 5000, unit: {unit}, period: monthly, when_exhausted: block }}
    access:
      - group: designers
        cap: 500                    # the most that each of them may draw in a month
      - member: alice               # a rule for a person beats the rule of a group
        cap: 1000
        reason: Leads the AI prototype
        # expires: 2027-03-31       # the last day; after it the grant goes with the next apply
    others: blocked                 # everybody whom no rule names: blocked | unmanaged | {{ cap: 50 }}
    alerts:
      - {{ at: 80%, of: budget, notify: [ops] }}

notify:
  ops: {{ email: [ai-ops@example.com] }}

# Limits on what one run may do. These are the defaults; they hold without being written.
# guardrails:
#   revocations: {{ count: 10, percent: 25 }}   # grants removed or blocked
#   cuts: {{ count: 20, percent: 50 }}          # caps or budgets lowered
"
    );
    Some(match provider {
        // It knows people by their logins, and 0 would take what the seats include.
        "github" => text
            .replace("alice@example.com }", "alice@example.com, github: alice-example }")
            .replace("bob@example.com }", "bob@example.com, github: bob-example }")
            .replace("    others: blocked                 # everybody whom no rule names: blocked | unmanaged | { cap: 50 }",
                "    others: { cap: 19 }             # what a seat of Copilot Business includes; `blocked` takes that too")
            .replace("- { at: 80%,", "- { at: 90%,")
            .replace("ops: { email: [ai-ops@example.com] }", "ops: { email: [ai-ops@example.com], github: [ai-ops-example] }"),
        _ => text,
    })
}
