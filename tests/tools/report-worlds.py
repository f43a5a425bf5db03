"""Makes the worlds whose pages are looked at: a quiet one, one with everything in it, one with names that want to be
markup, one with 10,000 people, and one with nothing to show."""

import datetime
import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys

ROOT, BURSAR = pathlib.Path(sys.argv[1]), sys.argv[2]
HERE = pathlib.Path(__file__).resolve().parents[2]
TODAY = datetime.datetime.now(datetime.timezone.utc).date()


def day(days):
    return (TODAY + datetime.timedelta(days=days)).isoformat()


def bursar(world, *arguments, ends=(0,)):
    done = subprocess.run([BURSAR, "-C", world, *arguments], capture_output=True, text=True, check=False)
    if done.returncode not in ends:
        sys.exit(f"{world.name}: bursar {' '.join(arguments)}\n{done.stdout}{done.stderr}")


def world(name, text):
    folder = ROOT / name
    folder.mkdir(parents=True)
    (folder / "bursar.yaml").write_text(text)
    return folder


def quiet():
    folder = ROOT / "quiet"
    shutil.copytree(HERE / "examples/quickstart", folder, ignore=shutil.ignore_patterns(".bursar"))
    bursar(folder, "apply", "--yes")
    bursar(folder, "draw", "design-ai", "alice", "1250")
    bursar(folder, "draw", "design-ai", "bob", "120.5")
    bursar(folder, "report", "--html", "page.html")


BUSY = f"""version: 1
centers:
  gateway: {{ provider: embedded, path: gateway.db }}
  studio: {{ provider: embedded, path: studio.db }}
  design:
    provider: figma
    plan: organization
    export:
      people: people.csv
      columns: {{ email: Email, access: Access, limit: Limit }}
      values: {{ full: [Full access], custom: [Custom limit], none: [No access] }}
  broken: {{ provider: embedded, path: broken.db }}
members:
%s
groups:
  designers: [p00, p01, p02, p03, p04, p05, p06, p07]
  engineers: [p08, p09, p10, p11, p12, p13, p14, p15, p16, p17, p18, p19]
  research-and-prototyping-of-everything: [p00, p08, p20, p21, p22, p23]
  everyone: [group:designers, group:engineers, group:research-and-prototyping-of-everything]
pools:
  design-ai:
    center: design
    target: plan
    budget: {{ limit: 50000, unit: credits, period: monthly, when_exhausted: block }}
    access:
      - {{ group: designers, cap: 500 }}
    others: blocked
  agents:
    center: gateway
    description: Agents that run at night
    budget: {{ limit: 900, unit: USD, period: monthly, when_exhausted: block }}
    access:
      - {{ group: engineers, cap: 120 }}
      - {{ member: p08, cap: 300, reason: Runs the evaluations }}
    others: blocked
  prototypes:
    center: studio
    description: Prototypes, until the budget round
    budget: {{ limit: 4000, unit: credits, period: monthly, when_exhausted: block }}
    access:
      - {{ group: research-and-prototyping-of-everything, cap: 900, expires: {day(9)} }}
      - {{ member: p20, cap: 2000, reason: Leads it, expires: {day(200)} }}
    others: unmanaged
  a-pool-with-a-name-that-is-longer-than-anybody-would-ever-want-to-type-or-read:
    center: studio
    budget: {{ limit: 60, unit: credits, period: weekly, when_exhausted: overage }}
    access:
      - {{ group: everyone, cap: unlimited }}
    others: {{ cap: 5 }}
  ended:
    center: studio
    budget: {{ unit: credits, period: yearly, when_exhausted: alert }}
    access:
      - {{ member: p01, cap: 10, expires: {day(-3)} }}
      - {{ member: p02, cap: 10 }}
    others: blocked
  never:
    center: broken
    budget: {{ limit: 10, unit: credits, period: monthly, when_exhausted: block }}
    access: [{{ member: p00, cap: 10 }}]
    others: blocked
rates: {{ figma_credit: 0.03 USD, embedded_credit: 0.02 USD }}
guardrails: {{ revocations: {{ count: 99999, percent: 100 }}, cuts: {{ count: 99999, percent: 100 }} }}
"""


