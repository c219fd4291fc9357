//! Names of images: `[HOST/]PATH[:TAG][@DIGEST]`.
//!
//! The first part is a host if it has a dot or a colon, or is `localhost`; else the image is Docker Hub's.

/// The name of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) host: String,
    pub(super) path: String,
    pub(super) tag: Option<String>,
    pub(super) digest: Option<String>,
}

impl Name {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("invalid reference format: `{text}`");
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.to_owned())),
            None => (text, None),
        };
        let (rest, tag) = match rest.rsplit_once(':') {
            Some((rest, tag)) if !tag.contains('/') => (rest, Some(tag.to_owned())),
            _ => (rest, None),
        };
        let (host, path) = match rest.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => {
                (host.to_owned(), path.to_owned())
            }
            Some(_) => (HUB.to_owned(), rest.to_owned()),
            None => (HUB.to_owned(), format!("library/{rest}")),
        };
        let is_path = !path.is_empty()
            && path.split('/').all(|part| {
                !part.is_empty()
                    && part.bytes().all(|byte| {
                        byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte)
                    })
                    && part.starts_with(|c: char| c.is_ascii_alphanumeric())
                    && part.ends_with(|c: char| c.is_ascii_alphanumeric())
            });
        let is_tag = tag.as_ref().is_none_or(|tag| {
            !tag.is_empty()
                && tag.len() <= 128
                && tag
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
                && !tag.starts_with(['.', '-'])
        });
        if !is_path || !is_tag || host.is_empty() {
            return Err(wrong());
        }
        let tag = match (&tag, &digest) {
            (None, None) => Some("latest".to_owned()),
            _ => tag,
        };
        Ok(Self {
            host,
            path,
            tag,
            digest,
        })
    }

    /// Without the tag, as docker lists it.
    pub(super) fn repository(&self) -> String {
        if self.host == HUB {
            return self
                .path
                .strip_prefix("library/")
                .unwrap_or(&self.path)
                .to_owned();
        }
        format!("{}/{}", self.host, self.path)
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.repository())?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

const HUB: &str = "docker.io";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_docker_reads_them() {
        for (text, host, path, shown) in [
            ("my-app", "docker.io", "library/my-app", "my-app:latest"),
            ("my-app:1", "docker.io", "library/my-app", "my-app:1"),
            ("a/b:1", "docker.io", "a/b", "a/b:1"),
            ("localhost/b", "localhost", "b", "localhost/b:latest"),
            (
                "127.0.0.1:5000/a/b:x",
                "127.0.0.1:5000",
                "a/b",
                "127.0.0.1:5000/a/b:x",
            ),
            (
                "111122223333.dkr.ecr.us-west-2.amazonaws.com/my-app:v",
                "111122223333.dkr.ecr.us-west-2.amazonaws.com",
                "my-app",
                "111122223333.dkr.ecr.us-west-2.amazonaws.com/my-app:v",
            ),
        ] {
            let name = Name::parse(text).unwrap();
            assert_eq!((name.host.as_str(), name.path.as_str()), (host, path));
            assert_eq!(name.to_string(), shown);
        }
        for text in ["", "A", "a:", "a b", "/a", "a//b", "a:.x", "-a"] {
            assert!(Name::parse(text).is_err(), "{text}");
        }
    }
}
