//! The image: a real OCI image, built of the example's Dockerfile by the built-in client.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use oci_client::client::{Config, ImageLayer};
use oci_client::manifest::{IMAGE_CONFIG_MEDIA_TYPE, IMAGE_LAYER_GZIP_MEDIA_TYPE};
use serde_json::{Value, json};

use super::error::DemoError;
use super::example::Example;

/// An image that is built and not pushed.
#[derive(Clone)]
pub(crate) struct Image {
    pub(crate) layers: Vec<ImageLayer>,
    pub(crate) config: Config,
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Image")
            .field("layers", &self.layers.len())
            .finish_non_exhaustive()
    }
}

/// Builds the image of a Dockerfile that starts from `scratch` and copies files.
pub(crate) fn build(example: &Example) -> Result<Image, DemoError> {
    let dockerfile = example.text("Dockerfile")?;
    let mut labels = serde_json::Map::new();
    let mut archive = tar::Builder::new(Vec::new());
    for line in dockerfile.lines().map(str::trim) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] | ["FROM", "scratch"] => {}
            [comment, ..] if comment.starts_with('#') => {}
            ["LABEL", ..] => {
                let (name, value) = label(line).ok_or_else(|| unknown(example, line))?;
                labels.insert(name, Value::String(value));
            }
            ["COPY", from, to] => {
                let bytes = example.bytes(from)?;
                add(&mut archive, to.trim_start_matches('/'), &bytes)
                    .map_err(|error| broken(example, &error))?;
            }
            _ => return Err(unknown(example, line)),
        }
    }
    let plain = archive
        .into_inner()
        .map_err(|error| broken(example, &error))?;
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    let layer = packed
        .write_all(&plain)
        .and_then(|()| packed.finish())
        .map_err(|error| broken(example, &error))?;
    let config = json!({
        "architecture": "amd64",
        "os": "linux",
        "config": { "Labels": labels },
        "rootfs": { "type": "layers", "diff_ids": [digest(&plain)] },
    });
    Ok(Image {
        layers: vec![ImageLayer::new(
            layer,
            IMAGE_LAYER_GZIP_MEDIA_TYPE.to_owned(),
            None,
        )],
        config: Config::new(
            config.to_string().into_bytes(),
            IMAGE_CONFIG_MEDIA_TYPE.to_owned(),
            None,
        ),
    })
}

/// `LABEL name="value"`.
fn label(line: &str) -> Option<(String, String)> {
    let (name, value) = line.strip_prefix("LABEL")?.trim().split_once('=')?;
    Some((name.to_owned(), value.trim_matches('"').to_owned()))
}

/// Times and owners are fixed, so that the same files make the same digest.
fn add(archive: &mut tar::Builder<Vec<u8>>, path: &str, bytes: &[u8]) -> std::io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_mtime(0);
    archive.append_data(&mut header, path, bytes)
}

fn digest(bytes: &[u8]) -> String {
    format!(
        "sha256:{}",
        hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes))
    )
}

fn unknown(example: &Example, line: &str) -> DemoError {
    DemoError::Example {
        path: example.path("Dockerfile"),
        reason: format!(
            "the built-in client knows `FROM scratch`, `LABEL` and `COPY`, not `{line}`; take another with `--client`"
        ),
    }
}

fn broken(example: &Example, error: &std::io::Error) -> DemoError {
    DemoError::Example {
        path: example.path("Dockerfile"),
        reason: error.to_string(),
    }
}
