//! A team as the answers to writes tell it: what they tell need not be read back.
//!
//! LiteLLM answers to a change of a team with its row, to people who are added with the budgets that they have now, and
//! to each row of a bulk call with the limits in force after it. Only the row that members without a cap of their own
//! share stands in none of them. An answer that tells something else than was asked proves nothing: then the team is
//! read.

use serde_json::Value;

use crate::centers::client::Reply;

use super::wire::{AddAnswer, BudgetRow, BulkAnswer, DeleteAnswer, Member, Membership, RowAnswer, Team, TeamInfo};

/// A team as of the last read, with what answers told since.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// `None` once it is deleted.
    info: Option<TeamInfo>,
    /// Whether something was written of which no answer tells.
    silent: bool,
}

impl Told {
    /// A team that was read.
    pub(super) fn read(info: TeamInfo) -> Self {
        Self { info: Some(info), silent: false }
    }

    /// A team that an answer says was made.
    pub(super) fn made(team: Team, body: &Value) -> Self {
        Self { info: Some(TeamInfo { team_info: team, team_memberships: Vec::new() }), silent: touches_shared(body) }
    }

    /// Whether everything that was written was told, too.
    pub(super) fn is_whole(&self) -> bool {
        !self.silent
    }

    /// The team as it is by all that was told; `None` once it is deleted.
    pub(super) fn team(&self) -> Option<&TeamInfo> {
        self.info.as_ref()
    }

    /// Fields of the team were changed by this body.
    pub(super) fn patched(&mut self, body: &Value, reply: &Reply) {
        self.silent |= touches_shared(body);
        match reply.json() {
            Ok(team) => self.row(team),
            Err(_) => self.silent = true,
        }
    }

    /// People were added.
    pub(super) fn added(&mut self, reply: &Reply) {
        match reply.json::<AddAnswer>() {
            Ok(AddAnswer { team, updated_team_memberships }) => {
                self.row(team);
                for membership in updated_team_memberships {
                    self.link(membership);
                }
            }
            Err(_) => self.silent = true,
        }
    }

    /// Caps were set by these rows.
    pub(super) fn capped(&mut self, rows: &[Value], reply: &Reply) {
        self.each(rows, reply, |told, user_id, row| {
            let RowAnswer { budget_id, max_budget, budget_duration, max_budget_source, .. } = row;
            let source = match max_budget_source.as_deref() {
                Some("member") => Some("custom".to_owned()),
                other => other.map(str::to_owned),
            };
            let table = BudgetRow { budget_id: budget_id.clone(), max_budget, budget_duration, ..BudgetRow::default() };
            let row = budget_id.is_some().then_some(table);
            told.link(Membership { user_id, budget_id, budget_source: source, litellm_budget_table: row, spend: None });
        });
    }

    /// People were taken out by these rows.
    pub(super) fn removed(&mut self, rows: &[Value], reply: &Reply) {
        self.each(rows, reply, |told, user_id, _| {
            if let Some(info) = &mut told.info {
                info.team_info
                    .members_with_roles
                    .retain(|member| member.user_id.as_deref() != Some(&user_id));
                info.team_memberships.retain(|membership| membership.user_id != user_id);
            }
        });
    }

    /// The team was deleted.
    pub(super) fn deleted(&mut self, team: &str, reply: &Reply) {
        match reply.json::<DeleteAnswer>() {
            Ok(DeleteAnswer { deleted_teams }) if deleted_teams.iter().any(|deleted| deleted == team) => {
                self.info = None;
            }
            _ => self.silent = true,
        }
    }

    /// Each row of a bulk call that was carried out, with the user whom it names.
    fn each(&mut self, rows: &[Value], reply: &Reply, mut tell: impl FnMut(&mut Self, String, RowAnswer)) {
        let Ok(BulkAnswer { data }) = reply.json::<BulkAnswer>() else {
            self.silent = true;
            return;
        };
        for (asked, row) in rows.iter().zip(data).filter(|(_, row)| row.success) {
            match self.user(asked) {
                Some(user) => tell(self, user, row),
                None => self.silent = true,
            }
        }
    }

    /// Whom a row names: by id, or by the e-mail address exactly as it stands in the team.
    fn user(&self, row: &Value) -> Option<String> {
        if let Some(id) = row["user_id"].as_str() {
            return Some(id.to_owned());
        }
        let email = row["user_email"].as_str()?;
        let mut members = self.info.as_ref()?.team_info.members_with_roles.iter();
        let named = |member: &&Member| member.user_email.as_deref() == Some(email);
        members.find(named)?.user_id.clone()
    }

    /// The row of the team; the row that its members share is not in it.
    fn row(&mut self, team: Team) {
        match &mut self.info {
            Some(info) if info.team_info.id == team.id => {
                let shared = info.team_info.shared.take();
                info.team_info = Team { shared, ..team };
            }
            _ => self.silent = true,
        }
    }

    fn link(&mut self, membership: Membership) {
        if let Some(info) = &mut self.info {
            info.team_memberships.retain(|known| known.user_id != membership.user_id);
            info.team_memberships.push(membership);
        }
    }
}

