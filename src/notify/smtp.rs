//! E-mail by SMTP: over TLS from the start, or by STARTTLS; in the open to this machine only.

use std::time::Duration;

use lettre::address::Envelope;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error, extension::Extension};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;
use url::Url;

use crate::cryptography;

use super::Delivery;
use super::url::is_loopback;

/// How long the server may take to be reached and to let us in.
const CONNECT: Duration = Duration::from_secs(30);
/// How long it may take to answer a command.
const COMMAND: Duration = Duration::from_secs(30);
/// How long it may take to take a message: what passes it on may look at it first.
const TAKE: Duration = Duration::from_mins(1);

/// A mail server, as its URL describes it.
#[derive(Debug)]
pub struct Server {
    host: String,
    port: u16,
    /// Encrypted from the first byte.
    tls: bool,
    /// This machine, to which it may stay in the open.
    near: bool,
    login: Option<(String, SecretString)>,
    from: Mailbox,
}

/// A letter to one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// By what a reader knows that it has it already.
    pub id: String,
}

impl Server {
    /// Of its URL and of who the letters are from.
    ///
    /// # Errors
    /// What is wrong, without repeating the URL: there is a password in it.
    pub fn new(url: &SecretString, from: &str) -> Result<Self, String> {
        let form = "it must be smtp://user:password@host:587 or smtps://user:password@host:465";
        let url = Url::parse(url.expose_secret()).map_err(|_| form.to_owned())?;
        let (tls, port) = match url.scheme() {
            "smtp" => (false, 587),
            "smtps" => (true, 465),
            _ => return Err(form.to_owned()),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(form)?;
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(format!("{form}, and nothing behind it"));
        }
        // A host of another scheme than http is not told from a name.
        let near = Url::parse(&format!("http://{host}/")).is_ok_and(|url| is_loopback(url.host().as_ref()));
        let decoded =
            |text: &str| percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| form.to_owned());
        let login = match (url.username(), url.password()) {
            ("", _) => None,
            (user, password) => Some((decoded(user)?, SecretString::from(decoded(password.unwrap_or_default())?))),
        };
        let from = from.parse().map_err(|_| "BURSAR_MAIL_FROM is no e-mail address".to_owned())?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { host, port: url.port().unwrap_or(port), tls, near, login, from })
    }
}

/// Sends letters, one after the other over one connection.
pub struct Mailer {
    server: Server,
    open: Option<AsyncSmtpConnection>,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer").field("host", &self.server.host).finish_non_exhaustive()
    }
}

impl Mailer {
    /// A mailer. Nothing is connected yet.
    pub fn new(server: Server) -> Self {
        cryptography::install();
        Self { server, open: None }
    }

    /// Sends one letter.
    pub async fn send(&mut self, letter: &Letter) -> Delivery {
        let (envelope, bytes) = match self.server.written(letter) {
            Ok(written) => written,
            Err(why) => return Delivery::Failed(why),
        };
        let kept = self.open.take();
        let fresh = kept.is_none();
        let result = match kept {
            Some(connection) => self.through(connection, &envelope, &bytes).await,
            None => self.anew(&envelope, &bytes).await,
        };
        // A connection that was kept may have been closed meanwhile; then nothing was sent over it.
        match result {
            Delivery::Failed(_) if !fresh && self.open.is_none() => self.anew(&envelope, &bytes).await,
            result => result,
        }
    }

    async fn anew(&mut self, envelope: &Envelope, bytes: &[u8]) -> Delivery {
        match timeout(CONNECT, self.server.connect()).await {
            Ok(Ok(connection)) => self.through(connection, envelope, bytes).await,
            Ok(Err(why)) => Delivery::Failed(why),
            Err(_) => Delivery::Failed("the mail server did not answer in time".to_owned()),
        }
    }

    /// Sends over a connection, and keeps it where it can be used again.
    async fn through(&mut self, mut connection: AsyncSmtpConnection, envelope: &Envelope, bytes: &[u8]) -> Delivery {
        if let Err((why, usable)) = begin(&mut connection, envelope).await {
            if usable && matches!(timeout(COMMAND, connection.command(Rset)).await, Ok(Ok(_))) {
                self.open = Some(connection);
            }
            return Delivery::Failed(why);
        }
        // From here on only the server's own answer tells.
        match timeout(TAKE, connection.message(bytes)).await {
            Ok(Ok(_)) => {
                self.open = Some(connection);
                Delivery::Sent
            }
            Ok(Err(error)) if error.status().is_some() => {
                self.open = Some(connection);
                Delivery::Failed(words(&error))
            }
            Ok(Err(error)) => Delivery::Unknown(format!("the answer was lost: {}", words(&error))),
            Err(_) => Delivery::Unknown("the mail server did not answer in time".to_owned()),
        }
    }

    /// Says goodbye. A server that does not answer is left alone.
    pub async fn close(mut self) {
        if let Some(mut connection) = self.open.take() {
            let _ = timeout(Duration::from_secs(2), connection.quit()).await;
        }
    }
}

