//! The objects of one bucket, below one prefix: opened from the environment, asked with patience that ends.

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use jiff::Timestamp;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientConfigKey, Error, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, RetryConfig,
    UpdateVersion,
};
use url::Url;

use crate::cryptography;
use crate::model::{ObjectUrl, Vendor};

use super::{MOST_BYTES, StoreError, StoreErrorKind};

/// How long anything may take, its repetitions included.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long one request may take.
const REQUEST: &str = "20s";
/// How long a connection may take to be made.
const CONNECT: &str = "5s";

/// A part of a store.
#[derive(Clone, Debug)]
pub(crate) struct Objects {
    store: Arc<dyn ObjectStore>,
    /// What stands before every key, for people: `s3://bucket`.
    bucket: String,
    prefix: Path,
    patience: Duration,
}

/// An object that was read.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// All of it.
    pub(crate) bytes: Vec<u8>,
    /// What an update of exactly this must name.
    pub(crate) version: UpdateVersion,
    /// When it was written, by the store's own clock.
    pub(crate) modified: Timestamp,
}

impl Objects {
    /// The store that a URL names, with the credentials of the environment. Nothing is sent yet.
    pub(crate) fn open(url: &ObjectUrl) -> Result<Self, StoreError> {
        cryptography::install();
        let failed = |error: Error| StoreError::of_settings(url.url(), &error);
        let store: Arc<dyn ObjectStore> = match url.vendor() {
            Vendor::Amazon => Arc::new(amazon(url.url())?.build().map_err(failed)?),
            Vendor::Google => Arc::new(google(url.url()).build().map_err(failed)?),
            Vendor::Azure => Arc::new(azure(url.url()).build().map_err(failed)?),
        };
        let prefix = Path::from_url_path(url.url().path())
            .map_err(|error| StoreError::new(url.url(), StoreErrorKind::Settings, error.to_string()))?;
        let text = url.url().as_str();
        let bucket = text.strip_suffix(url.url().path()).unwrap_or(text).to_owned();
        Ok(Self { store, bucket, prefix, patience: PATIENCE })
    }

    /// A store in memory, for tests.
    #[cfg(test)]
    pub(crate) fn in_memory() -> Self {
        Self::on(Arc::new(object_store::memory::InMemory::new()))
    }

    /// A store of a test's own.
    #[cfg(test)]
    pub(crate) fn on(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, bucket: "memory://".to_owned(), prefix: Path::default(), patience: PATIENCE }
    }

    /// Takes an object away, as somebody else might.
    #[cfg(test)]
    pub(crate) async fn delete(&self, path: &Path) {
        self.store.delete(path).await.unwrap();
    }

    /// The same, with other patience.
    #[must_use]
    pub(crate) fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The URL's own key, where it names an object.
    pub(crate) fn key(&self) -> Result<Path, StoreError> {
        if self.prefix == Path::default() {
            let why = "it names a bucket, and no object in it";
            return Err(StoreError::new(&self.bucket, StoreErrorKind::Settings, why));
        }
        Ok(self.prefix.clone())
    }

    /// A key below the URL's own.
    pub(crate) fn below(&self, names: &[&str]) -> Path {
        self.prefix.parts().chain(names.iter().map(|name| (*name).into())).collect()
    }

    /// A key for people.
    pub(crate) fn show(&self, path: &Path) -> String {
        format!("{}/{path}", self.bucket)
    }

    /// An object, if it is there.
    pub(crate) async fn get(&self, path: &Path) -> Result<Option<Found>, StoreError> {
        let reading = async {
            let found = self.store.get(path).await?;
            let meta = found.meta.clone();
            if meta.size > MOST_BYTES {
                return Ok(Err(meta.size));
            }
            let bytes = found.bytes().await?.to_vec();
            Ok(Ok((bytes, meta)))
        };
        match self.within(path, reading).await? {
            Ok(Ok((bytes, meta))) => {
                let modified = Timestamp::from_millisecond(meta.last_modified.timestamp_millis())
                    .map_err(|error| StoreError::new(self.show(path), StoreErrorKind::Damaged, error.to_string()))?;
                let version = UpdateVersion { e_tag: meta.e_tag, version: meta.version };
                Ok(Some(Found { bytes, version, modified }))
            }
            Ok(Err(size)) => {
                let why = format!("it is {} MiB long, and at most {} are read", size >> 20, MOST_BYTES >> 20);
                Err(StoreError::new(self.show(path), StoreErrorKind::TooLarge, why))
            }
            Err(Error::NotFound { source, path: key }) => {
                // A missing bucket is another matter than a missing object.
                let error = Error::NotFound { source, path: key };
                let error = StoreError::of_store(self.show(path), &error);
                if error.to_string().contains("NoSuchBucket") { Err(error) } else { Ok(None) }
            }
            Err(error) => Err(StoreError::of_store(self.show(path), &error)),
        }
    }

    /// Writes an object where none is. A repetition of a request that was carried out is no conflict.
    pub(crate) async fn create(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        if self.swap(path, bytes, PutMode::Create).await?.is_some() {
            return Ok(());
        }
        match self.get(path).await? {
            Some(found) if found.bytes == bytes => Ok(()),
            _ => Err(StoreError::new(self.show(path), StoreErrorKind::Exists, "something is there already")),
        }
    }

    /// Writes an object under a condition; `None` where the condition did not hold. Because a request may be repeated,
    /// `None` does not say that nothing was written: the caller looks.
    pub(crate) async fn swap(
        &self,
        path: &Path,
        bytes: &[u8],
        mode: PutMode,
    ) -> Result<Option<UpdateVersion>, StoreError> {
        let options = PutOptions { mode, ..PutOptions::default() };
        match self.within(path, self.store.put_opts(path, bytes.to_vec().into(), options)).await? {
            Ok(result) => Ok(Some(result.into())),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. } | Error::NotModified { .. }) => Ok(None),
            Err(error) => Err(StoreError::of_store(self.show(path), &error)),
        }
    }

    /// What the store's own clock says: when an object that is written now was written.
    pub(crate) async fn now(&self, probe: &Path) -> Result<Timestamp, StoreError> {
        let empty = Vec::new().into();
        let options = PutOptions { mode: PutMode::Overwrite, ..PutOptions::default() };
        let asking = async {
            self.store.put_opts(probe, empty, options).await?;
            self.store.head(probe).await
        };
        let meta = self.within(probe, asking).await?;
        let meta = meta.map_err(|error| StoreError::of_store(self.show(probe), &error))?;
        Timestamp::from_millisecond(meta.last_modified.timestamp_millis())
            .map_err(|error| StoreError::new(self.show(probe), StoreErrorKind::Damaged, error.to_string()))
    }

    /// The names of the objects right below a key.
    pub(crate) async fn list(&self, folder: &Path) -> Result<Vec<String>, StoreError> {
        let listing = self.store.list(Some(folder)).try_collect::<Vec<_>>();
        let found = self
            .within(folder, listing)
            .await?
            .map_err(|error| StoreError::of_store(self.show(folder), &error))?;
        let name = |path: &Path| {
            let mut parts = path.prefix_match(folder)?;
            let name = parts.next()?.as_ref().to_owned();
            parts.next().is_none().then_some(name)
        };
        Ok(found.iter().filter_map(|meta| name(&meta.location)).collect())
    }

    async fn within<T>(&self, path: &Path, work: impl Future<Output = T>) -> Result<T, StoreError> {
        tokio::time::timeout(self.patience, work).await.map_err(|_| {
            let why = format!("no answer within {} s", self.patience.as_secs());
            StoreError::new(self.show(path), StoreErrorKind::Unreachable, why)
        })
    }
}

