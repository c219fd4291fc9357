//! The example's files: read from its folder, with the lab's account and issuer put in.

use std::path::{Path, PathBuf};

use hallpass_lab::LabIdentity;

use super::error::DemoError;

/// The example, with its tokens replaced.
#[derive(Debug)]
pub(crate) struct Example {
    folder: Option<PathBuf>,
    replacements: [(&'static str, String); 4],
}

impl Example {
    /// The folder that was named, or `examples/article` below the present one, or else the copy that
    /// the binary carries, so that the demo works wherever it is installed.
    pub(crate) fn open(named: Option<&Path>, identity: &LabIdentity) -> Self {
        let usual = Path::new(USUAL);
        let folder = named
            .or_else(|| usual.join("workflow-pass.yaml").is_file().then_some(usual))
            .map(Path::to_owned);
        let issuer = identity.issuer_url();
        let issuer = issuer.strip_prefix("https://").unwrap_or(&issuer);
        Self {
            folder,
            replacements: [
                ("@ACCOUNT@", identity.account.to_string()),
                ("@ISSUER@", issuer.to_owned()),
                ("@PARTITION@", identity.partition.to_string()),
                ("@REGION@", identity.region.to_string()),
            ],
        }
    }

    /// Where the files come from, for people.
    pub(crate) fn place(&self) -> String {
        self.folder.as_deref().map_or_else(
            || "the copy of examples/article in the binary".to_owned(),
            super::command::shown,
        )
    }

    /// The name by which a file is shown.
    pub(crate) fn path(&self, name: &str) -> String {
        let folder = self.folder.as_deref().unwrap_or(Path::new(USUAL));
        super::command::shown(&folder.join(name))
    }

    /// A folder that holds the image's files, for a client that builds from one. The copy in the
    /// binary is put into `scratch`.
    pub(crate) fn build_folder(&self, scratch: &Path) -> Result<PathBuf, DemoError> {
        if let Some(folder) = &self.folder {
            return Ok(folder.clone());
        }
        let target = scratch.join("example");
        for name in ["Dockerfile", "app/hello.txt"] {
            let bytes = self.bytes(name)?;
            let path = target.join(name);
            let folder = path.parent().unwrap_or(&target);
            std::fs::create_dir_all(folder)
                .and_then(|()| std::fs::write(&path, &bytes))
                .map_err(|source| DemoError::File { path, source })?;
        }
        Ok(target)
    }

    /// A text file, with its tokens replaced.
    pub(crate) fn text(&self, name: &str) -> Result<String, DemoError> {
        let bytes = self.bytes(name)?;
        let mut text = String::from_utf8(bytes).map_err(|_| DemoError::Example {
            path: self.path(name),
            reason: "it is not UTF-8 text".to_owned(),
        })?;
        for (token, value) in &self.replacements {
            text = text.replace(token, value);
        }
        Ok(text)
    }

    /// A file as it is.
    pub(crate) fn bytes(&self, name: &str) -> Result<Vec<u8>, DemoError> {
        let Some(folder) = &self.folder else {
            return CARRIED
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, bytes)| bytes.to_vec())
                .ok_or_else(|| DemoError::Example {
                    path: self.path(name),
                    reason: "the binary carries no such file".to_owned(),
                });
        };
        let path = folder.join(name);
        std::fs::read(&path).map_err(|source| DemoError::File { path, source })
    }
}

const USUAL: &str = "examples/article";

macro_rules! carried {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../../../examples/article/", $name)))),*]
    };
}

const CARRIED: &[(&str, &[u8])] = carried![
    "Dockerfile",
    "app/hello.txt",
    "namespace.yaml",
    "policy.json",
    "runner-deployment.yaml",
    "service-account.yaml",
    "trust-policy.json",
    "workflow-access-key.yaml",
    "workflow-pass.yaml",
];
