//! An image: its configuration and its layers, as OCI has them.

use std::io;

use serde_json::{Value, json};

use super::store::{Store, digest_of};

/// A layer in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layer {
    pub(super) digest: String,
    pub(super) size: u64,
    pub(super) media_type: String,
    /// Of the layer unpacked.
    pub(super) diff_id: String,
}

/// An image.
#[derive(Clone, Debug)]
pub(super) struct Image {
    /// The whole configuration; its `rootfs` is written when the image is kept.
    pub(super) config: Value,
    pub(super) layers: Vec<Layer>,
}

impl Image {
    /// What `FROM scratch` starts with.
    pub(super) fn scratch() -> Self {
        let arch = if cfg!(target_arch = "aarch64") {
            "arm64"
        } else {
            "amd64"
        };
        Self {
            config: json!({
                "architecture": arch,
                "os": "linux",
                // The same files make the same image.
                "created": "1970-01-01T00:00:00Z",
                "config": { "Env": [DEFAULT_PATH] },
                "history": [],
            }),
            layers: Vec::new(),
        }
    }

    /// An image of the store.
    pub(super) fn load(store: &Store, manifest: &str) -> io::Result<Self> {
        let manifest: Value = serde_json::from_slice(&store.get(manifest)?)?;
        let text = |value: &Value, pointer: &str| {
            value
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let config: Value =
            serde_json::from_slice(&store.get(&text(&manifest, "/config/digest"))?)?;
        let diff_ids = config.pointer("/rootfs/diff_ids").and_then(Value::as_array);
        let layers = manifest
            .get("layers")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let layers = layers
            .zip(diff_ids.into_iter().flatten())
            .map(|(layer, diff_id)| Layer {
                digest: text(layer, "/digest"),
                size: layer
                    .get("size")
                    .and_then(Value::as_u64)
                    .unwrap_or_default(),
                media_type: text(layer, "/mediaType"),
                diff_id: diff_id.as_str().unwrap_or_default().to_owned(),
            })
            .collect();
        Ok(Self { config, layers })
    }

    /// Keeps the image; the digests of its manifest and its configuration.
    pub(super) fn save(&self, store: &Store) -> io::Result<(String, String)> {
        let mut config = self.config.clone();
        let diff_ids: Vec<&str> = self
            .layers
            .iter()
            .map(|layer| layer.diff_id.as_str())
            .collect();
        if let Some(config) = config.as_object_mut() {
            config.insert(
                "rootfs".to_owned(),
                json!({ "type": "layers", "diff_ids": diff_ids }),
            );
        }
        let config = config.to_string().into_bytes();
        let config_digest = store.put(&config)?;
        let layers: Vec<Value> = self
            .layers
            .iter()
            .map(|layer| json!({ "mediaType": layer.media_type, "digest": layer.digest, "size": layer.size }))
            .collect();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": { "mediaType": CONFIG, "digest": config_digest, "size": config.len() },
            "layers": layers,
        });
        let manifest = store.put(manifest.to_string().as_bytes())?;
        Ok((manifest, config_digest))
    }

    /// Adds a layer of an archive.
    pub(super) fn add_layer(&mut self, store: &Store, archive: &[u8], by: &str) -> io::Result<()> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        io::Write::write_all(&mut packed, archive)?;
        let packed = packed.finish()?;
        self.layers.push(Layer {
            digest: store.put(&packed)?,
            size: packed.len() as u64,
            media_type: LAYER.to_owned(),
            diff_id: digest_of(archive),
        });
        self.note(by, false);
        Ok(())
    }

    /// Writes down how the image came to be.
    pub(super) fn note(&mut self, by: &str, is_empty: bool) {
        let mut entry = json!({ "created": "1970-01-01T00:00:00Z", "created_by": by });
        if is_empty && let Some(entry) = entry.as_object_mut() {
            entry.insert("empty_layer".to_owned(), Value::Bool(true));
        }
        if let Some(history) = self.config.get_mut("history").and_then(Value::as_array_mut) {
            history.push(entry);
        }
    }

    /// Sets a member of the configuration that containers get.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        if let Some(config) = self.config.as_object_mut() {
            let inner = config.entry("config").or_insert_with(|| json!({}));
            if !inner.is_object() {
                *inner = json!({});
            }
            if let Some(inner) = inner.as_object_mut() {
                inner.insert(name.to_owned(), value);
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.config.get("config")?.get(name)
    }
}

pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const DEFAULT_PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
