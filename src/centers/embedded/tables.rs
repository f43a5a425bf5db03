//! The tables of an embedded center, version after version: a new file goes through every step, an older one through
//! those that it has not seen.

/// The first tables.
///
/// Every amount is a text with its unit (`12.50 USD`), so that a pool whose unit changes never turns 500 credits into
/// 500 dollars. A cap is such an amount, `unlimited` or `inherit`; `others` is a cap or `blocked`. Draws outlive their
/// pool, so they name it by a number that is never used again, and by its name. `drawn_*` are the totals since `start`,
/// kept beside the draws so that a draw costs the same however many came before it.
const FIRST: &str = "
CREATE TABLE pools (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  name           TEXT NOT NULL UNIQUE CHECK (name <> ''),
  description    TEXT NOT NULL DEFAULT '',
  unit           TEXT NOT NULL,
  period         TEXT NOT NULL
                 CHECK (period IN ('daily', 'weekly', 'monthly', 'quarterly', 'yearly', 'lifetime')),
  budget         TEXT,
  when_exhausted TEXT NOT NULL DEFAULT 'block' CHECK (when_exhausted IN ('block', 'alert', 'overage')),
  default_cap    TEXT NOT NULL DEFAULT 'inherit',
  others         TEXT NOT NULL DEFAULT 'blocked'
) STRICT;

CREATE TABLE members (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (name <> '')
) STRICT;

CREATE TABLE grants (
  pool    INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE,
  member  INTEGER NOT NULL REFERENCES members,
  cap     TEXT NOT NULL,
  expires TEXT,
  PRIMARY KEY (pool, member)
) STRICT, WITHOUT ROWID;

CREATE TABLE alerts (
  pool   INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE,
  scope  TEXT NOT NULL CHECK (scope IN ('budget', 'caps')),
  at     TEXT NOT NULL,
  notify TEXT NOT NULL CHECK (json_valid(notify)),
  PRIMARY KEY (pool, scope, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE draws (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  pool      INTEGER NOT NULL,
  pool_name TEXT NOT NULL,
  member    INTEGER NOT NULL REFERENCES members,
  amount    TEXT NOT NULL,
  at        TEXT NOT NULL
) STRICT;
CREATE INDEX draws_of_member ON draws (pool, member, at);
CREATE INDEX draws_of_pool ON draws (pool, at);

CREATE TABLE drawn_by_member (
  pool   INTEGER NOT NULL REFERENCES pools ON DELETE CASCADE,
  member INTEGER NOT NULL REFERENCES members,
  start  TEXT NOT NULL,
  amount TEXT NOT NULL,
  PRIMARY KEY (pool, member)
) STRICT, WITHOUT ROWID;

CREATE TABLE drawn_by_pool (
  pool   INTEGER PRIMARY KEY REFERENCES pools ON DELETE CASCADE,
  start  TEXT NOT NULL,
  amount TEXT NOT NULL
) STRICT;
";

/// What the second version adds: an id that no other center has, who changed what, answers that are given again to a
/// request that is sent again, and what the center knows of its members. A member who is `gone` stays for what they
/// drew.
const SECOND: &str = "
CREATE TABLE center (
  id TEXT NOT NULL
) STRICT;
INSERT INTO center VALUES (lower(hex(randomblob(16))));

CREATE TABLE audit (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  at     TEXT NOT NULL,
  actor  TEXT NOT NULL,
  what   TEXT NOT NULL,
  pool   TEXT NOT NULL,
  object TEXT NOT NULL COLLATE NOCASE
) STRICT;
CREATE INDEX audit_of_object ON audit (pool, object);

CREATE TABLE answers (
  key     TEXT PRIMARY KEY,
  request BLOB NOT NULL,
  at      TEXT NOT NULL,
  status  INTEGER NOT NULL,
  etag    TEXT,
  body    TEXT NOT NULL
) STRICT;
CREATE INDEX answers_by_age ON answers (at);

ALTER TABLE members ADD COLUMN email TEXT;
ALTER TABLE members ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
";

/// The steps from nothing to the tables of today, one per version.
pub(super) const STEPS: [&str; 2] = [FIRST, SECOND];