/// Everything before the message itself. The error says whether the connection can be used again.
async fn begin(connection: &mut AsyncSmtpConnection, envelope: &Envelope) -> Result<(), (String, bool)> {
    let failed = |error: Error| (words(&error), error.status().is_some());
    let late = |_| ("the mail server did not answer in time".to_owned(), false);
    let mail = Mail::new(envelope.from().cloned(), Vec::new());
    timeout(COMMAND, connection.command(mail)).await.map_err(late)?.map_err(failed)?;
    for to in envelope.to() {
        let rcpt = Rcpt::new(to.clone(), Vec::new());
        timeout(COMMAND, connection.command(rcpt)).await.map_err(late)?.map_err(failed)?;
    }
    timeout(COMMAND, connection.command(Data)).await.map_err(late)?.map_err(failed)?;
    Ok(())
}

impl Server {
    async fn connect(&self) -> Result<AsyncSmtpConnection, String> {
        let hello = ClientId::default();
        let tls = || TlsParameters::new(self.host.clone()).map_err(|error| words(&error));
        let first = if self.tls { Some(tls()?) } else { None };
        let place = (self.host.as_str(), self.port);
        let connection = AsyncSmtpConnection::connect_tokio1(place, Some(COMMAND), &hello, first, None).await;
        let mut connection = connection.map_err(|error| words(&error))?;
        if !self.tls && connection.server_info().supports_feature(Extension::StartTls) {
            connection.starttls(tls()?, &hello).await.map_err(|error| words(&error))?;
        }
        if !connection.is_encrypted() && !self.near {
            connection.abort().await;
            return Err("the mail server offers no STARTTLS, and in the open nothing is sent".to_owned());
        }
        if let Some((user, password)) = &self.login {
            let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
            let known = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await;
            known.map_err(|error| match error.status() {
                // A server's words may repeat what it was sent.
                Some(code) => format!("the mail server does not know the user or the password ({code})"),
                None => "the mail server takes neither PLAIN nor LOGIN".to_owned(),
            })?;
        }
        Ok(connection)
    }

    fn written(&self, letter: &Letter) -> Result<(Envelope, Vec<u8>), String> {
        let to: Mailbox = letter.to.parse().map_err(|_| "it is no address that can be written to".to_owned())?;
        if !to.email.to_string().is_ascii() {
            return Err("an address with other letters than ASCII cannot be written to".to_owned());
        }
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(super::plain(&letter.subject))
            .message_id(Some(format!("<{}@{}>", letter.id, self.from.email.domain())))
            .date_now()
            .header(Automatic)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(|error| error.to_string())?;
        Ok((message.envelope().clone(), message.formatted()))
    }
}

/// That no person wrote it, so that no machine answers (RFC 3834).
#[derive(Clone, Copy, Debug)]
struct Automatic;

impl Header for Automatic {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// What went wrong, as its first cause says it, on one line.
fn words(error: &Error) -> String {
    let mut first: &dyn std::error::Error = error;
    while let Some(cause) = first.source() {
        first = cause;
    }
    let said = super::plain(&first.to_string());
    match error.status() {
        Some(code) => format!("the mail server answered {code}: {said}"),
        None => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Result<Server, String> {
        Server::new(&SecretString::from(url), "Bursar <bursar@acme.example>")
    }

    #[test]
    fn a_server_is_read_from_its_url() {
        let read = server("smtp://ops%40acme.example:p%3Aw%2F@mail.acme.example").unwrap();
        let (user, password) = read.login.unwrap();
        assert_eq!((read.host.as_str(), read.port, read.tls, read.near), ("mail.acme.example", 587, false, false));
        assert_eq!((user.as_str(), password.expose_secret()), ("ops@acme.example", "p:w/"));
        let read = server("smtps://[::1]:2465").unwrap();
        assert_eq!((read.host.as_str(), read.port, read.tls, read.near), ("::1", 2465, true, true));
        assert!(server("smtp://127.0.0.1:25").unwrap().near);
        assert!(!server("smtp://localhost.evil.example:25").unwrap().near);
        for wrong in
            ["", "mail.acme.example:587", "http://mail.acme.example", "smtp://", "smtp://h/path", "smtp://h?x=y"]
        {
            let why = server(wrong).unwrap_err();
            assert!(why.starts_with("it must be smtp://"), "{wrong}: {why}");
        }
        assert!(Server::new(&SecretString::from("smtp://h"), "nobody").is_err());
    }

    #[test]
    fn a_letter_has_no_line_too_many() {
        let letter = Letter {
            to: "ana@acme.example".to_owned(),
            subject: "ai\r\nBcc: all@acme.example\r\n\r\nhello".to_owned(),
            text: "Grüße\n.\nend\n".to_owned(),
            id: "0123".to_owned(),
        };
        let (envelope, bytes) = server("smtp://h").unwrap().written(&letter).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(envelope.to().len(), 1);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.contains("\r\nBcc"), "{head}");
        assert!(head.contains("Message-ID: <0123@acme.example>"), "{head}");
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        assert!(body.is_ascii(), "{body}");
        for wrong in ["ana", "ana@acme.example\r\nBcc: x@y.example", "a@b.example, c@d.example", "änne@acme.example"] {
            let wrong = Letter { to: wrong.to_owned(), ..letter.clone() };
            assert!(server("smtp://h").unwrap().written(&wrong).is_err(), "{wrong:?}");
        }
    }
}
