//! Manifests: what an image is made of.
//!
//! Source: OCI Image Specification 1.1, "Image Manifest" and "Image Index"; Docker's "Image Manifest
//! Version 2, Schema 2".

use std::collections::BTreeMap;

use serde::Deserialize;

use super::digest::Digest;

/// A manifest that was read.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// The media type.
    pub(crate) media_type: MediaType,
    /// Digests of the blobs that it needs: its config and its layers, without those that live
    /// elsewhere.
    pub(crate) blobs: Vec<Digest>,
    /// Digests of the manifests that it lists.
    pub(crate) manifests: Vec<Digest>,
    /// The artifact's type: as the manifest says, or else its config's media type.
    pub(crate) artifact_type: Option<String>,
    /// The manifest that it refers to.
    pub(crate) subject: Option<Digest>,
    /// Annotations.
    pub(crate) annotations: BTreeMap<String, String>,
}

/// The media types of manifests that the registry takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaType {
    /// Docker's manifest.
    DockerManifest,
    /// Docker's manifest list.
    DockerManifestList,
    /// OCI's index.
    OciIndex,
    /// OCI's manifest.
    OciManifest,
}

impl MediaType {
    /// Reads a media type; parameters are ignored.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let name = text.split(';').next().unwrap_or_default().trim();
        Self::ALL
            .into_iter()
            .find(|media_type| media_type.as_str().eq_ignore_ascii_case(name))
    }

    /// As written.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::DockerManifest => "application/vnd.docker.distribution.manifest.v2+json",
            Self::DockerManifestList => "application/vnd.docker.distribution.manifest.list.v2+json",
            Self::OciIndex => "application/vnd.oci.image.index.v1+json",
            Self::OciManifest => "application/vnd.oci.image.manifest.v1+json",
        }
    }

    /// Whether it lists manifests rather than layers.
    pub(super) const fn is_list(self) -> bool {
        matches!(self, Self::DockerManifestList | Self::OciIndex)
    }

    const ALL: [Self; 4] = [
        Self::DockerManifest,
        Self::DockerManifestList,
        Self::OciIndex,
        Self::OciManifest,
    ];
}

impl Manifest {
    /// Reads a manifest; `declared` is the media type that it came with.
    pub(crate) fn parse(text: &str, declared: Option<&str>) -> Result<Self, String> {
        let document: Document = serde_json::from_str(text)
            .map_err(|error| format!("the manifest cannot be read: {error}"))?;
        if document.schema_version != 2 {
            return Err("only manifests of schema version 2 are taken".to_owned());
        }
        let media_type = media_type(&document, declared)?;
        // One text must not be an image to one reader and an index to another (CVE-2021-41190).
        let is_ambiguous = if media_type.is_list() {
            document.config.is_some() || document.layers.is_some()
        } else {
            document.manifests.is_some()
        };
        if is_ambiguous {
            return Err("a manifest has either layers or manifests".to_owned());
        }
        if media_type.is_list() && document.manifests.is_none() {
            return Err("an index has `manifests`".to_owned());
        }
        if !media_type.is_list() && document.config.is_none() {
            return Err("a manifest has a `config`".to_owned());
        }
        let blobs = document
            .config
            .iter()
            .chain(document.layers.iter().flatten())
            .filter(|descriptor| !descriptor.is_foreign())
            .map(Descriptor::digest)
            .collect::<Result<Vec<_>, _>>()?;
        let manifests = document
            .manifests
            .iter()
            .flatten()
            .map(Descriptor::digest)
            .collect::<Result<Vec<_>, _>>()?;
        let subject = document
            .subject
            .as_ref()
            .map(Descriptor::digest)
            .transpose()?;
        let config_type = document.config.map(|config| config.media_type);
        Ok(Self {
            media_type,
            blobs,
            manifests,
            artifact_type: document.artifact_type.or(config_type),
            subject,
            annotations: document.annotations,
        })
    }
}

