//! An issue on GitHub: one for a pool and its period, with a comment for whatever comes later.
//!
//! It is known by a mark in its text and by a label, which nobody but those who may write to the repository can set, so that
//! no stranger's issue is taken for it. What was posted already is found by the mark of the message, and not posted again.

use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::http::{Answer, Call, header};
use super::{Delivery, Http};

/// The label of such issues.
const LABEL: &str = "bursar-alert";
/// How many pages of a hundred are looked through.
const PAGES: u32 = 20;

/// A repository, `OWNER/REPO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    owner: String,
    name: String,
}

impl std::str::FromStr for Repository {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fine = |part: &str| {
            let letters = part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
            letters && !matches!(part, "" | "." | "..") && part.len() <= 100
        };
        match text.split_once('/') {
            Some((owner, name)) if fine(owner) && fine(name) => {
                Ok(Self { owner: owner.to_owned(), name: name.to_owned() })
            }
            _ => Err("write OWNER/REPO".to_owned()),
        }
    }
}

/// What is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// By what the issue is known: the same for everything about a pool in a period.
    pub mark: String,
    /// By what this message is known.
    pub id: String,
    /// The issue's title, where it is new.
    pub title: String,
    /// Markdown.
    pub text: String,
}

/// The issues of a repository.
#[derive(Debug)]
pub struct Issues {
    http: Http,
    api: Url,
    token: SecretString,
    repository: Repository,
}

#[derive(Debug, Deserialize)]
struct Issue {
    number: u64,
    body: Option<String>,
    user: Option<User>,
}

#[derive(Debug, Deserialize)]
struct Comment {
    body: Option<String>,
    user: Option<User>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct User {
    login: String,
}

/// Why a look came to nothing: what is posted after that would be a guess.
type Looked<T> = Result<T, String>;

impl Issues {
    /// Of a repository, through an API that may be sent the token.
    pub fn new(http: Http, api: Url, token: SecretString, repository: Repository) -> Self {
        Self { http, api, token, repository }
    }

    /// Posts a message: as a comment where its issue is there, else as the issue.
    pub async fn post(&self, post: &Post) -> Delivery {
        let found = match self.find(&mark("alerts", &post.mark)).await {
            Ok(found) => found,
            Err(why) => return Delivery::Failed(why),
        };
        let notice = mark("notice", &post.id);
        let body = format!("{}\n\n{notice}\n", post.text.trim_end());
        let Some(issue) = found else {
            let body = format!("{body}{}\n", mark("alerts", &post.mark));
            return self.write(&[], &json!({ "title": post.title, "body": body, "labels": [LABEL] })).await;
        };
        match self.has(&issue, &notice).await {
            Ok(true) => Delivery::Sent,
            Ok(false) => self.write(&[&issue.number.to_string(), "comments"], &json!({ "body": body })).await,
            Err(why) => Delivery::Failed(why),
        }
    }

    async fn find(&self, mark: &str) -> Looked<Option<Issue>> {
        for page in 1..=PAGES {
            let query = [("labels", LABEL), ("state", "all"), ("sort", "created"), ("direction", "desc")];
            let issues: Vec<Issue> = self.read(&[], &query, page).await?;
            let last = issues.len() < 100;
            if let Some(issue) = issues.into_iter().find(|issue| has_line(issue.body.as_deref(), mark)) {
                return Ok(Some(issue));
            }
            if last {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// Whether a message stands in an issue already, written by whoever wrote the issue.
    async fn has(&self, issue: &Issue, notice: &str) -> Looked<bool> {
        if has_line(issue.body.as_deref(), notice) {
            return Ok(true);
        }
        let number = issue.number.to_string();
        for page in 1..=PAGES {
            let comments: Vec<Comment> = self.read(&[&number, "comments"], &[], page).await?;
            let ours = |comment: &Comment| comment.user == issue.user && has_line(comment.body.as_deref(), notice);
            if comments.iter().any(ours) {
                return Ok(true);
            }
            if comments.len() < 100 {
                break;
            }
        }
        Ok(false)
    }

    async fn read<T: for<'de> Deserialize<'de>>(&self, below: &[&str], query: &[(&str, &str)], page: u32) -> Looked<T> {
        let mut url = self.url(below)?;
        url.query_pairs_mut()
            .extend_pairs(query)
            .append_pair("per_page", "100")
            .append_pair("page", &page.to_string());
        let call = Call { method: Method::GET, url: &url, headers: self.headers()?, body: None };
        match self.http.send(&call).await {
            Answer::Taken(body) => {
                serde_json::from_slice(&body).map_err(|_| "GitHub's answer is not what it documents".to_owned())
            }
            Answer::Refused(why) | Answer::Lost(why) => Err(format!("the issues cannot be read: {why}")),
        }
    }

    async fn write(&self, below: &[&str], body: &Value) -> Delivery {
        let (url, headers) = match self.url(below).and_then(|url| Ok((url, self.headers()?))) {
            Ok(both) => both,
            Err(why) => return Delivery::Failed(why),
        };
        let call = Call { method: Method::POST, url: &url, headers, body: Some(body.to_string()) };
        match self.http.send(&call).await {
            Answer::Taken(_) => Delivery::Sent,
            Answer::Refused(why) => Delivery::Failed(why),
            Answer::Lost(why) => Delivery::Unknown(why),
        }
    }

    fn url(&self, below: &[&str]) -> Looked<Url> {
        let mut url = self.api.clone();
        let Repository { owner, name } = &self.repository;
        url.path_segments_mut()
            .map_err(|()| "the URL of the API has no path".to_owned())?
            .pop_if_empty()
            .extend(["repos", owner, name, "issues"])
            .extend(below);
        Ok(url)
    }

    fn headers(&self) -> Looked<HeaderMap> {
        let bearer = header("authorization", &format!("Bearer {}", self.token.expose_secret()), true)
            .map_err(|_| "GITHUB_TOKEN cannot stand in a header".to_owned())?;
        let mut headers = HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("application/vnd.github+json")),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            header("x-github-api-version", "2022-11-28", false)?,
        ]);
        headers.insert(AUTHORIZATION, bearer.1);
        Ok(headers)
    }
}

/// What marks a text and is not shown.
fn mark(what: &str, id: &str) -> String {
    format!("<!-- bursar-{what}:{id} -->")
}

/// Whether a mark stands in a text as a line of its own.
fn has_line(text: Option<&str>, mark: &str) -> bool {
    text.is_some_and(|text| text.lines().any(|line| line == mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_two_names() {
        assert!("acme/credits".parse::<Repository>().is_ok());
        for wrong in ["", "acme", "acme/", "/x", "a/b/c", "acme/..", "acme/a b", "../x"] {
            assert!(wrong.parse::<Repository>().is_err(), "{wrong}");
        }
    }
}
