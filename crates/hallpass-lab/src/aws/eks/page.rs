//! Pages of EKS's lists: `maxResults`, `nextToken`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::fault;
use crate::aws::answer::Answer;
use crate::aws::error::ApiError;

/// What a caller asks of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Paging {
    max_results: Option<usize>,
    next_token: Option<String>,
}

impl Paging {
    /// The answer with a page of `all`, which come in the order of their keys. The token names the last
    /// key that was given, so that a page is right also when the list has changed meanwhile.
    pub(super) fn answer(
        &self,
        member: &str,
        all: impl IntoIterator<Item = (String, Value)>,
    ) -> Result<Answer, ApiError> {
        let size = self.max_results.unwrap_or(MOST);
        if !(1..=MOST).contains(&size) {
            return Err(fault::parameter("maxResults must be from 1 to 100"));
        }
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
        let mut answer = json!({ "nextToken": next });
        if let Some(fields) = answer.as_object_mut() {
            fields.insert(member.to_owned(), Value::Array(items));
        }
        Ok(Answer::Json(answer))
    }
}

fn read(token: &str) -> Result<String, ApiError> {
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| fault::parameter("nextToken must be one that the list has given"))
}

const MOST: usize = 100;
