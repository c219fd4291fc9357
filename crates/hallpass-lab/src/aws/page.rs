//! Pagination of the Query protocol: `Marker`, `MaxItems`, `IsTruncated`.
//!
//! A marker names the last item of the page before, not a number: what is made or deleted between two
//! pages moves no item from the rest of the list out of sight.
//!
//! Source: IAM API Reference, `ListRoles`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::constraints::Constraints;
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
    /// Cuts the page that `Marker` and `MaxItems` ask for out of `all`, which `key` must order.
    pub(crate) fn cut(
        params: &Params,
        all: impl IntoIterator<Item = T>,
        key: impl Fn(&T) -> String,
    ) -> Result<Self, ApiError> {
        let size = size(params)?;
        let after = after(params)?;
        let mut rest = all
            .into_iter()
            .skip_while(|item| after.as_ref().is_some_and(|after| key(item) <= *after));
        let items: Vec<T> = rest.by_ref().take(size).collect();
        let marker = rest
            .next()
            .and_then(|_| items.last())
            .map(|last| marker(&key(last)));
        Ok(Self { items, marker })
    }

    /// Writes `IsTruncated` and `Marker`.
    pub(crate) fn write_end(&self, xml: &mut Xml) {
        xml.value("IsTruncated", self.marker.is_some());
        xml.optional("Marker", self.marker.as_deref());
    }
}

impl Page<usize> {
    /// The same for a list that is computed by number: the numbers of this page, of `total`.
    pub(crate) fn of_numbers(params: &Params, total: usize) -> Result<Self, ApiError> {
        let size = size(params)?;
        let start: usize = match after(params)? {
            None => 0,
            Some(text) => text.parse().map_err(|_| invalid_marker())?,
        };
        let end = total.min(start.saturating_add(size));
        Ok(Self {
            items: (start..end).collect(),
            marker: (end < total).then(|| marker(&end.to_string())),
        })
    }
}

fn size(params: &Params) -> Result<usize, ApiError> {
    let mut faults = Constraints::default();
    let size = faults.number(params, "MaxItems", (1, MAX_SIZE), DEFAULT_SIZE)?;
    faults.finish()?;
    usize::try_from(size).map_err(|_| invalid_marker())
}

fn after(params: &Params) -> Result<Option<String>, ApiError> {
    params
        .get("Marker")
        .map(|marker| {
            let bytes = URL_SAFE_NO_PAD.decode(marker).ok();
            bytes
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .and_then(|text| text.strip_prefix(PREFIX).map(str::to_owned))
                .ok_or_else(invalid_marker)
        })
        .transpose()
}

fn marker(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{PREFIX}{key}"))
}

fn invalid_marker() -> ApiError {
    ApiError::validation("Invalid Marker.")
}

// Tells a marker from any other text that happens to be Base64.
const PREFIX: &str = "after:";
// IAM's defaults: 100 a page, 1,000 at most.
const DEFAULT_SIZE: i64 = 100;
const MAX_SIZE: i64 = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    fn params(marker: Option<&str>, size: usize) -> Params {
        let marker = marker.map_or_else(String::new, |marker| format!("&Marker={marker}"));
        Params::parse(format!("MaxItems={size}{marker}").as_bytes()).unwrap()
    }

    fn cut(all: &[&str], marker: Option<&str>, size: usize) -> Page<String> {
        let all = all.iter().map(|item| (*item).to_owned());
        Page::cut(&params(marker, size), all, Clone::clone).unwrap()
    }

    #[test]
    fn a_list_comes_whole_whatever_is_deleted_between_its_pages() {
        let first = cut(&["a", "b", "c", "d"], None, 2);
        assert_eq!(first.items, ["a", "b"]);
        let rest = cut(&["c", "d"], first.marker.as_deref(), 2);
        assert_eq!(rest.items, ["c", "d"]);
        assert_eq!(rest.marker, None);
    }

    #[test]
    fn numbers_come_in_pages() {
        let first = Page::of_numbers(&params(None, 2), 3).unwrap();
        assert_eq!(first.items, [0, 1]);
        let second = Page::of_numbers(&params(first.marker.as_deref(), 2), 3).unwrap();
        assert_eq!((second.items, second.marker), (vec![2], None));
        assert!(Page::of_numbers(&params(Some("YWZ0ZXI6eA"), 2), 3).is_err());
    }

    #[test]
    fn a_foreign_marker_and_a_wrong_size_are_refused() {
        for (marker, size) in [
            (Some("garbage"), 1),
            (Some("YQ"), 1),
            (None, 0),
            (None, 1001),
        ] {
            let refused = Page::cut(&params(marker, size), ["a"], |item| (*item).to_owned());
            assert_eq!(refused.unwrap_err().code, "ValidationError");
        }
    }
}