/// Whether a body writes the row that members without a cap of their own share.
fn touches_shared(body: &Value) -> bool {
    ["team_member_budget", "team_member_budget_duration"]
        .iter()
        .any(|name| body.get(name).is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::centers::litellm::map;
    use crate::model::{Roster, Subject};

    fn read() -> Told {
        let info = json!({
            "team_info": {
                "team_id": "p", "max_budget": 100.0, "budget_duration": "1mo",
                "members_with_roles": [{ "user_id": "u1", "user_email": "m0@x.io", "role": "user" }],
                "team_member_budget_table": { "budget_id": "shared", "max_budget": 10.0, "budget_duration": "1mo" },
            },
            "team_memberships": [
                { "user_id": "u1", "budget_id": "b1", "litellm_budget_table": { "budget_id": "b1", "max_budget": 5.0 } },
            ],
        });
        Told::read(serde_json::from_value(info).unwrap())
    }

    /// The limit, the default cap and each grant; why not where that is not known.
    fn shown(told: &Told) -> String {
        if !told.is_whole() {
            return "must be read".to_owned();
        }
        let Some(info) = told.team() else { return "gone".to_owned() };
        let pool = map::seen(info, &Roster::default(), &[]).pool;
        let grants: Vec<String> = pool
            .grants
            .iter()
            .map(|(who, grant)| {
                format!("{} {}", Subject::name(who), grant.cap.map_or("?".to_owned(), |cap| cap.to_string()))
            })
            .collect();
        let words = |text: Option<String>| text.unwrap_or_else(|| "?".to_owned());
        let limit = words(pool.budget.limit.map(|limit| limit.to_string()));
        format!("{limit}, default {}: {}", words(pool.default_cap.map(|cap| cap.to_string())), grants.join(", "))
    }

    #[test]
    fn answers_are_put_together() {
        let mut told = read();
        assert_eq!(shown(&told), "100 USD, default 10 USD: m0@x.io 5 USD");
        let row = json!({ "user_id": "u1", "success": true, "budget_id": "b1", "max_budget": 9.75, "max_budget_source": "member" });
        told.capped(&[json!({ "user_email": "m0@x.io" })], &Reply::of(&json!({ "data": [row] })));
        assert_eq!(shown(&told), "100 USD, default 10 USD: m0@x.io 9.75 USD");
        let member = |id: &str, email: &str| json!({ "user_id": id, "user_email": email, "role": "user" });
        let team = |limit: u32| {
            json!({
                "team_id": "p", "max_budget": limit, "budget_duration": "1mo",
                "members_with_roles": [member("u1", "m0@x.io"), member("u2", "m1@x.io"), member("u3", "m2@x.io")],
            })
        };
        let mut added = team(100);
        added["updated_team_memberships"] = json!([
            { "user_id": "u2", "budget_id": "b2", "litellm_budget_table": { "budget_id": "b2", "max_budget": 50.0 } },
            { "user_id": "u3", "budget_id": "shared", "litellm_budget_table": null },
        ]);
        told.added(&Reply::of(&added));
        assert_eq!(shown(&told), "100 USD, default 10 USD: m0@x.io 9.75 USD, m1@x.io 50 USD, m2@x.io inherit");
        told.patched(&json!({ "max_budget": 7 }), &Reply::of(&team(7)));
        let rows = [json!({ "user_id": "u1" }), json!({ "user_id": "u2" })];
        told.removed(&rows, &Reply::of(&json!({ "data": [{ "success": true }, { "success": false, "error": "no" }] })));
        assert_eq!(shown(&told), "7 USD, default 10 USD: m1@x.io 50 USD, m2@x.io inherit");
        told.deleted("p", &Reply::of(&json!({ "deleted_teams": ["p"] })));
        assert_eq!(shown(&told), "gone");
    }

    #[test]
    fn what_is_not_told_must_be_read() {
        let tells: [fn(&mut Told); 7] = [
            |told| told.patched(&json!({ "team_member_budget": 9 }), &Reply::of(&json!({ "team_id": "p" }))),
            |told| told.patched(&json!({ "max_budget": 9 }), &Reply::of(&json!({ "team_id": "another" }))),
            |told| told.patched(&json!({ "max_budget": 9 }), &Reply::of(&json!("done"))),
            |told| told.added(&Reply::of(&json!({ "team_id": "p" }))),
            |told| told.capped(&[json!({ "user_id": "u1" })], &Reply::of(&json!({}))),
            |told| {
                let answer = Reply::of(&json!({ "data": [{ "success": true }] }));
                told.removed(&[json!({ "user_email": "M0@x.io" })], &answer);
            },
            |told| told.deleted("p", &Reply::of(&json!({ "deleted_teams": [] }))),
        ];
        for (at, tell) in tells.into_iter().enumerate() {
            let mut told = read();
            tell(&mut told);
            assert_eq!(shown(&told), "must be read", "{at}");
        }
        // A cap that is not what was asked for is shown as it is, and so proves nothing.
        let mut told = read();
        let row = json!({ "success": true, "budget_id": "b1", "max_budget": 5.0, "max_budget_source": "member" });
        told.capped(&[json!({ "user_id": "u1", "max_budget_in_team": 6 })], &Reply::of(&json!({ "data": [row] })));
        assert_eq!(shown(&told), "100 USD, default 10 USD: m0@x.io 5 USD");
    }
}
