//! What a client wants its answers to be written in.
//!
//! Source: RFC 9110, sections 12.5.1 and 13.1.2; Kubernetes documentation, "Kubernetes API Concepts"
//! (resource representations, tables, metadata).

use http::{HeaderMap, header};

/// The ranges of an `Accept` header, in the client's order.
#[derive(Debug)]
pub(super) struct Accepted {
    ranges: Vec<Range>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Range {
    essence: String,
    /// The parameters `as`, `g` and `v`.
    form: String,
    group: String,
    version: String,
}

/// What an answer about objects is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As they are.
    Objects,
    /// Their metadata alone.
    Metadata,
    /// Rows and columns for people.
    Table,
}

impl Accepted {
    /// Reads the header; without one, anything is taken.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let ranges = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .take(MAX_RANGES)
            .map(Range::read)
            .filter(|range| !range.essence.is_empty())
            .collect();
        Self { ranges }
    }

    /// The form of answers about objects; none where the client takes none that there is.
    pub(super) fn form(&self) -> Option<Form> {
        if self.ranges.is_empty() {
            return Some(Form::Objects);
        }
        self.ranges.iter().find_map(Range::form)
    }

    /// The version of aggregated discovery that the client wants, if it wants that.
    pub(super) fn discovery(&self) -> Option<&'static str> {
        // A client that would rather have plain JSON lists that first.
        self.ranges.iter().find_map(|range| {
            let is_plain = range.is_json() && range.form.is_empty();
            match (range.is_json(), range.form.as_str(), range.group.as_str()) {
                (true, "APIGroupDiscoveryList", "apidiscovery.k8s.io") => {
                    match range.version.as_str() {
                        "v2" => Some(Some("v2")),
                        "v2beta1" => Some(Some("v2beta1")),
                        _ => None,
                    }
                }
                _ if is_plain => Some(None),
                _ => None,
            }
        })?
    }

    /// Whether the client wants the version 2 document of OpenAPI as protobuf.
    pub(super) fn has_openapi_protobuf(&self) -> bool {
        self.ranges
            .iter()
            .find(|range| range.is_json() || range.essence.contains("proto-openapi"))
            .is_some_and(|range| !range.is_json())
    }
}

impl Range {
    fn read(text: &str) -> Self {
        let mut parts = text.split(';').map(str::trim);
        let mut range = Self {
            essence: parts.next().unwrap_or_default().to_ascii_lowercase(),
            ..Self::default()
        };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            match name {
                "as" => value.clone_into(&mut range.form),
                "g" => value.clone_into(&mut range.group),
                "v" => value.clone_into(&mut range.version),
                _ => {}
            }
        }
        range
    }

    fn is_json(&self) -> bool {
        matches!(
            self.essence.as_str(),
            "application/json" | "application/*" | "*/*"
        )
    }

    fn form(&self) -> Option<Form> {
        if !self.is_json() {
            return None;
        }
        let is_meta = self.group == "meta.k8s.io" && self.version == "v1";
        match self.form.as_str() {
            "" => Some(Form::Objects),
            "PartialObjectMetadata" | "PartialObjectMetadataList" if is_meta => {
                Some(Form::Metadata)
            }
            "Table" if is_meta => Some(Form::Table),
            _ => None,
        }
    }
}

/// Whether the client has that document already.
pub(super) fn is_known_to_client(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == etag)
}

// Honest clients name three or four.
const MAX_RANGES: usize = 32;

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn accepted(text: &'static str) -> Accepted {
        let mut headers = HeaderMap::new();
        headers.append(header::ACCEPT, HeaderValue::from_static(text));
        Accepted::of(&headers)
    }

    #[test]
    fn the_first_form_that_there_is_is_taken() {
        let kubectl = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
        for (text, form) in [
            (kubectl, Some(Form::Table)),
            ("*/*", Some(Form::Objects)),
            (
                "application/vnd.kubernetes.protobuf, application/json",
                Some(Form::Objects),
            ),
            ("application/vnd.kubernetes.protobuf", None),
            ("text/html", None),
            (
                "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
                Some(Form::Metadata),
            ),
            (
                "application/json;as=Table;v=v9;g=meta.k8s.io, application/json",
                Some(Form::Objects),
            ),
        ] {
            assert_eq!(accepted(text).form(), form, "{text}");
        }
        assert_eq!(Accepted::of(&HeaderMap::new()).form(), Some(Form::Objects));
    }

    #[test]
    fn aggregated_discovery_is_for_who_asks() {
        let kubectl = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
        assert_eq!(accepted(kubectl).discovery(), Some("v2"));
        assert_eq!(accepted("application/json").discovery(), None);
        assert_eq!(accepted("*/*").discovery(), None);
    }
}
