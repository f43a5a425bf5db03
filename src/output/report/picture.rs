//! Who can draw from where: groups and others on the left, pools in the middle, centers on the right. The same facts
//! make the same picture, and a table says the same.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::model::{Cap, Others, Pool, PoolId, Rule, RuleWho};
use crate::output::html::Html;
use crate::output::words::{cap_words, count_words, people_words, shortened};

use super::facts::{Center, Facts};
use super::people::asked;

/// How many names a column of the picture has.
const MOST: usize = 24;

/// How many characters of a name are drawn.
const NAME: usize = 23;

/// Who may draw from a pool.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Group(String),
    Named,
    Strangers,
    Others,
    Unmanaged,
}

impl Who {
    fn name(&self) -> String {
        match self {
            Self::Group(name) => name.clone(),
            Self::Named => "named one by one".to_owned(),
            Self::Strangers => "not in the files".to_owned(),
            Self::Others => "everybody else".to_owned(),
            Self::Unmanaged => "everybody else, unmanaged".to_owned(),
        }
    }
}

/// A way from people to a pool.
#[derive(Debug)]
struct Way {
    who: Who,
    /// The position of the pool.
    pool: usize,
    /// Nothing where nobody knows.
    people: Option<usize>,
    cap: String,
}

/// The picture, and the table of the same.
#[derive(Debug, Default)]
pub(super) struct Picture {
    ways: Vec<Way>,
    /// Name and position of the center.
    pools: Vec<(String, usize)>,
    centers: Vec<String>,
}

/// Draws what the files let people draw, and what the centers let people draw who are not in the files.
pub(super) fn of(facts: &Facts<'_>) -> Picture {
    let mut picture = Picture::default();
    let asked = asked(facts);
    for center in &facts.centers {
        let pools = pools_of(facts, center);
        if pools.is_empty() {
            continue;
        }
        let at = picture.centers.len();
        picture.centers.push(center.id.to_string());
        for id in pools {
            let Some((pool, _)) = asked.get(&id) else { continue };
            let place = picture.pools.len();
            picture.pools.push((id.to_string(), at));
            let strangers = strangers(center, &id);
            of_pool(facts, &id, pool, strangers, |who, people, cap| {
                picture.ways.push(Way { who, pool: place, people, cap });
            });
        }
    }
    picture
}

/// The pools of a center: those that were read, else those that the files put there.
fn pools_of(facts: &Facts<'_>, center: &Center) -> Vec<PoolId> {
    if let Ok(read) = &center.read {
        return read.usage.pools.iter().map(|pool| pool.pool.clone()).collect();
    }
    let resolved = facts.resolved.centers.get(&center.id);
    resolved.map_or_else(Vec::new, |center| center.desired.state.pools.keys().cloned().collect())
}

/// How many people have a grant whom the files do not know.
fn strangers(center: &Center, id: &PoolId) -> usize {
    let pools = center.read.iter().flat_map(|read| &read.usage.pools);
    let people = pools.filter(|pool| pool.pool == *id).flat_map(|pool| &pool.people);
    people.filter(|(subject, person)| person.granted && !subject.is_known()).count()
}

fn of_pool(
    facts: &Facts<'_>,
    id: &PoolId,
    pool: &Pool,
    strangers: usize,
    mut add: impl FnMut(Who, Option<usize>, String),
) {
    let period = pool.budget.period;
    let words = |cap: Option<Cap>| match cap.filter(|cap| *cap != Cap::Inherit).or(pool.default_cap) {
        Some(cap) => cap_words(cap, period),
        None => "what the center says".to_owned(),
    };
    let holds = |rule: &&Rule| {
        rule.starts.is_none_or(|day| day <= facts.as_of) && rule.expires.is_none_or(|day| day >= facts.as_of)
    };
    let mut groups: BTreeMap<String, (usize, BTreeSet<String>)> = BTreeMap::new();
    let (mut named, mut caps) = (BTreeSet::new(), BTreeSet::new());
    for rule in facts.rules.get(id).into_iter().flatten().filter(holds) {
        match &rule.who {
            RuleWho::Member(member) => {
                named.insert(member);
                caps.insert(words(rule.cap));
            }
            RuleWho::Group(group, except) => {
                let people = facts.groups.get(group).map_or(0, |people| people.saturating_sub(except.len()));
                let of_group = groups.entry(group.to_string()).or_default();
                of_group.0 = of_group.0.max(people);
                of_group.1.insert(words(rule.cap));
            }
        }
    }
    let joined = |caps: BTreeSet<String>| match caps.len() {
        0..=3 => caps.into_iter().collect::<Vec<_>>().join(", "),
        more => format!("{more} different caps"),
    };
    for (group, (people, caps)) in groups {
        add(Who::Group(group), Some(people), joined(caps));
    }
    if !named.is_empty() {
        add(Who::Named, Some(named.len()), joined(caps));
    }
    if strangers > 0 {
        add(Who::Strangers, Some(strangers), "what the center holds".to_owned());
    }
    match pool.others {
        Some(Others::Cap(cap)) => add(Who::Others, None, format!("{} each", words(Some(cap)))),
        None => add(Who::Unmanaged, None, "what the center holds".to_owned()),
        Some(Others::Blocked) => {}
    }
}

