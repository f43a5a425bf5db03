//! A world of any size, the same at every run: pools of a thousand grants each, ten grants for each member, and a
//! center that already holds nine tenths of them.

use std::io::Write;
use std::path::Path;

use bursar::centers::embedded::{CAPABILITIES, Embedded, EmbeddedWriter};
use bursar::centers::{Reader, Verdict, Writer};
use bursar::model::{
    Amount, Budget, Cap, CenterId, CenterSettings, Desired, Expiry, Grant, Limit, MemberId, Observed, Others, Period,
    Pool, PoolId, Roster, Scope, Subject, Target, Unit, WhenExhausted, parse_decimal,
};
use bursar::plan;

/// How many grants a pool has.
const PER_POOL: usize = 1000;

/// The caps that the rules take in turn.
const CAPS: [&str; 6] = ["50", "100", "250", "12.5", "500", "1000"];

/// The last day of every grant that has one: far enough away that no benchmark ever meets an expired one.
const LAST_DAY: jiff::civil::Date = jiff::civil::date(2199, 12, 31);

/// A world of so many grants.
#[derive(Clone, Copy)]
pub(crate) struct World {
    grants: usize,
}

/// One rule of `access`.
struct Rule {
    member: usize,
    cap: &'static str,
    expires: bool,
    /// Whether the center has it already.
    there: bool,
}

impl World {
    pub(crate) fn new(grants: usize) -> Self {
        Self { grants }
    }

    fn members(self) -> usize {
        (self.grants / 10).max(PER_POOL.min(self.grants))
    }

    fn pools(self) -> usize {
        self.grants.div_ceil(PER_POOL)
    }

    /// The rules of a pool. Neighbouring pools share some of their members, and no pool names one twice.
    fn rules(self, pool: usize) -> impl Iterator<Item = Rule> {
        let first = pool * PER_POOL;
        (first..self.grants.min(first + PER_POOL)).map(move |i| Rule {
            member: (pool * 617 + i - first) % self.members(),
            cap: CAPS[i % CAPS.len()],
            expires: i % 7 == 0,
            there: i % 10 != 3,
        })
    }

    /// The file that asks for all of it.
    pub(crate) fn write_yaml(self, out: &mut impl Write) -> std::io::Result<()> {
        writeln!(out, "version: 1\n\ncenters:\n  gate:\n    provider: embedded\n\nmembers:")?;
        for member in 0..self.members() {
            let name = member_name(member);
            writeln!(out, "  {name}: {{ email: {name}@acme.example }}")?;
        }
        writeln!(out, "\npools:")?;
        for pool in 0..self.pools() {
            writeln!(out, "  {}:\n    center: gate", pool_name(pool))?;
            writeln!(out, "    budget: {{ limit: 400000, unit: credits, period: monthly, when_exhausted: block }}")?;
            writeln!(out, "    others: blocked\n    access:")?;
            for rule in self.rules(pool) {
                let name = member_name(rule.member);
                writeln!(out, "      - member: {name}\n        cap: {}", rule.cap)?;
                writeln!(out, "        reason: Works on the pilot, asked for in AI-{:05}", rule.member)?;
                if rule.expires {
                    writeln!(out, "        expires: {LAST_DAY}")?;
                }
            }
        }
        Ok(())
    }

    /// Some of the pools, with the grants that the center has already or with all of them.
    fn state(self, pools: std::ops::Range<usize>, all: bool) -> Desired {
        let mut desired = Desired::default();
        for pool in pools {
            let rules = self.rules(pool).filter(|rule| all || rule.there);
            let value = Pool {
                target: Target::of("pool", &pool_name(pool)),
                description: None,
                budget: Budget {
                    unit: Unit::Credits,
                    period: Some(Period::Monthly),
                    limit: Some(Limit::Amount(Amount::whole(400_000, Unit::Credits))),
                    when_exhausted: Some(WhenExhausted::Block),
                },
                default_cap: None,
                others: Some(Others::Blocked),
                alerts: None,
                grants: rules.map(|rule| (subject(rule.member), rule.grant())).collect(),
            };
            desired.state.pools.insert(PoolId::new(&pool_name(pool)).unwrap(), value);
        }
        desired
    }

    /// What the file asks for, in the center's terms.
    pub(crate) fn desired(self) -> Desired {
        self.state(0..self.pools(), true)
    }

    /// The managed pools and everybody.
    pub(crate) fn scope(self) -> Scope {
        let pools = 0..self.pools();
        let pools = pools.map(|pool| (PoolId::new(&pool_name(pool)).unwrap(), Target::of("pool", &pool_name(pool))));
        let mut roster = Roster::default();
        for member in 0..self.members() {
            let name = member_name(member);
            roster.insert(MemberId::new(&name).unwrap(), &name);
        }
        Scope { pools: pools.collect(), roster, ..Scope::default() }
    }

    /// Makes the center that has nine tenths of it, pool by pool, through the writer that an apply uses.
    pub(crate) fn fill(self, folder: &Path) {
        let settings = settings(folder);
        let writer = EmbeddedWriter::open(&settings).unwrap();
        let observed = Observed::default();
        for pool in 0..self.pools() {
            let changes = plan::diff(&settings.id, &CAPABILITIES, &self.state(pool..pool + 1, false), &observed);
            for batch in changes.chunk_by(|a, b| a.kind == b.kind).flat_map(|kind| kind.chunks(CAPABILITIES.batch)) {
                for written in block_on(writer.write(batch)) {
                    assert_eq!(written.verdict, Verdict::Applied, "{:?}", written.message);
                }
            }
        }
    }

    /// Reads the center that [`World::fill`] made.
    pub(crate) fn read(folder: &Path, scope: &Scope) -> Observed {
        block_on(Embedded::new(&settings(folder)).read(scope)).unwrap()
    }
}

impl Rule {
    fn grant(&self) -> Grant {
        let amount = Amount::new(parse_decimal(self.cap).unwrap(), Unit::Credits).unwrap();
        let expires = if self.expires { Expiry::On(LAST_DAY) } else { Expiry::Never };
        Grant { cap: Some(Cap::Amount(amount)), period: None, expires: Some(expires) }
    }
}

fn member_name(member: usize) -> String {
    format!("m{member:06}")
}

fn pool_name(pool: usize) -> String {
    format!("team-{pool:04}")
}

fn subject(member: usize) -> Subject {
    Subject::Member(MemberId::new(&member_name(member)).unwrap())
}

pub(crate) fn settings(folder: &Path) -> CenterSettings {
    CenterSettings::new(CenterId::new("gate").unwrap(), "embedded", folder)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
