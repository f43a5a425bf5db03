//! What can go wrong with a center, each with the sentence that says what to do next.

use std::path::PathBuf;

use crate::model::Unit;

/// Why a center could not be read or opened.
#[derive(Debug, thiserror::Error)]
pub enum CenterError {
    /// No such provider.
    #[error("there is no provider `{0}`")]
    UnknownProvider(String),
    /// A key that the provider needs is missing; `validate` finds it first.
    #[error("the center has no `{0}`")]
    MissingSetting(&'static str),
    /// The variable that holds the token is not set.
    #[error("the token is read from ${0}, which is not set")]
    MissingToken(String),
    /// The token has characters that cannot stand in a header.
    #[error("the token in ${0} has characters that no token has")]
    BadToken(String),
    /// `base_url` is no URL that Bursar would send a token to.
    #[error("{url} cannot be used: {why}")]
    BadUrl {
        /// The URL as written.
        url: String,
        /// Why not.
        why: String,
    },
    /// The host is neither the provider's own nor allowed.
    #[error("the token would go to {host}, which is not allowed")]
    HostNotAllowed {
        /// The host.
        host: String,
    },
    /// Nothing answered.
    #[error("{url} cannot be reached: {why}")]
    Unreachable {
        /// Where it was tried.
        url: String,
        /// What the connection said.
        why: String,
    },
    /// The rate limit lets nothing through for a long time.
    #[error("{url} lets nothing through for another {wait} s, longer than the {longest} s that Bursar waits")]
    UsedUp {
        /// Where.
        url: String,
        /// How long it will be, in seconds.
        wait: u64,
        /// How long Bursar waits, in seconds.
        longest: u64,
    },
    /// 401.
    #[error("{url} does not accept the token: {why}")]
    Unauthorized {
        /// Where.
        url: String,
        /// The center's own words.
        why: String,
    },
    /// 403.
    #[error("{url} does not let this token do that: {why}")]
    Forbidden {
        /// Where.
        url: String,
        /// The center's own words.
        why: String,
    },
    /// What answers is not the product that the file declares.
    #[error("{url} is not a {expected}: {why}")]
    WrongCenter {
        /// Where.
        url: String,
        /// What the file declares.
        expected: &'static str,
        /// What showed it.
        why: String,
    },
    /// A list that was not the same from its beginning to its end, each time that it was read.
    #[error("{url} changed while it was read, twice: {why}")]
    Unsteady {
        /// The list.
        url: String,
        /// What showed it.
        why: String,
    },
    /// The account is not as the files take it to be.
    #[error("{why}")]
    Unfit {
        /// How it is.
        why: String,
        /// What to do next.
        help: String,
    },
    /// The token is of another account than the files name.
    #[error("the token is of {found}, and the files name {asked}")]
    OtherAccount {
        /// The id that the files name.
        asked: String,
        /// The account that answers, in the vendor's words.
        found: String,
    },
    /// The account is of another product of the vendor than the files say.
    #[error("the account is no {expected}")]
    OtherFlavor {
        /// What the files declare.
        expected: &'static str,
        /// The word for what it is.
        flavor: &'static str,
    },
    /// A target whose name several objects have.
    #[error("{} are called `{name}`: {}", plural(.what), ids.join(", "))]
    SameName {
        /// The key of the target.
        what: &'static str,
        /// The name.
        name: String,
        /// The ids of all that have it.
        ids: Vec<String>,
        /// The key by which one of them can be named, where there is one.
        instead: Option<&'static str>,
    },
    /// The account bills in another currency than the pool counts.
    #[error("the account bills in {billed}, and the pool {pool} counts {asked}")]
    OtherCurrency {
        /// The pool.
        pool: String,
        /// What the file says.
        asked: Unit,
        /// What the account has.
        billed: Unit,
    },
    /// A run that shall show its own identity has none.
    #[error("the run's own identity is read from ${0}, which is not set")]
    NotInActions(&'static str),
    /// The run's own identity was not taken.
    #[error("the federation rule {rule} gives no token: {why}")]
    NotFederated {
        /// The rule.
        rule: String,
        /// The vendor's own words.
        why: String,
    },
    /// Any other answer that is no success.
    #[error("{method} {path} answered {status}: {why}")]
    Answer {
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// The status.
        status: u16,
        /// The center's own words.
        why: String,
    },
    /// A file could not be read or written.
    #[error("{}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// An exported file could not be read.
    #[error("{path}: {why}")]
    NoExport {
        /// The file, as written.
        path: String,
        /// What the system said.
        why: String,
    },
    /// An exported file cannot be used: what is wrong with it, each with its place, one a line. No cell of the file is
    /// repeated, since whoever may edit its path must not have other files read to them.
    #[error("the export cannot be used\n{}", problems.join("\n"))]
    Export {
        /// What is wrong: `exports/people.csv:17:3: …`.
        problems: Vec<String>,
        /// What to do next.
        help: String,
    },
    /// The embedded center's file is not one.
    #[error("{} is not an embedded center: {why}", path.display())]
    NotACenter {
        /// The file.
        path: PathBuf,
        /// What showed it.
        why: String,
    },
    /// A draw or a question about a pool that the center does not have.
    #[error("the center has no pool `{0}`")]
    UnknownPool(String),
    /// Nothing can be written to it: a person does everything.
    #[error("nothing can be written to a {0} center: a person does it in the console")]
    NoWriter(&'static str),
    /// Something that nobody can draw, whatever their cap: nothing, or another unit than the pool's.
    #[error("this cannot be drawn: {0}")]
    NotDrawable(String),
}

impl CenterError {
    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            Self::UnknownProvider(_) => "`bursar centers` lists the providers".to_owned(),
            Self::MissingSetting(key) => format!("add `{key}:` to the center in the file"),
            Self::MissingToken(variable) => {
                format!("export {variable} with the token, or name another variable under `token:`")
            }
            Self::BadToken(variable) => format!("check {variable} for line ends, quotes and spaces around the token"),
            Self::BadUrl { .. } => "write an https URL; plain http is for loopback only".to_owned(),
            Self::HostNotAllowed { host } => {
                format!("if the token may go there, add `allow_host: [{host}]` to the center")
            }
            Self::Unreachable { .. } => "check `base_url`, the network and a proxy; nothing was changed".to_owned(),
            Self::UsedUp { .. } => {
                "its rate limit is used up, maybe by others too; run again when that time is over".to_owned()
            }
            Self::Unauthorized { .. } => "check that the token is whole, not expired and of this account".to_owned(),
            Self::Forbidden { .. } => "use a token with the rights that the provider's page names".to_owned(),
            Self::WrongCenter { .. } => "check `provider` and `base_url`; nothing was changed".to_owned(),
            Self::Unsteady { .. } => {
                "run again when nobody changes people or groups there; nothing was changed".to_owned()
            }
            Self::OtherAccount { .. } => {
                "check the token, and the account that the center names; nothing was changed".to_owned()
            }
            Self::OtherFlavor { flavor, .. } => format!("write `flavor: {flavor}`, and a key of that product"),
            Self::SameName { instead: Some(key), .. } => {
                format!("name one of them by its id: `target: {{ {key}: … }}`")
            }
            Self::SameName { instead: None, .. } => "give one of them another name in the vendor's console".to_owned(),
            Self::OtherCurrency { billed, .. } => {
                format!("write `unit: {billed}`, with amounts in it; nothing was converted")
            }
            Self::NotInActions(_) => {
                "in GitHub Actions, give the job `permissions: { id-token: write }`; elsewhere, use a key \
                                      with `auth: api_key`"
                    .to_owned()
            }
            Self::NotFederated { .. } => {
                "check the rule's repository, branch and audience in the vendor's console; nothing was changed"
                    .to_owned()
            }
            Self::Answer { status: 300..400, .. } => {
                "check `base_url`: it names another place than the API; nothing was changed".to_owned()
            }
            Self::Answer { status: 429, .. } => "run again when that time is over; nothing was changed".to_owned(),
            Self::Answer { status: 500.., .. } => {
                "the center has trouble of its own; run again later, with -v to see the requests; nothing was changed"
                    .to_owned()
            }
            Self::Answer { .. } => "run again with -v to see the requests; nothing was changed".to_owned(),
            Self::File { .. } => "check that the path is right and that you may read and write there".to_owned(),
            Self::NoExport { .. } => {
                // Figma's help; an older article of it says that the file comes by e-mail.
                "export it in Figma (Admin > People > export, on Organization and Enterprise), save it there, and commit \
                 it; on Professional keep a small CSV of your own"
                    .to_owned()
            }
            Self::Unfit { help, .. } | Self::Export { help, .. } => help.clone(),
            Self::NotACenter { .. } => "check `path`; a new file is made by the first apply".to_owned(),
            Self::UnknownPool(_) => "check the name; `bursar plan` lists what is still to be applied".to_owned(),
            Self::NoWriter(_) => "`bursar apply` writes a runbook with the steps".to_owned(),
            Self::NotDrawable(_) => "draw a positive amount of the pool's own unit, for one member".to_owned(),
        }
    }
}

/// Several of something, by the key that names one.
fn plural(what: &str) -> String {
    format!("several objects (`{what}`)")
}