/// A name on the left: one of those who may draw, or several groups that may draw from the same pools.
struct Left<'a> {
    who: Vec<&'a Who>,
    /// The pools, by position.
    pools: BTreeSet<usize>,
}

impl Left<'_> {
    fn name(&self) -> String {
        match self.who.as_slice() {
            [one, more @ ..] if !more.is_empty() => format!("{} and {} more", one.name(), more.len()),
            [one, ..] => one.name(),
            [] => String::new(),
        }
    }

    /// In thousandths, where on the right the middle of its pools is: so that few lines cross.
    fn mean(&self) -> usize {
        self.pools.iter().sum::<usize>() * 1000 / self.pools.len().max(1)
    }
}

/// A line from the left to a pool.
struct Line {
    people: Option<usize>,
    /// Whether no file gives the right.
    loose: bool,
}

impl Picture {
    /// Whether there is anything to draw.
    pub(super) fn is_empty(&self) -> bool {
        self.pools.is_empty()
    }

    /// The left column, with as many names as can be told apart. Whoever shares their pools stands beside them.
    fn left(&self) -> Vec<Left<'_>> {
        let mut pools: BTreeMap<&Who, BTreeSet<usize>> = BTreeMap::new();
        for way in self.ways.iter().filter(|way| way.pool < MOST) {
            pools.entry(&way.who).or_default().insert(way.pool);
        }
        let several = pools.len() > MOST;
        let mut left: Vec<Left<'_>> = Vec::new();
        let mut of_groups: BTreeMap<BTreeSet<usize>, usize> = BTreeMap::new();
        for (who, pools) in pools {
            // Too many groups to name are told together where they may draw from the same pools.
            if several && matches!(who, Who::Group(_)) {
                if let Some(same) = of_groups.get(&pools).and_then(|at| left.get_mut(*at)) {
                    same.who.push(who);
                    continue;
                }
                of_groups.insert(pools.clone(), left.len());
            }
            left.push(Left { who: vec![who], pools });
        }
        left.sort_by_cached_key(|one| (one.mean(), one.who.first().copied()));
        left.truncate(MOST);
        left
    }

    /// The lines from the left to the pools.
    fn lines(&self, left: &[Left<'_>]) -> BTreeMap<(usize, usize), Line> {
        let places = left.iter().enumerate().flat_map(|(at, one)| one.who.iter().map(move |who| (*who, at)));
        let places: BTreeMap<&Who, usize> = places.collect();
        let mut lines: BTreeMap<(usize, usize), Line> = BTreeMap::new();
        for way in self.ways.iter().filter(|way| way.pool < MOST) {
            let Some(from) = places.get(&way.who) else { continue };
            let loose = matches!(way.who, Who::Strangers | Who::Unmanaged);
            let line = lines.entry((*from, way.pool)).or_insert(Line { people: None, loose });
            line.people = match (line.people, way.people) {
                (Some(before), Some(people)) => Some(before + people),
                (before, people) => before.or(people),
            };
        }
        lines
    }

    /// Writes the picture as SVG.
    pub(super) fn svg(&self, out: &mut impl io::Write) -> io::Result<()> {
        let left = self.left();
        let pools: Vec<usize> = (0..self.pools.len().min(MOST)).collect();
        let centers: BTreeSet<usize> = self.pools.iter().take(MOST).map(|(_, center)| *center).collect();
        let centers: Vec<usize> = centers.into_iter().collect();
        let rows = left.len().max(pools.len()).max(centers.len()).max(1);
        let height = rows * ROW;
        writeln!(
            out,
            "<svg class=\"picture\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"picture-title picture-says\">\n\
             <title id=\"picture-title\">Who can draw from where</title>\n<desc id=\"picture-says\">{}</desc>",
            Html(&self.says())
        )?;
        let middle = |at: usize, of: usize| (height - of * ROW) / 2 + at * ROW + ROW / 2;
        for ((from, pool), Line { people, loose }) in self.lines(&left) {
            let (y1, y2) = (middle(from, left.len()), middle(pool, pools.len()));
            write_way(out, if loose { "way loose" } else { "way" }, (LEFT, y1), (POOLS, y2), width(people))?;
        }
        for (at, pool) in pools.iter().enumerate() {
            let center = self.pools.get(*pool).map(|(_, center)| center);
            let Some(to) = centers.iter().position(|one| Some(one) == center) else { continue };
            let (y1, y2) = (middle(at, pools.len()), middle(to, centers.len()));
            write_way(out, "way", (POOLS + BOX, y1), (CENTERS, y2), 2)?;
        }
        for (at, one) in left.iter().enumerate() {
            node(out, "who", 0, middle(at, left.len()), &one.name(), &self.people(one))?;
        }
        for (at, pool) in pools.iter().enumerate() {
            let name = self.pools.get(*pool).map_or("", |(name, _)| name.as_str());
            node(out, "pool", POOLS, middle(at, pools.len()), name, "pool")?;
        }
        for (at, center) in centers.iter().enumerate() {
            let name = self.centers.get(*center).map_or("", String::as_str);
            node(out, "center", CENTERS, middle(at, centers.len()), name, "center")?;
        }
        writeln!(out, "</svg>")?;
        let drawn: usize = left.iter().map(|one| one.who.len()).sum();
        if self.pools.len() > MOST || self.everybody().len() > drawn {
            writeln!(
                out,
                "<p class=\"faint\">There are more than can be told apart here; the table has all of them.</p>"
            )?;
        }
        Ok(())
    }

    /// How many people a name on the left stands for.
    fn people(&self, left: &Left<'_>) -> String {
        let most = |who: &&Who| self.ways.iter().filter(|way| way.who == **who).filter_map(|way| way.people).max();
        match left.who.as_slice() {
            [one] => most(one).map_or_else(|| "as many as there are".to_owned(), people_words),
            // Somebody may be in several of them.
            several => {
                let sum: usize = several.iter().filter_map(most).sum();
                format!("{} groups, up to {}", several.len(), people_words(sum))
            }
        }
    }

    fn everybody(&self) -> BTreeSet<&Who> {
        self.ways.iter().map(|way| &way.who).collect()
    }

    fn says(&self) -> String {
        format!(
            "{} from people to {} of {}. The table below says the same.",
            count_words(self.ways.len(), "way", "ways"),
            count_words(self.pools.len(), "pool", "pools"),
            count_words(self.centers.len(), "center", "centers")
        )
    }

    /// Writes the same as a table.
    pub(super) fn table(&self, out: &mut impl io::Write) -> io::Result<()> {
        writeln!(
            out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Who can draw from where, as a table\"><table><caption class=\"hidden\">Who \
             can draw from where</caption><thead><tr><th scope=\"col\">Who</th><th scope=\"col\" class=\"amount\">People</th>\
             <th scope=\"col\">Pool</th><th scope=\"col\">Cap</th><th scope=\"col\">Center</th></tr></thead>\n<tbody>"
        )?;
        for (at, (pool, center)) in self.pools.iter().enumerate() {
            let center = self.centers.get(*center).map_or("", String::as_str);
            let mut ways = self.ways.iter().filter(|way| way.pool == at).peekable();
            if ways.peek().is_none() {
                writeln!(
                    out,
                    "<tr><th scope=\"row\">nobody</th><td class=\"amount\">0</td><td>{}</td><td>–</td><td>{}</td></tr>",
                    Html(pool),
                    Html(center)
                )?;
            }
            for way in ways {
                let people = way.people.map_or_else(|| "–".to_owned(), |people| people.to_string());
                writeln!(
                    out,
                    "<tr><th scope=\"row\">{}</th><td class=\"amount\">{people}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                    Html(&way.who.name()),
                    Html(pool),
                    Html(&way.cap),
                    Html(center)
                )?;
            }
        }
        writeln!(out, "</tbody></table></div>")
    }
}