fn media_type(document: &Document, declared: Option<&str>) -> Result<MediaType, String> {
    let unknown = |name: &str| {
        format!(
            "manifests of the media type `{}` are not taken",
            short(name)
        )
    };
    let read = |name: &str| MediaType::parse(name).ok_or_else(|| unknown(name));
    match (&document.media_type, declared) {
        (Some(own), None) => read(own),
        (None, Some(declared)) => read(declared),
        (Some(own), Some(declared)) => {
            let (own, declared) = (read(own)?, read(declared)?);
            if own == declared {
                Ok(own)
            } else {
                Err(format!(
                    "the manifest says that it is `{}`, and came as `{}`",
                    own.as_str(),
                    declared.as_str()
                ))
            }
        }
        // The field may be left out of OCI's manifests.
        (None, None) if document.manifests.is_some() => Ok(MediaType::OciIndex),
        (None, None) => Ok(MediaType::OciManifest),
    }
}

/// The manifest as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    schema_version: u32,
    media_type: Option<String>,
    artifact_type: Option<String>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
    subject: Option<Descriptor>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    #[serde(default)]
    urls: Vec<String>,
}

impl Descriptor {
    fn digest(&self) -> Result<Digest, String> {
        Digest::parse(&self.digest)
            .ok_or_else(|| format!("`{}` is no SHA-256 digest", short(&self.digest)))
    }

    /// Whether the layer lives at other addresses and need not be here.
    fn is_foreign(&self) -> bool {
        let is_of_such =
            self.media_type.contains(".nondistributable.") || self.media_type.contains(".foreign.");
        is_of_such && !self.urls.is_empty()
    }
}

/// What an error quotes of a client's text.
fn short(text: &str) -> String {
    text.chars().take(MAX_QUOTED).collect()
}

const MAX_QUOTED: usize = 100;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn descriptor(bytes: &[u8]) -> serde_json::Value {
        json!({
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": Digest::of(bytes).as_str(),
            "size": bytes.len(),
        })
    }

    #[test]
    fn an_image_needs_its_config_and_layers() {
        let text = json!({
            "schemaVersion": 2,
            "config": descriptor(b"config"),
            "layers": [
                descriptor(b"layer"),
                {
                    "mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar",
                    "digest": Digest::of(b"far").as_str(),
                    "size": 3,
                    "urls": ["https://example.com/far"],
                },
            ],
        });
        let manifest = Manifest::parse(&text.to_string(), None).unwrap();
        assert_eq!(manifest.media_type, MediaType::OciManifest);
        assert_eq!(
            manifest.blobs,
            [Digest::of(b"config"), Digest::of(b"layer")]
        );
        assert_eq!(
            manifest.artifact_type.as_deref(),
            Some("application/vnd.oci.image.config.v1+json")
        );
    }

    #[test]
    fn a_manifest_is_one_thing_only() {
        let index = json!({ "schemaVersion": 2, "manifests": [descriptor(b"child")] });
        let read = |value: &serde_json::Value, declared| {
            Manifest::parse(&value.to_string(), declared).map(|manifest| manifest.media_type)
        };
        assert_eq!(read(&index, None), Ok(MediaType::OciIndex));
        let list = Some("application/vnd.docker.distribution.manifest.list.v2+json; charset=utf-8");
        assert_eq!(read(&index, list), Ok(MediaType::DockerManifestList));
        let mut both = index.clone();
        both["config"] = descriptor(b"config");
        both["layers"] = json!([]);
        assert!(read(&both, None).is_err());
        assert!(read(&both, Some(MediaType::OciManifest.as_str())).is_err());
        let mut named = index.clone();
        named["mediaType"] = json!(MediaType::OciIndex.as_str());
        assert!(read(&named, list).is_err());
        assert!(read(&named, Some("text/plain")).is_err());
        assert!(read(&json!({ "schemaVersion": 1 }), None).is_err());
        assert!(read(&json!({ "schemaVersion": 2 }), None).is_err());
        assert!(read(&json!([]), None).is_err());
    }
}
