//! Webhooks: Slack's shape, and a generic one that is signed as the Standard Webhooks specification says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::Sha256;

use super::http::header;
use super::{Delivery, Http};

/// How a secret begins where it is written by the specification.
const PREFIX: &str = "whsec_";
/// How many bytes a secret has at least, and at most: what the specification asks.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that nothing can be signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It is not written as the specification says.
    #[error("it must be whsec_ and base64")]
    Form,
    /// It is too short or too long.
    #[error("it must be of 24 to 64 bytes, in base64 after whsec_")]
    Length,
}

/// Signs what generic webhooks are sent.
#[derive(Debug)]
pub struct Signer(SecretBox<Vec<u8>>);

impl Signer {
    /// Of a secret: `whsec_` and base64.
    ///
    /// # Errors
    /// [`SecretError`] says what is wrong, and does not repeat it.
    pub fn new(secret: &SecretString) -> Result<Self, SecretError> {
        let text = secret.expose_secret().strip_prefix(PREFIX).ok_or(SecretError::Form)?;
        let bytes = STANDARD.decode(text).map_err(|_| SecretError::Form)?;
        if !BYTES.contains(&bytes.len()) {
            return Err(SecretError::Length);
        }
        Ok(Self(SecretBox::new(Box::new(bytes))))
    }

    /// The signature of a message: `v1,BASE64`.
    fn sign(&self, id: &str, at: i64, body: &str) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).ok()?;
        mac.update(format!("{id}.{at}.{body}").as_bytes());
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

impl Http {
    /// Posts a text to a Slack-compatible webhook.
    pub async fn slack(&self, url: &SecretString, body: String) -> Delivery {
        self.post(url, json(), body).await
    }

    /// Posts JSON to a generic webhook. `id` is the same however often the message is sent.
    pub async fn webhook(&self, url: &SecretString, signer: Option<&Signer>, id: &str, body: String) -> Delivery {
        match signed(signer, id, Timestamp::now().as_second(), &body) {
            Ok(headers) => self.post(url, headers, body).await,
            Err(why) => Delivery::Failed(why),
        }
    }
}

fn json() -> HeaderMap {
    HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))])
}

fn signed(signer: Option<&Signer>, id: &str, at: i64, body: &str) -> Result<HeaderMap, String> {
    let mut headers = json();
    headers.extend([header("webhook-id", id, false)?, header("webhook-timestamp", &at.to_string(), false)?]);
    if let Some(signer) = signer {
        let signature = signer.sign(id, at, body).ok_or("it could not be signed")?;
        headers.extend([header("webhook-signature", &signature, false)?]);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of the specification's own libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn signer(text: &str) -> Result<Signer, SecretError> {
        Signer::new(&SecretString::from(text))
    }

    #[test]
    fn the_signature_is_the_specifications() {
        let signed =
            signer(SECRET)
                .unwrap()
                .sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn a_secret_is_written_by_the_specification() {
        assert_eq!(signer("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap_err(), SecretError::Form);
        assert_eq!(signer("whsec_not base64").unwrap_err(), SecretError::Form);
        assert_eq!(signer("whsec_c2hvcnQ=").unwrap_err(), SecretError::Length);
        assert!(!format!("{:?}", signer(SECRET).unwrap()).contains("77"), "it is not shown");
    }
}