const WIDTH: usize = 960;
const ROW: usize = 60;
const BOX: usize = 240;
const LEFT: usize = BOX;
const POOLS: usize = 360;
const CENTERS: usize = 720;

/// How broad a way is: more for more people, and never too much.
fn width(people: Option<usize>) -> u32 {
    people.map_or(2, |people| 2 + people.max(1).ilog2() / 2)
}

fn write_way(
    out: &mut impl io::Write,
    class: &str,
    from: (usize, usize),
    to: (usize, usize),
    width: u32,
) -> io::Result<()> {
    let half = usize::midpoint(from.0, to.0);
    writeln!(
        out,
        "<path class=\"{class}\" stroke-width=\"{width}\" d=\"M{} {}C{half} {} {half} {} {} {}\"></path>",
        from.0, from.1, from.1, to.1, to.0, to.1
    )
}

fn node(out: &mut impl io::Write, class: &str, x: usize, y: usize, name: &str, note: &str) -> io::Result<()> {
    writeln!(
        out,
        "<g class=\"node {class}\"><title>{}</title><rect x=\"{x}\" y=\"{}\" width=\"{BOX}\" height=\"44\" rx=\"8\"></rect>\
         <text x=\"{}\" y=\"{}\">{}</text><text class=\"note\" x=\"{}\" y=\"{}\">{}</text></g>",
        Html(name),
        y - 22,
        x + 12,
        y - 2,
        Html(&shortened(name, NAME)),
        x + 12,
        y + 14,
        Html(note)
    )
}
