//! Pages of Organizations' lists: `MaxResults`, `NextToken`.
//!
//! Source: AWS Organizations API Reference, `ListAccounts`: at most twenty a page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::invalid;
use crate::aws::answer::Answer;
use crate::aws::error::ApiError;

/// What a caller asks of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Paging {
    max_results: Option<i64>,
    next_token: Option<String>,
}

impl Paging {
    /// The page as an answer, cut out of `all`, which come in the order of their keys. The token names
    /// the key that was given last, so that a page is right also when the list has changed meanwhile.
    pub(super) fn answer(
        &self,
        member: &str,
        all: impl IntoIterator<Item = (String, Value)>,
    ) -> Result<Answer, ApiError> {
        let size = match self.max_results {
            None => LARGEST,
            Some(size) if size < 1 => {
                return Err(invalid(
                    "MIN_VALUE_EXCEEDED",
                    "You provided a numeric value that is smaller than the minimum value allowed: MaxResults.",
                ));
            }
            Some(size) => usize::try_from(size)
                .ok()
                .filter(|size| *size <= LARGEST)
                .ok_or_else(|| {
                    invalid(
                        "MAX_VALUE_EXCEEDED",
                        "You provided a numeric value that is larger than the maximum value allowed: MaxResults.",
                    )
                })?,
        };
        let after = self.next_token.as_deref().map(read).transpose()?;
        let mut rest = all
            .into_iter()
            .filter(|(key, _)| after.as_ref().is_none_or(|after| key > after));
        let page: Vec<(String, Value)> = rest.by_ref().take(size).collect();
        let next = rest.next().and_then(|_| page.last());
        let next = next.map(|(key, _)| URL_SAFE_NO_PAD.encode(key));
        let items: Vec<Value> = page.into_iter().map(|(_, item)| item).collect();
        let mut body = json!({ member: items });
        if let (Some(next), Some(fields)) = (next, body.as_object_mut()) {
            fields.insert("NextToken".to_owned(), Value::from(next));
        }
        Ok(Answer::Json(body))
    }
}

fn read(token: &str) -> Result<String, ApiError> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| {
            invalid(
                "INVALID_NEXT_TOKEN",
                "Get the NextToken parameter from the response to a previous call of the operation.",
            )
        })
}

const LARGEST: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn page(size: Option<i64>, token: Option<String>) -> Result<Value, ApiError> {
        let paging = Paging {
            max_results: size,
            next_token: token,
        };
        let all = ["a", "b", "c"].map(|key| (key.to_owned(), Value::from(key)));
        match paging.answer("Items", all)? {
            Answer::Json(body) => Ok(body),
            Answer::Xml(_) => Ok(Value::Null),
        }
    }

    #[test]
    fn a_list_comes_in_pages_of_at_most_twenty() {
        let first = page(Some(2), None).unwrap();
        assert_eq!(first["Items"], json!(["a", "b"]));
        let token = first["NextToken"].as_str().unwrap().to_owned();
        assert_eq!(page(None, Some(token)).unwrap(), json!({ "Items": ["c"] }));
        for (size, reason) in [(0, "MIN_VALUE_EXCEEDED"), (21, "MAX_VALUE_EXCEEDED")] {
            let error = page(Some(size), None).unwrap_err();
            assert_eq!(error.reason, Some(reason));
        }
        assert!(page(None, Some("%".to_owned())).is_err());
    }
}