def busy():
    people = ["Ana", "Bo", "Chiara", "Dmitri", "Esi", "Farid", "Greta", "Hiro", "Ines", "Jamal", "Kirsi", "Liam", "Mei",
              "Noor", "Olga", "Pavel", "Quinn", "Rosa", "Sven", "Tomas", "Uma", "Viktor", "Wanda-Maria", "Xin"]
    members = "".join(f"  p{i:02}: {{ email: {name.lower()}@acme.example }}\n" for i, name in enumerate(people))
    text = BUSY % members
    folder = world("busy", text)
    level = {0: "Full access", 1: "No access"}
    rows = "".join(f"{name.lower()}@acme.example,{level.get(i, 'Full access')},\n" for i, name in enumerate(people[:20]))
    (folder / "people.csv").write_text("Email,Access,Limit\n" + rows)
    # Two of the centers hold what the files asked some time ago.
    before = "\n".join(line for line in text.splitlines() if "p02, cap: 10 " not in line)
    (folder / "bursar.yaml").write_text(before)
    for center in ("gateway", "studio"):
        bursar(folder, "apply", "--yes", "--center", center)
    (folder / "bursar.yaml").write_text(text.replace("{ group: engineers, cap: 120 }", "{ group: engineers, cap: 140 }"))
    (folder / "broken.db").write_text("this is no center")
    draws = {"agents": [("p08", 287), ("p09", 101.5), ("p10", 120), ("p11", 64.25), ("p12", 3)],
             "prototypes": [("p20", 1900), ("p00", 850), ("p21", 640.5), ("p22", 80), ("p08", 12)],
             "a-pool-with-a-name-that-is-longer-than-anybody-would-ever-want-to-type-or-read":
                 [("p03", 40), ("p04", 25), ("p05", 7)]}
    for pool, drawn in draws.items():
        for member, amount in drawn:
            bursar(folder, "draw", pool, member, str(amount))
    history(folder, {"agents": (575.75, "gateway", "USD"), "prototypes": (3482.5, "studio", "credits")})
    studio = sqlite3.connect(folder / "studio.db")
    strangers(studio)
    bursar(folder, "report", "--html", "page.html", "--history", "usage", ends=(1,))


def strangers(db):
    """Somebody has done things in the center by hand: a pool of their own, a grant to somebody unknown."""
    db.execute("INSERT INTO members (name) VALUES ('mallory@elsewhere.example')")
    db.execute("INSERT INTO pools (name, unit, period) VALUES ('shadow pool of the sales team', 'credits', 'monthly')")
    prototypes = db.execute("SELECT id FROM pools WHERE name = 'prototypes'").fetchone()[0]
    somebody = db.execute("SELECT min(member) FROM grants WHERE pool = ?", (prototypes,)).fetchone()[0]
    db.execute("UPDATE grants SET cap = '950 credits' WHERE pool = ? AND member = ?", (prototypes, somebody))
    db.execute("INSERT INTO grants (pool, member, cap) SELECT ?, id, '250 credits' FROM members WHERE name LIKE 'mallory%'",
               (prototypes,))
    db.commit()


def history(folder, pools):
    """Snapshots of the last forty days, with a new month among them."""
    stored = folder / "usage"
    stored.mkdir()
    for back in range(40, 0, -1):
        when = TODAY - datetime.timedelta(days=back)
        centers = {}
        for pool, (now, center, unit) in pools.items():
            part = when.day / TODAY.day if when.month == TODAY.month else when.day / 31
            amount = {"amount": f"{now * part * (0.8 + 0.2 * (when.day % 3) / 2):.2f}".rstrip("0").rstrip("."), "unit": unit}
            centers.setdefault(center, []).append({
                "pool": pool, "exists": True, "unit": unit, "period": "monthly", "window": None, "limit": None,
                "when_exhausted": None, "drawn": amount, "at_least": False, "seat": None, "forecast": None,
                "members": []})
        moment = f"{when.isoformat()}T06:00:00Z"
        snapshot = {"schema": "bursar.usage.v1", "read_at": moment, "unread": [], "centers": [
            {"center": center, "identity": f"{center}.db", "provider": "embedded", "read_at": moment,
             "lag_seconds": None, "told": True, "zero_is_unsure": False, "notes": [], "pools": of}
            for center, of in centers.items()]}
        (stored / f"{moment.replace(':', '-')}.json").write_text(json.dumps(snapshot))
    (stored / "2026-01-01T00-00-00Z.json").write_text("{ torn")


