//! Pages of ECR's lists: `maxResults`, `nextToken`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::fault;
use crate::aws::error::ApiError;

/// What a caller asks of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Paging {
    max_results: Option<i64>,
    next_token: Option<String>,
}

impl Paging {
    /// Whether the caller asks for a page at all.
    pub(super) fn is_asked_for(&self) -> bool {
        self.max_results.is_some() || self.next_token.is_some()
    }

    /// Cuts a page out of `all`, which come in the order of their keys. The token names the key that
    /// was given last, so that a page is right also when the list has changed meanwhile.
    pub(super) fn cut<T>(
        &self,
        limits: &Limits,
        all: impl IntoIterator<Item = (String, T)>,
    ) -> Result<(Vec<T>, Option<String>), ApiError> {
        let size = match self.max_results {
            None => limits.default,
            Some(size) => usize::try_from(size)
                .ok()
                .filter(|size| (1..=limits.most).contains(size))
                .ok_or_else(|| {
                    fault::parameter(
                        "maxResults",
                        &format!("Member must have value between 1 and {}", limits.most),
                    )
                })?,
        };
        let after = self.next_token.as_deref().map(read).transpose()?;
        let mut rest = all
            .into_iter()
            .filter(|(key, _)| after.as_ref().is_none_or(|after| key > after));
        let mut items = Vec::new();
        let mut last = String::new();
        for (key, item) in rest.by_ref().take(size) {
            last = key;
            items.push(item);
        }
        let next = rest.next().map(|_| URL_SAFE_NO_PAD.encode(last));
        Ok((items, next))
    }
}

/// How many a page has.
#[derive(Debug)]
pub(super) struct Limits {
    pub(super) default: usize,
    pub(super) most: usize,
}

impl Limits {
    /// Of most of ECR's lists.
    pub(super) const USUAL: Self = Self {
        default: 100,
        most: 1000,
    };
    /// Of referrers.
    pub(super) const REFERRERS: Self = Self {
        default: 50,
        most: 50,
    };
}

fn read(token: &str) -> Result<String, ApiError> {
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| fault::parameter("nextToken", "must be a token that the list has given"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(max_results: Option<i64>, next_token: Option<String>) -> Paging {
        Paging {
            max_results,
            next_token,
        }
    }

    fn all() -> impl Iterator<Item = (String, u32)> {
        (0..5).map(|number| (format!("key-{number}"), number))
    }

    #[test]
    fn a_list_comes_in_pages() {
        let mut token = None;
        let mut seen = Vec::new();
        loop {
            let (items, next) = page(Some(2), token).cut(&Limits::USUAL, all()).unwrap();
            assert!(items.len() <= 2);
            seen.extend(items);
            token = next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_page_has_its_limits() {
        for size in [0, -1, 1001, i64::MAX] {
            assert!(page(Some(size), None).cut(&Limits::USUAL, all()).is_err());
        }
        assert!(
            page(None, Some("%".to_owned()))
                .cut(&Limits::USUAL, all())
                .is_err()
        );
    }
}
