//! How recipients are reached, as the environment describes it.

use secrecy::SecretString;

use crate::alerts::{Notice, To};
use crate::cli::CommandError;
use crate::model::Recipient;
use crate::notify::{self, Delivery, Http, Issues, Letter, Mailer, Post, Repository, Server, Signer};
use crate::output::alerts::Rendered;

const SMTP_URL: &str = "BURSAR_SMTP_URL";
const MAIL_FROM: &str = "BURSAR_MAIL_FROM";
const WEBHOOK_SECRET: &str = "BURSAR_WEBHOOK_SECRET";
const GITHUB_TOKEN: &str = "GITHUB_TOKEN";
const GITHUB_API_URL: &str = "GITHUB_API_URL";
const GITHUB_API: &str = "https://api.github.com";

/// The ways there are. What is not there says why.
pub(super) struct Channels {
    http: Http,
    mail: Result<Mailer, String>,
    signer: Result<Option<Signer>, String>,
    issues: Result<Issues, String>,
    dry: bool,
}

impl Channels {
    /// As the environment describes them. Nothing is sent.
    pub(super) fn of_environment(repository: Option<Repository>, dry: bool) -> Result<Self, CommandError> {
        let http = Http::new().map_err(|why| CommandError::message(format!("HTTP cannot be spoken: {why}")))?;
        let issues = match repository {
            None => Err("give --issue OWNER/REPO, which tells GitHub logins in an issue".to_owned()),
            Some(repository) => issues(http.clone(), repository),
        };
        Ok(Self { mail: mailer(), signer: signer(), issues, http, dry })
    }

    /// Why a recipient cannot be reached, if so.
    pub(super) fn refusal(&self, recipient: &Recipient) -> Option<String> {
        match recipient {
            Recipient::Email(_) => self.mail.as_ref().err().cloned(),
            Recipient::Slack(variable) => hook(variable).err(),
            Recipient::Webhook(variable) => hook(variable).err().or_else(|| self.signer.as_ref().err().cloned()),
            Recipient::Login { provider, login } if provider == "github" => {
                let fine = login.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
                let wrong = (!fine || login.is_empty()).then(|| "it is no GitHub login".to_owned());
                wrong.or_else(|| self.issues.as_ref().err().cloned())
            }
            Recipient::Login { provider, .. } => {
                Some(format!("{provider} has no messages for accounts; give an e-mail address or a webhook"))
            }
            Recipient::Member => Some("the files have no e-mail address of this member".to_owned()),
        }
    }

    /// The same of a message.
    pub(super) fn refusal_of(&self, notice: &Notice) -> Option<String> {
        match &notice.to {
            To::Recipient(recipient) => self.refusal(recipient),
            To::Issue { .. } => self.issues.as_ref().err().cloned(),
        }
    }

    /// Whether nothing is to be sent.
    pub(super) fn is_dry(&self) -> bool {
        self.dry
    }

    /// Whether webhooks get what nobody can tell from a forgery.
    pub(super) fn is_unsigned(&self) -> bool {
        matches!(self.signer, Ok(None))
    }

    /// Sends one message.
    pub(super) async fn send(&mut self, notice: &Notice, rendered: &Rendered) -> Delivery {
        let id = notice.id();
        match &notice.to {
            To::Recipient(Recipient::Email(to)) => match &mut self.mail {
                Ok(mailer) => {
                    let subject = rendered.subject.clone().unwrap_or_default();
                    mailer.send(&Letter { to: to.clone(), subject, text: rendered.text.clone(), id }).await
                }
                Err(why) => Delivery::Failed(why.clone()),
            },
            To::Recipient(Recipient::Slack(variable)) => match hook(variable) {
                Ok(url) => self.http.slack(&url, rendered.text.clone()).await,
                Err(why) => Delivery::Failed(why),
            },
            To::Recipient(Recipient::Webhook(variable)) => match (hook(variable), &self.signer) {
                (Ok(url), Ok(signer)) => {
                    let id = format!("msg_{id}");
                    self.http.webhook(&url, signer.as_ref(), &id, rendered.text.clone()).await
                }
                (Err(why), _) => Delivery::Failed(why),
                (_, Err(why)) => Delivery::Failed(why.clone()),
            },
            To::Recipient(recipient @ (Recipient::Login { .. } | Recipient::Member)) => {
                Delivery::Failed(self.refusal(recipient).unwrap_or_default())
            }
            To::Issue { .. } => match &self.issues {
                Ok(issues) => {
                    let title = rendered.subject.clone().unwrap_or_default();
                    let post = Post { mark: notice.to.mark(), id, title, text: rendered.text.clone() };
                    issues.post(&post).await
                }
                Err(why) => Delivery::Failed(why.clone()),
            },
        }
    }

    /// Lets go of what is open.
    pub(super) async fn close(self) {
        if let Ok(mailer) = self.mail {
            mailer.close().await;
        }
    }
}

/// A variable that is set to something.
fn variable(name: &str) -> Result<String, String> {
    match std::env::var(name) {
        Ok(text) if !text.is_empty() => Ok(text),
        Ok(_) | Err(std::env::VarError::NotPresent) => Err(format!("{name} is not set")),
        Err(std::env::VarError::NotUnicode(_)) => Err(format!("{name} is no text")),
    }
}

fn mailer() -> Result<Mailer, String> {
    let url = SecretString::from(variable(SMTP_URL)?);
    let from = variable(MAIL_FROM)?;
    let server = Server::new(&url, &from);
    server
        .map(Mailer::new)
        .map_err(|why| if why.starts_with(MAIL_FROM) { why } else { format!("{SMTP_URL}: {why}") })
}

fn signer() -> Result<Option<Signer>, String> {
    if std::env::var_os(WEBHOOK_SECRET).is_none_or(|secret| secret.is_empty()) {
        return Ok(None);
    }
    let secret = SecretString::from(variable(WEBHOOK_SECRET)?);
    Signer::new(&secret).map(Some).map_err(|why| format!("{WEBHOOK_SECRET}: {why}"))
}

fn issues(http: Http, repository: Repository) -> Result<Issues, String> {
    let token = SecretString::from(variable(GITHUB_TOKEN)?);
    let api = variable(GITHUB_API_URL).unwrap_or_else(|_| GITHUB_API.to_owned());
    let api = notify::checked(&api).map_err(|why| format!("{GITHUB_API_URL}: {why}"))?;
    Ok(Issues::new(http, api, token, repository))
}

/// The URL of a webhook, which is a secret.
fn hook(name: &str) -> Result<SecretString, String> {
    let text = variable(name)?;
    notify::checked(&text).map_err(|why| format!("{name}: {why}"))?;
    Ok(SecretString::from(text))
}
