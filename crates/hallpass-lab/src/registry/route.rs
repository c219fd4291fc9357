//! The paths of the registry, and the ECR action behind each request.
//!
//! Source: OCI Distribution Specification 1.1, "Endpoints".

use http::Method;
use percent_encoding::percent_decode_str;

use super::names::RepositoryName;

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// `/v2/`: is this a registry, and is the login good?
    Base,
    /// `/v2/NAME/blobs/DIGEST`.
    Blob {
        name: RepositoryName,
        digest: String,
    },
    /// `/v2/_catalog`.
    Catalog,
    /// A layer by the URL that `GetDownloadUrlForLayer` gave.
    Download,
    /// `/v2/NAME/manifests/REFERENCE`.
    Manifest {
        name: RepositoryName,
        reference: String,
    },
    /// `/v2/NAME/referrers/DIGEST`.
    Referrers {
        name: RepositoryName,
        digest: String,
    },
    /// `/v2/NAME/tags/list`.
    Tags { name: RepositoryName },
    /// `/v2/NAME/blobs/uploads/ID`.
    Upload { name: RepositoryName, id: String },
    /// `/v2/NAME/blobs/uploads/`.
    Uploads { name: RepositoryName },
}

/// Why a path names nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRoute {
    /// The repository's name has not the form of one.
    Name,
    /// There is nothing of that path.
    Path,
}

impl Route {
    /// Reads a path as it stands in the request.
    pub(super) fn parse(path: &str) -> Result<Self, NoRoute> {
        let path = percent_decode_str(path)
            .decode_utf8()
            .map_err(|_| NoRoute::Path)?;
        match &*path {
            "/v2" | "/v2/" => return Ok(Self::Base),
            "/v2/_catalog" => return Ok(Self::Catalog),
            super::download::PATH => return Ok(Self::Download),
            _ => {}
        }
        let rest = path.strip_prefix("/v2/").ok_or(NoRoute::Path)?;
        let segments: Vec<&str> = rest.split('/').collect();
        let name =
            |segments: &[&str]| RepositoryName::parse(&segments.join("/")).ok_or(NoRoute::Name);
        match segments.as_slice() {
            [before @ .., "blobs", "uploads"] | [before @ .., "blobs", "uploads", ""] => {
                Ok(Self::Uploads {
                    name: name(before)?,
                })
            }
            [before @ .., "blobs", "uploads", id] => Ok(Self::Upload {
                name: name(before)?,
                id: (*id).to_owned(),
            }),
            [before @ .., "blobs", digest] => Ok(Self::Blob {
                name: name(before)?,
                digest: (*digest).to_owned(),
            }),
            [before @ .., "manifests", reference] => Ok(Self::Manifest {
                name: name(before)?,
                reference: (*reference).to_owned(),
            }),
            [before @ .., "referrers", digest] => Ok(Self::Referrers {
                name: name(before)?,
                digest: (*digest).to_owned(),
            }),
            [before @ .., "tags", "list"] => Ok(Self::Tags {
                name: name(before)?,
            }),
            _ => Err(NoRoute::Path),
        }
    }

    /// The operation as the event log names it: ECR's action, where there is one.
    pub(super) fn operation(&self, method: &Method) -> &'static str {
        let is_read = matches!(*method, Method::GET | Method::HEAD);
        match self {
            Self::Base => "CheckLogin",
            Self::Blob { .. } if *method == Method::HEAD => "BatchCheckLayerAvailability",
            Self::Blob { .. } | Self::Download => "GetDownloadUrlForLayer",
            Self::Catalog => "Catalog",
            Self::Manifest { .. } if *method == Method::PUT => "PutImage",
            Self::Manifest { .. } if *method == Method::DELETE => "BatchDeleteImage",
            Self::Manifest { .. } | Self::Referrers { .. } => "BatchGetImage",
            Self::Tags { .. } => "ListImages",
            Self::Upload { .. } if *method == Method::PUT => "CompleteLayerUpload",
            Self::Upload { .. } if is_read || *method == Method::PATCH => "UploadLayerPart",
            Self::Upload { .. } => "CancelLayerUpload",
            Self::Uploads { .. } => "InitiateLayerUpload",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> RepositoryName {
        RepositoryName::parse(text).unwrap()
    }

    #[test]
    fn paths_name_what_the_specification_says() {
        let uploads = Route::Uploads {
            name: name("team/my-app"),
        };
        for (path, wanted) in [
            ("/v2", Route::Base),
            ("/v2/", Route::Base),
            ("/v2/_catalog", Route::Catalog),
            ("/v2/team/my-app/blobs/uploads/", uploads.clone()),
            ("/v2/team/my-app/blobs/uploads", uploads),
            (
                "/v2/team/my-app/tags/list",
                Route::Tags {
                    name: name("team/my-app"),
                },
            ),
            (
                "/v2/my-app/blobs/uploads/1234",
                Route::Upload {
                    name: name("my-app"),
                    id: "1234".to_owned(),
                },
            ),
            (
                "/v2/my-app/blobs/sha256%3Aab",
                Route::Blob {
                    name: name("my-app"),
                    digest: "sha256:ab".to_owned(),
                },
            ),
            (
                "/v2/tags/manifests/list",
                Route::Manifest {
                    name: name("tags"),
                    reference: "list".to_owned(),
                },
            ),
        ] {
            assert_eq!(Route::parse(path), Ok(wanted), "{path}");
        }
    }

    #[test]
    fn paths_lead_nowhere_else() {
        for (path, why) in [
            ("/", NoRoute::Path),
            ("/v1/", NoRoute::Path),
            ("/v2/my-app", NoRoute::Path),
            ("/v2/My-App/tags/list", NoRoute::Name),
            ("/v2/../../etc/blobs/passwd", NoRoute::Name),
            ("/v2/%2e%2e/blobs/x", NoRoute::Name),
            ("/v2//tags/list", NoRoute::Name),
            ("/v2/tags/list", NoRoute::Name),
            ("/v2/%ff/tags/list", NoRoute::Path),
        ] {
            assert_eq!(Route::parse(path), Err(why), "{path}");
        }
    }
}
