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

    /// The team as it is by all that was told; `None` where that does not tell everything.
    pub(super) fn team(&self) -> Option<Option<&TeamInfo>> {
        (!self.silent).then_some(self.info.as_ref())
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
            told.link(Membership { user_id, budget_id, budget_source: source, litellm_budget_table: row });
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
