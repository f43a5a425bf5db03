"""Writes the accounts whose runbooks are looked at: a plain one, one with names that want to be markup, a large one."""

import json
import pathlib
import shutil
import sys

CONFIG = """version: 1
centers:
  design:
    provider: figma
    plan: organization
    export:
      people: people.csv
      columns: { email: Email, access: Access, limit: Limit }
      values: { full: [Full access], custom: [Custom limit], none: [No access] }
%s
guardrails: { revocations: { count: 99999, percent: 100 }, cuts: { count: 99999, percent: 100 } }
"""
POOL = """pools:
  design-ai:
    center: design
    target: plan
    budget: { limit: 5000, unit: credits, period: monthly, when_exhausted: block }
    access:
%s
    others: blocked"""

# No export may hold these, but the files may.
HOSTILE = [
    "<script>document.title='owned'</script>@acme.example",
    "</script><script>document.title='owned'</script>@acme.example",
    "<img/src=https://evil.example/x/onerror=document.title='owned'>@acme.example",
    "</pre></section><h1>owned</h1>@acme.example",
    "<!--@acme.example",
]


def world(folder, members, people):
    """`members`: address and cap; `people`: address and level of everybody in the export."""
    folder.mkdir(parents=True)
    named = "members:\n" + "".join(f"  m{i}: {{ email: {json.dumps(email)} }}\n" for i, (email, _) in enumerate(members))
    access = "\n".join(f"      - {{ member: m{i}, cap: {cap} }}" for i, (_, cap) in enumerate(members))
    (folder / "bursar.yaml").write_text(CONFIG % (named + POOL % access))
    rows = "".join(f"{email},{level},\n" for email, level in people)
    (folder / "people.csv").write_text("Email,Access,Limit\n" + rows)


def main(root):
    shutil.rmtree(root, ignore_errors=True)
    six = [(f"{name}@acme.example", cap) for name, cap in
           [("alice", 2000), ("bob", 500), ("carol", 500), ("dan", 500), ("eve", 500), ("frank", 250)]]
    office = [f"person-{i:02}@acme.example" for i in range(40)]
    level = {"bob@acme.example": "No access", "carol@acme.example": "No access"}
    plain = [(email, level.get(email, "Full access")) for email in [email for email, _ in six] + office]
    world(root / "plain", six, plain)
    world(root / "hostile", six[:1] + [(email, 500) for email in HOSTILE], [("alice@acme.example", "Full access")])
    crowd = [(f"p{i:05}@acme.example", 500) for i in range(2000)]
    world(root / "large", crowd, [(f"p{i:05}@acme.example", "Full access") for i in range(20000)])


main(pathlib.Path(sys.argv[1]))