/// How often a request is sent again that the store did not answer or could not serve.
fn retries() -> RetryConfig {
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_secs(3),
        ..BackoffConfig::default()
    };
    RetryConfig { backoff, max_retries: 5, retry_timeout: PATIENCE }
}

fn amazon(url: &Url) -> Result<AmazonS3Builder, StoreError> {
    let mut builder = AmazonS3Builder::from_env()
        .with_url(url.as_str())
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_retry(retries());
    for (key, value) in [(ClientConfigKey::Timeout, REQUEST), (ClientConfigKey::ConnectTimeout, CONNECT)] {
        builder = builder.with_config(AmazonS3ConfigKey::Client(key), value);
    }
    // The variable of one service goes before that of all.
    let endpoint = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint]
        .iter()
        .find_map(|key| builder.get_config_value(key));
    let Some(endpoint) = endpoint.and_then(|text| Url::parse(&text).ok()) else { return Ok(builder) };
    if endpoint.scheme() != "http" {
        return Ok(builder);
    }
    if is_loopback(&endpoint) {
        return Ok(builder.with_allow_http(true));
    }
    if std::env::var("AWS_ALLOW_HTTP").is_ok_and(|value| value.eq_ignore_ascii_case("true")) {
        return Ok(builder);
    }
    let why = "the endpoint is plain http, and not loopback; AWS_ALLOW_HTTP=true lets it be used all the same";
    Err(StoreError::new(url, StoreErrorKind::Settings, why))
}

fn google(url: &Url) -> GoogleCloudStorageBuilder {
    let mut builder = GoogleCloudStorageBuilder::from_env().with_url(url.as_str()).with_retry(retries());
    for (key, value) in [(ClientConfigKey::Timeout, REQUEST), (ClientConfigKey::ConnectTimeout, CONNECT)] {
        builder = builder.with_config(GoogleConfigKey::Client(key), value);
    }
    builder
}

fn azure(url: &Url) -> MicrosoftAzureBuilder {
    let mut builder = MicrosoftAzureBuilder::from_env().with_url(url.as_str()).with_retry(retries());
    for (key, value) in [(ClientConfigKey::Timeout, REQUEST), (ClientConfigKey::ConnectTimeout, CONNECT)] {
        builder = builder.with_config(AzureConfigKey::Client(key), value);
    }
    builder
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
