//! What can be done to an embedded center. Whatever changes something leaves its line in the audit, in the same
//! transaction.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::model::{Alert, AlertKey, Amount, Grant, Limit, Others};
use crate::plan::{Kind, PoolObject};

use super::answers::Answer;
use super::map::{self, PoolRow, RowError};
use super::outcome::Draw;
use super::store::{Member, View};
use super::{answers, audit, draw};

/// A transaction that writes, in the name of an actor.
#[derive(Debug)]
pub(crate) struct Edit<'a> {
    db: &'a Connection,
    actor: &'a str,
    at: Timestamp,
    /// The time as rows hold it.
    at_text: String,
}

impl<'a> Edit<'a> {
    /// Writes through a connection that is in a transaction already.
    pub(super) fn new(db: &'a Connection, actor: &'a str, at: Timestamp) -> Self {
        Self { db, actor, at, at_text: at.to_string() }
    }

    /// What is there now.
    pub(crate) fn view(&self) -> View<'a> {
        View(self.db)
    }

    fn audit(&self, what: &str, pool: &str, object: &str) -> Result<(), RowError> {
        audit::note(self.db, &self.at_text, self.actor, what, pool, object)
    }

    /// Does something that stands or falls alone.
    pub(crate) fn alone<T, E: From<RowError>>(&self, work: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        self.db.execute_batch("SAVEPOINT alone").map_err(RowError::from)?;
        let done = work(self);
        // A full disk takes the whole transaction with it, and with it the savepoint.
        if !self.db.is_autocommit() {
            let end = if done.is_ok() { "RELEASE alone" } else { "ROLLBACK TO alone; RELEASE alone" };
            self.db.execute_batch(end).map_err(RowError::from)?;
        }
        done
    }

    /// Makes a pool what it shall be; one that is new begins with others blocked and without alerts.
    pub(crate) fn put_pool(&self, name: &str, pool: &PoolObject) -> Result<PoolRow, RowError> {
        let there = PoolRow::named(self.db, name)?.is_some();
        let limit = match pool.budget.limit {
            Some(Limit::Amount(amount)) => Some(map::amount_text(amount)),
            Some(Limit::None) | None => None,
        };
        self.db
            .prepare_cached(
                "INSERT INTO pools (name, description, unit, period, budget, when_exhausted, default_cap)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (name) DO UPDATE SET
                   description = excluded.description, unit = excluded.unit, period = excluded.period,
                   budget = excluded.budget, when_exhausted = excluded.when_exhausted,
                   default_cap = excluded.default_cap",
            )?
            .execute(params![
                name,
                pool.description,
                pool.budget.unit.to_string(),
                pool.budget.period.map(crate::model::Period::as_str),
                limit,
                pool.budget.when_exhausted.map(crate::model::WhenExhausted::as_str),
                pool.default_cap.map(map::cap_text),
            ])?;
        let kind = if there { Kind::PoolUpdate } else { Kind::PoolCreate };
        self.audit(kind.as_str(), name, "")?;
        PoolRow::named(self.db, name)?.ok_or_else(|| RowError::Refused(format!("the pool `{name}` was not kept")))
    }

    /// Deletes a pool with its grants. The draws stay.
    pub(crate) fn remove_pool(&self, pool: &PoolRow) -> Result<(), RowError> {
        self.db.prepare_cached("DELETE FROM pools WHERE id = ?1")?.execute([pool.id])?;
        self.audit(Kind::PoolDelete.as_str(), &pool.name, "")
    }

    /// Sets what everybody else may draw.
    pub(crate) fn put_others(&self, pool: &PoolRow, others: Others) -> Result<(), RowError> {
        self.db
            .prepare_cached("UPDATE pools SET others = ?2 WHERE id = ?1")?
            .execute(params![pool.id, map::others_text(others)])?;
        self.audit(Kind::OthersUpdate.as_str(), &pool.name, "others")
    }

    /// Makes an alert, or changes who hears of it.
    pub(crate) fn put_alert(&self, pool: &PoolRow, key: AlertKey, alert: &Alert) -> Result<(), RowError> {
        let there = map::alert_of(self.db, pool.id, key)?.is_some();
        self.db
            .prepare_cached(
                "INSERT INTO alerts (pool, scope, at, notify) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (pool, scope, at) DO UPDATE SET notify = excluded.notify",
            )?
            .execute(params![
                pool.id,
                map::scope_text(key.of),
                map::threshold_text(key.at),
                map::notify_text(&alert.notify)?
            ])?;
        let kind = if there { Kind::AlertUpdate } else { Kind::AlertAdd };
        self.audit(kind.as_str(), &pool.name, &audit::alert(key))
    }

    /// Takes an alert away.
    pub(crate) fn remove_alert(&self, pool: &PoolRow, key: AlertKey) -> Result<(), RowError> {
        self.db
            .prepare_cached("DELETE FROM alerts WHERE pool = ?1 AND scope = ?2 AND at = ?3")?
            .execute(params![pool.id, map::scope_text(key.of), map::threshold_text(key.at)])?;
        self.audit(Kind::AlertRemove.as_str(), &pool.name, &audit::alert(key))
    }

    /// Grants a member, whoever is new is entered; or changes their grant.
    pub(crate) fn put_grant(&self, pool: &PoolRow, name: &str, grant: Grant) -> Result<(), RowError> {
        let Grant { cap, period: _, expires } = map::whole_grant(grant);
        let member = map::member_or_new(self.db, name)?;
        let there = map::grant_of(self.db, pool.id, member)?.is_some();
        self.db
            .prepare_cached(
                "INSERT INTO grants (pool, member, cap, expires) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (pool, member) DO UPDATE SET cap = excluded.cap, expires = excluded.expires",
            )?
            .execute(params![pool.id, member, cap.map(map::cap_text), map::expires_text(expires)])?;
        let kind = if there { Kind::GrantUpdate } else { Kind::GrantAdd };
        self.audit(kind.as_str(), &pool.name, &audit::grant(name))
    }

    /// Takes a member's grant away.
    pub(crate) fn remove_grant(&self, pool: &PoolRow, name: &str) -> Result<(), RowError> {
        self.db
            .prepare_cached("DELETE FROM grants WHERE pool = ?1 AND member = (SELECT id FROM members WHERE name = ?2)")?
            .execute(params![pool.id, name])?;
        self.audit(Kind::GrantRevoke.as_str(), &pool.name, &audit::grant(name))
    }

    /// Enters a member, or changes what is known of them.
    pub(crate) fn put_member(&self, member: &Member) -> Result<(), RowError> {
        let there = self.view().member(&member.name)?.is_some();
        let number = map::member_or_new(self.db, &member.name)?;
        self.db
            .prepare_cached("UPDATE members SET email = ?2 WHERE id = ?1")?
            .execute(params![number, member.email])?;
        let what = if there { "member.update" } else { "member.add" };
        self.audit(what, "", &audit::member(&member.name))
    }

    /// Takes a member without grants off the roster. What they drew stays under their name.
    pub(crate) fn remove_member(&self, name: &str) -> Result<(), RowError> {
        self.db
            .prepare_cached("UPDATE members SET gone = 1, email = NULL WHERE name = ?1")?
            .execute([name])?;
        self.audit("member.remove", "", &audit::member(name))
    }

    /// Draws an amount of the pool's unit. The draw itself is its audit.
    pub(crate) fn draw(&self, pool: &PoolRow, name: &str, amount: Amount) -> Result<Draw, RowError> {
        draw::take(self.db, pool, name, amount, self.at)
    }

    /// The answer that was given to a request of this key within the last day, with what the request was.
    pub(crate) fn answered(&self, key: &str) -> Result<Option<(Vec<u8>, Answer)>, RowError> {
        answers::find(self.db, key, self.at)
    }

    /// Keeps the answer to a request of this key for a day.
    pub(crate) fn answer(&self, key: &str, request: &[u8], answer: &Answer) -> Result<(), RowError> {
        answers::keep(self.db, key, request, self.at, answer)
    }
}