HOSTILE = [
    "<script>document.title='owned'</script>@acme.example",
    "</script><script>document.title='owned'</script>@acme.example",
    "<img/src=https://evil.example/x/onerror=document.title='owned'>@acme.example",
    "</td></table></section><h1>owned</h1>@acme.example",
    "<!--@acme.example", "--><h1>owned</h1>@acme.example", "\\u003cscript>@acme.example",
    "\"'><svg/onload=document.title='owned'>@acme.example",
    "constructor", "__proto__", "=1+1@acme.example",
]


def hostile():
    members = "".join(f"  m{i}: {{ email: {json.dumps(email)} }}\n" for i, email in enumerate(HOSTILE) if "@" in email)
    access = "".join(f"      - {{ member: m{i}, cap: 500, reason: {json.dumps(email)} }}\n"
                     for i, email in enumerate(HOSTILE) if "@" in email)
    text = ("version: 1\ncenters:\n  local: { provider: embedded }\nmembers:\n" + members +
            "pools:\n  p:\n    center: local\n    description: " + json.dumps(" ".join(HOSTILE)) +
            "\n    budget: { limit: 5000, unit: credits, period: monthly, when_exhausted: block }\n    access:\n" +
            access + "    others: blocked\n")
    folder = world("hostile", text)
    bursar(folder, "apply", "--yes")
    bursar(folder, "draw", "p", "m0", "450")
    db = sqlite3.connect(folder / ".bursar/center.db")
    for i, name in enumerate(HOSTILE + ["\u202egnp.exe", "zero\u200bwidth", "tab\tand\nline"]):
        db.execute("INSERT INTO members (name) VALUES (?)", (f"x{i} {name}",))
        db.execute("INSERT INTO grants (pool, member, cap) SELECT 1, id, '5 credits' FROM members WHERE name = ?",
                   (f"x{i} {name}",))
    db.execute("INSERT INTO pools (name, unit, period) VALUES (?, 'credits', 'monthly')", (HOSTILE[0],))
    db.commit()
    bursar(folder, "report", "--html", "page.html")


def large():
    count = 10000
    members = "".join(f"  p{i:05}: {{ email: p{i:05}@acme.example }}\n" for i in range(count))
    groups = "".join(f"  team-{t:03}: [{', '.join(f'p{i:05}' for i in range(t * 100, t * 100 + 100))}]\n"
                     for t in range(count // 100))
    pools = "".join(
        f"  pool-{p:02}:\n    center: {'one' if p % 2 else 'two'}\n    budget: {{ limit: 900000, unit: credits, period: "
        f"monthly, when_exhausted: block }}\n    access:\n" +
        "".join(f"      - {{ group: team-{t:03}, cap: {500 + 10 * t} }}\n" for t in range(p * 5, p * 5 + 5)) +
        "    others: blocked\n" for p in range(20))
    text = ("version: 1\ncenters:\n  one: { provider: embedded, path: one.db }\n  two: { provider: embedded, path: two.db }\n"
            "members:\n" + members + "groups:\n" + groups + "pools:\n" + pools)
    folder = world("large", text)
    bursar(folder, "apply", "--yes")
    for name in ("one", "two"):
        db = sqlite3.connect(folder / f"{name}.db")
        names = dict(db.execute("SELECT id, name FROM pools"))
        for at, (pool, member) in enumerate(db.execute("SELECT pool, member FROM grants").fetchall()):
            drawn = (pool, names[pool], member, f"{at * 37 % 600} credits", f"{TODAY.isoformat()}T00:00:00Z")
            db.execute("INSERT INTO draws (pool, pool_name, member, amount, at) VALUES (?, ?, ?, ?, ?)", drawn)
        db.commit()
    bursar(folder, "report", "--html", "page.html")


def empty():
    folder = world("empty", "version: 1\ncenters:\n  local: { provider: embedded }\n")
    bursar(folder, "report", "--html", "page.html")


for make in (quiet, busy, hostile, large, empty):
    make()
