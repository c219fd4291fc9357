//! Pagination of the Query protocol: `Marker`, `MaxItems`, `IsTruncated`.

use super::error::ApiError;
use super::params::Params;
use super::xml::Xml;

/// One page of a list, and where the next one begins.
#[derive(Debug)]
pub(crate) struct Page<T> {
    /// The items of this page.
    pub(crate) items: Vec<T>,
    marker: Option<String>,
}

impl<T> Page<T> {
    /// Cuts the page that `Marker` and `MaxItems` ask for out of `all`, which must be in a stable order.
    pub(crate) fn cut(params: &Params, all: impl IntoIterator<Item = T>) -> Result<Self, ApiError> {
        let size: usize = params.number("MaxItems")?.unwrap_or(DEFAULT_SIZE);
        if !(1..=MAX_SIZE).contains(&size) {
            return Err(ApiError::validation(format!(
                "1 validation error detected: Value '{size}' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to {MAX_SIZE}"
            )));
        }
        let start: usize = match params.get("Marker") {
            None => 0,
            Some(marker) => marker
                .parse()
                .map_err(|_| ApiError::validation("Invalid Marker."))?,
        };
        let mut rest = all.into_iter().skip(start);
        let items: Vec<T> = rest.by_ref().take(size).collect();
        let marker = rest.next().map(|_| (start + size).to_string());
        Ok(Self { items, marker })
    }

    /// Writes `IsTruncated` and `Marker`.
    pub(crate) fn write_end(&self, xml: &mut Xml) {
        xml.value("IsTruncated", self.marker.is_some());
        xml.optional("Marker", self.marker.as_deref());
    }
}

// IAM's defaults: 100 a page, 1,000 at most (IAM API reference, `ListRoles`).
const DEFAULT_SIZE: usize = 100;
const MAX_SIZE: usize = 1000;
